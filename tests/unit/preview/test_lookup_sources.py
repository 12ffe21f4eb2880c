"""Where previews look things up: bases from what CI published, and a plan's first lines from all of its readings."""

from typing import Any

import pytest

from generator.apply.plan import Planned
from generator.apply.plan_sentences import sentences
from generator.preview.reader import PublishedBases
from generator.release.errors import NotPublished
from generator.release.model.preview import Cost, Meaning, Money, Reading, Shown
from generator.release.model.release import StackRef
from generator.release.model.version import Base, Commit, Image, Version

BASE = Base(name="python:3.13-slim", built=1.0)


class Published:
    """Versions, newest first."""

    def __init__(self, *versions: Version) -> None:
        self.versions = versions

    def get(self, commit: str) -> Version:
        for version in self.versions:
            if version.id == commit:
                return version
        raise NotPublished(commit)

    def newest(self, *_: Any) -> Any:
        return iter(self.versions)


def version(commit: str, image: Image) -> Version:
    return Version(commit=Commit(id=commit), published=1.0, images={"app": image})


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ([version("a", Image(uri="r/app@1", base=BASE))], BASE),
        ([version("b", Image(uri="r/app@1", base=BASE)), version("a", Image(uri="r/app@1"))], BASE),
        ([version("b", Image(uri="r/app@1", base=BASE))], BASE),
        ([version("a", Image(uri="r/app@2", base=BASE))], None),
        ([version("a", Image(uri="r/app@1"))], None),
        ([], None),
    ],
)
def test_a_base_is_that_of_the_very_image(versions: list[Version], found: Base | None) -> None:
    """It comes from the version that is released, or from another with the same image; never from another image."""
    assert PublishedBases(Published(*versions)).base("r/app@1", "a") == found  # type: ignore[arg-type]


def planned(name: str, level: Any, after: float, unknown: tuple[str, ...] = ()) -> Planned:
    nothing, money = (Money(min=0, typical=value, max=0) for value in (0.0, after))
    shown = Shown(cost=Cost(before=nothing, after=money, unknown=unknown))
    ref = StackRef(key=f"prod/{name}", name=name, account="1", region="eu-west-1")
    return Planned(ref, "changed", reading=Reading(meaning=Meaning(level=level, sentence=name), shown=shown))


def test_a_plan_begins_with_what_it_costs() -> None:
    """The sum stands in the first line, and each stack's share beside what it does; what nobody can price is said."""
    found = list(
        sentences([planned("a", "low", 0.0), planned("b", "high", 12.5), planned("c", "none", -2.5, ("X: ?",))])
    )
    assert found == [
        "3 changed, +10.00 USD a month, 1 of unknown cost",
        "prod/b: high: b; +12.50 USD a month",
        "prod/a: low: a",
        "prod/c: none: c; -2.50 USD a month, 1 of unknown cost",
    ]
