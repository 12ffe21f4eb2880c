"""Which stacks an event of AWS is about. It carries no orders: it only says where to look."""

from collections.abc import Iterator

from generator.release.model.platform import PlatformFacts
from generator.release.model.requests import Wake


def concerns(facts: PlatformFacts, wake: Wake) -> Iterator[tuple[str, bool]]:
    """Keys of the stacks, each with whether the event says that something is over, so that it is worth a look at once."""
    by_name = {f.ref.name: key for key, f in facts.stacks.items()}
    services = {
        (f"{facts.name}-{f.ref.environment}", f.ref.service): key for key, f in facts.stacks.items() if f.ref.service
    }
    for arn in wake.resources[:20]:
        kind, _, rest = arn.partition(":stack/")
        if rest and ":cloudformation:" in kind + ":":
            key = by_name.get(rest.partition("/")[0])
            if key:
                yield key, wake.name.endswith(("_COMPLETE", "_FAILED"))
            continue
        parts = arn.rpartition(":")[2].split("/")
        if len(parts) == 3 and parts[0] in {"service", "task"}:
            service = parts[2] if parts[0] == "service" else wake.group.removeprefix("service:")
            key = services.get((parts[1], service))
            if key:
                yield key, parts[0] == "service" and not wake.name.endswith("_IN_PROGRESS")
