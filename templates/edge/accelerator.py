"""Global Accelerator: two fixed addresses, and the nearest AWS edge, in front of the load balancer."""

from troposphere import GetAtt, Ref, globalaccelerator

from templates.edge.dns import Target
from templates.stack import Stack

# Every accelerator's name is in this zone (AWS General Reference: AWS Global Accelerator endpoints and quotas).
ACCELERATOR_ZONE = "Z2BJ6XQ5FK7U4H"


def accelerator(s: Stack) -> Target:
    """An accelerator that forwards 80 and 443 to the load balancer. Gives ``AcceleratorDnsName``.

    Health comes from the load balancer's own checks (Global Accelerator Developer Guide: Endpoints for standard
    accelerators), and clients keep their addresses. Another Region adds an endpoint group to the same listener, whose
    ARN is the output ``AcceleratorListenerArn``.
    """
    made = s.add(
        globalaccelerator.Accelerator("Accelerator", Name=s.scope.prefix, Enabled=True, IpAddressType="IPV4"),
        "Fixed addresses, and a path over AWS's network from the edge nearest to people.",
    )
    listener = s.add(
        globalaccelerator.Listener(
            "AcceleratorListener",
            AcceleratorArn=Ref(made),
            Protocol="TCP",
            ClientAffinity="NONE",
            PortRanges=[globalaccelerator.PortRange(FromPort=port, ToPort=port) for port in (80, 443)],
        ),
        "The same ports as the load balancer: 80 redirects to 443.",
    )
    s.add(
        globalaccelerator.EndpointGroup(
            "AcceleratorEndpoints",
            ListenerArn=Ref(listener),
            EndpointGroupRegion=Ref("AWS::Region"),
            EndpointConfigurations=[
                globalaccelerator.EndpointConfiguration(
                    EndpointId=s.need("LoadBalancerArn", about="ARN of the load balancer"),
                    Weight=128,
                    ClientIPPreservationEnabled=True,
                )
            ],
        ),
        "Sends the accelerator's traffic to this Region's load balancer.",
    )
    s.give("AcceleratorDnsName", GetAtt(made, "DnsName"), "DNS name of the accelerator")
    s.give("AcceleratorListenerArn", Ref(listener), "Listener that other Regions add their endpoint groups to")
    return Target(GetAtt(made, "DnsName"), ACCELERATOR_ZONE, "accelerator")
