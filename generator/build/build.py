"""Builds every stack of a configuration below ``build/``. Stacks whose content is unchanged are skipped.

Thousands of stacks pass through here, so that no list of parameters or templates is held: stacks are walked as often as
they are needed, and only what is known of each built one is kept.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any, Literal

import msgspec
from msgspec import Struct

from generator.build import manifest
from generator.build.artifact import Artifact, build_artifact
from generator.build.atomic_files import read, replace
from generator.build.graph import Graph, Interface, link
from generator.build.process_pool import run_jobs
from generator.build.up_to_date import libraries, sources
from generator.catalog.stack_names import Selection
from generator.catalog.stacks import HOME, StackSpec, stacks
from generator.config.model import Configuration
from generator.errors import BuildError
from generator.release.digests import digest

Change = Literal["written", "unchanged", "stale"]
STATE = ".state"


class Built(Struct, frozen=True):
    """One stack of a build: its artifact, its path, and what happened to its file."""

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
        """Stacks whose file was written, or, with ``check``, differs from what would be written."""
        return tuple(s for s in self.stacks if s.change != "unchanged")


def build(
    config: Configuration, out: Path, *, only: Sequence[str] = (), yaml: bool = False, check: bool = False
) -> Build:
    """Build into ``out``.

    Args:
        config: the valid configuration.
        out: the folder, created if needed; holds ``GROUP/STACK.json`` and ``manifest.json`` afterwards.
        only: nothing for all, else a group and perhaps names of its stacks.
        yaml: write ``GROUP/STACK.yaml`` beside each, for reading.
        check: write nothing; stacks that are missing or different are ``stale``.

    Raises:
        UsageError: ``only`` names something that isn't there.
        BuildError: templates that can't be created or linked, all of them in one text; or ``out`` can't be written to.
    """
    chosen = Selection(only, (spec.key for spec in stacks(config)))
    known = _load(out)
    kinds = ("json", "yaml") if yaml else ("json",)
    artifacts: dict[str, Artifact] = {}
    changes: dict[str, Change] = {}
    todo: dict[str, str] = {}
    code = _code()
    for spec in stacks(config):
        key, inputs = spec.key, _inputs(spec, code)
        before = known.get(key)
        if before and before.inputs == inputs and (key not in chosen or _on_disk(out, before, kinds)):
            artifacts[key] = before
            changes[key] = "unchanged"
        else:
            todo[key] = inputs

    def jobs() -> Iterator[StackSpec]:
        return (spec for spec in stacks(config) if spec.key in todo)

    def work(spec: StackSpec) -> tuple[Artifact, Change]:
        return _one(spec, todo[spec.key], out, kinds if spec.key in chosen else (), check=check)

    try:
        for artifact, change in run_jobs(len(todo), jobs, work, tuple[Artifact, Change]):
            artifacts[artifact.key] = _shared(artifact)
            changes[artifact.key] = change
        graph = link({spec.key: artifacts[spec.key].interface for spec in stacks(config)}, _accounts(config))
        removed = tuple(key for key in known if key not in artifacts)
        # What was not chosen is on disk as it was before, if it is there at all.
        there = {k: a if k in chosen else known[k] for k, a in artifacts.items() if k in chosen or k in known}
        if not check:
            _finish(out, config, there, graph, removed, changed=bool(todo or removed))
    except OSError as error:
        raise BuildError(f"{error.filename}: {error.strerror}; choose another folder with --out") from error
    built = (
        Built(artifacts[s.key], s.scope.stack_name, s.scope.account, s.scope.region, changes[s.key])
        for s in stacks(config)
        if s.key in chosen
    )
    return Build(tuple(built), graph, removed)


def build_graph(config: Configuration, group: str) -> Graph:
    """The graph of all stacks, built in memory.

    Raises:
        UsageError: no group of this name.
        BuildError: as for :func:`build`.
    """
    Selection([group], (spec.key for spec in stacks(config)))
    return link({spec.key: build_artifact(spec, "")[0].interface for spec in stacks(config)}, _accounts(config))


def _accounts(config: Configuration) -> dict[str, str]:
    home = config.environments[config.platform.bot.environment].account
    return {HOME: home} | {name: env.account for name, env in config.environments.items()}


def _one(spec: StackSpec, inputs: str, out: Path, kinds: Sequence[str], *, check: bool) -> tuple[Artifact, Change]:
    """Build one stack and write it in the formats of ``kinds``. Without formats it is only built."""
    artifact, body = build_artifact(spec, inputs)
    contents = {"json": body} if kinds else {}
    if "yaml" in kinds:
        from generator.build.yaml_writer import to_yaml

        contents["yaml"] = to_yaml(msgspec.json.decode(body)).encode()
    change: Change = "unchanged"
    for kind, content in contents.items():
        path = out / f"{spec.key}.{kind}"
        if check:
            change = "stale" if read(path) != content else change
        elif replace(path, [content]):
            change = "written"
    if kinds and "yaml" not in kinds and not check:
        (out / f"{spec.key}.yaml").unlink(missing_ok=True)
    return artifact, change


def _on_disk(out: Path, artifact: Artifact, kinds: Sequence[str]) -> bool:
    body = read(out / f"{artifact.key}.json")
    yaml = (out / f"{artifact.key}.yaml").exists()
    return body is not None and digest(body) == artifact.digest and yaml == ("yaml" in kinds)


def _inputs(spec: StackSpec, code: bytes) -> str:
    return digest(code + spec.key.encode() + msgspec.json.encode(spec.params, order="sorted"))


def _code() -> bytes:
    """Digest of everything besides the parameters that decides a template."""
    here = os.path.dirname(os.path.abspath(__file__))
    generator = os.path.dirname(here)
    own = [os.path.join(here, name) for name in ("artifact.py", "json_encoder.py", "yaml_writer.py")]
    own.append(os.path.join(generator, "release", "digests.py"))
    pieces: list[bytes] = []
    for path in [*sources(os.path.join(os.path.dirname(generator), "templates")), *own]:
        if path.endswith(".py"):
            pieces += [path[len(generator) :].encode(), Path(path).read_bytes()]
    pieces += [os.path.basename(folder).encode() for folder in libraries()]
    return digest(b"".join(pieces)).encode()


def _shared(artifact: Artifact) -> Artifact:
    """The same artifact, in which texts that many stacks share are stored once."""
    face = artifact.interface
    needs, gives, released = (tuple(map(intern, names)) for names in (face.needs, face.gives, face.released))
    return msgspec.structs.replace(artifact, interface=Interface(needs=needs, released=released, gives=gives))


def _load(out: Path) -> dict[str, Artifact]:
    content = read(out / STATE)
    if content is None:
        return {}
    try:
        artifacts = msgspec.msgpack.decode(content, type=list[Artifact])
    except msgspec.MsgspecError:
        return {}
    return {a.key: _shared(a) for a in artifacts}


def _finish(  # noqa: PLR0913 - what a build leaves behind
    out: Path,
    config: Configuration,
    there: Mapping[str, Artifact],
    graph: Graph,
    removed: Sequence[str],
    *,
    changed: bool,
) -> None:
    for key in removed:
        for kind in ("json", "yaml"):
            (out / f"{key}.{kind}").unlink(missing_ok=True)
        folder = (out / key).parent
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    if changed or not (out / manifest.NAME).exists():
        replace(out / manifest.NAME, manifest.lines(stacks(config), there, graph))
        replace(out / STATE, _state(there))


def _state(there: Mapping[str, Artifact]) -> Iterator[bytes]:
    """The artifacts as one MessagePack array, in pieces: its head (``array 32``), then each artifact."""
    encoder: Any = msgspec.msgpack.Encoder()
    yield b"\xdd" + len(there).to_bytes(4, "big")
    for artifact in there.values():
        yield encoder.encode(artifact)
