"""The command line is the same everywhere: help, examples, errors, exit codes."""

import io
import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from generator.cli import ALIASES, COMMANDS, module_of, parser
from generator.cli import main as entry
from generator.cli.output import Output

ROOT = Path(__file__).parents[2]


def main(monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    monkeypatch.setattr(sys, "argv", ["slipway", *argv])
    return entry.main()


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_lists_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    """Each command stands there with a summary, and an example shows how to begin."""
    assert main(monkeypatch, *argv) == 0
    text = capsys.readouterr().out
    for name, summary in COMMANDS.items():
        assert f"{name}" in text
        assert summary in text
    assert "Example: slipway " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """`COMMAND --help` says what it does, what it takes, --json among it, and shows examples that name it."""
    with pytest.raises(SystemExit) as caught:
        main(monkeypatch, name, "--help")
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert "--json" in text
    assert "Examples:" in text
    for line in import_module(module_of(name)).EXAMPLES:
        assert line.startswith(f"slipway {name}")


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], alias: str, name: str
) -> None:
    """`slipway proceed` is `slipway continue`, and help shows people the one word alone."""
    with pytest.raises(SystemExit) as caught:
        main(monkeypatch, alias, "--help")
    assert caught.value.code == 0
    assert f"usage: slipway {name} " in capsys.readouterr().out
    main(monkeypatch, "--help")
    assert f"  {alias} " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["biuld"], "slipway: no command is called 'biuld'; did you mean `slipway build`?"),
        (["zzz"], "slipway: no command is called 'zzz'; see `slipway --help`"),
        (["--json", "build"], "the command comes first"),
        (
            ["build", "--frmat", "yaml"],
            "slipway build: unrecognized arguments: --frmat; see `slipway build --help`",
        ),
        (["build", "--format", "toml"], "see `slipway build --help`"),
        (["graph"], "slipway graph: the following arguments are required: ENV; see `slipway graph --help`"),
        (["build", "--stacks", "/nowhere"], "/nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    """What is wrong and what to do next, on stderr; nothing on stdout, no traceback."""
    monkeypatch.chdir(tmp_path)
    try:
        code = main(monkeypatch, *argv)
    except SystemExit as error:
        assert isinstance(error.code, int)
        code = error.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The version that is installed."""
    assert main(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"slipway {version('slipway-ecs')}\n"


def test_ctrl_c_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 130 and a sentence, no traceback."""

    def interrupted(argv: list[str]) -> int:
        assert argv
        raise KeyboardInterrupt

    monkeypatch.setattr(parser, "run", interrupted)
    assert main(monkeypatch, "schema") == 130
    assert "run the same command again" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error() -> None:
    """`slipway schema service | head -1` prints a line and nothing about broken pipes."""
    command = f"{sys.executable} -m generator schema service | head -1"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("{\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("line", ["graph prod", "schema service", "rules E9501", "--help", "graph -h", "help gate"])
def test_a_full_disk_is_told(line: str) -> None:
    """One sentence with what to do and exit code 1, whether the text is long or waits in a buffer; no traceback."""
    command = f"{sys.executable} -m generator {line} > /dev/full"
    # Without a buffer a write would fail at once, and nothing would be left to write at the end.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (
        run.stderr == "the result can't be written: No space left on device; make room and run the same command again\n"
    )
    assert run.returncode == 1


@pytest.mark.parametrize("command", sorted(parser.WITHOUT_AWS))
def test_a_command_that_asks_aws_nothing_takes_no_sandbox(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Its help offers nothing that has no meaning, and no sandbox is started for it."""
    with pytest.raises(SystemExit) as ended:
        main(monkeypatch, command, "--help")
    assert ended.value.code == 0
    assert "--sandbox " not in capsys.readouterr().out.partition("Examples:")[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "env", "drawn"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_tables_are_drawn_on_terminals_only(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, env: dict[str, str], drawn: bool
) -> None:
    """Colours and lines for people at a terminal who want them, aligned columns for pipes."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    Output(stdout=stream).table(["name", "n"], [["a", "1"], ["bcd", "20"]], right=frozenset({1}), title="T")
    text = stream.getvalue()
    assert ("─" in text) == drawn
    if not drawn:
        assert text == "name   n\na      1\nbcd   20\n"


@pytest.mark.parametrize(("columns", "drawn"), [("100", True), ("64", True), ("63", False)])
def test_a_table_that_is_too_wide_becomes_a_list(monkeypatch: pytest.MonkeyPatch, columns: str, drawn: bool) -> None:
    """On a narrow terminal each row stands in lines of its own; a word is never cut into columns of three letters."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    row = ["prod-app-12", "2026-11-30 14:02", "", "a reason of many words that is told in a sentence of its own"]
    Output(stdout=stream).table(["release", "UTC", "state", "why"], [row])
    text = stream.getvalue()
    assert ("─" in text) == drawn
    if not drawn:
        assert text == f"prod-app-12\n  UTC: {row[1]}\n  why: {row[3]}\n"


def test_json_is_data_alone() -> None:
    """With --json stdout holds one document, and progress is quiet."""
    out, err = io.StringIO(), io.StringIO()
    output = Output(json=True, stdout=out, stderr=err)
    output.progress("working")
    output.data({"b": 1, "a": [2]})
    assert json.loads(out.getvalue()) == {"a": [2], "b": 1}
    assert err.getvalue() == ""
