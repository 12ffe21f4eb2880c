"""With enforcement on, policies decide; each denial here is one that a release must get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from generator.sandbox.process import Control

ACCOUNT = "111122223333"
STACKS = f"arn:aws:cloudformation:*:{ACCOUNT}:stack/shop-*"


def document(*statements: dict[str, Any]) -> str:
    """A policy; each statement allows unless it says otherwise."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | s for s in statements]}
    )


def trust(principal: Any, *actions: str, **condition: Any) -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions) or ["sts:AssumeRole"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | condition]})


@pytest.fixture
def enforced(control: Control) -> Iterator[Control]:
    """Enforcement, on until the test ends."""
    control.enforce(on=True)
    yield control
    control.enforce(on=False)


def session(
    aws: Any, control: Control, *statements: dict[str, Any], name: str = "worker", **more: Any
) -> dict[str, str]:
    """Credentials of a role with these statements."""
    arn = aws("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust({"Service": "ecs-tasks.amazonaws.com"}), **more
    )["Role"]["Arn"]
    aws("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return control.session(arn)


def denied(call: Any, **arguments: Any) -> str:
    """The text of the denial that a call gets."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}, (
        error
    )
    return str(error["Message"])


def passes(call: Any, **arguments: Any) -> bool:
    """Whether IAM lets a call pass, whatever the service says to it."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
    return True


def test_nothing_is_denied_until_asked(aws: Any, control: Control) -> None:
    """Without enforcement a role without any policy does everything."""
    keys = session(aws, control, {"Effect": "Deny", "Action": "*"})
    aws("sqs", keys=keys).list_queues()


def test_a_role_does_what_its_policies_allow_and_nothing_else(aws: Any, enforced: Control) -> None:
    """IAM User Guide, "Policy evaluation logic": allow, implicit denial and explicit denial, in AWS's words."""
    url = aws("sqs").create_queue(QueueName="mine")["QueueUrl"]
    other = aws("sqs").create_queue(QueueName="other")["QueueUrl"]
    keys = session(
        aws,
        enforced,
        {"Action": "sqs:*", "Resource": f"arn:aws:sqs:*:{ACCOUNT}:mine"},
        {"Effect": "Deny", "Action": "sqs:PurgeQueue"},
    )
    mine = aws("sqs", keys=keys)
    mine.send_message(QueueUrl=url, MessageBody="hello")
    assert "because no identity-based policy allows" in denied(mine.send_message, QueueUrl=other, MessageBody="hello")
    assert "with an explicit deny" in denied(mine.purge_queue, QueueUrl=url)
    assert "assumed-role/worker/task" in denied(aws("dynamodb", keys=keys).list_tables)
    aws("sqs").purge_queue(QueueUrl=url)


def test_a_boundary_holds_what_policies_allow(aws: Any, enforced: Control) -> None:
    """IAM User Guide, "Permissions boundaries": both must allow."""
    boundary = aws("iam").create_policy(PolicyName="most", PolicyDocument=document({"Action": "sqs:List*"}))["Policy"][
        "Arn"
    ]
    keys = session(aws, enforced, {"Action": "sqs:*"}, PermissionsBoundary=boundary)
    aws("sqs", keys=keys).list_queues()
    denied(aws("sqs", keys=keys).create_queue, QueueName="work")


def test_a_forged_or_unknown_key_is_refused(aws: Any, enforced: Control) -> None:
    """Signatures of sessions and users are checked; a key that nobody made is not known."""
    keys = session(aws, enforced, {"Action": "*"})
    for forged in (
        keys | {"AccessKeyId": "ASIA0000000000000000"},
        keys | {"SessionToken": "x", "AccessKeyId": keys["AccessKeyId"]},
    ):
        import boto3

        client = boto3.client("sts", region_name="eu-west-1", endpoint_url=aws("sts").meta.endpoint_url, aws_access_key_id=forged["AccessKeyId"], aws_secret_access_key="wrong", aws_session_token=forged["SessionToken"])  # noqa: S106  # fmt: skip
        with pytest.raises(ClientError) as caught:
            client.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/worker", RoleSessionName="again")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_change_sets_are_executed_by_name_only(aws: Any, enforced: Control) -> None:
    """A change set given by its ARN does not match a pattern of names: *assumed*, and safe to assume."""
    keys = session(
        aws,
        enforced,
        {
            "Action": ["cloudformation:ExecuteChangeSet"],
            "Resource": f"{STACKS}/*",
            "Condition": {"StringLike": {"cloudformation:ChangeSetName": "bot-*"}},
        },
    )
    cloud = aws("cloudformation", keys=keys)
    arn = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:changeSet/bot-1/0f0e"
    assert passes(cloud.execute_change_set, ChangeSetName="bot-1", StackName="shop-app")
    denied(cloud.execute_change_set, ChangeSetName=arn, StackName="shop-app")
    denied(cloud.execute_change_set, ChangeSetName=arn)
    denied(cloud.execute_change_set, ChangeSetName="gh-1", StackName="shop-app")
    denied(cloud.execute_change_set, ChangeSetName="bot-1", StackName="other-app")
    denied(cloud.update_stack, StackName="shop-app", UsePreviousTemplate=True)


def test_a_change_set_carries_the_one_role_and_no_other(aws: Any, enforced: Control) -> None:
    """Service Authorization Reference, CloudFormation: RoleArn; IAM: PassRole with PassedToService."""
    execution = f"arn:aws:iam::{ACCOUNT}:role/execution"
    keys = session(
        aws,
        enforced,
        {
            "Action": "cloudformation:CreateChangeSet",
            "Resource": f"{STACKS}/*",
            "Condition": {
                "ArnEquals": {"cloudformation:RoleArn": execution},
                "Null": {"cloudformation:TemplateUrl": "true", "cloudformation:ImportResourceTypes": "true"},
            },
        },
        {
            "Action": "iam:PassRole",
            "Resource": execution,
            "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        },
    )
    cloud = aws("cloudformation", keys=keys)
    template = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    request = {"StackName": "shop-app", "ChangeSetName": "bot-1", "ChangeSetType": "CREATE", "TemplateBody": template}
    assert passes(cloud.create_change_set, **request, RoleARN=execution)
    assert "cloudformation:CreateChangeSet" in denied(cloud.create_change_set, **request)
    denied(cloud.create_change_set, **request, RoleARN=f"arn:aws:iam::{ACCOUNT}:role/admin")
    by_url = request | {"TemplateURL": "https://s3.eu-west-1.amazonaws.com/b/k"}
    del by_url["TemplateBody"]
    denied(cloud.create_change_set, **by_url, RoleARN=execution)
    assert "cloudformation:TagResource" in denied(
        cloud.create_change_set, **request, RoleARN=execution, Tags=[{"Key": "a", "Value": "b"}]
    )


def test_passing_a_role_to_another_service_is_denied(aws: Any, enforced: Control) -> None:
    """The role may be passed to CloudFormation; a task definition passes it to ECS tasks."""
    execution = f"arn:aws:iam::{ACCOUNT}:role/execution"
    keys = session(
        aws,
        enforced,
        {"Action": "ecs:RegisterTaskDefinition"},
        {
            "Action": "iam:PassRole",
            "Resource": execution,
            "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        },
    )
    ecs = aws("ecs", keys=keys)
    containers = [{"name": "app", "image": "app", "memory": 128}]
    assert passes(ecs.register_task_definition, family="app", containerDefinitions=containers)
    refusal = denied(ecs.register_task_definition, family="app", containerDefinitions=containers, taskRoleArn=execution)
    assert "iam:PassRole" in refusal


def test_ecs_is_held_to_its_cluster(aws: Any, enforced: Control) -> None:
    """Service Authorization Reference, ECS: resources of services and deployments, and the key ecs:cluster."""
    clusters = f"arn:aws:ecs:*:{ACCOUNT}"
    keys = session(
        aws,
        enforced,
        {"Action": "ecs:DescribeServices", "Resource": f"{clusters}:service/shop-*/*"},
        {"Action": "ecs:StopServiceDeployment", "Resource": f"{clusters}:service-deployment/shop-*/*"},
        {"Action": "ecs:UpdateService", "Condition": {"ArnEquals": {"ecs:cluster": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/shop-dev"}}},
    )  # fmt: skip
    ecs = aws("ecs", keys=keys)
    assert passes(ecs.describe_services, cluster="shop-dev", services=["app"])
    denied(ecs.describe_services, cluster="other", services=["app"])
    denied(
        ecs.describe_services,
        cluster="shop-dev",
        services=["app", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/other/app"],
    )
    here = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-deployment"
    assert passes(ecs.stop_service_deployment, serviceDeploymentArn=f"{here}/shop-dev/app/abc")
    denied(ecs.stop_service_deployment, serviceDeploymentArn=f"{here}/other/app/abc")
    assert passes(ecs.update_service, cluster="shop-dev", service="app")
    denied(ecs.update_service, cluster="other", service="app")


def test_a_trust_policy_decides_who_assumes_and_for_whom(aws: Any, enforced: Control) -> None:
    """STS API Reference, AssumeRole: the trust policy must allow SetSourceIdentity as well; ExternalId and SourceIdentity are held."""
    keys = session(aws, enforced, {"Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]})
    worker = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/worker"}
    aws("iam").create_role(RoleName="plain", AssumeRolePolicyDocument=trust(worker))
    aws("iam").create_role(
        RoleName="named",
        AssumeRolePolicyDocument=trust(worker, "sts:AssumeRole", "sts:SetSourceIdentity", Condition={"StringLike": {"sts:SourceIdentity": "*@example.com"}}),
    )  # fmt: skip
    aws("iam").create_role(
        RoleName="strange", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"})
    )
    sts = aws("sts", keys=keys)

    def assume(role: str, **more: str) -> Any:
        return sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="release", **more)

    assume("plain")
    assert "sts:SetSourceIdentity" in denied(assume, role="plain", SourceIdentity="alice@example.com")
    assert assume("named", SourceIdentity="alice@example.com")["SourceIdentity"] == "alice@example.com"
    denied(assume, role="named")
    denied(assume, role="named", SourceIdentity="alice@elsewhere")
    denied(assume, role="strange")


def test_source_identity_is_a_condition_key(aws: Any, enforced: Control) -> None:
    """IAM User Guide, "AWS global condition context keys": aws:SourceIdentity holds in every request of the session."""
    session(aws, enforced, {"Action": "sqs:ListQueues", "Condition": {"StringEquals": {"aws:SourceIdentity": "alice"}}})
    arn = f"arn:aws:iam::{ACCOUNT}:role/worker"
    aws("sqs", keys=enforced.session(arn, source_identity="alice")).list_queues()
    denied(aws("sqs", keys=enforced.session(arn, source_identity="bob")).list_queues)
    denied(aws("sqs", keys=enforced.session(arn)).list_queues)


def test_a_role_is_made_only_with_the_boundary(aws: Any, enforced: Control) -> None:
    """Service Authorization Reference, IAM: iam:PermissionsBoundary, and iam:PolicyARN for what is attached."""
    boundary = aws("iam").create_policy(PolicyName="most", PolicyDocument=document({"Action": "sqs:*"}))["Policy"][
        "Arn"
    ]
    keys = session(
        aws,
        enforced,
        {"Action": ["iam:CreateRole", "iam:AttachRolePolicy"], "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}},
        {"Effect": "Deny", "Action": "iam:AttachRolePolicy", "Condition": {"ArnLike": {"iam:PolicyARN": "*AdministratorAccess"}}},
    )  # fmt: skip
    iam = aws("iam", keys=keys)
    assumed = trust({"Service": "ecs-tasks.amazonaws.com"})
    denied(iam.create_role, RoleName="free", AssumeRolePolicyDocument=assumed)
    iam.create_role(RoleName="held", AssumeRolePolicyDocument=assumed, PermissionsBoundary=boundary)
    iam.attach_role_policy(RoleName="held", PolicyArn=boundary)
    denied(iam.attach_role_policy, RoleName="held", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    denied(iam.attach_role_policy, RoleName="worker", PolicyArn=boundary)


def test_the_items_of_a_transaction_are_asked_for_one_by_one(aws: Any, enforced: Control) -> None:
    """DynamoDB Developer Guide, "IAM and transactions": each item is the single action that it does."""
    aws("dynamodb").create_table(
        TableName="log", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    keys = session(
        aws, enforced, {"Action": ["dynamodb:PutItem"], "Resource": f"arn:aws:dynamodb:*:{ACCOUNT}:table/log"}
    )
    log = aws("dynamodb", keys=keys)
    put = {"Put": {"TableName": "log", "Item": {"pk": {"S": "1"}}}}
    log.transact_write_items(TransactItems=[put])
    assert "dynamodb:DeleteItem" in denied(
        log.transact_write_items, TransactItems=[put | {}, {"Delete": {"TableName": "log", "Key": {"pk": {"S": "2"}}}}]
    )


def test_objects_are_held_by_key_and_their_lock_by_its_own_actions(aws: Any, enforced: Control) -> None:
    """S3 User Guide, "Object Lock": bypassing governance is an action of its own."""
    aws("s3").create_bucket(Bucket="audit-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    keys = session(aws, enforced, {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::audit-1/chain/*"})
    s3 = aws("s3", keys=keys)
    s3.put_object(Bucket="audit-1", Key="chain/1", Body=b"x")
    denied(s3.put_object, Bucket="audit-1", Key="other", Body=b"x")
    denied(s3.get_object, Bucket="audit-1", Key="chain/1")
