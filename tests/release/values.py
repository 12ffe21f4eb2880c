"""Releases, change sets and readings for tables: whole values of which a test changes what it is about."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.model.change import ChangeSet, ResourceChange
from generator.release.model.people import Actor
from generator.release.model.preview import (
    Cost,
    Effect,
    Exposure,
    Gain,
    Meaning,
    Money,
    Reading,
    ResourceEffect,
    Shown,
)
from generator.release.model.release import Approval, Deploy, Release, StackRef
from generator.release.model.states import Waiting
from generator.release.model.version import Running

REF = StackRef(
    key="prod/service-app", name="slipway-prod-service-app", account="333333333333", region="eu-west-1", service="app"
)
BINDING = "b" * 64
TASK = ResourceChange(logical_id="Task", type="AWS::ECS::TaskDefinition", action="Modify", replacement="True")
SERVICE = ResourceChange(logical_id="Service", type="AWS::ECS::Service", action="Modify", replacement="False")


def actor(person: str, id_: str = "", channel: Any = "cli") -> Actor:
    """Somebody, or with "" somebody whom nobody knows."""
    return Actor(channel=channel, id=id_ or f"AIDA{person.upper()}", person=person)


def release(**changes: Any) -> Release:
    """A release of app to prod that ana asked for and that waits for approval."""
    made = Release(
        id="prod-app-7",
        stack=REF,
        purpose=Deploy(),
        requester=actor("ana"),
        reason="",
        created=1000.0,
        state=Waiting(since=1000.0, expires=2000.0),
        after=Running(commit="2" * 40, template="t", body="b", parameters={"ImageUri": "r/app@sha256:2"}),
        binding=BINDING,
        image_only=True,
    )
    return msgspec.structs.replace(made, **changes)


def approval(person: str, *groups: str, binding: str = BINDING, **more: Any) -> Approval:
    """Somebody agreed."""
    return Approval(actor=actor(person, **more), at=1100.0, binding=binding, groups=groups)


def change_set(*changes: ResourceChange, **more: Any) -> ChangeSet:
    """A change set of an image-only release, or of these changes."""
    made = ChangeSet(
        arn="arn:aws:cloudformation:eu-west-1:333333333333:changeSet/bot-1/1",
        name="bot-1",
        stack_id="arn:aws:cloudformation:eu-west-1:333333333333:stack/s/1",
        stack_name="s",
        kind="UPDATE",
        changes=changes or (TASK, SERVICE),
        parameters={"ImageUri": "r/app@sha256:2", "Release": "2" * 40},
        tags={"platform": "slipway"},
        capabilities=("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"),
        role="arn:aws:iam::333333333333:role/slipway-execution-prod",
        template="sha256:1",
    )
    return msgspec.structs.replace(made, **more)


def effect(what: Effect, name: str = "Table") -> ResourceEffect:
    """What happens to one resource."""
    return ResourceEffect(logical_id=name, type="AWS::DynamoDB::Table", action="Modify", effect=what, why="because")


def reading(*effects: Effect, gains: int = 0, exposures: int = 0, cost: Cost | None = None) -> Reading:
    """A reading with these effects."""
    return Reading(
        meaning=Meaning(
            level="low",
            sentence="it changes",
            effects=tuple(effect(e, f"R{i}") for i, e in enumerate(effects)),
            gains=tuple(Gain(who="role", logical_id="Role", sentence=f"gains {i}") for i in range(gains)),
            exposures=tuple(
                Exposure(who="all", what="tcp 80", logical_id="Sg", sentence=f"open {i}") for i in range(exposures)
            ),
        ),
        shown=Shown(cost=cost),
    )


def cost(more: float, *unknown: str) -> Cost:
    """A month that costs so much more."""
    return Cost(before=Money(min=0, typical=0, max=0), after=Money(min=0, typical=more, max=more), unknown=unknown)
