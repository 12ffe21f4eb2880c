"""Cards stay within Slack's limits and show hostile text as text, whatever a release holds."""

from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.blocks import button_values, home, lists, modals, notes, rollout_image
from bot.blocks import changes as drawn
from bot.blocks.card import card
from bot.blocks.message import Message
from bot.blocks.rollout_image import drawable
from bot.blocks.text import clip, code, link, plain, pre, safe
from bot.workspace.blocks.validate import characters, validate_blocks, walk
from bot.workspace.blocks.views import validate_view
from generator.release.client import StackStatus
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.observed import LogLine
from generator.release.model.people import Actor
from generator.release.model.preview import (
    Cost,
    Drifted,
    Expected,
    Exposure,
    Finding,
    Gain,
    ImageDiff,
    Meaning,
    Money,
    Reading,
    ResourceEffect,
    Shown,
)
from generator.release.model.preview import Phase as Stretch
from generator.release.model.release import (
    Allowed,
    Approval,
    Cause,
    Debt,
    Deploy,
    Moment,
    Need,
    NeedsApproval,
    Progress,
    Release,
    Rollback,
    StackRef,
)
from generator.release.model.requests import Lines
from generator.release.model.states import (
    OUTCOMES,
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
)
from generator.release.model.version import Commit, Running, Version
from tests.release.fake_platform import FakePlatform
from tests.release.values import release as waiting

FACTS = FakePlatform().facts
NOW = 1_800_000_000.0
NASTY = [
    "", " ", "<!channel> <https://evil.example|click>", "`rm -rf /`", "*bold* _x_ ~y~ > q", "&amp;lt;", "\u202eevil\u202c",
    "שלום עולם مرحبا", "👩‍👩‍👧‍👦" * 40, "x" * 5000, "&" * 3000, "<@U0000000001>", "\x00\x1b[31m", "a\n" * 500, "|" * 300, "\ud800",
]  # fmt: skip
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=80))
few = st.integers(0, 3)
many = st.sampled_from([0, 1, 2, 30, 120])


def several(make: Any, sizes: Any = few) -> Any:
    """A tuple of a drawn size, all alike: what counts is their number and the worst of each."""
    return st.tuples(make, sizes).map(lambda pair: (pair[0],) * pair[1])


