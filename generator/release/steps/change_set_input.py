"""What a change set is created from: the stack's own template if nothing else changes, else a published one."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from generator.release.context import Context
from generator.release.deferred import with_deferred
from generator.release.digests import canonical, template_digest
from generator.release.errors import NotPublished, Tampered, TooLarge
from generator.release.fed_values import inputs, refreshes, stale
from generator.release.model.change import ChangeSet
from generator.release.model.observed import NewChangeSet, StackNow
from generator.release.model.release import Cause, Delete, Release
from generator.release.restarts import is_restart, kept_nonce, restarting
from generator.release.tombstone import TAG, TAG_VALUE, TOMBSTONE_BODY


def change_set_input(  # noqa: PLR0911 - one for each kind of release, and for what is missing
    context: Context, release: Release, name: str
) -> NewChangeSet | Cause:
    """The input of the change set: image-only if the stack has exactly this template, else with the whole template."""
    stacks = context.cloud(release).stacks
    stack = stacks.describe(release.stack.name)
    brought = release.after.parameters
    role = context.clouds.execution_role(release.stack)
    words = f"{release.id}: {release.after.commit[:12]} for {release.requester.name}"
    if isinstance(release.purpose, Delete):
        return NewChangeSet(
            name=name, stack_name=release.stack.name, kind="CREATE" if stack is None or stack.is_new else "UPDATE",
            template=TOMBSTONE_BODY, parameters={}, tags={**_tags(context, release, stack), TAG: TAG_VALUE},
            capabilities=stack.capabilities if stack else (), role=role, description=words,
        )  # fmt: skip
    has_template = (
        stack is not None and not stack.is_new and template_digest(stacks.template(stack.id)) == release.after.template
    )
    if is_restart(release):
        return restarting(release, stack if has_template else None, name, role)
    if stack is not None and has_template:
        fresh = _refreshed(context, release, stack)
        if isinstance(fresh, Cause):
            return fresh
        return NewChangeSet(
            name=name, stack_name=release.stack.name, kind="UPDATE", template=None,
            parameters={**{key: brought.get(key) for key in stack.parameters}, **fresh},
            tags=stack.tags, capabilities=stack.capabilities, role=role, description=words,
        )  # fmt: skip
    try:
        body = _body(context, release)
        published = context.versions.get(release.after.commit).stacks[release.stack.key]
    except (NotPublished, Tampered, TooLarge) as error:
        return Cause(stage="change-set", sentence=str(error))
    values, missing = inputs(context, published.sources, release.requester)
    if missing:
        return _missing(release, missing)
    return NewChangeSet(
        name=name, stack_name=release.stack.name, kind="CREATE" if stack is None or stack.is_new else "UPDATE",
        template=body, parameters={**values, **brought, **kept_nonce(stack, json.loads(body))}, tags=_tags(context, release, stack),
        capabilities=published.capabilities, role=role, description=words,
    )  # fmt: skip


def _refreshed(context: Context, release: Release, stack: StackNow) -> dict[str, str | None] | Cause:
    """Fed values that are newer than the stack's, if the release is to bring them."""
    if not refreshes(release):
        return {}
    try:
        published = context.versions.get(release.after.commit).stacks[release.stack.key]
    except (NotPublished, Tampered) as error:
        return Cause(stage="change-set", sentence=str(error))
    values, missing = inputs(context, published.sources, release.requester)
    return _missing(release, missing) if missing else stale(stack, values)


def _missing(release: Release, missing: list[str]) -> Cause:
    return Cause(
        stage="change-set",
        sentence=f"{release.stack.key} needs {', '.join(missing)}, which no deployed stack provides yet",
        fix=f"deploy the other stack first: slipway apply {release.stack.environment}",
    )


def _body(context: Context, release: Release) -> str:
    """The template as it was published, without what the release defers.

    Raises:
        NotPublished: it does not exist any more.
        Tampered: its digest does not match.
        TooLarge: it is nested deeper than what is read.
    """
    body = context.versions.body(release.after.body)
    try:
        template = msgspec.json.decode(body)
        if release.after.deferred:
            template = with_deferred(template, release.after.deferred)
        same = template_digest(template) == release.after.template
    except msgspec.DecodeError:
        same = False
    except RecursionError as error:
        raise TooLarge("the template is nested deeper than what is read; flatten it") from error
    if not same:
        raise Tampered(f"the content of {release.after.body} is not what was published; publish that commit again")
    return body if not release.after.deferred else canonical(template).decode()


def fed_values_changed(
    context: Context, release: Release, change_set: ChangeSet, before: Mapping[str, Any] | None
) -> str:
    """Which output of another stack differs from the value in the change set. "" if none does.

    A change set that keeps the stack's own template keeps its fed values as well, which were read for another release,
    unless it is to refresh them.
    """
    if isinstance(release.purpose, Delete):
        return ""
    if not refreshes(release) and before is not None and template_digest(before) == change_set.template:
        return ""
    try:
        published = context.versions.get(release.after.commit).stacks[release.stack.key]
    except (NotPublished, Tampered) as error:
        return str(error)
    values, missing = inputs(context, published.sources, release.requester)
    if missing:
        return f"{', '.join(missing)} is not there any more"
    for name, value in values.items():
        carried = change_set.parameters.get(name)
        if carried != value:
            return (
                f"{name} of {published.sources[name]} changed from {carried} to {value} since this release was proposed"
            )
    return ""


def _tags(context: Context, release: Release, stack: StackNow | None) -> dict[str, str]:
    """The stack's tags, without :data:`TAG`, because a stack with resources is not a tombstone.

    A tag with the id of a release is never set: it would change every resource.
    """
    ours = {"platform": context.facts.name, "environment": release.stack.environment, "stack": release.stack.stack}
    has = {name: value for name, value in (stack.tags if stack else {}).items() if name != TAG}
    return {**has, **ours}
