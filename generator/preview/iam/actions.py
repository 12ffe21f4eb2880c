"""Action patterns as sets of actions, against the table of all actions that ``python -m tests.aws_tables`` writes.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services". Actions are compared
without regard to case (IAM User Guide, "IAM JSON policy elements: Action").
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache

import msgspec

from generator.preview.iam.patterns import holds
from generator.preview.replacement_schemas import DATA

# Stands for what a pattern matches and the table has not: a service's newer actions ("s3:*"), or newer services ("*").
_FUTURE = "*"


class _File(msgspec.Struct, frozen=True):
    about: str
    rows: dict[str, list[str]]


@cache
def _table() -> dict[str, list[str]]:
    return msgspec.json.decode((DATA / "actions.json").read_bytes(), type=_File).rows


@cache
def _service(prefix: str) -> tuple[tuple[str, str], ...]:
    """``(name in lower case, whole action in lower case)`` of one service."""
    return tuple((name.lower(), f"{prefix}:{name.lower()}") for name in _table().get(prefix, ()))


@cache
def everything() -> frozenset[str]:
    """Every action of every service, and what stands for those to come."""
    known = {action for prefix in _table() for _, action in _service(prefix)}
    return frozenset(known | {f"{prefix}:{_FUTURE}" for prefix in _table()} | {_FUTURE})


@lru_cache(maxsize=4096)
def expand(pattern: str) -> frozenset[str]:
    """The actions that a pattern such as ``s3:Get*`` matches, in lower case; itself, if the table has none."""
    text = pattern.lower()
    if text in ("*", "*:*"):
        return everything()
    prefix, _, name = text.partition(":")
    if "*" in prefix or "?" in prefix:
        found = {action for service in _table() if holds(prefix, service) for action in _within(service, name)}
        return frozenset(found or {text})
    return frozenset(_within(prefix, name) or {text})


def _within(prefix: str, name: str) -> set[str]:
    if "*" not in name and "?" not in name:
        return {f"{prefix}:{name}"}
    found = {action for short, action in _service(prefix) if holds(name, short)}
    return found | {f"{prefix}:{_FUTURE}"} if name == "*" else found


def union(patterns: Iterable[str]) -> frozenset[str]:
    """All actions that any of the patterns matches."""
    return frozenset().union(*(expand(pattern) for pattern in patterns))


def _all_but(missing: frozenset[str], patterns: Iterable[str]) -> str:
    """``*``, or ``* but iam:*`` for a statement that leaves services out (not for what somebody had before)."""
    out = sorted(prefix for prefix in _table() if f"{prefix}:{_FUTURE}" in missing)
    return "*" if "*" in patterns or not out else f"* but {', '.join(f'{prefix}:*' for prefix in out)}"


def of_both(allowed: frozenset[str], wanted: frozenset[str]) -> frozenset[str]:
    """The wanted actions that are among the allowed ones; ``*`` and ``s3:*`` allow what the table has not."""
    found = allowed & wanted
    odd = wanted - found - everything()
    return found | {
        action for action in odd if _FUTURE in allowed or f"{action.partition(':')[0]}:{_FUTURE}" in allowed
    }


@cache
def _shown() -> dict[str, str]:
    return {f"{prefix}:{name.lower()}": f"{prefix}:{name}" for prefix, names in _table().items() for name in names}


def named(actions: Iterable[str], patterns: Iterable[str] = ()) -> tuple[str, ...]:
    """A set of actions for people: by the patterns that it is made of where they fit, cased as AWS writes them.

    Args:
        actions: in lower case, as :func:`expand` gives them.
        patterns: as a policy has them; one whose actions are all in the set stands for them.
    """
    left = set(actions)
    if _FUTURE in left:
        return (_all_but(everything() - left, patterns),)
    found: list[str] = []
    for pattern in sorted(set(patterns), key=lambda text: (len(expand(text)) * -1, text)):
        if ("*" in pattern or "?" in pattern) and expand(pattern) <= left:
            found.append(pattern)
            left -= expand(pattern)
    services: defaultdict[str, set[str]] = defaultdict(set)
    for action in left:
        services[action.partition(":")[0]].add(action)
    for prefix, some in services.items():
        every = {action for _, action in _service(prefix)}
        if len(every) > 1 and every <= some:
            found.append(f"{prefix}:*")
        else:
            found += [
                _shown().get(action, action)
                for action in some
                if action == _FUTURE or not action.endswith(f":{_FUTURE}")
            ]
    return tuple(sorted(found))