actors = st.builds(
    Actor,
    channel=st.sampled_from(["cli", "slack", "ci", "worker"]),
    id=text,
    person=st.sampled_from(["", "ana", "ben", "nobody"]),
)
running = st.builds(Running, commit=st.sampled_from(["", "a" * 40]), template=st.just(""), subject=text, release=text)
details = st.builds(Detail, attribute=text, path=text, before=st.none() | text, after=st.none() | text, cause=text)
changes = st.builds(
    ResourceChange, logical_id=text, type=text, action=st.sampled_from(["Add", "Modify", "Remove"]),
    replacement=st.sampled_from(["True", "False", "Conditional", ""]), details=several(details, many),
)  # fmt: skip
change_sets = st.builds(
    ChangeSet,
    arn=text,
    name=text,
    stack_id=text,
    stack_name=text,
    kind=st.just("UPDATE"),
    changes=several(changes, many),
)
money = st.builds(Money, min=st.just(0.0), typical=st.floats(0, 1e9), max=st.just(0.0))
phases = st.builds(
    Stretch, name=text, seconds=st.floats(0, 1e6), old_tasks=few, new_tasks=few, new_traffic_percent=st.floats(0, 100)
)
shown = st.builds(
    Shown, cost=st.none() | st.builds(Cost, before=money, after=money, unknown=several(text)),
    drift=several(st.builds(Drifted, logical_id=text, type=text, path=text, expected=text, actual=text)),
    image=st.none() | st.builds(ImageDiff, before=text, after=text, new_findings=several(st.builds(Finding, name=text, severity=text), many), base_image=st.just("") | text, base_age_days=st.none() | few),
    expected=st.none() | st.builds(Expected, seconds=st.floats(0, 1e6), source=text, phases=several(phases, many)),
)  # fmt: skip
readings = st.builds(
    Reading,
    meaning=st.builds(
        Meaning, level=st.sampled_from(["none", "low", "medium", "high", "critical"]), sentence=text,
        effects=several(st.builds(ResourceEffect, logical_id=text, type=text, action=text, effect=st.just("none"), why=text), many),
        gains=several(st.builds(Gain, who=text, logical_id=text, sentence=text), many),
        exposures=several(st.builds(Exposure, who=text, what=text, logical_id=text, sentence=text), many),
    ),
    shown=shown,
)  # fmt: skip
needs = st.builds(
    Need,
    rule=st.sampled_from(["image", "iam"]),
    people=st.integers(1, 5),
    by=several(text),
    requester=st.booleans(),
    why=text,
)
gates = (
    st.none() | st.builds(Allowed, why=text) | st.builds(NeedsApproval, rules=several(needs, st.sampled_from([1, 8])))
)
times = st.floats(0, 4e9)
states = st.one_of(
    st.builds(Proposed), st.builds(Waiting, since=times, expires=times, nudged=st.booleans()),
    st.builds(Approved, since=times, expires=times, held=text), st.builds(Executing, since=times, token=text),
    st.builds(Watching, since=times, token=text), st.builds(Verifying, since=times, until=times),
    st.builds(RollingBack, since=times, how=st.sampled_from(["operation", "release", "stuck"]), release=text, stuck=several(text, many)),
    st.builds(Closed, outcome=st.sampled_from(OUTCOMES), at=times, changed=st.booleans()),
)  # fmt: skip
progress = st.builds(
    Progress, stack_status=text, resource=text, done=few, total=few, deployment_status=text, stage=text, old_tasks=few,
    new_tasks=few, wanted=few, failed_tasks=few, traffic_percent=st.floats(0, 100), healthy=few, targets=few, hook=text,
    hook_stage=text, note=text,
)  # fmt: skip
moments = st.builds(Moment, at=times, what=text, who=text)
releases = st.builds(
    Release, id=st.just("prod-app-12"),
    stack=st.builds(StackRef, key=st.just("prod/service-app"), name=text, account=text, region=text, service=text),
    purpose=st.builds(Deploy) | st.builds(Rollback, of=text), requester=actors, reason=text, created=times, state=states,
    after=running, before=st.none() | running, change_set=st.none() | change_sets, reading=st.none() | readings, gate=gates,
    binding=st.sampled_from(["", "ab" * 32]), approvals=several(st.builds(Approval, actor=actors, at=times, binding=st.just("ab" * 32), break_glass=text), many),
    progress=progress, moments=several(moments, st.sampled_from([0, 1, 60])),
    cause=st.none() | st.builds(Cause, stage=st.just("rollout"), sentence=text, evidence=several(text, many), fix=text),
    debt=st.none() | st.builds(Debt, resources=several(text), at=times, actor=actors), break_glass=text, passed_over=several(text, many), closed=times,
)  # fmt: skip
# Shrinking such large values takes minutes; what failed is small enough to read as it is.
quick = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def holds(message: Message) -> None:
    """Both renderings are what Slack takes, and neither mentions or links anything from outside."""
    assert message.text
    for way in ({}, {"classic": True}, {"pictured": True}):
        blocks = message.rendered(**way)
        assert validate_blocks(blocks) == ()
        assert characters(blocks) <= 13_200
        interpreted = [message.text, *(v["text"] for _, v in walk(blocks) if v.get("type") == "mrkdwn")]
        for evil in ("<!channel>", "<https://evil", "\u202e"):
            assert not any(evil in text_ for text_ in interpreted)
    kinds = {block["type"] for block in message.rendered(classic=True)}
    assert kinds <= {"header", "section", "context", "actions", "divider"}


@quick
@given(releases, st.sampled_from(["", "F0123456789"]))
def test_every_card_is_within_the_limits_of_slack(release: Release, picture: str) -> None:
    """Whatever a release holds, its card is taken by Slack: with its picture, in new blocks and in classic ones."""
    drawn = card(release, FACTS, NOW, picture)
    holds(drawn)
    assert (drawn.pictured is not None) == bool(picture and drawable(release))


