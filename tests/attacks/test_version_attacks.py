"""Who may write the artifact bucket and holds no key can't publish: a card never names one commit and runs another."""

from __future__ import annotations

import msgspec
import pytest

from generator.aws.signing_key import SigningKey
from generator.aws.version_envelope import seal
from generator.aws.versions import body_key, index_key, manifest_key
from generator.release.client import request_id
from generator.release.digests import canonical, template_digest
from generator.release.errors import Denied, Tampered
from generator.release.model.requests import Propose, Refusal
from generator.release.model.version import Body, Commit, Image, Version
from tests.attacks.conftest import AttackedPlatform
from tests.attacks.test_log_attacks import ask
from tests.attacks.test_role_attacks import refused

KEY = "prod/edge"
TEMPLATE = {"Resources": {"Wait": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
OTHER = "333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:" + "f" * 64


def version(digit: str) -> tuple[Version, dict[str, bytes]]:
    """What CI publishes for a commit."""
    digest = template_digest(TEMPLATE)
    stacks = {KEY: Body(digest=digest, key=body_key(digest))}
    commit = Commit(id=digit * 40, branch="main", subject="Fix a typo")
    return Version(commit=commit, published=50.0, stacks=stacks, order=(KEY,)), {KEY: canonical(TEMPLATE)}


def own_key(platform: AttackedPlatform) -> SigningKey:
    """A key of KMS that the attacker created for themselves, with all rights."""
    kms = platform.root("kms")
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    return SigningKey(lambda operation, **said: getattr(kms, operation)(**said), made)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["build", "worker", "bot", "execution-prod", "open"])
def test_no_other_role_writes_or_signs_a_version(platform: AttackedPlatform, role: str) -> None:
    """What pushes images, releases or talks to Slack has neither the bucket nor the key: the publish role alone has."""
    session = platform.session(role)
    refused(
        lambda: session.api("s3")(
            "put_object", Bucket=platform.names.artifacts, Key=manifest_key("a" * 40), Body=b"{}", IfNoneMatch="*"
        )
    )
    with pytest.raises(Denied):
        SigningKey(session.api("kms"), platform.names.version_key).sign(b"DSSEv1")


def test_an_administrator_does_not_sign_a_version(platform: AttackedPlatform) -> None:
    """A role with all rights of IAM still lacks the key: its own policy names the publish role."""
    iam = platform.root("iam")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    )
    arn = iam.create_role(RoleName="all-rights", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.put_role_policy(RoleName="all-rights", PolicyName="all", PolicyDocument=everything)
    with pytest.raises(Denied):
        SigningKey(platform.session_of(arn).api("kms"), platform.names.version_key).sign(b"DSSEv1")


@pytest.mark.parametrize(("digit", "signed"), [("a", False), ("b", True)], ids=["unsigned", "another key"])
def test_a_manifest_without_the_signature_is_refused(platform: AttackedPlatform, digit: str, signed: bool) -> None:
    """An administrator puts a version into the bucket that points elsewhere: the worker refuses to open a release of it."""
    made, _ = version(digit)
    pointed = msgspec.structs.replace(made, images={"app": Image(uri=OTHER)})
    raw = seal(pointed, own_key(platform)) if signed else msgspec.json.encode(pointed)
    s3, bucket = platform.root("s3"), platform.names.artifacts
    s3.put_object(Bucket=bucket, Key=manifest_key(made.id), Body=raw, IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key=index_key(made), Body=b"", IfNoneMatch="*")
    answer = ask(platform, Propose(id=request_id(), stack=KEY, version=made.id))
    assert isinstance(answer, Refusal), answer
    assert answer.rule == "no version"
    assert "is not signed by this platform's publish role" in answer.why
    assert "publish a new commit" in answer.why


def test_a_version_that_was_written_over_is_refused(platform: AttackedPlatform) -> None:
    """The publish role's own version can't be overwritten; an administrator who drops the policy is found by who reads."""
    made, bodies = version("c")
    assert platform.adapters("publish").publisher.publish(made, bodies) == made
    assert platform.adapters("worker").versions.get(made.id) == made
    pointed = seal(msgspec.structs.replace(made, images={"app": Image(uri=OTHER)}), own_key(platform))
    where = {"Bucket": platform.names.artifacts, "Key": manifest_key(made.id)}
    refused(lambda: platform.session("publish").api("s3")("put_object", **where, Body=pointed))
    s3 = platform.root("s3")
    policy = s3.get_bucket_policy(Bucket=platform.names.artifacts)["Policy"]
    s3.delete_bucket_policy(Bucket=platform.names.artifacts)
    try:
        s3.put_object(**where, Body=pointed)
    finally:
        s3.put_bucket_policy(Bucket=platform.names.artifacts, Policy=policy)
    with pytest.raises(Tampered, match="not signed by this platform's publish role"):
        platform.adapters("worker").versions.get(made.id)
