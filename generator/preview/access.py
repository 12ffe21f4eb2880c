"""Compares our gains with AWS's own check, if the credentials allow it.

Source: IAM Access Analyzer API Reference, ``CheckNoNewAccess``. Documents that name what only AWS can resolve are not
sent: the answer would be about other resources.
"""

import json
from collections.abc import Iterator
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.lookups import Access
from generator.preview.template_resolution import is_symbolic
from generator.release.model.preview import Gain

Json = Any
_EMPTY = {"Version": "2012-10-17", "Statement": []}
_IDENTITY = {"AWS::IAM::Policy": "PolicyDocument", "AWS::IAM::ManagedPolicy": "PolicyDocument"}
_RESOURCE = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
}


def access_check_sentences(context: ChangeContext, gains: tuple[Gain, ...], access: Access) -> Iterator[str]:
    """One sentence for each policy that AWS was asked about.

    Raises:
        Exception: whatever the port raises.
    """
    gaining = {gain.logical_id for gain in gains}
    for name, kind, old, new in _documents(context):
        found = access.new_access(json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True), kind)
        if found == (name in gaining):
            yield f"Access Analyzer agrees on {name}: {'new access' if found else 'no new access'}"
        elif found:
            yield f"Access Analyzer finds new access in {name} that this preview does not find; read its policy"
        else:
            yield f"Access Analyzer finds no new access in {name}, but this preview does"


def _documents(context: ChangeContext) -> Iterator[tuple[str, str, Json, Json]]:
    for name in sorted(context.changes):
        kind = context.type_of(name)
        new, old = context.new(name) or {}, context.old(name) or {}
        pairs = []
        if kind == "AWS::IAM::Role":
            pairs.append(("IDENTITY_POLICY", _inline(old), _inline(new)))
        for table, sort in ((_IDENTITY, "IDENTITY_POLICY"), (_RESOURCE, "RESOURCE_POLICY")):
            if kind in table:
                pairs.append((sort, old.get(table[kind]) or _EMPTY, new.get(table[kind]) or _EMPTY))
        yield from ((name, sort, a, b) for sort, a, b in pairs if a != b and not is_symbolic([a, b]))


def _inline(properties: Any) -> Json:
    rows: list[Json] = []
    for policy in properties.get("Policies") or []:
        document = policy.get("PolicyDocument", {}) if isinstance(policy, dict) else {}
        statement = document.get("Statement", []) if isinstance(document, dict) else []
        rows += statement if isinstance(statement, list) else [statement]
    return {"Version": "2012-10-17", "Statement": rows}
