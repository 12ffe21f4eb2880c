"""What CI published, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from generator.release.errors import AmbiguousVersion, NotPublished, Tampered
from generator.release.model.version import Version
from tests.fakes.faults import Faults


class FakeVersions:
    """A ``ports.Versions``; ``publish`` is CI's side."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._versions: dict[str, Version] = {}
        self.bodies: dict[str, str] = {}
        self.unsigned: set[str] = set()  # commits whose manifest somebody else wrote
        self.wrong: list[str] = []  # entries of the index that belong to no version, newest

    def publish(self, version: Version, bodies: Mapping[str, str]) -> None:
        """A version and the templates that its ``stacks`` name by key; publishing it again changes nothing."""
        self._versions.setdefault(version.id, version)
        self.bodies |= bodies

    def withdraw(self, commit: str) -> None:
        """Somebody deleted it."""
        del self._versions[commit]

    def newest(self, passed: Callable[[str], None] = lambda _: None) -> Iterator[Version]:
        with self.faults.call("versions.newest"):
            found = sorted(self._versions.values(), key=lambda version: (-version.published, version.id))
        for entry in self.wrong:
            passed(f"the entry {entry!r} of the version index names no version; find out who wrote it")
        for version in found:
            if version.id in self.unsigned:
                passed(f"the entry of {version.short} is wrong: {_unsigned(version.id)}")
            else:
                yield version

    def get(self, commit: str) -> Version:
        with self.faults.call("versions.get"):
            found = [version for id_, version in self._versions.items() if id_.startswith(commit)]
            if len(commit) < 7 or not found:
                raise NotPublished(f"no version {commit} was published; look at what there is with: slipway history")
            if len(found) > 1:
                raise AmbiguousVersion(f"{len(found)} versions start with {commit}; give more digits")
            if found[0].id in self.unsigned:
                raise Tampered(_unsigned(found[0].id))
            return found[0]

    def body(self, key: str) -> str:
        with self.faults.call("versions.body"):
            if key not in self.bodies:
                raise NotPublished(f"the template {key} is gone; publish the version again")
            return self.bodies[key]


def _unsigned(commit: str) -> str:
    return f"the manifest of {commit[:12]} is not signed by this platform's publish role; publish a new commit"
