"""The small language in which Block Kit's rules are written: a check looks at a value and reports what is wrong.

Messages are worded as Slack words them, because people search for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that Slack refuses. The shape of an error of `blocks.validate`.

    https://docs.slack.dev/reference/methods/blocks.validate
    """

    pointer: str
    code: str
    message: str
    constraint: dict[str, Any] | None = None

    @property
    def line(self) -> str:
        """As the `errors` of `chat.postMessage` say it."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def plain(self) -> dict[str, Any]:
        """As `blocks.validate` says it."""
        value: dict[str, Any] = {"pointer": self.pointer, "code": self.code, "message": self.message}
        return {**value, "constraint": self.constraint} if self.constraint else value


class Report:
    """Collects problems, and what must be unique in one message or view."""

    def __init__(self, refused: tuple[str, ...] = ()) -> None:
        self.problems: list[Problem] = []
        self.refused = refused
        self._seen: dict[str, set[str]] = {}

    def add(self, pointer: str, message: str, code: str = "failed_constraint", **constraint: Any) -> None:
        """Report one problem."""
        self.problems.append(Problem(pointer=pointer, code=code, message=message, constraint=constraint or None))

    def once(self, kind: str, value: Any, pointer: str, scope: str = "") -> None:
        """Report a value that was there before."""
        if not isinstance(value, str):
            return
        seen = self._seen.setdefault(f"{kind}@{scope}", set())
        if value in seen:
            self.add(pointer, f"`{kind}` {value} already exists", "duplicate_value")
        seen.add(value)


Check = Callable[[Report, Any, str], None]


def string(most: int, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must be a string", "invalid_type", type="string")
        elif len(value) > most:
            report.add(pointer, f"must be less than {most + 1} characters", type="max_length", expected=most)
        elif len(value) < least:
            report.add(pointer, f"must be more than {least - 1} characters", type="min_length", expected=least)

    return check


def url(most: int = 3000) -> Check:
    """An address with a scheme that opens in a browser."""
    short = string(most, 1)

    def check(report: Report, value: Any, pointer: str) -> None:
        short(report, value, pointer)
        if isinstance(value, str) and value and not value.startswith(("http://", "https://", "mailto:", "slack://")):
            report.add(pointer, "must be a valid URL", type="url")

    return check


def matching(pattern: str) -> Check:
    """A string of a certain form."""
    form = re.compile(pattern)

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must be a string", "invalid_type", type="string")
        elif not form.fullmatch(value):
            report.add(pointer, f"input must match regex pattern: {pattern}", type="pattern", expected=pattern)

    return check


def boolean(report: Report, value: Any, pointer: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add(pointer, "must be a boolean", "invalid_type", type="boolean")


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add(pointer, "must be an integer", "invalid_type", type="integer")
        elif not least <= value <= most:
            report.add(pointer, f"must be between {least} and {most}", type="range", expected=[least, most])

    return check


def number(report: Report, value: Any, pointer: str) -> None:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.add(pointer, "must be a number", "invalid_type", type="number")


def as_list(value: Any) -> list[Any]:
    """A list, or nothing of what is none."""
    return value if isinstance(value, list) else []


def anything(_report: Report, _value: Any, _pointer: str) -> None:
    """What is not looked at."""


def enum(*allowed: str) -> Check:
    """One of some words."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if value not in allowed:
            report.add(pointer, "must be a valid enum value", type="enum", expected=list(allowed), got=value)

    return check


def items(of: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` things."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            report.add(pointer, "must be an array", "invalid_type", type="array")
            return
        if len(value) > most:
            report.add(pointer, f"no more than {most} items allowed", type="max_items", expected=most)
        if len(value) < least:
            report.add(pointer, f"must have at least {least} item{'s' * (least > 1)}", type="min_items", expected=least)
        for index, item in enumerate(value[:most]):
            of(report, item, f"{pointer}/{index}")

    return check


class Shape:
    """An object: its fields, which of them it needs, and whether others are allowed."""

    def __init__(
        self,
        fields: Mapping[str, Check],
        needs: str = "",
        any_of: str = "",
        also: Check = anything,
    ) -> None:
        self.fields = fields
        self.needs = needs.split()
        self.any_of = any_of.split()
        self.also = also

    def __call__(self, report: Report, value: Any, pointer: str) -> None:
        """Check one object, all its fields, and what concerns several of them."""
        if not isinstance(value, dict):
            report.add(pointer, "must be an object", "invalid_type", type="object")
            return
        for name in self.needs:
            if name not in value:
                report.add(pointer, f"missing required field: {name}", "missing_field", type="required", expected=name)
        if self.any_of and not any(value.get(name) is not None for name in self.any_of):
            report.add(pointer, f"must define one of: {', '.join(self.any_of)}", "missing_field", type="any_of")
        for name, inner in value.items():
            place = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            check = self.fields.get(name)
            if check is None:
                report.add(pointer, f"invalid additional property: {name}", "additional_property")
            elif inner is not None:
                check(report, inner, place)
            elif name in self.needs:
                report.add(place, "must not be null", "invalid_type")
        self.also(report, value, pointer)


def union(kinds: Mapping[str, Check], allowed: tuple[str, ...] | None = None) -> Check:
    """An object whose `type` says which of some kinds it is; `allowed` narrows them for one place."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add(pointer, "must be an object", "invalid_type", type="object")
            return
        kind = value.get("type")
        known = kinds.get(kind) if isinstance(kind, str) else None
        if kind is None:
            report.add(pointer, "missing required field: type", "missing_field", type="required", expected="type")
        elif known is None or (allowed is not None and kind not in allowed) or kind in report.refused:
            expected = sorted(kinds) if allowed is None else list(allowed)
            message = f"unsupported type: {kind}"
            report.add(f"{pointer}/type", message, "unsupported_type", type="enum", expected=expected, got=kind)
        else:
            known(report, value, pointer)

    return check
