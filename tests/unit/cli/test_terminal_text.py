"""Text from outside can't steer the terminal of anyone who reads it, whatever command prints it."""

import ast
import io
import json
import re
from pathlib import Path

import pytest

from bot.blocks import text as blocks
from generator import safe_text
from generator.cli.output import Output

ROOT = Path(__file__).parents[3]
HOSTILE = "fix\x1b[2J\x1b[8m\x1b]0;title\x07 all\u202egnp.exe\u2066\x9b31m\rbye\x7f\u200b\ufeff\u2028\U000e0041"
SAFE = "fix allgnp.exebye"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@pytest.mark.parametrize("way", ["text", "block", "progress", "error", "ask", "table", "title", "data"])
def test_every_way_to_print_is_safe(way: str, stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines, blocks, tables, errors, questions and JSON hold no control character and nothing that turns text around."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "dumb" if way != "table" else "xterm")
    stdout, stderr = stream(), stream()
    out = Output(stdout=stdout, stderr=stderr)
    if way in ("table", "title"):
        out.table(["a"], [[HOSTILE if way == "table" else "b"]], title=HOSTILE if way == "title" else "")
    else:
        getattr(out, way)(HOSTILE)
    printed = stdout.getvalue() + stderr.getvalue()
    if way == "data":
        assert json.loads(printed) == HOSTILE
    else:
        assert way == "title" or SAFE in printed
    assert "\x1b[8m" not in printed
    printed = re.sub("\x1b\\[[0-9;]*m", "", printed) if way in ("table", "title") else printed  # the table's own
    assert all(char.isprintable() or char == "\n" for char in printed), ascii(printed)


def test_a_subject_can_not_begin_a_line_of_its_own() -> None:
    """A commit subject of two lines stays on the line that it is told on: it forges no sentence of ours."""
    stdout = io.StringIO()
    Output(stdout=stdout).text("released 1234 (fix\nprod-app-9 was approved by ben)")
    assert stdout.getvalue().count("\n") == 1
    stdout = io.StringIO()
    Output(stdout=stdout).table(["subject"], [["fix\nprod-app-9 succeeded"]])
    assert stdout.getvalue().count("\n") == 2


def test_our_own_colours_are_kept_and_others_are_not() -> None:
    """A colour that we chose is printed; one that came inside of the text is gone."""
    stdout = io.StringIO()
    Output(stdout=stdout).text(safe_text.painted(f"+ {HOSTILE}", "\x1b[32m"))
    assert stdout.getvalue() == f"\x1b[32m+ {SAFE}\x1b[0m\n"
    assert safe_text.painted("a", "") == "a"


def test_commands_print_through_one_class() -> None:
    """No command writes to a stream by itself: what it prints goes through Output, whose ways are all safe."""
    wrote = {}
    for path in sorted((ROOT / "generator" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write":
                wrote.setdefault(path.name, []).append(ast.unparse(node.func.value))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                wrote.setdefault(path.name, []).append("print")
    # Help texts, the version, and a counter of files are ours alone; the linter's own formats escape by themselves.
    ours = {"main.py", "parser.py", "rules.py", "lint.py", "output.py"}
    assert set(wrote) <= ours, wrote


@pytest.mark.parametrize(
    "char", ["\x00", "\x1b", "\x7f", "\x85", "\x9b", "\u200b", "\u202e", "\u2067", "\ufeff", "\u061c", "\U000e0020"]
)
def test_chat_and_terminal_hide_the_same(char: str) -> None:
    """Slack's text goes through the same function: a name reads as it is in both."""
    assert blocks.clean(f"a{char}b") == safe_text.lines(f"a{char}b")
    assert char not in safe_text.plain(f"a{char} b")
