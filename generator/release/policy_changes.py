"""How one release policy differs from another, in sentences: approvals, identities, protection. Pure.

A policy travels with a version as plain JSON, so that an engine can compare one that was written by a newer engine.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from generator.release import policy
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import ChangeClass
from generator.release.model.settings import Approvals

Document = Mapping[str, Any]
_SHOWN = 300  # characters of a value
_SAID = {"image": "image changes", "template": "template changes", "stateful": "changes to data", "iam": "added permissions",
         "exposure": "added exposure", "cost": "higher cost", "create": "new stacks", "rollback": "rollbacks",
         "restart": "restarts", "delete": "deleted stacks"}  # fmt: skip


def document(facts: PlatformFacts) -> dict[str, Any]:
    """The policy of a platform: protection and release rules of each environment, people and teams. Plain JSON."""
    rules = {name: {"protected": one.protected, "releases": one.releases} for name, one in facts.environments.items()}
    whole = {"environments": rules, "people": facts.people, "teams": facts.teams, "session_roles": facts.session_roles}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    return plain


def changes(before: Document, after: Document) -> list[str]:
    """One sentence for each difference, people first. [] for policies that are equal.

    A key that one side lacks is like its empty value: a newer engine writes down defaults that an older one has not.
    """
    found = [*_people(_part(before, "people"), _part(after, "people"))]
    found += _teams(_part(before, "teams"), _part(after, "teams"))
    found += _sessions(_part(before, "session_roles"), _part(after, "session_roles"))
    old, new = _part(before, "environments"), _part(after, "environments")
    named: set[str] = set()
    for name in sorted(set(old) | set(new), key=lambda name: (_follows(name), name)):
        for sentence in _environment(name, old.get(name), new.get(name)):
            # Home and the accounts release as the environment that the bot lives in: once is enough.
            common = sentence.replace(name, "…")
            if not (_follows(name) and common in named):
                found.append(sentence)
            named.add(common)
    return found


def _follows(name: str) -> bool:
    return name == "home" or name.isdigit()


def _part(whole: Any, name: str) -> dict[str, Any]:
    found = whole.get(name) if isinstance(whole, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def _people(old: Document, new: Document) -> Iterator[str]:
    for name in sorted(set(old) | set(new)):
        if name not in old:
            yield f"{name} is a new person, known as {_ids(new[name]) or 'no id yet'}"
        elif name not in new:
            yield f"{name} is no longer among the people"
        elif (was := _ids(old[name])) != (now := _ids(new[name])):
            yield f"{name} is known as {now or 'nobody'}, as {was or 'nobody'} before"


def _sessions(old: Document, new: Document) -> Iterator[str]:
    for role in sorted(set(old) | set(new)):
        if (was := old.get(role)) != (now := new.get(role)):
            how = f"count as people, held by {_shown(now)}" if now else "no longer count as people"
            yield f"sessions of the role {_shown(role)} {how}{f', by {_shown(was)} before' if was and now else ''}"


def _ids(person: Any) -> str:
    ids = [*_names(person, "aws"), *filter(None, [_get(person, "slack")])]
    return ", ".join(map(_shown, ids))


def _teams(old: Document, new: Document) -> Iterator[str]:
    for name in sorted(set(old) | set(new)):
        was, now = set(_names(old.get(name), "people")), set(_names(new.get(name), "people"))
        if name not in old:
            yield f"the team {name} is new"
        elif name not in new:
            yield f"the team {name} no longer exists"
        yield from (f"{person} joins {name}" for person in sorted(now - was))
        yield from (f"{person} leaves {name}" for person in sorted(was - now))
        group, before = _get(new.get(name), "slack_group"), _get(old.get(name), "slack_group")
        if group != before:
            yield f"{name} takes {_group(group)}, {_group(before)} before"


def _group(id_: Any) -> str:
    return f"the members of the Slack group {_shown(id_)}" if id_ else "no Slack group"


def _environment(name: str, old: Any, new: Any) -> Iterator[str]:
    if old is None:
        yield f"{name} is new, and {'protected' if _get(new, 'protected') else 'not protected'}"
        return
    if new is None:
        yield f"{name} no longer exists"
        return
    was, now = bool(_get(old, "protected")), bool(_get(new, "protected"))
    if was != now:
        yield f"{name} is protected, and was not before" if now else f"{name} is no longer protected"
    before, after = _part(old, "releases"), _part(new, "releases")
    for rule in get_args(ChangeClass):
        asked = [_asked(_part(part, "approvals"), rule, protected=is_) for part, is_ in ((before, was), (after, now))]
        yield from _rule(name, _SAID[rule], *asked)
    glass = set(_names(before, "break_glass")), set(_names(after, "break_glass"))
    yield from (f"{who} may use break glass in {name}" for who in sorted(glass[1] - glass[0]))
    yield from (f"{who} may no longer use break glass in {name}" for who in sorted(glass[0] - glass[1]))
    for key in sorted((set(before) | set(after)) - {"approvals", "break_glass"}):
        if (before.get(key) or None) != (after.get(key) or None):
            yield f"in {name}, releases.{key} is {_shown(after.get(key))}, {_shown(before.get(key))} before"


def _asked(written: Document, rule: ChangeClass, *, protected: bool) -> Document:
    """The approvers for one class of change, as :func:`generator.release.policy.approvers` finds them."""
    found = written.get(rule) or (written.get("default") if rule not in policy.APART else None)
    if isinstance(found, Mapping):
        return found
    implied: dict[str, Any] = msgspec.to_builtins(policy.approvers(Approvals(), rule, protected=protected))
    return implied


def _rule(name: str, what: str, was: Document, now: Document) -> Iterator[str]:
    for key, one, many in (("people", "person", "people"), ("attested", "attested approval", "attested approvals")):
        if (old := _get(was, key) or 0) != (new := _get(now, key) or 0):
            yield f"{name} asks {_shown(new)} {one if new == 1 else many} for {what}, {_shown(old)} before"
    if set(_names(was, "by")) != set(_names(now, "by")):
        yield f"{name} asks {_listed(now)} for {what}, {_listed(was)} before"
    if bool(_get(was, "requester")) != bool(_get(now, "requester")):
        may = "may approve it" if _get(now, "requester") else "may no longer approve it"
        yield f"in {name}, who requests a release {may} ({what})"


def _listed(rule: Document) -> str:
    return " or ".join(sorted(map(_shown, _names(rule, "by")))) or "anybody among the people"


def _get(of: Any, key: str) -> Any:
    return of.get(key) if isinstance(of, Mapping) else None


def _names(of: Any, key: str) -> Iterable[str]:
    found = _get(of, key)
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


def _shown(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
