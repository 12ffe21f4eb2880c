"""Lists of names in which one stands twice: a resource for each of them would have one name."""

from collections.abc import Iterator

from msgspec import Struct

from generator.config.problems import Parts, Path, Problem

# Where a name may stand twice, or another check says so.
_APART = frozenset({"public_subnets", "private_subnets", "command", "uses", "freezes", "smoke", "releases"})


def check(parts: Parts) -> Iterator[Problem]:
    """Yield each name that a list of an environment, the platform, or a service's route has twice."""
    if parts.platform is not None:
        for path, name in _repeated(parts.platform, ()):
            yield Problem("platform", "platform", (path,), f"names {name} twice", "remove one")
    for environment, env in parts.environments.items():
        for path, name in _repeated(env, ()):
            yield Problem("environment", environment, (path,), f"names {name} twice", "remove one")
    for workload in parts.workloads:
        if workload.kind == "service":
            for path, name in _repeated(workload.base.route, ("route",)):
                yield Problem("service", workload.name, (path,), f"names {name} twice", "remove one")


def _repeated(section: Struct, path: Path) -> Iterator[tuple[Path, str]]:
    for field in section.__struct_fields__:
        value = getattr(section, field)
        if field in _APART:
            continue
        if isinstance(value, Struct):
            yield from _repeated(value, (*path, field))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, str) and item in value[:index]:
                    yield (*path, field, index), item
