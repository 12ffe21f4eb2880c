"""What an approval stands for: one digest of everything that decides what runs."""

import msgspec

from generator.release.digests import hex_digest
from generator.release.model.change import ChangeSet
from generator.release.model.platform import PlatformFacts
from generator.release.model.preview import Meaning
from generator.release.model.release import StackRef


def policy_digest(facts: PlatformFacts, stack: StackRef) -> str:
    """64 hex digits of what decides who may approve: environment rules, people, teams, roles whose sessions count."""
    rules = facts.rules(stack)
    return hex_digest(
        msgspec.to_builtins(
            {"rules": rules, "people": facts.people, "teams": facts.teams, "sessions": facts.session_roles}
        )
    )


def binding(change_set: ChangeSet, meaning: Meaning, policy: str) -> str:
    """64 hex digits of change-set ARN, template, parameters, capabilities, role, tags, reading and policy.

    ``policy`` is the digest of the rules under which people are asked: with weaker rules the digest differs.

    Image digests are among the parameters (``ImageUri``). What was looked up (cost, drift, scans) is shown to people
    and not bound: it may differ a minute later, and does not change what runs.
    """
    return hex_digest(
        {
            "arn": change_set.arn,
            "stack": change_set.stack_id,
            "template": change_set.template,
            "parameters": change_set.parameters,
            "capabilities": sorted(change_set.capabilities),
            "role": change_set.role,
            "tags": change_set.tags,
            "meaning": msgspec.to_builtins(meaning),
            "policy": policy,
        }
    )
