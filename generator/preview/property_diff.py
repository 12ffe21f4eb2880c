"""Every changed property, before and after, as ``diff`` prints it."""

import json
import re
from typing import Any, NamedTuple

from generator.preview.risk.replacement import ChangedAttribute, changed_attributes
from generator.release.model.change import KNOWN_AFTER_APPLY, ChangeSet, Detail, ResourceChange
from generator.safe_text import plain

_UNTOLD = "(not shown by AWS)"
_TOO_LONG = "(too long: AWS shows only its digest)"
_LATER = "(known after creation)"
_KEPT_OUT = "(its properties are too long for the release log; `slipway diff ENV STACK` shows them)"
# A person reads no further than this in one value; digests are shown wherever they stand, and never cut.
_LONG = 2000
# What names an item of a list: of containers, environment variables, tags, statements.
_NAMES = ("Name", "Key", "Sid", "Id")
_DIGEST = re.compile(r"(?:[\w./:-]+@)?sha256:[0-9a-f]{64}")


class Line(NamedTuple):
    """A line of a difference. ``kind`` is ``resource``, ``same``, ``old`` or ``new``, for its colour."""

    kind: str
    text: str


_SIGNS = {"Add": "+", "Remove": "-", "Modify": "~", "Import": "=", "Dynamic": "?", "SyncWithActual": "~"}


def diff(change_set: ChangeSet, *, verbose: bool = False) -> list[Line]:
    """All changes of a change set, by logical id, with the properties of what is added; of what is removed if ``verbose``."""
    found: list[Line] = []
    for change in sorted(change_set.changes, key=lambda row: row.logical_id):
        replaced = (
            " (replaced)"
            if change.replacement == "True"
            else " (may be replaced)"
            if change.replacement == "Conditional"
            else ""
        )
        found.append(Line("resource", plain(f"{_SIGNS[change.action]} {change.logical_id} {change.type}{replaced}")))
        if change.action in ("Add", "Remove", "Import"):
            if verbose or change.action != "Remove":
                found += _whole(change)
            continue
        found += _details(change)
    return found


def properties(change: ResourceChange) -> list[Line]:
    """The properties of one change, each once, by name, before and after."""
    return _whole(change) if change.action in ("Add", "Remove", "Import") else _details(change)


class Modified(NamedTuple):
    """A property that changes in place, by name: ``ContainerDefinitions/app/Environment/LOG_LEVEL``."""

    path: str
    before: str
    after: str
    cause: str


def modified(change: ResourceChange) -> list[Modified]:
    """The properties that a change modifies. A value that AWS does not show is said to be so."""
    found = []
    for place in changed_attributes(change):
        detail = _telling(place)
        found.append(Modified(_named(change, place), _value(detail.before), _value(detail.after), place.cause))
    return found


def _telling(place: ChangedAttribute) -> Detail:
    """The one of several reasons for a change that shows the most."""
    return min(place.details, key=lambda row: (row.evaluation != "Static", row.before is None and row.after is None))


def _named(change: ResourceChange, place: ChangedAttribute) -> str:
    """The path of a property, with the names of list items in place of their numbers where they have one."""
    if not place.path:
        return place.name or place.attribute
    parts: list[str] = []
    at: Any = _context(change.after).get("Properties") or _context(change.before).get("Properties")
    for part in place.path:
        if isinstance(at, list) and part.isdecimal() and int(part) < len(at):
            at = at[int(part)]
            name = (
                next((at[key] for key in _NAMES if isinstance(at.get(key), str)), part)
                if isinstance(at, dict)
                else part
            )
            parts.append(plain(name))
        else:
            is_only = isinstance(at, dict) and part == "Value" and at.keys() <= {*_NAMES, "Value"}
            at = at.get(part) if isinstance(at, dict) else None
            parts += [] if is_only else [part]
    return "/".join(parts)


def _context(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _details(change: ResourceChange) -> list[Line]:
    found: list[Line] = []
    for place in changed_attributes(change):
        detail = _telling(place)
        because = f"  because of {place.cause}" if place.cause else ""
        found.append(Line("same", plain(f"    {_named(change, place)}{because}")))
        if detail.before is not None or detail.change_type in ("Modify", "Remove"):
            found.append(Line("old", f"      - {_value(detail.before)}"))
        if detail.after is not None or detail.change_type in ("Modify", "Add"):
            found.append(Line("new", f"      + {_value(detail.after)}"))
    return found


def _value(text: str | None) -> str:
    if text is None:
        return _UNTOLD
    if "(Truncated-Signature)" in text:
        return _TOO_LONG
    if KNOWN_AFTER_APPLY in text:
        return _LATER if text.strip('"') == KNOWN_AFTER_APPLY else _cut(plain(text.replace(KNOWN_AFTER_APPLY, _LATER)))
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return _cut(plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)))


def _cut(text: str) -> str:
    if len(text) <= _LONG:
        return text
    end = next((match.start() for match in _DIGEST.finditer(text) if match.start() < _LONG < match.end()), _LONG)
    rest = list(dict.fromkeys(_DIGEST.findall(text[end:])))
    named = f", with {', '.join(rest)}" if rest else ""
    return f"{text[:end]}… ({len(text) - end} more characters{named})"


def _whole(change: ResourceChange) -> list[Line]:
    text = change.after if change.action != "Remove" else change.before
    if text is None and change.action != "Remove":
        return [Line("same", f"    {_KEPT_OUT}")]
    try:
        context: Any = json.loads(text or "{}")
    except ValueError:
        return []
    properties = context.get("Properties") if isinstance(context, dict) else None
    sign, kind = ("-", "old") if change.action == "Remove" else ("+", "new")
    return [
        Line(kind, f"      {sign} {plain(str(name))}: {_value(json.dumps(value))}")
        for name, value in sorted((properties or {}).items())
    ]
