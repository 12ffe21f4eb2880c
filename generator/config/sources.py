"""Finds and reads the files below ``stacks/``. Nothing here looks inside them."""

import os
import stat
from pathlib import Path
from typing import Literal

from msgspec import Struct

from generator.config.errors import ConfigError

MAX_BYTES = 1024 * 1024
Kind = Literal["platform", "environment", "service", "function"]
FOLDERS: dict[str, Kind] = {"environments": "environment", "services": "service", "functions": "function"}


class Source(Struct, frozen=True):
    """One file: ``file`` is its path as people know it, ``name`` what its stem names."""

    kind: Kind
    name: str
    file: str
    data: bytes


def gather(folder: Path) -> tuple[list[Source], list[ConfigError]]:
    """Read every configuration file below ``folder``, sorted by kind and name, and what is wrong with the files themselves.

    Symbolic links must stay inside ``folder``; a file has at most 1 MiB. Never raises.
    """
    sources: list[Source] = []
    errors: list[ConfigError] = []
    root = str(folder)
    if not os.path.isdir(root):  # noqa: PTH112 - pathlib costs more than the check
        fix = "run in the folder that holds stacks/, or name it with --stacks DIR"
        return [], [whole_file(root, "is a file" if os.path.exists(root) else "does not exist", fix)]  # noqa: PTH110
    _take(sources, errors, root, "platform", "platform", f"{root}/platform.yaml")
    for sub, kind in FOLDERS.items():
        for name in _listed(errors, root, sub, kind):
            _take(sources, errors, root, kind, name, f"{root}/{sub}/{name}.yaml")
    return sources, errors


def whole_file(file: str, problem: str, fix: str) -> ConfigError:
    """Build the error for what concerns a file, not a place in it."""
    return ConfigError(file, 1, 1, "", problem, fix)


def _listed(errors: list[ConfigError], root: str, sub: str, kind: Kind) -> list[str]:
    path = f"{root}/{sub}"
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208
    except FileNotFoundError:
        names = []
    except OSError as error:
        errors.append(
            whole_file(path, f"cannot be listed ({error.strerror})", f"make it a folder with one file for each {kind}")
        )
        return []
    wanted = [name[:-5] for name in names if name.endswith(".yaml") and not name.startswith(".")]
    errors.extend(
        whole_file(f"{path}/{name}", "ends in .yml and is not read", f"rename it to {name[:-4]}.yaml")
        for name in names
        if name.endswith(".yml")
    )
    if kind == "environment" and not wanted:
        errors.append(
            whole_file(
                path,
                "no environment is defined",
                f"write {path}/dev.yaml with account, region, domain and hosted_zone_id",
            )
        )
    return wanted


def _take(sources: list[Source], errors: list[ConfigError], root: str, kind: Kind, name: str, file: str) -> None:
    try:
        data = read_file(root, file)
    except FileProblemError as problem:
        errors.append(whole_file(file, *problem.args))
    else:
        sources.append(Source(kind, name, file, data))


class FileProblemError(Exception):
    """A file cannot be read. Its arguments are what is wrong and what to do."""


def read_file(root: str, file: str) -> bytes:
    """Read one regular file that stands, links followed, inside ``root``.

    Raises:
        FileProblemError: it is missing, no regular file, unreadable, outside ``root`` or larger than 1 MiB.
    """
    try:
        real, home = os.path.realpath(file), os.path.realpath(root)
        if not real.startswith(home + os.sep):
            raise FileProblemError(
                f"is a link that leaves {root}", f"replace the link by the file, or link inside {root}"
            )
        # Without O_NONBLOCK a named pipe would wait for somebody to write to it.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode):
                raise FileProblemError("is a directory", "replace it by a YAML file of this name")
            if not stat.S_ISREG(found.st_mode):
                raise FileProblemError("is not a regular file", "replace it by a YAML file of this name")
            if found.st_size > MAX_BYTES:
                raise FileProblemError(
                    f"has {found.st_size:,} bytes, more than the 1 MiB that is read",
                    "split it or remove what it does not need",
                )
            return os.read(descriptor, MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise FileProblemError("does not exist", "create it (`slipway schema` lists what it holds)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileProblemError(f"cannot be read ({reason})", "check its permissions and what it links to") from None
