"""Who holds the worker's role, or administers the account, can't rewrite the release log unseen."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from generator.aws.audit_seal import KmsSeal, message, place
from generator.aws.versions import body_key
from generator.release.audit import Entry, Head, entry_hash
from generator.release.client import envelope, request_id
from generator.release.digests import canonical, template_digest
from generator.release.errors import Denied
from generator.release.log_items import item
from generator.release.model.people import Actor
from generator.release.model.requests import Done, Lock, Opened, Propose, Request, Unlock
from generator.release.model.version import Body, Commit, Version
from generator.release.ports import Put
from tests.attacks.conftest import AttackedPlatform

KEY = "prod/edge"
BROKEN = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Missing"}}}}}


def ask(platform: AttackedPlatform, request: Request, who: str = "U0000ANA") -> Any:
    """Ask over the queue, as the bot's front does in somebody's name, and let a worker deal with it."""
    act = platform.command(who, "prod" if isinstance(request, Propose) else "staging")
    platform.adapters("bot").queue(platform.queue_url).send(envelope(request, who, act))
    worker = platform.worker()
    try:
        for _ in range(200):
            worker.turn(1.0)
            answer = platform.log.answered(str(request.id))
            if answer is not None and not platform.log.open_ids():
                return answer
    finally:
        worker.close()
    raise AssertionError(platform.failed)


def closed(platform: AttackedPlatform, number: int) -> str:
    """A release that ended, since its template is refused: its chain is closed and its head signed."""
    body = canonical(BROKEN)
    digest = template_digest(BROKEN)
    commit = f"{number:x}" * 40
    stacks = {KEY: Body(digest=digest, key=body_key(digest))}
    version = Version(commit=Commit(id=commit, branch="main"), published=float(number), stacks=stacks, order=(KEY,))
    platform.adapters("publish").publisher.publish(version, {KEY: body})
    answer = ask(platform, Propose(id=request_id(), stack=KEY, version=commit))
    assert isinstance(answer, Opened), answer
    return answer.release


def rewrite(platform: AttackedPlatform, chain: str, number: int, person: str) -> Head:
    """With the worker's role: another actor in an entry, and every entry after it to match."""
    table = platform.adapters("worker").table
    head = Head()
    for found in list(table.query(f"audit#{chain}")):
        entry = msgspec.json.decode(found.body, type=Entry)
        actor = Actor(channel="slack", id="U0000BEN", person=person) if entry.number == number else entry.actor
        entry = msgspec.structs.replace(entry, actor=actor, previous=head.hash)
        entry = msgspec.structs.replace(entry, hash=entry_hash(entry))
        assert table.write(Put(item(found.pk, found.sk, found.rev + 1, entry)))
        head = Head(entry.number, entry.hash)
    return head


def forged_head(platform: AttackedPlatform, chain: str, head: Head) -> bytes:
    """A head signed again with the worker's role: KMS signs what it is given."""
    kms = platform.session("worker").api("kms")
    signature = kms(
        "sign", KeyId=platform.names.key, Message=message(chain, head.number, head.hash, 1.0), MessageType="RAW",
        SigningAlgorithm="ECDSA_SHA_256",
    )["Signature"]  # fmt: skip
    import base64

    body = {"at": 1.0, "chain": chain, "hash": head.hash, "number": head.number}
    return json.dumps(body | {"signature": base64.b64encode(signature).decode()}, sort_keys=True).encode()


def without_policy(platform: AttackedPlatform, what: Any) -> None:
    """An administrator takes the audit bucket's policy away, does something, and puts it back."""
    s3, bucket = platform.root("s3"), platform.names.audit
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    try:
        what(s3, bucket)
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def faults(platform: AttackedPlatform, chain: str) -> list[str]:
    """What `audit verify` finds wrong with a chain."""
    return [fault.text for fault in platform.verified().faults if fault.chain == chain]


def test_a_rewritten_release_can_not_be_signed_over_its_head(platform: AttackedPlatform) -> None:
    """The worker's role changes an actor and signs again: the bucket refuses a second version, and the first one tells."""
    release = closed(platform, 1)
    chain = f"release/{release}"
    assert faults(platform, chain) == []
    head = rewrite(platform, chain, 1, "ben")
    assert any("not the entry whose hash was signed" in text for text in faults(platform, chain))
    forged = forged_head(platform, chain, head)
    key = place(chain, head.number)
    worker = platform.session("worker").api("s3")
    with pytest.raises(Denied):
        worker("put_object", Bucket=platform.names.audit, Key=key, Body=forged)
    with pytest.raises(Denied):
        worker("delete_object", Bucket=platform.names.audit, Key=key)

    def overwrite(s3: Any, bucket: str) -> None:
        s3.put_object(Bucket=bucket, Key=key, Body=forged)

    without_policy(platform, overwrite)
    found = faults(platform, chain)
    assert any("somebody overwrote" in text for text in found)
    assert any("not the entry whose hash was signed" in text for text in found)


def test_locks_and_freezes_are_signed_after_each_entry(platform: AttackedPlatform) -> None:
    """The chain of an environment has a signed head as soon as a lock is answered, so that a changed lock is found."""
    chain = "env/staging"
    lock = Lock(id=request_id(), scope="staging/*", reason="the database is being moved", freeze=True)
    assert isinstance(ask(platform, lock), Done)
    assert isinstance(ask(platform, Unlock(id=request_id(), scope="staging/*")), Done)
    heads = [head for head, fault in platform.adapters("worker").seal.heads() if head.chain == chain and not fault]
    assert [head.number for head in heads] == [1, 2]
    assert faults(platform, chain) == []
    rewrite(platform, chain, 1, "ben")
    assert any("not the entry whose hash was signed" in text for text in faults(platform, chain))


def test_a_head_under_a_delete_marker_is_found(platform: AttackedPlatform) -> None:
    """An administrator drops the policy, hides the head, deletes the release's rows and restores the policy: it shows."""
    release = closed(platform, 2)
    chain = f"release/{release}"
    head = platform.log.head(chain)

    def hide(s3: Any, bucket: str) -> None:
        s3.delete_object(Bucket=bucket, Key=place(chain, head.number))

    without_policy(platform, hide)
    table = platform.root("dynamodb")
    gone = [f"release#{release}", f"audit#{chain}"]
    number = release.rpartition("-")[2]
    keys = [(pk, i.sk) for pk in gone for i in platform.log.table.query(pk)]
    for pk, sk in [*keys, (f"stack#{KEY}", f"history#{int(number):08d}")]:
        table.delete_item(TableName=platform.names.table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    found = faults(platform, chain)
    assert any("a delete marker lies over it" in text for text in found)
    assert any("was signed and is missing" in text for text in found)
    assert any(f"lacks releases {number}" in text for text in faults(platform, f"stack/{KEY}"))
    seal: KmsSeal = platform.adapters("worker").seal
    # A head for another chain in its place would pass `If-None-Match`; the oldest version counts all the same.
    seal.seal(chain, head.number, "f" * 64, 2.0)
    assert any("a delete marker lies over it" in text for text in faults(platform, chain))
