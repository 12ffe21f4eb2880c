"""The protocol version of target groups, who serves them, and the zones of load balancers, which ministack forgets.

Source: Elastic Load Balancing API Reference, CreateTargetGroup, ProtocolVersion: HTTP1 by default, for HTTP and HTTPS.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from generator.sandbox.ecs.ministack_ecs import target_group
from generator.sandbox.server.ministack_server import scope
from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY
from generator.sandbox.server.shapes import answered, asked, client, rendered
from generator.sandbox.services.request_checks import refuse

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request


@around("elasticloadbalancing", "CreateTargetGroup")
async def create(request: Request, forward: Forward) -> Reply:
    """Keep the version."""
    await refuse(request)
    output, params = answered(request, await forward()), asked(request)
    for group in output["TargetGroups"]:
        if params.get("Protocol") in {"HTTP", "HTTPS"}:
            version = {"ProtocolVersion": params.get("ProtocolVersion", "HTTP1")}
            MEMORY.put(request, "target-group", group["TargetGroupArn"], version)
            group.update(version)
    return rendered(request, output)


@around("elasticloadbalancing", "DescribeTargetGroups", "ModifyTargetGroup")
async def describe(request: Request, forward: Forward) -> Reply:
    """With the version, and the load balancer although only a rule names the group."""
    output = answered(request, await forward())
    for group in output.get("TargetGroups", ()):
        group.update(MEMORY.of(request, "target-group", group["TargetGroupArn"]))
        with scope(request.account, request.region):
            found = target_group(group["TargetGroupArn"])
        group["LoadBalancerArns"] = [found[2]] if found is not None and found[2] else []
    return rendered(request, output)


@around("elasticloadbalancing", "DescribeLoadBalancers")
async def describe_balancers(request: Request, forward: Forward) -> Reply:
    """With the zones that their subnets are in."""
    output = answered(request, await forward())
    balancers = output.get("LoadBalancers", [])
    if balancers:
        listed = await asyncio.to_thread(client(request, "ec2").describe_subnets)
        zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in listed["Subnets"]}
        for balancer in balancers:
            for zone in balancer.get("AvailabilityZones", ()):
                zone["ZoneName"] = zones.get(zone["SubnetId"], zone["ZoneName"])
    return rendered(request, output)
