"""What the repository of one service publishes: its image, with the templates of a version that the platform published.

The role of such a repository signs with a key of its own, so that anyone who takes it over changes one image and nothing
else: templates, policy and every other image are those that the platform's publish role has signed, or there is no version.
"""

from typing import NamedTuple

import msgspec

from generator.aws.objects import Objects
from generator.aws.version_envelope import Signer, opened, seal
from generator.release.errors import Invalid, NotPublished, Tampered
from generator.release.model.version import Commit, Image, Version


class Published(NamedTuple):
    """What a repository publishes of its service: the commit, its image, and the run of CI."""

    commit: Commit
    image: Image
    builder: str = ""


def service_version(base: Version, service: str, published: Published, now: float) -> Version:
    """The version of a commit in a service's own repository, on the templates of ``base``. Pure.

    Raises:
        NotPublished: no environment of ``base`` runs the service.
    """
    stacks = {key: body for key, body in base.stacks.items() if key.partition("/")[2] == f"service-{service}"}
    if not stacks:
        raise NotPublished(f"{base.short} has no stack of {service}; publish the platform's repository first")
    architecture = base.images[service].architecture if service in base.images else published.image.architecture
    return Version(
        # Its role trusts the default branch alone, which may be called otherwise than the platform's.
        commit=msgspec.structs.replace(published.commit, branch=""),
        published=now,
        images={service: msgspec.structs.replace(published.image, architecture=architecture)},
        stacks=stacks,
        builder=published.builder,
        built_on=base.id,
        order=tuple(key for key in base.order if key in stacks),
    )


def check_service(version: Version, service: str, base: Version) -> None:
    """Hold a version to what the repository of ``service`` may publish on ``base``.

    Raises:
        Tampered: It says more than an image of that service, or other templates.
    """
    image = version.images.get(service)
    about = Published(version.commit, image or Image(uri=""), version.builder)
    try:
        allowed = service_version(base, service, about, version.published)
    except NotPublished as error:
        raise Tampered(str(error)) from error
    if image is None or version != allowed or image.repository.rpartition("/")[2] != service or base.built_on:
        raise Tampered(
            f"{version.short} is published by the repository of {service} and says more than an image of it; find out "
            "who wrote it, and publish a new commit"
        )


class ServicePublisher:
    """Writes versions of one service, signed with the key of its repository.

    Args:
        objects: The artifact bucket.
        service: The service.
        key: The key of its repository.
    """

    def __init__(self, objects: Objects, service: str, key: Signer) -> None:
        self._objects = objects
        self._service = service
        self._key = key

    def publish(self, version: Version) -> Version:
        """Publish a version of :func:`service_version`. A repetition does no harm: the stored version counts.

        Raises:
            Invalid: The commit was published with another image.
            Tampered: What is there is not signed by this repository.
        """
        from generator.aws.versions import index_key, manifest_key

        there = self._objects.put_once(manifest_key(version.id, self._service), seal(version, self._key))
        if there is not None:
            found = opened(there, version.id, self._key, f"the publish role of {self._service}'s repository")
            if found.images != version.images:
                raise Invalid(
                    f"{version.short} was already published with another image; a version never changes: make a new commit "
                    "and publish it"
                )
            version = found
        self._objects.put_once(index_key(version, self._service), b"", "text/plain")
        return version
