"""New or changed connections out of or into the platform: one row for each resource type.

Sources: the page of each type in the CloudFormation Template Reference; Amazon ECS Developer Guide, "Amazon ECS task
definition parameters".
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.preview.change_context import ChangeContext
from generator.release.model.preview import Exposure

Json = Any
Properties = Mapping[str, Json]
_ACCOUNT = re.compile(r"(?:^|:)(\d{12})(?::|$|/)")
_INTERNET = "everybody on the internet"


class Reach(NamedTuple):
    """One connection: who, and what they can do. ``public`` means everybody."""

    who: str
    what: str
    public: bool = False


Way = Callable[[ChangeContext, str, Properties], Iterable[Reach]]


def reach_exposures(context: ChangeContext) -> Iterator[Exposure]:
    """Every connection that a resource has afterwards and did not have before."""
    for name in sorted(context.changes):
        ways, new = WAYS.get(context.type_of(name)), context.new(name)
        if ways is None or new is None:
            continue
        old = context.old(name)
        was = set(ways(context, name, old)) if old is not None else set()
        for row in dict.fromkeys(ways(context, name, new)):
            if row not in was:
                yield Exposure(
                    who=row.who, what=row.what, logical_id=name, sentence=f"{row.who} can {row.what}", public=row.public
                )


# --- containers


def _containers(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """What a container may do to its host, beyond its own files and processes."""
    del context
    for mode, what in (("NetworkMode", "network"), ("PidMode", "processes"), ("IpcMode", "memory")):
        if str(properties.get(mode, "")) == "host":
            yield Reach(f"the tasks of {name}", f"use the {what} of their host and of what else runs there")
    for container in _rows(properties.get("ContainerDefinitions")):
        yield from _container(f"container {container.get('Name', '')} of {name}", container)
    for volume in _rows(properties.get("Volumes")):
        host = volume.get("Host")
        path = host.get("SourcePath") if isinstance(host, Mapping) else None
        if path:
            yield Reach(f"the tasks of {name}", f"use the folder {path} of their host")


def _container(who: str, container: Properties) -> Iterator[Reach]:
    if str(container.get("Privileged", False)).lower() == "true":
        yield Reach(who, "do everything on its host as root: it is privileged")
    user = str(container.get("User", ""))
    if user.partition(":")[0] in ("root", "0"):
        yield Reach(who, "change every file of its image: it runs as root")
    linux = container.get("LinuxParameters")
    capabilities = linux.get("Capabilities") if isinstance(linux, Mapping) else None
    for capability in _list(capabilities.get("Add") if isinstance(capabilities, Mapping) else None):
        yield Reach(who, f"do what Linux keeps for root: capability {capability}")
    for device in _rows(linux.get("Devices") if isinstance(linux, Mapping) else None):
        yield Reach(who, f"use the device {device.get('HostPath', '')} of its host")
    for option in _list(container.get("DockerSecurityOptions")):
        yield Reach(who, f"run under the security option {option}")


# --- names


def _records(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Records in a zone that is not in this stack. Records of a private zone or of the stack's own zone are named too."""
    del name
    rows = _rows(properties.get("RecordSets")) or [properties]
    for row in rows:
        zone = str(
            row.get("HostedZoneId") or row.get("HostedZoneName") or properties.get("HostedZoneId")
            or properties.get("HostedZoneName") or "a zone"
        )  # fmt: skip
        if not _is_own(context, zone):
            target = row.get("AliasTarget")
            to = (
                target.get("DNSName")
                if isinstance(target, Mapping)
                else ", ".join(map(str, _list(row.get("ResourceRecords"))))
            )
            yield Reach(
                f"anyone who looks up {row.get('Name', '')} ({row.get('Type', '')})",
                f"be led to {_brief(to)}: a record in zone {zone}, which is not of this stack",
            )


# --- other accounts, networks and places


