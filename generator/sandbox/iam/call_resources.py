"""What IAM is asked about calls that are ours: which resource, which condition keys, and which role is passed to whom.

Source: Service Authorization Reference, the pages of CloudFormation, ECS, ECR, Application Auto Scaling, FIS, IAM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.server import ministack_server
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


class Check(NamedTuple):
    """One question to IAM.

    Attributes:
        action: Such as `ecs:UpdateService`.
        resource: An ARN or `*`.
        context: Condition keys; the case of their names does not matter.
    """

    action: str
    resource: str
    context: dict[str, Any]


# CloudFormation actions that take no resource.
_NO_STACK = {
    "DescribeStackDriftDetectionStatus", "GetHookResult", "ListStacks", "ValidateTemplate", "ListExports", "ListImports",
    "EstimateTemplateCost", "DescribeAccountLimits",
}  # fmt: skip
_ECS_BY_LIST = {
    "DescribeServices": ("services", "service"),
    "DescribeTasks": ("tasks", "task"),
    "DescribeClusters": ("clusters", "cluster"),
}
_ECS_ARNS = ("serviceDeploymentArns", "serviceRevisionArns", "serviceDeploymentArn", "resourceArn")
# ECS actions that take no resource, or whose resource is `*` in practice.
_ECS_ANY = {"DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies", "ListClusters", "CreateCluster",
            "DeregisterTaskDefinition", "ListServices", "ListTasks"}  # fmt: skip


def checks(request: Request) -> list[Check]:  # noqa: PLR0911 - a case a line
    """The questions about a call of a service of ours."""
    match request.service:
        case "cloudformation":
            return _cloudformation(request)
        case "ecs":
            return _ecs(request)
        case "application-autoscaling":
            any_target = f"arn:aws:application-autoscaling:{request.region}:{request.account}:scalable-target/*"
            reads = request.action.startswith("Describe")
            return [Check(f"{request.service}:{request.action}", "*" if reads else any_target, {})]
        case "fis" if request.text("resourceArn"):
            return [Check(f"fis:{request.action}", request.text("resourceArn"), {})]
        case "fis":
            template = request.text("id") or "new"
            arn = f"arn:aws:fis:{request.region}:{request.account}:experiment-template/{template}"
            return [Check(f"fis:{request.action}", arn if "ExperimentTemplate" in request.action else "*", {})]
        case "ecr" if request.text("repositoryName"):
            name = request.text("repositoryName")
            arn = f"arn:aws:ecr:{request.region}:{request.account}:repository/{name}"
            return [Check(f"ecr:{request.action}", arn, {})]
        case _:
            return [Check(f"{request.service}:{request.action}", "*", {})]


def _cloudformation(request: Request) -> list[Check]:
    params = request.params
    context: dict[str, Any] = {}
    for name in ("ChangeSetName", "RoleArn", "TemplateUrl", "StackPolicyUrl"):
        sent = {"RoleArn": "RoleARN", "TemplateUrl": "TemplateURL", "StackPolicyUrl": "StackPolicyURL"}.get(name, name)
        if params.get(sent):
            # As it was sent: whether AWS compares the name of a change set that was given by its ARN is not
            # documented, so a pattern of names does not match an ARN here. *Assumed*, on the safe side.
            context[f"cloudformation:{name}"] = params[sent]
    tags = _tags(params.get("Tags"))
    context |= tags
    imported = [str(item.get("ResourceType")) for item in _dicts(params.get("ResourcesToImport"))]
    if imported:
        context["cloudformation:ImportResourceTypes"] = imported
    if params.get("ResourceTypes"):
        context["cloudformation:ResourceTypes"] = list(params["ResourceTypes"])
    action = f"cloudformation:{request.action}"
    if request.action in _NO_STACK or (request.action == "DescribeStacks" and not params.get("StackName")):
        return [Check(action, "*", context)]
    resource = _stack(request)
    if request.action == "DeleteStack":
        context |= _tags_of_stack(request)
    found = [Check(action, resource, context)]
    if tags and request.action in {"CreateChangeSet", "CreateStack", "UpdateStack"}:
        found.append(
            Check("cloudformation:TagResource", resource, tags | {"cloudformation:CreateAction": request.action})
        )
    return found


def _stack(request: Request) -> str:
    """The stack that a call is about, or the change set where that is all it names (DescribeEvents)."""
    name = request.text("StackName") or request.text("StackId")
    if name.startswith("arn:"):
        return name
    change_set = request.text("ChangeSetName")
    if not name and change_set.startswith("arn:"):
        if request.action == "DescribeEvents":
            return change_set
        name = _stack_of(request, change_set)
        if name.startswith("arn:"):
            return name
    if not name:
        return "*"
    return (
        f"arn:aws:cloudformation:{request.region}:{request.account}:stack/{name}/00000000-0000-0000-0000-000000000000"
    )


def _tags_of_stack(request: Request) -> dict[str, str]:
    """`aws:ResourceTag` of a stack that is there (Service Authorization Reference, "CloudFormation": stack)."""
    from generator.sandbox.server.overlay import find_operation

    describe = find_operation("cloudformation", "DescribeStacks")
    if describe is None:
        return {}
    try:
        found = describe(request._replace(action="DescribeStacks", params={"StackName": request.text("StackName")}))
    except AwsError:
        return {}
    rows = found["Stacks"][0].get("Tags", ()) if isinstance(found, Mapping) and found.get("Stacks") else ()
    return {f"aws:ResourceTag/{row['Key']}": str(row["Value"]) for row in rows}


def _stack_of(request: Request, change_set: str) -> str:
    from generator.sandbox.server.overlay import find_operation

    describe = find_operation("cloudformation", "DescribeChangeSet")
    if describe is None:
        return ""
    try:
        found = describe(request._replace(action="DescribeChangeSet", params={"ChangeSetName": change_set}))
    except AwsError:
        return ""
    return str(found.get("StackId", "")) if isinstance(found, Mapping) else ""


def _ecs(request: Request) -> list[Check]:  # noqa: C901, PLR0911 - a case a line
    params, action = request.params, f"ecs:{request.action}"
    here = f"arn:aws:ecs:{request.region}:{request.account}"
    cluster = str(params.get("cluster") or "default").rpartition("/")[2]
    context: dict[str, Any] = _tags(params.get("tags"))
    if "cluster" in params:
        context["ecs:cluster"] = f"{here}:cluster/{cluster}"
    for name in _ECS_ARNS:
        arns = params.get(name)
        if arns:
            return [
                Check(action, str(arn), context | _cluster_of(str(arn)))
                for arn in ([arns] if isinstance(arns, str) else arns)
            ]
    if request.action in _ECS_BY_LIST:
        member, kind = _ECS_BY_LIST[request.action]
        where = "" if kind == "cluster" else f"{cluster}/"
        names = [str(name) for name in params.get(member) or ["default"]]
        return [Check(action, _named(f"{here}:{kind}/{where}", name), context) for name in names]
    if request.action == "RegisterTaskDefinition":
        return [Check(action, f"{here}:task-definition/{params.get('family', '')}:*", context)]
    if request.action == "RunTask":
        return [Check(action, _named(f"{here}:task-definition/", str(params.get("taskDefinition", ""))), context)]
    if request.action.endswith("CapacityProvider"):
        provider = str(params.get("name") or params.get("capacityProvider") or "")
        return [Check(action, _named(f"{here}:capacity-provider/", provider), context)]
    if request.action in _ECS_ANY:
        return [Check(action, "*", context)]
    for members, kind in ((("service", "serviceName"), "service"), (("task",), "task")):
        name = next((str(params[member]) for member in members if params.get(member)), "")
        if name:
            return [Check(action, _named(f"{here}:{kind}/{cluster}/", name), context)]
    return [Check(action, f"{here}:cluster/{cluster}" if "cluster" in params else "*", context)]


def _named(prefix: str, name: str) -> str:
    """The ARN of what a call names, by name or by ARN."""
    return name if name.startswith("arn:") else prefix + name


def _cluster_of(arn: str) -> dict[str, Any]:
    """`ecs:cluster` of a service, deployment, revision or task: its ARN says which."""
    found = re.fullmatch(
        r"(arn:aws:ecs:[^:]+:\d+):(?:service|service-deployment|service-revision|task)/([^/]+)/.+", arn
    )
    return {"ecs:cluster": f"{found[1]}:cluster/{found[2]}"} if found else {}


def _tags(sent: Any) -> dict[str, Any]:
    pairs = {
        str(item.get("Key", item.get("key"))): str(item.get("Value", item.get("value", ""))) for item in _dicts(sent)
    }
    if not pairs:
        return {}
    return {"aws:TagKeys": list(pairs)} | {f"aws:RequestTag/{key}": value for key, value in pairs.items()}


def _dicts(value: Any) -> Iterable[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# Which member of a call passes a role, and to whom. A path goes into structures and through lists.
_PASSES: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("cloudformation", "CreateChangeSet"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "CreateStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "UpdateStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "DeleteStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "ContinueUpdateRollback"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "RollbackStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("ecs", "RegisterTaskDefinition"): (
        ("taskRoleArn", "ecs-tasks.amazonaws.com"),
        ("executionRoleArn", "ecs-tasks.amazonaws.com"),
    ),
    ("ecs", "RunTask"): (
        ("overrides.taskRoleArn", "ecs-tasks.amazonaws.com"),
        ("overrides.executionRoleArn", "ecs-tasks.amazonaws.com"),
    ),
    ("ecs", "CreateService"): (
        ("role", "ecs.amazonaws.com"),
        ("loadBalancers.advancedConfiguration.roleArn", "ecs.amazonaws.com"),
    ),
    ("ecs", "UpdateService"): (("loadBalancers.advancedConfiguration.roleArn", "ecs.amazonaws.com"),),
    ("events", "PutRule"): (("RoleArn", "events.amazonaws.com"),),
    ("events", "PutTargets"): (("Targets.RoleArn", "events.amazonaws.com"),),
    ("lambda", "CreateFunction"): (("Role", "lambda.amazonaws.com"),),
    ("lambda", "UpdateFunctionConfiguration"): (("Role", "lambda.amazonaws.com"),),
    ("rds", "CreateDBInstance"): (("MonitoringRoleArn", "monitoring.rds.amazonaws.com"),),
    ("rds", "ModifyDBInstance"): (("MonitoringRoleArn", "monitoring.rds.amazonaws.com"),),
    ("ec2", "CreateFlowLogs"): (("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),),
    ("cloudtrail", "CreateTrail"): (("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),),
    ("fis", "CreateExperimentTemplate"): (("roleArn", "fis.amazonaws.com"),),
    ("iam", "AddRoleToInstanceProfile"): (("RoleName", "ec2.amazonaws.com"),),
}


def passed(request: Request) -> list[Check]:
    """`iam:PassRole` for each role that a call passes (IAM User Guide, "Grant permissions to pass a role")."""
    return [
        Check("iam:PassRole", _role(request.account, role), {"iam:PassedToService": service})
        for path, service in _PASSES.get((request.service, request.action), ())
        for role in _at(request.params, path.split("."))
    ]


def _role(account: str, role: str) -> str:
    """The ARN of a role that is passed by its ARN or by its name, which does not tell its path."""
    if role.startswith("arn:"):
        return role
    known = ministack_server.role(account, role)
    return str(known["Arn"]) if known else f"arn:aws:iam::{account}:role/{role}"


def _at(value: Any, path: list[str]) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _at(item, path)]
    if not path:
        return [value] if isinstance(value, str) and value else []
    return _at(value.get(path[0]), path[1:]) if isinstance(value, dict) else []
