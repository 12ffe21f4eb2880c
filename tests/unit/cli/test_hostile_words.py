"""Every command of the parser, with text from outside in its arguments, its configuration and the release log."""

import ast
import io
import json
import logging
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot import doctor
from bot.logs import JsonFormatter
from bot.settings import SettingsError
from generator.cli import ALIASES, COMMANDS, module_of
from generator.cli.lint import run as lint
from generator.cli.output import Output
from generator.cli.parser import parse
from generator.release.model.observed import LogLine
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service
from tests.unit.cli.conftest import ROOT, Ran, Typed
from tests.unit.cli.test_terminal_text import HOSTILE

# One word, as a shell hands it on.
WORD = HOSTILE.replace(" ", "").replace("\r", "")
# What shows the release log, AWS and versions, on a platform where all of that is hostile. {} is the word.
LINES = {
    "approve": "prod-app-2",
    "audit": "verify",
    "cancel": "prod-app-2",
    "continue": "prod-app-2",
    "delete": "service gone prod --reason {}",
    "deploy": "app prod",
    "diff": "prod-app-2",
    "follow": "prod-app-2",
    "freeze": "prod --reason {}",
    "history": "app prod",
    "lock": "prod app --reason {}",
    "logs": "app prod",
    "promote": "app prod dev",
    "reject": "prod-app-2 --reason {}",
    "report": "prod-app-2",
    "restart": "app prod",
    "rollback": "app prod",
    "status": "",
    "undo": "prod-app-2",
    "unlock": "prod app",
    "worker": "--once",
}
# What begins with AWS or an application of its own: their own words are what they print of others.
BY_ARGUMENTS = {"apply", "bootstrap", "destroy", "drift", "github", "plan", "publish", "sandbox"}


def harmless(ran: Ran) -> bool:
    """Whether nothing in it steers a terminal or turns text around."""
    return all(char.isprintable() or char in "\n\t" for char in ran.out + ran.err)


@pytest.fixture
def hostile(platform: FakePlatform, typed: Typed) -> FakePlatform:
    """A release that waits, whose commit, reason, template and logs are hostile."""
    template = service()
    template["Description"] = HOSTILE
    version = platform.publish(3, app=template)
    commit = replace(version.commit, subject=HOSTILE, author=HOSTILE, branch="main")
    platform.versions.publish(replace(version, commit=commit), {})
    _, services = platform.aws("prod")
    line = LogLine(at=platform.clock(), stream=f"app/app/{HOSTILE}", text=HOSTILE)
    services.lines["/slipway/prod/service-app"] = [line]
    typed("deploy app prod --reason", HOSTILE)
    return platform


def test_the_tables_name_every_command_that_reads_what_others_wrote() -> None:
    """A new command that reads the log, AWS or versions is tried here too; one that reads our files alone, by its arguments."""
    sources = {name: (ROOT / f"{module_of(name).replace('.', '/')}.py").read_text() for name in COMMANDS}
    reading = {
        name
        for name, text in sources.items()
        if re.search(r"\b(session|application|release_log|release_command)\b", text)
    }
    assert reading == {*LINES, *BY_ARGUMENTS}
    assert not {*LINES} & BY_ARGUMENTS


@pytest.mark.parametrize("more", ["", " --json"])
@pytest.mark.parametrize("command", LINES)
def test_hostile_text_in_the_log_does_nothing(command: str, more: str, typed: Typed, hostile: FakePlatform) -> None:
    """Subjects, authors, reasons, templates and log lines are printed, and steer nothing, in text and in JSON."""
    ran = typed(f"{command} {LINES[command]}{more}".replace("{}", WORD), who="ben" if command == "approve" else "ana")
    assert harmless(ran), ascii(ran)
    assert ran.out + ran.err or command == "worker"
    if command == "history":
        assert "gnp.exe" in ran.out + ran.err
    assert hostile.log.release("prod-app-2") is not None


