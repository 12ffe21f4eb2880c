"""How an environment releases: rules that somebody can satisfy, freezes that begin and end, promotion that arrives."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import get_args

import msgspec

from generator.config.model import Configuration, Environment, Platform
from generator.config.problems import Cause, Parts, Path, Problem, one_of
from generator.release.freezes import frozen
from generator.release.model.release import ChangeClass
from generator.release.model.settings import Approvals, Approvers, Freeze
from generator.release.policy import approvers

Found = tuple[Path, str, str]
_PEOPLE: tuple[Cause, ...] = (("platform", "platform", ("people",)), ("platform", "platform", ("teams",)))

_SATURDAY_NOON = 1_800_100_800.0  # of any week, in UTC


def check(parts: Parts) -> Iterator[Problem]:
    """Yield everything in ``releases:`` that could never do what it says."""
    for name, env in parts.environments.items():
        if parts.platform is not None:
            for path, problem, fix in _asked(parts.platform, env):
                yield Problem("environment", name, (("releases", *path),), problem, fix, also=_PEOPLE)
        for index, freeze in enumerate(env.releases.freezes):
            for path, problem, fix in _freeze(freeze):
                yield Problem("environment", name, (("releases", "freezes", index, *path),), problem, fix)
        yield from _promotion(parts, name, env)


def _asked(platform: Platform, env: Environment) -> Iterator[Found]:
    for rule in Approvals.__struct_fields__:
        asked: Approvers | None = getattr(env.releases.approvals, rule)
        if asked is None:
            continue
        at: Path = ("approvals", rule)
        unknown = list(_unknown(platform, asked.by, (*at, "by")))
        yield from unknown
        if not unknown:
            yield from ((at + path, problem, fix) for path, problem, fix in _unsatisfiable(platform, asked))
    yield from _unknown(platform, env.releases.break_glass, ("break_glass",))


def implied_notes(config: Configuration) -> Iterator[str]:
    """Where nobody can satisfy a rule that protection implies and nothing is written; a sentence for each environment.

    A note and no mistake: a platform begins with one person, and only break glass releases such changes until there are more.
    """
    for name, env in config.environments.items():
        short: dict[str, list[str]] = {}
        for rule in get_args(ChangeClass):
            asked = approvers(env.releases.approvals, rule, protected=bool(env.protected))
            written = getattr(env.releases.approvals, rule) or env.releases.approvals.default
            if asked.people and written is None:
                for _, problem, _ in _unsatisfiable(config.platform, asked):
                    short.setdefault(problem, []).append(rule)
        for problem, rules in short.items():
            yield (
                f"Note: in {name} the rule for {', '.join(rules)}, which protected: true implies, {problem}. Name more people "
                "under people in platform.yaml, or write who is asked under releases.approvals."
            )


def _unsatisfiable(platform: Platform, asked: Approvers) -> Iterator[Found]:
    """Why no set of people could ever satisfy a rule, or nobody of those that it asks could have a release approved."""
    if asked.attested > asked.people:
        count = f"{asked.people} {'approval' if asked.people == 1 else 'approvals'}"
        yield ("attested",), f"asks for {asked.attested} attested approvals of {count}", f"write at most {asked.people}"
        return
    members = _members(platform, asked.by)
    if members is None:
        return
    rule = f"asks {asked.people} {'person' if asked.people == 1 else 'people'}"
    most = len(members)
    if asked.people > most:
        who = f"{', '.join(asked.by)} {'is' if most == 1 else 'are'}" if asked.by else "under people there are"
        fix = f"write at most {most}, or name more people" if most else "name them under people in platform.yaml"
        yield ("people",), f"{rule}, and {who} {most or 'nobody'}", fix
        return
    # A single person who is named can still be asked by everybody else.
    own = not asked.requester and (most > 1 or len(platform.people) == 1)
    if own and asked.people > most - 1:
        left = f"{most - 1} {'remains' if most == 2 else 'remain'}" if most > 1 else "nobody remains"
        problem = f"{rule} of {most}, and {left} when one of them requests the release"
        fewer = f"write at most {most - 1}, name more people, " if most > 1 else "name more people, "
        yield ("people",), problem, f"{fewer}or write requester: true"
        return
    attested = sorted(name for name in members if _can_attest(platform, name))
    if asked.attested > len(attested):
        problem = f"asks for {asked.attested} attested {'approval' if asked.attested == 1 else 'approvals'}, and "
        known = (
            f"only {', '.join(attested)} {'has' if len(attested) < 2 else 'have'}" if attested else "none of them has"
        )
        problem += f"{known} an id of AWS"
        yield ("attested",), problem, "write aws: of more people in platform.yaml, or ask for fewer"


def _can_attest(platform: Platform, name: str) -> bool:
    """Whether AWS can attest a person; who has no id at all is not said to be without one, but to be named later."""
    person = platform.people.get(name)
    return person is not None and (bool(person.aws) or person.slack is None)


def _unknown(platform: Platform, names: Sequence[str], at: Path) -> Iterator[Found]:
    known = [*platform.teams, *platform.people]
    for index, name in enumerate(names):
        if name not in known:
            fix = one_of(known, name) or "name them under people or teams in platform.yaml"
            yield (*at, index), f"no team and no person is called {name!r}", fix


def _members(platform: Platform, by: Sequence[str]) -> set[str] | None:
    """The people whom a rule asks; None where a Slack group decides."""
    if not by:
        return set(platform.people)
    found: set[str] = set()
    for name in by:
        team = platform.teams.get(name)
        if team is not None and team.slack_group is not None:
            return None
        found.update(team.people if team is not None else (name,))
    return found


def _freeze(freeze: Freeze) -> Iterator[Found]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(freeze.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ("zone",), f"there is no time zone {freeze.zone[:40]!r}", _zone(freeze.zone)
    once = {key: value for key in ("start", "end") if (value := getattr(freeze, key)) is not None}
    weekly = [key for key in ("weekly", "days", "after", "before") if getattr(freeze, key)]
    if not once and not weekly:
        yield (), "has no time, so nothing could ever be released", "write start and end, or days, after and before"
    elif once and weekly:
        fix = "write two freezes"
        yield (weekly[0],), f"has no effect beside {' and '.join(once)}: a freeze is once or every week", fix
    elif weekly[:1] == ["weekly"] and len(weekly) > 1:
        yield (
            (weekly[1],),
            "has no effect beside weekly, which says both days and times",
            "remove it, or write two freezes",
        )
    if "weekend" in freeze.reason.lower() and weekly and not once and not frozen(_in_utc(freeze), _SATURDAY_NOON):
        fix = 'write weekly: "fri 16:00 to mon 08:00", or another reason'
        yield ("reason",), "speaks of the weekend, and Saturday at noon is not frozen", fix
    moments: dict[str, datetime] = {}
    for key, text in once.items():
        try:
            moments[key] = datetime.fromisoformat(text)
        except ValueError:
            yield (key,), f"{text} is not a date and time", "write one such as 2026-12-20T18:00"
    if len(moments) == 2 and moments["end"] <= moments["start"]:
        yield ("end",), f"{freeze.end} is not after start ({freeze.start})", "write a later time, or exchange the two"


def _in_utc(freeze: Freeze) -> tuple[Freeze]:
    return (msgspec.structs.replace(freeze, zone="UTC"),)


def _zone(wrong: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    names = sorted(available_timezones())
    by_lower = {name.lower(): name for name in names} | {name.rpartition("/")[2].lower(): name for name in names}
    near = get_close_matches(wrong.replace(" ", "_").lower(), sorted(by_lower), 1, 0.6)
    return f"write {by_lower[near[0]]}" if near else "write its IANA name, such as Europe/Berlin or UTC"


def _promotion(parts: Parts, name: str, env: Environment) -> Iterator[Problem]:
    source = env.releases.promote_from
    path: Path = ("releases", "promote_from")
    if source is None:
        if env.releases.promote_after_minutes:
            after: Path = ("releases", "promote_after_minutes")
            problem = "has no effect without promote_from"
            yield Problem("environment", name, (after,), problem, "write promote_from, or remove it")
        return
    if source not in parts.names:
        fix = one_of([n for n in parts.names if n != name], source) or "remove it, or describe it in environments/"
        yield Problem("environment", name, (path,), f"there is no environment {source!r}", fix)
    elif source == name:
        others = [n for n in parts.names if n != name]
        problem = "an environment can't be promoted from itself"
        yield Problem("environment", name, (path,), problem, one_of(others) or "remove it")
    elif circle := _circle(parts, name):
        problem = f"environments wait for each other: {' → '.join(circle)}"
        also = tuple[Cause, ...](("environment", other, path) for other in circle if other != name)
        yield Problem(
            "environment",
            name,
            (path,),
            problem,
            ("remove promote_from of the environment that gets a version first"),
            also=also,
        )


def _circle(parts: Parts, name: str) -> list[str]:
    """The way from ``name`` back to it along promote_from; nothing if there is none."""
    way = [name]
    while (env := parts.environments.get(way[-1])) is not None and env.releases.promote_from is not None:
        if env.releases.promote_from in way:
            return [*way, name] if env.releases.promote_from == name else []
        way.append(env.releases.promote_from)
    return []
