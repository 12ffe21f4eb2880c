"""How the outside world finds an environment."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.edge import build
from templates.edge.dns import record_id
from templates.params.base import Scope
from templates.params.operations import Cdn, Edge, EdgeParams, Failover
from tests.unit.templates.built import Json, findings, of, plain

SCOPE = Scope(
    platform="slipway",
    environment="prod",
    account="123456789012",
    region="eu-west-1",
    owner="platform",
    cost_center="shared",
    stack="edge",
)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-1111-2222-3333-444444444444"
EVERYTHING = Edge(
    health_check=True,
    failover=Failover(role="primary", record="www"),
    cdn=Cdn(alias="static.example.com", certificate_arn=CERTIFICATE),
    accelerator=True,
)


def params(edge: Edge | None = None, **changes: Any) -> EdgeParams:
    """Parameters of an edge stack with two services; ``changes`` replaces fields."""
    fields: Json = {
        "scope": SCOPE,
        "edge": edge or Edge(),
        "domain": "example.com",
        "hosted_zone_id": "Z0123456789",
        "hosts": ("app.example.com", "web.example.com"),
        "health_path": "/health",
    }
    return EdgeParams(**{**fields, **changes})


def made(edge: Edge | None = None, **changes: Any) -> Json:
    """The built template."""
    return plain(build(params(edge, **changes)))


def records(template: Json) -> dict[str, Json]:
    """Records by name."""
    return {r["Name"]: r for r in of(template, "AWS::Route53::RecordSet").values()}


@pytest.mark.no_cover
def test_cfn_lint_has_nothing_to_say() -> None:
    """The stack passes cfn-lint with experimental and informational rules, whatever is switched on."""
    variants = [
        made(),
        made(EVERYTHING),
        made(Edge(cdn=Cdn()), hosts=()),
        made(Edge(cdn=Cdn(paths=()), records=False), hosted_zone_id=None),
        made(Edge(health_check=True, records=False), hosted_zone_id=None, hosts=()),
    ]
    assert findings(variants) == []


def test_every_host_reaches_the_load_balancer() -> None:
    """Each host of a service is an alias record that Route 53 takes away when no target is healthy."""
    found = records(made())
    assert set(found) == {"app.example.com", "web.example.com"}
    assert found["app.example.com"]["AliasTarget"] == {
        "DNSName": {"Ref": "LoadBalancerDnsName"},
        "HostedZoneId": {"Ref": "LoadBalancerZoneId"},
        "EvaluateTargetHealth": True,
    }


@pytest.mark.parametrize("host", ["app.elsewhere.org", "notexample.com", "a?.example.com"])
def test_hosts_that_the_zone_cannot_hold_get_no_record(host: str) -> None:
    """Names of other domains, and patterns that only listener rules know, are left to anyone who owns them."""
    assert set(records(made(hosts=("app.example.com", host)))) == {"app.example.com"}


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        ({}, False),
        ({"hosts": ()}, True),
        ({"hosted_zone_id": None}, True),
        ({"hosts": ("app.elsewhere.org",)}, True),
        ({"edge": Edge(records=False)}, True),
        ({"edge": Edge(records=False, health_check=True)}, False),
        ({"hosts": (), "edge": Edge(accelerator=True)}, False),
    ],
)
def test_a_stack_with_nothing_in_it_says_so(changes: Json, *, empty: bool) -> None:
    """CloudFormation refuses a template without resources, so such a stack is not made."""
    assert params(**changes).empty is empty
    if not empty:
        assert made(**changes)["Resources"]


def test_the_accelerator_stands_before_the_load_balancer() -> None:
    """With Global Accelerator the records point to it, and it keeps the addresses of clients."""
    template = made(EVERYTHING)
    target = records(template)["app.example.com"]["AliasTarget"]
    assert target["DNSName"] == {"Fn::GetAtt": ["Accelerator", "DnsName"]}
    assert target["HostedZoneId"] == "Z2BJ6XQ5FK7U4H"
    (group,) = of(template, "AWS::GlobalAccelerator::EndpointGroup").values()
    (endpoint,) = group["EndpointConfigurations"]
    assert endpoint["EndpointId"] == {"Ref": "LoadBalancerArn"}
    assert endpoint["ClientIPPreservationEnabled"] is True
    assert "LoadBalancerDnsName" not in template["Parameters"]


@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_one_side_of_a_failover_pair(role: Any) -> None:
    """Each side has its own set identifier and health check, so that the pair can stand in one zone."""
    template = made(Edge(failover=Failover(role=role, record="www")))
    record = records(template)["www.example.com"]
    assert record["Failover"] == role.upper()
    assert record["SetIdentifier"] == "slipway-prod"
    assert record["HealthCheckId"] == {"Ref": "HealthCheck"}


@pytest.mark.parametrize("record", ["www", "www.example.com"])
def test_the_failover_name_may_be_whole_or_relative(record: str) -> None:
    """Both ways to write the name below the zone mean the same record."""
    assert "www.example.com" in records(made(Edge(failover=Failover(role="primary", record=record))))


def test_the_health_check_asks_this_side_and_never_the_failover_name() -> None:
    """The failover name moves away with the very fault that the check has to see."""
    (check,) = of(made(EVERYTHING), "AWS::Route53::HealthCheck").values()
    config = check["HealthCheckConfig"]
    assert config["FullyQualifiedDomainName"] == "app.example.com"
    assert (config["Type"], config["Port"], config["ResourcePath"]) == ("HTTPS", 443, "/health")
    assert {t["Key"] for t in check["HealthCheckTags"]} >= {
        "platform",
        "environment",
        "owner",
        "cost-center",
        "service",
    }


def test_assets_are_read_by_this_distribution_alone() -> None:
    """The bucket is private; only this distribution reads it, signed, and everybody else needs TLS to be refused."""
    template = made(EVERYTHING)
    (bucket,) = of(template, "AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (policy,) = of(template, "AWS::S3::BucketPolicy").values()
    read, tls = policy["PolicyDocument"]["Statement"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert read["Action"] == ["s3:GetObject"]
    this = read["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert this[1] == {"Id": {"Ref": "Distribution"}}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    (control,) = of(template, "AWS::CloudFront::OriginAccessControl").values()
    assert control["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_named_paths_go_to_the_services_uncached() -> None:
    """API calls pass CloudFront with all methods, cookies and queries, and are never answered from the cache."""
    (made_,) = of(made(EVERYTHING), "AWS::CloudFront::Distribution").values()
    config = made_["DistributionConfig"]
    (behaviour,) = config["CacheBehaviors"]
    assert (behaviour["PathPattern"], behaviour["TargetOriginId"]) == ("/api/*", "services")
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert "POST" in behaviour["AllowedMethods"]
    origin = next(o for o in config["Origins"] if o["Id"] == "services")
    assert origin["DomainName"] == "app.example.com"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_services_routed_by_path_get_a_name_for_cloudfront() -> None:
    """CloudFront needs a name that the load balancer's certificate covers, even where no service has a host."""
    template = made(Edge(cdn=Cdn()), hosts=())
    (made_,) = of(template, "AWS::CloudFront::Distribution").values()
    assert made_["DistributionConfig"]["Origins"][1]["DomainName"] == "origin.example.com"
    assert set(records(template)) == {"origin.example.com"}


