"""Whether a resource is replaced: AWS's word, the schema's, and both templates where AWS could not tell yet."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from generator.preview.change_context import ChangeContext
from generator.preview.replacement_schemas import Recreation, Schema, schema
from generator.preview.template_resolution import references
from generator.release.model.change import KNOWN_AFTER_APPLY, Detail, ResourceChange

Answer = Literal["yes", "no", "unknown"]


class ChangedAttribute(NamedTuple):
    """One place that changes, with everything that AWS says of it."""

    attribute: str
    name: str  # the top-level property, "" for other attributes
    path: tuple[str, ...]  # below the properties
    details: tuple[Detail, ...]

    @property
    def cause(self) -> str:
        """The parameter, resource or attribute that it comes from."""
        return next((detail.cause for detail in self.details if detail.cause), "")

    @property
    def recreation(self) -> Recreation:
        """The most that AWS says for sure: a Dynamic twin of a Static detail says nothing of its own."""
        static = [detail for detail in self.details if detail.evaluation == "Static"]
        order: tuple[Recreation, ...] = ("Never", "Conditionally", "Always")
        return max((d.requires_recreation or "Never" for d in static or self.details), key=order.index)

    @property
    def certain(self) -> bool:
        """Whether the value is sure to change."""
        return any(detail.evaluation == "Static" for detail in self.details)


def changed_attributes(change: ResourceChange) -> list[ChangedAttribute]:
    """The places that a change touches, sorted. Tags are an attribute of their own."""
    spec = schema(change.type)
    found: dict[tuple[str, str, tuple[str, ...]], list[Detail]] = {}
    for detail in change.details:
        path = tuple(part for part in detail.path.split("/") if part)
        path = path[1:] if path[:1] == ("Properties",) else path
        if detail.attribute == "Properties":
            name = detail.name or (path[0] if path else "")
            path = path or ((name,) if name else ())
            if spec is not None and name and name == spec.tag_property:
                found.setdefault(("Tags", "", ()), []).append(detail)
            else:
                found.setdefault(("Properties", name, path), []).append(detail)
        else:
            found.setdefault((detail.attribute, "", ()), []).append(detail)
    return [ChangedAttribute(*key, tuple(rows)) for key, rows in sorted(found.items())]


def is_replaced(
    context: ChangeContext, change: ResourceChange, places: Iterable[ChangedAttribute]
) -> tuple[Answer, tuple[str, ...]]:
    """Whether a modified resource is replaced, and the properties because of which (or that leave it open)."""
    if change.replacement == "True":
        listed = [place for place in places if place.name and place.recreation == "Always"]
        return "yes", tuple(sorted({p.name for p in listed if p.certain} or {p.name for p in listed}))
    return _Replacements(context).judge(change, places)


def value_changes(context: ChangeContext, change: ResourceChange, place: ChangedAttribute) -> Answer:
    """Whether a value really changes, where AWS marked it Dynamic: ``no`` if what it refers to stays what it is."""
    return _Replacements(context).changes(change, place)


# Attributes that a resource has as long as it is the same one.
_STAYS = frozenset(
    {"Arn", "Id", "GroupId", "KeyId", "QueueName", "QueueUrl", "TopicArn", "TopicName", "RepositoryUri", "Name"}
    | {"TargetGroupFullName", "TargetGroupName", "LoadBalancerFullName", "LoadBalancerName", "RoleId", "UserId"}
)


class _Replacements:
    """What becomes of the resources that others refer to; each is asked once, and a circle stays undecided."""

    def __init__(self, context: ChangeContext) -> None:
        self.context = context
        self.known: dict[str, Answer] = {}

    def judge(self, change: ResourceChange, places: Iterable[ChangedAttribute]) -> tuple[Answer, tuple[str, ...]]:
        spec = schema(change.type)
        answers: dict[Answer, set[str]] = {"yes": set(), "no": set(), "unknown": set()}
        places = [place for place in places if place.attribute == "Properties"]
        for place in places:
            answers[self.place(change, place, spec)].add(place.name)
        for answer in ("yes", "unknown"):
            if answers[answer]:
                return answer, tuple(sorted(answers[answer]))
        known = spec is not None and change.replacement in ("False", "Conditional")
        known = known or (bool(places) and all(self.changes(change, place) == "no" for place in places))
        return ("no" if known else "unknown"), ()

    def place(self, change: ResourceChange, place: ChangedAttribute, spec: Schema | None) -> Answer:
        by_schema: Recreation = spec.recreation(place.path) if spec is not None and place.path else "Never"
        if _retyped(self.context, change, place):
            return "unknown"
        said = (
            "Always"
            if "Always" in (by_schema, place.recreation)
            else place.recreation
            if place.recreation != "Never"
            else by_schema
        )
        if said == "Never":
            return "no"
        changes = self.changes(change, place)
        if changes == "no":
            return "no"
        return _conditional(self.context, change, place) if said == "Conditionally" else changes

    def changes(self, change: ResourceChange, place: ChangedAttribute) -> Answer:
        if place.certain:
            return "yes"
        causes = {(detail.source, detail.cause) for detail in place.details if detail.cause}
        if causes and all(source in ("ResourceAttribute", "ResourceReference") for source, _ in causes):
            found = {self.cause(source, cause) for source, cause in causes}
            return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"
        if any(_told_both(detail) for detail in place.details):
            return "no" if all(detail.before == detail.after for detail in place.details) else "yes"
        old, new = self.context.old(change.logical_id), self.context.new(change.logical_id)
        if old is None or new is None:
            return "unknown"
        was, now = old.get(place.name), new.get(place.name)
        if was != now:
            return "yes"
        fates = {
            self.cause("ResourceAttribute" if "." in name else "ResourceReference", name)
            for name in references(now)
            if name.partition(".")[0] in self.context.changes
        }
        return "yes" if "yes" in fates else "unknown" if "unknown" in fates else "no"

    def cause(self, source: str, cause: str) -> Answer:
        """Whether ``Role`` or ``Role.Arn`` becomes another one: not if it identifies a resource that stays."""
        name, _, attribute = cause.partition(".")
        fate = self.identity(name)
        if fate != "no" or source == "ResourceReference":
            return fate
        spec = schema(self.context.type_of(name))
        if spec is None:
            return "unknown"
        own = _STAYS | {f"{spec.type.split('::')[-1]}Arn"} | spec.identifiers
        return "no" if attribute in own else "unknown"

    def identity(self, name: str) -> Answer:
        """Whether a resource becomes another one."""
        if name not in self.known:
            self.known[name] = "unknown"
            change = self.context.changes.get(name)
            if change is None:
                self.known[name] = "no"
            elif change.action != "Modify":
                self.known[name] = "yes" if change.action in ("Add", "Remove") else "unknown"
            elif change.replacement == "True":
                self.known[name] = "yes"
            else:
                self.known[name] = self.judge(change, changed_attributes(change))[0]
        return self.known[name]


def _told_both(detail: Detail) -> bool:
    return detail.before is not None and detail.after is not None and KNOWN_AFTER_APPLY not in detail.after


def _retyped(context: ChangeContext, change: ResourceChange, place: ChangedAttribute) -> bool:
    """Whether an existing attribute definition changes.

    No schema says so, but AWS does: "Replacement if you edit an existing AttributeDefinition" (Template Reference,
    AWS::DynamoDB::Table).
    """
    if (change.type, place.name) != ("AWS::DynamoDB::Table", "AttributeDefinitions"):
        return False
    old, new = (
        {row.get("AttributeName"): row.get("AttributeType") for row in side if isinstance(row, Mapping)}
        if isinstance(side, list)
        else {}
        for side in (
            (context.old(change.logical_id) or {}).get(place.name),
            (context.new(change.logical_id) or {}).get(place.name),
        )
    )
    return any(name in new and new[name] != kind for name, kind in old.items())


# Conditionally create-only properties whose condition a template settles: those of these pages that say "replacement"
# or "some interruptions" for values that both templates show. Everything else stays unknown.
_NEVER: Mapping[tuple[str, str], frozenset[str]] = {
    ("AWS::RDS::DBInstance", "*"): frozenset(
        {
            "AutoMinorVersionUpgrade",
            "BackupRetentionPeriod",
            "DBParameterGroupName",
            "MultiAZ",
            "PreferredMaintenanceWindow",
        }
    ),
}


def _conditional(context: ChangeContext, change: ResourceChange, place: ChangedAttribute) -> Answer:
    """Properties that replace a resource only sometimes."""
    kind, name = change.type, place.name
    old, new = context.old(change.logical_id) or {}, context.new(change.logical_id) or {}
    if kind == "AWS::RDS::DBInstance":
        # "Conditional. ... for DB instances that are read replicas" and the like: settled for an instance that is none.
        replica: Any = any(
            side.get("SourceDBInstanceIdentifier") or side.get("SourceDBClusterIdentifier") for side in (old, new)
        )
        if name in _NEVER[kind, "*"]:
            return "unknown" if replica else "no"
        # "If you specify a different DBSnapshotIdentifier value, a new DB instance is restored from the specified
        # snapshot, and the original DB instance is deleted" (Template Reference, AWS::RDS::DBInstance, which once said
        # that leaving it out makes an empty one, and says nothing of it now).
        oracle = all(str(side.get("Engine")).startswith("oracle") for side in (old, new))
        if name in ("DBSnapshotIdentifier", "SourceDBInstanceIdentifier", "Engine"):
            return "yes" if new.get(name) and not (name == "Engine" and oracle) else "unknown"
    if kind == "AWS::DynamoDB::Table" and name == "KeySchema":
        return "yes"
    if kind == "AWS::EC2::Instance" and name in ("InstanceType", "EbsOptimized", "UserData"):
        return "unknown"  # instance-store instances are replaced, EBS-backed ones restarted; the AMI decides
    if kind == "AWS::ECS::Service" and name == "LaunchType":
        return "unknown"
    return "unknown"
