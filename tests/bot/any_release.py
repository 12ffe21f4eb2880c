"""Releases of every kind and length, for property tests."""

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.people import Actor
from generator.release.model.preview import (
    Cost,
    Drifted,
    Expected,
    Exposure,
    Finding,
    Gain,
    ImageDiff,
    Meaning,
    Money,
    Reading,
    ResourceEffect,
    Shown,
)
from generator.release.model.preview import Phase as Stretch
from generator.release.model.release import (
    Allowed,
    Approval,
    Cause,
    Debt,
    Deploy,
    Moment,
    Need,
    NeedsApproval,
    Progress,
    Release,
    Rollback,
    StackRef,
)
from generator.release.model.states import (
    OUTCOMES,
    Approved,
    Closed,
    Executing,
    Proposed,
    RollingBack,
    Verifying,
    Waiting,
    Watching,
)
from generator.release.model.version import Running

NASTY = [
    "", " ", "<!channel> <https://evil.example|click>", "`rm -rf /`", "*bold* _x_ ~y~ > q", "&amp;lt;", "\u202eevil\u202c",
    "שלום עולם مرحبا", "👩‍👩‍👧‍👦" * 40, "x" * 5000, "&" * 3000, "<@U0000000001>", "\x00\x1b[31m", "a\n" * 500, "|" * 300, "\ud800",
]  # fmt: skip


text = st.one_of(st.sampled_from(NASTY), st.text(max_size=80))


few = st.integers(0, 3)


many = st.sampled_from([0, 1, 2, 30, 120])


def several(make: Any, sizes: Any = few) -> Any:
    """A tuple of a drawn size, all alike: what counts is their number and the worst of each."""
    return st.tuples(make, sizes).map(lambda pair: (pair[0],) * pair[1])


actors = st.builds(
    Actor,
    channel=st.sampled_from(["cli", "slack", "ci", "worker"]),
    id=text,
    person=st.sampled_from(["", "ana", "ben", "nobody"]),
)


running = st.builds(Running, commit=st.sampled_from(["", "a" * 40]), template=st.just(""), subject=text, release=text)


details = st.builds(Detail, attribute=text, path=text, before=st.none() | text, after=st.none() | text, cause=text)


changes = st.builds(
    ResourceChange, logical_id=text, type=text, action=st.sampled_from(["Add", "Modify", "Remove"]),
    replacement=st.sampled_from(["True", "False", "Conditional", ""]), details=several(details, many),
)  # fmt: skip


change_sets = st.builds(
    ChangeSet,
    arn=text,
    name=text,
    stack_id=text,
    stack_name=text,
    kind=st.just("UPDATE"),
    changes=several(changes, many),
)


money = st.builds(Money, min=st.just(0.0), typical=st.floats(0, 1e9), max=st.just(0.0))


phases = st.builds(
    Stretch, name=text, seconds=st.floats(0, 1e6), old_tasks=few, new_tasks=few, new_traffic_percent=st.floats(0, 100)
)


shown = st.builds(
    Shown, cost=st.none() | st.builds(Cost, before=money, after=money, unknown=several(text)),
    drift=several(st.builds(Drifted, logical_id=text, type=text, path=text, expected=text, actual=text)),
    image=st.none() | st.builds(ImageDiff, before=text, after=text, new_findings=several(st.builds(Finding, name=text, severity=text), many), base_image=st.just("") | text, base_age_days=st.none() | few),
    expected=st.none() | st.builds(Expected, seconds=st.floats(0, 1e6), source=text, phases=several(phases, many)),
)  # fmt: skip


readings = st.builds(
    Reading,
    meaning=st.builds(
        Meaning, level=st.sampled_from(["none", "low", "medium", "high", "critical"]), sentence=text,
        effects=several(st.builds(ResourceEffect, logical_id=text, type=text, action=text, effect=st.just("none"), why=text), many),
        gains=several(st.builds(Gain, who=text, logical_id=text, sentence=text), many),
        exposures=several(st.builds(Exposure, who=text, what=text, logical_id=text, sentence=text), many),
    ),
    shown=shown,
)  # fmt: skip


needs = st.builds(
    Need,
    rule=st.sampled_from(["image", "iam"]),
    people=st.integers(1, 5),
    by=several(text),
    requester=st.booleans(),
    why=text,
)


gates = (
    st.none() | st.builds(Allowed, why=text) | st.builds(NeedsApproval, rules=several(needs, st.sampled_from([1, 8])))
)


times = st.floats(0, 4e9)


states = st.one_of(
    st.builds(Proposed), st.builds(Waiting, since=times, expires=times, nudged=st.booleans()),
    st.builds(Approved, since=times, expires=times, held=text), st.builds(Executing, since=times, token=text),
    st.builds(Watching, since=times, token=text), st.builds(Verifying, since=times, until=times),
    st.builds(RollingBack, since=times, how=st.sampled_from(["operation", "release", "stuck"]), release=text, stuck=several(text, many)),
    st.builds(Closed, outcome=st.sampled_from(OUTCOMES), at=times, changed=st.booleans()),
)  # fmt: skip


progress = st.builds(
    Progress, stack_status=text, resource=text, done=few, total=few, deployment_status=text, stage=text, old_tasks=few,
    new_tasks=few, desired_tasks=few, failed_tasks=few, traffic_percent=st.floats(0, 100), healthy=few, targets=few, hook=text,
    hook_stage=text, note=text,
)  # fmt: skip


moments = st.builds(Moment, at=times, what=text, who=text)


releases = st.builds(
    Release, id=st.just("prod-app-12"),
    stack=st.builds(StackRef, key=st.just("prod/service-app"), name=text, account=text, region=text, service=text),
    purpose=st.builds(Deploy) | st.builds(Rollback, of=text), requester=actors, reason=text, created=times, state=states,
    after=running, before=st.none() | running, change_set=st.none() | change_sets, reading=st.none() | readings, gate=gates,
    binding=st.sampled_from(["", "ab" * 32]), approvals=several(st.builds(Approval, actor=actors, at=times, binding=st.just("ab" * 32), break_glass=text), many),
    progress=progress, moments=several(moments, st.sampled_from([0, 1, 60])),
    cause=st.none() | st.builds(Cause, stage=st.just("rollout"), sentence=text, evidence=several(text, many), fix=text),
    debt=st.none() | st.builds(Debt, resources=several(text), at=times, actor=actors), break_glass=text, passed_over=several(text, many), closed=times,
)  # fmt: skip


# Shrinking such large values takes minutes; what failed is small enough to read as it is.
quick = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.large_base_example],
)
