"""The looked-up half: what it says when it can, and that it only says what is missing when it can't."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from generator import safe_text
from generator.aws.change_set_parser import change_set
from generator.cost.price_table import load
from generator.preview import text
from generator.preview.lookup_results import shown
from generator.preview.lookups import Commits, Culprit, Difference, Image, Sources
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Finding, ImageDiff, Meaning, Reading, Shown
from generator.release.model.version import Base
from tests.readings.case import Case, after, base, parameters
from tests.readings.cases import CASES
from tests.unit.preview.test_readings import ANSWERS

BY_NAME = {case.name: case for case in CASES}


class Broken:
    """Every port at once, and all of them fail."""

    def __getattr__(self, name: str) -> Any:
        def fails(*_: Any) -> Any:
            raise ConnectionError(f"{name} is throttled")

        return fails


class Here:
    """Every port at once, with answers."""

    def differences(self, stack_id: str) -> list[Difference]:
        del stack_id
        kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
        return [
            Difference("ListenerRule", kind, "rule", "/Actions/0/ForwardConfig/TargetGroups/0/Weight", "100", "0"),
            Difference("Service", "AWS::ECS::Service", "svc", "/DesiredCount", "", "7"),
            Difference("Service", "AWS::ECS::Service", "svc", "/EnableExecuteCommand", "false", "true"),
            Difference("TaskDefinition", "AWS::ECS::TaskDefinition", "td", "/Cpu", "1024", "512"),
            Difference("ErrorsAlarm", "AWS::CloudWatch::Alarm", "a", "/Threshold", "10", "99"),
        ]

    def last_change(self, physical_id: str) -> Culprit | None:
        return Culprit("alice", "2026-11-20T09:00:00Z") if physical_id == "svc" else None

    def image(self, uri: str) -> Image:
        old, new = Finding(name="CVE-1", severity="HIGH"), Finding(name="CVE-2", severity="CRITICAL", package="openssl")
        both = Finding(name="CVE-0", severity="LOW")
        found = (both, new) if "1" * 64 in uri else (both, old)
        return Image(size=120_000_000 if "1" * 64 in uri else 100_000_000, findings=found, base="debian:13")

    def base(self, uri: str, commit: str) -> Base | None:
        assert (uri[-64:], commit) == ("1" * 64, "b" * 40)
        return Base(name="python:3.13-slim", digest="sha256:7", built=86400.0)

    def between(self, before: str, after: str) -> Commits:
        return Commits(f"https://github.com/a/b/compare/{before[:7]}...{after[:7]}", ("Fix it", "Break it"))

    def last(self, stack_name: str) -> list[float]:
        del stack_name
        return [700.0, 600.0, 5000.0]

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        json.loads(existing)
        json.loads(new)
        return kind == "IDENTITY_POLICY"


def look(name: str, sources: Sources, **more: Any) -> Shown:
    case: Case = BY_NAME[name]
    before = base(case.base)
    found: ChangeSet = change_set(ANSWERS[name])
    return shown(found, before, after(case), sources, region="eu-west-1", before_parameters=parameters(before), **more)


def every(port: Any) -> Sources:
    return Sources(
        drift=port,
        trail=port,
        images=port,
        bases=port,
        history=port,
        durations=port,
        access=port,
        prices=load(),
        now=86400.0 * 30,
    )


def test_everything_that_can_be_looked_up() -> None:
    """A release shows its cost, drift with its culprit, commits, sizes, findings, and how long it takes."""
    found = look("image-only", every(Here()))
    assert found.unavailable == ()
    assert found.cost is not None
    assert found.cost.before == found.cost.after
    assert found.cost.rollout_usd > 0
    assert found.cost.date == load().date
    drift = {row.path: row for row in found.drift}
    assert set(drift) == {"/EnableExecuteCommand", "/Cpu", "/Threshold"}
    assert drift["/EnableExecuteCommand"].who == "alice"
    assert (drift["/Cpu"].overwritten, drift["/Threshold"].overwritten, drift["/EnableExecuteCommand"].overwritten) == (
        True,
        False,
        None,
    )
    assert found.image is not None
    assert found.image.compare_url.endswith("aaaaaaa...bbbbbbb")
    assert found.image.subjects == ("Fix it", "Break it")
    assert [f.name for f in found.image.new_findings] == ["CVE-2"]
    assert [f.name for f in found.image.fixed_findings] == ["CVE-1"]
    assert (found.image.size_before, found.image.size_after, found.image.base_age_days) == (
        100_000_000,
        120_000_000,
        29,
    )
    assert (found.image.base_image, found.image.base_digest) == ("python:3.13-slim", "sha256:7")
    assert found.expected is not None
    assert found.expected.seconds == 700.0
    assert "last 3 releases" in found.expected.source
    assert sum(phase.seconds for phase in found.expected.phases) == pytest.approx(700.0)


class Undated(Here):
    """CI saw a base whose registry gives no date."""

    def base(self, uri: str, commit: str) -> Base | None:
        del uri, commit
        return Base(name="distroless/python3")


class Unsaid(Here):
    """CI said nothing of a base; the image's own manifest names one."""

    def base(self, uri: str, commit: str) -> None:
        del uri, commit


