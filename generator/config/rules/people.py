"""People and teams: each id belongs to one human, and each name to one person or team."""

from collections.abc import Iterator

from generator.config.model import Platform
from generator.config.problems import Cause, Parts, Path, Problem, one_of


def check(parts: Parts) -> Iterator[Problem]:
    """Yield ids that two people share, teams that are named like people, and members that are not under ``people:``."""
    if parts.platform is not None:
        yield from _ids(parts.platform)
        yield from _teams(parts.platform)
        yield from _sessions(parts.platform)


def _ids(platform: Platform) -> Iterator[Problem]:
    """One human with two names would be two approvers."""
    owners: dict[str, str] = {}
    for name, person in platform.people.items():
        ids: list[tuple[Path, str]] = [(("aws", index), id_) for index, id_ in enumerate(person.aws)]
        ids += [(("slack",), person.slack)] if person.slack is not None else []
        for path, id_ in ids:
            owner = owners.setdefault(id_, name)
            if owner != name:
                here: Path = ("people", name, *path)
                problem = f"{id_} is {owner} already"
                yield Problem("platform", "platform", (here,), problem, "write this person's own id, or remove it")


def _sessions(platform: Platform) -> Iterator[Problem]:
    """A role's session is its person only where nobody else can take its name."""
    for name, person in platform.people.items():
        for index, id_ in enumerate(person.aws):
            role, _, session = id_.partition(":")
            path: Path = ("people", name, "aws", index)
            if role.startswith("AROA") and not session:
                problem = f"everybody who may assume the role {role} would be {name}"
                yield Problem("platform", "platform", (path,), problem, "write AROA…:SESSION, the id of one session")
            elif role.startswith("AROA") and role not in platform.session_roles:
                problem = f"anyone who may assume the role {role} may choose the session name, and would be {name}"
                fix = (
                    f"write session_roles: {{ {role}: identity_center }}, or trust_policy where the role's trust policy "
                    "fixes sts:RoleSessionName; docs/permissions.md shows how"
                )
                yield Problem("platform", "platform", (path,), problem, fix)


def _teams(platform: Platform) -> Iterator[Problem]:
    for name, team in platform.teams.items():
        if name in platform.people:
            problem = "a person has the same name, and rules can't tell them apart"
            yield Problem("platform", "platform", (("teams", name),), problem, f"write another name, such as {name}s")
        for index, member in enumerate(team.people):
            if member not in platform.people:
                path: Path = ("teams", name, "people", index)
                fix = one_of(platform.people, member) or "name them under people first"
                problem = f"there is no person {member!r} under people"
                also: tuple[Cause, ...] = (("platform", "platform", ("people",)),)
                yield Problem("platform", "platform", (path,), problem, fix, also=also)
        if not team.people and team.slack_group is None:
            problem = "has no members"
            yield Problem("platform", "platform", (("teams", name),), problem, "write people, or slack_group")
