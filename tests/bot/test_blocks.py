"""Cards stay within Slack's limits and show hostile text as text, whatever a release holds."""

import json
import re
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import button_values, home, lists, modals, notes, overview, rollout_image
from bot.blocks import changes as drawn
from bot.blocks.card import card
from bot.blocks.message import Message
from bot.blocks.rollout_image import drawable
from bot.blocks.text import clip, code, link, plain, pre, safe
from bot.intents import Form
from bot.workspace.blocks.validate import characters, validate_blocks, walk
from bot.workspace.blocks.views import validate_view
from generator.release.client import StackStatus
from generator.release.model.log_records import LockNow, Slot, Summary
from generator.release.model.observed import LogLine
from generator.release.model.people import Actor
from generator.release.model.platform import PlatformFacts, StackFacts
from generator.release.model.preview import (
    Expected,
    Finding,
    ImageDiff,
    Meaning,
    Reading,
    Shown,
)
from generator.release.model.preview import Phase as Stretch
from generator.release.model.release import (
    Release,
    StackRef,
)
from generator.release.model.requests import Lines
from generator.release.model.version import Commit, Running, Version
from tests.bot.any_release import quick, releases, running, text
from tests.release.fake_platform import FakePlatform
from tests.release.values import release as waiting

FACTS = FakePlatform().facts
NOW = 1_800_000_000.0


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


def rolled(before: str, after: str) -> Release:
    """A release from one version to another."""
    platform = FakePlatform(apps=("app",))
    platform.created()
    release = platform.release("prod-app-1")
    was, now = (msgspec.structs.replace(release.after, commit=commit) for commit in (before, after))
    return msgspec.structs.replace(release, before=was, after=now)


def test_the_picture_of_a_rollout_is_reported_in_words() -> None:
    """Who sees no picture, or no colours, gets the same from its title and its alternative text."""
    expected = Expected(seconds=720, source="x", phases=(STARTS, WAITS, SERVES))
    drawn = rollout_image.rollout(rolled("1" * 40, "2" * 40), expected, "F0123456789").to_dict()
    assert drawn["title"]["text"] == (
        "⬜ 111111111111  🟩 222222222222  🟧 traffic of 222222222222; about 12 min, a line every 2 min; dark where it "
        "waits for people"
    )
    assert drawn["alt_text"] == (
        "A rollout of about 12 min: new tasks start for 2 min (1 task of 111111111111, 2 tasks of 222222222222, 0 % of the "
        "traffic to the second); "
        "<!channel> waits as long as people take (1 task of 111111111111, 2 tasks of 222222222222, 0 % of the traffic to "
        "the second); "
        "all traffic, baking for 10 min (1 task of 111111111111, 2 tasks of 222222222222, 100 % of the traffic to the second)"
    )
    same = rollout_image.rollout(rolled("1" * 40, "1" * 40), expected, "F0123456789").to_dict()
    assert same["title"]["text"].startswith("⬜ old tasks  🟩 new tasks  🟧 traffic of new tasks; ")
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
        modals.form(offer, Form("app", "prod"), "{}"), modals.form(offer._replace(environments=[]), Form(), "{}"),
        modals.form(offer, Form(kind="restart"), "{}"),
        modals.form(offer._replace(versions=[version]), Form(kind="rollback"), "{}"),
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
    holds(overview.status(places, [lock] * count, FACTS, NOW))
    holds(lists.history("prod/service-app", rows, NOW))
    holds(lists.diff("prod/service-app", there, newer, FACTS))
    printed = tuple(LogLine(at=1.0 * n, stream=f"app/app/{words}", text=words) for n in range(count))
    for found in (Lines(group="/x/y", lines=printed), Lines(group="", why=words)):
        holds(lists.logs("prod/service-app", "eu-west-1", found, open_))
    holds(lists.usage())
    seen = home.HomeView(places, [open_] * 12 if open_ else [], [lock] * count, {})
    assert validate_view(home.view(seen, FACTS, NOW).to_dict()) == ()
    assert validate_view(home.refused("nobody").to_dict()) == ()


def many(count: int) -> tuple[list[StackStatus], PlatformFacts]:
    """So many services in each of three environments; in prod the last failed, and the one before it is open."""
    stacks, places = {}, []
    for env in ("dev", "staging", "prod"):
        for number in range(count):
            key, service = f"{env}/service-{number:03}", f"service-with-a-long-name-{number:03}"
            ref = StackRef(key=key, name=key, account="1" * 12, region="eu-west-1", service=service)
            stacks[key] = StackFacts(ref=ref)
            there = Running(
                commit="a" * 40,
                template="t",
                body="b",
                subject="A change with a subject of usual length that says why",
                since=1.0,
            )
            slot = Slot(running=there, outcome="failed" if number == count - 1 else "succeeded", last=key, at=1.0)
            places.append(StackStatus(key, slot, None))
    return places, msgspec.structs.replace(FACTS, stacks=stacks)


def shown(view: dict[str, Any]) -> str:
    """All texts of a view."""
    return json.dumps(view["blocks"])


@pytest.mark.parametrize("count", [1, 20, 21, 200])
def test_the_home_of_many_services_has_pages(count: int) -> None:
    """Two hundred services in each environment: within the limits, what failed on top, and every one on some page."""
    places, facts = many(count)
    seen = home.HomeView(places, [], [], {})
    first = home.view(seen, facts, NOW).to_dict()
    assert validate_view(first) == ()
    assert f"service-with-a-long-name-{count - 1:03}" in shown(first)
    assert (home.AFTER in shown(first)) is (count > home.PAGE)
    found: set[str] = set()
    for start in range(0, count, home.PAGE):
        page = home.view(seen._replace(page=home.page(f"prod:{start}")), facts, NOW).to_dict()
        assert validate_view(page) == ()
        _, prod = shown(page).split('"text": "prod"')
        found |= set(re.findall(r"long-name-[0-9]{3}", prod.partition("Last releases")[0]))
    assert len(found) == count


@pytest.mark.parametrize("value", ["", "prod", "prod:-1", "prod:x", "prod:99999999", "nowhere:20", "prod:4000"])
def test_a_page_that_is_not_there_is_the_first(value: str) -> None:
    """A button of an older view, or of none: the home is drawn from its start."""
    places, facts = many(30)
    seen = home.HomeView(places, [], [], {})
    turned = home.view(seen._replace(page=home.page(value)), facts, NOW).to_dict()
    assert turned == home.view(seen, facts, NOW).to_dict()


def test_status_of_many_services_shows_what_fails() -> None:
    """Of 600 services 40 rows are shown: those that failed are among them."""
    places, facts = many(200)
    text = json.dumps(overview.status(places, [], facts, NOW).rendered())
    assert text.count("service-with-a-long-name-199") == 3


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
def test_the_card_shows_the_base_image(image: ImageDiff, line: str) -> None:
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
