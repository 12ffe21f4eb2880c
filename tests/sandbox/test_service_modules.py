"""Every module that answers for a service is found, and none is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.sandbox.server.service_modules import MODULES, STORES

ROOT = Path(__file__).parents[2]
# In a process of its own, with the environment of the sandbox's: modules register themselves when they are imported.
_LOAD = """
import os, sys
from generator.sandbox.server.__main__ import environment
os.environ.update(environment(0, None))
from generator.sandbox.server import service_modules
for service in service_modules.MODULES:
    service_modules.load(service)
print(*sorted(name for name in sys.modules if name.startswith("generator.sandbox.")))
"""


@pytest.mark.parametrize("name", sorted({name for names in MODULES.values() for name in names}))
def test_every_module_that_is_named_is_there(name: str) -> None:
    """A module that was renamed would leave its operations to ministack, which answers them otherwise."""
    path = ROOT / name.replace(".", "/")
    assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_every_module_that_registers_an_operation_is_loaded() -> None:
    """The first call of a service finds all that answers for it; what the server installs at its start is no service's."""
    run = subprocess.run([sys.executable, "-c", _LOAD], cwd=ROOT, capture_output=True, text=True, check=True)
    registering = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "generator/sandbox").rglob("*.py")
        if re.search(r"^ *@(around|operation)\(", path.read_text(), re.MULTILINE)
    }
    assert registering - set(run.stdout.split()) <= {"generator.sandbox.iam.identity"}


def test_every_store_that_runs_by_itself_belongs_to_a_service() -> None:
    """What is loaded at the start for its saved state is a service's modules."""
    assert set(STORES.values()) <= set(MODULES)
