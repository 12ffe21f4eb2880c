"""Global Accelerator's own API: accelerators, listeners and endpoint groups. No traffic flows.

Source: AWS Global Accelerator API Reference. Deleting wants what AWS wants: a disabled accelerator without listeners, a
listener without endpoint groups.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.physical_names import random_text
from generator.sandbox.server.clock import CLOCK
from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.overlay import operation
from generator.sandbox.server.remembered import MEMORY, picked

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request

_ACCELERATOR, _LISTENER, _GROUP = "ga-accelerator", "ga-listener", "ga-group"
_ADDRESSES = ("75.2.60.5", "99.83.190.51")


def _get(request: Request, kind: str, arn: str) -> dict[str, Any]:
    found = MEMORY.of(request, kind, arn)
    if not found:
        name = {_ACCELERATOR: "Accelerator", _LISTENER: "Listener", _GROUP: "EndpointGroup"}[kind]
        raise AwsError(f"{name}NotFoundException", f"The {name.lower()} {arn} was not found")
    return found


def _now() -> float:
    return round(CLOCK.now().timestamp(), 3)


@operation("globalaccelerator", "CreateAccelerator")
def create_accelerator(request: Request) -> dict[str, Any]:
    """CreateAccelerator."""
    arn = f"arn:aws:globalaccelerator::{request.account}:accelerator/{uuid.uuid4()}"
    made = {
        "AcceleratorArn": arn,
        "Name": request.text("Name"),
        "IpAddressType": request.text("IpAddressType") or "IPV4",
        "Enabled": request.flag("Enabled", default=True),
        "IpSets": [{"IpFamily": "IPv4", "IpAddresses": list(_ADDRESSES), "IpAddressFamily": "IPv4"}],
        "DnsName": f"a{random_text(16, '0123456789abcdef')}.awsglobalaccelerator.com",
        "Status": "DEPLOYED",
        "CreatedTime": _now(),
        "LastModifiedTime": _now(),
    }
    MEMORY.put(request, _ACCELERATOR, arn, made)
    MEMORY.put(request, "ga-tags", arn, {"Tags": request.params.get("Tags") or []})
    return {"Accelerator": made}


@operation("globalaccelerator", "DescribeAccelerator")
def describe_accelerator(request: Request) -> dict[str, Any]:
    """DescribeAccelerator."""
    return {"Accelerator": _get(request, _ACCELERATOR, request.text("AcceleratorArn"))}


@operation("globalaccelerator", "ListAccelerators")
def list_accelerators(request: Request) -> dict[str, Any]:
    """ListAccelerators, in one page."""
    return {"Accelerators": list(MEMORY.all(request, _ACCELERATOR).values())}


@operation("globalaccelerator", "UpdateAccelerator")
def update_accelerator(request: Request) -> dict[str, Any]:
    """UpdateAccelerator."""
    return {"Accelerator": _update(request, _ACCELERATOR, "AcceleratorArn", "Name", "IpAddressType", "Enabled")}


@operation("globalaccelerator", "DescribeAcceleratorAttributes")
def describe_attributes(request: Request) -> dict[str, Any]:
    """DescribeAcceleratorAttributes: flow logs are off, as at the start."""
    _get(request, _ACCELERATOR, request.text("AcceleratorArn"))
    return {"AcceleratorAttributes": {"FlowLogsEnabled": False}}


@operation("globalaccelerator", "DeleteAccelerator")
def delete_accelerator(request: Request) -> None:
    """DeleteAccelerator, once it is disabled and without listeners."""
    arn = request.text("AcceleratorArn")
    if _get(request, _ACCELERATOR, arn)["Enabled"]:
        raise AwsError("AcceleratorNotDisabledException", "The accelerator must be disabled before it can be deleted")
    if any(key.startswith(f"{arn}/") for key in MEMORY.all(request, _LISTENER)):
        raise AwsError("AssociatedListenerFoundException", "The accelerator has a listener; delete it first")
    MEMORY.drop(request, _ACCELERATOR, [arn])
    MEMORY.drop(request, "ga-tags", [arn])


@operation("globalaccelerator", "CreateListener")
def create_listener(request: Request) -> dict[str, Any]:
    """CreateListener."""
    accelerator = request.text("AcceleratorArn")
    _get(request, _ACCELERATOR, accelerator)
    arn = f"{accelerator}/listener/{random_text(8, '0123456789abcdef')}"
    made = {
        "ListenerArn": arn,
        "ClientAffinity": "NONE",
        **picked(request.params, "PortRanges", "Protocol", "ClientAffinity"),
    }
    MEMORY.put(request, _LISTENER, arn, made)
    return {"Listener": made}


@operation("globalaccelerator", "DescribeListener")
def describe_listener(request: Request) -> dict[str, Any]:
    """DescribeListener."""
    return {"Listener": _get(request, _LISTENER, request.text("ListenerArn"))}


@operation("globalaccelerator", "ListListeners")
def list_listeners(request: Request) -> dict[str, Any]:
    """ListListeners, in one page."""
    return {"Listeners": _below(request, _LISTENER, "AcceleratorArn")}


@operation("globalaccelerator", "UpdateListener")
def update_listener(request: Request) -> dict[str, Any]:
    """UpdateListener."""
    return {"Listener": _update(request, _LISTENER, "ListenerArn", "PortRanges", "Protocol", "ClientAffinity")}


@operation("globalaccelerator", "DeleteListener")
def delete_listener(request: Request) -> None:
    """DeleteListener, once it has no endpoint groups."""
    arn = request.text("ListenerArn")
    _get(request, _LISTENER, arn)
    if any(key.startswith(f"{arn}/") for key in MEMORY.all(request, _GROUP)):
        raise AwsError("AssociatedEndpointGroupFoundException", "The listener has an endpoint group; delete it first")
    MEMORY.drop(request, _LISTENER, [arn])


_GROUP_MEMBERS = (
    "TrafficDialPercentage", "HealthCheckPort", "HealthCheckProtocol", "HealthCheckPath", "HealthCheckIntervalSeconds",
    "ThresholdCount", "PortOverrides",
)  # fmt: skip


def _endpoints(request: Request) -> dict[str, Any]:
    said = request.params.get("EndpointConfigurations")
    if said is None:
        return {}
    return {
        "EndpointDescriptions": [
            {"Weight": 128, "ClientIPPreservationEnabled": True, "HealthState": "HEALTHY", **endpoint}
            for endpoint in said
        ]
    }


@operation("globalaccelerator", "CreateEndpointGroup")
def create_endpoint_group(request: Request) -> dict[str, Any]:
    """CreateEndpointGroup: one for each listener and region."""
    listener, region = request.text("ListenerArn"), request.text("EndpointGroupRegion")
    _get(request, _LISTENER, listener)
    if any(item["EndpointGroupRegion"] == region for item in _below(request, _GROUP, "ListenerArn")):
        raise AwsError("EndpointGroupAlreadyExistsException", f"The listener has an endpoint group in {region} already")
    arn = f"{listener}/endpoint-group/{random_text(12, '0123456789abcdef')}"
    made = {
        "EndpointGroupArn": arn,
        "EndpointGroupRegion": region,
        "EndpointDescriptions": [],
        "TrafficDialPercentage": 100.0,
        "HealthCheckProtocol": "TCP",
        "HealthCheckIntervalSeconds": 30,
        "ThresholdCount": 3,
        **picked(request.params, *_GROUP_MEMBERS),
        **_endpoints(request),
    }
    MEMORY.put(request, _GROUP, arn, made)
    return {"EndpointGroup": made}


@operation("globalaccelerator", "DescribeEndpointGroup")
def describe_endpoint_group(request: Request) -> dict[str, Any]:
    """DescribeEndpointGroup."""
    return {"EndpointGroup": _get(request, _GROUP, request.text("EndpointGroupArn"))}


@operation("globalaccelerator", "ListEndpointGroups")
def list_endpoint_groups(request: Request) -> dict[str, Any]:
    """ListEndpointGroups, in one page."""
    return {"EndpointGroups": _below(request, _GROUP, "ListenerArn")}


@operation("globalaccelerator", "UpdateEndpointGroup")
def update_endpoint_group(request: Request) -> dict[str, Any]:
    """UpdateEndpointGroup."""
    arn = request.text("EndpointGroupArn")
    _get(request, _GROUP, arn)
    MEMORY.keep(request, _GROUP, arn, picked(request.params, *_GROUP_MEMBERS) | _endpoints(request))
    return {"EndpointGroup": _get(request, _GROUP, arn)}


@operation("globalaccelerator", "DeleteEndpointGroup")
def delete_endpoint_group(request: Request) -> None:
    """DeleteEndpointGroup."""
    arn = request.text("EndpointGroupArn")
    _get(request, _GROUP, arn)
    MEMORY.drop(request, _GROUP, [arn])


@operation("globalaccelerator", "ListTagsForResource")
def list_tags(request: Request) -> dict[str, Any]:
    """ListTagsForResource."""
    _get(request, _ACCELERATOR, request.text("ResourceArn"))
    return {"Tags": MEMORY.of(request, "ga-tags", request.text("ResourceArn")).get("Tags", [])}


@operation("globalaccelerator", "TagResource", "UntagResource")
def tag(request: Request) -> None:
    """TagResource and UntagResource."""
    arn = request.text("ResourceArn")
    _get(request, _ACCELERATOR, arn)
    held = {item["Key"]: item["Value"] for item in MEMORY.of(request, "ga-tags", arn).get("Tags", [])}
    held |= {item["Key"]: item["Value"] for item in request.params.get("Tags") or ()}
    lost = request.params.get("TagKeys") or ()
    left = [{"Key": key, "Value": value} for key, value in held.items() if key not in lost]
    MEMORY.put(request, "ga-tags", arn, {"Tags": left})


def _update(request: Request, kind: str, member: str, *names: str) -> dict[str, Any]:
    arn = request.text(member)
    _get(request, kind, arn)
    changed = {"LastModifiedTime": _now()} if kind == _ACCELERATOR else {}
    MEMORY.keep(request, kind, arn, picked(request.params, *names) | changed)
    return _get(request, kind, arn)


def _below(request: Request, kind: str, member: str) -> list[dict[str, Any]]:
    arn = request.text(member)
    _get(request, _ACCELERATOR if kind == _LISTENER else _LISTENER, arn)
    return [values for key, values in MEMORY.all(request, kind).items() if key.startswith(f"{arn}/")]
