"""Protection that a change removes: no effect today, but a later mistake or failure does more damage.

Sources: the page of each type in the CloudFormation Template Reference; ECS API Reference, DeploymentConfiguration and
DeploymentCircuitBreaker; Amazon SQS Developer Guide, dead-letter queues.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.preview.risk.cited_fact import PropertyChange, number, truth
from generator.preview.risk.replacement import ChangedAttribute
from generator.preview.risk.stateful import STATEFUL
from generator.release.model.change import ResourceChange

Json = Any
Guard = Callable[[PropertyChange], str]  # the sentence, "" where nothing is removed


def lost_protections(
    context: ChangeContext, change: ResourceChange, places: Iterable[ChangedAttribute]
) -> tuple[str, ...]:
    """One sentence for each protection that these changes of a resource remove."""
    places = list(places)
    found = {_policy(context, change, place) for place in places}
    old, new = context.old(change.logical_id), context.new(change.logical_id)
    if old is None or new is None:
        return tuple(sorted(found - {""}))
    names = {place.name for place in places if place.attribute == "Properties"}
    found |= {
        guard(PropertyChange(old.get(name), new.get(name), old, new))
        for name in names
        for guard in GUARDS.get((change.type, name), ())
    }
    return tuple(sorted(found - {""}))


_KEEPS = ("Retain", "RetainExceptOnCreate", "Snapshot")
_WHEN = {"DeletionPolicy": "is removed from the stack", "UpdateReplacePolicy": "is replaced"}


def _policy(context: ChangeContext, change: ResourceChange, place: ChangedAttribute) -> str:
    """A policy that retained a resource's data, and no longer does (Template Reference, DeletionPolicy attribute)."""
    what, attribute = STATEFUL.get(change.type, ""), place.attribute
    if attribute not in _WHEN or not what:
        return ""
    texts = [next(filter(None, (getattr(row, side) for row in place.details)), "") for side in ("before", "after")]
    was, now = (
        text.strip('"')
        or (side.resources.get(change.logical_id) or {}).get(attribute)
        or _unwritten(change.type, attribute, properties)
        for text, side, properties in (
            (texts[0], context.before, context.old(change.logical_id)),
            (texts[1], context.after, context.new(change.logical_id)),
        )
    )
    lost = was in _KEEPS and now not in _KEEPS
    return f"from now on it is deleted with {what} when it {_WHEN[attribute]}" if lost else ""


def _unwritten(kind: str, attribute: str, properties: Mapping[str, Json] | None) -> str:
    alone = kind == "AWS::RDS::DBInstance" and not (properties or {}).get("DBClusterIdentifier")
    return "Snapshot" if attribute == "DeletionPolicy" and (alone or kind == "AWS::RDS::DBCluster") else "Delete"


def _off(said: str) -> Guard:
    """A switch that was on and no longer is. One whose new value is not known may be off."""

    def guard(edit: PropertyChange) -> str:
        was, now = truth(edit.before), truth(edit.after) if edit.after is not None else False
        return said if was is True and now is not True else ""

    return guard


def _gone(said: str) -> Guard:
    """A value that was set and no longer is."""
    return lambda edit: said if edit.before and not edit.after else ""


def _part(edit: PropertyChange, *path: str) -> tuple[Json, Json]:
    sides = []
    for side in (edit.before, edit.after):
        node = side
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        sides.append(node)
    return sides[0], sides[1]


def _minimum(edit: PropertyChange) -> str:
    before, after = (number(100 if side is None else side) for side in _part(edit, "MinimumHealthyPercent"))
    lower = before is not None and after is not None and after < before
    if not lower or after is None:
        return ""
    if after <= 0:
        return "from the next deployment on all tasks may stop before new ones run"
    return f"from the next deployment on {after:g} % of the tasks are enough while new ones start"


def _inside(path: tuple[str, ...], said: str) -> Guard:
    def guard(edit: PropertyChange) -> str:
        before, after = _part(edit, *path)
        return _off(said)(edit._replace(before=before, after=after))

    return guard


def _attribute(key: str, said: str) -> Guard:
    """An attribute of a load balancer, ``[{"Key": ..., "Value": "true"}]``."""
    return lambda edit: _off(said)(edit._replace(before=_listed(edit.before, key), after=_listed(edit.after, key)))


def _listed(side: Json, key: str) -> Json:
    rows = side if isinstance(side, list) else []
    return next((row.get("Value") for row in rows if isinstance(row, Mapping) and row.get("Key") == key), None)


def _shorter(key: str, said: str) -> Guard:
    """A number of seconds among a load balancer's attributes that decreases."""

    def guard(edit: PropertyChange) -> str:
        old, new = (number(_listed(side, key)) for side in (edit.before, edit.after))
        return said.format(f"{new:g} s") if old is not None and new is not None and new < old else ""

    return guard


def _zones(edit: PropertyChange) -> str:
    """Fewer subnets: a service's tasks run in fewer zones."""
    before, after = (set(map(str, side)) if isinstance(side, list) else set() for side in _part(edit, *_SUBNETS))
    gone = sorted(before - after)
    return f"no task runs in {', '.join(gone)} any more, should the other zones fail" if gone and after < before else ""


