"""Artifacts: one stack's template as bytes, with what a deployment must know about it."""

from typing import TYPE_CHECKING

from msgspec import Struct

from generator.build.graph import Interface, interface
from generator.catalog.stack_spec import StackSpec
from generator.errors import BuildError
from generator.release.digests import digest
from generator.release.errors import Invalid

if TYPE_CHECKING:
    from troposphere import Template

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
    """The known facts about one built template.

    ``digest`` is ``sha256:`` and 64 hex digits of the canonical JSON, ``size`` its bytes, ``resources`` how many it
    holds, ``capabilities`` what CloudFormation wants acknowledged, ``inputs`` the digest of all its inputs.
    """

    key: str
    inputs: str
    digest: str
    size: int
    resources: int
    capabilities: tuple[str, ...]
    interface: Interface


def build_artifact(spec: StackSpec, inputs: str) -> tuple[Artifact, bytes]:
    """Build one stack: the artifact and its bytes.

    Raises:
        BuildError: troposphere refuses a property, or the body is over 51,200 bytes.
    """
    from generator.build.json_encoder import to_bytes

    try:
        template = spec.template()
        body = to_bytes(template)
    except (ValueError, TypeError, AttributeError, Invalid) as error:
        raise BuildError(f"{spec.key}: {error}") from error
    if len(body) > MAX_BODY:
        raise BuildError(
            f"{spec.key}: the template has {len(body):,} bytes, CloudFormation takes {MAX_BODY:,} inline; "
            f"its largest resource is {_largest(template)}; move a part of it to another stack"
        )
    artifact = Artifact(
        key=spec.key,
        inputs=inputs,
        digest=digest(body),
        size=len(body),
        resources=len(template.resources),
        capabilities=capabilities(template),
        interface=interface(template),
    )
    return artifact, body


def capabilities(template: "Template") -> tuple[str, ...]:
    """What CreateChangeSet must acknowledge (CloudFormation API Reference, CreateChangeSet, Capabilities)."""
    iam = [r for r in template.resources.values() if str(r.resource_type).startswith("AWS::IAM::")]
    named = any(_NAMED.get(str(r.resource_type)) in r.properties for r in iam)
    found = ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []
    if template.transform:
        found.append("CAPABILITY_AUTO_EXPAND")
    return tuple(found)


def _largest(template: "Template") -> str:
    return max(template.resources, key=lambda name: len(template.resources[name].to_json()))
