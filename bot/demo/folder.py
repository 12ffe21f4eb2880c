"""The demo's own checkout below ``.cache/demo``: a copy of ``stacks/`` whose people are those of the local Slack.

What people keep of a demo is here too: the sandbox's state, the workspace's messages, and which versions are which.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.workspace.seed import Seed
from generator.config.read import read_configuration
from generator.config.sources import gather
from generator.config.yaml_reader import plain
from generator.errors import UsageError

SERVICE, ENVIRONMENT, CHANNEL = "app", "prod", "deploys"
# What the widening version wants to reach beside what it reaches already.
TABLE = "reports"
# ECS's own circuit breaker is sure to work under this strategy alone, and it is quick.
_ROLLOUT = {"strategy": "rolling"}
# A real process is checked in true seconds, whatever the demo's speed.
_REAL_CHECK = {"interval": 5, "timeout": 2}


class Folder:
    """The files of one demo. ``checkout`` holds the ``stacks/`` that the demo shows; ``real`` is for tasks that are processes."""

    def __init__(self, checkout: Path, root: Path | None = None, *, real: bool = False) -> None:
        self.checkout = checkout
        self.real = real
        self.root = root or checkout / ".cache" / "demo"
        self.stacks = self.root / "stacks"
        self.build = self.root / "build"
        self.workspace = self.root / "workspace.json"
        self.log = self.root.with_suffix(".log")  # outlives what is forgotten
        self._ready = self.root / "ready.json"

    def forget(self) -> None:
        """Delete the files of earlier demos."""
        shutil.rmtree(self.root, ignore_errors=True)

    def prepare(self, seed: Seed) -> None:
        """Copy the configuration, with the people of the workspace in it.

        Raises:
            ConfigurationError: ``stacks/`` is wrong.
            UsageError: it does not release ``app`` to ``prod``, which the demo needs.
        """
        config = read_configuration(self.checkout / "stacks")
        if SERVICE not in config.services.get(ENVIRONMENT, {}):
            raise UsageError(
                f"the demo releases the service {SERVICE!r} to {ENVIRONMENT!r}, and stacks/ has no such service there; "
                "run it in a fresh checkout"
            )
        shutil.rmtree(self.stacks, ignore_errors=True)
        self.stacks.mkdir(parents=True, mode=0o700)
        self._write(self.stacks, seed, {})

    def variant(self, name: str, seed: Seed, change: Mapping[str, Any]) -> Path:
        """A copy in which ``change`` changes the service, as a commit by somebody else. Returns its ``stacks``."""
        folder = self.root / "versions" / name / "stacks"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._write(folder, seed, change)
        return folder

    def _write(self, folder: Path, seed: Seed, change: Mapping[str, Any]) -> None:
        source = self.checkout / "stacks"
        for path in (source / "functions").glob("*"):
            if path.is_file():
                (folder / "functions").mkdir(exist_ok=True)
                shutil.copyfile(path, folder / "functions" / path.name)
        for found in gather(source).sources:
            document = plain(found.data)
            match found.kind:
                case "platform":
                    document |= _people(seed)
                case "environment":
                    tables = document.setdefault("data", {}).setdefault("tables", {})
                    tables.setdefault(TABLE, {"partition_key": {"name": "id"}})
                case "service" if found.name == SERVICE:
                    document |= change
                    here = document.setdefault("environments", {}).setdefault(ENVIRONMENT, {})
                    here["rollout"] = _ROLLOUT
                    if self.real:
                        here["health_check"] = _REAL_CHECK
            path = folder / Path(found.file).relative_to(source)
            path.parent.mkdir(exist_ok=True)
            # JSON is YAML too.
            path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def versions(self) -> dict[str, str]:
        """Commit by version of the story, when the setup has finished. {} before."""
        try:
            found = json.loads(self._ready.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

    def ready(self, versions: Mapping[str, str]) -> None:
        """Record that the setup has finished."""
        partial = self._ready.with_suffix(".partial")
        partial.write_text(json.dumps(versions), encoding="utf-8")
        partial.replace(self._ready)


def _people(seed: Seed) -> dict[str, Any]:
    """Sections of ``platform.yaml`` that belong to the workspace."""
    ids = {person.handle: person.id for person in seed.people}
    deploys = next(channel.id for channel in seed.channels if channel.name == CHANNEL)
    return {
        "people": {who: {"slack": ids[who]} for who in ("ana", "ben", "cleo")},
        "teams": {"releasers": {"people": ["ana", "ben", "cleo"]}},
        "slack": {"team_id": seed.team_id, "app_id": seed.app.id, "default": [deploys]},
    }
