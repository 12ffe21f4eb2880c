"""What CI published, in the artifact bucket.

``versions/COMMIT/version.dsse.json`` is the signed manifest; ``versions/bodies/SHA256.json`` the templates and
``versions/code/SHA256.zip`` the code, by their content; ``versions/index/INVERTED-COMMIT`` has the newest first when
it is listed, which S3 does in the order of keys: ``INVERTED`` is 9999999999999 minus epoch milliseconds.
"""

import re
from collections.abc import Callable, Iterator

from generator.aws.lru import LruCache
from generator.aws.objects import Objects
from generator.aws.version_envelope import Signer, opened
from generator.release.errors import AmbiguousVersion, NotPublished, Tampered
from generator.release.model.version import Version

ROOT = "versions"
INDEX = f"{ROOT}/index/"
_LATEST = 9_999_999_999_999
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_KEY = re.compile(rf"{ROOT}/(bodies/[0-9a-f]{{64}}\.json|code/[0-9a-f]{{64}}\.zip)")
_ENTRY = re.compile(rf"{INDEX}\d{{13}}-([0-9a-f]{{40}})")
_KEPT = 256
_MOST_WRONG = 200


def manifest_key(commit: str) -> str:
    """The key of a version's manifest."""
    return f"{ROOT}/{commit}/version.dsse.json"


def body_key(digest: str) -> str:
    """The key of a template with this digest."""
    return f"{ROOT}/bodies/{digest.removeprefix('sha256:')}.json"


def index_key(version: Version) -> str:
    """The index entry that lists a version. 13 digits, so that keys sort like numbers."""
    return f"{INDEX}{_LATEST - round(version.published * 1000):013}-{version.id}"


class S3Versions:
    """A ``ports.Versions`` that accepts what ``key`` has signed. Versions never change, so each is read once."""

    def __init__(self, objects: Objects, key: Signer) -> None:
        self._objects = objects
        self._key = key
        self._known: LruCache[str, Version] = LruCache(_KEPT)

    def newest(self, passed: Callable[[str], None] = lambda _: None) -> Iterator[Version]:
        """All versions, newest first. The list is read 50 entries at a time, each manifest when it is needed.

        An entry that does not belong to a version is skipped, and ``passed`` is called with it: CI may write entries,
        and a wrong one must not hide the versions after it.

        Raises:
            Tampered: More than 200 entries belong to no version.
        """
        wrong = 0
        for key in self._objects.keys(INDEX, size=50):
            found = self._listed(key)
            if isinstance(found, Version):
                yield found
                continue
            passed(found)
            wrong += 1
            if wrong > _MOST_WRONG:
                raise Tampered(
                    f"more than {_MOST_WRONG} entries below {INDEX} belong to no version; find out who wrote them and "
                    "delete them"
                )

    def _listed(self, key: str) -> Version | str:
        """The version that an entry lists, or why it lists none."""
        entry = f"the entry {ascii(key.removeprefix(INDEX))[:80]} of the version index"
        named = _ENTRY.fullmatch(key)
        if named is None:
            return f"{entry} names no version; find out who wrote it"
        try:
            version = self._read(named[1])
        except (NotPublished, Tampered) as error:
            return f"{entry} is wrong: {error}"
        if index_key(version) != key:
            return f"{entry} lists {version.short} at another time than it was published; find out who wrote it"
        return version

    def get(self, commit: str) -> Version:
        """The version of a commit.

        Raises:
            NotPublished: There is none.
            Tampered: Its manifest is not signed by the publish role, or is of another commit.
            AmbiguousVersion: Several commits start with these digits.
        """
        if not _COMMIT.fullmatch(commit):
            raise NotPublished(f"{commit!r} is not a commit; give seven or more of its hexadecimal digits")
        if len(commit) == 40:
            return self._read(commit)
        found = [folder.rpartition("/")[2] for folder in self._objects.folders(f"{ROOT}/{commit}", 3)]
        if len(found) > 1:
            raise AmbiguousVersion(f"several versions start with {commit}; give more digits of the commit")
        if not found:
            raise NotPublished(f"no version of commit {commit} was published; publish it, or choose another version")
        return self._read(found[0])

    def body(self, key: str) -> str:
        """A template as it was published.

        Raises:
            NotPublished: It does not exist any more, or the key is not one of ours.
        """
        found = self._objects.get(key) if _KEY.fullmatch(key) else None
        if found is None:
            raise NotPublished(f"the template {key} does not exist; publish the version again")
        return found.decode()

    def _read(self, commit: str) -> Version:
        known = self._known.get(commit)
        if known is not None:
            return known
        raw = self._objects.get(manifest_key(commit))
        if raw is None:
            raise NotPublished(f"no version of commit {commit[:12]} was published; publish it, or choose another")
        return self._known.put(commit, opened(raw, commit, self._key))
