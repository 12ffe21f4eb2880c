"""What the stack of an event-driven function gives: one trigger, failed events kept, narrow rights."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from templates.function import build
from templates.params.base import Scope
from templates.params.data import Bucket, Data, Table
from templates.params.function import FunctionParams, FunctionSpec
from tests.unit.templates.built import findings
from tests.unit.templates.service_cases import properties, statements, walk

STACKS = Path(__file__).parents[3] / "stacks"
SOURCE = "def handler(event, context):\n    return event\n"
ON_EVENTS = FunctionSpec(pattern={"source": ["aws.s3"]})
ON_SCHEDULE = FunctionSpec(schedule="rate(1 hour)")
ON_QUEUE = FunctionSpec(queue=True, timeout=60, concurrency=7)


def template(spec: FunctionSpec, source: str | None = SOURCE, name: str = "tidy-up") -> dict[str, Any]:
    """The template of a function of the production environment, as people get it."""
    scope = Scope(
        platform="slipway",
        environment="prod",
        account="111122223333",
        region="eu-west-1",
        owner="team",
        cost_center="platform",
        stack=f"function-{name}",
        service=name,
    )
    data = Data(tables={"orders": Table()}, buckets={"assets": Bucket()})
    params = FunctionParams(scope=scope, name=name, spec=spec, source=source, data=data, home_region="us-east-1")
    body: dict[str, Any] = json.loads(build(params).to_json())
    return body


def shipped() -> FunctionSpec:
    """The function that comes with the platform."""
    return msgspec.convert(yaml.safe_load((STACKS / "functions" / "events.yaml").read_text()), FunctionSpec)


@pytest.mark.parametrize("spec", [ON_EVENTS, ON_SCHEDULE])
def test_what_a_rule_starts_ends_in_the_dead_letter_queue_if_it_fails(spec: FunctionSpec) -> None:
    """Neither an undelivered event nor a failed run is lost: both wait two weeks, and an alarm says so."""
    body = template(spec)
    (target,) = properties(body, "Rule")["Targets"]
    dead = {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    rights = statements(body, "Role")

    assert properties(body, "Function")["DeadLetterConfig"] == {"TargetArn": dead}
    assert target["DeadLetterConfig"] == {"Arn": dead}
    assert rights["DeadLetter"]["Resource"] == [dead]
    assert properties(body, "DeadLetterQueue")["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert properties(body, "DeadLettersAlarm")["AlarmActions"] == [{"Ref": "AlertsTopicArn"}]
    _, undelivered = properties(body, "DeadLetterQueuePolicy")["PolicyDocument"]["Statement"]
    assert undelivered["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}
    assert properties(body, "Permission")["SourceArn"] == {"Fn::GetAtt": ["Rule", "Arn"]}


def test_a_function_with_a_queue_takes_messages_and_sets_bad_ones_aside() -> None:
    """Messages come in batches, bad ones return alone, and after five tries they wait for people."""
    body = template(ON_QUEUE)
    queue, mapping = properties(body, "Queue"), properties(body, "EventSource")

    assert queue["VisibilityTimeout"] == 360
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": 5,
    }
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 7}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert statements(body, "Role").keys() == {"Log", "Take"}
    assert body["Outputs"].keys() == {"TidyUpFunctionArn", "TidyUpFunctionName", "TidyUpQueueUrl", "TidyUpQueueArn"}
    assert not {"Rule", "Permission"} & body["Resources"].keys()


def test_one_execution_at_a_time_needs_no_limit_on_the_queue() -> None:
    """Lambda takes no maximum below 2 at the queue; the reserved concurrency does it."""
    body = template(FunctionSpec(queue=True, concurrency=1))

    assert "ScalingConfig" not in properties(body, "EventSource")
    assert properties(body, "Function")["ReservedConcurrentExecutions"] == 1


def test_concurrency_is_reserved_unless_the_account_can_not_spare_it() -> None:
    """One function can't use up an account's executions; a small account may switch the reservation off."""
    assert properties(template(ON_EVENTS), "Function")["ReservedConcurrentExecutions"] == 5
    unreserved = FunctionSpec(schedule="rate(1 day)", concurrency=0)
    assert "ReservedConcurrentExecutions" not in properties(template(unreserved), "Function")


def test_rights_follow_what_the_function_names() -> None:
    """A function reaches its own tables, buckets and the release queue, and without them only its log."""
    spec = FunctionSpec(schedule="rate(1 day)", tables=("orders",), buckets=("assets",), wake_queue=True)
    body = template(spec)
    found = statements(body, "Role")
    variables = properties(body, "Function")["Environment"]["Variables"]

    assert {sid: s["Resource"] for sid, s in found.items()} == {
        "Log": [{"Fn::GetAtt": ["Logs", "Arn"]}],
        "TableOrders": [{"Ref": "TableOrdersArn"}, {"Fn::Sub": "${TableOrdersArn}/index/*"}],
        "BucketAssetsObjects": [{"Fn::Sub": "${BucketAssetsArn}/*"}],
        "BucketAssetsList": [{"Ref": "BucketAssetsArn"}],
        "DeadLetter": [{"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}],
        "Wake": [{"Ref": "WakeQueueArn"}],
        "DataKey": [{"Ref": "KeyArn"}],
    }
    assert found["Wake"]["Action"] == ["sqs:SendMessage"]
    assert variables["WAKE_QUEUE_URL"] == {"Ref": "WakeQueueUrl"}
    assert variables["WAKE_QUEUE_REGION"] == "us-east-1"
    assert variables["TABLE_ORDERS"] == {"Ref": "TableOrdersName"}
    assert statements(template(ON_SCHEDULE), "Role").keys() == {"Log", "DeadLetter"}
    role = properties(body, "Role")
    assert (role["Path"], role["PermissionsBoundary"]) == ("/workload/slipway/prod/", {"Ref": "BoundaryArn"})


def test_a_published_artifact_enters_by_digest_and_a_release_of_it_changes_the_function_alone() -> None:
    """Code that is not inline comes from a key that holds its SHA-256, and nothing else changes with it."""
    body = template(ON_EVENTS, source=None)
    function = properties(body, "Function")
    by_attribute = [node["Fn::GetAtt"] for node in walk(body) if node.get("Fn::GetAtt", [""])[0] == "Function"]

    assert function["Code"] == {
        "S3Bucket": {"Ref": "CodeBucket"},
        "S3Key": {"Ref": "CodeKey"},
        "S3ObjectVersion": {"Ref": "CodeVersion"},
    }
    assert body["Parameters"]["CodeKey"]["AllowedPattern"].endswith(r"[0-9a-f]{64}\.zip$")
    assert by_attribute == []
    assert body["Outputs"]["TidyUpFunctionArn"]["Value"] == {
        "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Function}"
    }


def test_logs_are_structured_encrypted_and_outlive_the_function() -> None:
    """JSON logs in a group of the stack's own, under the environment's key."""
    body = template(ON_SCHEDULE)

    assert properties(body, "Function")["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": "Logs"}}
    assert properties(body, "Logs") | {"Tags": None} == {
        "KmsKeyId": {"Ref": "KeyArn"}, "RetentionInDays": 7, "Tags": None
    }  # fmt: skip
    for kept in ("Logs", "DeadLetterQueue"):
        assert body["Resources"][kept]["UpdateReplacePolicy"] == "Retain"
        assert body["Resources"][kept]["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.parametrize(
    ("spec", "source", "message"),
    [
        (FunctionSpec(), SOURCE, "nothing is given as the trigger"),
        (FunctionSpec(queue=True, schedule="rate(1 day)"), SOURCE, "schedule and queue are given"),
        (ON_SCHEDULE, "#" * 4097, "4097 bytes"),
        (FunctionSpec(queue=True, handler="app.main"), SOURCE, "write index.FUNCTION"),
        (FunctionSpec(queue=True, environment={"AWS_REGION": "x"}), SOURCE, "use another name"),
        (FunctionSpec(pattern={"a": [{"prefix": "${Plattform}-"}]}), SOURCE, "which nothing fills in"),
    ],
)
def test_what_lambda_would_refuse_is_said_before(spec: FunctionSpec, source: str, message: str) -> None:
    """Mistakes in a function's file come with a way out instead of a failed stack."""
    with pytest.raises(ValueError, match=message):
        template(spec, source)


