"""How requests reach a service: target groups, the listener rule, and the security group with its few openings."""

from typing import Any, NamedTuple

from troposphere import Ref, ec2
from troposphere import elasticloadbalancingv2 as elb

from templates.params.service import ServiceParams
from templates.service import login_rules
from templates.service.task import DATABASE_PORTS
from templates.stack import Stack


class Routes(NamedTuple):
    """Target groups (two where traffic shifts between versions), the rule, and the openings tasks can't work without."""

    groups: tuple[elb.TargetGroup, ...]
    rule: elb.ListenerRule
    security_group: ec2.SecurityGroup
    openings: tuple[str, ...]


def routes(s: Stack, p: ServiceParams) -> Routes:
    """Everything between the load balancer and the tasks."""
    groups = [
        _target_group(s, p, "TargetGroup", "Healthy tasks of the service; the load balancer sends requests to them.")
    ]
    if p.spec.rollout.strategy != "rolling":
        groups.append(
            _target_group(s, p, "TargetGroupGreen", "The other side of a rollout: blue and green change places.")
        )
    security_group, openings = _security_group(s, p)
    return Routes(tuple(groups), _rule(s, p, groups), security_group, openings)


def _target_group(s: Stack, p: ServiceParams, title: str, why: str) -> elb.TargetGroup:
    check = p.spec.health_check
    group = elb.TargetGroup(
        title,
        VpcId=s.need("VpcId", "AWS::EC2::VPC::Id"),
        TargetType="ip",  # awsvpc tasks have addresses of their own
        Protocol="HTTP",
        ProtocolVersion="HTTP1",
        Port=p.spec.port,
        HealthCheckEnabled=True,
        HealthCheckPath=check.path,
        HealthCheckPort="traffic-port",
        HealthCheckProtocol="HTTP",
        HealthCheckIntervalSeconds=check.interval,
        HealthCheckTimeoutSeconds=check.timeout,
        HealthyThresholdCount=check.healthy,
        UnhealthyThresholdCount=check.unhealthy,
        Matcher=elb.Matcher(HttpCode=check.codes),
        TargetGroupAttributes=[
            elb.TargetGroupAttribute(Key="deregistration_delay.timeout_seconds", Value=str(p.spec.deregistration_delay))
        ],
    )
    return s.add(group, why)


def _rule(s: Stack, p: ServiceParams, groups: list[elb.TargetGroup]) -> elb.ListenerRule:
    conditions = []
    if p.hosts:
        hosts = elb.HostHeaderConfig(Values=list(p.hosts))
        conditions.append(elb.Condition(Field="host-header", HostHeaderConfig=hosts))
    if p.paths:
        paths = elb.PathPatternConfig(Values=list(p.paths))
        conditions.append(elb.Condition(Field="path-pattern", PathPatternConfig=paths))
    signs_in = p.spec.login
    if signs_in:
        action = elb.ListenerRuleAction(Type="forward", Order=2, TargetGroupArn=Ref(groups[0]))
        login_rules.add_open_rule(s, p, conditions[: 1 if p.hosts else 0], groups[0])
    elif len(groups) == 1:
        action = elb.ListenerRuleAction(Type="forward", TargetGroupArn=Ref(groups[0]))
    else:
        weights = [elb.TargetGroupTuple(TargetGroupArn=Ref(g), Weight=w) for g, w in zip(groups, (100, 0), strict=True)]
        action = elb.ListenerRuleAction(Type="forward", ForwardConfig=elb.ForwardConfig(TargetGroups=weights))
    rule = elb.ListenerRule(
        "ListenerRule",
        ListenerArn=s.need("ListenerArn", about="HTTPS listener of the environment"),
        Priority=p.priority,
        Conditions=conditions,
        Actions=[login_rules.sign_in(p, signs_in), action] if signs_in else [action],
    )
    if signs_in:
        rule.Tags = login_rules.egress_tag(s)
        return s.add(rule, "People sign in; then requests with these hosts and paths go to this service.")
    if len(groups) == 1:
        return s.add(rule, "Requests with these hosts and paths go to this service.")
    return s.add(
        rule,
        "Requests with these hosts and paths go to this service; ECS moves the weights at each rollout.",
        must=["Never change this rule in a release: an update resets the weights, perhaps to a side without tasks."],
    )


def _security_group(s: Stack, p: ServiceParams) -> tuple[ec2.SecurityGroup, tuple[str, ...]]:
    tls = ec2.SecurityGroupRule(
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        CidrIp="0.0.0.0/0",
        Description="AWS APIs, the image registry and other services over TLS",
    )
    group = s.add(
        ec2.SecurityGroup(
            "SecurityGroup",
            GroupDescription=f"Tasks of {p.name}",
            VpcId=s.need("VpcId", "AWS::EC2::VPC::Id"),
            SecurityGroupEgress=[tls],
        ),
        "What may reach the tasks, and what they may reach; service to service goes through the mesh group.",
    )
    tasks = Ref(group)
    balancer = s.need("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup::Id")
    ways = [_Way("LoadBalancer", balancer, tasks, p.spec.port, f"Load balancer to {p.name}")]
    if p.spec.uses.database and p.data.database:
        database = s.need("DatabaseSecurityGroup", "AWS::EC2::SecurityGroup::Id")
        port = DATABASE_PORTS[p.data.database.engine]
        ways.append(_Way("Database", tasks, database, port, f"{p.name} to the database"))
    return group, tuple(title for way in ways for title in _open(s, way))


class _Way(NamedTuple):
    title: str
    source: Ref
    target: Ref
    port: int
    about: str


def _open(s: Stack, way: _Way) -> tuple[str, str]:
    """Two rules for one way, one at each end: both ends deny what is not named."""
    tcp: dict[str, Any] = {
        "IpProtocol": "tcp",
        "FromPort": way.port,
        "ToPort": way.port,
        "Description": way.about,
    }
    out, into = f"{way.title}Egress", f"{way.title}Ingress"
    leaving = ec2.SecurityGroupEgress(out, GroupId=way.source, DestinationSecurityGroupId=way.target, **tcp)
    entering = ec2.SecurityGroupIngress(into, GroupId=way.target, SourceSecurityGroupId=way.source, **tcp)
    s.add(leaving, f"{way.about}: leaving the source.")
    s.add(entering, f"{way.about}: entering the target.")
    return out, into
