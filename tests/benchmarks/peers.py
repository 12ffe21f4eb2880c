"""Installs the peers that we measure beside, below ``.cache/bench``: never part of the project's own environment."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from generator.catalog.stacks import stacks
from generator.config.read import read_configuration

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "bench"

_HANDLER = '''"""The same template functions as ours, generated the way Sceptre runs Python templates."""

import importlib
import json
import sys

sys.path.insert(0, {root!r})

import msgspec

from templates import TEMPLATES


def sceptre_handler(user_data):
    params = user_data["params"]
    kind = getattr(importlib.import_module(user_data["types"]), user_data["type"])
    template = TEMPLATES[user_data["template"]](msgspec.json.decode(params, type=kind))
    return template.to_json()
'''


def cdk() -> Path | None:
    """A folder with the CDK app and its libraries, or None where Node is missing."""
    if not shutil.which("npm"):
        return None
    folder = CACHE / "cdk"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("app.js", "cdk.json", "package.json"):
        shutil.copy(HERE / "cdk" / name, folder / name)
    if not (folder / "node_modules" / "aws-cdk").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder


def sceptre() -> Path:
    """A Sceptre project with a stack for each of ours, calling the same template functions."""
    folder = CACHE / "sceptre"
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        packages = ["sceptre==4.7.0", "troposphere==4.11.1", "awacs==2.6.1", "msgspec==0.22.0", "setuptools<81"]
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True
        )
    shutil.rmtree(folder / "config", ignore_errors=True)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text("project_code: slipway\nregion: eu-west-1\n")
    for spec in stacks(read_configuration(ROOT / "stacks")):
        path = folder / "config" / f"{spec.key}.yaml"
        path.parent.mkdir(exist_ok=True)
        kind = type(spec.params)
        data = {
            "template": spec.build.name,
            "params": msgspec.json.encode(spec.params).decode(),
            "type": kind.__name__,
            "types": kind.__module__,
        }
        # A file for each: Sceptre loads templates in threads, and two that load the same file fail.
        template = f"{spec.key.replace('/', '-')}.py"
        (folder / "templates" / template).write_text(_HANDLER.format(root=str(ROOT)))
        # JSON is YAML.
        path.write_text(json.dumps({"template": {"path": template, "type": "file"}, "sceptre_user_data": data}))
    return folder
