"""Builds every stack of a configuration below ``build/``: what did not change is skipped by content."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from generator.artifact import Artifact, digest
from generator.catalog import HOME, StackSpec, stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.forks import each
from generator.gate import libraries, sources
from generator.graph import Graph, link

Change = Literal["written", "unchanged", "stale"]
STATE = ".state"
MANIFEST = "manifest.json"


class Built(Struct, frozen=True):
    """One stack of a build: its artifact, where it goes, and what happened to its file."""

    artifact: Artifact
    stack_name: str
    account: str
    region: str
    change: Change


class Build(Struct, frozen=True):
    """A finished build: the selected stacks in configuration order, the graph of all, and files that were removed."""

    stacks: tuple[Built, ...]
    graph: Graph
    removed: tuple[str, ...]

    @property
    def changed(self) -> tuple[Built, ...]:
        """Stacks whose file was written, or, under ``check``, is not what it should be."""
        return tuple(s for s in self.stacks if s.change != "unchanged")


def build(
    config: Configuration, out: Path, *, only: Sequence[str] = (), yaml: bool = False, check: bool = False
) -> Build:
    """Build into ``out``.

    Args:
        config: the valid configuration.
        out: the folder, made if needed; holds ``GROUP/STACK.json`` and ``manifest.json`` afterwards.
        only: nothing for all, else a group and perhaps names of its stacks.
        yaml: write ``GROUP/STACK.yaml`` beside each, for reading.
        check: write nothing; stacks that are missing or different are ``stale``.

    Raises:
        UsageError: ``only`` names something that isn't there.
        BuildError: templates that can't be made or linked, all of them in one text.
    """
    specs = list(stacks(config))
    chosen = select(specs, only)
    known = _load(out)
    code = _code()
    kinds = ("json", "yaml") if yaml else ("json",)
    todo: list[tuple[StackSpec, str, bool]] = []
    artifacts: dict[str, Artifact] = {}
    changes: dict[str, Change] = {}
    for spec in specs:
        inputs = _inputs(spec, code)
        before = known.get(spec.key)
        if before and before.inputs == inputs and (spec.key not in chosen or _on_disk(out, before, kinds)):
            artifacts[spec.key] = before
            changes[spec.key] = "unchanged"
        else:
            todo.append((spec, inputs, spec.key in chosen))
    for artifact, change in each(todo, lambda job: _one(job, out, kinds, check=check), tuple[Artifact, Change]):
        artifacts[artifact.key] = artifact
        changes[artifact.key] = change
    graph = link({s.key: artifacts[s.key].interface for s in specs}, _accounts(config))
    removed = tuple(key for key in known if key not in artifacts)
    if not check:
        written = {s.key: artifacts[s.key] for s in specs if s.key in chosen or s.key in known}
        _finish(out, specs, written, graph, removed)
    built = tuple(
        Built(artifacts[s.key], s.scope.stack_name, s.scope.account, s.scope.region, changes[s.key])
        for s in specs
        if s.key in chosen
    )
    return Build(built, graph, removed)


def select(specs: Iterable[StackSpec], only: Sequence[str]) -> set[str]:
    """Keys of the stacks that ``[GROUP [STACK ...]]`` names.

    Raises:
        UsageError: an unknown group or stack, with the nearest name.
    """
    keys = [s.key for s in specs]
    if not only:
        return set(keys)
    group, *names = only
    groups = list(dict.fromkeys(k.partition("/")[0] for k in keys))
    if group not in groups:
        raise UsageError(_unknown("environment", group, groups))
    there = [k.partition("/")[2] for k in keys if k.startswith(f"{group}/")]
    wrong = [_unknown(f"stack of {group}", n, there) for n in names if n not in there]
    if wrong:
        raise UsageError("\n".join(wrong))
    return {f"{group}/{n}" for n in names or there}


def _unknown(what: str, name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    return f"no {what} is called {name!r}; {hint}"


def _accounts(config: Configuration) -> dict[str, str]:
    home = config.environments[config.platform.bot.environment].account
    return {HOME: home} | {name: env.account for name, env in config.environments.items()}


def _one(job: tuple[StackSpec, str, bool], out: Path, kinds: Sequence[str], *, check: bool) -> tuple[Artifact, Change]:
    from generator.artifact import make

    spec, inputs, wanted = job
    artifact, body, plain = make(spec, inputs)
    if not wanted:
        return artifact, "unchanged"
    contents = {"json": body}
    if "yaml" in kinds:
        from generator.yaml_text import to_yaml

        contents["yaml"] = to_yaml(plain).encode()
    change: Change = "unchanged"
    for kind, content in contents.items():
        path = out / f"{spec.key}.{kind}"
        if _read(path) != content:
            change = "stale" if check else "written"
            if not check:
                replace(path, content)
    return artifact, change


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` whole or not at all, also when the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _on_disk(out: Path, artifact: Artifact, kinds: Sequence[str]) -> bool:
    body = _read(out / f"{artifact.key}.json")
    yaml = (out / f"{artifact.key}.yaml").exists()
    return body is not None and digest(body) == artifact.digest and yaml == ("yaml" in kinds)


def _inputs(spec: StackSpec, code: bytes) -> str:
    text = msgspec.json.encode(spec.params, order="sorted")
    return hashlib.blake2b(code + spec.key.encode() + text, digest_size=16).hexdigest()


def _code() -> bytes:
    """Digest of everything but the parameters that decides what a template looks like."""
    here = os.path.dirname(os.path.abspath(__file__))
    mixed = hashlib.blake2b(digest_size=16)
    own = [os.path.join(here, name) for name in ("artifact.py", "encode.py", "yaml_text.py")]
    for path in [*sources(os.path.join(os.path.dirname(here), "templates")), *own]:
        if path.endswith(".py"):
            mixed.update(path[len(here) :].encode())
            mixed.update(Path(path).read_bytes())
    for folder in libraries():
        mixed.update(os.path.basename(folder).encode())
    return mixed.digest()


def _load(out: Path) -> dict[str, Artifact]:
    content = _read(out / STATE)
    if content is None:
        return {}
    try:
        artifacts = msgspec.msgpack.decode(content, type=list[Artifact])
    except msgspec.MsgspecError:
        return {}
    return {a.key: a for a in artifacts}


def _finish(
    out: Path, specs: Sequence[StackSpec], artifacts: Mapping[str, Artifact], graph: Graph, removed: Sequence[str]
) -> None:
    for key in removed:
        for kind in ("json", "yaml"):
            (out / f"{key}.{kind}").unlink(missing_ok=True)
        folder = (out / key).parent
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    manifest = manifest_bytes(specs, artifacts, graph)
    if _read(out / MANIFEST) != manifest:
        replace(out / MANIFEST, manifest)
    state = msgspec.msgpack.encode(list(artifacts.values()))
    if _read(out / STATE) != state:
        replace(out / STATE, state)


def manifest_bytes(specs: Iterable[StackSpec], artifacts: Mapping[str, Artifact], graph: Graph) -> bytes:
    """``manifest.json``: what a deployment needs to know of each stack, and an order in which they can be deployed."""
    edges: dict[str, dict[str, str]] = {}
    for edge in graph.edges:
        edges.setdefault(edge.consumer, {}).update(dict.fromkeys(edge.names, edge.producer))
    entries: dict[str, Any] = {}
    for spec in specs:
        artifact = artifacts.get(spec.key)
        if artifact is None:
            continue
        fed = edges.get(spec.key, {})
        scope = spec.scope
        entries[spec.key] = {
            "account": scope.account,
            "capabilities": artifact.capabilities,
            "depends_on": sorted(set(fed.values())),
            "digest": artifact.digest,
            "parameters": {n: {"output": n, "stack": p} for n, p in fed.items()}
            | {n: {"release": True} for n in artifact.interface.released},
            "region": scope.region,
            "resources": artifact.resources,
            "size": artifact.size,
            "stack_name": scope.stack_name,
        }
    order = [key for key in graph.order if key in entries]
    document = {"order": order, "stacks": entries, "version": 1}
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


def build_graph(config: Configuration, group: str) -> Graph:
    """The graph of all stacks, built in memory.

    Raises:
        UsageError: no group of this name.
        BuildError: as for :func:`build`.
    """
    from generator.artifact import make

    specs = list(stacks(config))
    select(specs, [group])
    return link({spec.key: make(spec, "")[0].interface for spec in specs}, _accounts(config))
