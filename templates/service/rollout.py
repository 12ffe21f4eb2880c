"""The ECS service: where tasks run, how a new version replaces the old one, and what stops a bad one."""

from typing import Any, NamedTuple, assert_never

from troposphere import Ref, ecs, logs
from troposphere import cloudwatch as cw

from templates.params.health_rule import health_rule
from templates.params.service import Rollout, ServiceParams
from templates.service import access
from templates.service.release_hook import release_hook
from templates.service.task import log_options
from templates.service.traffic import Routes
from templates.stack import Stack, arn

_STRATEGY = {"rolling": "ROLLING", "blue-green": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}


class Parts(NamedTuple):
    """What the service is put together from; ``stopping`` are the alarms that stop a rollout."""

    task: ecs.TaskDefinition
    logs: logs.LogGroup
    routes: Routes
    stopping: tuple[cw.Alarm, ...]


def ecs_service(s: Stack, p: ServiceParams, parts: Parts) -> ecs.Service:
    """The service. It has no DesiredCount: autoscaling owns it, and a release would set it back."""
    spec, routes = p.spec, parts.routes
    service = ecs.Service(
        "Service",
        ServiceName=p.name,
        Cluster=s.need("ClusterName", about="ECS cluster of the environment"),
        TaskDefinition=Ref(parts.task),
        SchedulingStrategy="REPLICA",
        DeploymentController=ecs.DeploymentController(Type="ECS"),
        DeploymentConfiguration=_deployment(spec.rollout, parts.stopping, release_hook(s, p, parts.logs)),
        # Rebalancing starts a task before it stops one; at 100 % there is no room for that and ECS refuses it.
        AvailabilityZoneRebalancing="ENABLED" if spec.rollout.max_percent > 100 else "DISABLED",
        HealthCheckGracePeriodSeconds=health_rule(spec).grace,
        LoadBalancers=[_load_balancer(s, p, routes)],
        NetworkConfiguration=ecs.NetworkConfiguration(
            AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                AssignPublicIp="DISABLED",
                Subnets=s.need("PrivateSubnets", "List<AWS::EC2::Subnet::Id>"),
                SecurityGroups=[Ref(routes.security_group), s.need("MeshSecurityGroup", "AWS::EC2::SecurityGroup::Id")],
            )
        ),
        ServiceConnectConfiguration=_mesh(s, p, parts.logs),
        ForceNewDeployment=s.restart(),
        EnableECSManagedTags=True,
        EnableExecuteCommand=spec.exec,
        PropagateTags="SERVICE",
        # The load balancer must know the target group, and the paths must be open, before a task is judged. Where
        # traffic shifts the service refers to the rule itself, and saying it twice is a finding (W3005).
        DependsOn=sorted([*routes.openings, *([routes.rule.title] if len(routes.groups) == 1 else [])]),
    )
    capacity = _capacity(s, p)
    if capacity:
        service.CapacityProviderStrategy = [ecs.CapacityProviderStrategyItem(CapacityProvider=capacity, Weight=1)]
    return s.add(
        service,
        "Keeps the tasks running behind the load balancer and replaces them when a release brings a new image.",
        mutability={"TaskDefinition": "free-to-tune", "ServiceName": "must-never-change"},
    )


def _deployment(
    rollout: Rollout, alarms: tuple[cw.Alarm, ...], hook: ecs.DeploymentLifecycleHook | None
) -> ecs.DeploymentConfiguration:
    fields: dict[str, Any] = {}
    hooks = [hook] if hook else []
    match rollout.strategy:
        case "rolling":
            # Amazon ECS API Reference, DeploymentConfiguration: the circuit breaker is for rolling updates only.
            fields["DeploymentCircuitBreaker"] = ecs.DeploymentCircuitBreaker(Enable=True, Rollback=True)
        case "blue-green":
            fields["BakeTimeInMinutes"] = rollout.bake_minutes
        case "canary":
            fields["BakeTimeInMinutes"] = rollout.bake_minutes
            fields["CanaryConfiguration"] = ecs.CanaryConfiguration(
                CanaryPercent=rollout.canary_percent, CanaryBakeTimeInMinutes=rollout.canary_bake_minutes
            )
        case "linear":
            fields["BakeTimeInMinutes"] = rollout.bake_minutes
            fields["LinearConfiguration"] = ecs.LinearConfiguration(
                StepPercent=rollout.step_percent, StepBakeTimeInMinutes=rollout.step_bake_minutes
            )
        case other:
            assert_never(other)
    if rollout.pause:
        hooks.append(
            ecs.DeploymentLifecycleHook(
                TargetType="PAUSE",
                LifecycleStages=[rollout.pause.stage],
                TimeoutConfiguration=ecs.HookTimeoutConfig(
                    Action=rollout.pause.on_timeout, TimeoutInMinutes=rollout.pause.timeout_minutes
                ),
            )
        )
    if hooks:
        fields["LifecycleHooks"] = hooks
    return ecs.DeploymentConfiguration(
        Strategy=_STRATEGY[rollout.strategy],
        MinimumHealthyPercent=rollout.min_percent,
        MaximumPercent=rollout.max_percent,
        Alarms=ecs.DeploymentAlarms(AlarmNames=[Ref(alarm) for alarm in alarms], Enable=True, Rollback=True),
        **fields,
    )


def _load_balancer(s: Stack, p: ServiceParams, routes: Routes) -> ecs.LoadBalancer:
    blue, *green = (Ref(group) for group in routes.groups)
    balancer = ecs.LoadBalancer(ContainerName=p.name, ContainerPort=p.spec.port, TargetGroupArn=blue)
    if green:
        rule = Ref(routes.rule)
        balancer.AdvancedConfiguration = ecs.AdvancedConfiguration(
            AlternateTargetGroupArn=green[0],
            ProductionListenerRule=rule,
            RoleArn=arn(access.traffic_role(s, p, [blue, *green], rule)),
        )
    return balancer


def _mesh(s: Stack, p: ServiceParams, group: logs.LogGroup) -> ecs.ServiceConnectConfiguration:
    """Other services of the environment reach this one as ``http://NAME:PORT``."""
    return ecs.ServiceConnectConfiguration(
        Enabled=True,
        Namespace=s.need("NamespaceArn", about="Service Connect namespace of the environment"),
        Services=[
            ecs.ServiceConnectService(
                PortName="http",
                DiscoveryName=p.name,
                ClientAliases=[ecs.ServiceConnectClientAlias(DnsName=p.name, Port=p.spec.port)],
            )
        ],
        LogConfiguration=log_options(p, group, f"{p.name}-proxy"),
    )


def _capacity(s: Stack, p: ServiceParams) -> str | Ref | None:
    """The one capacity provider that the service asks for; None follows the cluster's own strategy.

    Raises:
        ValueError: a capacity provider that the environment does not have.
    """
    match p.spec.launch:
        case "default":
            return None
        case "fargate":
            return "FARGATE"
        case "spot":
            if not p.has_spot:
                raise ValueError(
                    f"{p.name}: launch is spot, but the cluster has no spot; add cluster.spot or write fargate"
                )
            return "FARGATE_SPOT"
        case "ec2":
            if not p.has_ec2:
                raise ValueError(
                    f"{p.name}: launch is ec2, but the cluster has no ec2; add cluster.ec2 or write fargate"
                )
            return s.need("Ec2CapacityProvider", about="Capacity provider of the EC2 instances")
        case other:
            assert_never(other)
