"""Rules for properties whose effect depends on the values: a shrunk retention loses data, a longer one does not."""

from collections.abc import Callable, Mapping
from typing import Any

from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact, PropertyChange, Rule, number, truth
from generator.preview.template_resolution import is_symbolic
from generator.release.model.preview import Effect

Json = Any


def lower_number(what: str, effect: Effect, source: str, *, absent: float | None = None) -> Rule:
    """A rule for a number: less of it has this effect, more has none, and a number that is not known is unknown.

    Args:
        what: what less of it does, "log lines older than that are deleted".
        effect: of less.
        source: the page.
        absent: what a missing value stands for; None if that is not known.
    """

    def rule(edit: PropertyChange) -> Fact:
        old = number(edit.before) if edit.before is not None else absent
        new = number(edit.after) if edit.after is not None else absent
        if old is None or new is None:
            return Fact("unknown", f"the values are not both known; if it is less, {what}", source)
        if new < old:
            return Fact(effect, f"{_short(old)} becomes {_short(new)}: {what}", source)
        return Fact("none", f"{_short(old)} becomes {_short(new)}", source)

    return rule


def lower_limit(what: str, absent: float, otherwise: Fact) -> Rule:
    """A rule for a limit whose change restarts in any case: less of it may also break what needs more."""

    def rule(edit: PropertyChange) -> Fact:
        old, new = (number(absent if side is None else side) for side in (edit.before, edit.after))
        if old is None or new is None or new < old:
            return Fact("unknown", f"{_value(old)} becomes {_value(new)}: {what}", otherwise.source)
        return otherwise

    return rule


def _value(value: float | None) -> str:
    return "what is not known" if value is None else _short(value)


def _short(value: float) -> str:
    return "without end" if value == float("inf") else f"{value:,.0f}" if value.is_integer() else f"{value:g}"


def switch(name: Callable[[PropertyChange], Json], *, off: Fact, on: Fact) -> Rule:
    """A rule for something that is on or off after the change."""

    def rule(edit: PropertyChange) -> Fact:
        after = truth(name(edit))
        if after is None:
            return Fact("unknown", f"whether it is on is not known; {off.why}", off.source)
        return on if after else off

    return rule


def value(edit: PropertyChange) -> Json:
    """The new value itself; absent counts as off."""
    return False if edit.after is None else edit.after


def multi_az(what: str, source: str) -> Rule:
    """A rule for a change that restarts a database: a failover where a standby stands by, an outage elsewhere."""

    def rule(edit: PropertyChange) -> Fact:
        if truth(edit.old.get("MultiAZ")) and truth(edit.new.get("MultiAZ")):
            return Fact("interruption", f"{what}; the standby takes over within a minute or two", source)
        return Fact("downtime", f"{what}; nothing answers for some minutes", source)

    return rule


def storage_type(edit: PropertyChange) -> Fact:
    """gp2, gp3 and io1 change while it runs; from and to magnetic takes it down."""
    if "standard" in (edit.before, edit.after) or edit.before is None or is_symbolic([edit.before, edit.after]):
        return Fact(
            "downtime", "storage that changes from or to magnetic takes the database down", cited_fact.RDS_SETTINGS
        )
    return Fact(
        "none", "the storage is converted while the database runs, slower for some hours", cited_fact.RDS_SETTINGS
    )


def backup_retention(edit: PropertyChange) -> Fact:
    """Fewer days delete older backups; from or to zero restarts the instance."""
    old, new = (
        number(edit.before if edit.before is not None else 1),
        number(edit.after if edit.after is not None else 1),
    )
    if old is None or new is None:
        return Fact("unknown", "the days are not both known; fewer delete older backups", cited_fact.RDS_SETTINGS)
    if new == 0 < old:
        return Fact(
            "data-loss", "automated backups are switched off, and existing ones are deleted", cited_fact.RDS_SETTINGS
        )
    if new < old:
        return Fact("data-loss", f"automated backups older than {new:g} days are deleted", cited_fact.RDS_SETTINGS)
    if old == 0 < new:
        return Fact(
            "downtime", "switching automated backups on takes the instance down for a moment", cited_fact.RDS_SETTINGS
        )
    return Fact("none", "backups are kept longer", cited_fact.RDS_SETTINGS)


