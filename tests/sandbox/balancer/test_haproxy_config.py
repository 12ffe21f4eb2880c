"""The proxy's configuration: which rule takes a request, what a target must answer, and what HAProxy accepts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from generator.sandbox.balancer import haproxy_config
from generator.sandbox.balancer.haproxy import program
from generator.sandbox.balancer.haproxy_config import Places, Seat
from generator.sandbox.balancer.request_log import Counts, Request, parse
from generator.sandbox.balancer.routes_of_traffic import Check, Group, Listener, Rule, Traffic
from tests.sandbox.installed import need

CHECK = Check("/health?a='b c'", "200-299,401", 5, 2, 3, 2)
BLUE, GREEN = (Group(arn, f"targetgroup/{arn}/1", CHECK, 30, 0, least_requests=False) for arn in ("blue", "green"))


def traffic(*rules: Rule) -> Traffic:
    return Traffic((Listener("l", "lb", 443, True, 60, rules),), (BLUE, GREEN))


def text(found: Traffic, folder: Path = Path("/tmp/p"), seats: tuple[Seat, ...] = ()) -> str:  # noqa: S108 - a name in a text
    return haproxy_config.write(found, Places(str(folder), 4711, {"l": 4712}), seats)


@pytest.mark.parametrize(
    ("blue", "green", "below"),
    [(100, 0, 10_000), (0, 100, 0), (95, 5, 9_500), (1, 2, 3_333), (0, 0, 0)],
)
def test_weights_are_the_share_of_random_numbers_that_go_to_the_first_group(blue: int, green: int, below: int) -> None:
    """A rule of 95 to 5 sends 95 of a hundred requests to the first group, whatever it has for targets."""
    assert haproxy_config.weights(traffic(Rule("r", forward=(("blue", blue), ("green", green))))) == {"r0.0": below}


def test_a_request_is_sent_once() -> None:
    """What fails is seen: nothing in the configuration lets the proxy send a request again, or to another target."""
    lines = [line.strip() for line in text(traffic(Rule("r", forward=(("blue", 1),)))).splitlines()]
    again = [line for line in lines if re.match(r"(no )?(retries|retry-on|option redispatch)\b", line)]
    assert sorted(again) == ["no option redispatch", "retries 0"]


def test_a_change_of_weights_alone_needs_no_new_start() -> None:
    """ECS moves weights without a connection being touched; another rule or health check needs a new start."""
    before = traffic(Rule("r", forward=(("blue", 100), ("green", 0))))
    moved = traffic(Rule("r", forward=(("blue", 0), ("green", 100))))
    other = traffic(Rule("r", paths=("/x",), forward=(("blue", 100), ("green", 0))))
    assert haproxy_config.shape(before) == haproxy_config.shape(moved) != haproxy_config.shape(other)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/api/*", "/api/items", True),
        ("/api/*", "/api", False),
        ("/img?.png", "/img1.png", True),
        ("/img?.png", "/img12.png", False),
        ("/a.b", "/axb", False),
        ("/a+b(c", "/a+b(c", True),
        ("", "", False),
    ],
)
def test_patterns_of_rules_are_those_of_the_load_balancer(pattern: str, path: str, matches: bool) -> None:
    """A path pattern has two wildcards and no other magic; a condition that can't be asked matches nothing."""
    found = re.search(r"-m reg '(.*)' }", text(traffic(Rule("r", paths=(pattern,), forward=(("blue", 1),)), Rule(""))))
    assert found is not None
    assert bool(re.search(found[1], path)) is matches


def test_haproxy_accepts_what_templates_may_say(tmp_path: Path) -> None:
    """Text of a template can't break the configuration: quotes, percent signs, line ends and spaces stay text."""
    need("haproxy", "haproxy")
    hostile = "it's 100 % \n backend evil"
    found = traffic(
        Rule("a", hosts=("*.example.com", hostile), paths=(hostile, "/x y"), forward=(("blue", 1), ("green", 1))),
        Rule("b", answer=(404, "text/plain", hostile)),
        Rule("c", redirect=(301, "HTTPS", "443")),
        Rule("", answer=(503, "text/plain", "")),
    )
    path = tmp_path / "haproxy.cfg"
    (tmp_path / "weights.map").write_text("")
    path.write_text(text(found, tmp_path, (Seat("blue", 3, "127.0.0.1:9"),)))
    assert "backend evil" not in [line.strip() for line in path.read_text().splitlines()]
    run = subprocess.run([program(), "-c", "-f", str(path)], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "  server s3 127.0.0.1:9 check\n" in path.read_text()


def test_the_log_says_who_answered() -> None:
    """An answer of a target counts for its group; one of the load balancer itself counts as ELB's, and is no latency."""
    served = parse("R 1796038440329 l0 g0 s1 500 2 3 ---- 1 r1")
    refused = parse("R 1796038440329 l0 g0 s1 502 -1 0 SC-- - r1")
    nobody = parse("R 1796038440329 l0 g0 <NOSRV> 503 -1 0 SC-- - r1")
    assert served == Request(1796038440.329, "l0", "g0", "s1", 500, 0.002, 0.003, "----", True)
    assert parse("Server g0/s1 is UP/READY (leaving forced maintenance).") is None
    counts = Counts()
    for request in (served, refused, nobody):
        assert request is not None
        counts.add(request)
    assert counts.metrics() == [
        ("RequestCount", [2.0]),
        ("HTTPCode_Target_5XX_Count", [1.0]),
        ("TargetResponseTime", [0.002]),
        ("TargetConnectionErrorCount", [1.0]),
        ("HTTPCode_ELB_5XX_Count", [2.0]),
        ("HTTPCode_ELB_502_Count", [1.0]),
        ("HTTPCode_ELB_503_Count", [1.0]),
    ]
