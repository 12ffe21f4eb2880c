"""What a change in place does to load balancers, networks and names."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact, list_rules, value_rules
from generator.preview.risk.cited_fact import Fact, PropertyChange, Rule, TypeRules

_ELSEWHERE = Fact(
    "unknown", "requests go elsewhere at once, whether what is there is healthy or not", cited_fact.ELB_LISTENERS
)
_CHECK = Fact("unknown", "targets that don't pass the new check are taken out", cited_fact.ELB_HEALTH)
_ROUTE = Fact(
    "interruption", "connections through the old target break; new ones take the new target", cited_fact.VPC_ROUTES
)
_ANSWERS = Fact("interruption", "resolvers give the old answer until its TTL is over", cited_fact.ROUTE53_TTL)


def _none(source: str, why: str, *properties: str) -> dict[str, Rule]:
    return dict.fromkeys(properties, Fact("none", why, source))


def _way_out(edit: PropertyChange) -> Fact:
    """From a NAT gateway to an internet gateway: that one carries only what has a public address."""
    if edit.old.get("NatGatewayId") and edit.new.get("GatewayId"):
        return Fact("downtime", "what has no public address loses its way to the internet", cited_fact.VPC_GATEWAY)
    return _ROUTE


NETWORK: Mapping[str, TypeRules] = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": TypeRules(
        {
            "SecurityGroups": list_rules.groups(cited_fact.VPC_GROUPS),
            **dict.fromkeys(
                ("Subnets", "SubnetMappings"),
                list_rules.only_adds(
                    "the addresses in a zone that goes stop answering",
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
            "Protocol": Fact("downtime", "who speaks the old protocol is refused at once", cited_fact.ELB_LISTENERS),
            "SslPolicy": Fact(
                "unknown",
                "clients that speak none of the policy's ciphers can't connect any more",
                cited_fact.ELB_LISTENERS,
            ),
            "Certificates": Fact("none", "new connections see the new certificate", cited_fact.ELB_LISTENERS),
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
            "TargetGroupAttributes": Fact("none", "counts for requests from now on", cited_fact.ELB_TARGETS),
            "Targets": list_rules.only_adds(
                "targets that go get no requests any more", cited_fact.ELB_TARGETS, "interruption"
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
                off=Fact("unknown", "public names of instances and endpoints go", cited_fact.VPC_DNS),
                on=Fact("none", "instances get names", cited_fact.VPC_DNS),
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
                "subnets of a route table that goes lose the way",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
                "interruption",
            ),
            "SubnetIds": list_rules.only_adds(
                "the addresses in a subnet that goes stop answering",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
                "interruption",
            ),
            "SecurityGroupIds": list_rules.groups(cited_fact.page("AWS::EC2::VPCEndpoint")),
            "PrivateDnsEnabled": Fact(
                "interruption",
                "the service's name leads elsewhere; running connections go on",
                cited_fact.page("AWS::EC2::VPCEndpoint"),
            ),
        }
    ),
    "AWS::Route53::RecordSet": TypeRules(
        {"Name": Fact("downtime", "the old name leads nowhere once the answer's TTL is over", cited_fact.ROUTE53_TTL)},
        _ANSWERS,
    ),
    "AWS::EC2::EIP": TypeRules(
        {"InstanceId": Fact("interruption", "the address moves to another instance", cited_fact.EIP)}
    ),
}
