"""The roles of a service: what starts its tasks, what its code may do, and what moves its traffic."""

from typing import Any

from troposphere import GetAtt, Ref, Sub, iam, logs

from templates import fault_agent, grants
from templates.params.service import ServiceParams
from templates.policies import actions, allow, document, trust
from templates.stack import Stack, logical


def execution_role(s: Stack, p: ServiceParams, group: logs.LogGroup) -> iam.Role:
    """What ECS itself uses to start a task: pull this image, write this log group, read these secrets."""
    pull = actions("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
    statements = [
        # The login is for a whole registry: ecr:GetAuthorizationToken takes no resource (Service Authorization Reference).
        allow("Login", actions("ecr", "GetAuthorizationToken"), ["*"]),
        allow("Pull", pull, [s.need(logical(p.name, "RepositoryArn"), about="ECR repository of the service")]),
        allow("Log", actions("logs", "CreateLogStream", "PutLogEvents"), [GetAtt(group, "Arn")]),
    ]
    named = sorted({grants.secret_arn(p.scope, value) for value in p.spec.secrets.values()})
    # Secrets Manager puts a hyphen and six characters after the name; six question marks match nothing longer.
    secrets = [Sub(f"{text}-??????") for text in named] + ([_database_secret(s)] if p.spec.uses.database else [])
    if secrets:
        statements.append(allow("Secrets", actions("secretsmanager", "GetSecretValue"), secrets))
        statements.append(grants.key(s, "secretsmanager"))
    return s.add(
        _role(s, p, "ExecutionRole", [iam.Policy(PolicyName="start-tasks", PolicyDocument=document(*statements))]),
        "ECS starts tasks with it; the code inside never gets it.",
    )


def task_role(s: Stack, p: ServiceParams) -> iam.Role:
    """What the code in the container may do: nothing, unless the service uses data or allows ECS Exec."""
    spec = p.spec
    statements = [*grants.tables(s, spec.uses.tables), *grants.buckets(s, spec.uses.buckets)]
    through = [name for name, used in (("dynamodb", spec.uses.tables), ("s3", spec.uses.buckets)) if used]
    if through:
        statements.append(grants.key(s, *through, sid="DataKey", write=True))
    if spec.uses.database:
        # The password rotates; a task that outlives a rotation reads the new one.
        statements.append(allow("DatabaseSecret", actions("secretsmanager", "GetSecretValue"), [_database_secret(s)]))
        statements.append(grants.key(s, "secretsmanager", sid="SecretKey"))
    if p.release_log:
        statements.append(grants.release_log(p.release_log))
    if spec.exec:
        channel = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
        # These take no resource (Amazon ECS Developer Guide: ECS Exec permissions).
        statements.append(allow("Exec", actions("ssmmessages", *channel), ["*"]))
    if p.fault_agent:
        statements += fault_agent.statements(p.scope)
    policies = [iam.Policy(PolicyName="application", PolicyDocument=document(*statements))] if statements else []
    return s.add(
        _role(s, p, "TaskRole", policies),
        "Credentials of the application itself; empty unless the service uses data or ECS Exec.",
    )


def traffic_role(s: Stack, p: ServiceParams, groups: list[Ref], rule: Ref) -> iam.Role:
    """The ECS infrastructure role of blue/green rollouts: it moves the rule's weights between the two groups.

    AWS's own policy (AmazonECSInfrastructureRolePolicyForLoadBalancers) allows the same on every load balancer of the
    account; this one names the service's two target groups, its rule and the environment's listener.
    """
    read = actions(
        "elasticloadbalancing", "DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"
    )
    statements = document(
        # Describe calls of Elastic Load Balancing take no resource (Service Authorization Reference).
        allow("Read", read, ["*"]),
        allow("Targets", actions("elasticloadbalancing", "RegisterTargets", "DeregisterTargets"), groups),
        allow("Rule", actions("elasticloadbalancing", "ModifyRule"), [rule]),
        allow("Listener", actions("elasticloadbalancing", "ModifyListener"), [s.need("ListenerArn")]),
    )
    role = iam.Role(
        "TrafficRole",
        Path=p.scope.role_path,
        PermissionsBoundary=s.need("BoundaryArn"),
        # No source condition: AWS documents none for the infrastructure role.
        AssumeRolePolicyDocument=trust("ecs.amazonaws.com"),
        Policies=[iam.Policy(PolicyName="shift-traffic", PolicyDocument=statements)],
    )
    return s.add(role, "ECS shifts production traffic between blue and green with it.")


def _role(s: Stack, p: ServiceParams, title: str, policies: list[iam.Policy]) -> iam.Role:
    # Amazon ECS Developer Guide, Task IAM role: both conditions keep other accounts' tasks from borrowing the role.
    source: dict[str, dict[str, Any]] = {
        "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
        "ArnLike": {"aws:SourceArn": Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*")},
    }
    role = iam.Role(
        title,
        Path=p.scope.role_path,
        PermissionsBoundary=s.need("BoundaryArn", about="Permission boundary of every workload role"),
        AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com", source),
    )
    if policies:
        role.Policies = policies
    return role


def _database_secret(s: Stack) -> Ref:
    return s.need("DatabaseSecretArn", about="Secret with the database's user name and password")
