"""Fault injection: experiments that FIS refuses, or that nothing stops."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from generator.lint.rules.partial_values import nearest, shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import Unknown, fields, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

_GUIDE = "https://docs.aws.amazon.com/fis/latest/userguide/"
_ACTIONS = f"AWS FIS User Guide: Actions reference, {_GUIDE}fis-actions-reference.html"
_TARGETS = f"AWS FIS User Guide: Targets, {_GUIDE}targets.html"
_MODE = re.compile(r"ALL|COUNT\([1-9]\d*\)|PERCENT\((?:100|[1-9]\d?)\)")
_DURATION = re.compile(r"P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?")
_OWN_DURATIONS = ("duration", "maxDuration", "durationBeforeInterruption", "startInstancesAfterDuration")


# In the table: the page names the action, but not under which key it takes its target.
_ANY = "*"


class _Known(NamedTuple):
    target: str
    resource_type: str
    required: list[str]


class _Table(msgspec.Struct, frozen=True):
    date: str
    source: str
    actions: dict[str, _Known]


@cache
def _known() -> dict[str, _Known]:
    path = Path(__file__).with_name("tables") / "fis_actions.json"
    return msgspec.json.decode(path.read_bytes(), type=_Table).actions


def _templates(view: TemplateView) -> tuple[Resource, ...]:
    return view.of("AWS::FIS::ExperimentTemplate")


def _actions(view: TemplateView) -> Iterator[tuple[Resource, str, dict[str, Any]]]:
    for each in _templates(view):
        for name, action in fields(each.get("Actions")).items():
            if isinstance(action, dict):
                yield each, name, action


@rule(
    "W9653",
    severity="warning",
    title="A FIS action that is not known",
    why="FIS refuses an experiment template with an action that does not exist.",
    source=_ACTIONS,
    fix="Take an id from that page; the list here is of October 2026.",
)
def action_id(view: TemplateView) -> Iterator[Problem]:
    """ActionId of AWS that is not in the table."""
    for each, name, action in _actions(view):
        action_name = action.get("ActionId")
        if isinstance(action_name, str) and action_name not in _known():
            near = nearest(action_name, _known(), 0.75)
            hint = f"; did you mean {near}?" if near else ""
            yield each.problem("Actions", name, "ActionId", message=f"FIS has no action {action_name}{hint}")


@rule(
    "E9654",
    severity="error",
    title="A FIS action without a valid target",
    why="An action names a target of the template under the key, and of the resource type, that the action defines.",
    source=_ACTIONS,
    fix="Name a target from Targets under the key that the message gives.",
)
def action_target(view: TemplateView) -> Iterator[Problem]:
    """A target that the template does not define, a wrong key, a wrong resource type, or none where one is needed."""
    for each, name, action in _actions(view):
        targets = action.get("Targets", {})
        known = _known().get(shown(action.get("ActionId")))
        if not isinstance(targets, dict) or not isinstance(each.get("Targets", default={}), dict):
            continue
        if known is not None and known.target not in {"", _ANY} and not targets:
            yield each.problem("Actions", name, message=f"{action['ActionId']} needs the target {known.target}")
        for key, target_name in targets.items():
            message = _target_fault(each, known, key, target_name)
            if message:
                yield each.problem("Actions", name, "Targets", key, message=message)


def _target_fault(each: Resource, known: _Known | None, key: str, name: Any) -> str | None:
    if known is not None and known.target not in {key, _ANY}:
        return f'The action takes {known.target or "no target"}, not "{key}"'
    if not isinstance(name, str):
        return None
    target = each.get("Targets", name)
    if target is None:
        return f'The template has no target "{name}"'
    kind = fields(target).get("ResourceType")
    if known is not None and isinstance(kind, str) and known.resource_type not in {kind, _ANY}:
        return f'The target "{name}" is of {kind}; the action needs {known.resource_type}'
    return None


@rule(
    "W9655",
    severity="warning",
    title="An experiment that nothing stops",
    why="A stop condition on an alarm ends the experiment when users begin to suffer.",
    source=f"AWS FIS User Guide: Stop conditions, {_GUIDE}stop-conditions.html",
    fix="Add a stop condition with Source aws:cloudwatch:alarm and the ARN of an alarm.",
)
def stop_condition(view: TemplateView) -> Iterator[Problem]:
    """No stop condition, or only `none`."""
    for each in _templates(view):
        conditions = each.get("StopConditions", default=[])
        sources = [fields(item).get("Source", Unknown(None)) for item in items(conditions)]
        if isinstance(conditions, list) and all(source == "none" for source in sources):
            yield each.problem("StopConditions", message="The experiment has no stop condition")


@rule(
    "E9656",
    severity="error",
    title="StartAfter without such an action, or in a circle",
    why="FIS refuses a template whose actions wait for unknown actions or for each other.",
    source=f"AWS FIS User Guide: Actions, {_GUIDE}action-sequence.html",
    fix="Name actions of this template that do not wait for this one.",
)
def start_after(view: TemplateView) -> Iterator[Problem]:
    """Unknown names in StartAfter, and actions that wait for themselves by any number of steps."""
    for each in _templates(view):
        actions = fields(each.get("Actions"))
        waits = {
            name: [str(item) for item in items(fields(action).get("StartAfter"))] for name, action in actions.items()
        }
        for name, others in waits.items():
            for index, other in enumerate(others):
                if isinstance(actions[name]["StartAfter"][index], str) and other not in actions:
                    path = ("Actions", name, "StartAfter", index)
                    yield each.problem(*path, message=f'The template has no action "{other}"')
            if _reaches(waits, name):
                yield each.problem("Actions", name, "StartAfter", message=f'"{name}" waits for itself')


def _reaches(waits: dict[str, list[str]], start: str) -> bool:
    seen: set[str] = set()
    stack = list(waits[start])
    while stack:
        name = stack.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            stack.extend(waits.get(name, ()))
    return False


@rule(
    "E9657",
    severity="error",
    title="A FIS target that selects nothing",
    why="A target needs ARNs, tags or parameters to select by (ARNs and tags exclude each other), and a selection mode.",
    source=_TARGETS,
    fix="Give ResourceArns or ResourceTags, and ALL, COUNT(n) or PERCENT(n) as SelectionMode.",
)
def target(view: TemplateView) -> Iterator[Problem]:
    """Neither or both of ARNs and tags, or a selection mode that FIS does not know."""
    for each in _templates(view):
        for name, spec in fields(each.get("Targets")).items():
            if not isinstance(spec, dict):
                continue
            chosen = [key for key in ("ResourceArns", "ResourceTags") if spec.get(key)]
            if len(chosen) == 2:
                yield each.problem(
                    "Targets", name, message=f'The target "{name}" has both ResourceArns and ResourceTags'
                )
            elif not chosen and not spec.get("Parameters") and not spec.get("Filters"):
                yield each.problem(
                    "Targets", name, message=f'The target "{name}" has neither ResourceArns nor ResourceTags'
                )
            mode = spec.get("SelectionMode")
            if isinstance(mode, str) and not _MODE.fullmatch(mode):
                yield each.problem("Targets", name, "SelectionMode", message=f'"{mode}" is not a selection mode')


@rule(
    "E9658",
    severity="error",
    title="A FIS action without a required parameter, or with a bad duration",
    why="FIS refuses the template; durations are ISO 8601 texts such as PT5M.",
    source=_ACTIONS,
    fix="Add the parameter; write durations as PT5M or PT1H.",
)
def parameters(view: TemplateView) -> Iterator[Problem]:
    """Required parameters of known actions, and the form of durations."""
    for each, name, action in _actions(view):
        given = action.get("Parameters", {})
        known = _known().get(shown(action.get("ActionId")))
        if not isinstance(given, dict) or known is None:
            continue
        missing = [key for key in known.required if key not in given]
        if missing:
            yield each.problem("Actions", name, message=f"{action['ActionId']} needs the parameter {missing[0]}")
        for key in _OWN_DURATIONS:
            value = given.get(key)
            if isinstance(value, str) and not _DURATION.fullmatch(value):
                path = ("Actions", name, "Parameters", key)
                yield each.problem(*path, message=f'"{value}" is not an ISO 8601 duration')
