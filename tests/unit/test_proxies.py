"""Behind a company's proxy: what is on this machine goes direct, everything else through it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from slack_bolt import App

from bot.slack_client import unreachable, web_client
from bot.transport import Socket
from generator.proxies import proxy_of, settle
from tests.fakes.proxy_server import ProxyServer

ROOT = Path(__file__).parents[2]
OWN = "127.0.0.1,localhost,::1"
PROXY = "http://proxy.example:3128"
NAMES = [name for low in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (low, low.upper())]
CERTIFICATES = ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


def both(**values: str) -> dict[str, str]:
    """Each variable in small letters and in capitals."""
    return {spelled: value for name, value in values.items() for spelled in (name, name.upper())}


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ({}, {}),
        ({"NO_PROXY": "intranet"}, {"NO_PROXY": "intranet"}),
        ({"HTTPS_PROXY": PROXY}, {"HTTPS_PROXY": PROXY, **both(no_proxy=OWN)}),
        ({"http_proxy": PROXY, "no_proxy": "intranet, localhost"},
         {"http_proxy": PROXY, **both(no_proxy="intranet,localhost,127.0.0.1,::1")}),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "a", "NO_PROXY": "b"}, {"HTTPS_PROXY": PROXY, **both(no_proxy=f"a,b,{OWN}")}),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}),
        ({"ALL_PROXY": PROXY}, {"ALL_PROXY": PROXY, **both(http_proxy=PROXY, https_proxy=PROXY, no_proxy=OWN)}),
        ({"all_proxy": PROXY, "HTTPS_PROXY": "http://other:1"},
         {"all_proxy": PROXY, "HTTPS_PROXY": "http://other:1", **both(http_proxy=PROXY, no_proxy=OWN)}),
        ({"ALL_PROXY": "socks5://proxy:1080"}, {"ALL_PROXY": "socks5://proxy:1080", **both(no_proxy=OWN)}),
        ({"SSL_CERT_FILE": "/ca.pem"}, {"SSL_CERT_FILE": "/ca.pem", "AWS_CA_BUNDLE": "/ca.pem"}),
        ({"REQUESTS_CA_BUNDLE": "/ca.pem"},
         {"REQUESTS_CA_BUNDLE": "/ca.pem", "SSL_CERT_FILE": "/ca.pem", "AWS_CA_BUNDLE": "/ca.pem"}),
        ({"AWS_CA_BUNDLE": "/aws.pem", "SSL_CERT_FILE": "/all.pem"},
         {"AWS_CA_BUNDLE": "/aws.pem", "SSL_CERT_FILE": "/all.pem"}),
        ({"AWS_CA_BUNDLE": "/aws.pem"}, {"AWS_CA_BUNDLE": "/aws.pem"}),
    ],
)  # fmt: skip
def test_the_variables_say_one_thing(given: dict[str, str], settled: dict[str, str]) -> None:
    """Whatever a person sets, every library reads the same; what is set for AWS alone stays for AWS alone."""
    environ = dict(given)
    settle(environ)
    assert environ == settled
    settle(environ)
    assert environ == settled, "a process that this one starts changes nothing more"


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("https://slack.com/api/", False),
        ("wss://wss-primary.slack.com/link", True),
        ("http://127.0.0.1:8080/api/", True),
        ("http://localhost:8080/api/", True),
        ("http://[::1]:8080/api/", True),
        ("https://slack.intranet/api/", True),
        ("not an address", True),
    ],
)
def test_slack_obeys_too(monkeypatch: pytest.MonkeyPatch, url: str, direct: bool) -> None:
    """Its library knows no NO_PROXY. A WebSocket takes what its client of the Web API takes."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "intranet")
    assert (proxy_of(url) is None) == direct


def run(folder: Path, proxies: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own, with credentials that nobody has."""
    environ = {name: value for name, value in os.environ.items() if name not in {*NAMES, *CERTIFICATES}}
    environ |= {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": str(ROOT)} | proxies
    argv = [sys.executable, "-m", *words]
    return subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("names", [("HTTPS_PROXY", "HTTP_PROXY"), ("https_proxy", "http_proxy"), ("ALL_PROXY",)])
def test_slack_and_aws_are_asked_through_the_proxy(tmp_path: Path, names: tuple[str, ...]) -> None:
    """`doctor` asks both; each goes to the proxy, whichever variable names it."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    with ProxyServer() as proxy:
        given = dict.fromkeys(names, proxy.url) | {
            "SLACK_BOT_TOKEN": f"xoxb-{'1' * 30}",
            "SLACK_APP_TOKEN": f"xapp-{'1' * 30}",
        }
        found = run(tmp_path, given, "bot", "doctor")
    assert "Traceback" not in found.stderr
    hosts = {host.partition(":")[0] for host in proxy.asked}
    assert "slack.com" in hosts, (proxy.asked, found.stdout, found.stderr)
    assert any(host.endswith(".amazonaws.com") for host in hosts), (proxy.asked, found.stdout, found.stderr)
    assert f"Slack can't be reached through the proxy {proxy.url}: Tunnel connection failed: 502" in found.stdout


@pytest.mark.parametrize("names", [("http_proxy", "https_proxy"), ("ALL_PROXY",)])
def test_the_sandbox_is_asked_without_the_proxy(tmp_path: Path, names: tuple[str, ...]) -> None:
    """It is started, prepared and asked, and the proxy hears of nothing."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    with ProxyServer() as proxy:
        given = dict.fromkeys(names, proxy.url)
        try:
            made = run(tmp_path, given, "generator", "sandbox", "prepare", "dev")
            assert made.returncode == 0, made.stderr
            asked = run(tmp_path, given, "generator", "status", "dev", "--sandbox")
            assert asked.returncode == 0, asked.stderr
        finally:
            run(tmp_path, given, "generator", "sandbox", "stop")
    assert proxy.asked == set()


def test_a_password_of_the_proxy_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the proxy's host and port, and what to check."""
    monkeypatch.setenv("https_proxy", "http://ana:s3cret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "")
    said = unreachable(web_client("https://slack.com/api/"), OSError("refused"))
    assert said == (
        "Slack can't be reached through the proxy http://proxy.example:3128: refused; check HTTPS_PROXY and NO_PROXY"
    )
    own = unreachable(web_client("http://127.0.0.1:1/api/"), OSError("refused"))
    assert own == "Slack does not answer: refused; check that port 443 is open, or set HTTPS_PROXY"


def test_a_websocket_takes_what_its_client_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local Slack is reached directly over Socket Mode, too, and Slack itself through the proxy."""
    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setenv("no_proxy", "")
    for url, proxy in (("http://127.0.0.1:1/api/", None), ("https://slack.com/api/", PROXY)):
        app = App(
            client=web_client(url), signing_secret="s" * 8, authorize=lambda: None, token_verification_enabled=False
        )
        socket = Socket(app, "xapp-1")
        assert socket._handler.client.proxy == proxy
        socket.close()
