"""A service: its tasks, how requests reach them, how a release replaces them, and when alarms notify people.

An image-only release changes two resources, the task definition and the ECS service. That holds because ``ImageUri``
and ``Release`` enter the task definition alone, and because nothing reads an attribute (``Fn::GetAtt``) of either:
CloudFormation takes an attribute of a changed resource for a change, but not its ``Ref``.
"""

from troposphere import GetAtt, Join, Ref, Select, Split, Template
from troposphere import cloudwatch as cw

from templates.params.service import ServiceParams, faults
from templates.service.alarms import task_alarms, traffic_alarms
from templates.service.autoscaling import autoscaling
from templates.service.rollout import Parts, ecs_service
from templates.service.task import log_group, task_definition
from templates.service.traffic import routes
from templates.stack import Stack, logical


def build(p: ServiceParams) -> Template:
    """The stack of one service in one environment.

    Gives, with X for the service's name: ``XServiceName``, ``XServiceArn``, ``XTargetGroup`` (and
    ``XTargetGroupGreen`` where traffic shifts) as CloudWatch names them, ``XSecurityGroup``, ``XLogGroup``,
    ``XAlarm`` and ``XAlarmArn`` (5xx answers: what users notice first) and ``XAlarms`` (all names, joined by commas).

    Raises:
        ValueError: fields that contradict each other, or a capacity provider that the environment does not have.
    """
    wrong = [f"{path}: {problem}" for path, problem in faults(p.spec)]
    if wrong:
        raise ValueError(f"service {p.name}: " + "; ".join(wrong))
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: service {p.name}",
        architecture="Tasks on ECS in private subnets behind the environment's load balancer, scaled by CPU.",
    )
    group = log_group(s, p)
    task = task_definition(s, p, group)
    ways = routes(s, p)
    stopping = traffic_alarms(s, p, ways.groups)
    service = ecs_service(s, p, Parts(task, group, ways, stopping))
    # Not GetAtt Name: an attribute of the service would count as changed at every release.
    name = Select(2, Split("/", Ref(service)))
    dimensions = [
        cw.MetricDimension(Name="ClusterName", Value=s.need("ClusterName")),
        cw.MetricDimension(Name="ServiceName", Value=name),
    ]
    watching = task_alarms(s, p, dimensions)
    autoscaling(s, p, name, dimensions)

    s.give(logical(p.name, "ServiceName"), name, "Name of the ECS service")
    s.give(logical(p.name, "ServiceArn"), Ref(service), "ARN of the ECS service")
    for target in ways.groups:
        s.give(
            logical(p.name, str(target.title)),
            GetAtt(target, "TargetGroupFullName"),
            "Target group as CloudWatch names it",
        )
    s.give(logical(p.name, "SecurityGroup"), Ref(ways.security_group), "Security group of the tasks")
    s.give(logical(p.name, "LogGroup"), Ref(group), "Log group of the tasks")
    s.give(logical(p.name, "Alarm"), Ref(stopping[0]), "Alarm on errors that users see")
    s.give(logical(p.name, "AlarmArn"), GetAtt(stopping[0], "Arn"), "ARN of the alarm on errors that users see")
    every = Join(",", [Ref(alarm) for alarm in (*stopping, *watching)])
    s.give(logical(p.name, "Alarms"), every, "Names of all alarms, joined by commas")
    return s.template
