"""CloudFormation through boto3 over HTTP, with real queues, buckets and roles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, WaiterError

if TYPE_CHECKING:
    from generator.sandbox.process import Control

Aws = Callable[..., Any]
FAST = {"Delay": 1, "MaxAttempts": 120}
BODY = {
    "Parameters": {"Delay": {"Type": "Number", "Default": 4}, "Name": {"Type": "String", "Default": ""}},
    "Conditions": {"Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "DependsOn": "Bucket",
            "Properties": {
                "DelaySeconds": {"Ref": "Delay"},
                "QueueName": {"Fn::If": ["Named", {"Ref": "Name"}, {"Ref": "AWS::NoValue"}]},
            },
        },
    },
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}, "Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
}


def _until(done: Callable[[], Any]) -> Any:
    """What the function gives once it gives something, for at most two minutes."""
    for _ in range(6000):
        found = done()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("it never came")


def _rest(cfn: Any, name: str) -> dict[str, Any]:
    """The stack once it is at rest."""

    def look() -> Any:
        stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

    found: dict[str, Any] = _until(look)
    return found


def _deploy(cfn: Any, *, stack: str = "app", execute: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    """Make a change set, wait for it, execute it and wait; answers the stack."""
    made = cfn.create_change_set(StackName=stack, ChangeSetName="release", **params)
    cfn.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=FAST)
    cfn.execute_change_set(StackName=stack, ChangeSetName="release", **(execute or {}))
    return _rest(cfn, made["StackId"])


def test_a_stack_lives(aws: Aws) -> None:
    """Create, update with parameters, fail, roll back and delete, as `aws cloudformation` does it (API Reference)."""
    cfn, sqs = aws("cloudformation"), aws("sqs")
    stack = _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps(BODY))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {row["OutputKey"]: row["OutputValue"] for row in stack["Outputs"]}
    live = sqs.get_queue_attributes(QueueUrl=outputs["Url"], AttributeNames=["All"])["Attributes"]
    assert (live["DelaySeconds"], live["QueueArn"]) == ("4", outputs["Arn"])
    stack = _deploy(cfn, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "9"}])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert sqs.get_queue_attributes(QueueUrl=outputs["Url"], AttributeNames=["DelaySeconds"])["Attributes"] == {
        "DelaySeconds": "9"
    }
    cfn.delete_stack(StackName="app")
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig=FAST)
    assert sqs.list_queues().get("QueueUrls", []) == []
    assert aws("s3").list_buckets()["Buckets"] == []


def test_paginators_and_waiters_see_what_they_expect(aws: Aws) -> None:
    """boto3's own paginators and waiters work, and a failed change set is an error of the waiter."""
    cfn = aws("cloudformation")
    _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps(BODY))
    cfn.get_waiter("stack_create_complete").wait(StackName="app", WaiterConfig=FAST)
    pages = cfn.get_paginator("describe_stack_events").paginate(StackName="app")
    assert sum(len(page["StackEvents"]) for page in pages) == 9
    made = cfn.create_change_set(StackName="app", ChangeSetName="same", UsePreviousTemplate=True)
    with pytest.raises(WaiterError) as caught:
        cfn.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=FAST)
    assert "didn't contain changes" in caught.value.last_response["StatusReason"]


def test_errors_are_boto3_exceptions(aws: Aws) -> None:
    """Codes are those of the service model, so that callers can catch their classes."""
    cfn = aws("cloudformation")
    with pytest.raises(cfn.exceptions.ChangeSetNotFoundException):
        cfn.describe_change_set(ChangeSetName="arn:aws:cloudformation:eu-west-1:111122223333:changeSet/x/y")
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    with pytest.raises(cfn.exceptions.InsufficientCapabilitiesException):
        cfn.create_stack(StackName="app", TemplateBody=json.dumps({"Resources": {"Role": role}}))
    with pytest.raises(ClientError, match="The sandbox does not support cloudformation:CreateStackSet"):
        cfn.create_stack_set(StackSetName="x")


