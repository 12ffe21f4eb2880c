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
    "app": {"generator"},
}
# Third-party packages to the only places that may import them.
ONLY = {
    "boto3": ("generator/aws/", "generator/sandbox/"),
    "botocore": ("generator/aws/", "generator/sandbox/"),
    "jmespath": ("generator/sandbox/",),
    "slack_bolt": ("bot/",),
    "slack_sdk": ("bot/",),
    "cfnlint": ("generator/lint/",),
    "cloudformation_validate": ("generator/lint/",),
    "yaml": ("generator/config/", "generator/lint/", "generator/sandbox/cloudformation/"),
    "fastapi": ("app/",),
    "starlette": ("app/",),
    "uvicorn": ("app/",),
    "sqlalchemy": ("app/backend/board/",),
    "psycopg": ("app/backend/board/stores/",),
    "alembic": ("app/backend/board/migrat",),
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


# Rooms of the generator to the rooms that they may import beside themselves, ``errors`` and ``safe_text``: one direction, no circle.
ROOMS: dict[str, set[str]] = {
    "release": set(),
    "cost": set(),
    "config": {"release"},
    "catalog": {"config", "release"},
    "build": {"catalog", "config", "release"},
    "lint": {"build"},
    "aws": {"release"},
    "preview": {"release", "cost"},
    "sandbox": {"release"},
    "wiring": {"aws", "build", "catalog", "config", "preview", "release", "sandbox"},
    "apply": {"wiring", "aws", "preview", "build", "catalog", "config", "release"},
    "pipeline": {"release"},
    "cli": {
        "pipeline",
        "apply",
        "wiring",
        "aws",
        "preview",
        "lint",
        "build",
        "cost",
        "catalog",
        "config",
        "release",
        "sandbox",
    },
}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_one_way(room: str) -> None:
    """The release engine imports nothing else of ours; every other room only what stands below it."""
    allowed = {room, *ROOMS[room]} | ({"errors"} if room not in {"release", "aws", "preview"} else set())
    allowed |= {"proxies"} if room in {"cli", "sandbox"} else set()
    allowed |= {"safe_text"} if room not in {"release", "aws"} else set()
    for path in sorted((ROOT / "generator" / room).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for name in imports(path):
            if name.partition(".")[0] == "generator":
                assert name.split(".")[1] in allowed, f"{place} imports {name}"
            elif room in {"release", "aws", "preview"}:
                assert name.partition(".")[0] not in MAY_IMPORT, f"{place} imports {name}"


def test_rooms_form_no_circle() -> None:
    """Each folder of the generator is a room of the table, and each room stands above all that it may import."""
    folders = {path.name for path in (ROOT / "generator").iterdir() if (path / "__init__.py").exists()}
    assert folders == set(ROOMS)
    order = list(ROOMS)
    for room, others in ROOMS.items():
        assert all(order.index(other) < order.index(room) for other in others), room


# Names of modules that one package has more than once, each with its one meaning.
SHARED = {
    "alarms": "the alarms of a stack",
    "api": "the operations of one AWS service of the sandbox",
    "autoscaling": "AWS's own name: Application Auto Scaling",
    "budgets": "AWS Budgets",
    "buckets": "the S3 buckets of a stack",
    "conditions": "conditions of IAM policies",
    "data": "what keeps data: databases, tables, buckets",
    "drift": "what somebody changed by hand",
    "errors": "the errors of a room",
    "fis": "AWS Fault Injection Service",
    "github": "what GitHub shows: annotations, comments, deployments, issues",
    "known_names": "what a service knows by name",
    "logs": "logs of tasks: CloudWatch Logs",
    "managed": "managed policies of IAM",
    "modals": "modals of Slack",
    "model": "the values that a room works on",
    "network": "VPC and what is in it",
    "people": "the people of a configuration",
    "rds": "Amazon RDS",
    "references": "what refers to what in a template",
    "refusals": "what a service refuses and ministack accepts",
    "replacement": "whether a change replaces a resource",
    "roles": "the IAM roles of a stack",
    "restart": "what starts again: tasks by a command, what was under way by the sandbox",
    "rollback": "bringing back what ran before",
    "route53": "Amazon Route 53",
    "s3": "Amazon S3",
    "secrets": "secrets that stand where they must not",
    "secretsmanager": "AWS Secrets Manager",
    "services": "services that run in ECS",
    "statements": "statements of IAM policies",
    "tags": "tags of AWS resources",
    "text": "output for a terminal",
    "verify": "whether a release proved itself: the decision and the step",
    "views": "modals and App Home, which Slack calls views",
    "waf": "AWS WAF",
    "worker": "the process that moves releases, and the command that starts it",
}


def shared_names() -> dict[str, set[str]]:
    """Names that two or more modules of one package have, with the modules."""
    shared: dict[str, set[str]] = {}
    for package in MAY_IMPORT.keys() - {"app"}:  # a name of the board is one thing in each of its layers
        places: dict[str, set[str]] = {}
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.stem not in {"__init__", "__main__"}:
                places.setdefault(path.stem, set()).add(str(path.relative_to(ROOT)))
        for name, found in places.items():
            if len(found) > 1:
                shared.setdefault(name, set()).update(found)
    return shared


def is_command(places: set[str]) -> bool:
    """Whether these are one command of the command line, and the one module that it runs."""
    from generator.cli import COMMANDS, module_of

    commands = {module_of(name).replace(".", "/") + ".py" for name in COMMANDS}
    others = places - commands
    return len(others) == 1 and len(places) == 2 and not any("/sandbox/" in place for place in others)


def test_a_name_means_one_thing() -> None:
    """Two modules of a package share a name only for one meaning, or where a command has the name of what it runs."""
    found = shared_names()
    doubtful = {name: places for name, places in found.items() if name not in SHARED and not is_command(places)}
    assert doubtful == {}, "rename one of each, or write their one meaning into SHARED"
    assert {name for name in SHARED if name not in found or is_command(found[name])} == set(), "take it out of SHARED"


# Modules whose name ends like a gerund, with the reason.
GERUNDS = {
    "autoscaling": "AWS's own name",
    "graph_drawing": "a drawing is a picture",
    "kms_signing": "KMS's own word: keys for signing",
    "meaning": "a noun",
    "opening": "the opening of a release, beside its close",
}


def test_modules_are_named_with_nouns() -> None:
    """A module is named for what it is; a name that ends in -ing has its reason here."""
    assert {path.stem for path in modules() if path.stem.endswith("ing")} <= set(GERUNDS)


def every_module() -> list[Path]:
    tests = (p for p in (ROOT / "tests").rglob("*.py") if "golden" not in p.parts)
    pages = (p for name in ("app/frontend/src", "app/frontend/tests", "bot") for p in (ROOT / name).rglob("*"))
    written = {".ts", ".tsx", ".css", ".js"}
    return [*modules(), *sorted(tests), *sorted(p for p in pages if p.suffix in written and p.name != "schema.ts")]


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
    """Anyone who signs or serves chat does without it: it is loaded when a signature is verified."""
    code = (
        "import sys, bot.app, generator.wiring.composition, generator.release.worker\n"
        "from generator.aws.audit_seal import KmsSeal\nfrom generator.aws.signing_key import public_key\n"
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
