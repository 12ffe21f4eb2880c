"""Creating, updating and deleting one resource of a stack: properties, provider, status and events.

Each function answers whether it went well; the reason of a failure is in the resource and its event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.attempt import guarded, pause
from generator.sandbox.cloudformation.dynamic_references import looked_up
from generator.sandbox.cloudformation.model import Owing, Resource
from generator.sandbox.cloudformation.properties import check, coerce
from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.cloudformation.stack_policy import denied
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.registry import provider_for
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.model import Source
    from generator.sandbox.cloudformation.operation_run import Run
    from generator.sandbox.providers.provider import Created, Provider

_NAMES = {"AWS::EC2::SecurityGroup": "GroupName"}
_SHARED_NAMES = frozenset({"AWS::Route53::RecordSet"})  # its Name is no name of the resource


class DesiredResource(NamedTuple):
    """A resource as the template wants it: properties for the provider, and the same with NoEcho masked."""

    props: dict[str, Any]
    shown: dict[str, Any]


def desired_resource(run: Run, source: Source, logical_id: str) -> DesiredResource:
    """The resolved properties of a resource, in the types of its schema.

    Raises:
        AwsError: A function can't be evaluated.
    """
    definition = source.template["Resources"][logical_id]
    spec = schema(definition["Type"])

    def resolve(*, masked: bool) -> dict[str, Any]:
        environment = run.cloud.environment(run.stack, source, masked=masked)
        value: dict[str, Any] = environment.value(definition.get("Properties", {}))
        if not masked and environment.imported:
            with run.cloud.lock:
                run.stack.imports = sorted({*run.stack.imports, *environment.imported})
        result: dict[str, Any] = coerce(spec, spec.raw, value) if spec else value
        return result

    return DesiredResource(resolve(masked=False), resolve(masked=True))


def create(run: Run, source: Source, logical_id: str, needs: list[str]) -> bool:
    """Create a resource that the stack does not have."""
    definition = source.template["Resources"][logical_id]
    resource = Resource(
        logical_id=logical_id,
        type=definition["Type"],
        at=run.now(),
        definition=_attributes(definition),
        needs=needs,
        tags=source.tags,
    )
    with run.cloud.lock:
        run.stack.resources[logical_id] = resource
    run.event(resource, "CREATE_IN_PROGRESS")
    return guarded(run, resource, "CREATE", lambda: _make(run, source, resource, "CREATE"))


def update(run: Run, source: Source, logical_id: str, needs: list[str]) -> bool:
    """Bring a resource to what the template wants: nothing, in place, or by replacement."""
    resource = run.stack.resources[logical_id]
    definition = source.template["Resources"][logical_id]
    if not resource.physical_id:  # an earlier operation failed to make it
        with run.cloud.lock:
            del run.stack.resources[logical_id]
        return create(run, source, logical_id, needs)
    attributes = _attributes(definition)

    def act() -> None:
        desired = desired_resource(run, source, logical_id)
        resource.needs = needs
        same = desired.props == resource.props and source.tags == resource.tags
        if same and attributes == resource.definition and resource.status not in ("UPDATE_FAILED", "CREATE_FAILED"):
            return
        replaced = resource.status == "CREATE_FAILED" or replaces(resource, desired.props)
        refusal = denied(run.stack.policy, resource, "Update:Replace" if replaced else "Update:Modify")
        if refusal:
            raise ResourceFailure(refusal, "")
        if replaced:
            _replace(run, source, resource, desired)
            return
        try:
            _in_place(run, resource, desired, attributes, source.tags)
        except ResourceFailure as failure:
            if failure.code != "NotUpdatable":
                raise
            _replace(run, source, resource, desired)

    return guarded(run, resource, "UPDATE", act)


def replaces(resource: Resource, props: dict[str, Any]) -> bool:
    """Whether new properties replace a resource: one that can only be set at creation differs."""
    spec = schema(resource.type)
    if spec is None:
        return False
    return any(_at(resource.props, path) != _at(props, path) for path in spec.create_only)


def _at(props: Any, path: tuple[str, ...]) -> Any:
    """The values at a path of a schema, `*` being every item."""
    if not path:
        return props
    first, rest = path[0], path[1:]
    match props:
        case list():
            return [_at(item, rest if first == "*" else path) for item in props]
        case dict() if first == "*":
            return {key: _at(value, rest) for key, value in props.items()}
        case dict():
            return _at(props.get(first), rest)
    return None


def _attributes(definition: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in definition.items() if key not in ("Properties", "Type", "Condition", "DependsOn")
    }


def _make(run: Run, source: Source, resource: Resource, act: str) -> None:
    """Call the provider's create with the wanted properties; the resource holds them from then on."""
    desired = desired_resource(run, source, resource.logical_id)
    resource.props, resource.shown = desired.props, desired.shown
    _validate(resource)
    provider = _provider(resource.type)
    said: list[str] = []

    def initiated(physical_id: str) -> None:
        if not said:
            said.append(physical_id)
            resource.physical_id = physical_id
            run.event(resource, f"{act}_IN_PROGRESS", "Resource creation Initiated")

    pause(run, resource, "CREATE")
    ctx = run.context(resource.logical_id, initiated)
    made = provider.create(ctx, looked_up(ctx, resource.type, resource.props))
    initiated(made.physical_id)
    resource.physical_id, resource.attributes = made.physical_id, made.attributes
    if run.halt.is_set():
        raise ResourceFailure("", "")
    run.event(resource, f"{act}_COMPLETE")


