"""What EC2 says of NAT gateways, endpoints and flow logs and ministack forgets.

Source: Amazon EC2 API Reference, NatGatewayAddress, VpcEndpoint and FlowLog.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.physical_names import ec2_id, random_text
from generator.sandbox.server import service_modules
from generator.sandbox.server.overlay import around
from generator.sandbox.server.remembered import MEMORY, picked
from generator.sandbox.server.shapes import answered, asked, rendered
from generator.sandbox.services.request_checks import refuse

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

_FLOW = ("DeliverLogsPermissionArn", "LogFormat", "MaxAggregationInterval", "LogGroupName")
# Of a flow log that says no format (Amazon VPC User Guide, "Flow log records", default format).
_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} "
    "${start} ${end} ${action} ${log-status}"
)


@around("ec2", "CreateNatGateway")
async def create_nat_gateway(request: Request, forward: Forward) -> Reply:
    """Keep the address, and give the gateway an interface."""
    await refuse(request)
    output = answered(request, await forward())
    gateway, params = output["NatGateway"], asked(request)
    addresses = []
    if "AllocationId" in params:
        address = {"AllocationId": params["AllocationId"], "NetworkInterfaceId": ec2_id("eni"), "IsPrimary": True}
        addresses = [address | {"Status": "succeeded"}]
    MEMORY.put(request, "nat", gateway["NatGatewayId"], {"NatGatewayAddresses": addresses})
    gateway["NatGatewayAddresses"] = addresses
    return rendered(request, output)


@around("ec2", "DescribeNatGateways")
async def describe_nat_gateways(request: Request, forward: Forward) -> Reply:
    """With their addresses."""
    output = answered(request, await forward())
    for gateway in output.get("NatGateways", ()):
        gateway.update(MEMORY.of(request, "nat", gateway["NatGatewayId"]))
    return rendered(request, output)


@around("ec2", "CreateFlowLogs")
async def create_flow_logs(request: Request, forward: Forward) -> Reply:
    """Keep role, format and interval."""
    reply = await forward()
    values = {"LogFormat": _FORMAT, "MaxAggregationInterval": 600, **picked(asked(request), *_FLOW)}
    for identifier in answered(request, reply).get("FlowLogIds", ()):
        MEMORY.put(request, "flow-log", identifier, values | {"DeliverLogsStatus": "SUCCESS"})
    return reply


@around("ec2", "DescribeFlowLogs")
async def describe_flow_logs(request: Request, forward: Forward) -> Reply:
    """With role, format and interval."""
    output = answered(request, await forward())
    for log in output.get("FlowLogs", ()):
        log.update(MEMORY.of(request, "flow-log", log["FlowLogId"]))
    return rendered(request, output)


@around("ec2", "CreateVpcEndpoint")
async def create_vpc_endpoint(request: Request, forward: Forward) -> Reply:
    """Keep policy, groups and private names; give an interface endpoint its interfaces and names."""
    output = answered(request, await forward())
    endpoint, params = output["VpcEndpoint"], asked(request)
    identifier = endpoint["VpcEndpointId"]
    values: dict[str, Any] = {"PolicyDocument": params.get("PolicyDocument") or _OPEN}
    if params.get("VpcEndpointType") == "Interface":
        service = params["ServiceName"].rpartition(f"{request.region}.")[2]
        name = f"{identifier}-{random_text(8).lower()}.{service}.{request.region}.vpce.amazonaws.com"
        values |= {
            "PrivateDnsEnabled": params.get("PrivateDnsEnabled", True),
            "Groups": [{"GroupId": group, "GroupName": group} for group in params.get("SecurityGroupIds", ())],
            "NetworkInterfaceIds": [ec2_id("eni") for _ in params.get("SubnetIds", ())],
            "DnsEntries": [{"DnsName": name, "HostedZoneId": "Z7HUB22UULQXV"}],
        }
    MEMORY.put(request, "endpoint", identifier, values)
    endpoint.update(values)
    return rendered(request, output)


@around("ec2", "ModifyVpcEndpoint")
async def modify_vpc_endpoint(request: Request, forward: Forward) -> Reply:
    """Keep what changed."""
    reply = await forward()
    if reply.status == 200:
        params = asked(request)
        values = MEMORY.of(request, "endpoint", params["VpcEndpointId"])
        values |= picked(params, "PolicyDocument", "PrivateDnsEnabled")
        if params.get("ResetPolicy"):
            values["PolicyDocument"] = _OPEN
        lost = params.get("RemoveSecurityGroupIds", [])
        groups = [group for group in values.get("Groups", ()) if group["GroupId"] not in lost]
        values["Groups"] = [
            *groups, *({"GroupId": group, "GroupName": group} for group in params.get("AddSecurityGroupIds", ()))
        ]  # fmt: skip
        MEMORY.put(request, "endpoint", params["VpcEndpointId"], values)
    return reply


@around("ec2", "DescribeVpcEndpoints")
async def describe_vpc_endpoints(request: Request, forward: Forward) -> Reply:
    """With what is kept."""
    output = answered(request, await forward())
    for endpoint in output.get("VpcEndpoints", ()):
        endpoint.update(MEMORY.of(request, "endpoint", endpoint["VpcEndpointId"]))
    return rendered(request, output)


# The policy of an endpoint that says none (AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies").
_OPEN = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}'


@around("ec2", "DescribeSubnets")
async def describe_subnets(request: Request, forward: Forward) -> Reply:
    """With the addresses that are free: what the block holds without AWS's own five and those of tasks.

    Amazon VPC User Guide, "Subnet CIDR blocks". Interfaces of anything but tasks are not counted.
    """
    output = answered(request, await forward())
    taken = await asyncio.to_thread(_task_subnets) if service_modules.loaded("ecs") else {}
    for subnet in output.get("Subnets", ()):
        size = ipaddress.ip_network(subnet["CidrBlock"], strict=False).num_addresses
        subnet["AvailableIpAddressCount"] = max(0, size - 5 - taken.get(subnet["SubnetId"], 0))
    return rendered(request, output)


def _task_subnets() -> dict[str, int]:
    """How many tasks that have not stopped each subnet has."""
    from generator.sandbox.ecs.engine_instance import ENGINE

    with ENGINE.held() as world:
        return dict(Counter(task.subnet for task in world.state.tasks.values() if task.status != "STOPPED"))
