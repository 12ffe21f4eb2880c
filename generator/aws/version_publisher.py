"""Publishes a version for CI: writes it to the artifact bucket, once, signed. The caller notifies the queue."""

from collections.abc import Mapping

import msgspec

from generator.aws.objects import Objects
from generator.aws.version_envelope import Signer, opened, seal
from generator.aws.versions import ROOT, body_key, index_key, manifest_key
from generator.release.digests import digest, template_digest
from generator.release.errors import Invalid, Tampered
from generator.release.model.version import Body, Code, Version


class Publisher:
    """Writes versions. Every object is written with ``If-None-Match``; the index entry last, so that a version is listed when all of it is there."""

    def __init__(self, objects: Objects, key: Signer) -> None:
        self._objects = objects
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
                    name for name in ("commit", "images", "code", "amis", "stacks", "policy", "order")
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
