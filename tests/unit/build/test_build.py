"""What `slipway build` leaves behind, whatever it finds."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build import process_pool

Slipway = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def changed(capsys: Capture) -> dict[str, str]:
    stacks = json.loads(capsys.readouterr().out)["stacks"]
    return {s["key"]: s["change"] for s in stacks if s["change"] != "unchanged"}


def test_a_first_build_writes_everything(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """Each stack has a file, and the manifest says what to deploy, in which order, with which parameters."""
    assert slipway("build") == 0
    out = capsys.readouterr()
    assert "dev/service-app" in out.out
    assert "written in" in out.err
    manifest = json.loads((here / "build/manifest.json").read_text())
    assert set(manifest["stacks"]) == {
        str(p.relative_to(here / "build")).removesuffix(".json") for p in (here / "build").glob("*/*.json")
    }
    assert sorted(manifest["order"]) == sorted(manifest["stacks"])
    app = manifest["stacks"]["dev/service-app"]
    assert app["parameters"]["VpcId"] == {"stack": "dev/network", "output": "VpcId"}
    assert app["parameters"]["ImageUri"] == {"release": True}
    assert app["stack_name"] == "tiny-dev-service-app"
    assert app["capabilities"] == ["CAPABILITY_IAM"]
    place = {key: i for i, key in enumerate(manifest["order"])}
    assert all(place[d] < place[key] for key, entry in manifest["stacks"].items() for d in entry["depends_on"])


def test_the_same_input_gives_the_same_bytes(here: Path, slipway: Slipway) -> None:
    """Hash seeds, folders and the number of processes leave no trace."""
    slipway("build")
    here_again = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-m", "generator", "build", "--out", "elsewhere"]
    subprocess.run(command, cwd=here, env=here_again, check=True, capture_output=True)
    assert contents(here / "elsewhere") == contents(here / "build")


def test_many_processes_write_what_one_writes(here: Path, slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform large enough for several processes is built like a small one."""
    slipway("build")
    monkeypatch.setattr(process_pool, "WORTH_IT", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    slipway("build", "--out", "forked")
    forked, alone = contents(here / "forked"), contents(here / "build")
    assert {n: c for n, c in forked.items() if n != ".state"} == {n: c for n, c in alone.items() if n != ".state"}


def test_only_what_changed_is_written(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """After an edit to a service its own stack is written, and a second build has nothing to do."""
    slipway("build")
    before = (here / "build/dev/network.json").stat().st_mtime_ns
    (here / "stacks/services/app.yaml").write_text("port: 8080\ncpu: 512\nmemory: 1024\n")
    capsys.readouterr()
    slipway("build", "--json")
    assert changed(capsys) == {"dev/service-app": "written"}
    assert (here / "build/dev/network.json").stat().st_mtime_ns == before
    slipway("build")
    assert "nothing changed" in capsys.readouterr().out


def test_a_file_edited_by_hand_is_put_right(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """What is in build/ is what stacks/ says, also after somebody else wrote there."""
    slipway("build")
    path = here / "build/dev/network.json"
    right = path.read_bytes()
    path.write_bytes(right.replace(b"10.0.1.0/24", b"10.0.9.0/24"))
    capsys.readouterr()
    assert slipway("build", "--check", "--json") == 1
    assert changed(capsys) == {"dev/network": "stale"}
    assert path.read_bytes() != right
    slipway("build")
    assert path.read_bytes() == right


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x91\xc0"])
def test_a_broken_state_costs_time_only(here: Path, slipway: Slipway, content: bytes) -> None:
    """A damaged record of the last build is ignored and written anew."""
    slipway("build")
    good = (here / "build/.state").read_bytes()
    (here / "build/.state").write_bytes(content)
    assert slipway("build") == 0
    assert (here / "build/.state").read_bytes() == good


def test_part_of_the_platform(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """`build dev network` writes that stack alone, and the manifest says so."""
    assert slipway("build", "dev", "network", "--json") == 0
    assert changed(capsys) == {"dev/network": "written"}
    assert list(json.loads((here / "build/manifest.json").read_text())["stacks"]) == ["dev/network"]
    slipway("build", "dev")
    assert (here / "build/dev/service-app.json").exists()
    assert not (here / "build/home").exists()


def test_a_part_leaves_the_rest_as_it_was(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """Building one stack after an edit of two keeps the other's file and what the manifest says of it."""
    slipway("build")
    old = json.loads((here / "build/manifest.json").read_text())["stacks"]["dev/service-app"]["digest"]
    (here / "stacks/services/app.yaml").write_text("port: 9090\n")
    slipway("build", "dev", "network")
    assert json.loads((here / "build/manifest.json").read_text())["stacks"]["dev/service-app"]["digest"] == old
    capsys.readouterr()
    slipway("build", "--json")
    assert changed(capsys) == {"dev/service-app": "written"}


def test_a_service_that_goes_takes_its_file_along(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """Nothing stale stays in build/ to be deployed by mistake; files of other origin stay."""
    slipway("build", "--format", "yaml")
    (here / "build/dev/notes.txt").write_text("mine")
    (here / "stacks/services/app.yaml").unlink()
    capsys.readouterr()
    slipway("build", "--json")
    assert json.loads(capsys.readouterr().out)["removed"] == ["dev/service-app", "dev/edge"]
    assert not list((here / "build/dev").glob("service-app.*"))
    assert (here / "build/dev/notes.txt").exists()


def test_yaml_comes_and_goes(here: Path, slipway: Slipway) -> None:
    """--format yaml writes YAML beside the JSON that is deployed; without it none is left to go stale."""
    slipway("build", "--format", "yaml")
    assert (here / "build/dev/network.yaml").read_text().startswith("AWSTemplateFormatVersion")
    assert (here / "build/dev/network.json").exists()
    slipway("build")
    assert not list((here / "build").rglob("*.yaml"))


def test_a_template_too_large_is_one_clear_error(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """Over 51,200 bytes: which stack, how much, what is largest, what to do; exit 1, and no manifest that lies."""
    lines = "\n".join(f"  V{i}: {'x' * 900}" for i in range(60))
    (here / "stacks/services/app.yaml").write_text(f"port: 8080\nenvironment:\n{lines}\n")
    assert slipway("build") == 1
    err = capsys.readouterr().err
    assert err.startswith("dev/service-app: the template has ")
    assert "51,200 inline; its largest resource is TaskDefinition; move a part of it to another stack" in err
    assert not (here / "build/manifest.json").exists()


def test_a_place_that_cant_be_written_to(here: Path, slipway: Slipway, capsys: Capture) -> None:
    """A file where the folder should be is named, with what to do."""
    (here / "taken").write_text("")
    assert slipway("build", "--out", "taken/build") == 1
    assert "choose another folder with --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["build", "dve"], "no environment is called 'dve'; did you mean dev?"),
        (["build", "dev", "netwrok", "edg"], "no stack of dev is called 'netwrok'; did you mean network?"),
        (["graph", "prod"], "no environment is called 'prod'; there are: home, 111122223333, dev"),
    ],
)
def test_names_that_are_not_there(slipway: Slipway, capsys: Capture, argv: list[str], said: str) -> None:
    """A typo gets the nearest name, all of them at once, and exit 2."""
    assert slipway(*argv) == 2
    assert said in capsys.readouterr().err


def test_ctrl_c_leaves_whole_files(here: Path) -> None:
    """Interrupted in the middle of a large build: no draft, no broken template, no process, and the next one ends well."""
    for i in range(150):
        (here / f"stacks/services/s{i:03}.yaml").write_text(f"port: 8080\nroute: {{priority: {i + 1}}}\n")
    (here / "stacks/services/app.yaml").unlink()
    command = [sys.executable, "-m", "generator", "build"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        command, cwd=here, env=env, stderr=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        while not list(here.glob("build/dev/service-*.json")):
            assert process.poll() is None
        os.killpg(process.pid, 2)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err
    written = list(here.glob("build/*/*.json"))
    assert written
    assert all(json.loads(p.read_bytes())["Resources"] for p in written)
    assert [p for p in here.glob("build/**/.*") if p.name != ".state"] == []
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    subprocess.run(command, cwd=here, env=env, check=True, capture_output=True)
