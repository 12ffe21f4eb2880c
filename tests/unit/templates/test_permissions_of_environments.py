"""Two environments of one account: the execution role of one names nothing of the other, wherever names tell them apart."""

import pytest

from tests.unit.templates.execution_rights import execution
from tests.unit.templates.iam_judge import ACCOUNT, decide

HERE = {"aws__RequestedRegion": "eu-west-1"}
# Action, service and how a resource is named in the environment ENV.
NAMED = [
    ("dynamodb:DeleteTable", "dynamodb", "table/slipway-ENV-data-TableItems-1A2B"),
    ("dynamodb:PutResourcePolicy", "dynamodb", "table/slipway-ENV-orders"),
    ("sqs:SetQueueAttributes", "sqs", "slipway-ENV-function-events-Queue-1A2B"),
    ("sqs:DeleteQueue", "sqs", "slipway-ENV-function-events-Queue-1A2B"),
    ("sns:SetTopicAttributes", "sns", "slipway-ENV-alerts"),
    ("sns:Subscribe", "sns", "slipway-ENV-alerts"),
    ("rds:ModifyDBInstance", "rds", "db:slipway-ENV-db"),
    ("rds:DeleteDBInstance", "rds", "db:slipway-ENV-data-database-1a2b"),
    ("secretsmanager:UpdateSecret", "secretsmanager", "secret:slipway/ENV/app-AbCdEf"),
    ("secretsmanager:UpdateSecret", "secretsmanager", "secret:slipway-ENV-data-Secret-AbCdEf"),
    ("kms:UpdateAlias", "kms", "alias/slipway-ENV"),
    ("ecs:UpdateService", "ecs", "service/slipway-ENV/slipway-ENV-app"),
    ("ecs:StopServiceDeployment", "ecs", "service-deployment/slipway-ENV/slipway-ENV-app/1"),
    ("ecs:DeleteCluster", "ecs", "cluster/slipway-ENV"),
    ("ecs:RegisterTaskDefinition", "ecs", "task-definition/slipway-ENV-app:7"),
    ("lambda:UpdateFunctionCode", "lambda", "function:slipway-ENV-events"),
    ("events:PutTargets", "events", "rule/slipway-ENV-deployments"),
    ("autoscaling:UpdateAutoScalingGroup", "autoscaling", "autoScalingGroup:1:autoScalingGroupName/slipway-ENV-cluster-Group-1"),
    ("cloudwatch:DeleteAlarms", "cloudwatch", "alarm:slipway-ENV-app-target"),
    ("cloudwatch:DeleteAlarms", "cloudwatch", "alarm:slipway-ENV/app"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "service", "shape"), NAMED)
@pytest.mark.parametrize("role", ["prod", "bot"])
def test_an_execution_role_names_what_is_its_environment_s(action: str, service: str, shape: str, role: str) -> None:
    """Prod's may change prod's and nothing of staging in the same account, nor of a `production`; the bot's less."""

    def judged(environment: str) -> str:
        arn = f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{shape.replace('ENV', environment)}"
        return decide(execution(role), action, arn, **HERE)

    assert judged("staging") == judged("production") == "silent"
    if role == "prod":
        assert judged("prod") == "allow"


def test_a_bucket_is_named_by_its_environment() -> None:
    """S3's ARNs name no account, so that the name alone holds a bucket."""
    for environment, expected in (("prod", "allow"), ("staging", "silent"), ("production", "silent")):
        arn = f"arn:aws:s3:::slipway-{environment}-data-bucketassets-1a2b"
        assert decide(execution("prod"), "s3:PutBucketPolicy", arn) == expected
        assert decide(execution("prod"), "s3:DeleteBucket", arn) == expected


@pytest.mark.parametrize(
    ("environment", "expected"), [("prod", "allow"), ("staging", "silent"), ("production", "silent")]
)
def test_a_dashboard_is_named_by_its_environment(environment: str, expected: str) -> None:
    """Dashboards are of no Region; that of the environment is called as it is."""
    arn = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/slipway-{environment}"
    assert decide(execution("prod"), "cloudwatch:PutDashboard", arn) == expected
