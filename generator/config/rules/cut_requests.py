"""Numbers of a service that cost requests at each release. Notes and no mistakes: a program may be able to bear them."""

from collections.abc import Iterator

from generator.config.model import Configuration

# The most that ECS takes as a stop timeout, and what Elastic Load Balancing waits by itself on an idle connection; seconds.
_LONGEST_STOP, _IDLE = 120, 60


def request_notes(config: Configuration) -> Iterator[str]:
    """A sentence for each number that may cut or refuse requests; docs/zero-downtime.md has what was measured."""
    for environment, services in config.services.items():
        for name, spec in services.items():
            where = f"Note: {name} in {environment}"
            stop, delay = spec.stop_timeout, spec.deregistration_delay
            if stop < min(delay, _LONGEST_STOP):
                yield (
                    f"{where} is killed {stop} s after SIGTERM, and its requests have {delay} s to end. Where SIGTERM comes with "
                    f"draining, as on Spot, the longer ones get 502. Write stop_timeout: {min(delay, _LONGEST_STOP)}."
                )
            if spec.rollout.strategy == "rolling" and spec.rollout.min_percent == 0:
                yield (
                    f"{where} may lose all its tasks during a release (rollout.min_percent: 0), and users get 503. Write "
                    "min_percent: 100."
                )
    for name, env in config.environments.items():
        if (idle := env.load_balancer.idle_timeout) > _IDLE:
            yield (
                f"Note: the load balancer of {name} keeps idle connections to tasks for {idle} s. A program that closes them earlier "
                f"makes it answer 502 (HTTP 502, Application Load Balancers). Let the programs keep them for more than {idle} s."
            )
