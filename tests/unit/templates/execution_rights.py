"""What the execution roles may do, against what CloudFormation's own handlers call for each type of the platform's stacks."""

from fnmatch import fnmatchcase
from functools import cache

from generator.build.json_encoder import to_plain
from generator.catalog.stacks import StackSpec, stacks
from generator.config.read import read_configuration
from tests.golden import CONFIGURATIONS
from tests.unit.templates.iam_judge import Json, each
from tests.unit.templates.permissions_cases import rights

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
# What handlers name and IAM does not know (Service Authorization Reference): the actions are named otherwise.
UNKNOWN = (
    "cloudfront:createdistributionwithtags",  # CreateDistribution and TagResource
    "lambda:associateruntimealias", "s3:deletebucketanalyticsconfiguration", "s3:deletebucketcors",
    "s3:deletebucketencryption", "s3:deletebucketlifecycle", "s3:deletebucketmetricsconfiguration",
    "s3:deletebucketreplication", "s3:putbucketreplication", "s3:putobjectlockconfiguration",
)  # fmt: skip
# What a type's handlers may call for a feature of that type that no template here uses.
UNUSED_OF = {
    "AWS::ECR::Repository": ("kms:*",),  # encrypted with AES256
    # Imported from a bucket, with replicas, or with an application of autoscaling's.
    "AWS::DynamoDB::Table": ("s3:*", "iam:createservicelinkedrole"),
    "AWS::GlobalAccelerator::Accelerator": ("s3:*",),  # flow logs
    # FieldIndexPolicies and ResourcePolicyDocument.
    "AWS::Logs::LogGroup": (
        "logs:putindexpolicy",
        "logs:deleteindexpolicy",
        "logs:putresourcepolicy",
        "logs:deleteresourcepolicy",
    ),
}


@cache
def built() -> dict[str, tuple[StackSpec, Json]]:
    """Every template that CloudFormation works on with an execution role."""
    return {
        f"{name}:{spec.key}": (spec, to_plain(spec.template()))
        for name, folder in CONFIGURATIONS.items()
        for spec in stacks(read_configuration(folder))
        if not spec.is_administrators
    }


@cache
def execution(name: str = "prod", platform: str = "slipway", environment: str = "prod") -> list[Json]:
    """The statements of the execution role of an environment, of ``home`` or of the bot's stack in ``environment``."""
    more = {"environment": environment} if name == "bot" else {}
    return rights(name, scope={"platform": platform}, **more)


def role_of(spec: StackSpec) -> str:
    """Whose execution role a stack is changed with; environments have the same rights, each on its own."""
    return spec.stack if spec.stack == "bot" else spec.group


def types() -> list[str]:
    return sorted({r["Type"] for _, t in built().values() for r in t["Resources"].values()})


def handler_rights(kind: str) -> frozenset[str]:
    """What CloudFormation's handlers of a type may call, by its resource schema, in lower case."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS

    handlers = SCHEMAS.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
    steps = ("create", "read", "update", "delete")
    return frozenset(a.lower() for step in steps for a in handlers.get(step, {}).get("permissions", []))


def missing_rights(kind: str) -> list[str]:
    """The calls of a type's handlers (its resource schema, "handlers") that a role which meets the type does not allow."""
    roles = {role_of(spec) for spec, t in built().values() if kind in {r["Type"] for r in t["Resources"].values()}}
    allowed = [_allowed(execution(role)) for role in roles]
    unused = (*UNUSED, *UNKNOWN, *UNUSED_OF.get(kind, ()))
    return sorted(
        a for a in handler_rights(kind) if not all(any(fnmatchcase(a, b) for b in (*some, *unused)) for some in allowed)
    )


def _allowed(statements: list[Json]) -> list[str]:
    return [a.lower() for s in statements if s["Effect"] == "Allow" for a in each(s["Action"])]