@pytest.mark.parametrize("line", ["{}", "--{}", "--stacks {}"])
@pytest.mark.parametrize("command", [*COMMANDS, *ALIASES, "{}"])
def test_hostile_arguments_do_nothing(
    command: str, line: str, typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A word that is no environment, option, file or command is told in an error that steers nothing."""
    if command == "rules" or (command in {"sandbox", "worker", "freeze"} and line.startswith("--stacks")):
        line = "--{}"  # they would begin, or load every rule there is
    monkeypatch.chdir(tmp_path)
    ran = typed(f"{command} {line}".replace("{}", WORD))
    assert harmless(ran), ascii(ran)
    assert (ran.code, ran.err) != (0, "") or command in {"graph", "rules", "schema", "status", "audit"}


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_hostile_templates_do_nothing_in_any_format(form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Findings name resources, values and files as they are called, without what a terminal obeys."""
    monkeypatch.chdir(tmp_path)
    template = {"Resources": {HOSTILE: {"Type": "AWS::SNS::Topic", "Properties": {HOSTILE: HOSTILE}}}}
    Path(f"{WORD}.json").write_text(json.dumps(template, ensure_ascii=False))
    stdout, stderr = io.StringIO(), io.StringIO()
    code = lint(
        parse("lint", ["--fast", "--no-cache", "--format", form, f"{WORD}.json"]), Output(stdout=stdout, stderr=stderr)
    )
    ran = Ran(code, stdout.getvalue(), stderr.getvalue())
    assert code == 1
    assert harmless(ran), ascii(ran)
    assert "gnp.exe" in ran.out or form in {"json", "sarif"}


def test_an_unchanged_run_repeats_nothing_that_was_made_safe(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a record repeats is what was printed, not what it was made from: here the name of a file that is skipped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("generator.build.up_to_date.FRESH_NS", -(10**18))
    Path("t").mkdir()
    Path(f"t/{WORD}.json").write_text("[]")
    Path("t/good.json").write_text('{"Resources": {"A": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}')
    first, second = typed("lint --fast --level error t"), typed("lint --fast --level error t")
    assert first.code == 0
    assert second == first
    assert harmless(second), ascii(second)
    assert "skipped 1 file" in second.err


def test_the_bots_own_lines_are_safe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m bot doctor` prints what Slack and AWS answer, and the bot logs what people write."""

    def connect(*_: object) -> None:
        raise SettingsError([HOSTILE])

    monkeypatch.setattr(doctor, "read", connect)
    assert doctor.main(connect, as_json=False) == 2  # type: ignore[arg-type]
    assert harmless(Ran(2, *capsys.readouterr()))
    line = JsonFormatter().format(logging.LogRecord("bot", logging.INFO, "x", 1, HOSTILE, None, None))
    assert harmless(Ran(0, line, ""))
    assert json.loads(line)["message"] == HOSTILE


# Who else holds a stream of the process, and why nothing of others gets there as it is.
STREAMS = {
    "generator/cli/output.py": "what all commands print through: its ways are tested one by one",
    "generator/cli/main.py": "help, and one sentence of ours",
    "generator/cli/parser.py": "the version, and words of the command line made safe",
    "generator/cli/init.py": "reads answers; it asks through output.py",
    "generator/cli/lint.py": "the formats, tried above; a counter",
    "generator/cli/rules.py": "rules of ours and of two libraries",
    "generator/cli/live_display.py": "rich draws what was made safe",
    "generator/cli/logs.py": "flushes",
    "generator/cli/sandbox.py": "flushes",
    "generator/sandbox/server/__main__.py": "two sentences about the saved state, made safe",
    "generator/sandbox/processes/process_host.py": "the pipe of a container's output, which goes into its log stream",
    "generator/build/up_to_date.py": "repeats what was printed, which was safe",
    "bot/__main__.py": "names of packages; the manifest of the app",
    "bot/logs.py": "JSON whose control characters are escapes",
    "bot/demo/demo.py": "the demo's own story on its own platform",
    "bot/workspace/__main__.py": "settings of the local workspace",
}


def test_nobody_else_writes_to_a_terminal() -> None:
    """Whatever prints in the generator or the bot stands in the table with its reason."""
    found = set()
    for path in sorted(path for top in ("generator", "bot", "templates") for path in (ROOT / top).rglob("*.py")):
        text = path.read_text()
        if not any(word in text for word in ("stdout", "stderr", "print(", "input(")):
            continue
        for node in ast.walk(ast.parse(text)):
            stream = isinstance(node, ast.Attribute) and node.attr in {"stdout", "stderr"}
            prints = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "input"}
            )
            of_ours = not (isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"run", "done"})
            if (stream and of_ours) or prints:
                found.add(str(path.relative_to(ROOT)))
    assert found == set(STREAMS)
