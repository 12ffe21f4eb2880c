"""Where tasks run and how requests reach them: ECS cluster, capacity, Service Connect, load balancer, WAF."""

from typing import Any

from troposphere import AWSHelperFn, GetAtt, Ref, Template, ec2, ecs, servicediscovery

from templates.cluster.balancer import add_load_balancer
from templates.network.groups import closed_group
from templates.params.cluster import Cluster, ClusterParams, Share
from templates.stack import Stack


def build(p: ClusterParams) -> Template:
    """The cluster stack.

    Gives ``ClusterName``, ``ClusterArn``, ``NamespaceArn``, ``MeshSecurityGroup``, with EC2 capacity
    ``Ec2CapacityProvider``, and what ``add_load_balancer`` gives.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: cluster and load balancer",
        architecture="One ECS cluster behind one load balancer; services bring their own tasks, rules and security groups.",
    )
    vpc = s.need("VpcId", "AWS::EC2::VPC::Id", "The VPC")
    cluster = _cluster(s, p.cluster)
    provider = None
    if p.cluster.ec2:
        from templates.cluster.capacity import add_ec2_capacity

        provider = add_ec2_capacity(s, p.cluster.ec2, vpc)
    s.add(
        ecs.ClusterCapacityProviderAssociations(
            "CapacityProviders",
            Cluster=Ref(cluster),
            # Both are free to associate; a service or the bot may ask for Spot where the default strategy does not.
            CapacityProviders=["FARGATE", "FARGATE_SPOT", *([provider] if provider else [])],
            DefaultCapacityProviderStrategy=_strategy(p.cluster, provider),
        ),
        "Decides where tasks run that don't say it themselves.",
    )
    if provider:
        s.give("Ec2CapacityProvider", provider, "Capacity provider for tasks that Fargate can't run")
    mesh = _mesh(s, vpc)
    balancer = add_load_balancer(s, p, vpc)
    if p.load_balancer.waf:
        from templates.cluster.waf import add_waf

        add_waf(s, p.load_balancer.waf, balancer, p.log_retention_days)
    s.give("ClusterName", Ref(cluster), "The ECS cluster")
    s.give("ClusterArn", GetAtt(cluster, "Arn"), "The ECS cluster")
    s.give("MeshSecurityGroup", Ref(mesh), "Every task carries it: tasks may call each other")
    return s.template


def _cluster(s: Stack, p: Cluster) -> ecs.Cluster:
    namespace = s.add(
        servicediscovery.HttpNamespace(
            "Namespace", Name=s.scope.prefix, Description=f"Service Connect names of {s.scope.prefix}"
        ),
        "Services find each other by short names.",
    )
    s.give("NamespaceArn", GetAtt(namespace, "Arn"), "Service Connect namespace")
    return s.add(
        ecs.Cluster(
            "Cluster",
            # Policies of other accounts and stacks name the cluster before it exists.
            ClusterName=s.scope.prefix,
            ClusterSettings=[ecs.ClusterSetting(Name="containerInsights", Value=p.insights)],
            ServiceConnectDefaults=ecs.ServiceConnectDefaults(Namespace=GetAtt(namespace, "Arn")),
        ),
        "Holds every task of the environment.",
        mutability={"ClusterName": "must-never-change"},
    )


def _strategy(p: Cluster, provider: AWSHelperFn | None) -> list[ecs.CapacityProviderStrategy]:
    """The default strategy: the EC2 provider alone if it has a weight, else Fargate and, if asked for, Spot."""
    if provider and p.ec2 and p.ec2.share.weight:
        return [_item(provider, p.ec2.share)]
    return [_item("FARGATE", p.fargate)] + ([_item("FARGATE_SPOT", p.spot)] if p.spot else [])


def _item(provider: AWSHelperFn | str, share: Share) -> ecs.CapacityProviderStrategy:
    item = ecs.CapacityProviderStrategy(CapacityProvider=provider, Weight=share.weight)
    if share.base:  # Only one provider of a strategy may have a base, and zero counts as none.
        item.Base = share.base
    return item


def _mesh(s: Stack, vpc: AWSHelperFn) -> ec2.SecurityGroup:
    """The group that lets tasks call each other on any TCP port: the proxies of Service Connect choose theirs."""
    group = s.add(
        closed_group("MeshSecurityGroup", f"{s.scope.prefix}: tasks among themselves", vpc),
        "Tasks call each other through Service Connect, and only each other.",
    )
    peers: dict[str, Any] = {"GroupId": Ref(group), "IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}
    s.add(
        ec2.SecurityGroupIngress(
            "MeshIngress", SourceSecurityGroupId=Ref(group), Description="From tasks of this environment", **peers
        ),
        "A task answers other tasks.",
    )
    s.add(
        ec2.SecurityGroupEgress(
            "MeshEgress", DestinationSecurityGroupId=Ref(group), Description="To tasks of this environment", **peers
        ),
        "A task calls other tasks.",
    )
    return group
