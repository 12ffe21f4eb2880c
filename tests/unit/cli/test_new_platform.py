"""`slipway init` and `slipway new`: from nothing to a configuration that builds."""

import builtins
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.cli import init, main
from generator.cli.new_files import place
from generator.config.read import read_configuration
from generator.config.starter import NewEnvironment, environment_file, service_file
from generator.errors import UsageError
from tests.unit.cli.conftest import ROOT, Ran

GIVEN = (
    "--repository acme/shop --repository-id 1 --owner-id 2 --account 111122223333 --domain x.example.com "
    "--hosted-zone-id Z0123456789"
)
PLACE = "--region eu-west-1 --domain example.com --hosted-zone-id Z0123456789"
Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def typed(line: str, *more: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["slipway", *line.split(), *more])
        capsys.readouterr()
        code = main.main()
        return Ran(code, *capsys.readouterr())

    return typed


def test_a_new_platform_builds_as_it_is(run: Run, tmp_path: Path) -> None:
    """Every file is there, the configuration reads, and its own workflow is pinned and has no permissions to spare."""
    ran = run(f"init shop {GIVEN} --people ana,ben --service web --port 3000")
    assert (ran.code, "Next: cd shop && slipway build" in ran.err) == (0, True), ran
    config = read_configuration(tmp_path / "shop" / "stacks")
    assert (config.platform.name, set(config.platform.people)) == ("shop", {"ana", "ben"})
    assert config.services["dev"]["web"].port == 3000
    for kind in ("platform", "environment", "service", "function"):
        written = tmp_path / "shop" / "stacks" / "schema" / f"{kind}.json"
        assert written.read_bytes() == (ROOT / "stacks" / "schema" / f"{kind}.json").read_bytes()
    workflow = yaml.safe_load((tmp_path / "shop" / ".github" / "workflows" / "slipway.yml").read_text())
    assert workflow["permissions"] == {}
    uses = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    assert all(len(use.partition("@")[2]) == 40 for use in uses)
    assert run("build --stacks shop/stacks --check --out shop/build").code == 1, "nothing is built yet"


def test_what_is_missing_or_wrong_is_said_at_once_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    """Without a terminal nobody is asked; every option that is missing or does not fit is named."""
    ran = run("init shop --account 12 --repository acme")
    assert ran.code == 2
    assert "--account '12': AWS account" in ran.err
    assert "--repository 'acme': GitHub repository, OWNER/NAME" in ran.err
    assert "--repository-id, --owner-id, --domain, --hosted-zone-id must be given" in ran.err
    names = run(f"init shop {GIVEN} --service ../app --environment Dev --people", "ana,b: {}")
    assert names.code == 2
    assert all(
        f"{option} {value!r}" in names.err
        for option, value in (("--service", "../app"), ("--environment", "Dev"), ("--people", "ana,b: {}"))
    )
    wrong = run(f"init shop {GIVEN} --region mars-north-1 --port 99999")
    assert wrong.code == 2
    assert "shop/stacks/environments/dev.yaml:4: region" in wrong.err
    assert "port: 99999 is out of range" in wrong.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(run: Run, tmp_path: Path) -> None:
    """A README of the folder is kept and named; a folder with stacks/ gets no second platform."""
    (tmp_path / "README.md").write_text("ours")
    ran = run(f"init {GIVEN} --name shop")
    assert (ran.code, (tmp_path / "README.md").read_text()) == (0, "ours")
    assert "README.md is there already, and stays as it is" in ran.err
    again = run(f"init {GIVEN}")
    assert (again.code, "slipway new service NAME" in again.err) == (2, True)


def test_a_terminal_asks_for_what_was_not_given(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Enter takes the default, an answer that does not fit is asked for again, and the end of input writes nothing."""
    answers: Iterator[str] = iter(["", "", "acme", "acme/shop", "1", "2", "", "111122223333", "", "x.example.com",
                                   "Z0123456789", "ana", "", ""])  # fmt: skip
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", lambda: next(answers))
    ran = run("init shop")
    assert ran.code == 0, ran
    assert "Name of the platform, which starts every resource name (12 characters at most) [shop]: " in ran.err
    assert ran.err.count("that does not fit; please write it again") == 1
    assert list(read_configuration(tmp_path / "shop" / "stacks").platform.people) == ["ana"]

    def ended() -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", ended)
    ran = run("init other")
    assert (ran.code, "nothing was written" in ran.err, (tmp_path / "other").exists()) == (2, True, False)


@pytest.mark.parametrize(
    ("origin", "pin"),
    [
        ({"url": "https://example.com/x", "vcs_info": {"commit_id": "a" * 40}}, f"git+https://example.com/x@{'a' * 40}"),
        ({"url": "https://example.com/x.whl", "archive_info": {"hashes": {"sha256": "b" * 64}}}, f"https://example.com/x.whl#sha256={'b' * 64}"),
        ({"url": "file:///home/x.whl", "archive_info": {"hashes": {"sha256": "b" * 64}}}, ""),
        ({"url": "https://example.com/x.whl", "archive_info": {}}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_slipway_is_pinned_to_where_it_came_from(
    origin: dict[str, Any], pin: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A commit or a hash, never a bare name that an index could answer with something else; a path pins nothing."""

    class Installed:
        def read_text(self, _name: str) -> str:
            return json.dumps(origin)

    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed())
    monkeypatch.setattr(init, "__file__", str(tmp_path / "a" / "b" / "init.py"))
    assert init._pin() == (f"slipway-ecs[sandbox] @ {pin}" if pin else "")


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("new service cart --port 3000 --health /up", ["services/cart.yaml"]),
        ("new function tidy", ["functions/tidy.py", "functions/tidy.yaml"]),
        (f"new environment prod --account 444455556666 {PLACE} --protected", ["environments/prod.yaml"]),
    ],
)
def test_new_files_are_valid(line: str, files: list[str], run: Run, tmp_path: Path) -> None:
    """What `new` writes reads at once, beside what was there; a second time it is refused."""
    run(f"init {GIVEN} --name shop --environment staging")
    (tmp_path / "stacks" / "environments" / "staging.yaml").write_text(
        environment_file(
            NewEnvironment("staging", "111122223333", "eu-west-1", "x.example.com", "Z0123456789", protected=True)
        )
    )
    ran = run(f"{line} --json")
    assert (ran.code, json.loads(ran.out)["written"]) == (0, [f"stacks/{name}" for name in sorted(files, reverse=True)])
    assert read_configuration(tmp_path / "stacks")
    again = run(line)
    assert (again.code, "it stays as it is" in again.err) == (2, True)


