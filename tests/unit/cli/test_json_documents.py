"""What scripts read: each command's document is as its schema in docs/schemas/ says, and names itself."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.cli import COMMANDS, module_of
from tests import json_schemas
from tests.json_documents import checked, validator
from tests.release.fake_platform import FakePlatform
from tests.unit.cli.conftest import Typed

ROOT = Path(__file__).parents[3]
# Command lines after `deploy app prod` waits, with the document that they print. The fixture checks it.
LINES = (
    ("deploy app prod", "answer/1"),
    ("follow prod-app-2", "release/1"),
    ("approve prod-app-2", "release/1"),
    ("reject prod-app-2 --no-follow --reason typo", "answer/1"),
    ("cancel prod-app-2", "release/1"),
    ("status prod", "status/1"),
    ("status", "status/1"),
    ("history app prod", "history/1"),
    ("diff prod-app-2", "release-diff/1"),
    ("report prod-app-2", "report/1"),
    ("lock prod app --reason db", "answer/1"),
    ("freeze prod --reason fair", "answer/1"),
    ("audit verify", "audit/1"),
    ("worker --once", "work/1"),
    ("completion bash", "completion/1"),
    ("help binding", "glossary/1"),
    ("graph prod", "graph/1"),
    ("cost dev", "cost/1"),
    ("rules E9501", "rules/1"),
    ("schema --check", "schema-files/1"),
)


@pytest.mark.parametrize(("line", "document"), LINES)
def test_a_document_is_as_its_schema_says(
    typed: Typed, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch, line: str, document: str
) -> None:
    """It names itself with its version; the schema in the documentation fits what is printed."""
    monkeypatch.chdir(ROOT)
    typed("deploy app prod")

    def turn(_: float) -> int:
        return platform.workers[0].turn(0.0)

    more = {"work": turn} if line.startswith("worker") else {}
    ran = typed(f"{line} --json", who="ben" if line.startswith("approve") else "ana", **more)
    assert checked(ran.out)["document"] == document, ran.err


def test_each_command_says_what_it_prints() -> None:
    """A command names documents that there are, and a document that no command prints is gone."""
    named = {name for command in COMMANDS for name in import_module(module_of(command)).DOCUMENTS}
    assert named == {name.partition("/")[0] for name in json_schemas.documents()}


def test_the_committed_schemas_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/schemas/ and the table in docs/json.md say is what the commands print, and each is a schema."""
    assert json_schemas.main(ROOT, check=True) == 0, capsys.readouterr().err
    for path in (ROOT / json_schemas.FOLDER).glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text()))


@pytest.mark.parametrize(
    "wrong", [{"order": None}, {"order": ["a"], "edges": [{"producer": "a"}]}, {"document": "graph/2"}]
)
def test_another_shape_is_noticed(wrong: dict[str, Any]) -> None:
    """The schemas are strict enough to fail for a field that is gone or of another type."""
    right = {"document": "graph/1", "order": ["a"], "edges": []}
    assert validator("graph/1").is_valid(right)
    assert not validator("graph/1").is_valid(right | wrong)


_OLD = {
    "properties": {"a": {"type": "string"}, "b": {"enum": ["x"]}, "c": {"anyOf": [{"type": "null"}]}},
    "required": ["a"],
    "$defs": {"D": {"properties": {"e": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"properties": _OLD["properties"] | {"n": {"type": "string"}}}, []),
        ({"properties": _OLD["properties"] | {"b": {"enum": ["x", "y"]}}}, []),
        ({"required": ["a", "b"]}, []),
        ({"properties": {"a": {"type": "string"}, "b": {"enum": ["x"]}}}, ["c is gone"]),
        ({"properties": _OLD["properties"] | {"a": {"type": "number"}}}, ["a is of another type"]),
        ({"required": []}, ["a may be left out now"]),
        ({"$defs": {"D": {"properties": {}}}}, ["D.e is gone"]),
    ],
)
def test_what_breaks_a_script_needs_a_new_number(changed: dict[str, Any], said: list[str]) -> None:
    """Fields and words may join a version; what goes, becomes optional or changes its type may not."""
    assert list(json_schemas.breaks(_OLD, {**_OLD, **changed})) == said


def test_a_schema_is_not_overwritten_by_one_that_breaks_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes a field away is told to raise the number, and the files stay as they were."""
    monkeypatch.setattr(json_schemas, "documents", lambda: {"work/1": json_schemas_kind()})
    monkeypatch.setattr(json_schemas, "COMMANDS", {"worker": ""})
    (tmp_path / "docs" / "schemas").mkdir(parents=True)
    (tmp_path / "docs" / "json.md").write_text("<!-- documents -->\n<!-- /documents -->")
    assert json_schemas.main(tmp_path, check=False) == 0
    path = tmp_path / "docs" / "schemas" / "work-1.json"
    before = json.loads(path.read_text())
    before["properties"]["failed"] = {"type": "integer"}
    path.write_text(json.dumps(before))
    assert json_schemas.main(tmp_path, check=False) == 1
    assert "docs/schemas/work-1.json: failed is gone; raise the number" in capsys.readouterr().err
    assert json.loads(path.read_text()) == before


def json_schemas_kind() -> Any:
    """The document of a worker."""
    from generator.cli.documents.environment_documents import WorkDocument

    return WorkDocument
