"""Shows releases while they run, on stderr: a tree on a terminal that is redrawn, one line for each event in a pipe."""

import os
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from generator.cli import release_text
from generator.cli.output import Output
from generator.release import traffic_report
from generator.release.messages import title
from generator.release.model.release import Release
from generator.release.model.states import Closed, Waiting, name
from generator.safe_text import plain

_STYLES = {
    "succeeded": "green", "failed": "red", "rolled back": "red", "rolling back": "yellow", "rejected": "yellow",
    "cancelled": "yellow", "expired": "yellow", "superseded": "yellow", "waiting for approval": "cyan",
}  # fmt: skip


class Show(Protocol):
    """Something that shows releases while its context lasts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, releases: Sequence[Release], now: float, more: Sequence[str] = ()) -> None:
        """Show the state of these releases. ``more`` are lines about stacks that have no release yet."""


def show(out: Output, *known: Release) -> Show:
    """The display for the terminal, or for the pipe. Events of the ``known`` releases are not shown again."""
    stream = out.stderr
    in_lines = not stream.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Plain(out, *known) if in_lines or out.json or out.quiet else Tree(out)


class Plain:
    """A line for each event."""

    def __init__(self, out: Output, *known: Release) -> None:
        self._out = out
        self._told = {r.id: {(moment.at, moment.what) for moment in r.moments} for r in known}
        self._rollout: dict[str, str] = {}
        self._gates: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to do when it closes."""

    def show(self, releases: Sequence[Release], now: float, more: Sequence[str] = ()) -> None:
        """Print new events, the counts of a rollout when they change, and a gate's figures when it begins."""
        del more
        for release in releases:
            self._moments(release)
            self._counts(release, now)

    def _moments(self, release: Release) -> None:
        if release.id not in self._told:
            self._out.progress(f"{release.id}  {title(release)}")
        shown = self._told.setdefault(release.id, set())
        for moment in release.moments:
            if (moment.at, moment.what) not in shown:
                shown.add((moment.at, moment.what))
                who = f" ({moment.who})" if moment.who else ""
                self._out.progress(
                    f"{release.id}  {release_text.stamp(moment.at - release.created)}  {moment.what}{who}"
                )

    def _counts(self, release: Release, now: float) -> None:
        if isinstance(release.state, Closed | Waiting) or not release.progress.deployment_status:
            return
        text = release_text.rollout(release)
        if self._rollout.get(release.id) != text:
            self._rollout[release.id] = text
            self._out.progress(f"{release.id}  {release_text.stamp(now - release.created)}  {text}")
        # Once for each gate: the figures change all the time.
        seen = release.progress
        if seen.hook and seen.measured and self._gates.get(release.id) != seen.hook:
            self._gates[release.id] = seen.hook
            self._out.progress(
                f"{release.id}  {release_text.stamp(now - release.created)}  gate: {traffic_report.line(release)}"
            )


class Tree:
    """A tree on a terminal: a branch for each release, with its current steps."""

    def __init__(self, out: Output) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live: Any = Live(console=Console(file=out.stderr), refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, releases: Sequence[Release], now: float, more: Sequence[str] = ()) -> None:
        """Draw the tree again."""
        from rich.console import Group
        from rich.text import Text
        from rich.tree import Tree as Drawn

        trees: list[Any] = []
        for release in releases:
            tree = Drawn(Text(plain(release_text.head(release, now)), style=_STYLES.get(name(release.state), "")))
            for row in release_text.rows(release, now):
                tree.add(Text(f"{row.label:11}", style="dim") + Text(plain(row.text)))
            trees.append(tree)
        trees += [Text(plain(line), style="dim") for line in more]
        self._live.update(Group(*trees))