def task_definition(edit: PropertyChange) -> Fact:
    """A new task definition: a rollout, with a gap if tasks may stop before others run."""
    deployment = edit.new.get("DeploymentConfiguration")
    least = number(deployment.get("MinimumHealthyPercent", 100)) if isinstance(deployment, Mapping) else 100.0
    if least is not None and least <= 0:
        return Fact(
            "interruption",
            "all old tasks may stop before new ones run (MinimumHealthyPercent is 0)",
            cited_fact.ECS_ROLLING,
        )
    return Fact("restart", "new tasks take over from the old ones, which then stop", cited_fact.ECS_ROLLING)


def desired_count(edit: PropertyChange) -> Fact:
    """How many tasks run."""
    after = number(edit.after)
    if after == 0:
        return Fact("downtime", "no task runs any more", cited_fact.ECS_UPDATE)
    if after is None:
        return Fact(
            "unknown", "how many tasks run is not known; autoscaling's count may be reset", cited_fact.ECS_UPDATE
        )
    return Fact("none", f"{after:g} tasks run", cited_fact.ECS_UPDATE)


def capacity_strategy(edit: PropertyChange) -> Fact:
    """Where tasks run from now on; it starts no deployment (ECS API Reference, UpdateService)."""
    if "FARGATE_SPOT" in as_text({"": edit.after}) and "FARGATE_SPOT" not in as_text({"": edit.before}):
        return Fact(
            "interruption",
            "tasks that start from now on may run on spare capacity, which AWS takes back with two minutes' notice",
            cited_fact.FARGATE_SPOT,
        )
    return Fact("none", "applies to tasks that start from now on", cited_fact.ECS_UPDATE)


def url_authorization(edit: PropertyChange) -> Fact:
    """Who may call a function by its URL."""
    if edit.after == "NONE":
        return Fact("unknown", "who may call it is decided by the function's policy alone", cited_fact.LAMBDA_URLS)
    return Fact("unknown", "callers that don't sign their requests are refused", cited_fact.LAMBDA_URLS)


def targets(edit: PropertyChange) -> Fact:
    """The target groups that a service registers its tasks with."""
    counts = [len(side) if isinstance(side, list) else 0 for side in (edit.before, edit.after)]
    if counts[1] < counts[0]:
        return Fact(
            "downtime",
            "its tasks are deregistered from a target group, and get no requests from it",
            cited_fact.ECS_UPDATE,
        )
    return Fact("restart", "starts a new deployment: new tasks replace the old ones", cited_fact.ECS_UPDATE)


def registries(edit: PropertyChange) -> Fact:
    """The registries by whose names a service's tasks are found."""
    counts = [len(side) if isinstance(side, list) else 0 for side in (edit.before, edit.after)]
    if counts[1] < counts[0]:
        return Fact(
            "downtime",
            "its tasks are deregistered from a registry, and can't be found by that name any more",
            cited_fact.ECS_UPDATE,
        )
    return Fact("restart", "starts a new deployment: new tasks replace the old ones", cited_fact.ECS_UPDATE)


def instances(edit: PropertyChange) -> Fact:
    """How many instances run, or may run at most."""
    old, new = number(edit.before), number(edit.after)
    if new == 0:
        return Fact("downtime", "no instance runs any more", cited_fact.ASG_UPDATES)
    if old is None or new is None:
        return Fact(
            "unknown", "the numbers are not both known; if it is less, instances are stopped", cited_fact.ASG_UPDATES
        )
    if new < old:
        return Fact(
            "interruption", f"{_short(old)} becomes {_short(new)}: instances are stopped", cited_fact.ASG_UPDATES
        )
    return Fact("none", f"{_short(old)} becomes {_short(new)}", cited_fact.ASG_UPDATES)


