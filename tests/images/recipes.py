"""The images that `.github/images` builds: service, Dockerfile, context, and what each holds and starts."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.images.machine import ROOT

_ROW = re.compile(r"^(?:table=')?([a-z]+) (\S+Dockerfile) ([a-z]+) (\S+?)'?$", re.MULTILINE)


class Recipe(NamedTuple):
    """One image. ``additions`` are the folders below which it may add files to its base."""

    service: str
    file: Path
    context: Path
    arguments: tuple[tuple[str, str], ...]  # build argument, and the base that it names
    additions: tuple[str, ...]
    environ: tuple[str, ...]
    shells: bool  # whether a shell stays in the prod image


_ARGUMENTS = {"web": (("BASE", "nginx"), ("NODE", "node"))}
_ADDITIONS = {
    "app": ("opt/board", "srv/board", "srv/stacks"),
    "bot": ("opt/slipway", "srv/stacks"),
    "web": ("srv/board", "etc/nginx"),
}
# Nothing of AWS or Slack is there: a process that lives without them is what is started.
_ENVIRON = {"app": ("BOARD_ACCESS=open", "BOARD_DRAIN_SECONDS=0")}


def recipes() -> dict[str, Recipe]:
    """The images by service, as `.github/images` lists them."""
    rows = _ROW.findall((ROOT / ".github" / "images").read_text())
    return {
        service: Recipe(
            service, ROOT / file, (ROOT / context).resolve(), _ARGUMENTS.get(service, (("BASE", "python"),)),
            _ADDITIONS[service], _ENVIRON.get(service, ()), shells=service == "web",
        )
        for service, file, _target, context in rows
    }  # fmt: skip
