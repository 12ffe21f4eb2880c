"""How readings look: in terminals, on pull requests, as JSON, as a picture."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator import safe_text
from generator.aws.change_set_parser import change_set
from generator.cost.price_table import load
from generator.preview import rollout_text, text
from generator.preview.lookup_results import shown
from generator.preview.lookups import Sources
from generator.preview.markdown import MAX
from generator.preview.meaning import meaning
from generator.preview.property_diff import diff
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.preview import (
    Cost,
    CostLine,
    Drifted,
    Expected,
    Exposure,
    Gain,
    ImageDiff,
    Meaning,
    Money,
    Phase,
    Reading,
    ResourceEffect,
    Shown,
)
from tests.readings.case import GONE, Case, after, base, parameters
from tests.readings.record import record

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# One change that does everything at once, as the issue asks for it.
WORST = Case(
    "worst",
    "ours-data",
    {
        "/Database/Properties/DBName": "shop",
        "/Database/Properties/DBInstanceIdentifier": GONE,
        "/Database/Properties/DBInstanceClass": "db.t4g.medium",
        "/Database/UpdateReplacePolicy": "Delete",
        "/DatabaseSecurityGroup/Properties/SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}],
        "/BucketAssetsPolicy/Properties/PolicyDocument/Statement/-": {
            "Effect": "Allow",
            "Principal": {"AWS": "999988887777"},
            "Action": "s3:DeleteObject",
            "Resource": {"Fn::Sub": "${BucketAssets.Arn}/*"},
        },
        **{f"/More{i}": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}} for i in range(40)},
    },
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def worst() -> tuple[Reading, ChangeSet]:
    before, changed = base(WORST.base), after(WORST)
    found = change_set(record([WORST])["worst"])
    known = parameters(before)
    meant = meaning(found, before, changed, region="eu-west-1", before_parameters=known)
    seen = shown(
        found, before, changed, Sources(prices=load()), region="eu-west-1", before_parameters=known, meaning=meant
    )
    return Reading(meaning=meant, shown=seen), found


def test_the_worst_is_in_the_first_ten_lines(worst: tuple[Reading, ChangeSet]) -> None:
    """Replaced database, opened port, widened rights, higher cost: all four before anything else (issue 5, done when)."""
    reading, _ = worst
    first = "\n".join(text.lines(reading)[:10])
    assert "CRITICAL RISK" in first
    assert "DATA LOSS: Database is replaced" in first
    assert "everybody on the internet (0.0.0.0/0) can reach tcp 5432 of DatabaseSecurityGroup" in first
    assert "account 999988887777 gains s3:DeleteObject on objects in bucket BucketAssets" in first
    assert re.search(r"cost: \+\d+\.\d\d USD a month", first)
    assert reading.meaning.sentence.startswith("Database: DBInstanceIdentifier and DBName can't change in place")


def test_the_documentation_shows_what_is_printed(worst: tuple[Reading, ChangeSet]) -> None:
    """The example in docs/previews.md is this change's own first lines."""
    shown_there = (Path(__file__).parents[3] / "docs" / "previews.md").read_text()
    reading, _ = worst
    assert "\n".join(text.lines(reading)[:4]) in shown_there  # the cost line follows the price table


def test_long_tables_fold(worst: tuple[Reading, ChangeSet]) -> None:
    """Twelve rows are shown, the rest on request with their AWS pages."""
    reading, _ = worst
    short, long = text.lines(reading), text.lines(reading, verbose=True)
    assert any("more; --verbose shows them" in line for line in short)
    assert len(long) > len(short) + 40
    assert any(line.strip().startswith("https://docs.aws.amazon.com/") for line in long)
    assert not any("more; --verbose" in line for line in long)


def test_colours_are_for_terminals(worst: tuple[Reading, ChangeSet]) -> None:
    """Colours only mark: without them the text is the same."""
    reading, _ = worst
    coloured = text.lines(reading, colour=True)
    assert coloured[0].startswith("\x1b[1;31m")
    assert [_ANSI.sub("", line) for line in coloured] == text.lines(reading)


def test_json_is_the_whole_reading(worst: tuple[Reading, ChangeSet]) -> None:
    """Scripts get every field, and read back the same value."""
    reading, _ = worst
    body = text.to_json(reading)
    assert msgspec.json.decode(body, type=Reading) == reading
    document = json.loads(body)
    assert document["meaning"]["worst"] == "data-loss"
    assert document["shown"]["cost"]["more"] > 0


def test_markdown_folds_and_escapes(worst: tuple[Reading, ChangeSet]) -> None:
    """A pull request shows the worst at once and folds the rest; every fold closes."""
    reading, found = worst
    body = text.markdown(reading, found)
    assert body.startswith("### 🔴 `app`: CRITICAL RISK")
    head = body.split("<details>")[0]
    assert "DATA LOSS" in head
    assert "5432" in head
    assert body.count("<details>") == body.count("</details>") >= 4
    assert len(body) < MAX


HOSTILE = "</details><script>alert(1)</script>\x1b[2J @everyone | `x` ```\n# a [b](c)\u202e"


