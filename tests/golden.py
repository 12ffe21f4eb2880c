"""Golden templates: what every stack of two configurations looks like, as YAML that people review.

``python -m tests.golden`` writes them, ``--check`` says which are stale. ``shipped`` is ``stacks/``, ``full`` is
``tests/stacks/full``: everything switched on. ``digests.json`` holds the digest of each template's JSON, the bytes that
are deployed.
"""

import json
import sys
from pathlib import Path

from generator.build.artifact import build_artifact
from generator.build.yaml_writer import to_yaml
from generator.catalog.stacks import stacks
from generator.config.read import read_configuration

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
CONFIGURATIONS = {"shipped": ROOT / "stacks", "full": ROOT / "tests" / "stacks" / "full"}


def expected() -> dict[Path, str]:
    """File below ``tests/golden`` to what it should hold."""
    files: dict[Path, str] = {}
    for name, folder in CONFIGURATIONS.items():
        digests = {}
        for spec in stacks(read_configuration(folder)):
            artifact, body = build_artifact(spec, "")
            digests[spec.key] = artifact.digest
            files[GOLDEN / name / f"{spec.key}.yaml"] = to_yaml(json.loads(body))
        files[GOLDEN / name / "digests.json"] = json.dumps(digests, indent=1, sort_keys=True) + "\n"
    return files


def stale() -> list[Path]:
    """Golden files that are missing, different, or no longer made."""
    files = expected()
    there = {p for p in GOLDEN.rglob("*") if p.is_file()}
    different = [p for p, text in files.items() if p not in there or p.read_text() != text]
    return sorted([*different, *(there - set(files))])


def main() -> int:
    """Write, or with ``--check`` tell."""
    if "--check" in sys.argv:
        found = [str(p.relative_to(ROOT)) for p in stale()]
        if found:
            print("stale:", *found, "run `make fresh-write` and review the diff", sep="\n  ", file=sys.stderr)  # noqa: T201
        return 1 if found else 0
    files = expected()
    for path in stale():
        if path not in files:
            path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
