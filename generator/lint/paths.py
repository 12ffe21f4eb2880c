"""Finds the templates that the words of a command line mean: paths of any template, or stacks that `build` wrote."""

from __future__ import annotations

import glob
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from generator.errors import UsageError
from generator.lint.findings import Template
from generator.lint.template_reader import UnreadableError, is_template, read, refuse_harmful

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MANIFEST = "manifest.json"
_ENDINGS = (".json", ".yaml", ".yml", ".template")
_NOT_ENTERED = frozenset({"node_modules", "__pycache__"})
STDIN = "-"


class Selection(NamedTuple):
    """What to lint: templates in the order asked for, files that cannot be linted with the reason, files left out.

    ``looked_at`` holds every file and folder that had a say, so that a later run knows whether anything changed.
    """

    templates: tuple[Template, ...]
    unreadable: tuple[str, ...]
    skipped: tuple[str, ...]
    looked_at: tuple[str, ...]


def select(words: Sequence[str], out: Path) -> Selection:
    """Read the templates that ``words`` mean; none at all means every stack below ``out``.

    A word is a stack (``network``, ``prod/network``), a group (``prod``, narrowed by the stacks named after it), or else
    a file, a folder, a pattern, or ``-`` for standard input.

    Raises:
        UsageError: nothing is built, or words that mean nothing, all of them in one text.
    """
    built = _Built(out)
    if not words:
        built.require()
    stacks, places, unknown = _sort_words(words or built.groups, built)
    if unknown:
        raise UsageError("\n".join(_unknown(word, built) for word in unknown))
    found = _Found(built)
    for key in stacks:
        found.add(built.path(key))
    for place in places:
        found.add_place(place)
    return Selection(
        tuple(found.templates), tuple(found.unreadable), tuple(found.skipped), (*built.looked_at, *found.looked_at)
    )


class _Built:
    """What the manifest says of the stacks that `build` wrote."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.looked_at = (str(out / MANIFEST),)
        self.stacks: dict[str, dict[str, Any]] = {}
        try:
            manifest = msgspec.json.decode((out / MANIFEST).read_bytes())
            self.stacks = {key: dict(entry) for key, entry in manifest["stacks"].items()}
        except OSError:
            self.problem = f"there is no build in {out}/; run `slipway build`, or name a file or folder to lint"
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError):
            self.problem = f"{out / MANIFEST} is damaged; run `slipway build`"
        else:
            self.problem = f"{out}/ holds no stack; run `slipway build`, or name a file or folder to lint"
        self.groups = tuple(dict.fromkeys(key.partition("/")[0] for key in self.stacks))
        self.names = tuple(dict.fromkeys(key.partition("/")[2] for key in self.stacks))
        self.keys = {os.path.realpath(self.path(key)): key for key in self.stacks}

    def require(self) -> None:
        """Raise UsageError where nothing is built."""
        if not self.stacks:
            raise UsageError(self.problem)

    def path(self, key: str) -> str:
        return str(self.out / f"{key}.json")

    def template(self, path: str, content: bytes) -> Template:
        """The template at a path, with its stack and Region if it is one of ours."""
        key = self.keys.get(os.path.realpath(path))
        region = self.stacks[key].get("region") if key else None
        return Template(path, content, key, (region,) if isinstance(region, str) else ())


class _Found:
    """Collects templates, each file once."""

    def __init__(self, built: _Built) -> None:
        self._built = built
        self._seen: set[str] = set()
        self.templates: list[Template] = []
        self.unreadable: list[str] = []
        self.skipped: list[str] = []
        self.looked_at: list[str] = []

    def add_place(self, place: str) -> None:
        """Add a file, everything below a folder, what a pattern matches, or standard input."""
        if place == STDIN:
            self._add_stdin()
        elif Path(place).is_dir():
            self._add_folder(place)
        elif Path(place).exists():
            self.add(place)
        else:
            for match in _matches(place):
                self.add_place(match)

    def add(self, path: str, *, asked: bool = True) -> None:
        """Read one file. In a folder (not ``asked``) what is not a template is skipped, and what cannot be read reported."""
        real = os.path.realpath(path)
        if real in self._seen:
            return
        self._seen.add(real)
        self.looked_at.append(path)
        try:
            content = read(path)
        except UnreadableError as error:
            if asked or path.endswith(".template"):
                self.unreadable.append(f"{path}: {error}")
            else:
                self.skipped.append(path)
            return
        if asked or path.endswith(".template") or is_template(content):
            self.templates.append(self._built.template(path, content))
        else:
            self.skipped.append(path)

    def _add_folder(self, folder: str) -> None:
        for path in _walk(folder.rstrip("/") or "/", self.looked_at):
            self.add(path, asked=False)

    def _add_stdin(self) -> None:
        content = sys.stdin.buffer.read()
        try:
            refuse_harmful(content)
        except UnreadableError as error:
            self.unreadable.append(f"stdin: {error}")
        else:
            self.templates.append(Template("stdin", content, on_disk=False))


def _walk(folder: str, looked_at: list[str]) -> Iterator[str]:
    for base, folders, files in os.walk(folder):
        looked_at.append(base)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_ENTERED)
        for name in sorted(files):
            if name.endswith(_ENDINGS) and not name.startswith("."):
                yield f"{base}/{name}"


def _matches(pattern: str) -> list[str]:
    # Path.glob takes no absolute pattern and follows another idea of `**`.
    return sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []  # noqa: PTH207


def _sort_words(words: Sequence[str], built: _Built) -> tuple[list[str], list[str], list[str]]:
    stacks: dict[str, None] = {}
    places: list[str] = []
    unknown: list[str] = []
    group: str | None = None
    narrowed: set[str] = set()
    for word in words:
        if word in built.groups:
            group = word
            stacks.update(dict.fromkeys(key for key in built.stacks if key.startswith(f"{word}/")))
        elif word in built.stacks:
            stacks[word] = None
        elif group is not None and f"{group}/{word}" in built.stacks:
            if group not in narrowed:
                narrowed.add(group)
                stacks = {key: None for key in stacks if not key.startswith(f"{group}/")}
            stacks[f"{group}/{word}"] = None
        elif group is None and word in built.names:
            stacks.update(dict.fromkeys(key for key in built.stacks if key.partition("/")[2] == word))
        elif word == STDIN or Path(word).exists() or _matches(word):
            places.append(word)
        else:
            unknown.append(word)
    return list(stacks), places, unknown


def _unknown(word: str, built: _Built) -> str:
    if glob.has_magic(word):
        return f"{word}: matches no file; check the pattern"
    if "." in Path(word).name or (os.sep in word and not built.stacks):
        return f"{word}: no such file or folder; check the path"
    names = [*built.groups, *built.names, *built.stacks]
    near = get_close_matches(word, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names[:20])}" if names else built.problem
    return f"{word}: neither a file, a folder, an environment nor a stack; {hint}"
