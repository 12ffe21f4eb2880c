"""The scripted tour: people type and click in the local Slack, and what they see is printed.

Each step says what must be seen; the first that is not seen ends the tour with exit code 1.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from bot.demo.folder import CHANNEL, ENVIRONMENT, SERVICE
from bot.demo.system import Demo
from bot.demo.versions import story
from bot.workspace.user_driver import UserDriver
from generator.cli import release_text
from generator.release import messages
from generator.release.model.release import Release
from generator.release.model.states import Closed, Waiting, name

PATIENCE = 180.0  # seconds for one step
_EVERY = 0.2
_KEY = f"{ENVIRONMENT}/service-{SERVICE}"
_MARKUP = re.compile(r"<(?:[@#!]([^>|]*)|[^>|]*)(?:\|([^>]*))?>|[*`]")

Say = Callable[[str], None]
T = TypeVar("T")


class NotSeen(Exception):  # noqa: N818 - it says what happened
    """An expected result did not appear. The text says which one."""


class Tour:
    """Runs the tour on a running demo. ``say`` prints a line of the transcript."""

    def __init__(self, demo: Demo, say: Say) -> None:
        self._demo = demo
        self._say = say
        self._began = time.monotonic()
        seed = demo.workspace.seed
        self._names = {p.id: f"@{p.handle}" for p in seed.people} | {c.id: f"#{c.name}" for c in seed.channels}

    def play(self) -> None:
        """Run all scenes.

        Raises:
            NotSeen: one of them did not go as it should.
        """
        good, crashes, template = (self._demo.short(one) for one in ("good", "crashes", "template"))
        with self._scene("Ana deploys, Ben approves, and everybody sees the rollout"):
            release = self._asked("ana", f"/deploy {SERVICE} {ENVIRONMENT} because customers wait", good)
            self._refused_approval("ana", release)
            self._approved("ben", release)
            self._closes(release, "succeeded")
        with self._scene("A version that crashes is rolled back automatically, with the reason"):
            release = self._asked("ana", f"/deploy {SERVICE} {ENVIRONMENT} {crashes}", crashes)
            self._approved("cleo", release)
            self._closes(release, "rolled back", "exit code 1")
            self._runs(good)
        with self._scene("Two approvers click at the same time, and one of them decides"):
            release = self._asked("ana", f"/deploy {SERVICE} {ENVIRONMENT} {template}", template)
            self._at_once(release, "ben", "cleo")
            self._closes(release, "succeeded")
        with self._scene("Ben rolls a good version back: one person is enough"):
            self._typed("ben", f"/rollback {SERVICE} {ENVIRONMENT} because the new log is too loud")
            release = self._new(good)
            self._closes(release, "succeeded")
            self._runs(good)
        with self._scene("A guest may read, and can't release"):
            told_ = self._typed("gus", f"/deploy {SERVICE} {ENVIRONMENT}")
            self._must("guests can't use this bot" in told_, f"Gus was told: {told_}")
        with self._scene("Everything is in the release log, and no entry was changed"):
            self._audited()

    # --- what people do

    def _typed(self, who: str, line: str) -> str:
        self._line(who, line)
        person = self._person(who)
        before = {m["ts"] for m in person.ephemerals()}
        result = person.command(f"#{CHANNEL}", line)
        self._must(result.ok, f"{who} typed {line!r} and Slack said {result.error}")
        if result.text:
            return self._told(who, result.text)
        found = self._until(
            lambda: [m for m in person.ephemerals() if m["ts"] not in before], f"an answer to {who} within seconds"
        )
        return self._told(who, str(found[0].get("text", "")))

    def _asked(self, who: str, line: str, version: str) -> Release:
        self._typed(who, line)
        release = self._new(version)
        self._waits(release)
        card = self._card(release.id, "approve")
        for text in _texts(card)[:8]:
            self._line("slipway", _plain(text, self._names))
        return release

    def _refused_approval(self, who: str, release: Release) -> None:
        before = {m["ts"] for m in self._person(who).ephemerals()}
        self._clicked(who, release)
        seen = self._until(
            lambda: [m for m in self._person(who).ephemerals() if m["ts"] not in before],
            f"a refusal: {who} asked for {release.id} and must not approve it",
        )
        text = self._told(who, str(seen[0].get("text", "")))
        self._must("you can't approve" in text, f"{who} was told: {text}")

    def _approved(self, who: str, release: Release) -> None:
        self._clicked(who, release)
        self._until(lambda: not isinstance(self._state(release).state, Waiting), f"{release.id} to continue")

    def _clicked(self, who: str, release: Release) -> None:
        self._line(who, f"clicks Approve on {release.id}")
        result = self._person(who).click(self._card(release.id, "approve"), "approve")
        self._must(result.ok, f"{who} clicked and Slack said {result.error}")

    def _at_once(self, release: Release, *people: str) -> None:
        card = self._card(release.id, "approve")
        with ThreadPoolExecutor(len(people)) as pool:
            list(pool.map(lambda who: self._person(who).click(card, "approve"), people))
        self._line(" and ".join(people), f"click Approve on {release.id}")
        self._until(lambda: not isinstance(self._state(release).state, Waiting), f"{release.id} to continue")
        approvals = self._state(release).approvals
        self._must(len(approvals) == 1, f"{release.id} has {len(approvals)} approvals")
        self._line("slipway", f"{approvals[0].actor.name} was first; the other click changed nothing")

    # --- what is seen

    def _new(self, version: str) -> Release:
        def look() -> Release | None:
            slot, _ = self._demo.log.slot(_KEY)
            found = self._demo.log.release(slot.open) if slot.open else None
            return found if found is not None and found.after.commit.startswith(version) else None

        return self._until(look, f"a release of {version}")

    def _waits(self, release: Release) -> None:
        self._until(lambda: isinstance(self._state(release).state, Waiting), f"{release.id} to wait for approval")

    def _closes(self, release: Release, outcome: str, cause: str = "") -> None:
        shown = ""

        def look() -> Release | None:
            nonlocal shown
            now = self._state(release)
            line = _progress(now)
            if line and line != shown:
                shown = line
                self._line("slipway", line)
            return now if isinstance(now.state, Closed) else None

        closed: Release = self._until(look, f"the end of {release.id}")
        why = "; ".join(messages.reasons(closed))
        self._line("slipway", f"{messages.outcome(closed)}{f': {why}' if why else ''}")
        self._must(name(closed.state) == outcome, f"{release.id} ended as {name(closed.state)}: {why}")
        self._must(cause in why, f"{release.id} does not say {cause!r}: {why}")
        self._until(
            lambda: self._shows(release.id, messages.outcome(closed)[:20]), f"the card of {release.id} to say so"
        )

    def _runs(self, version: str) -> None:
        slot, _ = self._demo.log.slot(_KEY)
        there = slot.running.commit if slot.running is not None else ""
        self._must(there.startswith(version), f"{_KEY} runs {there[:12]}, not {version}")
        self._line("slipway", f"{SERVICE} in {ENVIRONMENT} runs {version} ({story(self._story(version)).subject})")

    def _story(self, version: str) -> str:
        return next(name_ for name_, commit in self._demo.versions.items() if commit.startswith(version))

    def _audited(self) -> None:
        from generator.release.audit_verification import verified

        engine = self._demo.application
        found = verified(engine.client.log, engine.seal, engine.facts)
        self._must(not found.faults, f"the audit chains are broken: {found.faults}")
        self._line("slipway", f"{found.entries} entries in {found.chains} chains, {found.heads} signed heads, no fault")

    # --- means

    def _state(self, release: Release) -> Release:
        found = self._demo.log.release(release.id)
        if found is None:
            raise NotSeen(f"{release.id} is gone")
        return found

    def _card(self, release: str, action: str) -> dict[str, Any]:
        return self._until(lambda: self._shows(release, f"'action_id': '{action}'"), f"the card of {release}")

    def _shows(self, release: str, text: str) -> dict[str, Any] | None:
        for message in self._person("ana").messages(f"#{CHANNEL}"):
            found = (message.get("metadata") or {}).get("event_payload", {}).get("release")
            if found == release and text.lower() in str(message).lower():
                return message
        return None

    def _person(self, who: str) -> UserDriver:
        return self._demo.workspace.person(who)

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(_EVERY)
        raise NotSeen(f"nobody saw {what} within {PATIENCE:.0f} s")

    def _must(self, good: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition
        if not good:
            raise NotSeen(otherwise)

    @contextmanager
    def _scene(self, title: str) -> Iterator[None]:
        self._say(f"\n== {title}")
        yield

    def _told(self, who: str, text: str) -> str:
        plain = _plain(text, self._names)
        self._line("slipway", f"(to {who}) {plain}")
        return plain

    def _line(self, who: str, text: str) -> None:
        stamp = time.monotonic() - self._began
        self._say(f"{stamp:6.1f} s  {who:>12}  {text}")


def _progress(release: Release) -> str:
    if isinstance(release.state, Closed) or not release.progress.deployment_status:
        return messages.standing(release)
    return f"{messages.standing(release)}: {release_text.rollout(release)}"


def _plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """Markup as people read it: mentions as names, links as their text."""
    known = names or {}
    shown = _MARKUP.sub(lambda m: m[2] or known.get(m[1] or "", m[1] or ""), text)
    return " ".join(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())


def _texts(message: dict[str, Any]) -> list[str]:
    """The text of a card, block by block."""
    found: list[str] = []
    for block in message.get("blocks", ()):
        parts = [block.get("text"), *(block.get("fields") or ())]
        found += [str(p["text"]) for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str)]
    return found
