"""The page's nginx as it is configured: headers, caching, compression, health, and what it passes on."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator

import pytest

from tests.app.stage import Stage
from tests.frontend.site import FRONTEND, Site, served
from tests.release.fake_platform import FakePlatform


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A board over an empty log."""
    stage = Stage(FakePlatform(), refresh=3600.0)
    with served(stage, tmp_path_factory.mktemp("nginx")) as found:
        yield found


def script(site: Site) -> str:
    """The address of the page's script."""
    found = re.search(rb'src="(/assets/[^"]+\.js)"', site.get("/")[2])
    assert found
    return found[1].decode()


@pytest.mark.parametrize("path", ["/", "/releases/prod-app-12", "/api/overview", "/api/nothing", "/assets/none.js"])
def test_every_answer_has_the_strict_headers(site: Site, path: str) -> None:
    """Nothing comes from elsewhere, nothing is framed, nothing inline runs; failures have the headers too."""
    _, headers, _ = site.get(path)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["server"] == "nginx"
    assert headers["referrer-policy"] == "same-origin"


def test_every_address_of_the_board_is_the_page_and_files_are_not(site: Site) -> None:
    """A link to a release opens; a file that is missing is 404 and not a page; packed files are not offered."""
    status, headers, page = site.get("/releases/prod-app-12?x=1")
    assert (status, headers["cache-control"]) == (200, "no-cache")
    assert b'<div id="board">' in page
    assert site.get("/assets/none.js")[0] == 404
    assert site.get(f"{script(site)}.gz")[0] == 404
    assert site.ask("POST", "/")[0] == 403


def test_hashed_files_are_kept_forever_and_come_packed(site: Site) -> None:
    """A browser asks for a script once; it comes as it was packed when the page was built."""
    status, headers, packed = site.get(script(site), {"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed == (FRONTEND / "dist" / f"{script(site).removeprefix('/')}.gz").read_bytes()
    assert gzip.decompress(packed) == site.get(script(site))[2]


def test_health_answers_without_the_backend(site: Site) -> None:
    """The load balancer's check is about nginx; it is not logged."""
    assert site.get("/health")[::2] == (200, b"ok\n")


def test_the_api_passes_through_with_a_request_id_and_is_not_cached(site: Site) -> None:
    """The backend answers behind the same address; a request can be followed through both logs by its id."""
    status, headers, body = site.get("/api/session", {"X-Request-Id": "from-the-balancer"})
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert json.loads(body)["person"] == "ana"
    assert headers["x-request-id"] == "from-the-balancer"
    missing = json.loads(site.get("/api/releases/none", {"X-Request-Id": "a b"})[2])
    assert re.fullmatch(r"[0-9a-f]{32}", missing["request_id"]), "an id that is none is replaced"


def test_the_image_is_built_from_pinned_bases_and_runs_as_nobody() -> None:
    """Both bases by digest, no root, a health check, labels; scripts of packages never run; nothing else is copied in."""
    text = (FRONTEND / "Dockerfile").read_text()
    bases = re.findall(r"^ARG (?:BASE|NODE)=(.*)$", text, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"[a-z/-]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}", base) for base in bases)
    froms = re.findall(r"^FROM (?:--platform=\S+ )?(\S+) AS (\w+)$", text, re.MULTILINE)
    assert froms == [("${NODE}", "packages"), ("packages", "build"), ("build", "dev"), ("${BASE}", "prod")]
    prod = text.split(" AS prod\n")[1]
    assert "USER 10001:10001" in prod
    assert "HEALTHCHECK" in prod
    assert "/health" in prod
    assert prod.count("org.opencontainers.image.") == 3
    assert "npm ci --ignore-scripts" in text
    ignored = (FRONTEND / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for name in line.split()}
    assert copied == {name.removeprefix("!") for name in ignored[1:]}
    assert all((FRONTEND / name).exists() for name in copied)


def test_the_lock_has_a_hash_for_each_package_and_no_registry() -> None:
    """What is installed is what was reviewed, from whichever registry a machine is set up for."""
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, found in packages.items() if not found["integrity"].startswith("sha512-")] == []
    assert [name for name, found in packages.items() if "resolved" in found] == []
