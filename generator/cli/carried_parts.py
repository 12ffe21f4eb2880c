"""What a version takes over from the newest one before it: images, code and files that its publisher did not name."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from generator.release.errors import Denied, NotPublished
from generator.release.version_selection import LOOK_BACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.release.model.version import Code, Image, SiteFiles, Version
    from generator.release.ports import Versions


class Carried(NamedTuple):
    """By service, function and site."""

    images: "dict[str, Image]"
    code: "dict[str, Code]"
    sites: "dict[str, SiteFiles]"


def carried(
    versions: "Versions", commit: str, branch: str, names: Iterable[str], say: "Callable[[str], None]"
) -> Carried:
    """Of each name the newest that was published, or what this commit was published with.

    So every version is whole, whichever service a push has built. ``names`` are services, functions and sites that exist.
    """
    wanted = set(names)
    found = Carried({}, {}, {})
    try:
        before = [versions.get(commit)]
    except NotPublished:
        before = []
    except Denied:
        say(
            "earlier versions can't be read with these rights, so this one holds only what you name; run slipway bootstrap"
        )
        return found
    try:
        for version in before or islice(versions.newest(), LOOK_BACK):
            if version.commit.branch in {branch, ""}:
                _take(found, version, wanted)
    except Denied:
        say(
            "earlier versions can't be listed with these rights, so this one holds only what you name; run slipway bootstrap"
        )
    return found


def _take(found: Carried, version: "Version", wanted: set[str]) -> None:
    for name in wanted & version.images.keys():
        found.images.setdefault(name, version.images[name])
    for name in wanted & version.code.keys():
        found.code.setdefault(name, version.code[name])
    for name in wanted & version.sites.keys():
        found.sites.setdefault(name, version.sites[name])
