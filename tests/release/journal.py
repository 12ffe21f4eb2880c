"""A story's journal: what the log stores, what is asked of AWS, and when each release is looked at again, as text.

Times are seconds since the story began. Digests, tokens and ids are numbered as they appear: <1> is the same one everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from generator.release.audit import START
from generator.release.digests import template_digest
from generator.release.model.change import ChangeSet
from generator.release.model.observed import NewChangeSet, ServiceNow
from generator.release.model.release import StackRef
from generator.release.ports import Check, Item, Put
from tests.release.fake_platform import FakePlatform

# What changes something in AWS is told in its order; what only looks, once for each that is looked at.
_CHANGES = {
    "stacks": ("create", "execute", "delete", "cancel_update", "continue_rollback"),
    "services": ("stop", "continue_deployment"),
    "images": ("keep", "drop"),
    "seal": ("seal",),
}
_LOOKS = {
    "stacks": ("describe", "template", "change_set_template", "change_set", "resolve", "events", "resources"),
    "services": (
        "service", "deployment", "deployments", "stopped_tasks", "targets", "traffic", "alarms", "logs",
        "missing_secrets", "quotas",
    ),
    "images": ("image",),
    "probe": ("get",),
}  # fmt: skip
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8,}(?![0-9A-Za-z])")
_TIME = re.compile(r"(?<![0-9A-Za-z])1[78]\d{8}(?:\.\d+)?(?![0-9A-Za-z])")
# Of no meaning to a reader, or told by another line.
_LEFT_OUT = re.compile(
    r"^(head|moments\[\d+\]\.at|reading\.|change_set\.(changes|parameters|tags)|hash|previous|stack\.|before\.)"
)


class Journal:
    """Writes down what becomes of a platform from now on."""

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform
        self._began = platform.clock()
        self._lines: list[str] = []
        self._looked: set[str] = set()
        self._ids: dict[str, str] = {}
        self._again: dict[str, str] = {}
        self._stored = {key: dict(_flat(item)) for key, item in platform.table.items.items()}
        write = platform.table.write

        def recorded(*writes: Put | Check) -> bool:
            done = write(*writes)
            if done:
                self._written([one.item for one in writes if isinstance(one, Put)])
            return done

        platform.table.write = recorded  # type: ignore[method-assign]
        stacks, services = platform.aws("prod")
        fakes = {"stacks": stacks, "services": services, "images": platform.images, "seal": platform.seal}
        for kind, names in _CHANGES.items():
            for name in names:
                self._wrap(fakes[kind], kind, name, self._lines.append)
        self._wrap(platform.service.context.reader, "reader", "read", self._looked.add)
        for kind, names in _LOOKS.items():
            for name in names:
                self._wrap(fakes.get(kind, platform.probe), kind, name, self._looked.add)

    def text(self) -> str:
        """All of it."""
        lines = [self._plain(line) for line in self._lines]
        looked = {self._plain(line, new=False) for line in self._looked}
        return "\n".join([*lines, "", "looked at:", *sorted(looked), ""])

    def _wrap(self, fake: Any, kind: str, name: str, told: Callable[[str], None]) -> None:
        called = getattr(fake, name)

        def recorded(*what: Any, **more: Any) -> Any:
            values = [*map(_argument, what), *(f"{key}={_argument(value)}" for key, value in more.items())]
            told(f"  {kind}.{name}({', '.join(values)})")
            return called(*what, **more)

        setattr(fake, name, recorded)

    def _written(self, items: list[Item]) -> None:
        now = self.platform.clock()
        found = [line for item in items for line in self._told(item, now)]
        if found:
            self._lines += [f"t+{now - self._began:g}", *found]

    def _told(self, item: Item, now: float) -> Iterator[str]:
        if item.sk == "lease" or item.pk.startswith("evidence#"):
            return
        if item.sk == "due":
            yield from self._due(item, now)
            return
        if item.pk.startswith("audit#"):
            yield _entry(item)
            return
        after = dict(_flat(item))
        before = self._stored.get((item.pk, item.sk), {})
        self._stored[item.pk, item.sk] = after
        lines = [
            f"    {path}: {after.get(path, 'gone')}"
            for path in [*after, *(path for path in before if path not in after)]
            if before.get(path) != after.get(path)
            and not _LEFT_OUT.match(path)
            and (path, after.get(path)) != ("state.looked", json.dumps(now))
        ]
        if lines:
            yield f"  {item.pk} {item.sk}" + (f", expires t+{item.expires - self._began:g}" if item.expires else "")
            yield from lines

    def _due(self, item: Item, now: float) -> Iterator[str]:
        """When a release is looked at again, where that is another time than after the look before."""
        due = int(item.due) / 1e6 if item.due else 0.0
        if msgspec.json.decode(item.body).get("held", 0.0) > now:
            return
        again = "never again" if not due else f"in {due - now:g} s"
        if self._again.get(item.pk) != again:
            self._again[item.pk] = again
            yield f"  {item.pk.removeprefix('release#')} is looked at {again}"

    def _plain(self, line: str, *, new: bool = True) -> str:
        def named(found: re.Match[str]) -> str:
            text = found.group()
            if len(set(text)) == 1 or text.startswith("000000") or _TIME.fullmatch(text):
                return text[:12]
            if new:
                self._ids.setdefault(text, f"<{len(self._ids) + 1}>")
            return self._ids.get(text, "<?>")

        return _TIME.sub(lambda found: f"t+{float(found.group()) - self._began:g}", _ID.sub(named, line))


def _entry(item: Item) -> str:
    entry = msgspec.json.decode(item.body)
    who = entry["actor"].get("person") or entry["actor"]["id"]
    detail = "; ".join(f"{key}: {value}" for key, value in entry.get("detail", {}).items() if key != "evidence")
    begins = " begins:" if entry.get("previous", START) == START else ":"
    return f"  {entry['chain']} {entry['number']}{begins} {entry['what']}, by {who} [{detail}]"


def _argument(value: Any) -> str:
    if isinstance(value, StackRef):
        return value.key
    if isinstance(value, ChangeSet):
        return value.name
    if isinstance(value, dict) and "Resources" in value:
        return f"template {template_digest(value)[7:13]}"
    if isinstance(value, NewChangeSet):
        known = {key: found for key, found in msgspec.to_builtins(value).items() if key != "template"}
        return json.dumps(known | {"template": "its own" if value.template is None else "published"})
    return value.arn if isinstance(value, ServiceNow) else str(value)


def _flat(item: Item) -> Iterator[tuple[str, str]]:
    return _leaves(msgspec.json.decode(item.body), "")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False)