def _replace(run: Run, source: Source, resource: Resource, desired: DesiredResource) -> None:
    old = copies({"": resource})[""]
    name = _custom_name(resource.type)
    if name and name in desired.props and desired.props[name] == resource.props.get(name):
        raise ResourceFailure(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {desired.props[name]} and update the stack again.",
            "",
        )
    run.event(
        resource,
        "UPDATE_IN_PROGRESS",
        "Requested update requires the creation of a new physical resource; hence creating one.",
    )
    resource.tags = source.tags
    try:
        _make(run, source, resource, "UPDATE")
    except (ResourceFailure, AwsError):
        if resource.physical_id == old.physical_id:  # nothing new was made: it is still the old one
            resource.props, resource.shown = old.props, old.shown
        raise
    finally:
        resource.definition = _attributes(source.template["Resources"][resource.logical_id])
        with run.cloud.lock:
            if resource.physical_id != old.physical_id:
                run.stack.owing.append(Owing(resource=old, policy=resource.policy("UpdateReplacePolicy")))


def _custom_name(type_name: str) -> str:
    """The property by which people name a resource of a type themselves, or nothing."""
    short = type_name.rsplit("::", 1)[-1]
    spec = schema(type_name)
    # `TargetGroupName` and the like are attributes: nobody gives them.
    known = [name for name in spec.properties if (name,) not in spec.read_only] if spec else []
    if type_name in _SHARED_NAMES:
        return ""
    return next((name for name in (_NAMES.get(type_name, ""), f"{short}Name", "Name") if name in known), "")


def _in_place(
    run: Run, resource: Resource, desired: DesiredResource, attributes: dict[str, Any], tags: dict[str, str]
) -> None:
    run.event(resource, "UPDATE_IN_PROGRESS")
    old = resource.props
    if desired.props != old or tags != resource.tags:
        resource.shown, resource.tags = desired.shown, tags
        resource.props = desired.props
        _validate(resource)
        pause(run, resource, "UPDATE")
        try:
            made = _change(run, resource, old, desired.props)
        except ResourceFailure as failure:
            if failure.code == "NotUpdatable":
                resource.props = old
            raise
        resource.attributes = resource.attributes | made.attributes
    resource.definition = attributes
    if run.halt.is_set():
        raise ResourceFailure("", "")
    run.event(resource, "UPDATE_COMPLETE")


def copies(resources: dict[str, Resource]) -> dict[str, Resource]:
    """Each resource copied, so that changing one leaves the other alone. Properties are never changed in place."""
    return {
        name: Resource(**{field: getattr(resource, field) for field in resource.__struct_fields__})
        for name, resource in resources.items()
    }


def restore(run: Run, resource: Resource, target: Resource) -> bool:
    """Bring a resource back to what it was (a step of a rollback); a replaced one is simply taken back."""

    def act() -> None:
        run.event(resource, "UPDATE_IN_PROGRESS")
        same = (resource.props, resource.tags) == (target.props, target.tags)
        if resource.physical_id == target.physical_id and not same:
            pause(run, resource, "UPDATE")
            made = _change(run, resource, resource.props, target.props)
            resource.attributes = made.attributes or target.attributes
        elif resource.physical_id != target.physical_id and resource.physical_id:
            new = copies({"": resource})[""]
            with run.cloud.lock:
                run.stack.owing.append(Owing(resource=new, policy="Delete"))
            resource.attributes = target.attributes
        take_back(resource, target)
        run.event(resource, "UPDATE_COMPLETE")

    return guarded(run, resource, "ROLLBACK", act)


def take_back(resource: Resource, target: Resource) -> None:
    """Say that a resource is again what it was."""
    resource.physical_id, resource.props, resource.shown = target.physical_id, target.props, target.shown
    resource.definition, resource.needs, resource.tags = target.definition, target.needs, target.tags


def delete(run: Run, resource: Resource, policy: str, *, rollback: bool = False) -> bool:
    """Delete a resource, or leave it if its policy says so."""
    keeps = policy == "Retain" or (policy == "RetainExceptOnCreate" and not rollback)
    if not resource.physical_id:
        with run.cloud.lock:
            resource.status = "DELETE_COMPLETE"
        return True
    if keeps:
        run.event(resource, "DELETE_SKIPPED")
        return True

    def act() -> None:
        run.event(resource, "DELETE_IN_PROGRESS")
        pause(run, resource, "DELETE")
        _provider(resource.type).delete(run.context(resource.logical_id), resource.physical_id, resource.props)
        run.event(resource, "DELETE_COMPLETE")

    return guarded(run, resource, "DELETE", act)


def _change(run: Run, resource: Resource, old: dict[str, Any], new: dict[str, Any]) -> Created:
    ctx = run.context(resource.logical_id)
    before, after = (looked_up(ctx, resource.type, props) for props in (old, new))
    return _provider(resource.type).update(ctx, resource.physical_id, before, after)


def _validate(resource: Resource) -> None:
    spec = schema(resource.type)
    faults = check(spec, resource.props) if spec else []
    if faults:
        lines = ", ".join(fault.line() for fault in faults)
        raise ResourceFailure(
            f"Properties validation failed for resource {resource.logical_id} with message:\n[{lines}]", ""
        )


def _provider(type_name: str) -> Provider:
    found = provider_for(type_name)
    if found is None:
        raise ResourceFailure(f"The sandbox does not support resources of type {type_name}; leave them out", "")
    return found