def test_the_host_behind_the_paths_can_be_chosen() -> None:
    """Where several services have hosts, the configuration says which of them answers."""
    (made_,) = of(made(Edge(cdn=Cdn(host="web.example.com"))), "AWS::CloudFront::Distribution").values()
    assert made_["DistributionConfig"]["Origins"][1]["DomainName"] == "web.example.com"


def test_an_alias_comes_with_records_and_its_certificate() -> None:
    """IPv4 and IPv6 records for the alias, TLS 1.2 and newer."""
    template = made(EVERYTHING)
    (made_,) = of(template, "AWS::CloudFront::Distribution").values()
    config = made_["DistributionConfig"]
    assert config["Aliases"] == ["static.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    kinds = [r["Type"] for r in of(template, "AWS::Route53::RecordSet").values() if r["Name"] == "static.example.com"]
    assert sorted(kinds) == ["A", "AAAA"]


@pytest.mark.parametrize(
    ("edge", "zone", "message"),
    [
        (Edge(failover=Failover(role="primary", record="www")), None, "hosted_zone_id"),
        (Edge(cdn=Cdn(alias="static.example.com", certificate_arn=CERTIFICATE)), None, "hosted_zone_id"),
        (Edge(cdn=Cdn(alias="static.example.com")), "Z0123456789", "certificate_arn"),
        (Edge(cdn=Cdn()), None, "edge.cdn.host"),
    ],
)
def test_what_cannot_work_is_an_error_that_names_the_field(edge: Edge, zone: str | None, message: str) -> None:
    """A record without a zone, an alias without a certificate and paths without a host never reach AWS."""
    with pytest.raises(ValueError, match=message):
        build(params(edge, hosted_zone_id=zone, hosts=()))


NAMES = st.lists(st.from_regex(r"\A(\*|[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?)\Z"), min_size=1, max_size=3).map(".".join)


@given(st.sets(NAMES, min_size=2, max_size=6))
def test_different_hosts_never_share_a_record(below: set[str]) -> None:
    """`a-b`, `a.b` and `ab` are different names, and so are the ids of their records."""
    hosts = {"example.com", *(f"{name}.example.com" for name in below)}
    assert len({record_id(host, "example.com") for host in hosts}) == len(hosts)


def test_hosts_never_collide_with_the_stacks_own_records() -> None:
    """Services may be called `failover`, `cdn` or `distribution`."""
    hosts = (
        "failover.example.com",
        "cdn.example.com",
        "distribution.example.com",
        "zone-apex.example.com",
        "example.com",
    )
    assert set(hosts) <= set(records(made(EVERYTHING, hosts=hosts)))
