"""New files below a folder: checked as a whole before the first is written, and never over what is there."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree

from generator.errors import UsageError

# How services, functions, environments and platforms are called; a name is a part of a path here.
NAME = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


def place(folder: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` (path to text) below ``folder`` if the configuration is valid with them; all of them or none.

    Raises:
        UsageError: a file is there already, or can't be written.
        ConfigurationError: the configuration would be wrong; its paths are those below ``folder``.
    """
    there = [str(folder / name) for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise UsageError(
            f"{', '.join(there)}: there is such a file already, and it stays as it is; choose another name"
        )
    _check(folder, files)
    written: list[Path] = []
    try:
        for name, text in files.items():
            path = folder / name
            made = [parent for parent in path.parents if not parent.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            written += reversed(made)
            path.touch(exist_ok=False)
            written.append(path)
            path.write_text(text)
    except OSError as error:
        _take_back(written)
        raise UsageError(f"can't write {error.filename}: {error.strerror}") from None
    except BaseException:
        _take_back(written)
        raise


def _check(folder: Path, files: Mapping[str, str]) -> None:
    from generator.config.errors import ConfigurationError
    from generator.config.read import read_configuration

    with tempfile.TemporaryDirectory(prefix="slipway-new-") as other:
        stacks = Path(other) / "stacks"
        if (folder / "stacks").is_dir():
            copytree(folder / "stacks", stacks)
        for name, text in files.items():
            path = Path(other) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        try:
            read_configuration(stacks)
        except ConfigurationError as error:
            raise UsageError(str(error).replace(str(stacks), str(folder / "stacks"))) from None


def _take_back(written: list[Path]) -> None:
    for path in reversed(written):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
