"""One service in each of its environments: size, rollout, what it uses, capacity."""

from collections.abc import Iterator

from generator.config.model import Environment
from generator.config.problems import Parts, Path, Problem, Workload, one_of
from generator.config.rules.secrets import secret_name_problem, secret_problem
from generator.config.rules.tasks import memory_problem
from templates.params.service import Rollout, ServiceSpec, faults

Found = tuple[tuple[Path, ...], str, str]
_DEFAULT = Rollout()
# Settings of `rollout` to the strategies that read them.
SETTINGS = {
    "canary_percent": {"canary"},
    "canary_bake_minutes": {"canary"},
    "step_percent": {"linear"},
    "step_bake_minutes": {"linear"},
}


def check(parts: Parts) -> Iterator[Problem]:
    """Yield everything that is wrong with a service; what all environments share is looked at once."""
    for workload in parts.workloads:
        if workload.kind != "service":
            continue
        seen: set[int] = set()
        for environment, spec in (workload.variants or {"": workload.base}).items():
            if id(spec) not in seen:
                seen.add(id(spec))
                variant = None if spec is workload.base else environment
                for paths, problem, fix in _alone(spec):
                    yield Problem("service", workload.name, paths, problem, fix, variant)
            if environment in parts.environments:
                yield from _here(workload, spec, environment, parts.environments[environment])
        yield from _settings(workload)


def _alone(spec: ServiceSpec) -> Iterator[Found]:
    if spec.launch != "ec2" and (found := memory_problem(spec.cpu, spec.memory)):
        yield (("memory",), ("cpu",), ("launch",)), *found
    for key, text in faults(spec):
        problem, _, fix = text.rpartition("; ")
        yield _causes(key), problem, fix
    for name, value in spec.environment.items():
        if reason := secret_problem(name, value):
            yield (("environment", name),), reason, "store it in Secrets Manager and name it under `secrets:`"
    for name, value in spec.secrets.items():
        if reason := secret_name_problem(value):
            yield (("secrets", name),), *reason
    taken = {
        f"{kind}_{n.upper().replace('-', '_')}"
        for kind, ns in (("TABLE", spec.uses.tables), ("BUCKET", spec.uses.buckets))
        for n in ns
    }
    for name in sorted(taken & (spec.environment.keys() | spec.secrets.keys())):
        where = "environment" if name in spec.environment else "secrets"
        yield (
            ((where, name),),
            "is set by the platform to what AWS calls the table or bucket",
            "remove it, or use another name",
        )
    for kind, names in (("tables", spec.uses.tables), ("buckets", spec.uses.buckets)):
        for index, name in enumerate(names):
            if name in names[:index]:
                yield (("uses", kind, index),), f"names {name} twice", "remove one"


def _causes(key: str) -> tuple[Path, ...]:
    path: Path = tuple(key.split("."))
    match path:
        case ("rollout",):
            return (
                ("rollout", "pause"),
                ("rollout", "bake_minutes"),
                ("rollout", "canary_bake_minutes"),
                ("rollout", "step_bake_minutes"),
                path,
            )
        case ("rollout", "pause"):
            return (path, ("rollout", "strategy"))
        case ("rollout", "max_percent"):
            return (path, ("rollout", "min_percent"))
        case ("scaling", "min"):
            return (path, ("scaling", "max"))
        case ("scaling", "cpu_target"):
            return (path, ("scaling", "step_in_cpu"), ("scaling", "step_out_cpu"))
        case ("health_check", "timeout"):
            return (path, ("health_check", "interval"))
        case ("route",):
            return (("route", "paths"), ("route", "hosts"))
        case ("tmp_mib",):
            return (path, ("memory",))
        case ("environment", name):
            return (path, ("secrets", name))
        case _:
            return (path,)


def _here(workload: Workload, spec: ServiceSpec, environment: str, env: Environment) -> Iterator[Problem]:
    def problem(path: Path, what: str, fix: str, cause: Path) -> Problem:
        return Problem(
            "service", workload.name, (path,), what, fix, environment, (("environment", environment, cause),)
        )

    if spec.launch in {"spot", "ec2"} and getattr(env.cluster, spec.launch) is None:
        fix = f"add `{spec.launch}` to `cluster:` of {environment}, or choose another launch"
        yield problem(("launch",), f"{environment} has no {spec.launch} capacity", fix, ("cluster", spec.launch))
    if spec.uses.database and env.data.database is None:
        fix = f"add `database` to `data:` of {environment}, or write `database: false` for it"
        yield problem(("uses", "database"), f"{environment} has no database", fix, ("data", "database"))
    yield from missing_data(workload, spec.uses.tables, spec.uses.buckets, environment, env, ("uses",))


def missing_data(
    workload: Workload,
    tables: tuple[str, ...],
    buckets: tuple[str, ...],
    environment: str,
    env: Environment,
    above: Path,
) -> Iterator[Problem]:
    """Tables and buckets that a service or function names and the environment does not have."""
    for kind, names, there in (("table", tables, env.data.tables), ("bucket", buckets, env.data.buckets)):
        for index, name in enumerate(names):
            if name not in there:
                near = one_of(there, name) if there else ""
                add = f"add {name} to data.{kind}s of {environment}"
                yield Problem(
                    workload.kind,
                    workload.name,
                    ((*above, f"{kind}s", index),),
                    f"{environment} has no {kind} {name!r}",
                    f"{near}, or {add}" if near else add,
                    environment,
                    (("environment", environment, ("data", f"{kind}s", name)),),
                )


def _settings(workload: Workload) -> Iterator[Problem]:
    """Settings that no environment's strategy reads. In one that does, they may well be written above the overrides."""
    specs: list[tuple[str | None, ServiceSpec]] = [(None, workload.base)]
    specs += [(name, spec) for name, spec in workload.variants.items() if spec is not workload.base]
    if all(spec.rollout == _DEFAULT for _, spec in specs):
        return
    strategies = {spec.rollout.strategy for _, spec in specs}
    for setting, readers in SETTINGS.items():
        if readers & strategies:
            continue
        for environment, spec in specs:
            if getattr(spec.rollout, setting) != getattr(_DEFAULT, setting):
                reader = min(readers)
                problem = f"has no meaning under the strategy {spec.rollout.strategy}"
                paths: tuple[Path, ...] = (("rollout", setting), ("rollout", "strategy"))
                yield Problem(
                    "service", workload.name, paths, problem, f"write `strategy: {reader}`, or remove it", environment
                )
                break
