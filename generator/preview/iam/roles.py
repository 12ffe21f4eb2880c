"""Who acts as which role: what runs gains rights when it is given another role, and no policy changes.

Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam.difference import gained
from generator.preview.iam.gain_sentences import told
from generator.preview.iam.subjects import NOBODY, Principal, holders
from generator.release.model.preview import Gain

Json = Any
_ROLE = re.compile(r"(?:Role|RoleArn|RoleARN|RoleName|IamInstanceProfile)$")
_TOKEN = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9]+)?\}")
# Names that end so and name nobody who acts: a role's own name, for one.
_OWN = frozenset({"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"})

# Types that give rights in ways that are not read here.
UNREAD: Mapping[str, str] = {
    "AWS::IAM::OIDCProvider": "tokens of another issuer count, as far as roles trust it",
    "AWS::IAM::SAMLProvider": "sign-ins of another provider count, as far as roles trust it",
    "AWS::IAM::AccessKey": "whoever gets the key acts as the user",
    "AWS::EKS::AccessEntry": "it gives rights in a cluster",
    "AWS::EKS::PodIdentityAssociation": "it lets pods act as a role",
    "AWS::SSO::Assignment": "it gives people rights in an account",
    "AWS::RAM::ResourceShare": "it shares resources with other accounts",
    "AWS::RAM::Permission": "it says what may be done with shared resources",
    "AWS::LakeFormation::PrincipalPermissions": "it gives rights to data",
    "AWS::LakeFormation::Permissions": "it gives rights to data",
    "AWS::S3::AccessGrant": "it gives rights to objects",
    "AWS::RolesAnywhere::Profile": "it lets holders of certificates act as roles",
    "AWS::RolesAnywhere::TrustAnchor": "certificates of another authority count",
    "AWS::Cognito::IdentityPoolRoleAttachment": "it says as which role users act",
    "AWS::VerifiedPermissions::Policy": "it gives rights in an application",
}


def role_gains(context: ChangeContext) -> Iterator[Gain]:
    """What acts as another role, who joins a group, and what gives rights in ways that are not read."""
    for name in sorted(context.changes):
        kind, new = context.type_of(name), context.new(name)
        if new is None:
            continue
        if kind in UNREAD:
            yield _unsure(name, f"{name} may give rights: {UNREAD[kind]}")
        elif kind not in _OWN:
            yield from _acts(context, name, context.old(name), new)
    yield from _joins(context)


def _unsure(name: str, sentence: str) -> Gain:
    return Gain(who=name, logical_id=name, sentence=sentence, certain=False)


def _acts(context: ChangeContext, name: str, old: Mapping[str, Json] | None, new: Mapping[str, Json]) -> Iterator[Gain]:
    """A resource that is there already acts as another role. What is new acts as a role for the first time."""
    if old is None:
        return
    if old == new:
        return
    was = dict(_named(old))
    for path, now in _named(new):
        if was.get(path) == now:
            continue
        before, after = _holder(context, was.get(path, ""), new=False), _holder(context, now, new=True)
        who = f"{name}, which now acts as {_shown(context, now)},"
        if after is None or (before is None and was.get(path)):
            yield _unsure(
                name,
                f"{name} may gain rights: it acts as {_shown(context, now)} and no longer as {_shown(context, was.get(path, 'nobody'))}",
            )
            continue
        yield from told(context, who, name, gained((before or NOBODY).rows, after.rows), "")


def _shown(context: ChangeContext, role: str) -> str:
    token = _TOKEN.fullmatch(role)
    return display_names.role(context, token.group(1)) if token else role


def _named(node: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """``(path, role)`` of every property that names a role."""
    if isinstance(node, dict):  # evaluated values are plain
        for key, part in node.items():
            if isinstance(part, str):
                if _ROLE.search(key):
                    yield f"{path}/{key}", part
            elif isinstance(part, dict | list):
                yield from _named(part, f"{path}/{key}")
    elif isinstance(node, list):
        for i, part in enumerate(node):
            if isinstance(part, dict | list):
                yield from _named(part, f"{path}/{i}")


def _holder(context: ChangeContext, role: str, *, new: bool) -> Principal | None:
    """The role of this stack that a property names, directly or through an instance profile."""
    token = _TOKEN.fullmatch(role)
    name = token.group(1) if token else ""
    if context.type_of(name) == "AWS::IAM::InstanceProfile":
        profile = (context.new(name) if new else context.old(name)) or {}
        roles = profile.get("Roles")
        inner = _TOKEN.fullmatch(str(roles[0])) if isinstance(roles, list) and roles else None
        name = inner.group(1) if inner else ""
    return holders(context, new=new).get(name)


def _joins(context: ChangeContext) -> Iterator[Gain]:
    """Users that join a group, and roles that an instance profile gives."""
    old, new = set(_members(context, new=False)), set(_members(context, new=True))
    for who, whom, name in sorted(new - old):
        if context.touched(name) and (who, whom) not in {(a, b) for a, b, _ in old}:
            member, group = _shown(context, who), _shown(context, whom)
            yield Gain(
                who=member,
                logical_id=name,
                sentence=f"{member} gains all that {group} may do",
                resources=(group,),
                escalation=""
                if name in context.added and who.strip("${}") in context.added
                else f"it takes on the rights of {group}",
            )


def _members(context: ChangeContext, *, new: bool) -> Iterable[tuple[str, str, str]]:
    has, get = (context.has, context.new) if new else (context.had, context.old)
    for name in has("AWS::IAM::UserToGroupAddition"):
        properties = get(name) or {}
        for user in _list(properties.get("Users")):
            yield str(user), str(properties.get("GroupName")), name
    for name in has("AWS::IAM::User"):
        for group in _list((get(name) or {}).get("Groups")):
            yield f"${{{name}}}", str(group), name
    for name in has("AWS::IAM::InstanceProfile"):
        for role in _list((get(name) or {}).get("Roles")):
            yield f"${{{name}}}", str(role), name


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
