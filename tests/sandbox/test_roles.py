"""With policies enforced, the roles of home and foundation do what a release needs, and nothing else."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.process import Control
from templates.foundation.github import subject
from tests.integration.without_coverage import sandbox_process
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import Fleet, settled
from tests.sandbox.role_calls import (
    ARTIFACTS,
    BOUNDARY,
    CHANGE_SET,
    DENIED,
    DEV,
    EXECUTION,
    HOME,
    ITEM,
    RELEASE,
    TABLE,
    TEMPLATE,
    TRUST,
    Call,
    Keys,
    call,
    change_set,
    cloudformation,
    signs,
    task_as,
)

__all__ = ["sandbox_process"]


class Released(Fleet):
    """A fleet whose environments the worker releases, through the release role and the execution role."""

    session: Keys | None = None

    def client(self, key: str, service: str = "cloudformation") -> Any:
        """As the release role in dev; as root elsewhere, and for what a release does not do."""
        scope = self.built.specs[key].scope
        keys = self.session if service in {"cloudformation", "ecs"} and scope.account == DEV else None
        return self._aws(service, account=scope.account, region=scope.region, keys=keys, read_timeout=120.0)

    def propose(self, key: str, **said: Any) -> dict[str, Any]:
        """`bot-*`, with the execution role."""
        role = {"RoleARN": EXECUTION} if self.session else {}
        made = self.client(key).create_change_set(
            StackName=self.name(key),
            ChangeSetName=f"bot-{time.monotonic_ns()}",
            ChangeSetType="UPDATE" if self._exists(key) else "CREATE",
            Capabilities=list(self.built.artifacts[key].capabilities),
            Tags=[{"Key": "slipway:stack", "Value": key}],
            **role,
            **said,
        )
        found = settled(lambda: self.client(key).describe_change_set(ChangeSetName=made["Id"]), "Status")
        assert found["Status"] == "CREATE_COMPLETE", found
        return found

    def execute(self, key: str, change_set: dict[str, Any], outcome: str = "") -> None:
        """By stack and name."""
        there = self._exists(key)
        self.client(key).execute_change_set(StackName=change_set["StackId"], ChangeSetName=change_set["ChangeSetName"])
        stack = settled(lambda: self.stack(key), "StackStatus")
        assert stack["StackStatus"] == (outcome or f"{'UPDATE' if there else 'CREATE'}_COMPLETE"), self.failures(key)


@pytest.fixture
def fleet(aws: Aws, control: Control) -> Released:
    """Home and the account of dev, made by an administrator; from then on policies decide."""
    found = Released(aws)
    found.prepare(control)
    for key in found.needed("dev", HOME):
        if not key.startswith("dev/"):
            found.deploy(key)
    control.enforce(on=True)
    return found


def session(control: Control, name: str, account: str) -> Keys:
    """A session of a role of the platform, as ECS gives it to a task."""
    return control.session(f"arn:aws:iam::{account}:role/slipway-{name}", name="task")


def released(aws: Aws, control: Control) -> Keys:
    """The release role, assumed by the worker for a person."""
    sts = aws("sts", keys=session(control, "worker", HOME))
    made: Keys = sts.assume_role(RoleArn=RELEASE, RoleSessionName="release", SourceIdentity="alice")["Credentials"]
    return made


def test_the_worker_releases_an_environment(aws: Aws, control: Control, fleet: Released) -> None:
    """The release role makes and executes the change sets of a whole environment, in the name of the person behind it.

    The execution role makes the resources; an image-only release follows.
    """
    fleet.session = released(aws, control)
    keys = [key for key in fleet.needed("dev") if key.startswith("dev/")]
    for key in keys:
        fleet.deploy(key)
    changed = fleet.release("dev/service-app", fleet.publish("app", "next"))["Changes"]
    assert {change["ResourceChange"]["LogicalResourceId"] for change in changed} == {"TaskDefinition", "Service"}
    calls = control.calls("cloudformation", "ExecuteChangeSet")[-len(keys) - 1 :]
    assert {(call["source_identity"], call["caller"]) for call in calls} == {
        ("alice", f"arn:aws:sts::{DEV}:assumed-role/slipway-release/release")
    }
    service = fleet.resources("dev/service-app")["Service"]["PhysicalResourceId"]
    ecs, cluster = fleet.client("dev/service-app", "ecs"), service.split("/")[1]
    assert ecs.describe_services(cluster=cluster, services=[service])["services"]
    deployments = ecs.list_service_deployments(cluster=cluster, service=service)["serviceDeployments"]
    arns = [deployment["serviceDeploymentArn"] for deployment in deployments]
    assert ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    with pytest.raises(ClientError) as caught:
        ecs.update_service(cluster=cluster, service=service, desiredCount=0)
    assert caught.value.response["Error"]["Code"] in DENIED


# Who, and what they may; each passes IAM, whatever the service says to it.
ALLOWED: dict[str, tuple[str, Call]] = {
    "release proposes": ("release", change_set()),
    "release executes by name": ("release", cloudformation("execute_change_set", StackName="slipway-dev-network", ChangeSetName="bot-1")),
    "release undoes": ("release", cloudformation("cancel_update_stack", StackName="slipway-dev-network")),
    "plan proposes": ("plan", change_set(name="gh-1")),
    "worker receives": ("worker", call("sqs", "receive_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases", WaitTimeSeconds=0)),
    "worker writes the log with a condition": ("worker", call("dynamodb", "put_item", **TABLE, Item=ITEM, ConditionExpression="attribute_not_exists(pk)")),
    "build pushes": ("build", call("ecr", "initiate_layer_upload", repositoryName="slipway/app")),
    "publish writes once": ("publish", call("s3", "put_object", Bucket=ARTIFACTS, Key="versions/1", Body=b"{}", IfNoneMatch="*")),
    "publish signs": ("publish", signs("versions")),
    "worker reads the key of versions": ("worker", call("kms", "get_public_key", KeyId="alias/slipway-home-versions")),
    "bot reads the key of versions": ("bot", call("kms", "get_public_key", KeyId="alias/slipway-home-versions")),
    "publish wakes": ("publish", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-wakes", MessageBody="{}")),
    "open asks": ("open", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases", MessageBody="{}")),
    "open reads a version": ("open", call("s3", "get_object", Bucket=ARTIFACTS, Key="versions/0")),
    "open reads the key of versions": ("open", call("kms", "get_public_key", KeyId="alias/slipway-home-versions")),
    "open reads the log": ("open", call("dynamodb", "get_item", **TABLE, Key=ITEM)),
    "prod's execution runs a task as a role of prod": ("execution-prod", task_as("workload/slipway/prod/app")),
    "bot's execution runs a task as the worker": ("execution-bot", task_as("worker")),
    "worker receives wake-ups": ("worker", call("sqs", "receive_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-wakes", WaitTimeSeconds=0)),
    "bot reads the log": ("bot", call("dynamodb", "get_item", **TABLE, Key=ITEM)),
}  # fmt: skip
# Who, and what they may not.
REFUSED: dict[str, tuple[str, Call]] = {
    "release executes what CI proposed": ("release", cloudformation("execute_change_set", StackName="slipway-dev-network", ChangeSetName="gh-1")),
    "release executes by ARN": ("release", cloudformation("execute_change_set", ChangeSetName=CHANGE_SET)),
    "release executes by ARN with the stack": ("release", cloudformation("execute_change_set", ChangeSetName=CHANGE_SET, StackName="slipway-dev-network")),
    "release changes a foreign stack": ("release", change_set("somebody-else")),
    "release changes the account's own stack": ("release", change_set("slipway-account-foundation")),
    "release changes home": ("release", change_set("slipway-home-home")),
    "release brings another role": ("release", change_set(role=f"arn:aws:iam::{DEV}:role/admin")),
    "release brings the role of another environment": ("release", change_set(role=f"arn:aws:iam::{DEV}:role/slipway-execution-prod")),
    "release rolls back with another role": ("release", cloudformation("rollback_stack", StackName="slipway-dev-network", RoleARN=f"arn:aws:iam::{DEV}:role/slipway-execution-bot")),
    "release brings no role": ("release", change_set(role="")),
    "release brings a template by address": ("release", change_set(TemplateURL="https://s3.eu-west-1.amazonaws.com/b/k")),
    "release works in another region": ("release", change_set(region="us-east-2")),
    "release updates directly": ("release", cloudformation("update_stack", StackName="slipway-dev-network", UsePreviousTemplate=True)),
    "release creates directly": ("release", cloudformation("create_stack", StackName="slipway-dev-new", TemplateBody=TEMPLATE)),
    "release deletes": ("release", cloudformation("delete_stack", StackName="slipway-dev-network")),
    "release lifts a stack policy": ("release", cloudformation("set_stack_policy", StackName="slipway-dev-network", StackPolicyBody="{}")),
    "release lifts termination protection": ("release", cloudformation("update_termination_protection", StackName="slipway-dev-network", EnableTerminationProtection=False)),
    "release changes a service by hand": ("release", call("ecs", "update_service", cluster="slipway-dev", service="app")),
    "release runs a task": ("release", call("ecs", "run_task", cluster="slipway-dev", taskDefinition="app")),
    "release registers a task definition": ("release", call("ecs", "register_task_definition", family="app", containerDefinitions=[])),
    "release reads a secret": ("release", call("secretsmanager", "get_secret_value", SecretId="slipway/app")),
    "release becomes the execution role": ("release", call("sts", "assume_role", RoleArn=EXECUTION, RoleSessionName="release")),
    "plan executes": ("plan", cloudformation("execute_change_set", StackName="slipway-dev-network", ChangeSetName="gh-1")),
    "plan proposes for the worker": ("plan", change_set(name="bot-1")),
    "bot receives": ("bot", call("sqs", "receive_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases")),
    "worker deletes from the log": ("worker", call("dynamodb", "delete_item", **TABLE, Key=ITEM)),
    "worker writes without conditions": ("worker", call("dynamodb", "batch_write_item", RequestItems={"slipway-home-releases": [{"PutRequest": {"Item": ITEM}}]})),
    "worker deletes the log": ("worker", call("dynamodb", "delete_table", **TABLE)),
    "worker changes stacks by itself": ("worker", change_set()),
    "worker becomes the execution role": ("worker", call("sts", "assume_role", RoleArn=EXECUTION, RoleSessionName="release")),
    "worker deletes from the audit": ("worker", call("s3", "delete_object", Bucket=f"slipway-home-audit-{HOME}-eu-west-1", Key="head")),
    "worker shortens the audit's keeping": ("worker", call("s3", "put_object_retention", Bucket=f"slipway-home-audit-{HOME}-eu-west-1", Key="head", Retention={})),
    "build pushes elsewhere": ("build", call("ecr", "initiate_layer_upload", repositoryName="other/app")),
    "build deletes images": ("build", call("ecr", "batch_delete_image", repositoryName="slipway/app", imageIds=[{"imageTag": "good"}])),
    "publish writes over what is there": ("publish", call("s3", "put_object", Bucket=ARTIFACTS, Key="versions/1", Body=b"{}")),
    "publish writes beside the versions": ("publish", call("s3", "put_object", Bucket=ARTIFACTS, Key="index", Body=b"{}", IfNoneMatch="*")),
    "publish signs for the audit": ("publish", signs("audit")),
    "publish pushes": ("publish", call("ecr", "initiate_layer_upload", repositoryName="slipway/app")),
    "publish asks": ("publish", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases", MessageBody="{}")),
    "build publishes": ("build", call("s3", "put_object", Bucket=ARTIFACTS, Key="versions/1", Body=b"{}", IfNoneMatch="*")),
    "build signs a version": ("build", signs("versions")),
    "worker signs a version": ("worker", signs("versions")),
    "build wakes": ("build", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-wakes", MessageBody="{}")),
    "build reads the queue": ("build", call("sqs", "receive_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases")),
    "build releases": ("build", change_set()),
    "bot writes the log": ("bot", call("dynamodb", "put_item", **TABLE, Item=ITEM)),
    "bot becomes the release role": ("bot", call("sts", "assume_role", RoleArn=RELEASE, RoleSessionName="release", SourceIdentity="alice")),
    "execution makes a role without the boundary": ("execution-dev", call("iam", "create_role", RoleName="slipway-x", Path="/slipway/", AssumeRolePolicyDocument=TRUST)),
    "execution makes a role off the path": ("execution-dev", call("iam", "create_role", RoleName="x", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY)),
    "prod's execution runs a task as the worker": ("execution-prod", task_as("worker")),
    "prod's execution runs a task as the front": ("execution-prod", task_as("bot")),
    "prod's execution runs a task as a role of dev": ("execution-prod", task_as("workload/slipway/dev/app")),
    "prod's execution runs a task as the bot's starter": ("execution-prod", task_as("workload/slipway/bot/starter")),
    "prod's execution reads the Slack tokens": ("execution-prod", call("secretsmanager", "get_secret_value", SecretId="slipway/prod/bot")),
    "bot's execution runs a task as the release role": ("execution-bot", task_as("release")),
    "build asks": ("build", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases", MessageBody="{}")),
    "open receives": ("open", call("sqs", "receive_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-releases")),
    "open wakes": ("open", call("sqs", "send_message", QueueUrl=f"http://127.0.0.1/{HOME}/slipway-home-wakes", MessageBody="{}")),
    "open publishes": ("open", call("s3", "put_object", Bucket=ARTIFACTS, Key="versions/3", Body=b"{}", IfNoneMatch="*")),
    "open writes the log": ("open", call("dynamodb", "put_item", **TABLE, Item=ITEM)),
    "execution widens the release role": ("execution-dev", call("iam", "put_role_policy", RoleName="slipway-release", PolicyName="x", PolicyDocument=TRUST)),
    "execution makes a user": ("execution-dev", call("iam", "create_user", UserName="x")),
    "execution changes the boundary": ("execution-dev", call("iam", "create_policy_version", PolicyArn=BOUNDARY, PolicyDocument=TRUST)),
    "execution stops the trail": ("execution-dev", call("cloudtrail", "stop_logging", Name="slipway-account")),
    "execution runs a task": ("execution-dev", call("ecs", "run_task", cluster="slipway-dev", taskDefinition="app")),
    "execution works in another region": ("execution-dev", lambda aws, keys: aws("ecs", keys=keys, region="us-east-2").create_cluster(clusterName="slipway-x")),
}  # fmt: skip


def refusals(aws: Aws, control: Control, cases: dict[str, tuple[str, Call]]) -> set[str]:
    """The cases that IAM refuses."""
    homes = dict.fromkeys(("worker", "bot", "build", "publish", "open", "execution-prod", "execution-bot"), HOME)
    found = set()
    for case, (role, ask) in cases.items():
        keys = released(aws, control) if role == "release" else session(control, role, homes.get(role, DEV))
        try:
            ask(aws, keys)
        except ClientError as error:
            if error.response["Error"]["Code"] in DENIED:
                found.add(case)
    return found


@pytest.mark.usefixtures("fleet")
def test_each_role_is_refused_what_is_not_its_own(aws: Aws, control: Control) -> None:
    """Every way around approval is closed by IAM itself, and what each role is for is open."""
    assert REFUSED.keys() - refusals(aws, control, REFUSED) == set()
    assert refusals(aws, control, ALLOWED) == set()


@pytest.mark.usefixtures("fleet")
def test_nobody_but_the_worker_becomes_the_release_role(aws: Aws, control: Control) -> None:
    """A user of home who may assume anything still can't: the trust policy names the worker."""
    aws("iam", account=HOME).create_user(UserName="mallory")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws("iam", account=HOME).put_user_policy(
        UserName="mallory", PolicyName="all", PolicyDocument=json.dumps(everything)
    )
    keys = aws("iam", account=HOME).create_access_key(UserName="mallory")["AccessKey"]
    with pytest.raises(ClientError, match="sts:AssumeRole"):
        aws("sts", keys=keys).assume_role(RoleArn=RELEASE, RoleSessionName="release", SourceIdentity="alice")
    assert control.calls("sts", "AssumeRole")[-1]["outcome"] == "403"


