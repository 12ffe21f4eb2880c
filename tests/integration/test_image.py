"""The image of the bot, without Docker: the first stage's commands run as they are written, and what they leave runs."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What stays out of the image, and with it what only that imports.
AWAY = ("bot/demo/", "bot/workspace/", "generator/sandbox/", "generator/lint/")
IMPORTS = """
import importlib, pkgutil, sys
import bot, generator, templates
AWAY = ("generator.sandbox", "generator.lint")  # the sandbox and the linters are not installed
for package in (bot, generator, templates):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda name: None):
        if not found.name.startswith(AWAY) and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            print(found.name)
"""


def libraries() -> set[str]:
    """Every name of a library that the rest of the code imports anywhere, inside functions too."""
    found = set[str]()
    for path in (path for name in ("bot", "generator", "templates") for path in (ROOT / name).rglob("*.py")):
        if not str(path.relative_to(ROOT)).startswith(AWAY):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    # A name with an underscore is a module of some Python's own.
    return {name for name in found - set(sys.stdlib_module_names) if not name.startswith("_")}


def first_stage() -> list[str]:
    """The shell commands and copies of the Dockerfile's first stage, in their order."""
    text = (ROOT / "bot" / "Dockerfile").read_text().replace("\\\n", " ")
    stage = text.split("FROM ${BASE}")[1]
    return re.findall(r"^(?:RUN|COPY) .*$", stage, re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's file system after the first stage, below a temporary folder."""
    root = tmp_path_factory.mktemp("image")
    source = root / "src"
    source.mkdir()
    for line in first_stage():
        kind, _, rest = line.partition(" ")
        if kind == "COPY":
            *names, _target = rest.split()
            for name in names:
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    (source / name).parent.mkdir(exist_ok=True)
                    shutil.copyfile(ROOT / name, source / name)
        else:
            # The image's Python and its /opt are this machine's Python and a temporary folder.
            command = re.sub(r"(?<!/)\bpython -m venv", f"{sys.executable} -m venv", rest).replace(
                "/opt/", f"{root}/opt/"
            )
            environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
            subprocess.run(["bash", "-euc", command], cwd=source, env=environ, check=True, timeout=300)
    return root / "opt" / "slipway"


def test_front_worker_and_commands_import_with_the_run_lock_alone(image: Path) -> None:
    """Nothing that the bot or a command loads is missing in the image, and the demo is not in it."""
    run = subprocess.run(
        [image / "bin" / "python", "-I", "-c", IMPORTS], capture_output=True, text=True, check=False, cwd=image
    )
    assert run.returncode == 0, run.stderr[-3000:]
    loaded = set(run.stdout.split())
    assert {"bot.web", "bot.worker", "bot.doctor", "generator.cli.deploy", "generator.aws.session"} <= loaded
    assert [name for name in loaded if name.startswith(("bot.demo", "bot.workspace"))] == []
    assert not (image / "bin" / "pip").exists()


def test_every_library_that_is_imported_anywhere_is_there(image: Path) -> None:
    """What is loaded only when it is needed is not missing then."""
    names = libraries()
    assert {"boto3", "slack_bolt", "aiohttp", "msgspec", "rich"} <= names
    code = "import json, sys; from importlib.util import find_spec; print([n for n in json.load(sys.stdin) if not find_spec(n)])"
    run = subprocess.run(
        [image / "bin" / "python", "-I", "-c", code],
        input=json.dumps(sorted(names)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "[]\n"


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("bot manifest", 0, "socket_mode_enabled"),
        ("generator --version", 0, "slipway 0."),
        ("generator deploy --help", 0, "slipway deploy"),
        ("generator lint", 2, "Slipway's extra `lint` installs"),
        ("generator status --sandbox", 2, "Slipway's extra `sandbox` installs"),
        ("bot demo", 2, "Slipway's extra `demo` installs"),
    ],
)
def test_commands_answer_in_the_image(image: Path, tmp_path: Path, line: str, code: int, text: str) -> None:
    """What is there answers; what is left out is told in a sentence."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    run = subprocess.run(
        [image / "bin" / "python", "-I", "-m", *line.split()],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (run.returncode, text in run.stdout) == (code, True), run.stdout[-3000:]