def test_drift_behind_the_back(aws: Aws) -> None:
    """A queue changed through its own API has drifted (User Guide, "Detect drift")."""
    cfn, sqs = aws("cloudformation"), aws("sqs")
    stack = _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps(BODY))
    url = next(row["OutputValue"] for row in stack["Outputs"] if row["OutputKey"] == "Url")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "60"})
    found = cfn.detect_stack_drift(StackName="app")["StackDriftDetectionId"]
    status = _until(
        lambda: (
            status
            if (status := cfn.describe_stack_drift_detection_status(StackDriftDetectionId=found))["DetectionStatus"]
            == "DETECTION_COMPLETE"
            else None
        )
    )
    assert (status["StackDriftStatus"], status["DriftedStackResourceCount"]) == ("DRIFTED", 1)
    rows = cfn.describe_stack_resource_drifts(StackName="app", StackResourceDriftStatusFilters=["MODIFIED"])
    [difference] = rows["StackResourceDrifts"][0]["PropertyDifferences"]
    assert (difference["PropertyPath"], difference["ActualValue"]) == ("/DelaySeconds", "60")


def test_faults_on_demand_reach_every_end_state(aws: Aws, control: Control) -> None:
    """The control API fails what it names: here an update and then its rollback."""
    cfn = aws("cloudformation")
    _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps(BODY))
    fault = {"stack": "app", "logical_id": "Queue", "reason": "planned"}
    control.post("cloudformation/faults", {"faults": [{**fault, "phase": "UPDATE"}, {**fault, "phase": "ROLLBACK"}]})
    params = {"UsePreviousTemplate": True, "Parameters": [{"ParameterKey": "Delay", "ParameterValue": "9"}]}
    stack = _deploy(cfn, execute={"ClientRequestToken": "t"}, **params)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    [operation] = [row for row in stack["LastOperations"] if row["OperationType"] == "UPDATE_STACK"]
    failed = cfn.describe_events(OperationId=operation["OperationId"], Filters={"FailedEvents": True})[
        "OperationEvents"
    ]
    assert ["planned" in row["ResourceStatusReason"] for row in failed] == [True]
    cfn.continue_update_rollback(StackName="app")
    assert _rest(cfn, "app")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(ValueError, match="give stack, logical_id and phase"):
        control.post("cloudformation/faults", {"faults": [{"stack": "app"}]})


