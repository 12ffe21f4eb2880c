"""Stacks that nothing asks for any more: which they are, and the template that empties one before it is deleted.

A release brings such a stack to a template without resources of ours, so that what goes, what stays and which data is
lost is read and approved like any change. The tag that comes with that template opens DeleteStack to the release role
(``templates.foundation.change_sets``), which is denied for all other stacks.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from generator.release.digests import template_digest
from generator.release.model.platform import PlatformFacts, StackFacts
from generator.release.model.release import StackRef
from generator.release.model.version import Running, Version

# A handle costs nothing, does nothing, and a template needs one resource at least (CloudFormation User Guide,
# "Template anatomy": Resources is required; "AWS::CloudFormation::WaitConditionHandle").
TOMBSTONE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "Nothing asks for this stack any more. It is empty, and may be deleted.",
    "Resources": {"Tombstone": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
}
TOMBSTONE_BODY = msgspec.json.encode(TOMBSTONE).decode()
TOMBSTONE_DIGEST = template_digest(TOMBSTONE)
TAG, TAG_VALUE = "tombstone", "empty"
# The bot and what administrators own: a release can't delete what it runs on.
_NEVER = frozenset({"bot", "home", "foundation"})
_KINDS = ("service-", "function-", "site-")


def service_of(stack: str) -> str:
    """The service, function or site in a stack's name, ``service-app``. "" for infrastructure."""
    return next((stack.removeprefix(kind) for kind in _KINDS if stack.startswith(kind)), "")


def orphan(facts: PlatformFacts, key: str) -> StackFacts | None:
    """What is known of a stack by its key alone.

    None if there is no such environment, or administrators own the stack.
    """
    environment, _, stack = key.partition("/")
    near = next((f.ref for f in facts.stacks.values() if f.ref.environment == environment), None)
    if near is None or not stack or stack in _NEVER or stack.startswith("permissions-") or environment == near.account:
        return None
    name = f"{facts.name}-{environment}-{stack}"
    return StackFacts(
        ref=StackRef(key=key, name=name, account=near.account, region=near.region, service=service_of(stack))
    )


def orphans(facts: PlatformFacts, keys: Iterable[str]) -> list[str]:
    """Those of these stacks that no configuration asks for and a release can delete, sorted."""
    return sorted(key for key in keys if key not in facts.stacks and orphan(facts, key) is not None)


def emptied(version: Version) -> Running:
    """What a release brings to a stack that ``version`` does not ask for."""
    return Running(commit=version.id, template=TOMBSTONE_DIGEST, body="", subject=version.commit.subject)