def test_a_pattern_keeps_what_needs_no_filling_in() -> None:
    """Numbers and plain words of a pattern arrive as written; the environment's name is put in."""
    spec = FunctionSpec(pattern={"detail": {"size": [{"numeric": [">", 5]}], "stage": ["${Environment}", "all"]}})

    assert properties(template(spec), "Rule")["EventPattern"] == {
        "detail": {"size": [{"numeric": [">", 5]}], "stage": ["prod", "all"]}
    }


def test_the_shipped_pattern_matches_this_environment_alone() -> None:
    """Events of other environments and platforms in the same account wake nobody here."""
    pattern = properties(template(shipped(), name="events"), "Rule")["EventPattern"]

    arn = "arn:${AWS::Partition}"
    states, tasks, secrets = pattern["$or"]
    assert states["resources"] == [
        {"prefix": {"Fn::Sub": f"{arn}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:service/slipway-prod/"}},
        {"prefix": {"Fn::Sub": f"{arn}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:service-deployment/slipway-prod/"}},
        {"prefix": {"Fn::Sub": f"{arn}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/slipway-prod-"}},
    ]
    assert states["source"] == ["aws.ecs", "aws.cloudformation"]
    assert tasks["resources"] == [
        {"prefix": {"Fn::Sub": f"{arn}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:task/slipway-prod/"}}
    ]
    # A secret belongs to anyone who was given it: the workers look that up.
    assert (secrets["source"], secrets["detail"]) == (["aws.secretsmanager"], {"eventName": ["RotationSucceeded"]})
    # Amazon EventBridge, Quotas: an event pattern has at most 2,048 characters.
    assert len(json.dumps(pattern)) < 2048


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """The shipped function passes cfn-lint with its experimental and informational rules, nothing switched off."""
    source = (STACKS / "functions" / "events.py").read_text()
    assert findings([template(shipped(), source, name="events")]) == []
