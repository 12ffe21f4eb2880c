"""A service's own repository publishes its image on the platform's templates, and nothing else, whatever it signs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from generator.aws.objects import Objects
from generator.aws.service_versions import Published, ServicePublisher, service_version
from generator.aws.session import Session
from generator.aws.version_envelope import Signer, seal
from generator.aws.version_publisher import Publisher
from generator.aws.versions import S3Versions, index_key, manifest_key
from generator.release.errors import Invalid, NotPublished, Tampered
from generator.release.model.version import Body, Code, Commit, Image, Version
from tests.contract.test_versions_contract import another_key, bucket, commit, signing_key

HOST = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway"


def image(service: str, digit: str) -> Image:
    return Image(uri=f"{HOST}/{service}@sha256:{digit * 64}", architecture="ARM64")


class Place:
    """A bucket with a version of the platform: two services, of which `shop` lives in a repository of its own."""

    def __init__(self, session: Session) -> None:
        self.objects: Objects = bucket(session)
        self.platform: Signer = signing_key(session)
        self.key: Signer = another_key(session)
        self.base = Version(
            commit=Commit(id=commit("base"), branch="main"), published=1.0,
            images={"app": image("app", "1"), "shop": image("shop", "1")},
        )  # fmt: skip
        stacks = {
            key: Body(digest=f"sha256:{'a' * 64}", key=f"versions/bodies/{'a' * 64}.json", released=("ImageUri",))
            for key in ("prod/service-shop", "prod/service-app", "dev/service-shop")
        }
        self.base = msgspec.structs.replace(self.base, stacks=stacks, order=tuple(stacks))
        self.objects.put_once(manifest_key(self.base.id), seal(self.base, self.platform))
        self.objects.put_once(index_key(self.base), b"", "text/plain")

    def versions(self) -> S3Versions:
        """The versions as a new worker reads them."""
        return S3Versions(self.objects, self.platform, {"shop": self.key})

    def made(self, name: str = "shop-2") -> Version:
        """What shop's repository publishes of a commit."""
        about = Published(Commit(id=commit(name), branch="trunk", subject="Sell more"), image("shop", "2"), "run")
        return service_version(self.base, "shop", about, 2.0)

    def write(self, version: Version, key: Signer | None = None) -> None:
        """Write a manifest and its entry without asking whether it is right."""
        self.objects.put_once(manifest_key(version.id, "shop"), seal(version, key or self.key))
        self.objects.put_once(index_key(version, "shop"), b"", "text/plain")


@pytest.fixture
def place(session: Session) -> Place:
    """An empty bucket, and two keys."""
    return Place(session)


def test_its_image_is_the_newest_version_of_that_service_alone(place: Place) -> None:
    """It has the service's stacks in every environment, is found by its commit, and a repetition does no harm."""
    publisher = ServicePublisher(place.objects, "shop", place.key)
    for _ in range(2):
        made = publisher.publish(place.made())
    found = place.versions()
    assert list(found.newest()) == [made, place.base]
    assert (made.images, set(made.stacks)) == ({"shop": image("shop", "2")}, {"prod/service-shop", "dev/service-shop"})
    assert (made.built_on, made.commit.branch, made.commit.subject) == (place.base.id, "", "Sell more")
    assert found.get(made.id) == found.get(made.id[:9]) == made
    assert found.get(place.base.id) == place.base
    other = msgspec.structs.replace(made, images={"shop": image("shop", "3")})
    with pytest.raises(Invalid, match="already published with another image"):
        publisher.publish(other)


def test_a_service_that_runs_nowhere_is_not_published(place: Place) -> None:
    """The platform's repository has its file first."""
    with pytest.raises(NotPublished, match="has no stack of cart; publish the platform's repository first"):
        service_version(place.base, "cart", Published(Commit(id="1" * 40), image("cart", "1")), 2.0)


def _other_template(version: Version) -> Version:
    body = Body(digest=f"sha256:{'b' * 64}", key=f"versions/bodies/{'b' * 64}.json", released=("ImageUri",))
    return msgspec.structs.replace(version, stacks={**version.stacks, "prod/service-shop": body})


FORGED: dict[str, Callable[[Version, Place], Version]] = {
    "another template": lambda v, _: _other_template(v),
    "another service's image": lambda v, _: msgspec.structs.replace(v, images={"shop": image("app", "6")}),
    "an image more": lambda v, _: msgspec.structs.replace(v, images={**v.images, "app": image("app", "6")}),
    "a stack more": lambda v, p: msgspec.structs.replace(v, stacks=p.base.stacks),
    "code": lambda v, _: msgspec.structs.replace(v, code={"events": Code(bucket="b", key="k", digest="d")}),
    "a policy": lambda v, _: msgspec.structs.replace(v, policy=Body(digest="d", key="k")),
    "an order": lambda v, _: msgspec.structs.replace(v, order=()),
    "no version of the platform": lambda v, _: msgspec.structs.replace(v, built_on=commit("nobody's")),
    "a version of its own": lambda v, _: msgspec.structs.replace(v, built_on=v.id),
    "the platform's commit": lambda v, p: msgspec.structs.replace(v, commit=Commit(id=p.base.id)),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_who_takes_that_repository_over_changes_one_image_alone(
    place: Place, forge: Callable[[Version, Place], Version]
) -> None:
    """Whatever else is signed with its key is no version, and hides none."""
    forged = forge(place.made(), place)
    place.write(forged)
    notes: list[str] = []
    assert list(place.versions().newest(notes.append)) == [place.base]
    assert len(notes) == 1
    if forged.id != place.base.id:
        with pytest.raises(Tampered):
            place.versions().get(forged.id)
    else:
        assert place.versions().get(forged.id) == place.base


def test_the_keys_do_not_stand_for_each_other(place: Place) -> None:
    """The platform's key signs nothing below a service's folder that counts, and the service's key nothing of the platform's."""
    place.write(place.made(), place.platform)
    rogue = msgspec.structs.replace(place.base, commit=Commit(id=commit("rogue")), published=3.0)
    place.objects.put_once(manifest_key(rogue.id), seal(rogue, place.key))
    place.objects.put_once(index_key(rogue), b"", "text/plain")
    notes: list[str] = []
    assert list(place.versions().newest(notes.append)) == [place.base]
    assert sorted("repository" in note for note in notes) == [False, True]


def test_junk_of_one_repository_stops_nobody(place: Place) -> None:
    """More wrong entries than anybody reads: the platform's versions are there all the same."""
    for number in range(205):
        place.objects.put_once(f"repositories/shop/index/{number:013}-junk", b"", "text/plain")
    notes: list[str] = []
    assert list(place.versions().newest(notes.append)) == [place.base]
    assert len(notes) <= 202


def test_a_publisher_of_the_platform_does_not_read_them(place: Place) -> None:
    """A platform without repositories of single services lists its own versions as ever."""
    place.write(place.made())
    assert list(S3Versions(place.objects, place.platform).newest()) == [place.base]
    assert Publisher(place.objects, place.platform)
