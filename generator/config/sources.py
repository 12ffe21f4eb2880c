"""Finds and reads the files below ``stacks/``. Nothing here looks inside them."""

import os
import stat
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from generator.config.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1024 * 1024
Kind = Literal["platform", "environment", "service", "function"]
FOLDERS: dict[str, Kind] = {"environments": "environment", "services": "service", "functions": "function"}


class Source(Struct, frozen=True):
    """One file: ``file`` is its path as people know it, ``name`` what its stem names."""

    kind: Kind
    name: str
    file: str
    data: bytes


class Gathered(Struct):
    """The files below ``root``, sorted by kind and name, and what is wrong with the files as such.

    ``environments`` names every environment that has a file, readable or not.
    """

    root: str
    sources: list[Source]
    errors: list[ConfigError]
    environments: tuple[str, ...] = ()


def gather(folder: "Path") -> Gathered:
    """Read every configuration file below ``folder``.

    Symbolic links must stay inside ``folder``; a file has at most 1 MiB. Never raises.
    """
    root = str(folder)
    found = Gathered(root, [], [])
    if not os.path.isdir(root):  # noqa: PTH112 - pathlib costs more than the check
        fix = "run in the folder that holds stacks/, or name it with --stacks DIR"
        problem = "is not a folder" if os.path.lexists(root) else "does not exist"
        found.errors.append(whole_file(root, problem, fix))
        return found
    _strangers(found)
    _take(found, "platform", "platform", f"{root}/platform.yaml")
    for sub, kind in FOLDERS.items():
        names = _listed(found, sub, kind)
        if kind == "environment":
            found.environments = tuple(names)
        for name in names:
            _take(found, kind, name, f"{root}/{sub}/{name}.yaml")
    return found


def whole_file(file: str, problem: str, fix: str) -> ConfigError:
    """Build the error for what concerns a file, not a place in it."""
    return ConfigError(file, 1, 1, "", problem, fix)


def _strangers(found: Gathered) -> None:
    """Files and folders at the top that would be ignored in silence, such as ``service/`` or ``environments.yaml``."""
    known = {*FOLDERS, "platform.yaml", "schema"}
    try:
        names = sorted(os.listdir(found.root))  # noqa: PTH208
    except OSError as error:
        found.errors.append(whole_file(found.root, f"cannot be listed ({error.strerror})", "check its permissions"))
        return
    for name in names:
        path = f"{found.root}/{name}"
        if name not in known and not name.startswith(".") and (name.endswith((".yaml", ".yml")) or os.path.isdir(path)):  # noqa: PTH112
            from difflib import get_close_matches

            near = get_close_matches(name, sorted(known), 1, 0.6)
            fix = (
                f"rename it to {near[0]}"
                if near
                else "move it out; stacks/ holds platform.yaml, environments/, services/ and functions/"
            )
            found.errors.append(whole_file(path, "is not read", fix))


def _listed(found: Gathered, sub: str, kind: Kind) -> list[str]:
    path = f"{found.root}/{sub}"
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208
    except FileNotFoundError:
        names = []
    except OSError as error:
        fix = f"make it a folder with one file for each {kind}"
        found.errors.append(whole_file(path, f"cannot be listed ({error.strerror})", fix))
        return []
    found_names = [name[:-5] for name in names if name.endswith(".yaml") and not name.startswith(".")]
    found.errors.extend(
        whole_file(f"{path}/{name}", "ends in .yml and is not read", f"rename it to {name[:-4]}.yaml")
        for name in names
        if name.endswith(".yml") and not name.startswith(".")
    )
    if kind == "environment" and not found_names:
        fix = f"write {path}/dev.yaml with account, region, domain and hosted_zone_id"
        found.errors.append(whole_file(path, "no environment is defined", fix))
    return found_names


def _take(found: Gathered, kind: Kind, name: str, file: str) -> None:
    try:
        data = read_file(found.root, file)
    except FileProblemError as problem:
        found.errors.append(whole_file(file, problem.problem, problem.fix))
    else:
        found.sources.append(Source(kind, name, file, data))


class FileProblemError(Exception):
    """A file cannot be read: what is wrong with it and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}, {fix}")
        self.problem = problem
        self.fix = fix


def read_file(root: str, file: str, limit: int = MAX_BYTES) -> bytes:
    """Read one regular file that stands, links followed, inside ``root``.

    Raises:
        FileProblemError: it is missing, no regular file, unreadable, outside ``root`` or larger than ``limit`` bytes.
    """
    try:
        real, home = os.path.realpath(file), os.path.realpath(root)
        if not real.startswith(home + os.sep):
            raise FileProblemError(f"lies outside {root}", f"put the file itself inside {root}")
        # Without O_NONBLOCK a named pipe would wait for somebody to write to it.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode):
                raise FileProblemError("is a directory", "put a file in its place")
            if not stat.S_ISREG(found.st_mode):
                raise FileProblemError("is not a regular file", "put a file in its place")
            if found.st_size > limit:
                raise FileProblemError(f"has {found.st_size:,} bytes and may have {limit:,}", "shorten it")
            return os.read(descriptor, limit)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise FileProblemError(
            "does not exist", "create it, or correct its name (`slipway schema` shows what it must contain)"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileProblemError(f"cannot be read ({reason})", "check its permissions and what it links to") from None