@pytest.mark.parametrize(
    ("sources", "line", "missing"),
    [
        (every(Here()), "base python:3.13-slim, built 29 days ago", ""),
        (every(Here())._replace(now=86400.0 * 91), "base python:3.13-slim, built 90 days ago", ""),
        (every(Here())._replace(now=86400.0 * 92), "base python:3.13-slim, built 91 days ago ⚠ older than 90 days", ""),
        (every(Here())._replace(now=86400.0 * 2.5), "base python:3.13-slim, built 1 day ago", ""),
        (every(Here())._replace(now=1.0), "base python:3.13-slim, built today", ""),
        (every(Here())._replace(now=None), "base python:3.13-slim, build date not known", ""),
        (every(Undated()), "base distroless/python3, build date not known", "distroless/python3 gives no date"),
        (every(Unsaid()), "base debian:13, build date not known", "published without --base"),
        (every(Here())._replace(bases=Broken(), images=None), "base image: not known", "base is throttled"),
        (Sources(), "base image: not known", ""),
    ],
)
def test_the_age_of_the_base_image(sources: Sources, line: str, missing: str) -> None:
    """Its name and age, marked past 90 days, in the terminal, on pull requests and in JSON; what is not known is said."""
    found = look("image-only", sources)
    reading = Reading(meaning=Meaning(level="low", sentence="A new image"), shown=found)
    assert f"  {line}" in text.lines(reading)
    assert safe_text.markdown(line) in text.markdown(reading, change_set(ANSWERS["image-only"]))
    assert json.loads(text.to_json(reading))["shown"]["image"]["base"] == line
    assert not missing or any(missing in row for row in found.unavailable)


def test_the_age_of_a_base_binds_nobody() -> None:
    """What an approval is bound to is the same however old the base gets."""
    assert not {"base", "image"} & set(Meaning.__struct_fields__)
    young, old = (look("image-only", every(Here())._replace(now=86400.0 * days)).image for days in (2, 200))
    assert isinstance(young, ImageDiff)
    assert isinstance(old, ImageDiff)
    assert replace(young, base_age_days=old.base_age_days) == old


def test_a_look_up_that_fails_is_a_sentence() -> None:
    """Whatever breaks, people still get the reading, and read what is missing."""
    found = look("image-only", every(Broken()))
    assert found.drift == ()
    assert found.cost is not None
    said = "\n".join(found.unavailable)
    parts = ("last is throttled", "differences is throttled", "image is throttled", "between is throttled")
    for part in (*parts, "base is throttled"):
        assert part in said
    assert look("task-role-deletes", every(Broken())).unavailable[-1].startswith("Access Analyzer could not be asked")


def test_without_sources_nothing_is_invented() -> None:
    """No price table is "not known", never zero."""
    found = look("image-only", Sources())
    assert found.cost is None
    assert found.unavailable == ("the cost is not known: there is no price table",)


def test_without_the_trail_drift_has_no_culprit() -> None:
    """Drift is told without a name where CloudTrail can't be read."""
    found = look("image-only", every(Here())._replace(trail=Broken()))
    assert {row.who for row in found.drift} == {""}
    assert any("who changed it outside of CloudFormation" in line for line in found.unavailable)


def test_a_bigger_task_costs_more() -> None:
    """Twice the CPU and memory, twice the price, resource by resource; what did not change is not listed."""
    found = look("task-bigger", Sources(prices=load()))
    assert found.cost is not None
    [line] = found.cost.lines
    assert line.logical_id == "Service"
    assert line.before is not None
    assert line.after is not None
    assert line.after.typical == pytest.approx(line.before.typical * 2)
    assert found.cost.more == pytest.approx(line.after.typical - line.before.typical)


def test_a_cost_that_is_not_known_is_said() -> None:
    """A resource that no rule prices is listed as unknown."""
    found = look("classic-cache", Sources(prices=load()))
    assert found.cost is not None
    assert any(text.startswith("Cache: ") for text in found.cost.unknown)
    cache = next(line for line in found.cost.lines if line.logical_id == "Cache")
    assert (cache.before, cache.after) == (None, None)


def test_the_rollout_of_a_canary() -> None:
    """Phases follow from the service's own parameters: start, pause, canary, bake, drain."""
    found = look("image-only", Sources(prices=load())).expected
    assert found is not None
    assert [phase.name for phase in found.phases] == [
        "new tasks start",
        "waits for approval in chat",
        "5 % of traffic",
        "all traffic, baking",
        "draining",
    ]
    assert [phase.seconds for phase in found.phases] == [120.0, 0.0, 900.0, 1800.0, 30.0]
    assert found.seconds == 2850.0


def test_the_rollout_in_place() -> None:
    """A rolling update goes in batches that MaximumPercent allows."""
    found = look("copilot-image", Sources(prices=load())).expected
    assert found is not None
    assert [(phase.old_tasks, phase.new_tasks) for phase in found.phases] == [(2, 2), (0, 2)]


def test_access_analyzer_beside_our_own_reading() -> None:
    """AWS's check agrees or does not, policy by policy; policies that only AWS can resolve are not sent."""
    assert look("task-role-deletes", every(Here())).checked == ("Access Analyzer agrees on TaskRole: new access",)
    assert look("cdk-policy-wildcard", every(Here())).checked == ()
    agreed = look("classic-deny-gone", every(Here())).checked
    assert agreed == ("Access Analyzer agrees on WebPolicy: new access",)
    denied = look("cdk-key-shared", every(Here())).checked
    assert denied == ("Access Analyzer finds no new access in Key961B73FD, but this preview does",)
