"""Artifacts: one stack's template as bytes, with what a deployment has to know about it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from generator.catalog import StackSpec
from generator.errors import BuildError
from generator.graph import Interface, interface

# AWS CloudFormation User Guide, "CloudFormation quotas": template body in a request. Ours always travel inline.
MAX_BODY = 51_200
_NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}


class Artifact(Struct, frozen=True):
    """What is known of one built template.

    ``digest`` is ``sha256:`` and 64 hex digits of the compact JSON, ``size`` its bytes, ``resources`` how many it holds,
    ``capabilities`` what CloudFormation wants acknowledged, ``inputs`` the digest of all that it was made from.
    """

    key: str
    inputs: str
    digest: str
    size: int
    resources: int
    capabilities: tuple[str, ...]
    interface: Interface


def make(spec: StackSpec, inputs: str) -> tuple[Artifact, bytes, dict[str, Any]]:
    """Build one stack: the artifact, its bytes, and the template as plain data.

    Raises:
        BuildError: troposphere refuses a property, or the body is over 51,200 bytes.
    """
    from generator.encode import to_bytes, to_plain

    try:
        plain = to_plain(spec.template())
    except (ValueError, TypeError, AttributeError) as error:
        raise BuildError(f"{spec.key}: {error}") from error
    body = to_bytes(plain)
    if len(body) > MAX_BODY:
        largest = max(plain["Resources"], key=lambda name: len(to_bytes(plain["Resources"][name])))
        raise BuildError(
            f"{spec.key}: the template has {len(body):,} bytes, CloudFormation takes {MAX_BODY:,} inline; "
            f"its largest resource is {largest}; move something to a stack of its own"
        )
    artifact = Artifact(
        key=spec.key,
        inputs=inputs,
        digest=digest(body),
        size=len(body),
        resources=len(plain["Resources"]),
        capabilities=capabilities(plain),
        interface=interface(plain),
    )
    return artifact, body, plain


def digest(body: bytes) -> str:
    """``sha256:`` and the hex digest."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def capabilities(template: Mapping[str, Any]) -> tuple[str, ...]:
    """What CreateChangeSet must acknowledge (CloudFormation API Reference, CreateChangeSet, Capabilities)."""
    iam = [r for r in template["Resources"].values() if r["Type"].startswith("AWS::IAM::")]
    named = any(_NAMED.get(r["Type"]) in r.get("Properties", {}) for r in iam)
    found = ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []
    if "Transform" in template:
        found.append("CAPABILITY_AUTO_EXPAND")
    return tuple(found)
