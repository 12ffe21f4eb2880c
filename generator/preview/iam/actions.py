"""Action patterns as sets of actions, against the table of all actions that ``python -m tests.aws_tables`` writes.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services". Actions are compared
without regard to case (IAM User Guide, "IAM JSON policy elements: Action").
"""

from collections.abc import Iterable
from functools import cache, lru_cache

from generator.preview.bounds import spend, spend_once
from generator.preview.iam.action_set import FUTURE, NO_ACTIONS, ActionSet, table
from generator.preview.iam.patterns import contains, matcher


@cache
def _service(prefix: str) -> tuple[tuple[str, str], ...]:
    """``(name in lower case, whole action in lower case)`` of one service."""
    return tuple((name.lower(), f"{prefix}:{name.lower()}") for name in table().get(prefix, ()))


@cache
def _every(prefix: str) -> ActionSet:
    """All actions of one service in the table."""
    return ActionSet(action for _, action in _service(prefix))


@cache
def everything() -> ActionSet:
    """Every action of every service, and a placeholder for future ones."""
    known = {action for prefix in table() for _, action in _service(prefix)}
    return ActionSet(known | {f"{prefix}:{FUTURE}" for prefix in table()} | {FUTURE})


@lru_cache(maxsize=4096)
def _expanded(text: str) -> tuple[ActionSet, int]:
    """What a pattern matches, and with how many actions it was compared."""
    if text in ("*", "*:*"):
        return everything(), 0
    prefix, _, name = text.partition(":")
    if "*" in prefix or "?" in prefix:
        services = [service for service in table() if contains(prefix, service)]
        found = {action for service in services for action in _within(service, name)}
        return ActionSet(found or {text}), len(table()) + sum(len(_service(service)) for service in services)
    return ActionSet(_within(prefix, name) or {text}), len(_service(prefix)) if "*" in name or "?" in name else 0


def expand(pattern: str) -> ActionSet:
    """The actions that a pattern such as ``s3:Get*`` matches, in lower case. The pattern itself if the table has none."""
    text = pattern.lower()
    found, steps = _expanded(text)
    spend_once(text, 1 + steps // 3)
    return found


def _within(prefix: str, name: str) -> set[str]:
    if "*" not in name and "?" not in name:
        return {f"{prefix}:{name}"}
    matches = matcher(name)
    found = {action for short, action in _service(prefix) if matches(short)}
    return found | {f"{prefix}:{FUTURE}"} if name == "*" else found


def union(patterns: Iterable[str]) -> ActionSet:
    """All actions that any of the patterns matches."""
    found = NO_ACTIONS
    for pattern in patterns:
        found |= expand(pattern)
    return found


def _all_but(missing: ActionSet, patterns: Iterable[str]) -> str:
    """``*``, or ``* but iam:*`` for a statement that leaves services out."""
    out = sorted(prefix for prefix in table() if f"{prefix}:{FUTURE}" in missing)
    return "*" if "*" in patterns or not out else f"* but {', '.join(f'{prefix}:*' for prefix in out)}"


def intersection(allowed: ActionSet, asked: ActionSet) -> ActionSet:
    """The wanted actions that are among the allowed ones. ``*`` and ``s3:*`` allow actions that are not in the table."""
    found = allowed & asked
    odd = asked.odd - found.odd
    if not odd:
        return found
    reached = odd if FUTURE in allowed else [a for a in odd if f"{a.partition(':')[0]}:{FUTURE}" in allowed]
    return found | ActionSet(reached) if reached else found


@cache
def _shown() -> dict[str, str]:
    return {f"{prefix}:{name.lower()}": f"{prefix}:{name}" for prefix, names in table().items() for name in names}


def action_names(some: ActionSet, patterns: Iterable[str] = ()) -> tuple[str, ...]:
    """A set of actions for people: by the patterns that it is made of where they fit, cased as AWS writes them.

    Args:
        some: as :func:`expand` gives them.
        patterns: as a policy has them; one whose actions are all in the set stands for them.
    """
    found = _named(some, tuple(patterns))
    spend(len(found))
    return found


def _meant(pattern: str) -> ActionSet:
    """Like :func:`expand`, without counting: a stored result must not count only the first time."""
    return _expanded(pattern.lower())[0]


@lru_cache(maxsize=128)
def _named(left: ActionSet, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if FUTURE in left:
        return (_all_but(everything() - left, patterns),)
    found: list[str] = []
    for pattern in sorted(set(patterns), key=lambda text: (len(_meant(text)) * -1, text)):
        if ("*" in pattern or "?" in pattern) and _meant(pattern) <= left:
            found.append(pattern)
            left -= _meant(pattern)
    services: dict[str, list[str]] = {}
    for action in left:
        services.setdefault(action.partition(":")[0], []).append(action)
    for prefix, some in services.items():
        every = _every(prefix)
        if (len(every) > 1 and every <= left) or some == [f"{prefix}:{FUTURE}"]:
            found.append(f"{prefix}:*")
        else:
            found += [
                _shown().get(action, action) for action in some if action == FUTURE or not action.endswith(f":{FUTURE}")
            ]
    return tuple(sorted(found))
