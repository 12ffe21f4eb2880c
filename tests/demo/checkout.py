"""A checkout with production alone, so that a demo of it is set up quickly; and the browser of the machine."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def checkout(folder: Path) -> Path:
    """A folder with the shipped stacks of production."""
    shutil.copytree(
        ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("dev.yaml", "staging.yaml", "schema")
    )
    service = folder / "stacks" / "services"
    for path in service.glob("*.yaml"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(_without(lines, "  dev:")))
    return folder


def _without(lines: list[str], key: str) -> list[str]:
    """The lines without the section that begins with ``key``."""
    kept: list[str] = []
    inside = False
    for line in lines:
        deeper = line.startswith("    ")
        inside = line.startswith(key) or (inside and deeper)
        if not inside:
            kept.append(line)
    while kept and kept[-1].strip() in {"", "environments:"}:
        kept.pop()
    return kept


def chromium() -> str:
    """The path of Chromium; without one a test is skipped, but never in CI."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is not None:
        return found
    why = "Chromium is not installed; the browser test needs it: apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
