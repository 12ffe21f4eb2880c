"""The board's image, without Docker: what its Dockerfile copies and installs is what the board needs, and no more."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "app" / "backend" / "Dockerfile").read_text().replace("\\\n", " ")


def stage(name: str) -> list[str]:
    """The instructions of one stage."""
    text = DOCKERFILE.split(f" AS {name}\n")[1]
    return [line for line in text.split("\nFROM ")[0].splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the last stage copies, below a clean folder."""
    folder = tmp_path_factory.mktemp("image")
    for line in stage("prod"):
        if line.startswith("COPY "):
            source, target = line.split()[1:]
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / target.removeprefix("/"), ignore=ignore)
    return folder


def test_the_image_holds_the_board_and_the_configuration_alone(prod: Path) -> None:
    """No test, lock, secret or tool is in it: Python of the board, YAML and schemas of the platform."""
    files = {str(path.relative_to(prod)) for path in prod.rglob("*") if path.is_file()}
    assert {
        "srv/board/__main__.py",
        "srv/board/migrations/versions/0001_written.py",
        "srv/stacks/platform.yaml",
    } <= files
    assert {path.partition("/")[2].partition("/")[0] for path in files} == {"board", "stacks"}
    assert {Path(path).suffix for path in files if path.startswith("srv/board")} == {".py"}
    assert [path for path in files if "test" in path or "/." in path] == []


def test_the_process_starts_from_what_is_copied(prod: Path) -> None:
    """From the image's folder, with nothing else of the checkout on the path, it reads its configuration and answers."""
    env = {
        "PATH": os.environ["PATH"], "SLIPWAY_STACKS": "stacks", "BOARD_VISIBLE": '{"prod": ["nobody"]}',
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "board"]
    run = subprocess.run(command, cwd=prod / "srv", env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "no such team or person" in run.stderr


def test_every_library_that_the_board_imports_is_locked_for_it() -> None:
    """What is installed from `board.lock` has all that the board and what it takes of Slipway ever import."""
    lock = (ROOT / "requirements" / "board.lock").read_text().splitlines()
    locked = {canonicalize_name(Requirement(line.removesuffix("\\")).name) for line in lock if line[:1].isalnum()}
    places = [ROOT / "app", *(ROOT / "generator" / room for room in ("release", "aws", "config", "catalog", "preview"))]
    names = set[str]()
    for path in (path for place in places for path in place.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    owners = packages_distributions()
    ours = {"board", "generator", "templates"}
    missing = {
        name
        for name in names - set(sys.stdlib_module_names) - ours
        # A name with an underscore is a module of some Python's own.
        if not name.startswith("_") and not {canonicalize_name(owner) for owner in owners.get(name, ())} & locked
    }
    assert {"fastapi", "sqlalchemy", "botocore"} <= names
    assert missing == set()


def test_nobody_is_root_and_the_check_is_the_load_balancers() -> None:
    """Every stage that runs has a numeric user, a health check, and labels that say what it is; the base comes by digest."""
    base = stage("base")
    assert "USER 10001:10001" in base
    assert any(line.startswith("HEALTHCHECK") and "/health" in line for line in base)
    # Root takes the shell away; whatever stage runs, its last user is nobody.
    users = [line for line in stage("prod") if line.startswith("USER")]
    assert users == ["USER 0", "USER 10001:10001"]
    assert not any(line.startswith("USER") for line in stage("dev"))
    assert all(f'"/bin/{shell}"' in stage("prod")[-2] for shell in ("bash", "dash", "rbash", "sh"))
    assert sum("org.opencontainers.image." in line for line in stage("prod")) >= 1
    assert re.findall(r"^FROM (.*)$", DOCKERFILE, re.MULTILINE) == [
        "${BASE} AS build", "${BASE} AS base", "base AS dev", "base AS prod",
    ]  # fmt: skip
    assert re.search(r"^ARG BASE=python:3\.13-slim@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)
    images = (ROOT / ".github" / "images").read_text()
    assert "app app/backend/Dockerfile prod ." in images
    assert '--build-arg "BASE=$from"' in images, "the digest of the base comes from there"
