"""Which requests reach which service: no two rules of a load balancer may claim the same ones or share a priority."""

from collections.abc import Iterator

from generator.config.listener_overlap import Claim, Rule, claims, shadowed
from generator.config.listener_priority import DERIVED_FROM, default_priority
from generator.config.model import Environment
from generator.config.problems import Cause, Parts, Path, Problem
from templates.params.service import ServiceSpec


def check(parts: Parts) -> Iterator[Problem]:
    """Yield collisions of priorities, hosts and paths by environment, and hosts that the certificate does not cover."""
    for environment in parts.names:
        env = parts.environments.get(environment)
        priorities: dict[int, str] = {}
        takers: dict[tuple[str, str], str] = {}
        rules: list[Rule] = []
        for workload in parts.workloads:
            if workload.kind != "service" or environment not in workload.variants:
                continue
            name, spec = workload.name, workload.variants[environment]
            priority = spec.route.priority or default_priority(name)
            first = priorities.setdefault(priority, name)
            if first != name:
                free = _free(parts, environment)
                fix = f"write a route.priority below {DERIVED_FROM} that no other service has, for example {free}"
                problem = f"{first} has listener priority {priority} in {environment} as well"
                yield _between(name, first, ("route", "priority"), environment, (problem, fix))
            if env is not None:
                yield from _hosts(name, spec, environment, env)
            yield from _paths(name, spec, environment)
            rules.append(Rule(name, priority, _rule_claims(name, spec, env)))
            for claim in _claims(name, spec, env):
                first = takers.setdefault(claim, name)
                if first != name:
                    problem = f"{first} takes {''.join(claim)} in {environment} as well"
                    key: Path = ("route", "hosts" if spec.route.hosts else "paths")
                    fix = "write another host or path for one of the two"
                    yield _between(name, first, key, environment, (problem, fix))
                    break

        yield from _unreachable(parts, environment, rules)


def _unreachable(parts: Parts, environment: str, rules: list[Rule]) -> Iterator[Problem]:
    """A rule that is asked after one that takes its requests; the first claim of each is reported."""
    reported: set[str] = set()
    for rule, claim, first in shadowed(rules):
        if rule.service in reported:
            continue
        reported.add(rule.service)
        problem = (
            f"no request for {claim} reaches it in {environment}: {first.service} takes them with priority "
            f"{first.priority}, and this rule has {rule.priority}"
        )
        free = _free(parts, environment, below=first.priority)
        fix = (
            f"write route.priority: {free} or another number below {first.priority}"
            if free
            else f"give {first.service} a higher route.priority, and this service a lower one"
        )
        path: Path = ("route", "priority")
        yield _between(rule.service, first.service, path, environment, (problem, fix))


def _paths(name: str, spec: ServiceSpec, environment: str) -> Iterator[Problem]:
    """A request's path begins with a slash, so a pattern that can't begin with one matches nothing."""
    for index, path in enumerate(spec.route.paths):
        if not path.startswith(("/", "*", "?")):
            problem = f"{path!r} matches no request, because every path begins with /"
            yield Problem("service", name, (("route", "paths", index),), problem, f"write /{path}", environment, ())


def _rule_claims(name: str, spec: ServiceSpec, env: Environment | None) -> tuple[Claim, ...]:
    own = () if spec.route.hosts or spec.route.paths or env is None else (f"{name}.{env.domain}",)
    return claims(spec.route.hosts or own, spec.route.paths)


def _between(name: str, other: str, path: Path, environment: str, words: tuple[str, str]) -> Problem:
    return Problem("service", name, (path,), *words, environment, (("service", other, path),))


def _hosts(name: str, spec: ServiceSpec, environment: str, env: Environment) -> Iterator[Problem]:
    for index, host in enumerate(spec.route.hosts):
        if found := _host(host, env):
            cause: Cause = ("environment", environment, ("domain",))
            yield Problem("service", name, (("route", "hosts", index),), *found, environment, (cause,))


def _claims(name: str, spec: ServiceSpec, env: Environment | None) -> Iterator[tuple[str, str]]:
    hosts: tuple[str, ...] = spec.route.hosts
    if not hosts:
        hosts = ("every host",) if spec.route.paths else (f"{name}.{env.domain if env else ''}",)
    for host in hosts:
        for path in spec.route.paths or ("",):
            yield host.lower(), "" if path in {"*", "/*"} else path


def _host(host: str, env: Environment) -> tuple[str, str] | None:
    """The environment's own certificate covers its domain and one label below it."""
    label, dot, rest = host.lower().partition(".")
    if not dot or not all(c.isalnum() or c in "-.*?" for c in host) or len(host) > 128:
        return f"{host[:40]!r} is not a host name", f"write a name in {env.domain}"
    covered = host.lower() == env.domain or (rest == env.domain and label)
    if env.certificate_arn is None and not covered:
        fix = f"write {label}.{env.domain}, or give the environment a certificate_arn that covers it"
        return f"the certificate covers {env.domain} and one label below it, not {host}", fix
    return None


def _free(parts: Parts, environment: str, below: int = DERIVED_FROM) -> int | None:
    """A number from 100 on (from 1 on if there is none) and below a limit that no service has; None if all are taken."""
    taken = {
        w.variants[environment].route.priority
        for w in parts.workloads
        if w.kind == "service" and environment in w.variants
    }
    wanted = [*range(100, min(below, DERIVED_FROM)), *range(1, min(below, 100))]
    return next((number for number in wanted if number not in taken), None)