WAITS = Stretch(name="<!channel> waits", seconds=0, old_tasks=1, new_tasks=2, new_traffic_percent=0)
STARTS = Stretch(name="new tasks start", seconds=120, old_tasks=1, new_tasks=2, new_traffic_percent=0)
SERVES = Stretch(name="all traffic, baking", seconds=600, old_tasks=1, new_tasks=2, new_traffic_percent=100)


def test_the_picture_of_a_rollout_is_told_in_words() -> None:
    """Who sees no picture, or no colours, gets the same from its title and its alternative text."""
    drawn = rollout_image.rollout(
        Expected(seconds=720, source="x", phases=(STARTS, WAITS, SERVES)), "F0123456789"
    ).to_dict()
    assert drawn["title"]["text"] == (
        "⬜ old tasks  🟩 new tasks  🟧 traffic on the new side; about 12 min, a line every 2 min; dark where it "
        "waits for people"
    )
    assert drawn["alt_text"] == (
        "A rollout of about 12 min: new tasks start for 2 min (1 old task, 2 new tasks, 0 % of traffic on the new "
        "side); "
        "<!channel> waits as long as people take (1 old task, 2 new tasks, 0 % of traffic on the new side); "
        "all traffic, baking for 10 min (1 old task, 2 new tasks, 100 % of traffic on the new side)"
    )
    assert drawn["slack_file"] == {"id": "F0123456789"}


@quick
@given(releases)
def test_everything_beside_the_card_is_within_the_limits(release: Release) -> None:
    """Thread, direct messages, gate, result and notices likewise."""
    for message in (
        notes.log(release), notes.asking(release, FACTS, "https://x.example/archives/C1/p1"), notes.decided(release),
        notes.nudge(release, FACTS), notes.gate(release, FACTS), notes.passed(release), notes.result(release, FACTS),
        notes.notice(release, FACTS, ""),
    ):  # fmt: skip
        holds(message)


@quick
@given(releases, st.integers(-1, 40), text)
def test_modals_are_within_the_limits(release: Release, page: int, subject: str) -> None:
    """Details have as many pages as it takes, the form offers at most a hundred versions, and titles fit."""
    version = Version(commit=Commit(id="a" * 40, subject=subject, author=subject), published=1.0)
    versions = [Version(commit=Commit(id=f"{n:040x}", subject=subject), published=1.0) for n in range(130)]
    offer = modals.Offer(FACTS, ["dev", "prod"], versions, NOW)
    for view in (
        modals.details(release, page, "{}"), modals.rejection(release.id, "{}"), modals.loading("Deploy", "form", "{}"),
        modals.form(offer, modals.FormValues("app", "prod"), "{}"), modals.form(offer._replace(environments=[]), modals.FormValues(), "{}"),
        modals.form(offer._replace(versions=[version]), modals.FormValues(back=True), "{}"),
    ):  # fmt: skip
        assert validate_view(view.to_dict()) == ()


@quick
@given(st.none() | releases, running, text, st.integers(0, 80))
def test_lists_and_the_home_are_within_the_limits(
    open_: Release | None, there: Running, words: str, count: int
) -> None:
    """Status, history, diff, logs and App Home, with nothing in them and with far too much."""
    places = [
        StackStatus(key, Slot(running=there, open=words, outcome=words, last=words, at=1.0), open_)
        for key in FACTS.stacks
    ] * 8
    lock = LockNow(scope="prod/*", actor=Actor(channel="cli", id=words, person=""), reason=words, since=1.0)
    rows = [Summary(id=words, key=words, commit=words, subject=words, cause=words, approvers=(words,))] * count
    newer = [Version(commit=Commit(id="a" * 40, subject=words, author=words), published=1.0)] * count
    holds(lists.status(places, [lock] * count, FACTS, NOW))
    holds(lists.history("prod/service-app", rows, NOW))
    holds(lists.diff("prod/service-app", there, newer, FACTS))
    printed = tuple(LogLine(at=1.0 * n, stream=f"app/app/{words}", text=words) for n in range(count))
    for found in (Lines(group="/x/y", lines=printed), Lines(group="", why=words)):
        holds(lists.logs("prod/service-app", "eu-west-1", found, open_))
    holds(lists.usage())
    seen = home.HomeView(places, [open_] * 12 if open_ else [], [lock] * count, {})
    assert validate_view(home.view(seen, FACTS, NOW).to_dict()) == ()
    assert validate_view(home.refused("nobody").to_dict()) == ()