def _said(who: str, what: str, *names: str, public: bool = False) -> Way:
    """A connection that each resource of a type has. ``{0}``, ``{1}`` are its properties and ``{name}`` is its name."""

    def ways(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
        del context
        values = [_brief(properties.get(key)) for key in names]
        yield Reach(who.format(*values, name=name), what.format(*values, name=name), public)

    return ways


def _subscription(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Subscriptions of a topic. An endpoint in this stack gives nobody new access."""
    del name
    endpoint, protocol = str(properties.get("Endpoint", "")), str(properties.get("Protocol", ""))
    if not _is_own(context, endpoint):
        yield Reach(f"{protocol} {_brief(endpoint)}", f"read what is published to {_brief(properties.get('TopicArn'))}")


def _grantees(*places: str, verb: str) -> Way:
    """Accounts and principals that a property lists. Policies cover this account's own."""

    def ways(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
        for place in places:
            for item in _list(properties.get(place)):
                text = item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)
                account = _ACCOUNT.search(text)
                if text == "*" or (account and account.group(1) != context.account) or (text and not account):
                    yield Reach(_INTERNET if text == "*" else text, verb.format(name=name), text == "*")

    return ways


def _functions(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Layers from outside the stack run inside a function."""
    for layer in _list(properties.get("Layers")):
        if not _is_own(context, str(layer)):
            yield Reach(f"the layer {layer}", f"run inside of function {name}, with its role")


def _targets(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Event targets in other accounts, or outside of AWS."""
    for target in _rows(properties.get("Targets")):
        arn = str(target.get("Arn", ""))
        account = _ACCOUNT.search(arn)
        outside = ":event-bus/" in arn or ":api-destination/" in arn
        if (outside or (account and account.group(1) != context.account)) and not _is_own(context, arn):
            yield Reach(arn, f"read the events that rule {name} matches")


def _replication(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Copies of a bucket's objects."""
    config = properties.get("ReplicationConfiguration")
    for rule in _rows(config.get("Rules") if isinstance(config, Mapping) else None):
        target = rule.get("Destination")
        bucket = str(target.get("Bucket", "")) if isinstance(target, Mapping) else ""
        if bucket and not _is_own(context, bucket):
            account = str(target.get("Account", "")) if isinstance(target, Mapping) else ""
            yield Reach(
                f"anyone who may read {bucket}" + (f" in account {account}" if account else ""),
                f"read copies of the objects in bucket {name}",
            )


def _apprunner(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    del context
    network = properties.get("NetworkConfiguration")
    ingress = network.get("IngressConfiguration") if isinstance(network, Mapping) else None
    if not isinstance(ingress, Mapping) or str(ingress.get("IsPubliclyAccessible", True)).lower() != "false":
        yield Reach(_INTERNET, f"reach service {name} by its public address", public=True)


def _interfaces(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """Public addresses that an instance or a launch template requests."""
    del context
    data = properties.get("LaunchTemplateData", properties)
    rows = _rows(data.get("NetworkInterfaces")) if isinstance(data, Mapping) else []
    if any(str(row.get("AssociatePublicIpAddress", False)).lower() == "true" for row in rows):
        yield Reach(_INTERNET, f"reach {name} by a public address, as far as its groups allow", public=True)


def _api(context: ChangeContext, name: str, properties: Properties) -> Iterator[Reach]:
    """An API of API Gateway has a public endpoint unless it is private."""
    del context
    config = properties.get("EndpointConfiguration")
    kinds = _list(config.get("Types")) if isinstance(config, Mapping) else []
    if "PRIVATE" not in kinds:
        yield Reach(_INTERNET, f"reach the endpoint of API {name}, as far as its policy allows", public=True)


def _is_own(context: ChangeContext, text: str) -> bool:
    token = re.search(r"\$\{([A-Za-z0-9]+)", text)
    return bool(token and token.group(1) in context.after.resources)


def _brief(value: Json, most: int = 300) -> str:
    text = (
        value
        if isinstance(value, str)
        else "nothing"
        if value is None
        else json.dumps(value, sort_keys=True, default=str)
    )
    return text if len(text) <= most else f"{text[:most]}…"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _rows(value: Json) -> list[Mapping[str, Json]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


WAYS: Mapping[str, Way] = {
    "AWS::ECS::TaskDefinition": _containers,
    "AWS::Route53::RecordSet": _records,
    "AWS::Route53::RecordSetGroup": _records,
    "AWS::Route53::HostedZone": _said("anyone who looks up {0}", "be answered by the new zone {name}", "Name"),
    "AWS::SNS::Subscription": _subscription,
    "AWS::Logs::SubscriptionFilter": _said("{0}", "read the events of log group {1}", "DestinationArn", "LogGroupName"),
    "AWS::Logs::Destination": _said("anyone whom its policy names", "send log events to {name}"),
    "AWS::Lambda::Function": _functions,
    "AWS::Lambda::LayerVersionPermission": _said("account {0}", "use the layer {1}", "Principal", "LayerVersionArn"),
    "AWS::Events::Rule": _targets,
    "AWS::Events::ApiDestination": _said("{0}", "receive events by {name}", "InvocationEndpoint"),
    "AWS::S3::Bucket": _replication,
    "AWS::ECR::ReplicationConfiguration": _said("{0}", "hold copies of the registry's images", "ReplicationConfiguration"),
    "AWS::EC2::VPCPeeringConnection": _said("network {0} of account {1}", "exchange packets with network {2}, as far as routes and groups allow", "PeerVpcId", "PeerOwnerId", "VpcId"),
    "AWS::EC2::TransitGatewayAttachment": _said("whatever is on transit gateway {0}", "exchange packets with network {1}, as far as routes and groups allow", "TransitGatewayId", "VpcId"),
    "AWS::EC2::TransitGatewayVpcAttachment": _said("whatever is on transit gateway {0}", "exchange packets with network {1}, as far as routes and groups allow", "TransitGatewayId", "VpcId"),
    "AWS::EC2::VPNConnection": _said("whatever is behind {0}", "exchange packets with what {name} joins", "CustomerGatewayId"),
    "AWS::EC2::VPCEndpointService": _said("anyone who is allowed to connect", "reach the load balancers of endpoint service {name}"),
    "AWS::EC2::VPCEndpointServicePermissions": _grantees("AllowedPrincipals", verb="connect to the endpoint service of {name}"),
    "AWS::EC2::VPCGatewayAttachment": _said(_INTERNET, "be reached from network {0} through a gateway, as far as routes allow", "VpcId"),
    "AWS::EC2::EIP": _said(_INTERNET, "reach what has the public address {name}, as far as its groups allow", public=True),
    "AWS::EC2::EIPAssociation": _said(_INTERNET, "reach {0}{1} by a public address, as far as its groups allow", "InstanceId", "NetworkInterfaceId", public=True),
    "AWS::EC2::Instance": _interfaces,
    "AWS::EC2::LaunchTemplate": _interfaces,
    "AWS::EC2::Volume": _said("anyone who may read {0}", "find its content on {name}", "SnapshotId"),
    "AWS::ApiGateway::RestApi": _api,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::AppSync::GraphQLApi": _said(_INTERNET, "reach the endpoint of API {name} ({0})", "AuthenticationType", public=True),
    "AWS::AppRunner::Service": _apprunner,
    "AWS::CloudFront::Distribution": _said(_INTERNET, "reach what distribution {name} serves", public=True),
    "AWS::GlobalAccelerator::Accelerator": _said(_INTERNET, "reach what accelerator {name} leads to", public=True),
    "AWS::Cognito::UserPoolDomain": _said(_INTERNET, "sign in at {0}", "Domain", public=True),
    "AWS::Transfer::Server": _said(_INTERNET, "reach the server {name} ({0})", "EndpointType", public=True),
    "AWS::Lightsail::Instance": _said(_INTERNET, "reach instance {name}", public=True),
    "AWS::EC2::ClientVpnEndpoint": _said("anyone who signs in", "reach the network through {name}"),
}  # fmt: skip
