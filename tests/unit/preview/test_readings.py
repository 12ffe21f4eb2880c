"""Recorded change sets mean what AWS's documentation says they mean."""

import json
import random
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from generator.aws.change_set_parser import change_set
from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Meaning
from tests.readings.case import Case, after, base, parameters
from tests.readings.cases import CASES
from tests.readings.record import record

RECORDED = Path(__file__).with_name("change_sets")
ANSWERS: dict[str, dict[str, Any]] = {
    name: answer for path in RECORDED.glob("*.json") for name, answer in json.loads(path.read_text()).items()
}


def read(case: Case, found: ChangeSet) -> Meaning:
    before = base(case.base)
    return meaning(found, before, after(case), region="eu-west-1", before_parameters=parameters(before))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_set_reads_as_documented(case: Case) -> None:
    """Effects, gains and openings are those that the cited page says, all of them and no others."""
    found = read(case, change_set(ANSWERS[case.name]))
    assert {row.logical_id: row.effect for row in found.effects if row.effect != "none"} == case.effects
    assert tuple(gain.sentence for gain in found.gains) == case.gains
    assert tuple(row.sentence for row in found.exposures) == case.exposures
    assert tuple(sorted(row.logical_id for row in found.effects if row.weakens)) == case.weakens
    assert found.level == case.level
    assert case.because.startswith("https://docs.aws.amazon.com/")
    assert all(row.source.startswith("https://docs.aws.amazon.com/") for row in found.effects)


@pytest.mark.parametrize("case", [case for case in CASES if case.assumed], ids=lambda case: case.name)
def test_what_no_page_settles_is_shown_as_unknown(case: Case) -> None:
    """Where AWS's documentation leaves it open, people read "unknown" or "may", never that it is safe."""
    found = read(case, change_set(ANSWERS[case.name]))
    unsure = [row for row in found.effects if row.effect == "unknown"]
    unsure_rights = [row for row in (*found.gains, *found.exposures) if not row.certain]
    assert unsure or unsure_rights
    assert found.level not in ("none", "low")


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case.name)
def test_a_reading_does_not_depend_on_order(case: Case) -> None:
    """However rows and statements are ordered, an approval is bound to the same value."""
    found = change_set(ANSWERS[case.name])
    expected = read(case, found)
    shaken = random.Random(case.name)  # noqa: S311 - a seed for each case
    for _ in range(3):
        changes = list(found.changes)
        shaken.shuffle(changes)
        mixed = tuple(
            type(change)(
                **{name: getattr(change, name) for name in change.__struct_fields__}
                | {"details": tuple(shaken.sample(change.details, len(change.details)))}
            )
            for change in changes
        )
        turned = type(found)(**{name: getattr(found, name) for name in found.__struct_fields__} | {"changes": mixed})
        assert read(case, turned) == expected


def test_there_are_enough_cases() -> None:
    """At least sixty change sets, of our templates and of other generators'."""
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES) == len(ANSWERS)
    assert {case.base.split("-")[0] for case in CASES} >= {"ours", "cdk", "copilot", "classic"}


@pytest.mark.parametrize("name", ["copilot", "ours-data"])
def test_recordings_are_what_the_sandbox_makes(name: str) -> None:
    """The recorded change sets are those that the sandbox makes today (`python -m tests.readings` records them again)."""
    cases = [case for case in CASES if case.base == name][:4]
    assert record(cases) == {case.name: ANSWERS[case.name] for case in cases}


# Books of AWS's API references to the services of botocore that carry their text.
BOOKS = {
    "AWSEC2": "ec2", "AWSSimpleQueueService": "sqs", "AmazonCloudWatch": "cloudwatch", "AmazonCloudWatchLogs": "logs",
    "AmazonECS": "ecs", "AmazonRDS": "rds", "autoscaling": "application-autoscaling", "awscloudtrail": "cloudtrail",
    "eventbridge": "events", "kinesis": "kinesis", "kms": "kms", "lambda": "lambda",
}  # fmt: skip
API = re.compile(r"https://docs\.aws\.amazon\.com/(\w+)/.*/API_(\w+)\.html")


def test_pages_of_the_api_reference_exist() -> None:
    """What a reading rests on is an operation or a type of AWS's, spelled as AWS spells it."""
    sources = {row.source for case in CASES for row in read(case, change_set(ANSWERS[case.name])).effects}
    pages = {found.groups() for page in {case.because for case in CASES} | sources if (found := API.fullmatch(page))}
    assert len(pages) > 10
    session = botocore.session.get_session()
    for book in {book for book, _ in pages}:
        model = session.get_service_model(BOOKS[book])
        named = {name for of, name in pages if of == book}
        assert named <= {*model.operation_names, *model.shape_names}, book