def token(**claims: str) -> str:
    """A token as GitHub gives it to a workflow; nobody checks the signature here."""
    body = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com"} | claims
    return f"e30.{base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip('=')}.x"


def test_only_the_right_workflow_becomes_the_build_role(aws: Aws, fleet: Released) -> None:
    """GitHub's token must be for the default branch of the repository with the right number; a fork's is refused."""
    github = fleet.built.config.platform.github
    claims = {
        "sub": subject(github, f"ref:refs/heads/{github.default_branch}"),
        "repository_id": str(github.repository_id),
    }

    def assume(**changes: str) -> Any:
        return aws("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{HOME}:role/slipway-build",
            RoleSessionName="build",
            WebIdentityToken=changes.get("raw") or token(**claims | changes),
        )

    made = assume()["Credentials"]
    assert aws("sts", keys=made).get_caller_identity()["Account"] == HOME
    codes = {
        "AccessDenied": [{"sub": "repo:mallory/slipway:ref:refs/heads/main"}, {"repository_id": "1"}, {"aud": "me"}],
        "InvalidIdentityToken": [{"iss": "https://evil.example"}, {"raw": "not.a-token"}],
    }
    for code, changes in codes.items():
        for change in changes:
            with pytest.raises(ClientError) as caught:
                assume(**change)
            assert caught.value.response["Error"]["Code"] == code, change
