"""Publishes a version for CI: writes it to the artifact bucket, once, signed. The caller notifies the queue."""

from collections.abc import Mapping, Sequence

import msgspec

from generator.aws.objects import Objects
from generator.aws.version_envelope import Signer, opened, seal
from generator.aws.versions import ROOT, body_key, index_key, manifest_key
from generator.release.digests import digest, template_digest
from generator.release.errors import Invalid, Tampered
from generator.release.model.version import Body, Code, SiteFiles, Version
from generator.release.site_files import HASHED, SiteFile, site_digest


class Publisher:
    """Writes versions. Every object is written with ``If-None-Match``; the index entry last, so that a version is listed when all of it is there."""

    def __init__(self, objects: Objects, key: Signer, sites: Objects | None = None) -> None:
        self._objects = objects
        self._sites = sites
        self._key = key
        self._written: set[str] = set()  # templates and code that need not be written again

    def code(self, archive: bytes) -> Code:
        """Store a function's archive by its content. Returns its place.

        Raises:
            Tampered: Something else is there.
        """
        content = digest(archive)
        key = f"{ROOT}/code/{content.removeprefix('sha256:')}.zip"
        self._once(key, archive, "application/zip")
        version = self._objects.version(key, archive)
        if version is None:
            raise Tampered(f"{key} has no version with the content that its name says; find out who wrote it")
        return Code(bucket=self._objects.bucket, key=key, digest=content, version=version)

    def site(self, name: str, files: Sequence[SiteFile]) -> SiteFiles:
        """Store the files of a static site below their digest. Files whose name holds a hash are stored once for all versions.

        Raises:
            Invalid: A file whose name holds a hash is there with other content.
            Tampered: Something else is below this digest.
        """
        if self._sites is None:
            raise Invalid("this publisher has no bucket for static sites")
        path = f"/{name}/{site_digest(files)}"
        for file in files:
            folder = f"{name}/{HASHED}" if file.hashed else path.removeprefix("/")
            there = self._sites.put_once(f"{folder}/{file.path}", file.body, file.content_type, file.cache)
            if there is not None and file.hashed:
                raise Invalid(
                    f"{file.path} of the site {name} was published before with other content, although its name is to "
                    "hold a hash of it; let your build tool write a longer hash, or put it into another folder"
                )
            if there is not None:
                raise Tampered(f"{folder}/{file.path} is not what its digest says; find out who wrote it")
        return SiteFiles(path=path, count=len(files), size=sum(len(file.body) for file in files))

    def publish(self, version: Version, bodies: Mapping[str, bytes]) -> Version:
        """Publish a version with the bytes of its templates by stack (``prod/network``), and of its ``policy``.

        A repetition does no harm: the stored version counts, with its time of publication, its builder and the AMIs
        that were the newest then. Returns the stored version.

        Raises:
            Invalid: A template is missing or not what the version says, or the commit was published with other
                content.
            Tampered: What is there is not what its name says, or not signed by the publish role.
        """
        self._check(version, bodies)
        for name, body in _bodies(version):
            self._once(body.key, bodies[name], "application/json")
        there = self._objects.put_once(manifest_key(version.id), seal(version, self._key))
        if there is not None:
            found = opened(there, version.id, self._key)
            amis = found.amis if found.amis.keys() == version.amis.keys() else version.amis
            again = msgspec.structs.replace(version, published=found.published, builder=found.builder, amis=amis)
            if again != found:
                what = ", ".join(
                    name for name in ("commit", "images", "code", "sites", "amis", "stacks", "policy", "order")
                    if getattr(version, name) != getattr(found, name)
                )  # fmt: skip
                raise Invalid(
                    f"{version.short} was already published with other content ({what}); a version never changes: "
                    "make a new commit and publish it"
                )
            version = found
        self._objects.put_once(index_key(version), b"", "text/plain")
        return version

    def _check(self, version: Version, bodies: Mapping[str, bytes]) -> None:
        problems = []
        for stack, body in _bodies(version):
            if stack not in bodies:
                problems.append(f"{stack}: its template is missing")
            elif body.key != body_key(body.digest):
                problems.append(f"{stack}: its key does not match its digest")
            else:
                try:
                    found = template_digest(msgspec.json.decode(bodies[stack], type=dict))
                except msgspec.MsgspecError:
                    found = ""
                if found != body.digest:
                    problems.append(f"{stack}: its template does not match its digest")
        if problems:
            raise Invalid(f"{version.short} can't be published: {'; '.join(problems)}; build it again")

    def _once(self, key: str, body: bytes, content_type: str) -> None:
        if key in self._written:
            return
        there = self._objects.put_once(key, body, content_type)
        self._written.add(key)
        if there is None:
            return
        if content_type == "application/json":
            # The same template may have been written with other spaces.
            try:
                if body_key(template_digest(msgspec.json.decode(there, type=dict))) == key:
                    return
            except msgspec.MsgspecError:
                pass
        raise Tampered(f"the content of {key} does not match its name; find out who wrote it")


def _bodies(version: Version) -> list[tuple[str, Body]]:
    return [*sorted(version.stacks.items()), *([("policy", version.policy)] if version.policy is not None else [])]
