"""Which templates the words of a command line mean."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from generator.errors import UsageError
from generator.lint.paths import Selection, select

BODY = '{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}'
STACKS = ["home/registry", "dev/network", "dev/bot", "prod/network", "prod/cluster"]


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build = Path("build")
    for key in STACKS:
        path = build / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BODY)
    entries = {key: {"digest": "", "region": "eu-west-1"} for key in STACKS}
    (build / "manifest.json").write_text(json.dumps({"version": 1, "stacks": entries}))


def chosen(*words: str) -> Selection:
    """What the words select below ./build."""
    return select(words, Path("build"))


def stacks(*words: str) -> list[str | None]:
    """Keys of the stacks that the words select."""
    return [template.stack for template in chosen(*words).templates]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], STACKS),
        (["prod"], ["prod/network", "prod/cluster"]),
        (["network"], ["dev/network", "prod/network"]),
        (["prod", "cluster"], ["prod/cluster"]),
        (["prod", "network", "cluster"], ["prod/network", "prod/cluster"]),
        (["dev", "prod", "cluster"], ["dev/network", "dev/bot", "prod/cluster"]),
        (["prod/network", "prod"], ["prod/network", "prod/cluster"]),
    ],
)
def test_environments_and_stacks(words: list[str], expected: list[str]) -> None:
    """Words are read as `build` reads them: an environment, perhaps narrowed by stacks, or a stack wherever it is."""
    assert stacks(*words) == expected


def test_stacks_bring_their_region() -> None:
    """A stack is linted for the Region that it goes to, also when its file is named by path."""
    for word in ("prod/cluster", "build/prod/cluster.json", "./build/prod/../prod/cluster.json"):
        (template,) = chosen(word).templates
        assert (template.stack, template.regions) == ("prod/cluster", ("eu-west-1",))


def test_a_stack_wins_over_a_folder_of_its_name() -> None:
    """`lint bot` means the stack; `./bot` means the folder."""
    Path("bot").mkdir()
    Path("bot/t.json").write_text(BODY)
    assert stacks("bot") == ["dev/bot"]
    assert [t.file for t in chosen("./bot").templates] == ["./bot/t.json"]


def test_folders_give_templates_and_name_the_rest() -> None:
    """Below a folder every template is found once, other JSON and YAML is left out by name, hidden folders are not entered."""
    for name, body in {
        "in/a.yaml": "Resources:\n  A: {Type: 'AWS::SNS::Topic'}\n",
        "in/deep/b.template": BODY,
        "in/package.json": '{"name": "x"}',
        "in/empty.yaml": "",
        "in/notes.txt": "Resources:\n",
        "in/.git/c.json": BODY,
        "in/node_modules/d.json": BODY,
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(body)
    found = chosen("in", "in/a.yaml")
    assert [t.file for t in found.templates] == ["in/a.yaml", "in/deep/b.template"]
    assert set(found.skipped) == {"in/package.json", "in/empty.yaml"}
    assert not found.unreadable
    assert {"in", "in/deep", "in/a.yaml"} <= set(found.looked_at)


def test_patterns_reach_below() -> None:
    """A quoted pattern works in every shell."""
    Path("x/y").mkdir(parents=True)
    Path("x/y/t.yaml").write_text(BODY)
    assert [t.file for t in chosen("x/**/*.yaml").templates] == ["x/y/t.yaml"]


def test_a_link_that_turns_in_a_circle_ends() -> None:
    """A folder that links to itself is walked once."""
    Path("loop").mkdir()
    Path("loop/t.json").write_text(BODY)
    Path("loop/again").symlink_to(Path("loop").resolve())
    assert len(chosen("loop").templates) == 1


def test_files_that_cannot_be_linted_are_named_one_by_one() -> None:
    """Each bad file that was asked for gets one line, and the others are still linted."""
    Path("empty.yaml").write_text("")
    Path("binary.json").write_bytes(b"\0\1")
    Path("good.yaml").write_text(BODY)
    found = chosen("empty.yaml", "good.yaml", "binary.json")
    assert [t.file for t in found.templates] == ["good.yaml"]
    assert [line.split(":")[0] for line in found.unreadable] == ["empty.yaml", "binary.json"]


def test_a_stack_whose_file_is_gone() -> None:
    """A template that vanished from build/ is reported, not skipped."""
    Path("build/prod/cluster.json").unlink()
    assert chosen("prod").unreadable[0].startswith("build/prod/cluster.json: cannot be read")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("prodd", "did you mean prod?"),
        ("netwrk", "did you mean network?"),
        ("zzz", "there are: home, dev, prod"),
        ("missing.yaml", "no such file"),
        ("*.nothing", "matches no file"),
    ],
)
def test_unknown_words_get_a_hint(word: str, text: str) -> None:
    """A typo names the nearest stack; a wrong path says so."""
    with pytest.raises(UsageError) as caught:
        chosen(word)
    assert text in str(caught.value)


def test_all_unknown_words_at_once() -> None:
    """Two typos are told together."""
    with pytest.raises(UsageError) as caught:
        chosen("prodd", "x.yaml")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("manifest", [None, "", "[]", "{}", '{"stacks": []}', '{"stacks": {}}', '{"stacks": {"a": 1}}'])
def test_nothing_built(manifest: str | None) -> None:
    """Before the first build, or with a broken manifest, lint says to build; paths still work."""
    path = Path("build/manifest.json")
    path.unlink() if manifest is None else path.write_text(manifest)
    with pytest.raises(UsageError, match="slipway build"):
        chosen()
    with pytest.raises(UsageError, match="slipway build"):
        chosen("prod1")
    assert len(chosen("build/prod/network.json").templates) == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor pipes its buffer through `-`."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(BODY.encode())))
    (template,) = chosen("-").templates
    assert (template.file, template.on_disk, template.content) == ("stdin", False, BODY.encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"")))
    assert chosen("-").unreadable == ("stdin: empty; a template needs at least Resources",)


def test_names_with_spaces_and_absolute_paths(tmp_path: Path) -> None:
    """Any path that the system takes is a path."""
    path = tmp_path / "a b" / "ü.json"
    path.parent.mkdir()
    path.write_text(BODY)
    assert [t.file for t in chosen(str(path), os.fspath(path.parent)).templates] == [str(path)]