_SUBNETS = ("AwsvpcConfiguration", "Subnets")


def _containers(edit: PropertyChange) -> str:
    """What a container may do to its host and to itself (ECS API Reference, ContainerDefinition)."""
    old, new = (
        {str(row.get("Name")): row for row in side if isinstance(row, Mapping)} if isinstance(side, list) else {}
        for side in (edit.before, edit.after)
    )
    said = []
    for name, row in sorted(new.items()):
        was = old.get(name, {})
        if truth(row.get("Privileged")) and not truth(was.get("Privileged")):
            said.append(f"{name} runs privileged: it may do everything on its host that root may do")
        if truth(was.get("ReadonlyRootFilesystem")) and not truth(row.get("ReadonlyRootFilesystem")):
            said.append(f"{name} may write to its own file system")
        if _root(row.get("User")) and not _root(was.get("User")) and name in old:
            said.append(f"{name} runs as root")
    return "; ".join(said)


def _root(user: Json) -> bool:
    return str(user).partition(":")[0] in ("root", "0")


def _impatient(edit: PropertyChange) -> str:
    before, after = (number(0 if side is None else side) for side in (edit.before, edit.after))
    less = before is not None and after is not None and after < before
    return f"tasks that are not healthy after {after:g} s may be stopped" if less else ""


def _lets_in(edit: PropertyChange) -> str:
    closed = isinstance(edit.before, Mapping) and "Block" in edit.before
    opens = isinstance(edit.after, Mapping) and "Allow" in edit.after
    return "requests that no rule blocks are allowed" if closed and opens else ""


def _tags_move(edit: PropertyChange) -> str:
    return "a tag can be moved to another image" if edit.before == "IMMUTABLE" and edit.after != "IMMUTABLE" else ""


def _told(edit: PropertyChange) -> str:
    before, after = (side if isinstance(side, list) else [] for side in (edit.before, edit.after))
    return "no notification is sent any more" if before and not after else ""


_DELETED = _off("nothing keeps it from being deleted any more")
_BACK = "a deployment that fails is no longer rolled back"
GUARDS: Mapping[tuple[str, str], tuple[Guard, ...]] = {
    **dict.fromkeys(
        (
            ("AWS::RDS::DBInstance", "DeletionProtection"),
            ("AWS::RDS::DBCluster", "DeletionProtection"),
            ("AWS::DynamoDB::Table", "DeletionProtectionEnabled"),
            ("AWS::Logs::LogGroup", "DeletionProtectionEnabled"),
            ("AWS::EC2::Instance", "DisableApiTermination"),
        ),
        (_DELETED,),
    ),
    ("AWS::RDS::DBInstance", "MultiAZ"): (_off("no standby takes over any more when its instance or zone fails"),),
    ("AWS::ECS::Service", "DeploymentConfiguration"): (
        _minimum,
        _inside(("DeploymentCircuitBreaker", "Enable"), _BACK),
        _inside(("DeploymentCircuitBreaker", "Rollback"), _BACK),
        _inside(("Alarms", "Enable"), "alarms don't stop a deployment any more"),
        _inside(("Alarms", "Rollback"), _BACK),
    ),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerAttributes"): (
        _attribute("deletion_protection.enabled", "nothing keeps it from being deleted any more"),
        _shorter("idle_timeout.timeout_seconds", "requests that wait longer than {} are cut off"),
    ),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupAttributes"): (
        _shorter("deregistration_delay.timeout_seconds", "requests get {} to end when their target is removed"),
    ),
    ("AWS::ECS::Service", "NetworkConfiguration"): (_zones,),
    ("AWS::ECS::Service", "HealthCheckGracePeriodSeconds"): (_impatient,),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions"): (_containers,),
    ("AWS::WAFv2::WebACL", "DefaultAction"): (_lets_in,),
    ("AWS::S3::Bucket", "BucketEncryption"): (
        _gone("new objects are encrypted with S3's own key, not with the one that was chosen"),
    ),
    ("AWS::KMS::Key", "EnableKeyRotation"): (_off("its key material is not rotated any more"),),
    ("AWS::SQS::Queue", "KmsMasterKeyId"): (
        _gone("messages are encrypted with SQS's own key, not with the one that was chosen"),
    ),
    ("AWS::DynamoDB::Table", "SSESpecification"): (
        _gone("items are encrypted with DynamoDB's own key, not with the one that was chosen"),
    ),
    ("AWS::SQS::Queue", "RedrivePolicy"): (
        _gone("messages that can't be processed are no longer moved to a dead-letter queue"),
    ),
    ("AWS::ECR::Repository", "ImageTagMutability"): (_tags_move,),
    ("AWS::ECR::Repository", "ImageScanningConfiguration"): (
        _inside(("ScanOnPush",), "images are not scanned any more when they are pushed"),
    ),
    ("AWS::CloudWatch::Alarm", "ActionsEnabled"): (
        lambda edit: "no notification is sent any more" if truth(edit.after) is False else "",
    ),
    ("AWS::CloudWatch::Alarm", "AlarmActions"): (_told,),
    ("AWS::CloudTrail::Trail", "EnableLogFileValidation"): (_off("changes of log files are not detected any more"),),
}
