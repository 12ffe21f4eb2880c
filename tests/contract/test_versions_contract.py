"""What CI published: the same promises from memory and from S3."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from generator.aws.objects import Objects
from generator.aws.session import Session
from generator.aws.signing_key import SigningKey
from generator.aws.version_envelope import opened, seal, signed_text
from generator.aws.version_publisher import Publisher
from generator.aws.versions import INDEX, S3Versions, body_key, index_key, manifest_key
from generator.release.digests import canonical, template_digest
from generator.release.errors import AmbiguousVersion, Invalid, NotPublished, Tampered, Unavailable
from generator.release.model.version import Body, Commit, Image, Version
from generator.release.ports import Versions
from generator.sandbox.process import Control
from tests.contract.conftest import unique
from tests.fakes.versions import FakeVersions
from tests.sandbox.conftest import REGION

Publish = Callable[[Version, dict[str, bytes]], Any]


def bucket(session: Session) -> Objects:
    """A new bucket."""
    api, name = session.api("s3"), unique("artifacts")
    place = {"LocationConstraint": REGION}
    api("create_bucket", Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    return Objects(api, name)


def signing_key(session: Session) -> SigningKey:
    """The platform's key for versions: one for all of these tests."""
    kms, name = session.api("kms"), "alias/contract-versions"
    if name not in {row["AliasName"] for row in kms("list_aliases")["Aliases"]}:
        made = kms("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms("create_alias", AliasName=name, TargetKeyId=made)
    return SigningKey(kms, name)


def another_key(session: Session) -> SigningKey:
    """A key that somebody created for themselves."""
    kms = session.api("kms")
    return SigningKey(kms, kms("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])


@pytest.fixture(params=["fake", "sandbox"])
def published(request: pytest.FixtureRequest) -> tuple[Versions, Publish]:
    """An empty store, and CI's way in."""
    if request.param == "fake":
        fake = FakeVersions()
        return fake, lambda version, bodies: fake.publish(
            version, {version.stacks[stack].key: body.decode() for stack, body in bodies.items()}
        )
    objects = bucket(request.getfixturevalue("session"))
    key = signing_key(request.getfixturevalue("session"))
    return S3Versions(objects, key), Publisher(objects, key).publish


def commit(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def version(
    text: str, at: float, template: dict[str, Any] | None = None, id_: str = ""
) -> tuple[Version, dict[str, bytes]]:
    """A version of one stack, and the bytes of its template."""
    body = canonical(template or {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Metadata": {"what": text}})
    digest = template_digest(json.loads(body))
    made = Version(
        commit=Commit(id=id_ or commit(text), branch="main", subject=text),
        published=at,
        images={"app": Image(uri=f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:{'0' * 64}")},
        stacks={"prod/network": Body(digest=digest, key=body_key(digest))},
        order=("prod/network",),
    )
    return made, {"prod/network": body}


def test_versions_come_newest_first(published: tuple[Versions, Publish]) -> None:
    """However they were published: by time, lazily, whole, with their templates."""
    versions, publish = published
    assert list(versions.newest()) == []
    made = [version(f"v{at}", at) for at in (1_700_000_000.5, 1_700_000_003.25, 1_700_000_001.0)]
    for what in made:
        publish(*what)
    found = [row.commit.subject for row in versions.newest()]
    assert found == ["v1700000003.25", "v1700000001.0", "v1700000000.5"]
    assert list(itertools.islice(versions.newest(), 1)) == [made[1][0]]
    one = versions.get(made[0][0].id)
    assert one == made[0][0]
    body = versions.body(one.stacks["prod/network"].key)
    assert template_digest(json.loads(body)) == one.stacks["prod/network"].digest


def test_a_version_is_found_by_its_first_digits(published: tuple[Versions, Publish]) -> None:
    """Seven digits will do if only one commit starts with them; otherwise the answer says what to do."""
    versions, publish = published
    for id_ in ("abcdef1" + "0" * 33, "abcdef1" + "1" * 33, "abcdef2" + "0" * 33):
        publish(*version(id_, 1.0, id_=id_))
    assert versions.get("abcdef2").id == "abcdef2" + "0" * 33
    assert versions.get("abcdef11").id == "abcdef1" + "1" * 33
    with pytest.raises(AmbiguousVersion, match="more digits"):
        versions.get("abcdef1")
    for nothing in ("abcdef3", "abcdef", "0" * 40):
        with pytest.raises(NotPublished):
            versions.get(nothing)
    with pytest.raises(NotPublished):
        versions.body(body_key("0" * 64))


def test_publishing_again_changes_nothing(published: tuple[Versions, Publish]) -> None:
    """CI that runs twice for a commit leaves one version, with its first time of publication."""
    versions, publish = published
    publish(*version("same", 100.0))
    publish(*version("same", 200.0))
    assert [row.published for row in versions.newest()] == [100.0]


def test_publishing_again_keeps_the_first_machine_images(session: Session) -> None:
    """AWS has newer AMIs when CI runs again for a commit; the version keeps those that it was published with."""
    objects = bucket(session)
    made, bodies = version("again", 1.0)
    first = msgspec.structs.replace(made, amis={"prod/cluster": "ami-1"})
    Publisher(objects, signing_key(session)).publish(first, bodies)
    later = msgspec.structs.replace(made, published=2.0, amis={"prod/cluster": "ami-2"})
    assert Publisher(objects, signing_key(session)).publish(later, bodies) == first
    for other in ({}, {"prod/cluster": "ami-1", "dev/cluster": "ami-1"}):
        with pytest.raises(Invalid, match="amis"):
            Publisher(objects, signing_key(session)).publish(msgspec.structs.replace(made, amis=other), bodies)


def test_a_commit_has_one_content(session: Session) -> None:
    """Other content for the same commit is refused, and what is there stays."""
    objects = bucket(session)
    publisher = Publisher(objects, signing_key(session))
    publisher.publish(*version("first", 1.0))
    other, bodies = version("other", 1.0, id_=commit("first"))
    with pytest.raises(Invalid, match=r"other content \(commit, stacks\)"):
        publisher.publish(other, bodies)
    assert S3Versions(objects, signing_key(session)).get(commit("first")).commit.subject == "first"


def test_templates_are_what_their_digests_say(session: Session) -> None:
    """A missing, swapped or broken template is refused before anything is written."""
    objects = bucket(session)
    publisher = Publisher(objects, signing_key(session))
    made, bodies = version("v", 1.0)
    wrong_key = msgspec.structs.replace(
        made, stacks={"prod/network": Body(digest=made.stacks["prod/network"].digest, key="versions/x")}
    )
    for what, given, says in (
        (made, {}, "missing"),
        (made, {"prod/network": b'{"Resources":{}}'}, "digest"),
        (made, {"prod/network": b"no json"}, "digest"),
        (wrong_key, bodies, "key"),
    ):
        with pytest.raises(Invalid, match=says):
            publisher.publish(what, given)
    assert list(objects.keys("")) == []
    publisher.publish(made, {"prod/network": json.dumps(json.loads(bodies["prod/network"]), indent=1).encode()})
    publisher.publish(made, bodies)


def test_code_is_stored_by_its_content(session: Session) -> None:
    """A function's archive is at a key that ends with its digest, once."""
    objects = bucket(session)
    for _ in range(2):
        code = Publisher(objects, signing_key(session)).code(b"PK archive")
    digest = hashlib.sha256(b"PK archive").hexdigest()
    assert (code.bucket, code.key, code.digest) == (objects.bucket, f"versions/code/{digest}.zip", f"sha256:{digest}")
    assert list(objects.keys("versions/code/")) == [code.key]


def test_a_manifest_that_the_publish_role_did_not_sign_is_not_trusted(session: Session) -> None:
    """Anyone who writes a manifest without the key is refused, with what to do: by reading it, in the list, and by publishing."""
    objects, key = bucket(session), signing_key(session)
    made, bodies = version("v", 1.0)
    good = json.loads(seal(made, key))
    pointed = msgspec.structs.replace(made, images={"app": Image(uri=f"r.example.com/app@sha256:{'1' * 64}")})
    elsewhere = base64.b64encode(canonical(msgspec.to_builtins(pointed))).decode()
    plain = canonical(msgspec.to_builtins(made))
    bare = {"sig": base64.b64encode(key.sign(plain)).decode()}
    forged: dict[str, bytes] = {
        "no JSON": b"{",
        "no envelope": msgspec.json.encode(made),
        "no signature": canonical(good | {"signatures": []}),
        "another image under the signature": canonical(good | {"payload": elsewhere}),
        "another key": seal(pointed, another_key(session)),
        "something else that the key signed": canonical(good | {"signatures": [bare]}),
        "not base64": canonical(good | {"payload": "%%"}),
        "a list": b"[]",
    }
    for what, raw in forged.items():
        with pytest.raises(Tampered, match=r"not signed by this platform.s publish role.*find out who wrote it"):
            opened(raw, made.id, key)
        assert what
    assert opened(seal(made, key), made.id, key) == made
    assert signed_text(b"hello") == b"DSSEv1 36 application/vnd.slipway.version+json 5 hello"
    objects.put_once(manifest_key(made.id), forged["another key"])
    objects.put_once(index_key(made), b"")
    for read in (
        lambda: S3Versions(objects, key).get(made.id),
        lambda: Publisher(objects, key).publish(made, bodies),
    ):
        with pytest.raises(Tampered, match="not signed by"):
            read()
    notes: list[str] = []
    assert list(S3Versions(objects, key).newest(notes.append)) == []
    assert "not signed by" in notes[0]


def test_a_signed_manifest_counts_for_its_commit_alone(session: Session) -> None:
    """A manifest that was signed for one commit says nothing about another one under whose name it was copied."""
    objects, key = bucket(session), signing_key(session)
    foreign, _ = version("foreign", 1.0)
    objects.put_once(manifest_key("b" * 40), seal(foreign, key))
    with pytest.raises(Tampered, match="find out who wrote it"):
        S3Versions(objects, key).get("b" * 40)
    made, bodies = version("v", 1.0)
    objects.put_once(made.stacks["prod/network"].key, b"{}")
    with pytest.raises(Tampered, match="does not match its name"):
        Publisher(objects, key).publish(made, bodies)


def test_a_poisoned_index_is_passed_over_and_reported(session: Session) -> None:
    """CI writes entries, so one that names nothing, a broken manifest, or an old version as the newest stops nobody."""
    objects = bucket(session)
    made, bodies = version("v", 1_700_000_000.0)
    Publisher(objects, signing_key(session)).publish(made, bodies)
    objects.put_once(manifest_key("b" * 40), b"{")
    poison = (
        "0",
        "garbage\x1b[2J",
        f"0000000000000-{'a' * 40}",
        f"0000000000001-{'b' * 40}",
        f"0000000000002-{made.id}",
    )
    for entry in poison:
        objects.put_once(INDEX + entry, b"")
    notes: list[str] = []
    assert list(S3Versions(objects, signing_key(session)).newest(notes.append)) == [made]
    says = ["names no version", "no version of commit aaaa", "not signed by", "at another time", "names no version"]
    assert [one for one, what in zip(notes, says, strict=True) if what not in one] == []
    assert "\x1b" not in "".join(notes)
    for number in range(196):
        objects.put_once(f"{INDEX}00{number:03}", b"")
    with pytest.raises(Tampered, match="more than 200 entries"):
        list(S3Versions(objects, signing_key(session)).newest())


@pytest.mark.parametrize(
    "fault",
    [{"kind": "lost"}, {"kind": "lost", "how": "error"}, {"kind": "reset"}, {"kind": "throttle"}, {"kind": "error"}],
    ids=lambda rule: "-".join(rule.values()),
)
def test_faults_while_publishing_and_reading(session: Session, control: Control, fault: dict[str, str]) -> None:
    """A bad answer to each write and read is passed over: one version, whole; an S3 that is down is unavailable."""
    objects = bucket(session)
    made, bodies = version("v", 1.0)
    for after in range(3):
        control.faults({"service": "s3", "operation": "PutObject", "after": after, **fault}, clear=True)
        Publisher(objects, signing_key(session)).publish(made, bodies)
    control.faults(
        {"service": "s3", "operation": "ListObjectsV2", **fault},
        {"service": "s3", "operation": "GetObject", **fault},
        clear=True,
    )
    assert list(S3Versions(objects, signing_key(session)).newest()) == [made]
    control.faults({"service": "s3", "kind": "throttle", "times": 99}, clear=True)
    for call in (
        lambda: list(S3Versions(objects, signing_key(session)).newest()),
        lambda: S3Versions(objects, signing_key(session)).get(made.id),
        lambda: S3Versions(objects, signing_key(session)).body(made.stacks["prod/network"].key),
        lambda: Publisher(objects, signing_key(session)).publish(made, bodies),
    ):
        with pytest.raises(Unavailable, match="try again"):
            call()
