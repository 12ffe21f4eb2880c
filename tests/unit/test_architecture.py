"""The house keeps its rules: who may import whom, what start-up loads, how files are named."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Measuring takes as long again, and shorter tests cover what these run.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[2]
# Our packages to those of ours that they may import.
MAY_IMPORT = {
    "templates": {"templates"},
    "generator": {"generator", "templates"},
    "bot": {"bot", "generator"},
    "app": set(),
}
# Third-party packages to the only places that may import them.
ONLY = {
    "boto3": ("generator/aws/", "generator/sandbox/"),
    "botocore": ("generator/aws/", "generator/sandbox/"),
    "slack_bolt": ("bot/",),
    "slack_sdk": ("bot/",),
    "cfnlint": ("generator/lint/",),
    "cloudformation_validate": ("generator/lint/",),
    "yaml": ("generator/config/", "generator/lint/", "generator/sandbox/cloudformation/"),
}
BANNED_NAMES = {"manager", "helper", "helpers", "utils", "handler", "common", "misc"}


def modules() -> list[Path]:
    return sorted(p for name in MAY_IMPORT for p in (ROOT / name).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    """Templates know nothing of the generator, the generator nothing of the bot, and each library has its one place."""
    place = str(path.relative_to(ROOT))
    owner = place.partition("/")[0]
    for name in imports(path):
        top = name.partition(".")[0]
        if top in MAY_IMPORT:
            assert top in MAY_IMPORT[owner], f"{place} imports {name}"
        assert place.startswith(ONLY.get(top, ("",))), f"{place} imports {name}"


# Folders of the generator to the only modules of ours that they may import.
INSIDE = {
    "generator/release/": ("generator.release",),
    "generator/aws/": ("generator.aws", "generator.release", "generator.cost"),
    "generator/preview/": ("generator.preview", "generator.release", "generator.cost"),
}


@pytest.mark.parametrize("folder", INSIDE)
def test_the_domain_knows_nothing_around_it(folder: str) -> None:
    """The release engine imports nothing else of ours, and what surrounds it only the engine's words."""
    seen = 0
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name in imports(path):
            if name.partition(".")[0] in MAY_IMPORT:
                seen += 1
                assert name.startswith(INSIDE[folder]), f"{path.relative_to(ROOT)} imports {name}"
    assert seen > 20


def every_module() -> list[Path]:
    return [*modules(), *sorted(p for p in (ROOT / "tests").rglob("*.py") if "golden" not in p.parts)]


@pytest.mark.parametrize("path", every_module(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small_and_well_named(path: Path) -> None:
    """A file holds one idea, tests included: at most 300 lines, and named for what it is."""
    assert len(path.read_text().splitlines()) <= 300
    assert path.stem not in BANNED_NAMES


def loaded_by(tmp_path: Path, *argv: str) -> set[str]:
    """Top-level names in ``sys.modules`` after a command line, in a process of its own."""
    code = (
        "import sys, json, atexit\n"
        "from generator.cli.main import main\n"
        f"sys.argv = ['slipway', *{list(argv)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "open('modules.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads((tmp_path / "modules.json").read_text()))


HEAVY = {
    "boto3",
    "botocore",
    "slack_bolt",
    "slack_sdk",
    "cryptography",
    "cfnlint",
    "cloudformation_validate",
    "rich",
    "jsonschema",
}


def test_what_start_up_loads(tmp_path: Path) -> None:
    """--help loads no library, build none that it has no use for, and an unchanged build next to nothing."""
    (tmp_path / "stacks").symlink_to(ROOT / "stacks")
    assert not loaded_by(tmp_path, "--help") & (HEAVY | {"troposphere", "awacs", "yaml", "msgspec"})
    cold = loaded_by(tmp_path, "build")
    assert not cold & HEAVY
    assert {"troposphere", "awacs", "msgspec"} <= cold
    again = loaded_by(tmp_path, "build")
    assert not again & (HEAVY | {"troposphere", "awacs"})
    settled = loaded_by(tmp_path, "build")
    assert not settled & (
        HEAVY | {"troposphere", "awacs", "yaml", "msgspec", "argparse", "generator.build.build", "generator.cli.build"}
    )


def test_only_who_verifies_loads_cryptography() -> None:
    """Whoever signs, releases or serves chat does without it: it is loaded when the audit is verified."""
    code = (
        "import sys, bot.app, generator.wiring.composition, generator.release.worker\n"
        "from generator.aws.audit_seal import KmsSeal, public_key\n"
        "print('cryptography' in sys.modules)\n"
        "try:\n    public_key(b'')\nexcept ValueError:\n    print('cryptography' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]


def every_test() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(ROOT)}::{node.name}", node


def test_every_test_says_what_a_user_gets() -> None:
    """No test function lacks a docstring, and none leans on mocks."""
    assert [name for name, node in every_test() if not ast.get_docstring(node)] == []
    assert [p for p in (ROOT / "tests").rglob("*.py") if "unittest" + ".mock" in p.read_text()] == []
