"""Policy documents as statements in one form, however they are written."""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from generator.preview.bounds import parse_json, spend
from generator.preview.iam import actions
from generator.preview.iam.action_set import ActionSet
from generator.preview.iam.conditions import Conditions, parse
from generator.preview.iam.patterns import contains, overlap

Json = Any


class PatternSet(NamedTuple):
    """Resources or principals: those that match a pattern, or all except those that match one."""

    patterns: tuple[str, ...]
    inverted: bool = False

    def pieces(self) -> tuple["PatternSet", ...]:
        """Single patterns, or the inverted region as a whole."""
        return (self,) if self.inverted else tuple(PatternSet((pattern,)) for pattern in self.patterns)

    def covers(self, other: "PatternSet") -> bool:
        """Whether this region contains the other one. False if that can't be determined."""
        spend(1 + len(self.patterns) * len(other.patterns))
        if self.inverted and other.inverted:
            return all(any(contains(wide, narrow) for wide in other.patterns) for narrow in self.patterns)
        if self.inverted:
            return not any(overlap(mine, theirs) for mine in self.patterns for theirs in other.patterns)
        if other.inverted:
            return "*" in self.patterns
        return all(any(contains(mine, theirs) for mine in self.patterns) for theirs in other.patterns)

    def meets(self, other: "PatternSet") -> bool:
        """Whether the two may overlap. True if that can't be determined."""
        spend(1 + len(self.patterns) * len(other.patterns))
        if self.inverted and other.inverted:
            return True
        if self.inverted or other.inverted:
            out, inside = (self, other) if self.inverted else (other, self)
            return not all(any(contains(wide, narrow) for wide in out.patterns) for narrow in inside.patterns)
        return any(overlap(mine, theirs) for mine in self.patterns for theirs in other.patterns)

    def __str__(self) -> str:
        """For people."""
        text = ", ".join(self.patterns)
        return f"everything but {text}" if self.inverted else text


ANY = PatternSet(("*",))


class Statement(NamedTuple):
    """One statement. ``patterns`` are its actions as written, ``actions`` what they mean, in lower case.

    Patterns of ``NotAction`` are marked with ``!``.

    ``certain`` is False for an ``Allow`` that may be there or not, or may say something else; a ``Deny`` is certain.
    """

    effect: Literal["Allow", "Deny"]
    actions: ActionSet
    patterns: tuple[str, ...]
    resources: PatternSet
    principals: PatternSet = ANY
    conditions: Conditions = ()
    certain: bool = True


def statements(document: Json) -> tuple[Statement, ...]:
    """The statements of a policy document. One without ``Resource`` (of a role's trust) is about everything.

    Args:
        document: evaluated, as :class:`generator.preview.template_resolution.Template` gives it; a JSON text is read.
    """
    if isinstance(document, str):
        try:
            document = parse_json(document)
        except ValueError:
            return (_unknown(document),) if document.strip() else ()
    if not isinstance(document, Mapping):
        return (_unknown(document),) if document else ()
    rows = document.get("Statement", [])
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list):
        return (_unknown(rows),)
    spend(10 * len(rows))
    return tuple(_statement(row) for row in rows)


def _statement(row: Json) -> Statement:
    if not isinstance(row, Mapping) or row.get("Effect") not in ("Allow", "Deny"):
        return _unknown(row)
    named, refused = _texts(row.get("Action")), _texts(row.get("NotAction"))
    region = (
        PatternSet(_texts(row["NotResource"]), inverted=True)
        if "NotResource" in row
        else PatternSet(_texts(row.get("Resource", "*")))
    )
    who = (
        PatternSet(principals(row["NotPrincipal"]), inverted=True)
        if "NotPrincipal" in row
        else PatternSet(principals(row["Principal"]))
        if "Principal" in row
        else ANY
    )
    meant = actions.everything() - actions.union(refused) if "NotAction" in row else actions.union(named)
    named = tuple(f"!{name}" for name in refused) if "NotAction" in row else named
    return Statement(row["Effect"], meant, named, region, who, parse(row.get("Condition")))


def _unknown(node: Json) -> Statement:
    """A statement that can't be read. It may allow anything, and equals only itself."""
    text = node if isinstance(node, str) else json.dumps(node, sort_keys=True, default=str)
    return Statement("Allow", ActionSet({text}), (text,), PatternSet((text,)), certain=False)


def _texts(node: Json) -> tuple[str, ...]:
    listed = node if isinstance(node, list) else [] if node is None else [node]
    return tuple(
        sorted({item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str) for item in listed})
    )


def principals(node: Json) -> tuple[str, ...]:
    """Principals as texts: ``*``, an ARN, ``service:ecs-tasks.amazonaws.com``, ``federated:...``.

    An account id is its root's ARN (IAM User Guide, "AWS JSON policy elements: Principal").
    """
    if not isinstance(node, Mapping):
        return _texts(node)
    found: set[str] = set()
    for kind, names in node.items():
        for name in _texts(names):
            if name == "*":
                found.add("*")
            elif kind == "AWS":
                found.add(f"arn:aws:iam::{name}:root" if name.isdigit() else name)
            else:
                found.add(f"{str(kind).lower()}:{name}")
    return tuple(sorted(found))


def within(principal: PatternSet, limit: PatternSet) -> bool:
    """Whether principals are among others. An account's root represents everybody in the account."""
    if limit.covers(principal):
        return True
    if principal.inverted or limit.inverted:
        return False
    return all(any(_member(one, other) for other in limit.patterns) for one in principal.patterns)


def _member(one: str, other: str) -> bool:
    if contains(other, one):
        return True
    account = other.removesuffix(":root")
    return other.endswith(":root") and one.startswith(account + ":")
