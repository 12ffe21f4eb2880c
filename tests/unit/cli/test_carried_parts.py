"""A version is whole: what a run of CI did not build is what the newest version before it holds."""

from collections.abc import Callable, Iterator

import pytest

from generator.cli.carried_parts import carried
from generator.release.errors import Denied
from generator.release.model.version import Code, Commit, Image, SiteFiles, Version
from tests.fakes.versions import FakeVersions


def version(number: int, branch: str = "main", **parts: dict[str, object]) -> Version:
    return Version(commit=Commit(id=f"{number}" * 40, branch=branch), published=float(number), **parts)  # type: ignore[arg-type]


def image(name: str) -> Image:
    return Image(uri=f"r/{name}@sha256:{'0' * 64}")


@pytest.fixture
def versions() -> FakeVersions:
    """Three versions of the default branch and one of another; each holds only some of the services."""
    found = FakeVersions()
    for one in (
        version(1, images={"app": image("app-1"), "web": image("web-1"), "gone": image("gone-1")}),
        version(2, images={"app": image("app-2")}, code={"events": Code(bucket="b", key="k", digest="d")}),
        version(3, sites={"docs": SiteFiles(path="/docs/1")}),
        version(4, branch="feature", images={"web": image("web-4")}),
    ):
        found.publish(one, {})
    return found


NAMES = ("app", "web", "events", "docs")


def test_each_part_is_the_newest_of_the_default_branch(versions: FakeVersions) -> None:
    """By name, wherever it was published last; not what no service asks for any more, and nothing of another branch."""
    found = carried(versions, "9" * 40, "main", NAMES, print)
    assert {name: one.uri.partition("@")[0] for name, one in found.images.items()} == {
        "app": "r/app-2",
        "web": "r/web-1",
    }
    assert (found.code["events"].key, found.sites["docs"].path) == ("k", "/docs/1")


def test_a_repetition_holds_what_the_commit_was_published_with(versions: FakeVersions) -> None:
    """A run that is repeated later publishes the same version, whatever was published since."""
    found = carried(versions, "1" * 40, "main", NAMES, print)
    assert {name: one.uri.partition("@")[0] for name, one in found.images.items()} == {
        "app": "r/app-1",
        "web": "r/web-1",
    }


class Refused(FakeVersions):
    """A bucket whose list the caller may not read."""

    def newest(self, passed: Callable[[str], None] = print) -> Iterator[Version]:
        del passed
        raise Denied("s3:ListBucket")


def test_without_the_right_to_list_a_version_holds_what_is_named() -> None:
    """The publisher reads what to do."""
    said: list[str] = []
    assert carried(Refused(), "9" * 40, "main", NAMES, said.append).images == {}
    assert said == [
        "earlier versions can't be listed with these rights, so this one holds only what you name; run slipway bootstrap"
    ]
