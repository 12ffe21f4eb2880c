"""The JSON Schema that editors use says the same as the reader."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cli.parser import run
from generator.config.check import MODELS
from generator.config.positions import Tree
from generator.config.schema import KINDS, schema
from generator.config.sources import FOLDERS, Kind
from generator.config.yaml_reader import plain

ROOT = Path(__file__).parents[3]
SHIPPED = [("platform", ROOT / "stacks/platform.yaml")] + [
    (kind, path) for folder, kind in FOLDERS.items() for path in sorted((ROOT / "stacks" / folder).glob("*.yaml"))
]
VALIDATORS = {kind: jsonschema.Draft202012Validator(schema(kind)) for kind in KINDS}
DOCUMENTS = [(kind, plain(path.read_bytes())) for kind, path in SHIPPED]


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=[path.stem for _, path in SHIPPED])
def test_shipped_files_satisfy_their_schema(kind: Kind, path: Path) -> None:
    """An editor shows no mistake in a fresh clone."""
    VALIDATORS[kind].validate(plain(path.read_bytes()))


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=[path.stem for _, path in SHIPPED])
def test_shipped_files_point_to_their_schema(kind: Kind, path: Path) -> None:
    """The first line tells the editor which schema to use, and that file is there."""
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", path.read_text().splitlines()[0])
    assert found is not None
    target = (path.parent / found[1]).resolve()
    assert target == (ROOT / "stacks/schema" / f"{kind}.json").resolve()
    assert target.is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_closed(kind: Kind) -> None:
    """Each schema is one by the standard, knows its own example and refuses unknown keys at every level."""
    found = schema(kind)
    jsonschema.Draft202012Validator.check_schema(found)
    VALIDATORS[kind].validate(found["examples"][0])
    for definition in (found, *found["$defs"].values()):
        assert definition["type"] == "object"
        assert definition["additionalProperties"] is False
        assert definition["description"]


def test_overrides_are_completed_like_the_service_itself() -> None:
    """Below `environments.prod` an editor offers the service's fields, takes null, and marks a typo."""
    check = VALIDATORS["service"]
    assert check.is_valid({"port": 80, "environments": {"prod": {"scaling": {"max": 3}, "cpu": None, "route": None}}})
    assert check.is_valid({"port": 80, "environments": {"prod": {"environment": {"LEVEL": None}}}})
    assert not check.is_valid({"port": 80, "environments": {"prod": {"scalign": {"max": 3}}}})
    assert not check.is_valid({"port": 80, "environments": {"prod": {"scaling": {"max": "three"}}}})
    assert not check.is_valid({"port": 80, "environments": {"prod": {"port": None}}})
    assert not check.is_valid({"port": 80, "environments": {"prod": {"deploy_to": ["prod"]}}})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``document`` with ``value`` at ``path``."""
    copy = json.loads(json.dumps(document))
    if not path:
        return value
    target = copy
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return copy


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 70000),
    st.sampled_from([0.5, "", "a", "A b", "10.0.0.0/16", [], {}, ["a"]]),
)


@settings(max_examples=300)
@given(st.sampled_from(DOCUMENTS), st.data())
def test_schema_and_reader_agree(shipped: tuple[Kind, Any], data: st.DataObject) -> None:
    """What an editor marks is what the reader refuses, wherever one value of a shipped file is replaced."""
    kind, document = shipped
    path = data.draw(st.sampled_from([p for p in places(document) if "environments" not in p[:1]]))
    mutant = changed(document, path, data.draw(VALUES))
    try:
        msgspec.convert(mutant, MODELS[kind])
        reads = True
    except msgspec.ValidationError:
        reads = False
    assert VALIDATORS[kind].is_valid(mutant) == reads


@settings(max_examples=300)
@given(st.sampled_from(DOCUMENTS), st.data())
def test_the_slow_path_finds_a_mistake_exactly_if_the_fast_one_does(
    shipped: tuple[Kind, Any], data: st.DataObject
) -> None:
    """No file is refused without a reason, and no reason is given for a file that is right."""
    from generator.config.check import check

    kind, document = shipped
    path = data.draw(st.sampled_from([p for p in places(document) if "environments" not in p[:1]]))
    mutant = changed(document, path, data.draw(VALUES))
    tree = Tree(json.dumps(mutant).encode())
    assert tree.root is not None
    mistakes, _ = check(tree.root, kind)
    try:
        msgspec.convert(mutant, MODELS[kind])
    except msgspec.ValidationError:
        assert mistakes
    else:
        assert mistakes == []


def test_the_command_prints_writes_and_checks(
    stacks: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`schema KIND` prints; `--check` fails until `--write` has been run, and again after an edit."""
    monkeypatch.chdir(stacks.parent)
    assert run(["schema", "service"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(schema("service")))
    assert run(["schema", "--check"]) == 1
    assert "stacks/schema/platform.json is not up to date; run `slipway schema --write`" in capsys.readouterr().out
    assert run(["schema", "--write"]) == 0
    assert run(["schema", "--check"]) == 0
    (stacks / "schema" / "service.json").write_text("{}")
    capsys.readouterr()
    assert run(["schema", "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "document": "schema-files/1",
        "stale": ["stacks/schema/service.json"],
        "written": [],
    }


def test_the_command_asks_for_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a kind the four are named, and the exit code is 2."""
    assert run(["schema"]) == 2
    assert "write one of platform, environment, service, function" in capsys.readouterr().err


def test_committed_schemas_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone who changes a field also commits its schema."""
    monkeypatch.chdir(ROOT)
    assert run(["schema", "--check"]) == 0


def test_the_reference_in_the_docs_is_fresh() -> None:
    """Every field of every file stands in docs/configuration.md as it is in the code."""
    from generator.config.reference import into

    document = (ROOT / "docs" / "configuration.md").read_text()
    assert into(document) == document
    for field in ("`rollout.canary_percent`", "`data.tables.NAME.partition_key.name`", "`github.repository_id`"):
        assert field in document
