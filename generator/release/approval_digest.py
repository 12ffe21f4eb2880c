"""What an approval stands for: one digest of everything that decides what runs."""

import msgspec

from generator.release.digests import hex_digest
from generator.release.model.change import ChangeSet
from generator.release.model.reading import Meaning


def binding(change_set: ChangeSet, meaning: Meaning) -> str:
    """64 hex digits of change-set ARN, template, parameters, capabilities, role, tags, and the deterministic reading.

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
        }
    )
