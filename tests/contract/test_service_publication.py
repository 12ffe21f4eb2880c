"""`slipway publish --alone`, as the job of a service's own repository runs it: credentials, an image, and no stacks/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from generator.aws.objects import Objects
from generator.aws.session import Session
from generator.aws.signing_key import SigningKey
from generator.aws.version_envelope import seal
from generator.aws.versions import S3Versions, index_key, manifest_key
from generator.cli.main import main
from generator.release.model.version import Body, Commit, Version
from generator.sandbox.process import Endpoint
from tests.contract.test_versions_contract import commit
from tests.sandbox.conftest import ACCOUNT

PLATFORM = "shopping"  # a platform of its own, because its buckets and keys have names
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/{PLATFORM}"
URI = f"{HOST}/shop@sha256:{'2' * 64}"


def key(session: Session, name: str) -> SigningKey:
    """A key with an alias."""
    kms, alias = session.api("kms"), f"alias/{PLATFORM}-home-{name}"
    if alias not in {row["AliasName"] for row in kms("list_aliases")["Aliases"]}:
        made = kms("create_key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms("create_alias", AliasName=alias, TargetKeyId=made)
    return SigningKey(kms, alias)


def test_a_commit_of_that_repository_becomes_a_version(
    session: Session, sandbox_process: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The folder is a checkout of the service; names of bucket and keys follow from the image's address."""
    place = f"{PLATFORM}-home-artifacts-{ACCOUNT}-eu-west-1"
    session.api("s3")("create_bucket", Bucket=place, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    objects = Objects(session.api("s3"), place)
    body = Body(digest=f"sha256:{'a' * 64}", key=f"versions/bodies/{'a' * 64}.json", released=("ImageUri",))
    base = Version(commit=Commit(id=commit("base"), branch="main"), published=1.0, stacks={"prod/service-shop": body})
    base = msgspec.structs.replace(base, order=("prod/service-shop",))
    platform = key(session, "versions")
    objects.put_once(manifest_key(base.id), seal(base, platform))
    objects.put_once(index_key(base), b"", "text/plain")
    shop = key(session, "versions-shop")
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "init.defaultBranch=trunk"]
    for line in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Sell more"]):
        subprocess.run(["git", *who, *line], cwd=tmp_path, check=True, timeout=60)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "AWS_ENDPOINT_URL": sandbox_process.url, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "x",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    monkeypatch.setattr(sys, "argv", ["slipway", "publish", "--alone", "--image", f"shop={URI}"])
    assert main() == 0
    said = capsys.readouterr().out
    [made, first] = list(S3Versions(objects, platform, {"shop": shop}).newest())
    assert first == base
    assert said == f"published {made.id} (Sell more): an image of shop on the templates of {base.short}\n"
    assert (made.images["shop"].uri, made.built_on) == (URI, base.id)


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--image", f"shop={HOST}/other@sha256:{'2' * 64}"],
        ["--image", f"shop={HOST}/shop:latest"],
        ["--image", f"shop=docker.io/acme/shop@sha256:{'2' * 64}"],
        ["--image", f"shop={URI}", "--image", f"shop={URI}"],
        ["--image", f"shop={URI}", "--code", "events=events.zip"],
    ],
)
def test_it_publishes_one_image_of_homes_registry(
    more: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else is refused before AWS is asked, with what to write."""
    monkeypatch.setattr(sys, "argv", ["slipway", "publish", "--alone", *more])
    assert main() == 2
    assert (
        "--alone publishes one image of home's registry; write --image SERVICE=ACCOUNT.dkr.ecr"
        in capsys.readouterr().err
    )
