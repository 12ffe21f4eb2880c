"""Route 53: records and health checks. Hosted zones belong to nobody's stack: make them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.providers.provider import Context

_RECORD = (
    "AliasTarget", "Failover", "GeoLocation", "HealthCheckId", "MultiValueAnswer", "Name", "Region", "SetIdentifier", "TTL",
    "Type", "Weight",
)  # fmt: skip


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _as_said(live: str, said: str) -> str:
    return said if _absolute(str(said)).lower() == _absolute(live).lower() else live


@provider("AWS::Route53::RecordSet")
class RecordSet(ApiProvider):
    """`Ref` is the domain name.

    A surprise: a record has no id and no operations of its own. It is known by zone, name, type and set identifier, and
    changes are batches of a zone.
    """

    type_name = "AWS::Route53::RecordSet"
    known = frozenset({*_RECORD, "Comment", "HostedZoneId", "HostedZoneName", "ResourceRecords"})
    gone = frozenset({"NoSuchHostedZone"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """ChangeResourceRecordSets, CREATE; it fails when the record exists. AWS waits until it is in sync."""
        self._change(ctx, self._zone(ctx, props), [("CREATE", _record(props))])
        return Created(str(props["Name"]), {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UPSERT; a record of another name, type or set identifier goes in the same batch."""
        del physical_id
        moved = any(str(old.get(name, "")) != str(new.get(name, "")) for name in ("Name", "Type", "SetIdentifier"))
        gone = [("DELETE", _record(old))] if moved else []
        self._change(ctx, self._zone(ctx, new), [*gone, ("UPSERT", _record(new))])
        return Created(str(new["Name"]), {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DELETE with the live values, since Route 53 wants all of them."""
        del physical_id
        zone = self._zone(ctx, props)
        for found in self._records(ctx, zone, props):
            self._change(ctx, zone, [("DELETE", found)])

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """ListResourceRecordSets, the one with this name, type and set identifier."""
        for found in self._records(ctx, self._zone(ctx, props), props):
            live = picked(found, *_RECORD) | {"Name": _as_said(found["Name"], props["Name"])}
            if target := found.get("AliasTarget"):
                said = props.get("AliasTarget", {}).get("DNSName", "")
                live["AliasTarget"] = {**target, "DNSName": _as_said(target["DNSName"], said)}
            live["ResourceRecords"] = [item["Value"] for item in found.get("ResourceRecords", ())]
            return {**live, **picked(props, "HostedZoneId", "HostedZoneName")}
        raise self.absent(physical_id)

    def _records(self, ctx: Context, zone: str, props: dict[str, Any]) -> list[dict[str, Any]]:
        answer = ctx.client("route53").list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=_absolute(props["Name"]), StartRecordType=props["Type"]
        )
        wanted = (_absolute(props["Name"]).lower(), props["Type"], str(props.get("SetIdentifier", "")))
        return [
            found
            for found in answer["ResourceRecordSets"]
            if (found["Name"].lower(), found["Type"], found.get("SetIdentifier", "")) == wanted
        ]

    def _zone(self, ctx: Context, props: dict[str, Any]) -> str:
        if "HostedZoneId" in props:
            return str(props["HostedZoneId"])
        name = _absolute(props["HostedZoneName"])
        for zone in ctx.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]:
            if zone["Name"] == name:
                return str(zone["Id"].rpartition("/")[2])
        raise self.absent(name)

    def _change(self, ctx: Context, zone: str, changes: list[tuple[str, dict[str, Any]]]) -> None:
        batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
        call(ctx, "route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch={"Changes": batch})


def _record(props: dict[str, Any]) -> dict[str, Any]:
    found = picked(props, *_RECORD)
    if "AliasTarget" in found:
        found["AliasTarget"] = {"EvaluateTargetHealth": False, **found["AliasTarget"]}
    if "ResourceRecords" in props:
        found["ResourceRecords"] = [{"Value": str(value)} for value in props["ResourceRecords"]]
    return found


@surprising(
    ResourceTable(
        "AWS::Route53::HealthCheck",
        "route53",
        # Type, interval and latency replace: UpdateHealthCheck does not take them.
        "create_health_check get_health_check update_health_check delete_health_check",
        "HealthCheckConfig",
        id="HealthCheck.Id",
        key="HealthCheckId",
        attributes={"HealthCheckId": "{id}"},
        gone="NoSuchHealthCheck",
        always={"CallerReference": "{token}", "ResourceType": "healthcheck"},
        tags=Tags("change_tags_for_resource", "change_tags_for_resource", property="HealthCheckTags"),
        said=lambda props: props | props["HealthCheckConfig"],
    )
)
class HealthCheck(TableProvider):
    """A surprise: one operation adds tags and removes them."""

    def retag(
        self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any], found: Mapping[str, Any]
    ) -> None:
        """ChangeTagsForResource."""
        del found
        wanted = self.wanted_tags(ctx, new)
        said = {"AddTags": wanted or None, "RemoveTagKeys": dropped(self.said_tags(old), wanted) or None}
        if any(said.values()):
            self.call(ctx, self.table.tags.add, "", new, {**said, "ResourceId": physical_id})
