"""Logins at the load balancer: what stands in the way of signing in, and who trusts whose login."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from generator.config.listener_priority import listener_priority, open_priority
from generator.config.model import Environment
from generator.config.problems import Cause, Parts, Path, Problem, one_of
from templates.params.login import open_paths
from templates.params.service import ServiceSpec

VARIABLES = ("LOAD_BALANCER_ARN", "LOGIN_CLIENT_ID", "LOGIN_ISSUER")


def check(parts: Parts) -> Iterator[Problem]:
    """Yield logins that nobody could use, checks that they would stop, and `uses.login` of what has none."""
    for environment in parts.names:
        services: dict[str, ServiceSpec] = {
            w.name: w.variants[environment]
            for w in parts.workloads
            if w.kind == "service" and environment in w.variants
        }
        for name, spec in services.items():
            yield from _trust(name, spec, environment, services)
            env = parts.environments.get(environment)
            if spec.login is not None and env is not None:
                yield from _ways(name, spec, environment, env)
                yield from _smoke(name, spec, environment, env)


def _trust(name: str, spec: ServiceSpec, environment: str, services: dict[str, ServiceSpec]) -> Iterator[Problem]:
    """Whose login a service trusts, and variables that would hide it."""
    trusted = spec.uses.login
    with_login = sorted(other for other, one in services.items() if one.login is not None and other != name)
    if trusted is not None and trusted not in with_login:
        problem = f"{trusted!r} has no login in {environment}"
        if trusted == name:
            problem = "names the service itself, which verifies its own login anyway"
        fix = one_of(with_login, trusted) if with_login else f"give {trusted} a login"
        fix = "remove it" if trusted == name else fix
        yield Problem("service", name, (("uses", "login"),), problem, fix, environment)
    if trusted is not None or spec.login is not None:
        for variable in VARIABLES:
            if variable in spec.environment or variable in spec.secrets:
                path: Path = ("environment" if variable in spec.environment else "secrets", variable)
                problem = "is set by the platform to whose signature is verified"
                yield Problem("service", name, (path,), problem, "remove it, or use another name", environment)


def _ways(name: str, spec: ServiceSpec, environment: str, env: Environment) -> Iterator[Problem]:
    """The load balancer must reach the identity provider, and ask the rule for open paths first."""
    if env.load_balancer.internal and env.network.nat == "none":
        cause: Cause = ("environment", environment, ("network", "nat"))
        problem = f"the internal load balancer of {environment} has no way to the identity provider without NAT"
        fix = f"write network.nat: one for {environment}, or remove the login"
        yield Problem("service", name, (("login",),), problem, fix, environment, (cause,))
    route, needs_none = spec.route, open_paths(spec)
    hosts = route.hosts or (() if route.paths else (f"{name}.{env.domain}",))
    if needs_none and route.priority is None:
        own = listener_priority(name, hosts, route.paths)
        if open_priority(name, hosts, needs_none) >= own:
            problem = "are no longer than route.paths, so the rule that needs a login would be asked first"
            fix = "write longer paths, or route.priority: 2"
            yield Problem("service", name, (("login", "open_paths"), ("login",)), problem, fix, environment)


def _smoke(name: str, spec: ServiceSpec, environment: str, env: Environment) -> Iterator[Problem]:
    """A smoke test signs in nowhere: it would be sent to the identity provider, and each release taken back."""
    for index, smoke in enumerate(env.releases.smoke):
        path = smoke.path.partition("?")[0]
        if 200 <= smoke.status < 300 and not any(fnmatchcase(path, pattern) for pattern in open_paths(spec)):
            cause: Cause = ("environment", environment, ("releases", "smoke", index, "path"))
            problem = f"sends the smoke test of {path} in {environment} to the identity provider, and the release back"
            fix = f"add {path} to login.open_paths, or expect status 302"
            yield Problem("service", name, (("login",),), problem, fix, environment, (cause,))
