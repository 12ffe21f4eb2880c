"""One service in each of its environments: size, rollout, what it uses, capacity."""

from collections.abc import Iterator

from generator.config.model import Environment
from generator.config.problems import Parts, Path, Problem, Workload, one_of
from generator.config.rules.fargate_sizes import memory_problem
from generator.config.rules.secrets import secret_name_problem, secret_problem
from templates.params.service import Rollout, ServiceSpec, faults

Found = tuple[tuple[Path, ...], str, str]
_DEFAULT = Rollout()
# Settings of `rollout` to the strategies that read them.
SETTINGS = {
    "bake_minutes": {"blue-green", "canary", "linear"},
    "canary_percent": {"canary"},
    "canary_bake_minutes": {"canary"},
    "step_percent": {"linear"},
    "step_bake_minutes": {"linear"},
}


# Key of a fault to other keys that may be its cause.
_CAUSES: dict[str, tuple[Path, ...]] = {
    "rollout": tuple(("rollout", k) for k in ("pause", "bake_minutes", "canary_bake_minutes", "step_bake_minutes")),
    "rollout.pause": (("rollout", "strategy"),),
    "rollout.max_percent": (("rollout", "min_percent"),),
    "scaling.min": (("scaling", "max"),),
    "scaling.cpu_target": (("scaling", "step_in_cpu"), ("scaling", "step_out_cpu")),
    "health_check.timeout": (("health_check", "interval"),),
    "health_check.grace": (("deregistration_delay",), ("stop_timeout",), ("rollout", "max_percent")),
    "tmp_mib": (("memory",),),
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
                yield from _log(workload, spec, environment, parts)
        yield from _settings(workload)


def _alone(spec: ServiceSpec) -> Iterator[Found]:
    if spec.launch != "ec2" and (found := memory_problem(spec.cpu, spec.memory)):
        yield (("memory",), ("cpu",), ("launch",)), *found
    for key, text in faults(spec):
        problem, _, fix = text.rpartition("; ")
        path: Path = tuple(key.split("."))
        others = _CAUSES.get(key, ()) if path[0] != "environment" else (("secrets", path[-1]),)
        # No key of its own is wrong with a rollout that takes too long: its longest waits are named.
        yield (*others, path) if key == "rollout" else (path, *others), problem, fix
    yield from _variables(spec)
    for kind, names in (("tables", spec.uses.tables), ("buckets", spec.uses.buckets)):
        for index, name in enumerate(names):
            if name in names[:index]:
                yield (("uses", kind, index),), f"names {name} twice", "remove one"


def _variables(spec: ServiceSpec) -> Iterator[Found]:
    for name, value in spec.environment.items():
        if reason := secret_problem(name, value):
            yield (("environment", name),), reason, "store it in Secrets Manager and name it under `secrets:`"
    for name, value in spec.secrets.items():
        if wrong := secret_name_problem(value):
            yield (("secrets", name),), *wrong
    uses = (("TABLE", spec.uses.tables), ("BUCKET", spec.uses.buckets))
    taken = {f"{kind}_{name.upper().replace('-', '_')}" for kind, names in uses for name in names}
    taken |= {"RELEASE_TABLE", "RELEASE_TABLE_REGION"} if spec.uses.release_log else set()
    for name in sorted(taken & (spec.environment.keys() | spec.secrets.keys())):
        path: Path = ("environment" if name in spec.environment else "secrets", name)
        problem = "is set by the platform to the AWS name of the table or bucket"
        yield (path,), problem, "remove it, or use another name"


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
    for paths, what, fix, cause in missing_data(spec.uses.tables, spec.uses.buckets, environment, env):
        yield problem(("uses", *paths), what, fix, cause)


def _log(workload: Workload, spec: ServiceSpec, environment: str, parts: Parts) -> Iterator[Problem]:
    """The release log is read in its own account alone: a role of another one would need rights that its table gives."""
    bot = parts.platform.bot.environment if parts.platform is not None else ""
    home = parts.environments.get(bot)
    if spec.uses.release_log is None or home is None or home.account == parts.environments[environment].account:
        return
    there = sorted(name for name, env in parts.environments.items() if env.account == home.account)
    problem = f"the release log is in account {home.account}, and {environment} is in another one"
    fix = f"write it under `environments:` for {' or '.join(there)} alone"
    path = ("uses", "release_log")
    yield Problem("service", workload.name, (path,), problem, fix, environment)


def missing_data(
    tables: tuple[str, ...], buckets: tuple[str, ...], environment: str, env: Environment
) -> Iterator[tuple[Path, str, str, Path]]:
    """Yield tables and buckets that are used and that the environment does not have: path, problem, fix, missing key."""
    for kind, names, there in (("table", tables, env.data.tables), ("bucket", buckets, env.data.buckets)):
        for index, name in enumerate(names):
            if name not in there:
                add = f"add {name} to data.{kind}s of {environment}"
                fix = f"{one_of(there, name)}, or {add}" if there else add
                yield (f"{kind}s", index), f"{environment} has no {kind} {name!r}", fix, ("data", f"{kind}s", name)


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
