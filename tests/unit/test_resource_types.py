"""Each resource type that a template makes is known everywhere; what is missing is named with the file to edit."""

from collections.abc import Iterator
from functools import cache

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from generator.cost.estimate import DEPENDS, FREE, PRICED
from generator.preview.replacement_schemas import schema
from generator.preview.risk.delegated import CONSULTED
from generator.preview.risk.in_place import IN_PLACE
from generator.preview.risk.removals import REMOVED, REPLACED
from generator.preview.risk.stateful import is_stateful
from generator.sandbox.providers.registry import types as sandbox_types
from tests.golden import CONFIGURATIONS
from tests.unit.templates.execution_rights import missing_rights
from tests.unit.templates.execution_rights import types as executed

RISK = "generator/preview/risk"


@cache
def made() -> dict[str, frozenset[str]]:
    """Every type of the shipped and of the full configuration, with the properties that some template gives it."""
    found: dict[str, set[str]] = {}
    for folder in CONFIGURATIONS.values():
        for spec in stacks(read_configuration(folder)):
            for resource in to_plain(spec.template())["Resources"].values():
                found.setdefault(resource["Type"], set()).update(resource.get("Properties", {}))
    return {kind: frozenset(names) for kind, names in found.items()}


def judged_in_place(kind: str, properties: frozenset[str]) -> bool:
    """Whether a preview says what a change in place does, or no property of ours but tags can change in place."""
    known = schema(kind)
    if kind in IN_PLACE or any(other == kind for other, _ in CONSULTED):
        return True
    return known is not None and all(
        name.endswith("Tags") or known.recreation((name,)) == "Always" for name in properties
    )


def missing(kind: str, properties: frozenset[str]) -> Iterator[str]:
    """What a type lacks, each with the file to edit."""
    if kind not in sandbox_types():
        yield "a provider in the sandbox: a table in generator/sandbox/providers/tables/, in the file of its service"
    if schema(kind) is None:
        yield "its schema, which says what replaces it: run `python -m tests.aws_tables`"
    if not judged_in_place(kind, properties):
        yield f"what a change in place does: a row of IN_PLACE, {RISK}/in_place.py"
    if kind not in REPLACED and not is_stateful(kind) and not _never_replaced(kind, properties):
        yield f"what its replacement does: a row of REPLACED, {RISK}/removals.py or dependents.py, or of STATEFUL, {RISK}/stateful.py"
    if kind not in REMOVED and not is_stateful(kind):
        yield f"what its removal does: a row of REMOVED, {RISK}/removals.py or dependents.py, or of STATEFUL, {RISK}/stateful.py"
    if not {kind} & {*PRICED, *FREE, *DEPENDS}:
        yield "what it costs: a rule of PRICED, or an entry of _FREE or DEPENDS, generator/cost/estimate.py"
    if kind in executed() and (rights := missing_rights(kind)):
        yield f"rights of an execution role: {', '.join(rights)}, templates/permissions/"


def _never_replaced(kind: str, properties: frozenset[str]) -> bool:
    known = schema(kind)
    return known is not None and all(known.recreation((name,)) == "Never" for name in properties)


def test_every_resource_type_is_known_everywhere() -> None:
    """Anyone who adds a type reads from one failure what it still needs: sandbox, preview, cost and rights, file by file."""
    lacking = [
        f"{kind} lacks {each}" for kind, properties in sorted(made().items()) for each in missing(kind, properties)
    ]
    assert len(made()) > 70
    assert len(executed()) > 50
    assert not lacking, "\n".join(lacking)


def test_what_a_type_lacks_is_named_with_its_file() -> None:
    """A type that nobody has heard of lacks everything but what only AWS can say of it."""
    lacking = "\n".join(missing("AWS::Unheard::Of", frozenset({"Name"})))
    for place in (
        "generator/sandbox/providers/",
        "tests.aws_tables",
        "IN_PLACE",
        "REPLACED",
        "REMOVED",
        "generator/cost/estimate.py",
    ):
        assert place in lacking
    assert list(missing("AWS::SQS::Queue", made()["AWS::SQS::Queue"])) == []