def test_templates_come_from_a_bucket(aws: Aws) -> None:
    """API Reference, CreateChangeSet: TemplateURL, in both styles of address."""
    cfn, s3 = aws("cloudformation"), aws("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="app.json", Body=json.dumps(BODY).encode())
    for number, url in enumerate(
        (
            "https://s3.eu-west-1.amazonaws.com/templates/app.json",
            "https://templates.s3.eu-west-1.amazonaws.com/app.json",
        )
    ):
        assert (
            _deploy(cfn, stack=f"app{number}", ChangeSetType="CREATE", TemplateURL=url)["StackStatus"]
            == "CREATE_COMPLETE"
        )
    with pytest.raises(ClientError, match="S3 error"):
        cfn.validate_template(TemplateURL="https://templates.s3.eu-west-1.amazonaws.com/none.json")
    with pytest.raises(ClientError, match="supported URL"):
        cfn.validate_template(TemplateURL="ftp:app.json")


def test_parameters_come_from_parameter_store(aws: Aws) -> None:
    """User Guide, "SSM parameter types"."""
    aws("ssm").put_parameter(Name="/delay", Value="7", Type="String")
    body = {
        **BODY,
        "Parameters": {
            **BODY["Parameters"],
            "Delay": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/delay"},
        },
    }
    stack = _deploy(aws("cloudformation"), ChangeSetType="CREATE", TemplateBody=json.dumps(body))
    assert {"ParameterKey": "Delay", "ParameterValue": "/delay", "ResolvedValue": "7"} in stack["Parameters"]


def test_dynamic_references_are_looked_up_and_never_shown(aws: Aws) -> None:
    """User Guide, "dynamic references": the service gets the value, the stack keeps the reference."""
    aws("ssm").put_parameter(Name="/plain", Value="p1", Type="String")
    aws("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"password": "s3cret"}))
    value = "{{resolve:ssm:/plain}}-{{resolve:secretsmanager:db:SecretString:password}}"
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/made", "Type": "String", "Value": value}}
    cfn = aws("cloudformation")
    _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps({"Resources": {"P": parameter}}))
    assert aws("ssm").get_parameter(Name="/made")["Parameter"]["Value"] == "p1-s3cret"
    assert "s3cret" not in json.dumps(cfn.describe_stack_events(StackName="app"), default=str)
    missing = {
        **parameter,
        "Properties": {"Type": "String", "Value": "{{resolve:secretsmanager:db:SecretString:none}}"},
    }
    body = json.dumps({"Resources": {"P": missing}})
    assert _deploy(cfn, stack="two", ChangeSetType="CREATE", TemplateBody=body)["StackStatus"] == "ROLLBACK_COMPLETE"


def _role(aws: Aws, *actions: str) -> str:
    """The ARN of a role for CloudFormation that may do this."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
    arn: str = aws("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    aws("iam").put_role_policy(RoleName="execution", PolicyName="own", PolicyDocument=json.dumps(policy))
    return arn


def test_resources_are_made_as_the_execution_role(aws: Aws, control: Control) -> None:
    """User Guide, "CloudFormation service role": what the role may not do fails the resource, and the stack."""
    control.enforce(on=True)
    try:
        role = _role(aws, "s3:*")
        cfn = aws("cloudformation")
        stack = _deploy(cfn, ChangeSetType="CREATE", TemplateBody=json.dumps(BODY), RoleARN=role)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        reasons = [
            row.get("ResourceStatusReason", "") for row in cfn.describe_stack_events(StackName="app")["StackEvents"]
        ]
        assert any(
            "assumed-role/execution/AWSCloudFormation is not authorized to perform: sqs:" in reason
            for reason in reasons
        )
        calls = control.calls(service="s3", action="")
        assert any(":assumed-role/execution/AWSCloudFormation" in json.dumps(call) for call in calls)
    finally:
        control.enforce(on=False)


def test_a_role_that_is_not_there_is_refused(aws: Aws) -> None:
    """The role is assumed when the change set is made."""
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        aws("cloudformation").create_change_set(
            StackName="app", ChangeSetName="a", ChangeSetType="CREATE", TemplateBody=json.dumps(BODY),
            RoleARN="arn:aws:iam::111122223333:role/none",
        )  # fmt: skip


def test_events_reach_topics_and_the_event_bus(aws: Aws) -> None:
    """NotificationARNs get `Name='value'` lines; EventBridge gets aws.cloudformation events (User Guide)."""
    sqs, events = aws("sqs"), aws("events")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("notes", "bus")}
    arns = {name: f"arn:aws:sqs:eu-west-1:111122223333:{name}" for name in urls}
    topic = aws("sns").create_topic(Name="stacks")["TopicArn"]
    aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arns["notes"], Attributes={"RawMessageDelivery": "true"}
    )
    pattern = {"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Stack Status Change"]}
    events.put_rule(Name="stacks", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="stacks", Targets=[{"Id": "q", "Arn": arns["bus"]}])
    _deploy(aws("cloudformation"), ChangeSetType="CREATE", TemplateBody=json.dumps(BODY), NotificationARNs=[topic])

    def drain(name: str, expected: str) -> list[str]:
        found: list[str] = []
        while not any(expected in text for text in found):
            rows = sqs.receive_message(QueueUrl=urls[name], MaxNumberOfMessages=10, WaitTimeSeconds=5).get(
                "Messages", []
            )
            if not rows:
                pytest.fail(f"{expected} never came; {found}")
            found += [row["Body"] for row in rows]
        return found

    notices = drain("bus", '"CREATE_COMPLETE"')
    assert {json.loads(text)["detail"]["status-details"]["status"] for text in notices} >= {"CREATE_COMPLETE"}
    notes = drain("notes", "ResourceStatus='CREATE_COMPLETE'\nResourceStatusReason=''\nResourceType='AWS::SQS::Queue'")
    assert all("StackName='app'" in text for text in notes)
