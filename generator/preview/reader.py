"""Reads change sets for people: their meaning from the two templates, and what can be looked up."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from generator.cost.price_table import load
from generator.preview import base_images
from generator.preview.bounds import bounded_reading
from generator.preview.lookup_results import shown
from generator.preview.lookups import Commits, Culprit, Difference, Image, Sources
from generator.preview.meaning import meaning
from generator.release.errors import NotPublished
from generator.release.log import Log
from generator.release.model.change import ChangeSet
from generator.release.model.people import ENGINE
from generator.release.model.platform import PlatformFacts
from generator.release.model.preview import Meaning, Reading, Shown
from generator.release.model.release import StackRef
from generator.release.model.version import Base, Version
from generator.release.ports import Clock, Clouds, Images, PreviewLookups, Versions

# How far back commits between two versions are looked for, and earlier releases for how long they took.
_COMMITS, _RELEASES = 30, 3
# The moment at which a release's change set was sent to CloudFormation.
_BEGAN = "execution started"


class Surroundings(NamedTuple):
    """The sources of lookups."""

    facts: PlatformFacts
    clouds: Clouds
    log: Log
    versions: Versions
    images: Images
    clock: Clock


class ChangeReader:
    """Implements :class:`generator.release.ports.Reader`."""

    def __init__(self, at: Surroundings) -> None:
        self._at = at
        self._sources = Sources(
            prices=load(),
            images=_Registry(at.images),
            bases=PublishedBases(at.versions),
            history=_History(at.facts, at.versions),
            durations=_Durations(at.facts, at.log),
        )

    def read(
        self,
        stack: StackRef,
        change_set: ChangeSet,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        *,
        look_up: bool,
    ) -> Reading:
        """The reading. The stack's present parameters belong to its meaning: they change only if the stack does.

        Raises:
            TooLarge: the change exceeds a limit of :mod:`generator.preview.bounds`.
        """
        has: Mapping[str, str] = {}
        if before is not None:
            found = self._at.clouds.at(stack, ENGINE).stacks.describe(change_set.stack_name)
            has = found.parameters if found is not None else {}
        means = meaning(change_set, before, after, region=stack.region, before_parameters=has)
        if not look_up:
            return Reading(meaning=means)
        with bounded_reading():
            return Reading(meaning=means, shown=self._look_up(stack, change_set, before, after, has, means))

    def _look_up(  # noqa: PLR0913, PLR0917 - the sides of a change, and what is known beside them
        self,
        stack: StackRef,
        change_set: ChangeSet,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
        has: Mapping[str, str],
        means: Meaning,
    ) -> Shown:
        sources = self._sources._replace(now=self._at.clock())
        lookups = self._at.clouds.at(stack, ENGINE).lookups
        if lookups is not None:
            by_hand = DriftLookup(lookups)
            sources = sources._replace(drift=by_hand, trail=by_hand, access=lookups)
        return shown(
            change_set,
            before,
            after,
            sources,
            region=stack.region,
            before_parameters=has,
            meaning=means,
        )


class DriftLookup:
    """``generator.preview.lookups.Drift`` and ``Trail`` in one: each difference comes with who caused it."""

    def __init__(self, lookups: PreviewLookups) -> None:
        self._lookups = lookups
        self._who: dict[str, Culprit] = {}

    def differences(self, stack_id: str) -> list[Difference]:
        """Every property that differs. Resources are identified by their logical ids here."""
        found = self._lookups.drifted(stack_id)
        self._who = {row.logical_id: Culprit(row.who, row.when) for row in found if row.who}
        return [
            Difference(row.logical_id, row.type, row.logical_id, row.path, row.expected, row.actual) for row in found
        ]

    def last_change(self, physical_id: str) -> Culprit | None:
        """Who changed a resource of the last detection."""
        return self._who.get(physical_id)


class _Registry:
    """``generator.preview.lookups.Images`` over the home account's registry."""

    def __init__(self, images: Images) -> None:
        self._images = images

    def image(self, uri: str) -> Image:
        """An image by its address with digest. One that does not exist any more is unknown."""
        repository, _, digest = uri.partition("/")[2].partition("@")
        found = self._images.image(repository, digest)
        if found is None:
            return Image()
        return Image(size=found.size or None, findings=found.findings, base=base_images.base_name(found.base))


class PublishedBases:
    """``generator.preview.lookups.Bases`` over what CI published."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def base(self, uri: str, commit: str) -> Base | None:
        """What CI stored about an image: with its version, or with another version that has the same image."""
        for version in self._having(commit):
            for image in version.images.values():
                if image.uri == uri and image.base is not None:
                    return image.base
        return None

    def _having(self, commit: str) -> Iterator[Version]:
        with suppress(NotPublished):
            yield self._versions.get(commit)
        yield from islice(self._versions.newest(), _COMMITS)


class _History:
    """``generator.preview.lookups.History`` over what CI published."""

    def __init__(self, facts: PlatformFacts, versions: Versions) -> None:
        self._repository = facts.repository
        self._versions = versions

    def between(self, before: str, after: str) -> Commits:
        """Subjects of the versions between two, newest first; a link where both are commits of git."""
        subjects: list[str] = []
        inside = False
        for version in islice(self._versions.newest(), _COMMITS):
            inside = inside or version.id == after
            if version.id == before:
                break
            if inside:
                subjects.append(version.commit.subject)
        try:
            known = [self._versions.get(commit).commit for commit in (before, after)]
        except NotPublished:
            known = []
        # What a sandbox publishes of a working tree has no time, and stands in no repository.
        linked = len(known) == 2 and all(commit.time for commit in known)
        url = f"https://github.com/{self._repository}/compare/{before}...{after}" if linked else ""
        return Commits(compare_url=url, subjects=tuple(filter(None, subjects)))


class _Durations:
    """``generator.preview.lookups.Durations`` over the release log."""

    def __init__(self, facts: PlatformFacts, log: Log) -> None:
        self._keys = {f.ref.name: key for key, f in facts.stacks.items()}
        self._log = log

    def last(self, stack_name: str) -> Sequence[float]:
        """Seconds from execution to close of the last releases that succeeded, newest first."""
        key = self._keys.get(stack_name)
        past = self._log.history(key, 10) if key else []
        # The first creation takes another time than a change.
        wanted = [s.id for s in past if s.state == "succeeded" and not s.id.endswith("-1")][:_RELEASES]
        found = []
        for release in filter(None, map(self._log.release, wanted)):
            began = next((m.at for m in release.moments if m.what.startswith(_BEGAN)), 0.0)
            if began and release.closed > began:
                found.append(release.closed - began)
        return found
