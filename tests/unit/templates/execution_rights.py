"""What the execution role may do, against what CloudFormation's own handlers call for each type of the platform's stacks."""

from fnmatch import fnmatchcase
from functools import cache

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import StackSpec, stacks
from generator.config.read import read_configuration
from tests.golden import CONFIGURATIONS
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import Json, each, role_statements

ADMINISTRATORS = {"home", "foundation"}
# What a schema's handlers may call for features that no template here uses.
# The role may not read secrets, list every zone or get whatever EC2 has: what templates need of these is granted singly.
UNUSED = (
    "ec2:get[*]", "route53:listhostedzones", "secretsmanager:getsecretvalue",
    "*:*verifiedaccess*", "acm-pca:*", "amplify:*", "apigateway:*", "apprunner:*", "appsync:*",
    "autoscaling:*loadbalancer*", "bedrock-agentcore:*", "codedeploy:*", "cognito-idp:*", "dynamodb:*item",
    "dynamodb:*kinesisstreamingdestination", "dynamodb:*tablereplica", "dynamodb:importtable", "dynamodb:query",
    "dynamodb:scan", "ec2:*cidrblock", "ec2:*natgatewayaddress", "ec2:*vpnGateway".lower(), "ec2:acceptaddresstransfer",
    "ec2:createvpcencryptioncontrol", "ecs:putaccountsetting*", "elasticfilesystem:*", "firehose:*",
    "iam:deleterolepermissionsboundary", "iam:describeorganization", "iam:listroles", "kinesis:*", "kms:retiregrant",
    "lambda:*codesigningconfig", "lambda:*provisionedconcurrencyconfig", "lambda:getlayerversion",
    "lambda:passcapacityprovider", "logs:createlogstream", "logs:putbearertokenauthentication", "logs:putlogevents",
    "managed-fleets:*", "organizations:*", "payments:*", "rds:*automatedbackupsreplication", "rds:*readreplica",
    "rds:*roletodbinstance", "rds:*rolefromdbinstance", "rds:restoredbinstancetopointintime",
    "route53-recovery-control-config:*", "s3:*metadata*", "s3:deleteobject", "s3:putobjectacl", "s3:rest.put.object",
    "s3files:*", "s3tables:*", "secretsmanager:*regions*", "ssm:get[*]", "vpc-lattice:*", "vpce:*",
    "wafv2:*permissionpolicy",
)  # fmt: skip


@cache
def built() -> dict[str, tuple[StackSpec, Json]]:
    """Every template that CloudFormation makes with the execution role."""
    return {
        f"{name}:{spec.key}": (spec, to_plain(spec.template()))
        for name, folder in CONFIGURATIONS.items()
        for spec in stacks(read_configuration(folder))
        if spec.stack not in ADMINISTRATORS
    }


@cache
def execution(platform: str = "slipway") -> list[Json]:
    return role_statements(foundation(scope={"platform": platform}), "ExecutionRole")


def types() -> list[str]:
    return sorted({r["Type"] for _, t in built().values() for r in t["Resources"].values()})


def missing_rights(kind: str) -> list[str]:
    """The calls of a type's handlers (its resource schema, "handlers") that no statement of the execution role allows."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS

    allowed = [a.lower() for s in execution() if s["Effect"] == "Allow" for a in each(s["Action"])]
    handlers = SCHEMAS.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
    wanted = {
        a.lower() for op in ("create", "read", "update", "delete") for a in handlers.get(op, {}).get("permissions", [])
    }
    return sorted(a for a in wanted if not any(fnmatchcase(a, b) for b in (*allowed, *UNUSED)))
