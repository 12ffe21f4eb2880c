"""What commands print: data on stdout, progress and errors on stderr, colors on a terminal only."""

import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from generator.safe_text import json_text, lines, terminal

# A column is folded to no less than this.
_LEAST = 24


class Output:
    """The output of one command. ``json`` prints one JSON document instead, and no progress; ``quiet`` no progress."""

    def __init__(
        self, *, json: bool = False, quiet: bool = False, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.json = json
        self.quiet = quiet
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr

    @property
    def rich(self) -> bool:
        """Whether people read the output: a terminal that wants colors (https://no-color.org)."""
        return self.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    @staticmethod
    def encode(value: Any) -> str:
        """``value`` as one JSON document, keys sorted, with a newline at its end."""
        import msgspec

        text = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode()
        return json_text(text) + "\n"

    def data(self, value: Any) -> None:
        """Print ``value`` as one JSON document, keys sorted."""
        self.stdout.write(self.encode(value))

    def text(self, line: str) -> None:
        """Print a line of the result. Text from outside in it can't control the terminal or begin another line."""
        self.stdout.write(terminal(line) + "\n")

    def block(self, text: str) -> None:
        """Print text of several lines as it is, without characters that control a terminal."""
        self.stdout.write(lines(text))

    def progress(self, line: str) -> None:
        """Report progress. Never part of the result."""
        if not self.json and not self.quiet:
            self.stderr.write(terminal(line) + "\n")
            self.stderr.flush()

    def error(self, message: str) -> None:
        """Report what went wrong and what to do next."""
        self.stderr.write(lines(message).rstrip("\n") + "\n")

    def ask(self, question: str) -> None:
        """Print a question that is answered on the same line."""
        self.stderr.write(lines(question))
        self.stderr.flush()

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: frozenset[int] = frozenset(),
        title: str = "",
    ) -> None:
        """Print a table: drawn on a terminal, aligned columns in a pipe. ``right`` holds the indexes of numeric columns."""
        rows = [[terminal(cell) for cell in row] for row in rows]
        title = terminal(title)
        if self.rich:
            if self._fits(head, rows):
                self._drawn(head, rows, right, title)
            else:
                self._listed(head, rows, title)
            return
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        for row in [head, *rows]:
            cells = [
                cell.rjust(w) if i in right else cell.ljust(w)
                for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            ]
            self.text("  ".join(cells).rstrip())

    def _fits(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
        """Whether the terminal is wide enough, if the widest column is folded."""
        from rich.console import Console

        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        needed = sum(widths) - max(widths) + min(max(widths), _LEAST) + 2 * len(widths)
        return needed <= Console(file=self.stdout).width

    def _listed(self, head: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
        """Each row as lines of its own, for a terminal that is too narrow for the table."""
        for row in rows:
            self.stdout.write(f"{title}\n" if title and row is rows[0] else "")
            self.stdout.write(f"{row[0]}\n")
            for name, cell in zip(head[1:], row[1:], strict=True):
                self.stdout.write(f"  {name}: {cell}\n" if cell and name else f"  {cell}\n" if cell else "")

    def _drawn(self, head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int], title: str) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
        for i, name in enumerate(head):
            table.add_column(name, justify="right" if i in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text.from_ansi(cell) for cell in row))
        Console(file=self.stdout).print(table)
