"""A static site: files of a version behind CloudFront, and services under the same host."""

import json
import subprocess
from typing import Any

import pytest

from templates.params.base import Scope
from templates.params.operations import Edge
from templates.params.static_site import Site, SiteParams
from templates.site import REWRITE, build
from tests.unit.templates.built import Json, findings, of, plain, statements
from tests.unit.templates.iam_judge import ACCOUNT, decide
from tests.unit.templates.permissions_cases import rights
from tests.unit.templates.test_edge import made as edge
from tests.unit.templates.test_home import home

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-1111-2222-3333-444444444444"
SCOPE = Scope(
    platform="slipway", environment="prod", account="123456789012", region="eu-west-1", owner="platform",
    cost_center="shared", stack="site-web", service="web",
)  # fmt: skip


def made(**site: Any) -> Json:
    """The built template of a site."""
    said = Site(host="www.example.com", certificate_arn=CERTIFICATE, **site)
    bucket = "slipway-home-sites-333333333333-eu-west-1"
    params = SiteParams(scope=SCOPE, name="web", site=said, bucket=bucket, bucket_region="eu-west-1")
    return plain(build(params))


def config(template: Json) -> Json:
    """The configuration of its distribution."""
    (found,) = of(template, "AWS::CloudFront::Distribution").values()
    said: Json = found["DistributionConfig"]
    return said


@pytest.mark.no_cover
def test_cfn_lint_has_nothing_to_say() -> None:
    """The stack passes cfn-lint with experimental and informational rules, with services and without."""
    assert findings([made(), made(paths=("/api/*",))]) == []


def test_a_release_changes_the_path_of_one_origin() -> None:
    """The digest is a parameter that a release brings; it is used in one place."""
    template = made(paths=("/api/*",))
    pattern = template["Parameters"]["SitePath"]["AllowedPattern"]
    assert pattern == r"^/[a-z][a-z0-9-]*/[0-9a-f]{64}$"
    assert json.dumps(template["Resources"]).count('{"Ref": "SitePath"}') == 1
    by_id = {origin["Id"]: origin for origin in config(template)["Origins"]}
    assert by_id["page"]["OriginPath"] == {"Ref": "SitePath"}
    assert by_id["hashed"]["OriginPath"] == "/web/hashed"
    assert {origin["OriginAccessControlId"]["Ref"] for origin in (by_id["page"], by_id["hashed"])} == {"FilesAccess"}


def test_services_are_under_the_same_host() -> None:
    """Named paths reach the load balancer over TLS, uncached, with every header of the viewer; without paths nothing does."""
    found = config(made(paths=("/api/*", "/oauth2/*")))
    hashed, *services = found["CacheBehaviors"]
    assert (hashed["PathPattern"], hashed["TargetOriginId"]) == ("/assets/*", "hashed")
    assert [row["PathPattern"] for row in services] == ["/api/*", "/oauth2/*"]
    for row in services:
        assert row["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled
        assert row["OriginRequestPolicyId"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"  # Managed-AllViewer
        assert "DELETE" in row["AllowedMethods"]
    origin = found["Origins"][2]
    assert origin["DomainName"] == {"Ref": "LoadBalancerDnsName"}
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    bare = made()
    assert "LoadBalancerDnsName" not in bare["Parameters"]
    assert len(config(bare)["Origins"]) == 2


def test_a_site_has_its_name() -> None:
    """The distribution answers for the host with its certificate; the edge stack's records of both kinds lead there."""
    template = made()
    assert config(template)["Aliases"] == ["www.example.com"]
    assert config(template)["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert "WebSiteDomainName" in template["Outputs"]
    edges = edge(Edge(), hosts=(), sites=(("www.example.com", "web"),))
    records = of(edges, "AWS::Route53::RecordSet").values()
    assert {(row["Name"], row["Type"]) for row in records} == {("www.example.com", "A"), ("www.example.com", "AAAA")}
    assert {row["AliasTarget"]["DNSName"]["Ref"] for row in records} == {"WebSiteDomainName"}


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/", "/index.html"),
        ("/releases/prod-app-12", "/index.html"),
        ("/a.b/c", "/index.html"),
        ("/index.html", "/index.html"),
        ("/icon.svg", "/icon.svg"),
        ("/missing.js", "/missing.js"),
    ],
)
def test_addresses_of_the_page_are_its_page(asked: str, served: str) -> None:
    """A permalink opens the page; a file that is missing stays missing."""
    code = f"{REWRITE}\nconsole.log(handler({{ request: {{ uri: {json.dumps(asked)} }} }}).uri);"
    ran = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == served


def test_nobody_but_our_distributions_reads_and_the_publish_role_writes() -> None:
    """The bucket is there where an environment has a site. Nobody overwrites a file."""
    template = home(site_accounts=("111111111111", "222222222222"))
    policy = template["Resources"]["SitesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    by_sid = {row["Sid"]: row for row in policy}
    read = by_sid["DistributionsRead"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert read["Condition"] == {
        "ArnLike": {
            "aws:SourceArn": [
                {"Fn::Sub": f"arn:${{AWS::Partition}}:cloudfront::{account}:distribution/*"}
                for account in ("111111111111", "222222222222")
            ]
        }
    }
    assert by_sid["NothingIsOverwritten"]["Effect"] == "Deny"
    role = statements(template["Resources"]["PublishRole"]["Properties"])
    assert role["PublishSites"]["Resource"] == [{"Fn::Sub": "${SitesBucket.Arn}/*"}]
    without = home()
    assert "SitesBucket" not in without["Resources"]
    assert "PublishSites" not in statements(without["Resources"]["PublishRole"]["Properties"])


@pytest.mark.parametrize(
    ("name", "said"), [("slipway-prod-web", "allow"), ("slipway-dev-web", "silent"), ("others-prod-web", "silent")]
)
def test_the_execution_role_changes_functions_of_its_environment(name: str, said: str) -> None:
    """Functions have names, so those of other environments and platforms are out of reach."""
    for verb in ("UpdateFunction", "PublishFunction", "DeleteFunction", "TagResource"):
        arn = f"arn:aws:cloudfront::{ACCOUNT}:function/{name}"
        assert decide(rights("prod"), f"cloudfront:{verb}", arn) == said
