"""`slipway lint` and `slipway rules` as people call them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.build import up_to_date
from generator.cli.lint import progress_line
from generator.cli.output import Output
from generator.cli.parser import run

ROOT = Path(__file__).parents[2]
GOOD = """\
Metadata: {"com.aws.cloudformation.Context": {arch: a topic}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata: {"com.aws.cloudformation.Context": {why: to tell people}}
"""
BAD = GOOD + "    Properties: {Bogus: 1}\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD)
    Path("bad.yaml").write_text(BAD)


def test_clean_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """A sound template: one line, exit code 0, nothing on stderr."""
    assert run(["lint", "good.yaml"]) == 0
    assert capsys.readouterr() == ("1 template, no findings\n", "")


def test_findings_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault: its line, both engines that found it, exit code 1."""
    assert run(["lint", "bad.yaml", "good.yaml"]) == 1
    shown = capsys.readouterr().out
    assert re.search(r"^bad\.yaml\n +6:18  error +E3002 .*\[cfn-lint, cloudformation-validate]", shown, re.MULTILINE)
    assert "2 templates, 1 finding in 1 of them: 1 error" in shown


def test_fast_uses_one_engine(capsys: pytest.CaptureFixture[str]) -> None:
    """`--fast` never loads cfn-lint, and still finds the fault."""
    assert run(["lint", "--fast", "bad.yaml"]) == 1
    assert "F3002" in capsys.readouterr().out
    script = "import sys; from generator.cli.parser import run; run(sys.argv[1:]); print('cfnlint' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, "lint", "--fast", "--no-cache", "good.yaml"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1 template, no findings\nFalse\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["none.yaml"], "none.yaml: no such file or folder"),
        ([], "there is no build in build/; run `slipway build`"),
        (["prod"], "neither a file, a folder, an environment nor a stack"),
    ],
)
def test_wrong_words_are_two(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What means nothing is exit code 2 and one sentence on stderr that says what to do."""
    assert run(["lint", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err


def test_unreadable_files_are_two_and_the_rest_is_linted(capsys: pytest.CaptureFixture[str]) -> None:
    """One bad file costs its own line and the exit code 2, not the findings of the others."""
    Path("empty.yaml").write_text("")
    assert run(["lint", "--fast", "empty.yaml", "bad.yaml"]) == 2
    out, err = capsys.readouterr()
    assert "F3002" in out
    assert err == "empty.yaml: empty; a template needs at least Resources\n"


def test_folders_say_what_they_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Files that are no templates are named on stderr."""
    Path("package.json").write_text("{}")
    assert run(["lint", "--fast", "."]) == 1
    assert capsys.readouterr().err == "skipped 1 file that is not a template: ./package.json\n"


@pytest.mark.parametrize("option", [["--format", "json"], ["--json"]])
def test_json(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Programs read one JSON document."""
    assert run(["lint", "--fast", *option, "bad.yaml"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["findings"][0]["file"], document["findings"][0]["line"]) == ("bad.yaml", 6)


def test_sarif_and_github(capsys: pytest.CaptureFixture[str]) -> None:
    """CI uploads SARIF with the project's version and prints workflow commands."""
    assert run(["lint", "--fast", "--format", "sarif", "bad.yaml"]) == 1
    sarif = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d+\.\d+\.\d+", sarif["runs"][0]["tool"]["driver"]["version"])
    assert run(["lint", "--fast", "--format", "github", "bad.yaml"]) == 1
    assert capsys.readouterr().out.startswith("::error file=bad.yaml,line=6,")


def test_level(capsys: pytest.CaptureFixture[str]) -> None:
    """`--level error` passes a template that only lacks context."""
    Path("plain.yaml").write_text("Resources: {T: {Type: 'AWS::SNS::Topic'}}\n")
    assert run(["lint", "--fast", "plain.yaml"]) == 1
    capsys.readouterr()
    assert run(["lint", "--fast", "--level", "error", "plain.yaml"]) == 0


def test_unchanged_is_answered_from_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    """The second run of a clean lint prints the same without linting; a changed or new template is linted again."""
    Path("in").mkdir()
    Path("in/a.yaml").write_text(GOOD)
    time.sleep(0.1)  # the gate trusts no file that is younger than 50 ms
    argv = ["lint", "--fast", "in"]
    assert up_to_date.replay(argv) is None
    assert run(argv) == 0
    first = capsys.readouterr()
    assert up_to_date.replay(argv) == 0
    assert capsys.readouterr() == first
    Path("in/b.yaml").write_text(BAD)
    assert up_to_date.replay(argv) is None


def test_faults_are_never_answered_from_the_record() -> None:
    """A lint with findings is done again each time, from the cache of single templates."""
    time.sleep(0.1)
    assert run(["lint", "--fast", "bad.yaml"]) == 1
    assert up_to_date.replay(["lint", "--fast", "bad.yaml"]) is None
    assert list(Path(".cache/slipway/lint").iterdir())


def test_no_cache_leaves_nothing() -> None:
    """`--no-cache` writes nothing at all."""
    assert run(["lint", "--fast", "--no-cache", "good.yaml"]) == 0
    assert not Path(".cache").exists()


def test_built_stacks_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """What build wrote is linted by the names of environments and stacks."""
    Path("build/prod").mkdir(parents=True)
    Path("build/prod/app.json").write_text(json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}))
    Path("build/manifest.json").write_text(json.dumps({"stacks": {"prod/app": {"region": "eu-west-1"}}}))
    assert run(["lint", "--fast", "--json", "--level", "info"]) == 1
    assert {f["stack"] for f in json.loads(capsys.readouterr().out)["findings"]} == {"prod/app"}
    assert run(["lint", "--fast", "--level", "error", "prod", "app"]) == 0


def test_interrupt_leaves_no_process() -> None:
    """Ctrl-C in the middle of a lint ends it with 130 and one sentence, and no child lives on."""
    Path("many").mkdir()
    template = json.dumps({"Resources": {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(100)}})
    for n in range(60):
        Path(f"many/{n}.json").write_text(template + " " * n)
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "lint", "--no-cache", "many"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    if children.exists():
        while not children.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        time.sleep(5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_progress_waits_a_second(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a long run counts up in one line that is gone at the end; a short run and a pipe show nothing."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    now = iter([0.0, 0.5, 2.0, 3.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    tell = progress_line(Output())
    assert tell
    for done in (1, 2, 3):
        tell(done, 3)
    assert capsys.readouterr().err == "\r\x1b[Klinted 2 of 3\r\x1b[Klinted 3 of 3\r\x1b[K"
    assert progress_line(Output(json=True)) is None


def test_quiet_at_the_end() -> None:
    """The engines are taken down without a word on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "generator", "lint", "--no-cache", "good.yaml"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("1 template, no findings\n", "")


@pytest.mark.parametrize("command", ["lint", "rules"])
def test_help_has_examples_that_parse(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` shows how the command is called."""
    with pytest.raises(SystemExit) as ended:
        run([command, "--help"])
    assert ended.value.code == 0
    assert f"slipway {command}" in capsys.readouterr().out
