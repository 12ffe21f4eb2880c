"""Rights are held by AWS's own data: resource schemas say what handlers call, the reference says on which resources.

The figures stand in docs/permissions.md; both tables come with the pinned cfn-lint, so that an upgrade of it brings AWS's changes here.
"""

from functools import cache

import pytest

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration
from templates.arns import here
from tests.golden import CONFIGURATIONS
from tests.unit.templates.authorization import formats, overlaps, wrong
from tests.unit.templates.handler_pairs import Pair, is_allowed, pairs
from tests.unit.templates.iam_judge import GIVEN, Json, each, resolve


@cache
def statements() -> list[tuple[str, Json]]:
    """Every statement that allows, of every role and managed policy in every template, by where it stands."""
    found = []
    for name, folder in CONFIGURATIONS.items():
        for spec in stacks(read_configuration(folder)):
            template = to_plain(spec.template())
            for label, resource in template["Resources"].items():
                found += [(f"{name}:{spec.key} {label}", s) for s in _documents(resource)]
    return [(place, s) for place, s in found if s["Effect"] == "Allow"]


def _documents(resource: Json) -> list[Json]:
    properties = resource.get("Properties", {})
    documents = (
        [p["PolicyDocument"] for p in properties.get("Policies", [])]
        if "AssumeRolePolicyDocument" in properties
        else []
    )
    if resource["Type"] == "AWS::IAM::ManagedPolicy":
        documents.append(properties["PolicyDocument"])
    return [s for document in documents for s in document["Statement"]]


def text(value: object) -> str:
    """A resource of a statement, with ``*`` for what is known only when the stack exists."""
    match value:
        case str():
            return value
        case {"Fn::Sub": str(pattern)} | {"Fn::Sub": [str(pattern), _]}:
            filled = pattern
            for name, known in GIVEN.items():
                filled = filled.replace("${" + name + "}", known)
            whole = "".join("*" if part.startswith("{") else part for part in _pieces(filled))
            return whole if whole.startswith("arn:") else f"*:*:*:*:*:{whole}"
        case _:
            return "*:*:*:*:*:*"


def _pieces(filled: str) -> list[str]:
    first, *rest = filled.split("$")
    return [first, *(piece for part in rest for piece in (part[: part.index("}") + 1], part[part.index("}") + 1 :]))]


def test_no_statement_names_resources_that_its_actions_do_not_take() -> None:
    """IAM would ignore such a statement, and the call would be denied: the reference is asked about each statement of each role."""
    found = {
        f"{place} {s['Sid']}: {problem}"
        for place, s in statements()
        for problem in wrong({**s, "Resource": [text(r) for r in each(s.get("Resource", "*"))]})
    }
    assert sorted(found) == []
    assert len(statements()) > 700


def test_every_call_of_a_handler_is_allowed_on_its_resource() -> None:
    """A stack of any configuration can be created, read, updated, deleted and rolled back with its execution role."""
    found = list(pairs())
    assert sorted({f"{p.stack} {p.resource}: {p.action}" for p in found if not is_allowed(p)}) == []
    assert len(found) > 8000


@pytest.mark.parametrize(
    ("action", "resources", "problem"),
    [
        ("servicediscovery:TagResource", ["arn:aws:servicediscovery:*:*:namespace/*"], "takes no resource"),
        ("servicediscovery:TagResource", ["*"], ""),
        ("logs:*IndexPolicy", ["arn:aws:logs:*:*:log-group:x"], "takes no resource"),
        ("rds:CreateDBInstance", ["arn:aws:rds:*:*:og:default:*"], ""),
        ("rds:CreateDBInstance", ["arn:aws:rds:*:*:stack/x"], "takes arn:"),
        ("rds:MakeDBInstance", ["*"], "is unknown"),
    ],
)  # fmt: skip
def test_what_the_reference_says(action: str, resources: list[str], problem: str) -> None:
    """A resource where there is none, one of another kind, and an action that IAM does not know are each told."""
    found = wrong({"Action": action, "Resource": resources})
    assert bool(found) == bool(problem)
    assert all(problem in each for each in found)


@pytest.mark.parametrize(
    ("pattern", "form", "meets"),
    [
        ("arn:aws:rds:*:1:*:x-*", "arn:${Partition}:rds:${Region}:${Account}:db:.*", True),
        ("arn:aws:rds:*:1:db:x", "arn:${Partition}:rds:${Region}:${Account}:og:.*", False),
        ("*", "arn:${Partition}:s3:::.*", True),
    ],
)
def test_patterns_that_can_meet(pattern: str, form: str, *, meets: bool) -> None:
    """Whether any ARN of a kind can match a pattern."""
    assert overlaps(pattern, form) is meets


@pytest.mark.parametrize("action", ["rds:createdbinstance", "rds:restoredbinstancefromdbsnapshot"])
def test_a_database_needs_its_option_group(action: str) -> None:
    """Without a right on the engine's default option group, no database can be created: the pair is then not allowed."""
    pair: Pair = next(p for p in pairs() if p.action == action)
    assert is_allowed(pair)
    assert not is_allowed(pair, without="DatabaseOptions")


def test_the_reference_names_the_arns_of_every_kind() -> None:
    """An action that takes a resource has the form of its ARN, whatever the case of the kind's name."""
    assert formats("secretsmanager:CreateSecret")
    assert formats("autoscaling:UpdateAutoScalingGroup")
    assert text(resolve({"Resources": {}}, here("rds", "db:x").to_dict())) == "arn:aws:rds:*:111111111111:db:x"
