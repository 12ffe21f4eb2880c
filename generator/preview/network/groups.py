"""Security groups, with the rules inside and beside them, and network ACLs.

Source: VPC User Guide, "Security group rules" and "Network ACL rules".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.network.addresses import Opening, is_public, newly_opened, opening, port_text, source_name
from generator.preview.template_resolution import is_symbolic
from generator.release.model.preview import Exposure

Json = Any
_GROUP = "AWS::EC2::SecurityGroup"
_SOURCES = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId")
_TARGETS = ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")
# What a new group lets out if its template says nothing (VPC User Guide, "Default security groups").
_ALL_OUT = (Opening("0.0.0.0/0", "-1", 0, 65535), Opening("::/0", "-1", 0, 65535))


class _Rules(dict[str, set[Opening]]):
    """The openings of each group, and which resources they come from."""

    def __init__(self) -> None:
        super().__init__()
        self.from_: dict[str, set[str]] = {}

    def put(self, group: str, row: Opening, name: str) -> None:
        self.setdefault(group, set()).add(row)
        self.from_.setdefault(group, set()).add(name)


def group_exposures(context: ChangeContext) -> Iterable[Exposure]:
    """Who may send to (or receive from) the members of a group afterwards and could not before."""
    for inward in (True, False):
        old, new = _rules(context, new=False, inward=inward), _rules(context, new=True, inward=inward)
        for group in sorted(new):
            sources = new.from_[group] | old.from_.get(group, set())
            touched = sorted(name for name in sources if context.touched(name))
            if not touched or (not inward and group.strip("${}") in context.added):
                continue  # what a new group lets out lets nobody in
            for row in newly_opened(old.get(group, ()), new[group]):
                yield _exposure(group, row, touched[0], inward=inward)


def ingress(context: ChangeContext, group: str, *, new: bool) -> set[Opening] | None:
    """What a group allows on one side. None for a group outside the template, whose rules are not all known."""
    name = group.strip("${}")
    if not group.startswith("${") or context.type_of(name) != _GROUP:
        return None
    return _rules(context, new=new, inward=True).get(group, set())


def closed_rules(context: ChangeContext, name: str) -> list[tuple[bool, Opening]]:
    """What the rules of a group allowed before and no longer allow: ``(inward, opening)``."""
    found: list[tuple[bool, Opening]] = []
    group = f"${{{name}}}"
    for inward in (True, False):
        old, new = _rules(context, new=False, inward=inward), _rules(context, new=True, inward=inward)
        found += [(inward, row) for row in newly_opened(new.get(group, ()), old.get(group, ()))]
    return found


def acl_closes(context: ChangeContext, name: str) -> bool:
    """Whether a changed rule of a network ACL drops packets that it allowed before, or denies more."""
    old, new = context.old(name), context.new(name)
    if (
        old is None
        or new is None
        or old.get("Egress") != new.get("Egress")
        or old.get("RuleNumber") != new.get("RuleNumber")
    ):
        return True
    (denied, was), (denies, now) = _entry(old), _entry(new)
    if denied or denies:
        return not (denied and denies and not newly_opened(was, now))
    return bool(newly_opened(now, was))


def _exposure(group: str, row: Opening, logical_id: str, *, inward: bool) -> Exposure:
    named = _plain(group)
    certain = not _open_cidr(row.source)
    may = "can" if certain else "may"
    if inward:
        what = f"{port_text(row)} of {named}"
        return Exposure(
            who=source_name(row.source),
            what=what,
            logical_id=logical_id,
            sentence=f"{source_name(row.source)} {may} reach {what}",
            public=is_public(row.source),
            certain=certain,
        )
    source = f"whatever is in {named}"
    target = f"{port_text(row)} of {source_name(row.source)}" if row.protocol != "-1" else source_name(row.source)
    return Exposure(
        who=source, what=target, logical_id=logical_id, sentence=f"{source} {may} reach {target}", certain=certain
    )


def _open_cidr(source: str) -> bool:
    """Whether a source is neither a group nor a known address, such as a parameter without a value."""
    return source.startswith("(Truncated") or (is_symbolic(source) and not re.fullmatch(r"\$\{[A-Za-z0-9.]*\}", source))


def _plain(text: str) -> str:
    token = re.fullmatch(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9]+)?\}", text)
    return token.group(1) if token else text


def _rules(context: ChangeContext, *, new: bool, inward: bool) -> _Rules:
    return context.once(("rules", new, inward), lambda: _gathered(context, new=new, inward=inward))


def _gathered(context: ChangeContext, *, new: bool, inward: bool) -> _Rules:
    found = _Rules()
    has = context.has if new else context.had
    get = context.new if new else context.old
    inline = "SecurityGroupIngress" if inward else "SecurityGroupEgress"
    keys = _SOURCES if inward else _TARGETS
    for name in has(_GROUP):
        properties = get(name) or {}
        group = f"${{{name}}}"
        rows = properties.get(inline)
        for rule in rows if isinstance(rows, list) else [rows] if rows else []:
            for row in _holes(rule, keys):
                found.put(group, row, name)
        if not inward and not rows:
            for row in _ALL_OUT:
                found.put(group, row, name)
    for name in has(f"AWS::EC2::{inline}"):
        properties = get(name) or {}
        group = str(properties.get("GroupId") or properties.get("GroupName") or "")
        for row in _holes(properties, keys):
            found.put(group.replace(".GroupId}", "}").replace(".Id}", "}"), row, name)
    return found


def _holes(rule: Json, keys: tuple[str, ...]) -> Iterable[Opening]:
    if not isinstance(rule, Mapping):
        yield opening(str(rule), "-1", None, None)
        return
    for key in keys:
        if rule.get(key) is not None:
            source = str(rule[key]).replace(".GroupId}", "}").replace(".Id}", "}")
            yield opening(source, rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))


def acl_exposures(context: ChangeContext) -> Iterable[Exposure]:
    """Rules of network ACLs that allow more, and denials that are removed."""
    for name in sorted(context.changes):
        if context.type_of(name) != "AWS::EC2::NetworkAclEntry":
            continue
        old, new = context.old(name), context.new(name)
        rows = [_entry(properties) for properties in (old, new)]
        (denied, was), (denies, now) = rows
        acl = _plain(str((new or old or {}).get("NetworkAclId", "")))
        outward = str((new or old or {}).get("Egress", False)).lower() == "true"
        if now and not denies:
            for row in newly_opened(was if not denied else (), now):
                yield _acl(name, acl, row, "let through by a rule of", outward=outward)
        if was and denied:
            for row in newly_opened(now if denies else (), was):
                yield _acl(name, acl, row, "no longer denied by", outward=outward)


def _entry(properties: Mapping[str, Json] | None) -> tuple[bool, tuple[Opening, ...]]:
    if properties is None:
        return False, ()
    source = properties.get("CidrBlock") or properties.get("Ipv6CidrBlock") or ""
    span = properties.get("PortRange")
    span = span if isinstance(span, Mapping) else {}
    denies = str(properties.get("RuleAction", "allow")).lower() == "deny"
    return denies, (opening(source, properties.get("Protocol"), span.get("From"), span.get("To")),)


def _acl(name: str, acl: str, row: Opening, how: str, *, outward: bool) -> Exposure:
    whom = source_name(row.source)
    what = f"{port_text(row)} behind {acl}"
    sentence = (
        f"{acl} lets {port_text(row)} out to {whom}"
        if outward
        else f"{whom}: {port_text(row)} is {how} {acl}, if groups allow it too"
    )
    # An ACL alone opens nothing: security groups decide as well.
    return Exposure(who=whom, what=what, logical_id=name, sentence=sentence, public=False, certain=False)
