"""The principals of a template: roles, users and groups with everything that is attached to them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.preview.bounds import spend
from generator.preview.change_context import ChangeContext
from generator.preview.iam import managed
from generator.preview.iam.statements import Statement, statements

Json = Any
_KINDS = {"AWS::IAM::Role": "Roles", "AWS::IAM::User": "Users", "AWS::IAM::Group": "Groups"}
_NAMES = {"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName"}
_ONE = {"AWS::IAM::RolePolicy": "RoleName", "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}


class Boundary(NamedTuple):
    """A permissions boundary. ``rows`` is None if no template contains it."""

    arn: str
    rows: tuple[Statement, ...] | None

    @property
    def name(self) -> str:
        """For people: the last part of its ARN, or the logical id."""
        return managed.name_of(self.arn).strip("${}")


class Principal(NamedTuple):
    """A role, user or group on one side: its statements, its boundary, and the resources that they come from."""

    rows: tuple[Statement, ...]
    boundary: Boundary | None
    from_: frozenset[str]
    opaque: bool  # whether a policy is attached that no template spells out


NOBODY = Principal((), None, frozenset(), opaque=False)


class _Side:
    """One side of a change."""

    def __init__(self, context: ChangeContext, *, new: bool) -> None:
        self.context = context
        self.new = new
        self.spelled: dict[str, tuple[Statement, ...]] = {}
        self.managed = {name: self.properties(name) for name in self.names("AWS::IAM::ManagedPolicy")}

    def names(self, *kinds: str) -> list[str]:
        return self.context.has(*kinds) if self.new else self.context.had(*kinds)

    def properties(self, name: str) -> Mapping[str, Json]:
        return (self.context.new(name) if self.new else self.context.old(name)) or {}

    def policy(self, arn: Json) -> tuple[str, tuple[Statement, ...]] | None:
        """Logical id and statements of a policy that is named by its ARN; None if it is not in the template."""
        text = str(arn)
        spend(1 + len(self.managed) // 2)
        for name, properties in self.managed.items():
            if text in (f"${{{name}}}", f"${{{name}.PolicyArn}}", f"${{{name}.Arn}}") or (
                isinstance(properties.get("ManagedPolicyName"), str)
                and text.endswith(f"/{properties['ManagedPolicyName']}")
                and not managed.is_aws(text)
            ):
                if name not in self.spelled:
                    self.spelled[name] = statements(properties.get("PolicyDocument"))
                spend(len(self.spelled[name]) // 4)
                return name, self.spelled[name]
        return None


def principals_by_id(context: ChangeContext, *, new: bool) -> dict[str, Principal]:
    """All principals on one side, by logical id, or by the name under which a policy is attached to them."""
    return context.once(("holders", new), lambda: _holders(context, new=new))


def _holders(context: ChangeContext, *, new: bool) -> dict[str, Principal]:
    side = _Side(context, new=new)
    attached = _attached(side)
    found: dict[str, Principal] = {}
    for kind, name_key in _NAMES.items():
        for name in side.names(kind):
            properties = side.properties(name)
            keys = {f"${{{name}}}", str(properties.get(name_key) or f"${{{name}}}")}
            found[name] = _holder(
                side, name, properties, [row for key in keys for row in attached.pop((_KINDS[kind], key), [])]
            )
    for (_, key), rows in attached.items():  # not of this stack, or attached to nobody here
        known = found.get(key, NOBODY)
        found[key] = known._replace(
            rows=known.rows + tuple(s for _, document in rows for s in statements(document)),
            from_=known.from_ | {name for name, _ in rows},
            opaque=True,  # its other policies are elsewhere
        )
    return found


def _attached(side: _Side) -> dict[tuple[str, str], list[tuple[str, Json]]]:
    """``(Roles, whom)`` to the policies that name them."""
    found: dict[tuple[str, str], list[tuple[str, Json]]] = {}
    named = [side.policy(arn) for name in side.names(*_KINDS) for arn in _arns(side.properties(name))]
    used = {found[0] for found in named if found is not None}
    for name in side.names("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        properties = side.properties(name)
        whom = [(key, str(one)) for key in _KINDS.values() for one in listed(properties.get(key))]
        if not whom and name in side.managed and name not in used:
            whom = [(name, f"anyone who has {name}")]
        for one in whom:
            found.setdefault(one, []).append((name, properties.get("PolicyDocument")))
    for kind, key in _ONE.items():
        for name in side.names(kind):
            properties = side.properties(name)
            found.setdefault((f"{key.removesuffix('Name')}s", str(properties.get(key))), []).append(
                (name, properties.get("PolicyDocument"))
            )
    return found


def _holder(side: _Side, name: str, properties: Mapping[str, Json], attached: list[tuple[str, Json]]) -> Principal:
    rows: list[Statement] = []
    from_ = {name}
    unread: list[str] = []
    for inline in listed(properties.get("Policies")):
        rows += statements(inline.get("PolicyDocument") if isinstance(inline, Mapping) else inline)
    for owner, document in attached:
        rows += statements(document)
        from_.add(owner)
    for arn in listed(properties.get("ManagedPolicyArns")):
        spelled = side.policy(arn)
        if spelled is not None:
            rows += spelled[1]
            from_.add(spelled[0])
        else:
            rows += managed.policy_statements(str(arn))
            unread.append(str(arn))
    boundary = None
    if properties.get("PermissionsBoundary"):
        arn = str(properties["PermissionsBoundary"])
        spelled = side.policy(arn)
        if spelled is not None:
            from_.add(spelled[0])
        boundary = Boundary(arn, spelled[1] if spelled is not None else managed.known_statements(arn) or None)
    return Principal(tuple(rows), boundary, frozenset(from_), opaque=bool(unread))


def _arns(properties: Mapping[str, Json]) -> list[Json]:
    """The managed policies of a principal, with its boundary."""
    return [*listed(properties.get("ManagedPolicyArns")), *listed(properties.get("PermissionsBoundary"))]


def listed(value: Json) -> list[Json]:
    """A list, also of what is written without brackets; empty where nothing is written."""
    return value if isinstance(value, list) else [] if value is None else [value]
