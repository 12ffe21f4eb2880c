"""A static site from its folder to CloudFront: published by digest, released, released again, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from generator.aws.session import Keys, Session
from tests.integration.checkout import HOME, Checkout

# What is typed here runs in other tests with its coverage measured.
pytestmark = pytest.mark.no_cover

DEV = "111111111111"
SITES = """
sites:
  web:
    host: www.dev.example.com
    certificate_arn: arn:aws:acm:us-east-1:111111111111:certificate/0f0f0f0f-1111-2222-3333-444444444444
    paths: [/api/*]
"""
APP = """\
port: 8080
deploy_to: [dev]
route: { hosts: [www.dev.example.com], paths: [/api/*] }
"""


class Edge:
    """CloudFront's side: what a viewer gets, read from the distribution and the bucket as they are now."""

    def __init__(self, port: int) -> None:
        url = f"http://127.0.0.1:{port}"
        self._cloudfront = Session("eu-west-1", keys=Keys(DEV, "x"), endpoint=url).api("cloudfront")
        self._s3 = Session("eu-west-1", keys=Keys(HOME, "x"), endpoint=url).api("s3")

    def config(self) -> dict[str, Any]:
        """The configuration of the only distribution."""
        [row] = self._cloudfront("list_distributions")["DistributionList"]["Items"]
        found: dict[str, Any] = self._cloudfront("get_distribution", Id=row["Id"])["Distribution"]["DistributionConfig"]
        return found

    def origin(self, path: str) -> dict[str, Any]:
        """The origin that a path leads to: the first behavior whose pattern matches, else the default."""
        config = self.config()
        behaviors = config["CacheBehaviors"]["Items"]
        default = config["DefaultCacheBehavior"]
        chosen = next((b for b in behaviors if fnmatchcase(path, b["PathPattern"])), default)
        return next(o for o in config["Origins"]["Items"] if o["Id"] == chosen["TargetOriginId"])

    def get(self, path: str) -> tuple[str, str, str]:
        """Text, type and Cache-Control of a file, as its origin has it."""
        origin = self.origin(path)
        bucket = origin["DomainName"].partition(".s3.")[0]
        found = self._s3("get_object", Bucket=bucket, Key=f"{origin['OriginPath']}{path}".removeprefix("/"))
        return found["Body"].read().decode(), found["ContentType"], found["CacheControl"]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with a platform of one service and one site, and two builds of the site."""
    found = Checkout(tmp_path)
    stacks = tmp_path / "stacks"
    dev = stacks / "environments" / "dev.yaml"
    dev.write_text(dev.read_text() + SITES)
    (stacks / "services" / "web.yaml").unlink()
    (stacks / "services" / "app.yaml").write_text(APP)
    for number in ("1", "2"):
        folder = tmp_path / f"dist{number}"
        (folder / "assets").mkdir(parents=True)
        (folder / "index.html").write_text(f"<title>{number}</title>")
        (folder / "assets" / f"page-{number}.js").write_text(f"show({number})")
    yield found
    found.stop()


def test_a_release_moves_a_site_to_other_files_and_back(checkout: Checkout) -> None:
    """Each version's page is served from its digest, the API under the same host; a roll-back serves the page before.

    A page that was opened before a release still finds the files that its version had.
    """
    slipway = checkout.slipway
    slipway("apply dev --yes")
    edge = Edge(checkout.port)
    assert edge.get("/index.html")[0].startswith("<!doctype html><title>A sample page")

    slipway("publish --site web=dist1")
    slipway("deploy web dev")
    first = edge.origin("/index.html")["OriginPath"]
    assert edge.get("/index.html") == ("<title>1</title>", "text/html; charset=utf-8", "no-cache")
    script = ("show(1)", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable")
    assert edge.get("/assets/page-1.js") == script
    balancer = edge.origin("/api/overview")
    assert (balancer["Id"], balancer["CustomOriginConfig"]["OriginProtocolPolicy"]) == ("services", "https-only")

    slipway("publish --site web=dist2")
    release = slipway("deploy web dev --json").document["release"]
    assert release["after"]["parameters"]["SitePath"] != first
    effects = {row["logical_id"]: row["effect"] for row in release["reading"]["meaning"]["effects"]}
    assert effects == {"Distribution": "restart"}
    assert edge.get("/index.html")[0] == "<title>2</title>"
    assert edge.get("/assets/page-1.js") == script

    slipway("rollback web dev")
    assert edge.origin("/index.html")["OriginPath"] == first
    assert edge.get("/index.html")[0] == "<title>1</title>"
    assert re.search(r"^web +dev .* dev-web-\d+ succeeded$", slipway("status dev").out, re.MULTILINE)
