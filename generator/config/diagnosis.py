"""The slow path: reads every file a second time, with positions, and tells all mistakes at once.

A file with mistakes still takes part in the cross checks, without the values that are wrong, so that one run tells as
much as possible; what would only follow from a mistake told already is left out.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from generator.config.check import check
from generator.config.documents import add
from generator.config.errors import ConfigError, ConfigurationError, dotted
from generator.config.file_errors import Mistake
from generator.config.model import Configuration
from generator.config.positions import Tree, place, plain_value
from generator.config.problems import Parts, Path, Problem
from generator.config.rules import problems
from generator.config.sources import Gathered, Kind, Source

# So many mistakes of one file are told; a file of the wrong kind has thousands.
MOST = 50
# Stands for a required value that is wrong, so that the rest of the file can be looked at.
_PLACEHOLDERS: dict[Kind, dict[str, Any]] = {
    "platform": {
        "name": "name",
        "owner": "owner",
        "github": {"repository": "owner/name", "repository_id": 1, "owner_id": 1},
        "bot": {"environment": "dev"},
    },
    "environment": {"account": "000000000000", "region": "eu-west-1", "domain": "example.com"},
    "service": {"port": 80},
    "function": {},
}
Key = tuple[Kind, str]


def explain(gathered: Gathered) -> Configuration:
    """Read the files with positions.

    Returns the configuration if nothing is wrong after all, which is so for files that use anchors or block text.

    Raises:
        ConfigurationError: everything that is wrong.
    """
    parts = Parts(None, gathered.environments, {}, [], {})
    sources = {(source.kind, source.name): source for source in gathered.sources}
    dropped: dict[Key, set[Path]] = {}
    errors = list(gathered.errors)
    for key, source in sources.items():
        mistakes, dropped[key] = _read(parts, gathered.root, source)
        errors += _capped(source, sorted(mistakes, key=lambda m: (m.line, m.column)))
    trees: dict[Key, Tree] = {}
    for problem in problems(parts):
        key = (problem.kind, problem.name)
        if not _follows(problem, dropped):
            # An environment that can't be read has a name that may be wrong nevertheless.
            source = sources.get(key) or Source(*key, f"{gathered.root}/environments/{problem.name}.yaml", b"")
            tree = trees.get(key) or trees.setdefault(key, Tree(source.data))
            errors.append(_located(problem, source, tree))
    if errors:
        unique = {(e.file, e.line, e.key, e.problem): _printable(e) for e in errors}
        raise ConfigurationError(tuple(sorted(unique.values())))
    return parts.configuration()


def _read(parts: Parts, root: str, source: Source) -> tuple[list[Mistake], set[Path]]:
    """Add what is right in one file to ``parts``; return what is wrong, and the paths that were left out."""
    try:
        source.data.decode()
    except UnicodeDecodeError as error:
        line = source.data.count(b"\n", 0, error.start) + 1
        column = error.start - source.data.rfind(b"\n", 0, error.start)
        problem = f"byte 0x{source.data[error.start]:02x} is not UTF-8"
        return [Mistake((), line, column, problem, "save the file as UTF-8")], {()}
    tree = Tree(source.data)
    if tree.root is None:
        return tree.mistakes, {()}
    wrong, dropped = check(tree.root, source.kind)
    mistakes = tree.mistakes + [m for m in wrong if not any(_within(m.path, t.path) for t in tree.mistakes if t.drop)]
    dropped |= {m.drop for m in tree.mistakes if m.drop is not None}
    document = plain_value(tree.root)
    if not isinstance(document, dict):
        return mistakes, {()}
    for path in dropped:
        _remove(document, path)
    for name, value in _PLACEHOLDERS[source.kind].items():
        if name not in document:
            document[name] = value
            dropped.add((name,))
    try:
        add(parts, root, source, document)
    except (msgspec.ValidationError, TypeError) as error:
        dropped.add(())
        if not mistakes:
            mistakes.append(_other(tree, str(error)))
    return mistakes, dropped


def _other(tree: Tree, text: str) -> Mistake:
    """What msgspec alone objects to: an override whose combination with the fields above it is not a valid value."""
    what, _, where = text.partition(" - at `$")
    path = tuple(part for part in re.split(r"[.\[\]`]+", where) if part and part != "...")
    line, column, _ = place(tree.root, path)
    return Mistake(
        path,
        line,
        column,
        f"is not valid together with its overrides ({what})",
        "write the whole value in the override",
    )


def _capped(source: Source, mistakes: list[Mistake]) -> Iterator[ConfigError]:
    for mistake in mistakes[:MOST]:
        yield ConfigError(source.file, mistake.line, mistake.column, dotted(mistake.path), mistake.problem, mistake.fix)
    if len(mistakes) > MOST:
        line = mistakes[MOST].line
        yield ConfigError(
            source.file,
            line,
            1,
            "",
            f"there are {len(mistakes) - MOST:,} more mistakes below",
            "correct those above first",
        )


def _follows(problem: Problem, dropped: dict[Key, set[Path]]) -> bool:
    """Whether a problem may only be there because a wrong value was left out."""
    own: list[Path] = [path for path in problem.paths if path]
    if problem.environment is not None:
        own += [("environments", problem.environment, *path) for path in own]
    causes = [(problem.kind, problem.name, path) for path in own] + list(problem.also)
    return any(
        _within(path, other) or _within(other, path)
        for kind, name, path in causes
        for other in dropped.get((kind, name), ())
    )


def _within(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _located(problem: Problem, source: Source, tree: Tree) -> ConfigError:
    """Give a problem the line of the first of its keys that is written, in the environment's override before elsewhere."""
    candidates: list[Path] = []
    if problem.environment is not None:
        candidates += [("environments", problem.environment, *path) for path in problem.paths if path]
    candidates += problem.paths
    for path in candidates:
        line, column, depth = place(tree.root, path)
        if depth == len(path):
            return ConfigError(source.file, line, column, dotted(path), problem.problem, problem.fix)
    line, column, _ = place(tree.root, problem.paths[0])
    return ConfigError(source.file, line, column, dotted(problem.paths[0]), problem.problem, problem.fix)


def _remove(document: Any, path: Path) -> None:
    for part in path[:-1]:
        document = document.get(part) if isinstance(document, dict) else None
    if path and isinstance(document, dict):
        document.pop(path[-1], None)


def _printable(error: ConfigError) -> ConfigError:
    """File names and keys may hold anything; a message is one printable line."""
    fields = {
        name: value.encode("unicode_escape").decode() if not value.isprintable() else value
        for name in ("file", "key", "problem", "fix")
        if (value := str(getattr(error, name))) is not None
    }
    fields["key"] = fields["key"] if len(fields["key"]) <= 120 else fields["key"][:117] + "..."
    return msgspec.structs.replace(error, **fields)
