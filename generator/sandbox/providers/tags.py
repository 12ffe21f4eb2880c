"""Tags in the shape of each API: lists or maps, `Key`, `key` or `TagKey`, under five names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Tag = dict[str, str]
_NAMES = frozenset({"tags", "tagslist", "taglist", "tagset", "tagging", "resourcetags", "addtags"})
_KEYS = frozenset({"tagkeys", "resourcetagkeys", "removetagkeys"})


def tag_member(names: Iterable[str], *, keys: bool = False) -> str:
    """The member of an operation that takes tags, or the keys of those that go; "" if it has none."""
    found = {name.lower() in _KEYS: name for name in names if name.lower() in _NAMES | _KEYS}
    return found.get(keys) or found.get(not keys, "")


def tags_in(answer: Any) -> list[Tag]:
    """The tags of one resource, wherever its service puts them in an answer, in CloudFormation's shape."""
    match answer:
        case dict():
            for key, value in answer.items():
                if key.lower() in _NAMES | _KEYS:
                    return as_tags(value)
            return next(filter(None, map(tags_in, answer.values())), [])
        case list():
            return next(filter(None, map(tags_in, answer)), [])
    return []


def as_tags(live: Any) -> list[Tag]:
    """Tags of an API as CloudFormation's list."""
    if isinstance(live, dict):
        return as_tags(live["Items"]) if isinstance(live.get("Items"), list) else listed(live)
    rows = ({key.lower().removeprefix("tag"): value for key, value in tag.items()} for tag in live or ())
    return [{"Key": row["key"], "Value": row.get("value", "")} for row in rows]


def listed(tags: dict[str, str] | None) -> list[Tag]:
    """A map of tags as CloudFormation's list."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def dropped(old: list[Tag], new: list[Tag]) -> list[str]:
    """The keys of tags that are no longer wanted."""
    kept = {tag["Key"] for tag in new}
    return [tag["Key"] for tag in old if tag["Key"] not in kept]
