"""Decides that nothing has changed, before any large library is imported.

A run that ended well leaves a record: its options, the identity of every file that it read and wrote (size, inode,
modification and change time, as git's index keeps them), and what it printed. The next run with the same options
compares these and prints the same again. Whatever it can't be sure of, it leaves to the run itself, which compares by
content.
"""

import marshal
import os
import sys

# `typing` and `collections.abc` take longer to import than the rest of an unchanged run; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = 1
# A file that changed this recently may change again without its times moving: kernels stamp files in steps of some ms.
FRESH_NS = 50_000_000
FOLDER = ".cache/slipway"

Identity = tuple[int, int, int, int]


def identity(path: str) -> Identity | None:
    """Size, inode, mtime and ctime in ns of the file at ``path`` (links followed). None if there is none."""
    try:
        s = os.stat(path)
    except OSError:
        return None
    return (s.st_size, s.st_ino, s.st_mtime_ns, s.st_ctime_ns)


def record_path(argv: list[str]) -> str:
    """The path of the record for these options, below the working directory."""
    name = "-".join(argv) or "none"
    safe = "".join(c if c.isalnum() or c in "-_." else f"+{ord(c):x}" for c in name)
    return f"{FOLDER}/gate/{safe[:180]}"


def replay(argv: list[str]) -> int | None:
    """Print what the recorded run printed and return its exit code. None if anything differs or is in doubt."""
    try:
        with open(record_path(argv), "rb") as file:
            version, python, recorded, files, stdout, stderr, code = marshal.loads(file.read())  # noqa: S302 - our own cache, below the user's own folder
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if version != VERSION or python != sys.version or recorded != argv:
        return None
    for path, known in files.items():
        if identity(path) != known:
            return None
    sys.stdout.write(stdout)
    sys.stderr.write(stderr)
    result: int = code
    return result


class Watch:
    """Collects the identities of files before they are read, for the record of a run."""

    def __init__(self) -> None:
        self.files: dict[str, Identity | None] = {}

    def add(self, paths: "Iterable[str]") -> None:
        """Note files and folders. A folder's identity changes when an entry is added or removed."""
        for path in paths:
            self.files[path] = identity(path)

    def record(self, argv: list[str], now_ns: int, *, stdout: str, stderr: str, code: int) -> None:
        """Store what a run printed, to be used as long as none of the noted files changes.

        ``now_ns`` is the time at which the notes were taken. Nothing is kept while a file is so fresh that a further
        change might not show.
        """
        path = record_path(argv)
        if any(known and max(known[2], known[3]) > now_ns - FRESH_NS for known in self.files.values()):
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        draft = f"{path}.{os.getpid()}"
        with open(draft, "wb") as file:
            file.write(marshal.dumps((VERSION, sys.version, argv, self.files, stdout, stderr, code)))
        os.replace(draft, path)


def sources(*packages: str) -> list[str]:
    """Every ``.py`` and data file of our own packages, and their folders, sorted: the code of a run."""
    found: list[str] = []
    waiting = list(packages)
    while waiting:
        folder = waiting.pop()
        found.append(folder)
        # A folder that is missing or no folder at all is for the reader to explain.
        if not os.path.isdir(folder):
            continue
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    waiting.append(entry.path)
            elif not entry.name.endswith(".pyc"):
                found.append(entry.path)
    return sorted(found)


def libraries() -> list[str]:
    """Metadata folders of the libraries on which templates and findings depend: an upgrade replaces them."""
    prefixes = ("troposphere-", "awacs-", "msgspec-", "cfn_lint-", "cloudformation_validate-", "pyyaml-")
    found = []
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            found += [
                f"{folder}/{name}"
                for name in os.listdir(folder)
                if name.lower().startswith(prefixes) and name.endswith(".dist-info")
            ]
    return sorted(found)
