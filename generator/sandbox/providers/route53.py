"""Route 53: records and health checks. Hosted zones belong to nobody's stack: make them before."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, named_as
from generator.sandbox.providers.api_provider import ApiProvider, picked
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_RECORD = (
    "AliasTarget", "Failover", "GeoLocation", "HealthCheckId", "MultiValueAnswer", "Name", "Region", "SetIdentifier", "TTL",
    "Type", "Weight",
)  # fmt: skip


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


@provider("AWS::Route53::RecordSet")
class RecordSet(ApiProvider):
    """`Ref` is the domain name; a record is known by zone, name, type and set identifier."""

    type_name = "AWS::Route53::RecordSet"
    known = frozenset({*_RECORD, "Comment", "HostedZoneId", "HostedZoneName", "ResourceRecords"})
    gone = frozenset({"NoSuchHostedZone"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """ChangeResourceRecordSets, CREATE; it fails when the record exists. AWS waits until it is in sync."""
        self._change(ctx, self._zone(ctx, props), [("CREATE", props)])
        return Created(str(props["Name"]), {})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UPSERT; a record of another name, type or set identifier goes in the same batch."""
        del physical_id
        zone = self._zone(ctx, new)
        moved = any(str(old.get(name, "")) != str(new.get(name, "")) for name in ("Name", "Type", "SetIdentifier"))
        self._change(ctx, zone, [*([("DELETE", old)] if moved else []), ("UPSERT", new)])
        return Created(str(new["Name"]), {})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DELETE with the live values, since Route 53 wants all of them."""
        del physical_id
        zone = self._zone(ctx, props)
        for found in self._records(ctx, zone, props):
            change = {"Action": "DELETE", "ResourceRecordSet": found}
            ctx.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """ListResourceRecordSets, the one with this name, type and set identifier."""
        zone = self._zone(ctx, props)
        for found in self._records(ctx, zone, props):
            live = picked(found, *_RECORD)
            live["Name"] = self._as_said(found["Name"], props["Name"])
            if "AliasTarget" in found:
                said = props.get("AliasTarget", {}).get("DNSName", "")
                target = found["AliasTarget"]
                live["AliasTarget"] = {**target, "DNSName": self._as_said(target["DNSName"], said)}
            live["ResourceRecords"] = [item["Value"] for item in found.get("ResourceRecords", ())]
            return {**live, **picked(props, "HostedZoneId", "HostedZoneName")}
        raise self.absent(physical_id)

    def _as_said(self, live: str, said: str) -> str:
        return said if _absolute(str(said)).lower() == _absolute(live).lower() else live

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
        zones = ctx.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
        for zone in zones:
            if zone["Name"] == name:
                return str(zone["Id"].rpartition("/")[2])
        raise self.absent(name)

    def _change(self, ctx: Context, zone: str, changes: list[tuple[str, dict[str, Any]]]) -> None:
        batch = [{"Action": action, "ResourceRecordSet": self._set(props)} for action, props in changes]
        call(ctx, "route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch={"Changes": batch})

    def _set(self, props: dict[str, Any]) -> dict[str, Any]:
        found = picked(props, *_RECORD)
        if "AliasTarget" in found:
            found["AliasTarget"] = {"EvaluateTargetHealth": False, **found["AliasTarget"]}
        if "ResourceRecords" in props:
            found["ResourceRecords"] = [{"Value": str(value)} for value in props["ResourceRecords"]]
        return found


@provider("AWS::Route53::HealthCheck")
class HealthCheck(ApiProvider):
    """`Ref` is the health check's id."""

    type_name = "AWS::Route53::HealthCheck"
    known = frozenset({"HealthCheckConfig", "HealthCheckTags"})
    gone = frozenset({"NoSuchHealthCheck"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateHealthCheck and its tags."""
        said = {"CallerReference": str(uuid.uuid4()), "HealthCheckConfig": props["HealthCheckConfig"]}
        found = call(ctx, "route53", "create_health_check", **said)["HealthCheck"]["Id"]
        self._tag(ctx, found, {}, props)
        return Created(found, {"HealthCheckId": found})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateHealthCheck with what it takes: type, interval and latency replace."""
        shape = ctx.client("route53").meta.service_model.operation_model("UpdateHealthCheck").input_shape
        said = {key: value for key, value in new["HealthCheckConfig"].items() if key in shape.members}
        call(ctx, "route53", "update_health_check", HealthCheckId=physical_id, **said)
        self._tag(ctx, physical_id, old, new)
        return Created(physical_id, {"HealthCheckId": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteHealthCheck."""
        del props
        ctx.client("route53").delete_health_check(HealthCheckId=physical_id)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """GetHealthCheck and its tags."""
        client = ctx.client("route53")
        found = client.get_health_check(HealthCheckId=physical_id)["HealthCheck"]
        tags = client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=physical_id)["ResourceTagSet"][
            "Tags"
        ]
        said = {"Tags": props.get("HealthCheckTags", [])}
        config = named_as(props["HealthCheckConfig"], found["HealthCheckConfig"])
        return {"HealthCheckConfig": config, "HealthCheckTags": self._said_tags(ctx, said, tags)}

    def _tag(self, ctx: Context, check: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        tags = self.tags(ctx, {"Tags": new.get("HealthCheckTags", [])})
        lost = dropped(old.get("HealthCheckTags", []), tags)
        if tags or lost:
            call(
                ctx, "route53", "change_tags_for_resource", ResourceType="healthcheck", ResourceId=check,
                AddTags=tags or None, RemoveTagKeys=lost or None,
            )  # fmt: skip
