"""What CI published, in the artifact bucket.

``versions/COMMIT/version.dsse.json`` is the signed manifest; ``versions/bodies/SHA256.json`` the templates and
``versions/code/SHA256.zip`` the code, by their content; ``versions/index/INVERTED-COMMIT`` has the newest first when
it is listed, which S3 does in the order of keys: ``INVERTED`` is 9999999999999 minus epoch milliseconds. What the
repository of one service publishes is below ``repositories/SERVICE`` in the same way.
"""

import heapq
import re
from collections.abc import Callable, Iterator, Mapping

from generator.aws.lru import LruCache
from generator.aws.objects import Objects
from generator.aws.service_versions import check_service
from generator.aws.version_envelope import Signer, opened
from generator.release.errors import AmbiguousVersion, NotPublished, Tampered
from generator.release.model.version import Version

ROOT = "versions"
INDEX = f"{ROOT}/index/"
_LATEST = 9_999_999_999_999
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_KEY = re.compile(rf"{ROOT}/(bodies/[0-9a-f]{{64}}\.json|code/[0-9a-f]{{64}}\.zip)")
_ENTRY = re.compile(r"\d{13}-([0-9a-f]{40})")
_KEPT = 256
_MOST_WRONG = 200


def root_of(service: str) -> str:
    """Where versions are: those of the platform's repository, or of a service's own."""
    return f"repositories/{service}" if service else ROOT


def manifest_key(commit: str, service: str = "") -> str:
    """The key of a version's manifest."""
    return f"{root_of(service)}/{commit}/version.dsse.json"


def body_key(digest: str) -> str:
    """The key of a template with this digest."""
    return f"{ROOT}/bodies/{digest.removeprefix('sha256:')}.json"


def index_key(version: Version, service: str = "") -> str:
    """The index entry that lists a version. 13 digits, so that keys sort like numbers."""
    return f"{root_of(service)}/index/{_LATEST - round(version.published * 1000):013}-{version.id}"


class S3Versions:
    """A ``ports.Versions`` that accepts what ``key`` has signed, and of a service what the key of its repository has.

    Versions never change, so each is read once.
    """

    def __init__(self, objects: Objects, key: Signer, repositories: Mapping[str, Signer] | None = None) -> None:
        self._objects = objects
        self._keys = {"": key, **(repositories or {})}
        self._known: LruCache[str, Version] = LruCache(_KEPT)

    def newest(self, passed: Callable[[str], None] = lambda _: None) -> Iterator[Version]:
        """All versions, newest first. The list is read 50 entries at a time, each manifest when it is needed.

        An entry that does not belong to a version is skipped, and ``passed`` is called with it: CI may write entries,
        and a wrong one must not hide the versions after it. Of a service's repository at most 200 wrong entries are read.

        Raises:
            Tampered: More than 200 entries of the platform's repository belong to no version.
        """
        wrong = dict.fromkeys(self._keys, 0)
        for name, service in heapq.merge(*(self._entries(service, wrong) for service in self._keys)):
            found = self._listed(name, service)
            if isinstance(found, Version):
                yield found
                continue
            passed(found)
            wrong[service] += 1
            if wrong[""] > _MOST_WRONG:
                raise Tampered(
                    f"more than {_MOST_WRONG} entries below {INDEX} belong to no version; find out who wrote them and "
                    "delete them"
                )

    def _entries(self, service: str, wrong: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Names of entries, each with the service whose repository wrote it."""
        below = f"{root_of(service)}/index/"
        for key in self._objects.keys(below, size=50):
            if service and wrong[service] > _MOST_WRONG:
                return
            yield key.removeprefix(below), service

    def _listed(self, name: str, service: str) -> Version | str:
        """The version that an entry lists, or why it lists none."""
        of = f"version index of {service}" if service else "version index"
        entry = f"the entry {ascii(name)[:80]} of the {of}"
        named = _ENTRY.fullmatch(name)
        if named is None:
            return f"{entry} names no version; find out who wrote it"
        try:
            version = self._read(named[1], service)
        except (NotPublished, Tampered) as error:
            return f"{entry} is wrong: {error}"
        if index_key(version, service) != f"{root_of(service)}/index/{name}":
            return f"{entry} lists {version.short} at another time than it was published; find out who wrote it"
        return version

    def get(self, commit: str) -> Version:
        """The version of a commit.

        Raises:
            NotPublished: There is none.
            Tampered: Its manifest is not signed by who may publish it, or is of another commit.
            AmbiguousVersion: Several commits start with these digits.
        """
        if not _COMMIT.fullmatch(commit):
            raise NotPublished(f"{commit!r} is not a commit; give seven or more of its hexadecimal digits")
        found = {commit} if len(commit) == 40 else self._starting_with(commit)
        if len(found) > 1:
            raise AmbiguousVersion(f"several versions start with {commit}; give more digits of the commit")
        for whole in found:
            for service in self._keys:
                try:
                    return self._read(whole, service)
                except NotPublished:
                    continue
        raise NotPublished(f"no version of commit {commit[:12]} was published; publish it, or choose another version")

    def _starting_with(self, digits: str) -> set[str]:
        folders = (self._objects.folders(f"{root_of(service)}/{digits}", 3) for service in self._keys)
        return {folder.rpartition("/")[2] for each in folders for folder in each}

    def body(self, key: str) -> str:
        """A template as it was published.

        Raises:
            NotPublished: It does not exist any more, or the key is not one of ours.
        """
        found = self._objects.get(key) if _KEY.fullmatch(key) else None
        if found is None:
            raise NotPublished(f"the template {key} does not exist; publish the version again")
        return found.decode()

    def _read(self, commit: str, service: str = "") -> Version:
        known = self._known.get(manifest_key(commit, service))
        if known is not None:
            return known
        raw = self._objects.get(manifest_key(commit, service))
        if raw is None:
            raise NotPublished(
                f"no version of commit {commit[:12]} was published; publish it, or choose another version"
            )
        if not service:
            return self._known.put(manifest_key(commit), opened(raw, commit, self._keys[""]))
        version = opened(raw, commit, self._keys[service], f"the publish role of {service}'s repository")
        if self._objects.get(manifest_key(commit)) is not None:
            raise Tampered(
                f"{version.short} of {service}'s repository is a version of the platform's; publish a new commit"
            )
        try:
            base = self._read(version.built_on)
        except NotPublished as error:
            raise Tampered(
                f"{version.short} of {service} has the templates of no version; publish a new commit"
            ) from error
        check_service(version, service, base)
        return self._known.put(manifest_key(commit, service), version)
