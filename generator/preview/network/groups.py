"""Security groups, with the rules inside and beside them, and network ACLs.

Source: VPC User Guide, "Security group rules" and "Network ACL rules".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.preview.change_context import Scene
from generator.preview.network.addresses import Hole, hole, opened, ports, public, who
from generator.preview.template_resolution import symbolic
from generator.release.model.reading import Exposure

Json = Any
_GROUP = "AWS::EC2::SecurityGroup"
_SOURCES = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId")
_TARGETS = ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")
# What a new group lets out if its template says nothing (VPC User Guide, "Default security groups").
_ALL_OUT = (Hole("0.0.0.0/0", "-1", 0, 65535), Hole("::/0", "-1", 0, 65535))


class _Rules(dict[str, set[Hole]]):
    """Group to its openings, and which resources they come from."""

    def __init__(self) -> None:
        super().__init__()
        self.from_: dict[str, set[str]] = {}

    def put(self, group: str, row: Hole, name: str) -> None:
        self.setdefault(group, set()).add(row)
        self.from_.setdefault(group, set()).add(name)


def group_exposures(scene: Scene) -> Iterable[Exposure]:
    """Who may send to (or be sent to by) what is in a group, afterwards and not before."""
    for inward in (True, False):
        old, new = _rules(scene, new=False, inward=inward), _rules(scene, new=True, inward=inward)
        for group in sorted(new):
            sources = new.from_[group] | old.from_.get(group, set())
            touched = sorted(name for name in sources if scene.touched(name))
            if not touched or (not inward and group.strip("${}") in scene.added):
                continue  # what a new group lets out lets nobody in
            for row in opened(old.get(group, ()), new[group]):
                yield _exposure(group, row, touched[0], inward=inward)


def ingress(scene: Scene, group: str, *, new: bool) -> set[Hole] | None:
    """What a group lets in on one side; None for a group of elsewhere, of which the template knows no rule or not all."""
    name = group.strip("${}")
    if not group.startswith("${") or scene.type_of(name) != _GROUP:
        return None
    return _rules(scene, new=new, inward=True).get(group, set())


def closed(scene: Scene, name: str) -> list[tuple[bool, Hole]]:
    """What the rules inside and beside a group let through before and no longer do: ``(inward, opening)``."""
    found: list[tuple[bool, Hole]] = []
    group = f"${{{name}}}"
    for inward in (True, False):
        old, new = _rules(scene, new=False, inward=inward), _rules(scene, new=True, inward=inward)
        found += [(inward, row) for row in opened(new.get(group, ()), old.get(group, ()))]
    return found


def closed_acl(scene: Scene, name: str) -> bool:
    """Whether a changed rule of a network ACL drops packets that it let through, or denies more."""
    old, new = scene.old(name), scene.new(name)
    if (
        old is None
        or new is None
        or old.get("Egress") != new.get("Egress")
        or old.get("RuleNumber") != new.get("RuleNumber")
    ):
        return True
    (denied, was), (denies, now) = _entry(old), _entry(new)
    if denied or denies:
        return not (denied and denies and not opened(was, now))
    return bool(opened(now, was))


def _exposure(group: str, row: Hole, logical_id: str, *, inward: bool) -> Exposure:
    named = _plain(group)
    certain = not _open_cidr(row.source)
    may = "can" if certain else "may"
    if inward:
        what = f"{ports(row)} of {named}"
        return Exposure(
            who=who(row.source),
            what=what,
            logical_id=logical_id,
            sentence=f"{who(row.source)} {may} reach {what}",
            public=public(row.source),
            certain=certain,
        )
    source = f"whatever is in {named}"
    target = f"{ports(row)} of {who(row.source)}" if row.protocol != "-1" else who(row.source)
    return Exposure(
        who=source, what=target, logical_id=logical_id, sentence=f"{source} {may} reach {target}", certain=certain
    )


def _open_cidr(source: str) -> bool:
    """Whether a source is no group and no known address, such as a parameter that nobody gave."""
    return source.startswith("(Truncated") or (symbolic(source) and not re.fullmatch(r"\$\{[A-Za-z0-9.]*\}", source))


def _plain(text: str) -> str:
    token = re.fullmatch(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9]+)?\}", text)
    return token.group(1) if token else text


def _rules(scene: Scene, *, new: bool, inward: bool) -> _Rules:
    return scene.once(("rules", new, inward), lambda: _gathered(scene, new=new, inward=inward))


def _gathered(scene: Scene, *, new: bool, inward: bool) -> _Rules:
    found = _Rules()
    has = scene.has if new else scene.had
    get = scene.new if new else scene.old
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


def _holes(rule: Json, keys: tuple[str, ...]) -> Iterable[Hole]:
    if not isinstance(rule, Mapping):
        yield hole(str(rule), "-1", None, None)
        return
    for key in keys:
        if rule.get(key) is not None:
            source = str(rule[key]).replace(".GroupId}", "}").replace(".Id}", "}")
            yield hole(source, rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))


def acl_exposures(scene: Scene) -> Iterable[Exposure]:
    """Rules of network ACLs that let in more, and denials that go."""
    for name in sorted(scene.changes):
        if scene.type_of(name) != "AWS::EC2::NetworkAclEntry":
            continue
        old, new = scene.old(name), scene.new(name)
        rows = [_entry(properties) for properties in (old, new)]
        (denied, was), (denies, now) = rows
        acl = _plain(str((new or old or {}).get("NetworkAclId", "")))
        outward = str((new or old or {}).get("Egress", False)).lower() == "true"
        if now and not denies:
            for row in opened(was if not denied else (), now):
                yield _acl(name, acl, row, "let through by a rule of", outward=outward)
        if was and denied:
            for row in opened(now if denies else (), was):
                yield _acl(name, acl, row, "no longer denied by", outward=outward)


def _entry(properties: Mapping[str, Json] | None) -> tuple[bool, tuple[Hole, ...]]:
    if properties is None:
        return False, ()
    source = properties.get("CidrBlock") or properties.get("Ipv6CidrBlock") or ""
    span = properties.get("PortRange")
    span = span if isinstance(span, Mapping) else {}
    denies = str(properties.get("RuleAction", "allow")).lower() == "deny"
    return denies, (hole(source, properties.get("Protocol"), span.get("From"), span.get("To")),)


def _acl(name: str, acl: str, row: Hole, how: str, *, outward: bool) -> Exposure:
    whom = who(row.source)
    what = f"{ports(row)} behind {acl}"
    sentence = (
        f"{acl} lets {ports(row)} out to {whom}"
        if outward
        else f"{whom}: {ports(row)} is {how} {acl}, if groups allow it too"
    )
    # An ACL alone opens nothing: security groups decide as well.
    return Exposure(who=whom, what=what, logical_id=name, sentence=sentence, public=False, certain=False)