@pytest.mark.parametrize(
    ("image", "line"),
    [
        (ImageDiff(before="a", after="b", base_image="python:3.13-slim", base_age_days=41), "base python:3.13-slim, built 41 days ago"),
        (ImageDiff(before="a", after="b", base_image="debian", base_age_days=120), ("base debian, built 120 days "
            "ago ⚠ older than 90 days")),
        (ImageDiff(before="a", after="b", base_image="<!channel>"), "base &lt;!channel&gt;, build date not known"),
        (ImageDiff(before="a", after="b"), "base image: not known"),
    ],
)  # fmt: skip
def test_the_card_tells_the_base_image(image: ImageDiff, line: str) -> None:
    """Its age beside what the scan found, marked when it is old; where nobody said, the card says that."""
    [field] = drawn.shown(Reading(meaning=Meaning(level="low", sentence="s"), shown=Shown(image=image)), waiting())
    assert field == f"*Image*\nno new findings\n{line}"


@given(text | st.text(), st.integers(10, 400))
def test_text_from_outside_shows_as_text(raw: str, most: int) -> None:
    """Nothing from outside mentions anybody, links anywhere, ends a code span or grows beyond its place."""
    for made in (safe(raw, most), code(raw, most), pre(raw, most + 30), link("javascript:alert(1)", raw, most)):
        assert "<" not in made
        assert ">" not in made
    assert len(safe(raw, most)) <= most
    assert code(raw, most).count("`") == 2
    assert len(plain(raw, most)) <= most
    assert plain(raw, most)
    assert len(clip(raw, most)) <= most


@pytest.mark.parametrize("value", ["prod-app-12", "prod-app-12.abcdef0123", "prod-app-12..3", "prod-app-12.ab.7"])
def test_a_button_carries_an_id_and_no_order(value: str) -> None:
    """What comes back from a button is a release, what was seen of it and a page; anything else is refused."""
    found = button_values.pressed(value)
    assert found is not None
    assert found.release == "prod-app-12"
    for bad in (None, 7, "", "Prod", f"{value}; drop", "a" * 81, f"{value}\n", {"release": "x"}):
        assert button_values.pressed(bad) is None


def test_the_table_of_states_is_whole() -> None:
    """Every state a release can be in has a card; a new one would fail here first."""
    from generator.release.model import states as all_states

    assert len(get_args(all_states.State)) == 8


@pytest.mark.parametrize(
    ("image", "line"),
    [
        ({}, "no new findings"),
        ({"new_findings": (Finding(name="CVE-1", severity="HIGH"), Finding(name="CVE-2", severity="LOW"))}, "2 new findings, 1 severe"),
        ({"fixed_findings": (Finding(name="CVE-1", severity="HIGH"),)}, "no new findings, 1 fixed"),
        ({"size_after": 84 * 2**20}, "no new findings, 84 MiB"),
        ({"size_after": 84 * 2**20, "size_before": 81 * 2**20}, "no new findings, 84 MiB (+3)"),
        ({"size_after": 84 * 2**20, "size_before": 1084 * 2**20}, "no new findings, 84 MiB (-1,000)"),
        ({"size_after": 84 * 2**20, "size_before": 84 * 2**20 + 9}, "no new findings, 84 MiB"),
        ({"size_after": 2048}, "no new findings, 2 KiB"),
        ({"size_after": 300}, "no new findings"),
    ],
)  # fmt: skip
def test_what_the_card_says_of_an_image(image: dict[str, Any], line: str) -> None:
    """New and fixed findings, and the size with what it grew by: in a few words."""
    assert drawn._image(ImageDiff(before="a", after="b", **image)).splitlines()[0] == line
