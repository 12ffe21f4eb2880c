"""Which requests reach which service: no two rules of a load balancer may claim the same ones, share a priority or hide one another."""

from collections.abc import Iterator

from generator.config.listener_overlap import Rule, claims, shadowed, shared
from generator.config.listener_priority import FIRST_COMPUTED, PLACES, listener_priority, open_priority
from generator.config.model import Environment
from generator.config.problems import Cause, Parts, Path, Problem
from templates.params.login import open_paths
from templates.params.service import ServiceSpec

_PRIORITY: Path = ("route", "priority")


def check(parts: Parts) -> Iterator[Problem]:
    """Yield collisions of priorities, hosts and paths by environment, and hosts that the certificate does not cover."""
    for environment in parts.names:
        env = parts.environments.get(environment)
        takers: dict[tuple[str, str], str] = {}
        rules: list[Rule] = []
        for workload in parts.workloads:
            if workload.kind != "service" or environment not in workload.variants:
                continue
            name, spec = workload.name, workload.variants[environment]
            if env is not None:
                yield from _hosts(name, spec, environment, env)
            yield from _paths(name, spec, environment)
            rules += _rules(name, spec, env)
            for claim in _claims(name, spec, env):
                first = takers.setdefault(claim, name)
                if first != name:
                    problem = f"{first} takes {''.join(claim)} in {environment} as well"
                    key: Path = ("route", "hosts" if spec.route.hosts else "paths")
                    fix = "write another host or path for one of the two"
                    yield _between(name, first, key, environment, (problem, fix))
                    break
        yield from _order(environment, rules)


def _rules(name: str, spec: ServiceSpec, env: Environment | None) -> Iterator[Rule]:
    """The rule of a service, and with a login the one for the paths that need none."""
    route = spec.route
    own = () if route.hosts or route.paths else (f"{name}.{env.domain if env else ''}",)
    hosts = route.hosts or own
    number = listener_priority(name, hosts, route.paths, route.priority)
    yield Rule(name, number, claims(hosts, route.paths), route.priority)
    needs_none = open_paths(spec)
    if needs_none and route.priority != 1:
        place = None if route.priority is None else route.priority - 1
        first = open_priority(name, hosts, needs_none, route.priority)
        if first < number:  # else the rules of logins say so
            yield Rule(name, first, claims(hosts, needs_none), place)


def _order(environment: str, rules: list[Rule]) -> Iterator[Problem]:
    """Rules whose order is not settled or wrong; the first mistake of each is reported."""
    by_number: dict[int, Rule] = {}
    by_place: dict[int, list[Rule]] = {}
    wrong: set[str] = set()
    for rule in rules:
        first = by_number.setdefault(rule.priority, rule)
        same = by_place.setdefault(rule.place, []) if rule.place is not None else []
        found = next(((other, claim) for other in same if (claim := shared(rule, other))), None)
        same.append(rule)
        if found:
            other, claim = found
            problem = f"{other.service} has the same in {environment}, and both take requests for {claim}"
            fix = "write a lower number for the service that is to be asked first"
        elif first is not rule:
            other = first
            problem = f"{other.service} gets listener priority {rule.priority} in {environment} as well, by its name"
            fix = f"write route.priority: {_free(rule, rules)} for one of the two, best for the one that is new"
        else:
            continue
        wrong.add(rule.service)
        yield _between(rule.service, other.service, _PRIORITY, environment, (problem, fix))
    for rule, claim, first in shadowed(rules):
        if rule.service in wrong:
            continue
        wrong.add(rule.service)
        problem = (
            f"no request for {claim} reaches it in {environment}: {first.service} is asked first, with listener "
            f"priority {first.priority} before {rule.priority}, and takes them"
        )
        free = _free(rule, rules, below=first.priority)
        fix = f"write route.priority: {free}" if free else f"give {first.service} a higher route.priority, or none"
        yield _between(rule.service, first.service, _PRIORITY, environment, (problem, fix))


def _paths(name: str, spec: ServiceSpec, environment: str) -> Iterator[Problem]:
    """A request's path begins with a slash, so a pattern that can't begin with one matches nothing."""
    for index, path in enumerate(spec.route.paths):
        if not path.startswith(("/", "*", "?")):
            problem = f"{path!r} matches no request, because every path begins with /"
            yield Problem("service", name, (("route", "paths", index),), problem, f"write /{path}", environment, ())


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


def _free(rule: Rule, rules: list[Rule], below: int = FIRST_COMPUTED) -> int | None:
    """A place for a rule, from 100 on (from 1 on if there is none), with a number that is free and below a limit."""
    taken = {other.place for other in rules}
    numbers = {other.priority for other in rules}
    order: list[int] = [*range(100, PLACES + 1), *range(1, 100)]
    for place in order:
        number = listener_priority(rule.service, (), (), place)
        if place not in taken and number not in numbers and number < below:
            return place
    return None
