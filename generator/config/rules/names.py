"""Names of files: environments, services and functions are called like their files."""

import re
from collections.abc import Iterator

from generator.config.problems import Parts, Path, Problem, Workload, one_of
from generator.config.sources import Kind

# Words that a chat command begins with or joins names by: `/deploy app prod` would not know what `status` means.
COMMANDS = frozenset(
    [
        "all",
        "apply",
        "approve",
        "audit",
        "cancel",
        "continue",
        "demo",
        "deploy",
        "destroy",
        "diff",
        "drift",
        "for",
        "freeze",
        "from",
        "help",
        "history",
        "hold",
        "latest",
        "list",
        "lock",
        "logs",
        "me",
        "now",
        "on",
        "plan",
        "previous",
        "proceed",
        "promote",
        "reject",
        "release",
        "releases",
        "restart",
        "resume",
        "retry",
        "rollback",
        "status",
        "stop",
        "to",
        "undo",
        "unfreeze",
        "unlock",
        "version",
        "who",
        "why",
    ]
)
# Stacks that every environment has, or may have.
STACKS = frozenset(
    "account alerts bot certificate chaos cluster data edge foundation home network observability registry".split()  # noqa: SIM905 - likewise
)
_ENVIRONMENTS = {
    "home": "is the name for the stacks that exist once",
    "account": "is the name for the stacks of an account",
    "bot": "is the name for the permissions of the bot's stack",
    "all": "means every environment",
}


def check(parts: Parts) -> Iterator[Problem]:
    """Names that are malformed, reserved or taken, and names of environments that do not exist."""
    for name in parts.names:
        if problem := malformed(name) or _reserved_environment(name):
            yield Problem("environment", name, ((),), problem, "rename the file, for example to dev.yaml")
    if parts.platform is not None and parts.platform.bot.environment not in parts.names:
        yield _unknown("platform", "platform", ("bot", "environment"), parts.platform.bot.environment, parts.names)
    taken: dict[str, Kind] = {}
    for workload in parts.workloads:
        kind, name = workload.kind, workload.name
        short = name.strip("-")[:10].rstrip("-") or kind
        if problem := malformed(name) or _reserved(name):
            yield Problem(kind, name, ((),), problem, f"rename the file, for example to {short}-{kind}.yaml")
        elif taken.setdefault(name, kind) != kind:
            problem = f"a {taken[name]} is called {name} too"
            yield Problem(kind, name, ((),), problem, f"rename the file, for example to {short}-events.yaml")
        yield from _placement(workload, parts.names)


def _placement(workload: Workload, names: tuple[str, ...]) -> Iterator[Problem]:
    """Yield environments that a service or function names and that do not exist, or where it does not run."""
    kind, name = workload.kind, workload.name
    for index, environment in enumerate(workload.placement.deploy_to or ()):
        if environment not in names:
            yield _unknown(kind, name, ("deploy_to", index), environment, names)
    for environment in workload.placement.environments:
        path: Path = ("environments", environment)
        if environment not in names:
            yield _unknown(kind, name, path, environment, names)
        elif environment not in workload.variants:
            fix = f"add {environment} to deploy_to, or remove this override"
            yield Problem(kind, name, (path,), f"deploy_to does not contain {environment}, so this has no effect", fix)


def malformed(name: str) -> str:
    """What is wrong with the form of a name, or nothing."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return (
            f"the name {ascii(name)[:60]} does not consist of lower-case letters, digits and single hyphens and "
            "begins with a letter"
        )
    return f"the name {name} has {len(name)} characters, more than 20" if len(name) > 20 else ""


def _reserved_environment(name: str) -> str:
    if name in _ENVIRONMENTS:
        return f"{name} {_ENVIRONMENTS[name]}"
    return f"{name} is a word of the chat commands" if name in COMMANDS else ""


def _reserved(name: str) -> str:
    if name in COMMANDS:
        return f"{name} is a word of the chat commands"
    return f"{name} is the name of a stack that environments have" if name in STACKS else ""


def _unknown(kind: Kind, name: str, path: Path, environment: str, names: tuple[str, ...]) -> Problem:
    return Problem(
        kind,
        name,
        (path,),
        f"there is no environment {environment!r}",
        one_of(names, environment) or "describe it in environments/ first",
    )
