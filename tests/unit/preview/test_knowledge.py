"""What previews know of AWS is fresh and whole."""

import json
from pathlib import Path

import cfnlint
import pytest

from generator.preview.replacement_schemas import known_types, schema
from generator.preview.risk.additions import ADDED
from generator.preview.risk.in_place import IN_PLACE
from generator.preview.risk.removals import REMOVED, REPLACED
from generator.preview.risk.stateful import STATEFUL
from tests import aws_tables

STATEFUL_TYPES = json.loads(
    (Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "StatefulResources.json").read_text()
)["ResourceTypes"]
# Their schemas left the provider list with the services.
GONE = {"AWS::QLDB::Ledger", "AWS::Elasticsearch::Domain"}


def test_the_tables_are_fresh() -> None:
    """Schemas and actions are those of the installed cfn-lint and awacs (`python -m tests.aws_tables`)."""
    assert aws_tables.stale() == []


def test_every_type_of_aws_is_known() -> None:
    """The table has every type that cfn-lint knows."""
    assert len(known_types()) > 1500
    found = schema("AWS::RDS::DBInstance")
    assert found is not None
    assert found.recreation(("DBName",)) == "Always"
    assert found.recreation(("MultiAZ",)) == "Conditionally"
    assert found.recreation(("DBInstanceClass",)) == "Never"
    assert schema("AWS::Unheard::Of") is None
    permission = schema("AWS::Lambda::Permission")
    assert permission is not None
    assert permission.recreation(("Anything",)) == "Always"


@pytest.mark.parametrize("kind", sorted(STATEFUL_TYPES.keys() - {"AWS::CloudFormation::Stack"}))
def test_stateful_types_are_reported(kind: str) -> None:
    """Every type that AWS's tools call stateful says what is lost with it."""
    assert STATEFUL.get(kind)


@pytest.mark.parametrize("kind", sorted({*IN_PLACE, *ADDED, *REMOVED, *REPLACED, *STATEFUL} - GONE))
def test_facts_are_about_types_that_exist(kind: str) -> None:
    """No fact is about a type, or a property, that AWS does not have."""
    found = schema(kind)
    assert found is not None or kind in STATEFUL
    if kind not in IN_PLACE or found is None:
        return
    raw = json.loads(_schema(kind))["properties"]
    assert not set(IN_PLACE[kind].rules) - set(raw)


def _schema(kind: str) -> str:
    folder = Path(cfnlint.__file__).parent / "data" / "schemas"
    index = json.loads((folder / "providers" / "us-east-1.json").read_text())
    return (folder / "resources" / f"{index[kind]}.json").read_text()
