"""What a change in place does to load balancers, networks and names."""

from collections.abc import Mapping

from generator.preview.risk import facts, rules
from generator.preview.risk.facts import Edit, Fact, Kind, Rule

_ELSEWHERE = Fact(
    "unknown", "requests go elsewhere at once, whether what is there is healthy or not", facts.ELB_LISTENERS
)
_CHECK = Fact("unknown", "targets that don't pass the new check are taken out", facts.ELB_HEALTH)
_ROUTE = Fact(
    "interruption", "connections through the old target break; new ones take the new target", facts.VPC_ROUTES
)
_ANSWERS = Fact("interruption", "resolvers give the old answer until its TTL is over", facts.ROUTE53_TTL)


def _none(source: str, why: str, *properties: str) -> dict[str, Rule]:
    return dict.fromkeys(properties, Fact("none", why, source))


def _way_out(edit: Edit) -> Fact:
    """From a NAT gateway to an internet gateway: that one carries only what has a public address."""
    if edit.old.get("NatGatewayId") and edit.new.get("GatewayId"):
        return Fact("downtime", "what has no public address loses its way to the internet", facts.VPC_GATEWAY)
    return _ROUTE


NETWORK: Mapping[str, Kind] = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind(
        {
            "SecurityGroups": rules.only_adds("who was let in by a group that goes is cut off", facts.VPC_GROUPS),
            **dict.fromkeys(
                ("Subnets", "SubnetMappings"),
                rules.only_adds(
                    "the addresses in a zone that goes stop answering",
                    facts.page("AWS::ElasticLoadBalancingV2::LoadBalancer"),
                    "interruption",
                ),
            ),
            **_none(
                facts.page("AWS::ElasticLoadBalancingV2::LoadBalancer"),
                "the load balancer goes on meanwhile",
                "LoadBalancerAttributes",
                "MinimumLoadBalancerCapacity",
            ),
        }
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Kind(
        {
            "DefaultActions": _ELSEWHERE,
            "Port": Fact("downtime", "the old port is closed at once", facts.ELB_LISTENERS),
            "Protocol": Fact("downtime", "who speaks the old protocol is refused at once", facts.ELB_LISTENERS),
            "SslPolicy": Fact(
                "unknown", "clients that speak none of the policy's ciphers can't connect any more", facts.ELB_LISTENERS
            ),
            "Certificates": Fact("none", "new connections see the new certificate", facts.ELB_LISTENERS),
            "ListenerAttributes": Fact("unknown", "headers and time-outs of every request change", facts.ELB_LISTENERS),
        }
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Kind(dict.fromkeys(("Actions", "Conditions", "Priority"), _ELSEWHERE)),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Kind(
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
                facts.ELB_HEALTH,
                "targets are found unhealthy sooner or later than before",
                "HealthCheckIntervalSeconds",
                "HealthyThresholdCount",
                "UnhealthyThresholdCount",
            ),
            "TargetGroupAttributes": Fact("none", "counts for requests from now on", facts.ELB_TARGETS),
            "Targets": rules.only_adds("targets that go get no requests any more", facts.ELB_TARGETS, "interruption"),
        }
    ),
    "AWS::EC2::Route": Kind(dict.fromkeys(("GatewayId", "NatGatewayId"), _way_out), _ROUTE),
    "AWS::EC2::SubnetRouteTableAssociation": Kind({}, _ROUTE),
    "AWS::EC2::Subnet": Kind(
        _none(
            facts.page("AWS::EC2::Subnet"),
            "counts for interfaces that are made from now on",
            "MapPublicIpOnLaunch",
            "AssignIpv6AddressOnCreation",
            "PrivateDnsNameOptionsOnLaunch",
        )
    ),
    "AWS::EC2::VPC": Kind(
        {
            "EnableDnsSupport": rules.switch(
                rules.value,
                off=Fact("downtime", "names are no longer resolved in the network", facts.VPC_DNS),
                on=Fact("none", "names are resolved", facts.VPC_DNS),
            ),
            "EnableDnsHostnames": rules.switch(
                rules.value,
                off=Fact("unknown", "public names of instances and endpoints go", facts.VPC_DNS),
                on=Fact("none", "instances get names", facts.VPC_DNS),
            ),
        }
    ),
    "AWS::EC2::VPCEndpoint": Kind(
        {
            "PolicyDocument": Fact(
                "unknown", "calls through the endpoint are decided anew", facts.page("AWS::EC2::VPCEndpoint")
            ),
            "RouteTableIds": rules.only_adds(
                "subnets of a route table that goes lose the way", facts.page("AWS::EC2::VPCEndpoint"), "interruption"
            ),
            "SubnetIds": rules.only_adds(
                "the addresses in a subnet that goes stop answering",
                facts.page("AWS::EC2::VPCEndpoint"),
                "interruption",
            ),
            "SecurityGroupIds": rules.only_adds(
                "who was let in by a group that goes is cut off", facts.page("AWS::EC2::VPCEndpoint")
            ),
            "PrivateDnsEnabled": Fact(
                "interruption",
                "the service's name leads elsewhere; running connections go on",
                facts.page("AWS::EC2::VPCEndpoint"),
            ),
        }
    ),
    "AWS::Route53::RecordSet": Kind(
        {"Name": Fact("downtime", "the old name leads nowhere once the answer's TTL is over", facts.ROUTE53_TTL)},
        _ANSWERS,
    ),
    "AWS::EC2::EIP": Kind({"InstanceId": Fact("interruption", "the address moves to another instance", facts.EIP)}),
}
