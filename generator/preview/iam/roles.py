"""Which resource uses which role: it gets other permissions when its role changes, although no policy changes.

Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam.difference import gained_actions
from generator.preview.iam.gain_sentences import grouped_gains
from generator.preview.iam.resource_policies import KINDS
from generator.preview.iam.subjects import NOBODY, Principal, listed, principals_by_id
from generator.preview.replacement_schemas import role_properties
from generator.release.model.preview import Gain

Json = Any
_ROLE = re.compile(r"(?:Role|RoleArn|RoleARN|RoleName|IamInstanceProfile)$")
_ARN = re.compile(r"arn:[a-z-]+:iam::[^:]*:(?:role|instance-profile)/")
_LINKED = ":role/aws-service-role/"  # only the service itself can act as one (IAM User Guide, "service-linked roles")
# Below these a role's ARN is somebody who is let in, or a text, and nobody who acts.
_NO_ROLES = frozenset(
    {"Statement", "PolicyDocument", "AssumeRolePolicyDocument", "Environment", "Variables", "Tags", "Metadata"}
)
_TOKEN = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9]+)?\}")
# Their RoleName is a role's own name, or that of the role which gets a policy: nobody who acts.
_OWN = frozenset({"AWS::IAM::Role", "AWS::IAM::RolePolicy"})

# Types that give rights in ways that are not read here.
UNREAD: Mapping[str, str] = {
    "AWS::IAM::OIDCProvider": "roles that trust it accept tokens of another issuer",
    "AWS::IAM::SAMLProvider": "roles that trust it accept sign-ins of another provider",
    "AWS::IAM::AccessKey": "the holder of the key can act as the user",
    "AWS::EKS::AccessEntry": "it gives permissions in a cluster",
    "AWS::EKS::PodIdentityAssociation": "it lets pods act as a role",
    "AWS::SSO::Assignment": "it gives people permissions in an account",
    "AWS::RAM::ResourceShare": "it shares resources with other accounts",
    "AWS::RAM::Permission": "it defines what others may do with shared resources",
    "AWS::LakeFormation::PrincipalPermissions": "it gives permissions to data",
    "AWS::LakeFormation::Permissions": "it gives permissions to data",
    "AWS::S3::AccessGrant": "it gives permissions to objects",
    "AWS::RolesAnywhere::Profile": "it lets holders of certificates act as roles",
    "AWS::RolesAnywhere::TrustAnchor": "certificates of another authority are trusted",
    "AWS::Cognito::IdentityPoolRoleAttachment": "it defines which role users act as",
    "AWS::VerifiedPermissions::Policy": "it gives permissions in an application",
}


def role_gains(context: ChangeContext) -> Iterator[Gain]:
    """Resources that get another role, members that join a group, and resources whose permissions are not analyzed."""
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
    """A resource gets another role, or is new and uses a role that existed before."""
    if old == new:
        return
    kind = context.type_of(name)
    was = dict(_roles(old or {}, kind))
    known = {(_key(path), role) for path, role in was.items()}
    for path, now in _roles(new, kind):
        if (_key(path), now) in known or _LINKED in now:
            continue
        instead = was.get(path, "")
        if not instead and _is_added(context, now):
            continue  # the role is new as well, and its rights are told as its own
        before, after = _holder(context, instead, new=False), _holder(context, now, new=True)
        if instead and (after is None or before is None):
            yield _unsure(
                name,
                f"{name} may gain rights: it acts as {_shown(context, now)} and no longer as {_shown(context, instead)}",
            )
            continue
        how = "now" if old is not None else "is new and"
        if after is None or not after.rows:
            yield _as_another(context, name, now, how)
            continue
        who = f"{name}, which {how} acts as {_shown(context, now)},"
        yield from grouped_gains(context, who, name, gained_actions((before or NOBODY).rows, after.rows))


def _as_another(context: ChangeContext, name: str, role: str, how: str) -> Gain:
    """A role whose permissions this template does not show: all of them count as gained."""
    shown = _shown(context, role)
    return Gain(
        who=name,
        logical_id=name,
        sentence=f"{name} {how} acts as {shown}: it gains everything that this role may do",
        resources=(role,),
        escalation=f"a person who can change what {name} does has the permissions of {shown}",
    )


def _key(path: str) -> str:
    return path.rstrip("/0123456789").rpartition("/")[2]


def _is_added(context: ChangeContext, role: str) -> bool:
    token = _TOKEN.fullmatch(role)
    return token is not None and _role_of(context, token.group(1), new=True) in context.added


def _shown(context: ChangeContext, role: str) -> str:
    token = _TOKEN.fullmatch(role)
    return display_names.role(context, token.group(1)) if token else role


def _roles(properties: Mapping[str, Json], kind: str) -> Iterator[tuple[str, str]]:
    """``(path, role)`` of every property that names a role: by the type's schema, by its name, or by its value."""
    return _named(properties, kind, "", within=False)


def _named(node: Json, kind: str, path: str, *, within: bool) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):  # evaluated values are plain
        for key, part in node.items():
            if key in _NO_ROLES:
                continue
            names = bool(_ROLE.search(key)) or key in role_properties().get(kind, ())
            inner = names or (within and key in ("Arn", "Name"))
            yield from _named(part, kind, f"{path}/{key}", within=inner)
    elif isinstance(node, list):
        for i, part in enumerate(node):
            yield from _named(part, kind, f"{path}/{i}", within=within)
    elif isinstance(node, str) and node and (within or (_ARN.match(node) and kind not in KINDS)):
        yield path, node


def _role_of(context: ChangeContext, name: str, *, new: bool) -> str:
    """The role itself, or the one that an instance profile gives."""
    if context.type_of(name) == "AWS::IAM::InstanceProfile":
        profile = (context.new(name) if new else context.old(name)) or {}
        roles = profile.get("Roles")
        inner = _TOKEN.fullmatch(str(roles[0])) if isinstance(roles, list) and roles else None
        return inner.group(1) if inner else ""
    return name


def _holder(context: ChangeContext, role: str, *, new: bool) -> Principal | None:
    """The role of this stack that a property names, directly or through an instance profile."""
    token = _TOKEN.fullmatch(role)
    return principals_by_id(context, new=new).get(_role_of(context, token.group(1), new=new)) if token else None


def _joins(context: ChangeContext) -> Iterator[Gain]:
    """Users that join a group, and roles that an instance profile provides."""
    old, new = set(_members(context.had, context.old)), set(_members(context.has, context.new))
    for who, whom, name in sorted(new - old):
        if context.touched(name) and (who, whom) not in {(a, b) for a, b, _ in old}:
            member, group = _shown(context, who), _shown(context, whom)
            yield Gain(
                who=member,
                logical_id=name,
                sentence=f"{member} gains everything that {group} may do",
                resources=(group,),
                escalation=""
                if name in context.added and who.strip("${}") in context.added
                else f"it gets the permissions of {group}",
            )


def _members(
    has: Callable[..., list[str]], get: Callable[[str], Mapping[str, Json] | None]
) -> Iterable[tuple[str, str, str]]:
    for name in has("AWS::IAM::UserToGroupAddition"):
        properties = get(name) or {}
        for user in listed(properties.get("Users")):
            yield str(user), str(properties.get("GroupName")), name
    for name in has("AWS::IAM::User"):
        for group in listed((get(name) or {}).get("Groups")):
            yield f"${{{name}}}", str(group), name
    for name in has("AWS::IAM::InstanceProfile"):
        for role in listed((get(name) or {}).get("Roles")):
            yield f"${{{name}}}", str(role), name
