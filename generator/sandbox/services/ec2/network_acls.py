"""Network ACLs: their ports and their subnets, which ministack forgets.

Source: Amazon EC2 API Reference, NetworkAclEntry, NetworkAclAssociation and ReplaceNetworkAclAssociation; Amazon VPC
User Guide, "Network ACL basics": a subnet has one ACL, the VPC's default one until another replaces it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.physical_names import ec2_id
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import around, operation
from generator.sandbox.server.remembered import MEMORY, picked
from generator.sandbox.server.shapes import answered, asked, client, rendered

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward
    from generator.sandbox.server.wire import Reply, Request

_binding = threading.Lock()


def _entry(acl: str, entry: dict[str, Any]) -> str:
    return f"{acl}/{entry['RuleNumber']}/{str(entry.get('Egress', False)).lower()}"


@around("ec2", "CreateNetworkAclEntry")
async def create_entry(request: Request, forward: Forward) -> Reply:
    """Keep the ports; a number is given once in each direction."""
    params = asked(request)
    key = _entry(params["NetworkAclId"], params)
    if MEMORY.of(request, "acl-entry", key):
        raise AwsError(
            "NetworkAclEntryAlreadyExists",
            f"The network acl entry identified by {params['RuleNumber']} already exists.",
        )
    return await replace_entry(request, forward)


@around("ec2", "ReplaceNetworkAclEntry")
async def replace_entry(request: Request, forward: Forward) -> Reply:
    """Keep the ports."""
    reply = await forward()
    if reply.status == 200:
        params = asked(request)
        values = picked(params, "PortRange", "IcmpTypeCode") | {"RuleNumber": params["RuleNumber"]}
        MEMORY.put(request, "acl-entry", _entry(params["NetworkAclId"], params), values)
    return reply


@around("ec2", "DeleteNetworkAclEntry")
async def delete_entry(request: Request, forward: Forward) -> Reply:
    """Forget the ports."""
    params = asked(request)
    MEMORY.drop(request, "acl-entry", [_entry(params["NetworkAclId"], params)])
    return await forward()


@around("ec2", "DescribeNetworkAcls")
async def describe(request: Request, forward: Forward) -> Reply:
    """ACLs with the ports of their entries and their subnets."""
    output = answered(request, await forward())
    bound = await asyncio.to_thread(_associations, request)
    found = output.get("NetworkAcls", [])
    for acl in found:
        identifier = acl["NetworkAclId"]
        for entry in acl.get("Entries", ()):
            entry.update(
                picked(MEMORY.of(request, "acl-entry", _entry(identifier, entry)), "PortRange", "IcmpTypeCode")
            )
        acl["Associations"] = [
            {"NetworkAclAssociationId": item["Id"], "NetworkAclId": identifier, "SubnetId": subnet}
            for subnet, item in bound.items()
            if item["NetworkAclId"] == identifier
            or (not item["NetworkAclId"] and acl["IsDefault"] and item["VpcId"] == acl["VpcId"])
        ]
    output["NetworkAcls"] = [acl for acl in found if _wanted(acl, asked(request).get("Filters", []))]
    return rendered(request, output)


@operation("ec2", "ReplaceNetworkAclAssociation")
def replace_association(request: Request) -> Reply:
    """Another ACL for a subnet, under a new association."""
    params = asked(request)
    if not client(request, "ec2").describe_network_acls(NetworkAclIds=[params["NetworkAclId"]])["NetworkAcls"]:
        text = f"The networkAcl ID '{params['NetworkAclId']}' does not exist"
        raise AwsError("InvalidNetworkAclID.NotFound", text)
    for subnet, item in _associations(request).items():
        if item["Id"] == params["AssociationId"]:
            made = ec2_id("aclassoc")
            MEMORY.put(request, "acl-subnet", subnet, {**item, "Id": made, "NetworkAclId": params["NetworkAclId"]})
            return rendered(request, {"NewAssociationId": made})
    text = f"The association ID '{params['AssociationId']}' does not exist"
    raise AwsError("InvalidAssociationID.NotFound", text)


@around("ec2", "DeleteNetworkAcl")
async def delete(request: Request, forward: Forward) -> Reply:
    """Refused while a subnet uses it."""
    acl = asked(request)["NetworkAclId"]
    bound = await asyncio.to_thread(_associations, request)
    if any(item["NetworkAclId"] == acl for item in bound.values()):
        raise AwsError("DependencyViolation", f"The networkAcl '{acl}' has dependencies and cannot be deleted.")
    MEMORY.drop(request, "acl-entry", [key for key in MEMORY.all(request, "acl-entry") if key.startswith(f"{acl}/")])
    return await forward()


def _associations(request: Request) -> dict[str, dict[str, Any]]:
    """The association of each subnet there is; no ACL is the default one."""
    subnets = {item["SubnetId"]: item["VpcId"] for item in client(request, "ec2").describe_subnets()["Subnets"]}
    with _binding:
        kept = MEMORY.all(request, "acl-subnet")
        for subnet, vpc in subnets.items():
            if subnet not in kept:
                kept[subnet] = {"Id": ec2_id("aclassoc"), "NetworkAclId": "", "VpcId": vpc}
                MEMORY.put(request, "acl-subnet", subnet, kept[subnet])
    return {subnet: kept[subnet] for subnet in subnets}


def _wanted(acl: dict[str, Any], filters: list[dict[str, Any]]) -> bool:
    members = {"association.subnet-id": "SubnetId", "association.association-id": "NetworkAclAssociationId"}
    return all(
        any(item[members[rule["Name"]]] in rule["Values"] for item in acl["Associations"])
        for rule in filters
        if rule["Name"] in members
    )
