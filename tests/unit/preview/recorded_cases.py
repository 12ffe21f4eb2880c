"""Changes of rights, each as two sets of resources: what holders, resources' policies and roles may do before and after."""

from typing import Any

from generator.preview.iam.action_set import table
from generator.preview.iam.escalation import WAYS
from tests.unit.preview.gains_cases import ASSUME, allow, document, inline, policy, role

Side = dict[str, Any]
ACCOUNT, OTHER = "111122223333", "999988887777"
UPLOADS = {"Uploads": {"Type": "AWS::S3::Bucket", "Properties": {}}}
GET, PUT = (
    allow("s3:GetObject", {"Fn::Sub": "${Uploads.Arn}/*"}),
    allow("s3:PutObject", {"Fn::Sub": "${Uploads.Arn}/*"}),
)
WHERE = {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def one(kind: str, name: str = "It", **properties: Any) -> Side:
    """One resource."""
    return {name: {"Type": kind, "Properties": properties}}


def bucket(*rows: dict[str, Any]) -> Side:
    """A bucket with a policy."""
    return {**UPLOADS, **one("AWS::S3::BucketPolicy", "P", Bucket={"Ref": "Uploads"}, PolicyDocument=document(*rows))}


def trusting(*principals: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    """A role that these may act as."""
    rows = [{"Effect": "Allow", "Principal": who, "Action": action, **more} for who in principals]
    return role(AssumeRolePolicyDocument=document(*rows))


def lambda_permission(**more: Any) -> Side:
    """Somebody may call a function."""
    return one("AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName={"Ref": "F"}, **more)


def task(**container: Any) -> Side:
    """A task definition with one container."""
    return one("AWS::ECS::TaskDefinition", "Task", ContainerDefinitions=[{"Name": "app", **container}])


def wide(*rows: dict[str, Any], kind: str = "AWS::IAM::ManagedPolicy", name: str = "Limit", **more: Any) -> Side:
    """A policy."""
    return one(kind, name, PolicyDocument=document(*rows), **more)


LIMIT = {"PermissionsBoundary": {"Ref": "Limit"}}
BUCKET = "arn:aws:s3:::a"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:token-1"
BOTH = inline(allow("s3:GetObject"), allow("sqs:SendMessage", {"Ref": "Q"}))
AWS, ANYBODY, ECS = {"AWS": OTHER}, "*", {"Service": "ecs-tasks.amazonaws.com"}
TLS = deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": False}})
GROUP = one("AWS::IAM::Group", "G")

HOLDERS: dict[str, tuple[Side, Side]] = {
    "two roles, one untouched before the other": (
        {"A": role(), "B": role(**inline(GET)), **UPLOADS}, {"A": role(), "B": role(**inline(GET, PUT)), **UPLOADS}),
    "several actions on several resources": (
        {"R": role()}, {"R": role(**inline(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]), allow("sqs:*", "*", **WHERE)))}),
    "all but some": ({"R": role()}, {"R": role(**inline({"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}))}),
    "three ways up": ({"R": role()}, {"R": role(**inline(allow(["iam:PassRole", "iam:CreateRole", "sts:AssumeRole", "kms:CreateGrant"])))}),
    "everything": ({"R": role(**inline(GET)), **UPLOADS}, {"R": role(**inline(GET, allow("*"), allow("sqs:SendMessage", "q"))), **UPLOADS}),
    "a policy that nobody reads": ({"R": role()}, {"R": role(**inline({"Fn::Transform": {"Name": "x"}}), ManagedPolicyArns=["arn:aws:iam::aws:policy/job-function/Billing"])}),
    "a policy as text": ({"R": role()}, {"R": role(Policies=[{"PolicyName": "p", "PolicyDocument": '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'}])}),
    "a policy that is not JSON": ({"R": role()}, {"R": role(Policies=[{"PolicyName": "p", "PolicyDocument": "{ not json"}, {"PolicyName": "q", "PolicyDocument": " "}])}),
    "a policy of another shape": ({"R": role()}, {"R": role(Policies=[{"PolicyName": "p", "PolicyDocument": ["x"]}, {"PolicyName": "q", "PolicyDocument": {"Statement": "x"}}, "odd"])}),
    "statements of another shape": ({"R": role()}, {"R": role(**inline({"Effect": "Maybe", "Action": "s3:*"}, allow({"b": 1, "a": 2}, {"z": 1, "y": 2})))}),
    "managed policies": ({"R": role()}, {"R": role(ManagedPolicyArns=[f"arn:aws:iam::aws:policy/{name}" for name in (
        "IAMFullAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonDynamoDBFullAccess", "AmazonEC2FullAccess", "AmazonSQSFullAccess",
        "AmazonSNSFullAccess", "AmazonRDSFullAccess", "AWSKeyManagementServicePowerUser", "SecretsManagerReadWrite", "AWSLambda_FullAccess", "AmazonECS_FullAccess")])}),
    "administrator": ({"R": role()}, {"R": role(ManagedPolicyArns=[ADMIN])}),
    "power user": ({"R": role()}, {"R": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"])}),
    "a policy called like one of AWS": ({"R": role()}, {"R": role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"])}),
    "two policies that nobody spells out": ({"R": role()}, {"R": role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/{n}" for n in "ba"])}),
    "a managed policy of the stack by name": (
        {"R": role()}, {"R": role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/mine"]), "M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "mine", "PolicyDocument": document(GET)}}, **UPLOADS}),
    "a managed policy that grows": (
        {"R": role(ManagedPolicyArns=[{"Ref": "M"}]), **wide(GET, name="M"), **UPLOADS}, {"R": role(ManagedPolicyArns=[{"Ref": "M"}]), **wide(GET, PUT, name="M"), **UPLOADS}),
    "a managed policy that nobody here has": ({**UPLOADS}, {**wide(GET, name="M"), **UPLOADS}),
    "a policy for a role of elsewhere": ({**UPLOADS}, {"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document(GET), "Roles": ["other"]}}, **UPLOADS}),
    "two policies for a role of elsewhere": (
        {"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document(GET), "Roles": ["other"]}}, **UPLOADS},
        {"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document(GET), "Roles": ["other"]}},
         "Q": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document(PUT), "Roles": ["other"]}}, **UPLOADS}),
    "a role by its name": (
        {"R": role(RoleName="named")}, {"R": role(RoleName="named"), "P": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": "named", "PolicyName": "p", "PolicyDocument": document(GET)}}, **UPLOADS}),
    "a user and a group": (
        {**one("AWS::IAM::User", "U", UserName="u"), **GROUP},
        {**one("AWS::IAM::User", "U", UserName="u", **inline(GET)), **GROUP,
         **one("AWS::IAM::UserPolicy", "UP", UserName="u", PolicyName="p", PolicyDocument=document(PUT)),
         **one("AWS::IAM::GroupPolicy", "GP", GroupName={"Ref": "G"}, PolicyName="p", PolicyDocument=document(PUT)), **UPLOADS}),
    "policies for users and groups": (
        {**one("AWS::IAM::User", "U"), **GROUP},
        {**one("AWS::IAM::User", "U"), **GROUP, "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document(GET), "Users": [{"Ref": "U"}], "Groups": {"Ref": "G"}}}, **UPLOADS}),
    "a policy of the role moves away": ({"TaskRole": role(), "P": policy(GET), **UPLOADS}, {"TaskRole": role(**inline(GET, PUT)), **UPLOADS}),
    "a denial ends": ({"R": role(**inline(allow("s3:*"), deny("s3:DeleteObject")))}, {"R": role(**inline(allow("s3:*")))}),
    "a denial ends where nothing is spelled out": (
        {"R": role(**inline(deny(["s3:DeleteObject", "sqs:*"], "arn:aws:s3:::a/*")), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])}, {"R": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])}),
    "a denial of a part ends": (
        {"R": role(**inline(allow("s3:*", "arn:aws:s3:::a/*"), deny("s3:*", "arn:aws:s3:::a/b/*", **WHERE), deny("sqs:*", "arn:aws:sqs:::q")))}, {"R": role(**inline(allow("s3:*", "arn:aws:s3:::a/*")))}),
    "a denial that may be one ends": ({"R": role(**inline(allow("s3:*", "arn:aws:s3:::a*"), deny("s3:*", "arn:aws:s3:::*b")))}, {"R": role(**inline(allow("s3:*", "arn:aws:s3:::a*")))}),
    "one of two denials ends": ({"R": role(**inline(allow("s3:*"), deny("s3:GetObject"), deny("s3:PutObject")))}, {"R": role(**inline(allow("s3:*"), deny("s3:GetObject")))}),
    "a denial that says nothing of it, then one that ends": (
        {"R": role(**inline(allow("s3:*"), deny("a4b:*"), deny("s3:GetObject")))}, {"R": role(**inline(allow("s3:*")))}),
    "denials are split": ({"R": role(**inline(allow("*"), deny(["s3:GetObject", "s3:PutObject"])))}, {"R": role(**inline(allow("*"), deny("s3:GetObject"), deny("s3:PutObject")))}),
    "covered by two": ({"R": role(**inline(allow("s3:GetObject"), allow("s3:PutObject"), allow("sqs:SendMessage", **WHERE)))}, {"R": role(**inline(allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"])))}),
    "a condition that may be another": (
        {"R": role(**inline(allow(["s3:GetObject", "sqs:*"], Condition={"StringEquals": {"a": "1"}}), allow("s3:PutObject", Condition={"StringEquals": {"a": "1"}})))},
        {"R": role(**inline(allow(["s3:GetObject", "s3:PutObject", "sns:Publish"], Condition={"NumericEquals": {"a": "1"}})))}),
    "texts of a condition": (
        {"R": role(**inline(allow("s3:Get*", Condition={"StringLike": {"k": ["a*", "b*", "c"]}})))}, {"R": role(**inline(allow("s3:Get*", Condition={"StringLike": {"k": ["ab", "ac", "bc", "d", "e"]}})))}),
    "addresses of a condition": (
        {"R": role(**inline(allow("s3:Lis?Bucket", Condition={"IpAddress": {"k": ["10.0.0.0/8", "11.0.0.0/8"]}})))}, {"R": role(**inline(allow("s?:Lis?Bucket*", Condition={"IpAddress": {"k": ["10.1.0.0/16", "10.2.0.0/16", "12.0.0.1"]}})))}),
    "a denial under a condition ends": ({"R": role(**inline(allow("s3:*", BUCKET), deny("s3:*", **WHERE)))}, {"R": role(**inline(allow("s3:*", BUCKET)))}),
    "a denial that may be one ends under a condition": ({"R": role(**inline(allow("s3:*", "arn:aws:s3:::a*"), deny("s3:*", "arn:aws:s3:::*b", **WHERE)))}, {"R": role(**inline(allow("s3:*", "arn:aws:s3:::a*")))}),
    "a denial of a pattern ends beside policies of elsewhere": ({"R": role(**inline(deny("s3:Get*")), ManagedPolicyArns=["arn:aws:iam::1:policy/x"])}, {"R": role(ManagedPolicyArns=["arn:aws:iam::1:policy/x"])}),
    "a boundary by a parameter": ({"R": role(PermissionsBoundary={"Ref": "Given"})}, {"R": role(**BOTH, PermissionsBoundary={"Ref": "Given"})}),
    "each way up": ({"R": role()}, {"R": role(**inline(*(allow(name) for name in WAYS)))}),
    "a managed policy beside an own one": (
        {"R": role(**inline(GET)), **wide(PUT, name="M"), **wide(GET, name="N", Roles=["x"]), **UPLOADS},
        {"R": role(**inline(GET), ManagedPolicyArns=[{"Ref": "M"}]), **wide(PUT, name="M"), **wide(GET, name="N", Roles=["x"]), **UPLOADS}),
    "just three ways up": ({"R": role()}, {"R": role(**inline(allow(["iam:PassRole", "iam:CreateRole", "sts:AssumeRole"])))}),
    "a denial of a resource ends beside policies of elsewhere": ({"R": role(**inline(deny("sqs:*", {"Ref": "Q"})), ManagedPolicyArns=["arn:aws:iam::1:policy/x"])}, {"R": role(ManagedPolicyArns=["arn:aws:iam::1:policy/x"])}),
    "a denial of all but a resource ends": ({"R": role(**inline(allow("s3:*"), {"Effect": "Deny", "Action": "sqs:*", "NotResource": {"Ref": "Q"}}))}, {"R": role(**inline(allow("s3:*")))}),
    "a denial ends where nothing is allowed": ({"R": role(**inline(deny("s3:*"), deny("sqs:*")))}, {"R": role(**inline(deny("s3:*")))}),
    "a denial for a role of elsewhere goes": (wide(deny("s3:*"), kind="AWS::IAM::Policy", Roles=["other"]), {}),
    "a role with a denial goes": ({"R": role(**inline(allow("s3:*"), deny("sqs:*")))}, {}),
    "a boundary grows twice": ({**wide(allow("s3:*")), "R": role(**BOTH, **LIMIT)}, {**wide(allow("s3:*"), allow("sqs:Send*", "*"), allow("sqs:*", "a")), "R": role(**BOTH, **LIMIT)}),
    "a boundary grows for an action of tomorrow": ({**wide(allow("s3:*")), "R": role(**inline(allow("sqs:Teleport")), **LIMIT)}, {**wide(allow("s3:*"), allow("sqs:*")), "R": role(**inline(allow("sqs:Teleport")), **LIMIT)}),
    "a boundary grows for a policy that nobody reads": ({**wide(allow("s3:*")), "R": role(**inline({"Fn::Transform": "x"}), **LIMIT)}, {**wide(allow("*")), "R": role(**inline({"Fn::Transform": "x"}), **LIMIT)}),
    "the actions to come of a service": ({"R": role(**inline(allow([f"sqs:{name}" for name in table()["sqs"]])))}, {"R": role(**inline(allow("sqs:*")))}),
    "a policy without a document, and one without statements": ({"R": role()}, {"R": role(), "P": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "R"}]}}, **wide(kind="AWS::IAM::Policy", name="Q", Roles=[{"Ref": "R"}]), "S": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "R"}], "PolicyDocument": {"Version": "2012-10-17"}}}}),
    "a policy of elsewhere beside a named one of the stack": ({"R": role(), **wide(GET, name="M", ManagedPolicyName="mine", Roles=["x"])}, {"R": role(ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/other"]), **wide(GET, name="M", ManagedPolicyName="mine", Roles=["x"])}),
    "a policy of AWS beside one of the stack of that name": ({"R": role(), **wide(GET, name="M", ManagedPolicyName="Billing", Roles=["x"])}, {"R": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/job-function/Billing"]), **wide(GET, name="M", ManagedPolicyName="Billing", Roles=["x"])}),
    "policies for a role and a user of one name": ({}, {**wide(allow("s3:GetObject"), kind="AWS::IAM::Policy", name="P", Roles=["same"]), **wide(allow("sqs:SendMessage"), kind="AWS::IAM::Policy", name="Q", Users=["same"])}),
    "one of two denials for a role of elsewhere goes": (wide(deny("s3:*"), deny("sqs:*"), kind="AWS::IAM::Policy", Roles=["other"]), wide(deny("s3:*"), kind="AWS::IAM::Policy", Roles=["other"])),
    "a boundary goes": ({**wide(allow("s3:*")), "R": role(**BOTH, **LIMIT)}, {**wide(allow("s3:*")), "R": role(**BOTH)}),
    "a boundary grows": ({**wide(allow("s3:*")), "R": role(**BOTH, **LIMIT)}, {**wide(allow("s3:*"), allow("sqs:*")), "R": role(**BOTH, **LIMIT)}),
    "a boundary grows for one queue": ({**wide(allow("s3:*")), "R": role(**inline(allow("sqs:*", "arn:aws:sqs:::a*"), deny("sqs:*", "z")), **LIMIT)}, {**wide(allow("s3:*"), allow("sqs:Send*", "arn:aws:sqs:::ab*")), "R": role(**inline(allow("sqs:*", "arn:aws:sqs:::a*"), deny("sqs:*", "z")), **LIMIT)}),
    "a boundary of AWS": ({"R": role(PermissionsBoundary=ADMIN)}, {"R": role(**BOTH, PermissionsBoundary=ADMIN)}),
    "a boundary of AWS that is narrow": ({"R": role(PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}, {"R": role(**BOTH, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}),
    "a boundary of elsewhere": ({"R": role(PermissionsBoundary="arn:aws:iam::1:policy/b")}, {"R": role(**BOTH, PermissionsBoundary="arn:aws:iam::1:policy/b")}),
    "a boundary of elsewhere goes": ({"R": role(**BOTH, PermissionsBoundary="arn:aws:iam::1:policy/b")}, {"R": role(**BOTH)}),
    "a boundary becomes one of elsewhere": ({**wide(allow("s3:*")), "R": role(**BOTH, **LIMIT)}, {"R": role(**BOTH, PermissionsBoundary="arn:aws:iam::1:policy/b")}),
    "a boundary with a denial": ({**wide(allow("*"), deny("sqs:*"), deny("s3:GetObject", **WHERE), deny("s3:*", "arn:aws:s3:::x")), "R": role(**LIMIT)}, {**wide(allow("*"), deny("sqs:*"), deny("s3:GetObject", **WHERE), deny("s3:*", "arn:aws:s3:::x")), "R": role(**BOTH, **LIMIT)}),
    "a boundary that holds if": ({**wide(allow("s3:*", **WHERE), allow("sqs:*", "other")), "R": role(**LIMIT)}, {**wide(allow("s3:*", **WHERE), allow("sqs:*", "other")), "R": role(**BOTH, **LIMIT)}),
}  # fmt: skip

RESOURCES: dict[str, tuple[Side, Side]] = {
    "a bucket opens": (bucket(), bucket(allow("s3:GetObject", "*", Principal=ANYBODY), allow("s3:PutObject", "arn:aws:s3:::x/*", Principal=AWS, **WHERE))),
    "a bucket for all but one": (bucket(), bucket({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "NotPrincipal": {"AWS": [OTHER, ACCOUNT]}})),
    "a bucket for several": (bucket(), bucket(allow(["s3:GetObject", "s3:PutObject"], "*", Principal={"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:role/r"], "Service": "ecs.amazonaws.com", "CanonicalUser": "abc"}))),
    "a bucket's denial ends": (bucket(TLS, deny("s3:*", "*", Principal=AWS)), bucket(deny("s3:GetObject", "*", Principal=AWS))),
    "a bucket's denials": (bucket(TLS), bucket(TLS, *(deny(f"s3:{name}", "*", Principal=AWS) for name in ("PutObject", "DeleteObject", "GetObject", "GetBucketAcl", "List*")))),
    "a bucket's denial of all but some ends": (bucket({"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::x/*", "NotPrincipal": {"AWS": [OTHER, f"arn:aws:iam::{ACCOUNT}:role/r"]}}), bucket()),
    "a named bucket's denial ends": (one("AWS::S3::BucketPolicy", Bucket="named", PolicyDocument=document(TLS)), one("AWS::S3::BucketPolicy", Bucket="named", PolicyDocument=document())),
    "a bucket goes with its denials": (bucket(TLS), {}),
    "a stream goes with its denials": ({**one("AWS::Kinesis::Stream", "XStream"), **one("AWS::Kinesis::ResourcePolicy", ResourceArn={"Fn::GetAtt": ["XStream", "Arn"]}, ResourcePolicy=document(TLS))}, {}),
    "an endpoint for a queue": (one("AWS::EC2::VPCEndpoint", PolicyDocument=document(allow("s3:*"))), one("AWS::EC2::VPCEndpoint", PolicyDocument=document(allow("sqs:*", {"Ref": "Q"})))),
    "a topic by its ARN": ({}, one("AWS::SNS::TopicPolicy", Topics=["arn:aws:sns:eu-west-1:1:t"], PolicyDocument=document(allow("sns:Publish", Principal=AWS)))),
    "all of a bucket but a part": (bucket(), bucket({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x/*", "Principal": AWS})),
    "the second of two buckets": (
        {**bucket(), **one("AWS::S3::BucketPolicy", "Z", Bucket="named", PolicyDocument=document())}, {**bucket(), **one("AWS::S3::BucketPolicy", "Z", Bucket="named", PolicyDocument=document(allow("s3:GetObject", Principal=AWS)))}),
    "two policies of one queue": (
        one("AWS::SQS::QueuePolicy", "P", Queues=["q"], PolicyDocument=document(allow("sqs:SendMessage", Principal=AWS))),
        {**one("AWS::SQS::QueuePolicy", "P", Queues=["q"], PolicyDocument=document(allow("sqs:SendMessage", Principal=AWS))), **one("AWS::SQS::QueuePolicy", "O", Queues=["q", "r"], PolicyDocument=document(allow("sqs:*", Principal=AWS)))}),
    **{kind: ({}, one(kind, **properties, **{where: document(allow("s3:GetObject", Principal=AWS))})) for kind, where, properties in (
        ("AWS::S3::AccessPoint", "Policy", {}), ("AWS::SQS::QueueInlinePolicy", "PolicyDocument", {"Queue": "q"}), ("AWS::SNS::TopicPolicy", "PolicyDocument", {"Topics": ["t"]}),
        ("AWS::SNS::TopicInlinePolicy", "PolicyDocument", {"TopicArn": "t"}), ("AWS::KMS::Key", "KeyPolicy", {}), ("AWS::KMS::ReplicaKey", "KeyPolicy", {}),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", {"SecretId": "s"}), ("AWS::ECR::Repository", "RepositoryPolicyText", {}), ("AWS::Logs::ResourcePolicy", "PolicyDocument", {}),
        ("AWS::Kinesis::ResourcePolicy", "ResourcePolicy", {"ResourceArn": "k"}), ("AWS::EFS::FileSystem", "FileSystemPolicy", {}), ("AWS::OpenSearchService::Domain", "AccessPolicies", {}),
        ("AWS::Backup::BackupVault", "AccessPolicy", {}), ("AWS::ApiGateway::RestApi", "Policy", {}), ("AWS::SSO::PermissionSet", "InlinePolicy", {}))},
    "a table": ({}, one("AWS::DynamoDB::Table", ResourcePolicy={"PolicyDocument": document(allow("dynamodb:GetItem", Principal=AWS))})),
    "a table of another shape": ({}, one("AWS::DynamoDB::Table", ResourcePolicy="odd")),
    "an event bus": ({}, one("AWS::Events::EventBusPolicy", StatementId="s", Statement=allow("events:PutEvents", Principal=AWS))),
    "a key loses its policy": (one("AWS::KMS::Key", KeyPolicy=document(allow("kms:Decrypt", Principal=AWS))), one("AWS::KMS::Key")),
    "an API loses its policy": (one("AWS::ApiGateway::RestApi", Policy=document(allow("execute-api:Invoke", Principal=AWS))), one("AWS::ApiGateway::RestApi")),
    "an endpoint opens": (one("AWS::EC2::VPCEndpoint", PolicyDocument=document(allow("s3:GetObject", Principal=ANYBODY))), one("AWS::EC2::VPCEndpoint", PolicyDocument=document(allow(["s3:GetObject", "iam:PassRole"], Principal=ANYBODY, **WHERE), allow("s3:*", "*", Principal=AWS)))),
    "an endpoint loses its policy": (one("AWS::EC2::VPCEndpoint", PolicyDocument=document(allow("s3:*"))), one("AWS::EC2::VPCEndpoint")),
    "a policy becomes something else": (bucket(allow("s3:GetObject", Principal=AWS)), {**UPLOADS, **one("AWS::SQS::Queue", "P")}),
    "a function by its name": ({}, one("AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName="app", Principal=OTHER)),
    "a function": ({}, lambda_permission(Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::a", SourceAccount=ACCOUNT)),
    "a function in China": ({}, lambda_permission(Principal="s3.amazonaws.com.cn", EventSourceToken="token")),
    "a function for an organization": ({}, lambda_permission(Principal="*", PrincipalOrgID="o-1", FunctionUrlAuthType="AWS_IAM")),
    "a function for an account": ({}, lambda_permission(Principal=OTHER)),
    "a function for whoever": ({}, one("AWS::Lambda::Permission")),
    "a layer": ({}, one("AWS::Lambda::LayerVersionPermission", LayerVersionArn="arn:layer", Action="lambda:GetLayerVersion", Principal=OTHER)),
}  # fmt: skip

PROFILE = one("AWS::IAM::InstanceProfile", "Profile", Roles=[{"Ref": "R"}])
FUNCTION, RULE = "AWS::Lambda::Function", "AWS::Events::Rule"
ELSEWHERE = f"arn:aws:iam::{ACCOUNT}:role/path/other"

ROLES: dict[str, tuple[Side, Side]] = {
    "trust in an account": ({"R": role()}, {"R": trusting(ECS, AWS)}),
    "trust in this account": ({"R": role()}, {"R": trusting(ECS, {"AWS": ACCOUNT})}),
    "a new role for this account": ({}, {"R": trusting({"AWS": ACCOUNT})}),
    "a new role for another account": ({}, {"R": trusting(AWS, **WHERE)}),
    "trust in all but one": ({"R": role()}, {"R": role(AssumeRolePolicyDocument=document({"Effect": "Allow", "Action": "sts:*", "NotPrincipal": AWS}, *ASSUME["Statement"]))}),
    "trust for tags alone": ({"R": role()}, {"R": trusting(ECS, AWS, action=["sts:TagSession", "sts:SetSourceIdentity"])}),
    "trust by a pattern": ({"R": role()}, {"R": trusting(ECS, AWS, action="sts:Assume*")}),
    "trust for everything": ({"R": role()}, {"R": trusting(ECS, AWS, action="*")}),
    "trust that nobody reads": ({"R": role()}, {"R": role(AssumeRolePolicyDocument={"Statement": [*ASSUME["Statement"], {"Fn::Transform": "x"}]})}),
    "another role of the stack": ({"A": role(**inline(GET)), "B": role(**inline(GET, PUT)), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["A", "Arn"]}), **UPLOADS}, {"A": role(**inline(GET)), "B": role(**inline(GET, PUT)), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["B", "Arn"]}), **UPLOADS}),
    "a role of elsewhere": ({"A": role(**inline(GET)), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["A", "Arn"]}), **UPLOADS}, {"A": role(**inline(GET)), **one(FUNCTION, "F", Role=ELSEWHERE), **UPLOADS}),
    "a role that names itself by a path": ({}, one(FUNCTION, "F", Role=ELSEWHERE)),
    "a role of AWS itself": ({}, one(FUNCTION, "F", Role=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x/y")),
    "a role in a variable is none": ({}, one(FUNCTION, "F", Environment={"Variables": {"ROLE": ELSEWHERE}}, Tags=[{"Key": "r", "Value": ELSEWHERE}])),
    "two targets change places": (one(RULE, "E", Targets=[{"Arn": "a", "RoleArn": "r1"}, {"Arn": "b", "RoleArn": "r2"}]), one(RULE, "E", Targets=[{"Arn": "b", "RoleArn": "r2"}, {"Arn": "a", "RoleArn": "r1"}])),
    "a target more with a role of before": (one(RULE, "E", Targets=[{"Arn": "a", "RoleArn": "r1"}]), one(RULE, "E", Targets=[{"Arn": "a", "RoleArn": "r1"}, {"Arn": "b", "RoleArn": "r1"}, {"Arn": "c", "RoleArn": "r3"}])),
    "a new role for what is there": (one(FUNCTION, "F"), {"R": role(), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["R", "Arn"]})}),
    "an instance with a profile": ({"R": role(**inline(GET)), **UPLOADS}, {"R": role(**inline(GET)), **PROFILE, **one("AWS::EC2::Instance", "I", IamInstanceProfile={"Ref": "Profile"}), **UPLOADS}),
    "a task with a new role and one of elsewhere": (one("AWS::ECS::TaskDefinition"), {"R": role(), **one("AWS::ECS::TaskDefinition", ExecutionRoleArn={"Fn::GetAtt": ["R", "Arn"]}, TaskRoleArn=ELSEWHERE)}),
    "a task with two roles of elsewhere": ({}, one("AWS::ECS::TaskDefinition", ExecutionRoleArn=f"{ELSEWHERE}-2", TaskRoleArn=ELSEWHERE)),
    "another role, and the old one had more": ({"A": role(**inline(GET, PUT)), "B": role(**inline(GET, PUT)), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["A", "Arn"]}), **UPLOADS}, {"A": role(**inline(GET)), "B": role(**inline(GET, PUT)), **one(FUNCTION, "F", Role={"Fn::GetAtt": ["B", "Arn"]}), **UPLOADS}),
    "two targets take other roles": ({"A": role(), **one(RULE, "E", Name="e", Targets=[{"Arn": "a", "RoleArn": {"Fn::GetAtt": ["A", "Arn"]}}, {"Arn": "b", "RoleArn": "r1"}])}, {"A": role(), **one(RULE, "E", Name="e", Targets=[{"Arn": "a", "RoleArn": "r8"}, {"Arn": "b", "RoleArn": "r9"}])}),
    "roles of a list change places": (one("AWS::Redshift::Cluster", IamRoles=["a", "b"]), one("AWS::Redshift::Cluster", IamRoles=["b", "a"])),
    "a list of roles becomes another": (one("AWS::Redshift::Cluster", IamRoles=["a"]), one("AWS::Redshift::Cluster", IamRoles=["b"])),
    "a role in a list of parts": ({}, one("AWS::RDS::DBCluster", AssociatedRoles=[{"FeatureName": "x", "RoleArn": "r"}])),
    "a profile that the schema alone knows": ({}, one("AWS::Batch::ComputeEnvironment", ComputeResources=[{"Ec2InstanceProfileArn": "p"}])),
    "a role that its name alone shows": ({}, one("AWS::SomethingNew::Runner", RunnerRoleArn="r")),
    "roles that are named and act for nobody": ({}, one("AWS::SomethingNew::Runner", **{key: {"A": ELSEWHERE} for key in ("Statement", "PolicyDocument", "AssumeRolePolicyDocument", "Environment", "Variables", "Tags", "Metadata")})),
    "new policies for a role of elsewhere": ({}, {"R": role(RoleName="mine"), **wide(GET, name="M", Roles=["other"]), **wide(GET, name="P", kind="AWS::IAM::Policy", Roles=["other"]), **wide(GET, name="Q", kind="AWS::IAM::RolePolicy", RoleName="other"), **UPLOADS}),
    "a role behind a variable": ({}, one(FUNCTION, "F", Environment={"Variables": {"A": "b"}}, Role=ELSEWHERE)),
    "a profile by reference": ({}, {**one("AWS::EC2::LaunchTemplate", "L", LaunchTemplateData={"IamInstanceProfile": {"Arn": {"Ref": "Given"}}}), **one("AWS::EC2::LaunchTemplate", "M", LaunchTemplateData={"IamInstanceProfile": {"Name": "given"}})}),
    "a new instance with all of its own": ({}, {"R": role(), **PROFILE, **one("AWS::EC2::Instance", "I", IamInstanceProfile={"Ref": "Profile"})}),
    "an instance leaves its profile": (
        {"R": role(**inline(GET)), "B": role(**inline(GET, PUT)), **UPLOADS, **PROFILE, **one("AWS::IAM::InstanceProfile", "Second", Roles=[{"Ref": "B"}]), **one("AWS::EC2::Instance", "I", IamInstanceProfile={"Ref": "Profile"})},
        {"R": role(**inline(GET)), "B": role(**inline(GET, PUT)), **UPLOADS, **one("AWS::IAM::InstanceProfile", "Second", Roles=[{"Ref": "B"}]), **one("AWS::EC2::Instance", "I", IamInstanceProfile={"Ref": "Second"})}),
    "a profile by its ARN": ({}, one("AWS::EC2::LaunchTemplate", "L", LaunchTemplateData={"IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/p"}})),
    "a profile without roles": ({}, {**one("AWS::IAM::InstanceProfile", "Profile", Roles=[]), **one("AWS::EC2::Instance", "I", IamInstanceProfile={"Ref": "Profile"})}),
    "a profile takes another role": ({"R": role(), **one("AWS::IAM::InstanceProfile", "Profile", Roles=[])}, {"R": role(), **PROFILE}),
    "a new profile for a new role": ({}, {"R": role(), **PROFILE}),
    "a user joins": ({**one("AWS::IAM::User", "U"), **GROUP}, {**one("AWS::IAM::User", "U", Groups=[{"Ref": "G"}]), **GROUP}),
    "a new user joins": ({**GROUP}, {**one("AWS::IAM::User", "XU", Groups="named"), **GROUP}),
    "users are added": ({**one("AWS::IAM::User", "U"), **GROUP}, {**one("AWS::IAM::User", "U"), **GROUP, **one("AWS::IAM::UserToGroupAddition", "A", GroupName={"Ref": "G"}, Users=[{"Ref": "U"}, "named"])}),
    "an addition by another resource": ({**one("AWS::IAM::User", "U", Groups=[{"Ref": "G"}]), **GROUP}, {**one("AWS::IAM::User", "U"), **GROUP, **one("AWS::IAM::UserToGroupAddition", "A", GroupName={"Ref": "G"}, Users=[{"Ref": "U"}])}),
    "an unread kind, then a function": ({}, {**one("AWS::IAM::AccessKey", "A"), **one(FUNCTION, "F", Role=ELSEWHERE)}),
    "what goes, and a function": (one(FUNCTION, "A", Role=ELSEWHERE), one(FUNCTION, "F", Role=ELSEWHERE)),
    **{kind: ({}, one(kind)) for kind in (
        "AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider", "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation", "AWS::SSO::Assignment", "AWS::RAM::ResourceShare", "AWS::RAM::Permission",
        "AWS::LakeFormation::PrincipalPermissions", "AWS::LakeFormation::Permissions", "AWS::S3::AccessGrant", "AWS::RolesAnywhere::Profile", "AWS::RolesAnywhere::TrustAnchor",
        "AWS::Cognito::IdentityPoolRoleAttachment", "AWS::VerifiedPermissions::Policy")},
    "a secret": (task(), task(Secrets=[{"Name": "TOKEN", "ValueFrom": SECRET}], LogConfiguration={"SecretOptions": [{"Name": "x", "ValueFrom": "arn:aws:ssm:eu-west-1:1:parameter/p"}]})),
    "a task goes, and a queue comes": (task(Secrets=[{"Name": "TOKEN", "ValueFrom": SECRET}]), one("AWS::SQS::Queue", "A")),
    "a queue comes with a task": ({}, {**one("AWS::SQS::Queue", "A"), **task(Secrets=[{"Name": "TOKEN", "ValueFrom": SECRET}])}),
    "a secret of the stack": ({**one("AWS::SecretsManager::Secret", "S"), **task()}, {**one("AWS::SecretsManager::Secret", "S"), **task(Secrets=[{"Name": "TOKEN", "ValueFrom": {"Ref": "S"}}], RepositoryCredentials={"CredentialsParameter": "login"})}),
    "a secret of a secret that is not here": (task(), task(Secrets=[{"Name": "T", "ValueFrom": "${SecretString}"}, {"Name": "U"}, "odd"], LogConfiguration="odd", RepositoryCredentials={})),
    "a secret stays": (task(Secrets=[{"Name": "TOKEN", "ValueFrom": SECRET}]), task(Secrets=[{"Name": "OTHER", "ValueFrom": SECRET}])),
}  # fmt: skip

CASES = {**HOLDERS, **RESOURCES, **ROLES}
