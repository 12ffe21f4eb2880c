"""Route 53: records and health checks."""

from generator.sandbox.providers.api_calls import call, picked
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

_KEY = ("Name", "Type", "SetIdentifier")
_RECORD = (
    *_KEY, "AliasTarget", "Failover", "GeoLocation", "HealthCheckId", "MultiValueAnswer", "Region", "TTL", "Weight",
)  # fmt: skip


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _as_said(live: str, said: str) -> str:
    return said if _absolute(str(said)).lower() == _absolute(live).lower() else live


@surprising("AWS::Route53::RecordSet")
class RecordSet(Resource):
    """A record has no id and no operations of its own.

    It is known by zone, name, type and set identifier, and changes are batches of a zone.
    """

    def create(self) -> Created:
        """ChangeResourceRecordSets, CREATE; it fails when the record exists. AWS waits until it is in sync."""
        return self._change(("CREATE", _record(self.props)))

    def update(self) -> Created:
        """UPSERT; a record of another name, type or set identifier goes in the same batch."""
        moved = any(str(self.old.get(name, "")) != str(self.props.get(name, "")) for name in _KEY)
        return self._change(*[("DELETE", _record(self.old))] * moved, ("UPSERT", _record(self.props)))

    def delete(self) -> None:
        """DELETE with the live values, since Route 53 wants all of them."""
        self._change(("DELETE", self.find()))

    def find(self) -> Props:
        """ListResourceRecordSets, the one with this name, type and set identifier."""
        name, kind = _absolute(self.props["Name"]), self.props["Type"]
        which = {"HostedZoneId": self._zone(), "StartRecordName": name, "StartRecordType": kind}
        wanted = (name.lower(), kind, str(self.props.get("SetIdentifier", "")))
        for found in call(self.ctx, "route53", self.table.read, **which)["ResourceRecordSets"]:
            if (found["Name"].lower(), found["Type"], found.get("SetIdentifier", "")) == wanted:
                return dict(found)
        raise self.absent()

    def look(self, found: Props) -> Props:
        """The record, with names as the template writes them."""
        live = picked(found, *_RECORD) | {"Name": _as_said(found["Name"], self.props["Name"])}
        if target := found.get("AliasTarget"):
            said = self.props.get("AliasTarget", {}).get("DNSName", "")
            live["AliasTarget"] = {**target, "DNSName": _as_said(target["DNSName"], said)}
        live["ResourceRecords"] = [item["Value"] for item in found.get("ResourceRecords", ())]
        return live | picked(self.props, "HostedZoneId", "HostedZoneName")

    def _zone(self) -> str:
        if "HostedZoneId" in self.props:
            return str(self.props["HostedZoneId"])
        name = _absolute(self.props["HostedZoneName"])
        for zone in self.ctx.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]:
            if zone["Name"] == name:
                return str(zone["Id"].rpartition("/")[2])
        raise self.absent()

    def _change(self, *changes: tuple[str, Props]) -> Created:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        call(self.ctx, "route53", self.table.update, HostedZoneId=self._zone(), ChangeBatch=batch)
        return Created(str(self.props["Name"]), {})


def _record(props: Props) -> Props:
    found = picked(props, *_RECORD)
    if "AliasTarget" in found:
        found["AliasTarget"] = {"EvaluateTargetHealth": False, **found["AliasTarget"]}
    if "ResourceRecords" in props:
        found["ResourceRecords"] = [{"Value": str(value)} for value in props["ResourceRecords"]]
    return found


@surprising("AWS::Route53::HealthCheck")
class HealthCheck(Resource):
    """The parts of its configuration are members of the update."""

    def said(self, props: Props) -> Props:
        """The configuration, whole and in parts."""
        return {**props, **props["HealthCheckConfig"]}
