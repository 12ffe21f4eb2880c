"""One function: its trigger, its code, its schedule and pattern, what it uses."""

import re
from collections.abc import Iterator
from typing import Any

from generator.config.problems import Cause, Parts, Path, Problem, Workload
from generator.config.rules.secrets import secret_problem
from generator.config.rules.services import missing_data
from templates.params.function import FunctionSpec, faults

Found = tuple[tuple[Path, ...], str, str]
TRIGGERS = ("schedule", "queue", "pattern")
_RATE = r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)"


def check(parts: Parts) -> Iterator[Problem]:
    """Yield everything that is wrong with a function; what all environments share is looked at once."""
    for workload in parts.workloads:
        if workload.kind != "function":
            continue
        seen: set[int] = set()
        for environment, spec in (workload.variants or {"": workload.base}).items():
            if id(spec) not in seen:
                seen.add(id(spec))
                variant = None if spec is workload.base else environment
                for paths, problem, fix in _alone(spec):
                    yield Problem("function", workload.name, paths, problem, fix, variant)
                if spec.code != workload.base.code:
                    fix = "write `code` at the top level of the file only"
                    yield Problem("function", workload.name, (("code",),), "cannot differ by environment", fix, variant)
            if environment in parts.environments:
                env = parts.environments[environment]
                for path, problem, fix, cause in missing_data(spec.tables, spec.buckets, environment, env):
                    also: tuple[Cause, ...] = (("environment", environment, cause),)
                    yield Problem("function", workload.name, (path,), problem, fix, environment, also)
        yield from _code(parts, workload)


def _code(parts: Parts, workload: Workload) -> Iterator[Problem]:
    found = parts.code.get(workload.name)
    if isinstance(found, tuple):
        yield Problem("function", workload.name, (("code",),), f"{workload.base.code[:60]!r} {found[0]}", found[1])


def _alone(spec: FunctionSpec) -> Iterator[Found]:
    given = [name for name in TRIGGERS if getattr(spec, name)]
    if len(given) != 1:
        what = f"has the triggers {' and '.join(given)}" if given else "has no trigger"
        yield (
            tuple((name,) for name in (*reversed(given), *TRIGGERS))
            if given
            else ((), *((name,) for name in TRIGGERS)),
            what,
            "write exactly one of schedule, queue and pattern",
        )
    if spec.schedule is not None and (found := schedule_problem(spec.schedule)):
        yield (("schedule",),), *found
    if spec.pattern is not None:
        yield from _pattern(spec.pattern, ("pattern",))
    if spec.code is not None and not spec.handler.startswith("index."):
        yield (
            (("handler",), ("code",)),
            "inline code is always the module index",
            f"write index.{spec.handler.rpartition('.')[2]}",
        )
    for key, text in faults(spec, None):
        # Its sentence about triggers names no line; the one above does.
        if key != "schedule":
            problem, _, fix = text.rpartition("; ")
            yield (tuple(key.split(".")),), problem, fix
    yield from _variables(spec)


def _variables(spec: FunctionSpec) -> Iterator[Found]:
    for name, value in spec.environment.items():
        if spec.wake_queue and name == "WAKE_QUEUE_URL":
            yield (("environment", name),), "is set because of wake_queue", "remove it"
        elif reason := secret_problem(name, value):
            yield (("environment", name),), reason, "store it in Secrets Manager and let the function read it there"
    if sum(len(k.encode()) + len(v.encode()) for k, v in spec.environment.items()) > 3500:
        yield (
            (("environment",),),
            "is larger than the 4 KB that Lambda takes",
            "move large values into a table or bucket",
        )


def schedule_problem(schedule: str) -> tuple[str, str] | None:
    """What is wrong with a schedule, and an example (Amazon EventBridge User Guide, schedule expressions)."""
    if schedule.startswith("rate("):
        found = re.fullmatch(_RATE, schedule)
        if found is None:
            return f"{schedule[:40]!r} is not a rate", "write rate(1 hour) or rate(5 minutes)"
        if (found[1] == "1") != (found[3] == ""):
            unit = found[2] if found[1] == "1" else f"{found[2]}s"
            return f"{schedule!r} mixes singular and plural", f"write rate({found[1]} {unit})"
        return None
    fields = schedule[5:-1].split()
    if len(fields) != 6:
        return (
            f"cron takes 6 fields, not {len(fields)}",
            "write minute hour day month weekday year, for example cron(0 6 * * ? *)",
        )
    if (fields[2] == "?") == (fields[4] == "?"):
        return "cron takes ? in either day or weekday", "write for example cron(0 6 * * ? *)"
    return None


def _pattern(pattern: dict[str, Any], path: Path) -> Iterator[Found]:
    """Each leaf of an event pattern is a list (Amazon EventBridge User Guide, Event patterns)."""
    if not pattern:
        yield (path,), "matches nothing", "write for example `source: [aws.ecs]`"
    for key, value in pattern.items():
        if isinstance(value, dict):
            yield from _pattern(value, (*path, key))
        elif not isinstance(value, list):
            yield ((*path, key),), "is one value, and an event pattern takes lists", f"write [{str(value)[:40]}]"
        elif not value:
            yield ((*path, key),), "is an empty list, which matches nothing", "write at least one value"
