"""Names of files: environments, services and functions are called like their files."""

import re
from collections.abc import Iterator

from generator.config.problems import Parts, Path, Problem, one_of
from generator.config.sources import Kind

# Words that a chat command begins with or joins names by: `/deploy app prod` would not know what `status` means.
COMMANDS = frozenset(
    "all apply approve audit cancel demo deploy destroy diff drift for freeze from help history hold latest list lock logs "
    "me now on plan previous promote reject release releases resume retry rollback status stop to undo unfreeze unlock "
    "version who why".split()
)
# Stacks that every environment has, or may have.
STACKS = frozenset(
    "account alerts bot certificate chaos cluster data edge foundation home network observability registry".split()
)
_ENVIRONMENTS = {
    "home": "is where the stacks that stand once are kept",
    "account": "names the stacks that an account has once",
    "all": "means every environment",
}
_VALID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check(parts: Parts) -> Iterator[Problem]:
    """Names that are malformed, reserved or taken, and names of environments that do not exist."""
    for name in parts.names:
        if problem := malformed(name) or (f"{name} {_ENVIRONMENTS[name]}" if name in _ENVIRONMENTS else ""):
            yield Problem("environment", name, ((),), problem, "rename the file, for example to dev.yaml")
        elif name in COMMANDS:
            yield Problem(
                "environment",
                name,
                ((),),
                f"{name} is a word of the chat commands",
                "rename the file, for example to dev.yaml",
            )
    if parts.platform is not None and parts.platform.bot.environment not in parts.names:
        wrong = parts.platform.bot.environment
        yield Problem(
            "platform",
            "platform",
            (("bot", "environment"),),
            f"there is no environment {wrong!r}",
            one_of(parts.names, wrong),
        )
    taken: dict[str, Kind] = {}
    for workload in parts.workloads:
        kind, name = workload.kind, workload.name
        if problem := malformed(name) or _reserved(name):
            yield Problem(
                kind,
                name,
                ((),),
                problem,
                f"rename the file, for example to {name.strip('-')[:10].rstrip('-') or kind}-{kind}.yaml",
            )
        elif taken.setdefault(name, kind) != kind:
            yield Problem(
                kind,
                name,
                ((),),
                f"a {taken[name]} is called {name} too",
                f"rename the file, for example to {name[:12].rstrip('-')}-events.yaml",
            )
        for index, environment in enumerate(workload.placement.deploy_to or ()):
            if environment not in parts.names:
                yield _unknown(kind, name, ("deploy_to", index), environment, parts.names)
        for environment in workload.placement.environments:
            path: Path = ("environments", environment)
            if environment not in parts.names:
                yield _unknown(kind, name, path, environment, parts.names)
            elif environment not in workload.variants:
                fix = f"add {environment} to deploy_to, or remove this override"
                yield Problem(
                    kind, name, (path,), f"deploy_to leaves {environment} out, so that this has no effect", fix
                )


def malformed(name: str) -> str:
    """What is wrong with the form of a name, or nothing."""
    if not _VALID.fullmatch(name):
        return f"the name {ascii(name)[:60]} is not made of lower-case letters, digits and single hyphens"
    return f"the name {name} has {len(name)} characters, more than 20" if len(name) > 20 else ""


def _reserved(name: str) -> str:
    if name in COMMANDS:
        return f"{name} is a word of the chat commands"
    return f"{name} is the name of a stack that environments have" if name in STACKS else ""


def _unknown(kind: Kind, name: str, path: Path, environment: str, names: tuple[str, ...]) -> Problem:
    return Problem(kind, name, (path,), f"there is no environment {environment!r}", one_of(names, environment))
