"""Creates three environments: home, foundations, then every stack by a release, independent ones in parallel."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.cards import Card, stored
from bot.demo.folder import Folder
from bot.demo.versions import BASE, STORY, Published, publish
from bot.workspace.seed import Seed
from generator.apply import prerequisites
from generator.apply.order import Order
from generator.errors import UsageError
from generator.release.client import request_id
from generator.release.decoders import decode
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Opened, Propose
from generator.release.model.states import Closed
from generator.release.ports import Put, Table
from generator.wiring import sandbox_preparation
from generator.wiring.application import Application
from generator.wiring.built_platform import build_platform


class EnvironmentProgress(NamedTuple):
    """The progress of one environment."""

    name: str
    done: int
    total: int
    doing: str = ""

    @property
    def row(self) -> str:
        """A line with fixed columns: name, bar, count, and the current stacks."""
        width = 24
        full = width * self.done // max(1, self.total)
        doing = "done" if self.done == self.total else self.doing[:60]
        return f"{self.name:10} {'█' * full}{'░' * (width - full)} {self.done:2} of {self.total:2}  {doing}"


Show = Callable[[Sequence[EnvironmentProgress]], None]


class NotSetUpError(Exception):
    """A stack could not be created. The text says which one and why."""


def bring_up(application: Application, folder: Folder, seed: Seed, table: Table, show: Show) -> Published:
    """Create everything that the demo needs, and show the progress.

    Raises:
        NotSetUpError: a stack failed.
        StackFailed: home or a foundation failed.
    """
    platform = build_platform(application, folder.build)
    environments = list(platform.config.environments)
    feet = prerequisites.administrators_stacks(
        platform.config, {e.account for e in platform.config.environments.values()}
    )
    sandbox_preparation.make_zones(platform.config, platform.tools)
    administrator = prerequisites.administrator(platform, application.pace)
    for number, key in enumerate(feet):
        show([EnvironmentProgress("accounts", number, len(feet), key)])
        prerequisites.bring_up(platform, administrator, [key], lambda _: None)
    before = [EnvironmentProgress("accounts", len(feet), len(feet))]
    published = publish(
        application, folder, seed, lambda n: show([*before, EnvironmentProgress("versions", n, len(STORY))])
    )
    before.append(EnvironmentProgress("versions", len(STORY), len(STORY)))
    version = published.versions[BASE]
    feeds = {key: sorted(set(body.sources.values())) for key, body in version.stacks.items()}
    known = application.facts.stacks
    order = Order([key for key in version.order if key in known and not known[key].administrators], feeds)
    showing = _Showing(show, ["home", *environments], before)
    _releases(application, order, published, showing, table)
    return published


class _Showing(NamedTuple):
    show: Show
    names: list[str]
    before: list[EnvironmentProgress]

    def at(self, order: Order, doing: dict[str, str]) -> None:
        total = Counter(key.partition("/")[0] for key in order.order)
        done = Counter(key.partition("/")[0] for key, how in order.ended.items() if how != "failed")
        now: dict[str, str] = {}
        for key in order.running:
            now.setdefault(key.partition("/")[0], f"{key.partition('/')[2]}: {doing.get(key, '')}")
        rows = [
            EnvironmentProgress(name, done[name], total[name], now.get(name, "")) for name in self.names if total[name]
        ]
        self.show([*self.before, *rows])


def _releases(application: Application, order: Order, published: Published, showing: _Showing, table: Table) -> None:
    """Request every release that can start, and check the results, until none is left that could start."""
    asked: dict[str, str] = {}  # stack to request
    releases: dict[str, str] = {}
    doing: dict[str, str] = {}
    last = 0.0
    while order.ready() or order.running:
        for key in order.ready():
            order.begin(key)
            asked[key] = _ask(application, key, published.versions[BASE].id)
        application.turn()
        releases |= _opened(table, {key: id_ for key, id_ in asked.items() if key not in releases})
        for release in _read(table, [releases[key] for key in order.running if key in releases]):
            key = release.stack.key
            doing[key] = release.moments[-1].what if release.moments else ""
            if isinstance(release.state, Closed):
                _ended(order, release, table)
        if time.monotonic() - last > 0.25:
            showing.at(order, doing)
            last = time.monotonic()
    showing.at(order, doing)


def _ask(application: Application, key: str, version: str) -> str:
    request = Propose(id=request_id(), stack=key, version=version, reason="the demo is set up")
    application.client.send(request)
    return request.id


def _opened(table: Table, asked: Mapping[str, str]) -> dict[str, str]:
    """The releases that answers name, by stack."""
    found = table.many([(f"request#{id_}", "answer") for id_ in asked.values()]) if asked else {}
    answers = {pk.partition("#")[2]: decode(row.body, Answer) for (pk, _), row in found.items()}
    opened: dict[str, str] = {}
    for key, id_ in asked.items():
        answer = answers.get(id_)
        if isinstance(answer, Opened):
            opened[key] = answer.release
        elif answer is not None:
            why = getattr(answer, "why", answer)
            raise NotSetUpError(f"{key} could not be released: {why}; start again with --fresh")
    return opened


def _read(table: Table, ids: Sequence[str]) -> Iterator[Release]:
    found = table.many([(f"release#{id_}", "state") for id_ in ids]) if ids else {}
    for row in found.values():
        yield decode(row.body, Release)


def _ended(order: Order, release: Release, table: Table) -> None:
    state = release.state
    if not (isinstance(state, Closed) and state.outcome == "succeeded"):
        cause = release.cause.sentence if release.cause is not None else "no cause was recorded"
        raise NotSetUpError(f"{release.id} did not succeed: {cause}; start again with --fresh")
    # Nobody asked for these in chat, so they get no card there.
    table.write(Put(stored(Card(release=release.id, final=True), 1)))
    order.end(release.stack.key, "done")


def check(application: Application) -> None:
    """Check that the stacks of an earlier demo still exist.

    Raises:
        UsageError: they do not.
    """
    if not any(slot.running for slot in application.client.log.slots(list(application.facts.stacks)).values()):
        raise UsageError("the stacks of the earlier demo no longer exist; start again with --fresh")
