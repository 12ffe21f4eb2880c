"""The releases of ``slipway apply``: opens those that can start, and follows them until nothing is left that could."""

import argparse
from typing import NamedTuple

import msgspec

from generator.apply.listener_order import exchange, priority_moves
from generator.apply.moved_outputs import CurrentStacks
from generator.apply.order import Order
from generator.cli import live_display
from generator.cli.output import Output
from generator.release.client import request_id
from generator.release.deferred import with_deferred
from generator.release.errors import Denied, Invalid, NotPublished, Tampered
from generator.release.following_parts import next_request
from generator.release.model.release import Release
from generator.release.model.requests import Answer, DeleteStack, Opened, Propose, Refusal, Skipped
from generator.release.model.states import Closed, Waiting
from generator.release.model.version import Version
from generator.wiring.application import Application

# Refusals that time or people end: the same command does it later.
_PASSING = frozenset({"open release", "promotion", "freeze", "lock"})


def exchange_priorities(application: Application, order: Order, version: Version, current: CurrentStacks) -> None:
    """Let stacks that exchange listener priorities wait for each other, by their published templates.

    Raises:
        ReleaseError: the log does not answer.
    """
    services = [k for k in order.left if k not in current.gone and k not in current.commits]
    services = [k for k in services if k in application.facts.stacks and application.facts.stacks[k].ref.service]
    if len(services) < 2:
        return
    slots = application.client.log.slots(services)
    templates = {}
    for key in services:
        slot = slots.get(key)
        if slot is None or slot.running is None or not slot.running.body:
            continue
        try:
            before, after = (
                msgspec.json.decode(application.versions.body(body), type=dict)
                for body in (slot.running.body, version.stacks[key].key)
            )
            templates[key] = (with_deferred(before, slot.running.deferred), after)
        except (NotPublished, Tampered, Denied, Invalid, msgspec.DecodeError):
            continue  # its release says what is wrong
    found = exchange(priority_moves(templates), order.behind)
    for key, others in found.waits.items():
        order.wait(key, others)
    order.partly |= found.spares


class ApplyReleases(NamedTuple):
    """All that an apply needs to open its releases."""

    application: Application
    args: argparse.Namespace
    out: Output
    order: Order
    version: Version
    current: CurrentStacks

    def run(self) -> dict[str, list[Release]]:
        """Start what can start, and check what is running, until nothing is left. Each stack's releases, oldest first.

        Raises:
            SystemExit: somebody pressed Ctrl-C; the releases continue.
        """
        order, application = self.order, self.application
        releases: dict[str, list[Release]] = {}
        try:
            with live_display.show(self.out) as show:
                while True:
                    for key in order.ready():
                        if key in self.current.commits and self.current.older(key) == ():
                            order.end(key, "unchanged")
                            continue
                        self._open(key, releases)
                    for key in order.running:
                        self._look(key, releases)
                    order.again()
                    seen = [release for each in releases.values() for release in each]
                    show.show(seen, application.clock(), [f"{key:28} not started yet" for key in order.left])
                    if not order.running and not order.ready():
                        return releases
                    application.turn()
        except KeyboardInterrupt:
            self.out.error(
                "the releases that have started continue; see them with: "
                f"{application.command_line(f'status {self.args.env}')}\n"
                f"Stop one with: {application.command_line('undo RELEASE')}; what has not started is not released"
            )
            raise SystemExit(130) from None

    def _open(self, key: str, releases: dict[str, list[Release]]) -> None:
        """Request a release. A stack that keeps its template and gets other values runs the same commit."""
        self.order.begin(key)
        args, runs = self.args, self.current.commits.get(key, "")
        more = {"id": request_id(), "stack": key, "reason": args.reason, "break_glass": args.break_glass}
        deletes = key not in self.application.facts.stacks
        spare = key in self.order.partly
        proposed = Propose(**more, version=runs or self.version.id, refresh=bool(runs), spare=spare)
        self._answered(key, self.application.ask(DeleteStack(**more) if deletes else proposed), releases)

    def _answered(self, key: str, answer: Answer, releases: dict[str, list[Release]]) -> None:
        match answer:
            case Opened(release=release_id):
                releases.setdefault(key, []).append(self.application.release(release_id))
            case Skipped(current=True):
                self.order.end(key, "unchanged")
            case Skipped(why=why):
                self.order.end(key, "skipped")
                self.out.error(f"{key}: {why}")
            case Refusal(rule=rule, why=why) if rule in _PASSING:
                self.order.end(key, "held")
                self.out.error(f"{key}: {why}")
            case _:
                self.order.end(key, "failed")
                self.out.error(f"{key}: {getattr(answer, 'why', answer)}")

    def _look(self, key: str, releases: dict[str, list[Release]]) -> None:
        """Read a release again, and note how it ended. The release of the next part takes its place."""
        release = releases[key][-1] = self.application.release(releases[key][-1].id)
        if isinstance(release.state, Waiting) and not self.args.wait:
            self.order.end(key, "held")
        if not isinstance(release.state, Closed):
            return
        if not release.after.deferred:
            self.order.partly.pop(key, None)
        if request := next_request(release):
            answer = self.application.client.log.answered(request)
            if answer is not None:
                self._answered(key, answer, releases)
            return
        self.order.end(key, "done" if release.state.outcome == "succeeded" else "failed")
        self.current.released(key)
