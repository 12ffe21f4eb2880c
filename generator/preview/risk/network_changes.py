"""Effects of changes in place on load balancers, networks and DNS."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact, list_rules, value_rules
from generator.preview.risk.cited_fact import Fact, PropertyChange, Rule, TypeRules

_ELSEWHERE = Fact(
    "unknown", "requests go to another target at once, even if that is not healthy", cited_fact.ELB_LISTENERS
)
_CHECK = Fact("unknown", "targets that don't pass the new check are deregistered", cited_fact.ELB_HEALTH)
_ROUTE = Fact(
    "interruption", "connections through the old target break; new ones take the new target", cited_fact.VPC_ROUTES
)
_ANSWERS = Fact("interruption", "resolvers return the old answer until its TTL ends", cited_fact.ROUTE53_TTL)


def _none(source: str, why: str, *properties: str) -> dict[str, Rule]:
    return dict.fromkeys(properties, Fact("none", why, source))


def _way_out(edit: PropertyChange) -> Fact:
    """From a NAT gateway to an internet gateway, which only serves resources with a public address."""
    if edit.old.get("NatGatewayId") and edit.new.get("GatewayId"):
        return Fact(
            "downtime", "resources without a public address lose their route to the internet", cited_fact.VPC_GATEWAY
        )
    return _ROUTE


NETWORK: Mapping[str, TypeRules] = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": TypeRules(
        {
            "SecurityGroups": list_rules.groups(cited_fact.VPC_GROUPS),
            **dict.fromkeys(
                ("Subnets", "SubnetMappings"),
                list_rules.only_adds(
                    "the addresses in a removed zone stop answering",
                    cited_fact.page("AWS::ElasticLoadBalancingV2::LoadBalancer"),
                    "interruption",
                ),
            ),
            **_none(
                cited_fact.page("AWS::ElasticLoadBalancingV2::LoadBalancer"),
                "the load balancer stays available",
                "LoadBalancerAttributes",
                "MinimumLoadBalancerCapacity",
            ),
        }
    ),
    "AWS::ElasticLoadBalancingV2::Listener": TypeRules(
        {
            "DefaultActions": _ELSEWHERE,
            "Port": Fact("downtime", "the old port is closed at once", cited_fact.ELB_LISTENERS),
            "Protocol": Fact(
                "downtime", "clients that use the old protocol are refused at once", cited_fact.ELB_LISTENERS
            ),
            "SslPolicy": Fact(
                "unknown",
                "clients that support none of the policy's ciphers can't connect any more",
                cited_fact.ELB_LISTENERS,
            ),
            "Certificates": Fact("none", "new connections use the new certificate", cited_fact.ELB_LISTENERS),
            "ListenerAttributes": Fact(
                "unknown", "headers and time-outs of every request change", cited_fact.ELB_LISTENERS
            ),
        }
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": TypeRules(
        dict.fromkeys(("Actions", "Conditions", "Priority"), _ELSEWHERE)
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": TypeRules(
        {
            **dict.fromkeys(
                (
                    "HealthCheckPath",
                    "HealthCheckPort",
                    "HealthCheckProtocol",
                    "Matcher",
                    "HealthCheckEnabled",
                    "HealthCheckTimeoutSeconds",
                ),
                _CHECK,
            ),
            **_none(
                cited_fact.ELB_HEALTH,
                "targets are found unhealthy sooner or later than before",
                "HealthCheckIntervalSeconds",
                "HealthyThresholdCount",
                "UnhealthyThresholdCount",
            ),
            "TargetGroupAttributes": Fact("none", "applies to requests from now on", cited_fact.ELB_TARGETS),
            "Targets": list_rules.only_adds(
                "removed targets get no more requests", cited_fact.ELB_TARGETS, "interruption"
            ),
        }
    ),
    "AWS::EC2::Route": TypeRules(dict.fromkeys(("GatewayId", "NatGatewayId"), _way_out), _ROUTE),
    "AWS::EC2::SubnetRouteTableAssociation": TypeRules({}, _ROUTE),
    "AWS::EC2::Subnet": TypeRules(
        _none(
            cited_fact.page("AWS::EC2::Subnet"),
            "applies to interfaces that are created from now on",
            "MapPublicIpOnLaunch",
            "AssignIpv6AddressOnCreation",
            "PrivateDnsNameOptionsOnLaunch",
        )
    ),
    "AWS::EC2::VPC": TypeRules(
        {
            "EnableDnsSupport": value_rules.switch(
                value_rules.value,
                off=Fact("downtime", "names are no longer resolved in the network", cited_fact.VPC_DNS),
                on=Fact("none", "names are resolved", cited_fact.VPC_DNS),
            ),
            "EnableDnsHostnames": value_rules.switch(
                value_rules.value,
                off=Fact("unknown", "public DNS names of instances and endpoints are removed", cited_fact.VPC_DNS),
                on=Fact("none", "instances get DNS names", cited_fact.VPC_DNS),
            ),
        }
    ),
    "AWS::EC2::VPCEndpoint": TypeRules(
        {
            "PolicyDocument": Fact(
                "unknown",
                "calls through the endpoint are checked against the new policy",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
            ),
            "RouteTableIds": list_rules.only_adds(
                "subnets of a removed route table lose the route",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
                "interruption",
            ),
            "SubnetIds": list_rules.only_adds(
                "the addresses in a removed subnet stop answering",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
                "interruption",
            ),
            "SecurityGroupIds": list_rules.groups(cited_fact.page("AWS::EC2::VPCEndpoint")),
            "PrivateDnsEnabled": Fact(
                "interruption",
                "the service's name leads to another target; open connections continue",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
            ),
        }
    ),
    "AWS::Route53::RecordSet": TypeRules(
        {"Name": Fact("downtime", "the old name has no target when the answer's TTL ends", cited_fact.ROUTE53_TTL)},
        _ANSWERS,
    ),
    "AWS::EC2::EIP": TypeRules(
        {"InstanceId": Fact("interruption", "the address moves to another instance", cited_fact.EIP)}
    ),
}