def test_production_beside_an_open_home_says_what_to_do(run: Run) -> None:
    """Home must not stay where nobody approves once there is a production: the error names both ways."""
    run(f"init {GIVEN} --name shop")
    ran = run(f"new environment prod --account 444455556666 {PLACE} --protected")
    assert ran.code == 2
    assert "stacks/environments/dev.yaml:7: protected" in ran.err
    assert "or, before the first bootstrap, move home: bot: { environment: prod }" in ran.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("new service Cart", "'Cart' can't be a name"),
        ("new service cart --port 70000", "port: 70000 is out of range"),
        ("new service cart --schedule x --account 1", "a service takes no --account, --schedule"),
        ("new function tidy --port 1", "a function takes no --port"),
        ("new environment prod --region eu-west-1", "an environment also needs --account, --domain"),
        ("new service ../../etc/x", "'../../etc/x' can't be a name: lower-case letters"),
        ("new environment Prod --account 1", "'Prod' can't be a name"),
    ],
)
def test_what_would_be_wrong_is_not_written(line: str, said: str, run: Run, tmp_path: Path) -> None:
    """One error with its place, and the folder is as it was."""
    run(f"init {GIVEN} --name shop")
    before = sorted(tmp_path.rglob("*"))
    ran = run(line)
    assert (ran.code, said in ran.err) == (2, True), ran
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "etc").exists()


@pytest.mark.parametrize("line", ["init", "new service a", "completion bash", "help gate"])
def test_an_option_that_means_nothing_is_not_taken(line: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What never asks AWS does not start a sandbox: `--sandbox` is no option of it."""
    with pytest.raises(SystemExit):
        run(f"{line} --sandbox")
    assert "unrecognized arguments: --sandbox" in capsys.readouterr().err


def test_new_needs_a_platform(run: Run) -> None:
    """Where there is no stacks/, `init` is named."""
    ran = run("new service cart")
    assert (ran.code, "run `slipway init`" in ran.err) == (2, True)


def test_a_disk_that_is_full_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before the failure is taken back, and the folder that was there stays."""
    monkeypatch.chdir(ROOT)
    folder = tmp_path / "here"
    (folder / "stacks").mkdir(parents=True)
    for name in ("platform.yaml", "environments", "services", "functions"):
        (folder / "stacks" / name).symlink_to(ROOT / "stacks" / name)
    os.mkfifo(folder / "blocked")
    with pytest.raises(UsageError, match="can't write"):
        place(folder, {"new/a.yaml": "x", "blocked/b.yaml": "y"})
    assert not (folder / "new").exists()
    assert (folder / "stacks").is_dir()


def test_a_file_that_came_in_between_is_somebody_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written by somebody else after the look, it is neither overwritten nor taken back with what is."""

    def somebody_writes(folder: Path, _files: object) -> None:
        (folder / "b.yaml").write_text("theirs")

    monkeypatch.setattr("generator.cli.new_files._check", somebody_writes)
    with pytest.raises(UsageError, match="can't write"):
        place(tmp_path, {"a.yaml": "x", "b.yaml": "y"})
    assert not (tmp_path / "a.yaml").exists()
    assert (tmp_path / "b.yaml").read_text() == "theirs"


def test_a_value_is_quoted_where_yaml_would_read_another_one() -> None:
    """An account stays text, and a name that YAML knows as a word stays a name."""
    text = environment_file(NewEnvironment("dev", "011122223333", "eu-west-1", "no", "Z1", protected=True))
    assert yaml.safe_load(text) == {
        "account": "011122223333", "region": "eu-west-1", "domain": "no", "hosted_zone_id": "Z1", "protected": True,
    }  # fmt: skip
    assert yaml.safe_load(service_file(80, "/a: b #c"))["health_check"]["path"] == "/a: b #c"
