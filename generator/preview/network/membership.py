"""A resource that joins a security group, or gets an internet gateway, becomes reachable although no rule changes."""

from collections.abc import Iterator
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.network.addresses import Opening, is_public, newly_opened, port_text, source_name
from generator.preview.network.groups import ingress
from generator.release.model.preview import Exposure

Json = Any
_KEYS = frozenset({"VPCSecurityGroups", "VpcSecurityGroupIds", "SecurityGroups", "SecurityGroupIds", "GroupSet"})


def membership_exposures(context: ChangeContext) -> Iterator[Exposure]:
    """Existing resources that join other groups."""
    for name in sorted(context.changes):
        old, new = context.old(name), context.new(name)
        if old is None or new is None or context.type_of(name) == "AWS::EC2::SecurityGroup":
            continue
        was, now = set(_groups(old)), set(_groups(new))
        before = {row for group in was for row in ingress(context, group, new=False) or ()}
        for group in sorted(now - was):
            rows = ingress(context, group, new=True)
            if rows is None:
                yield _said(name, group, None)
                continue
            for row in newly_opened(before, rows):
                yield _said(name, group, row)


def _groups(node: Json) -> Iterator[str]:
    if isinstance(node, dict):  # evaluated values are plain
        for key, part in node.items():
            if key in _KEYS:
                for item in part if isinstance(part, list) else [part]:
                    yield str(item).replace(".GroupId}", "}").replace(".Id}", "}")
            elif isinstance(part, dict | list):
                yield from _groups(part)
    elif isinstance(node, list):
        for part in node:
            if isinstance(part, dict | list):
                yield from _groups(part)


def _said(name: str, group: str, row: Opening | None) -> Exposure:
    inside = group.strip("${}")
    if row is None:
        what = f"{name}, which joins group {inside}"
        return Exposure(
            who="the sources that the group allows",
            what=what,
            logical_id=name,
            sentence=f"sources that group {inside} allows may reach {name}, which joins it",
            certain=False,
        )
    what = f"{port_text(row)} of {name}, which joins {inside}"
    return Exposure(
        who=source_name(row.source),
        what=what,
        logical_id=name,
        sentence=f"{source_name(row.source)} can reach {what}",
        public=is_public(row.source),
    )


def route_table_exposures(context: ChangeContext) -> Iterator[Exposure]:
    """Subnets that get a route table with a route to the internet."""
    for name in sorted(context.changes):
        if context.type_of(name) != "AWS::EC2::SubnetRouteTableAssociation":
            continue
        new, old = context.new(name), context.old(name)
        if new is None:
            continue
        table, subnet = str(new.get("RouteTableId")), str(new.get("SubnetId")).strip("${}")
        if _open(context, table) and not (old is not None and _open(context, str(old.get("RouteTableId")))):
            yield Exposure(
                who="everybody on the internet",
                what=f"subnets with route table {table.strip('${}')}: {subnet}",
                logical_id=name,
                sentence=f"everybody on the internet can reach subnet {subnet} through an internet gateway, as far as groups allow",
                public=True,
            )


def _open(context: ChangeContext, table: str) -> bool:
    for name in context.has("AWS::EC2::Route"):
        route = context.new(name) or {}
        wide = route.get("DestinationCidrBlock") == "0.0.0.0/0" or route.get("DestinationIpv6CidrBlock") == "::/0"
        if wide and route.get("GatewayId") and str(route.get("RouteTableId")) == table:
            return True
    return False
