"""Single properties that make something public: schemes, public addresses, open buckets, functions by URL.

Sources: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"; the pages of each property.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.risk.cited_fact import truth
from generator.preview.template_resolution import unresolved_parts
from generator.release.model.preview import Exposure

Json = Any
Properties = Mapping[str, Json]
_INTERNET = "everybody on the internet"


class PublicSetting(NamedTuple):
    """A property that makes something public. ``on`` is True, False, or None if the template does not determine it.

    ``presence``: a property whose absence means one thing for a new resource and perhaps another where it is
    removed.
    """

    on: Callable[[Properties], bool | None]
    what: Callable[[ChangeContext, str, Properties], str]
    public: bool = True
    who: str = _INTERNET
    presence: str = ""


def _said(name: str) -> Callable[[Properties], bool | None]:
    def on(properties: Properties) -> bool | None:
        return truth(properties[name]) if name in properties else False

    return on


def _scheme(properties: Properties) -> bool | None:
    scheme = properties.get("Scheme", "internet-facing")  # the default (AWS::ElasticLoadBalancingV2::LoadBalancer)
    return None if "${" in str(scheme) else scheme != "internal"


def _assigned(properties: Properties) -> bool | None:
    network = properties.get("NetworkConfiguration")
    if unresolved_parts(network):
        return None
    vpc = network.get("AwsvpcConfiguration") if isinstance(network, Mapping) else None
    value = str(vpc.get("AssignPublicIp", "DISABLED")) if isinstance(vpc, Mapping) else "DISABLED"
    return None if "${" in value else value == "ENABLED"


def _unblocked(properties: Properties) -> bool | None:
    block = properties.get("PublicAccessBlockConfiguration")
    if unresolved_parts(block):
        return None
    if not isinstance(block, Mapping):
        return False  # S3 blocks public access of new buckets by default since April 2023
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    values = [truth(block.get(name, False)) for name in names]
    return True if False in values else None if None in values else False


def _acl(properties: Properties) -> bool | None:
    if unresolved_parts(properties.get("AccessControl")):
        return None
    return str(properties.get("AccessControl", "Private")) in ("PublicRead", "PublicReadWrite", "AuthenticatedRead")


def _url(properties: Properties) -> bool | None:
    value = str(properties.get("AuthType", ""))
    return None if "${" in value else value == "NONE"


def _route(properties: Properties) -> bool | None:
    wide = properties.get("DestinationCidrBlock") == "0.0.0.0/0" or properties.get("DestinationIpv6CidrBlock") == "::/0"
    return wide and bool(properties.get("GatewayId"))


def _endpoint(properties: Properties) -> bool | None:
    config = properties.get("ResourcesVpcConfig")
    return truth(config.get("EndpointPublicAccess", True)) if isinstance(config, Mapping) else True


def _commands(properties: Properties) -> bool | None:
    return truth(properties.get("EnableExecuteCommand", False))


def _open_api(properties: Properties) -> bool | None:
    return (
        str(properties.get("AuthorizationType", "NONE")) == "NONE"
        and str(properties.get("ApiKeyRequired", "false")).lower() != "true"
    )


def _text(words_: str) -> Callable[[ChangeContext, str, Properties], str]:
    def what(context: ChangeContext, name: str, properties: Properties) -> str:
        del context, properties
        return words_.format(name)

    return what


SWITCHES: Mapping[str, tuple[PublicSetting, ...]] = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        PublicSetting(_scheme, _text("load balancer {}, as far as its groups allow")),
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        PublicSetting(_scheme, _text("load balancer {}, as far as its groups allow")),
    ),
    "AWS::RDS::DBInstance": (
        PublicSetting(
            _said("PubliclyAccessible"), _text("database {} by a public address, as far as its groups allow")
        ),
    ),
    "AWS::RDS::DBCluster": (
        PublicSetting(
            _said("PubliclyAccessible"), _text("database {} by a public address, as far as its groups allow")
        ),
    ),
    "AWS::Redshift::Cluster": (
        PublicSetting(_said("PubliclyAccessible"), _text("cluster {} by a public address, as far as its groups allow")),
    ),
    "AWS::ECS::Service": (
        PublicSetting(_assigned, _text("tasks of {} by public addresses, as far as their groups allow")),
        PublicSetting(
            _commands, _text("a shell in the tasks of {}"), public=False, who="anyone who may call ecs:ExecuteCommand"
        ),
    ),
    "AWS::EC2::Subnet": (
        PublicSetting(
            _said("MapPublicIpOnLaunch"),
            _text("resources that start in subnet {} by a public address, as far as groups allow"),
        ),
    ),
    "AWS::EC2::Route": (PublicSetting(_route, _text("subnets with route {}, in and out through an internet gateway")),),
    "AWS::S3::Bucket": (
        PublicSetting(
            _unblocked,
            _text("bucket {}, if a policy or an ACL allows it: public access is no longer blocked"),
            public=False,
            presence="PublicAccessBlockConfiguration",
        ),
        PublicSetting(_acl, _text("objects in bucket {}: its ACL is public")),
    ),
    # "your function's resource-based policy is always in effect and must grant public access" (Lambda Developer Guide).
    "AWS::Lambda::Url": (
        PublicSetting(_url, _text("the function behind {} without signing in, as far as the function's policy allows")),
    ),
    "AWS::EKS::Cluster": (PublicSetting(_endpoint, _text("the API of cluster {}")),),
    "AWS::ApiGateway::Method": (PublicSetting(_open_api, _text("method {} without signing in")),),
    "AWS::ApiGatewayV2::Route": (PublicSetting(_open_api, _text("route {} without signing in")),),
    "AWS::MSK::Cluster": (),
}


def switch_exposures(context: ChangeContext) -> Iterable[Exposure]:
    """What is public afterwards and was not before."""
    for name in sorted(context.changes):
        new = context.new(name)
        if new is None:
            continue
        old = context.old(name)
        for switch in SWITCHES.get(context.type_of(name), ()):
            was, now = (switch.on(old) if old is not None else False), switch.on(new)
            if switch.presence and old is not None and old.get(switch.presence) and not new.get(switch.presence):
                now = None
            if now is False or (was is True and now is True) or (was is None and now is None):
                continue
            certain = now is True and was is False
            what = switch.what(context, name, new)
            yield Exposure(
                who=switch.who,
                what=what,
                logical_id=name,
                sentence=f"{switch.who} {'can' if certain else 'may'} reach {what}",
                public=switch.public and certain,
                certain=certain,
            )


def listener_exposures(context: ChangeContext) -> Iterable[Exposure]:
    """Ports that a load balancer listens on afterwards and did not before."""
    for name in sorted(context.changes):
        if context.type_of(name) != "AWS::ElasticLoadBalancingV2::Listener":
            continue
        new, old = context.new(name), context.old(name)
        if new is None:
            continue
        port, balancer = str(new.get("Port", "")), str(new.get("LoadBalancerArn", ""))
        if (
            old is not None
            and str(old.get("Port", "")) == port
            and old.get("LoadBalancerArn") == new.get("LoadBalancerArn")
        ):
            if str(old.get("Protocol")) in ("HTTPS", "TLS") and str(new.get("Protocol")) in ("HTTP", "TCP"):
                yield _listens(name, port, balancer, context, how="without encryption")
            continue
        yield _listens(name, port, balancer, context)


def _listens(name: str, port: str, balancer: str, context: ChangeContext, how: str = "") -> Exposure:
    logical = balancer.strip("${}").partition(".")[0]
    properties = context.new(logical)
    faces = _scheme(properties) if properties is not None else None
    who = {True: _INTERNET, False: "the network"}.get(faces if faces is not None else False, "")
    who = who if faces is not None else "anyone who reaches the load balancer"
    what = f"port {port} of {display_names.resource(context, balancer)}"
    end = f" {how}" if how else ", as far as its groups allow"
    return Exposure(
        who=who,
        what=what,
        logical_id=name,
        sentence=f"{who} can reach {what}{end}",
        public=faces is True,
        certain=faces is not None,
    )