def hostile() -> tuple[Reading, ChangeSet]:
    effect = ResourceEffect(
        logical_id=HOSTILE, type=HOSTILE, action="Modify", effect="unknown", why=HOSTILE, source="javascript:alert(1)"
    )
    meant = Meaning(
        level="high",
        sentence=HOSTILE,
        effects=(effect,) * 3000,
        gains=(Gain(who="x", logical_id="x", sentence=HOSTILE, escalation=HOSTILE),),
        exposures=(Exposure(who="x", what="x", logical_id="x", sentence=HOSTILE),),
    )
    money = Money(min=1, typical=2, max=3)
    seen = Shown(
        cost=Cost(before=money, after=Money(min=0, typical=1, max=1), lines=(CostLine(logical_id=HOSTILE, type="x", before=money, after=None, note=HOSTILE, verified=False),), unknown=(HOSTILE,)),
        drift=(Drifted(logical_id=HOSTILE, type="x", path="/a", expected=HOSTILE, actual=HOSTILE, who=HOSTILE, when="now", overwritten=True),),
        image=ImageDiff(before="a", after="b", subjects=(HOSTILE,), compare_url="https://x"),
        expected=Expected(seconds=5, source=HOSTILE, phases=(Phase(name=HOSTILE, seconds=5, old_tasks=1, new_tasks=1, new_traffic_percent=50),)),
        checked=(HOSTILE,),
        unavailable=(HOSTILE,),
    )  # fmt: skip
    detail = Detail(
        attribute="Properties",
        name=HOSTILE,
        path=f"/Properties/{HOSTILE}",
        before=json.dumps(HOSTILE),
        after=json.dumps({"a": HOSTILE}),
    )
    change = ResourceChange(logical_id=HOSTILE, type=HOSTILE, action="Modify", details=(detail,))
    found = ChangeSet(arn="a", name="n", stack_id="s", stack_name="app", kind="UPDATE", changes=(change,))
    return Reading(meaning=meant, shown=seen), found


def test_hostile_texts_do_nothing() -> None:
    """Texts from commits, templates and people neither run in a terminal nor leave their place on a pull request."""
    reading, found = hostile()
    printed = [*text.lines(reading, verbose=True), *(line.text for line in diff(found, verbose=True))]
    assert not any("\x1b" in line or "\n" in line or "\u202e" in line for line in printed)
    body = text.markdown(reading, found)
    assert "<script>" not in re.sub(r"`{4,}.*?`{4,}", "", body, flags=re.DOTALL)
    assert "javascript:" not in body
    assert "@everyone" not in body.split("```")[0]
    assert len(body) <= MAX + 500
    assert body.count("<details>") == len(re.findall(r"^</details>$", body, flags=re.MULTILINE))


@given(st.text(max_size=60))
def test_any_text_is_one_safe_line(raw: str) -> None:
    """No text breaks a line or a table cell, or opens a tag."""
    assert "\n" not in safe_text.plain(raw)
    assert "\x1b" not in safe_text.plain(raw)
    assert not set("<>|@\n\x1b") & set(safe_text.markdown(raw))


def test_a_quiet_change_says_so() -> None:
    """Nothing to fear is one plain sentence."""
    row = ResourceEffect(
        logical_id="A", type="AWS::CloudWatch::Alarm", action="Modify", effect="none", why="watching changes"
    )
    quiet = Reading(
        meaning=Meaning(
            level="none",
            sentence="1 change, and none affects what runs, what is stored or what is reachable",
            effects=(row,),
        )
    )
    lines = text.lines(quiet)
    assert lines[0] == "NO RISK · 1 resource: 1 changed"
    assert lines[1].startswith("1 change, and none affects what runs")
    assert (
        text.lines(Reading(meaning=Meaning(level="none", sentence="Nothing changes")))[0]
        == "NO RISK · no resource changes"
    )


PHASES = (
    Phase(name="new tasks start", seconds=60, old_tasks=3, new_tasks=3, new_traffic_percent=0),
    Phase(name="pause", seconds=0, old_tasks=3, new_tasks=3, new_traffic_percent=0),
    Phase(name="bake", seconds=3600, old_tasks=0, new_tasks=3, new_traffic_percent=100),
)


def test_the_timeline_as_text() -> None:
    """The tasks of both versions over time, by their commits; a phase of unknown length still shows."""
    expected = Expected(seconds=3660, source="rollout parameters of Api", phases=PHASES)
    lines = rollout_text.lines(expected)
    assert "1 h 01 min" in lines[0]
    assert "██████░░░░░░" in lines[1]
    assert len(lines) == 4
    image = ImageDiff(before="a", after="b", before_commit="9c3ef1304a2b77", after_commit="210f5c6a7b8c77")
    named = rollout_text.lines(expected, rollout_text.sides(Shown(image=image)))
    assert named[0].endswith("; █ 9c3ef1304a2b, ░ 210f5c6a7b8c")
    assert "100.0 % 210f5c6a7b8c" in named[3]
    for unnamed in (None, replace(image, after_commit=image.before_commit), replace(image, before_commit="")):
        assert rollout_text.sides(Shown(image=unnamed)) == ("tasks before", "tasks after")
    crowd = Phase(name="many", seconds=60, old_tasks=300, new_tasks=300, new_traffic_percent=50)
    assert all(len(line) < 100 for line in rollout_text.lines(Expected(seconds=60, source="x", phases=(crowd,)))[1:])
    assert "takes about 12 min" in rollout_text.lines(Expected(seconds=720, source="x"))[0]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "1 h 00 min"), (45000, "12 h 30 min")]
)
def test_durations(seconds: float, said: str) -> None:
    """Durations are as exact as people need them."""
    assert rollout_text.duration(seconds) == said