def capacity(edit: PropertyChange) -> Fact:
    """The most tasks that autoscaling may run."""
    before, after = number(edit.before), number(edit.after)
    if after is None:
        return Fact("unknown", "the new limit is not known", cited_fact.SCALING_TARGETS)
    if after == 0:
        return Fact("downtime", "no task may run any more", cited_fact.SCALING_TARGETS)
    if before is None or after < before:
        return Fact("unknown", f"the limit becomes {after:g}: tasks beyond it are stopped", cited_fact.SCALING_TARGETS)
    return Fact("none", f"the limit becomes {after:g}", cited_fact.SCALING_TARGETS)


def concurrency(edit: PropertyChange) -> Fact:
    """How often a function may run at once."""
    after = number(edit.after)
    if after == 0:
        return Fact("downtime", "every call is throttled: no concurrency is left", cited_fact.LAMBDA_CONCURRENCY)
    if edit.after is None:
        return Fact("none", "the function shares the account's concurrency", cited_fact.LAMBDA_CONCURRENCY)
    return Fact("unknown", "calls beyond it are throttled", cited_fact.LAMBDA_CONCURRENCY)


def time_to_live(edit: PropertyChange) -> Fact:
    """Switching it on, or naming another attribute, deletes items."""
    after = edit.after if isinstance(edit.after, Mapping) else {}
    on = truth(after.get("Enabled", False))
    if on is False:
        return Fact("none", "items are no longer deleted by age", cited_fact.DYNAMODB_TTL)
    return Fact("data-loss", "items whose time has passed are deleted within days", cited_fact.DYNAMODB_TTL)


def point_in_time(edit: PropertyChange) -> Fact:
    """Switching it off forgets the points in time before."""
    after = edit.after if isinstance(edit.after, Mapping) else {}
    old = edit.before if isinstance(edit.before, Mapping) else {}
    if truth(after.get("PointInTimeRecoveryEnabled", False)) is not True:
        return Fact(
            "data-loss", "the table can't be restored to earlier points in time any more", cited_fact.DYNAMODB_PITR
        )
    if (number(after.get("RecoveryPeriodInDays", 35)) or 0) < (number(old.get("RecoveryPeriodInDays", 35)) or 0):
        return Fact("data-loss", "older points in time can't be restored any more", cited_fact.DYNAMODB_PITR)
    return Fact("none", "the table can be restored to points in time", cited_fact.DYNAMODB_PITR)


def indexes(edit: PropertyChange) -> Fact:
    """Secondary indexes: a new one is built in the background, one that goes fails the queries on it."""
    names = [
        {str(row.get("IndexName")) for row in side if isinstance(row, Mapping)} if isinstance(side, list) else set()
        for side in (edit.before, edit.after)
    ]
    gone = sorted(names[0] - names[1])
    if gone:
        return Fact("downtime", f"queries on {', '.join(gone)} fail", cited_fact.page("AWS::DynamoDB::Table"))
    if names[0] == names[1]:
        return Fact("unknown", "an index changes", cited_fact.page("AWS::DynamoDB::Table"))
    return Fact("none", "a new index is built while the table is used", cited_fact.page("AWS::DynamoDB::Table"))


def as_text(rule: Mapping[str, Json]) -> str:
    """The same text for the same rule, whatever the order of its keys."""
    import json

    return json.dumps(rule, sort_keys=True, default=str)


def image_expiry(edit: PropertyChange) -> Fact:
    """ECR lifecycle policies delete images, and with them what could be rolled back to."""
    if not edit.after:
        return Fact("none", "images are no longer deleted by rule", cited_fact.ECR_LIFECYCLE)
    return Fact(
        "data-loss", "images that the rules expire are deleted and can't be rolled back to", cited_fact.ECR_LIFECYCLE
    )


def versioning(edit: PropertyChange) -> Fact:
    """Suspended versioning keeps no more old versions."""
    after = edit.after if isinstance(edit.after, Mapping) else {}
    if after.get("Status") == "Enabled":
        return Fact("none", "overwritten objects are kept", cited_fact.page("AWS::S3::Bucket"))
    return Fact(
        "data-loss",
        "objects that are overwritten or deleted from now on are not kept",
        cited_fact.page("AWS::S3::Bucket"),
    )
