"""``make fuzz``: atheris (coverage-guided) over every target, from the corpus in this folder; ten minutes in all.

``python -m tests.fuzz SECONDS [TARGET]``. What crashes is written to ``.cache/fuzz`` as ``crash-…``: add it to the corpus,
which the tests run through, and mend its kind.
"""

import subprocess
import sys
from pathlib import Path

from tests.fuzz import trees

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"
FOUND = Path(".cache/fuzz")
_TIMEOUT, _MEMORY = 10, 2048  # seconds of one input; MiB of the process, with what instrumenting takes


def run(target: str, seconds: int) -> int:
    """One target in a process of its own: libFuzzer ends it at a crash."""
    found = FOUND / target
    found.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz", "--one", target, str(found), str(CORPUS / target)]
    limits = [
        f"-max_total_time={seconds}",
        f"-timeout={_TIMEOUT}",
        f"-rss_limit_mb={_MEMORY}",
        f"-artifact_prefix={found}/",
    ]
    return subprocess.run(
        [*command, *limits, "-max_len=65536", "-verbosity=0", "-print_final_stats=1"], check=False
    ).returncode


def one(target: str, arguments: list[str]) -> None:
    """Fuzz in this process; does not return."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=["generator", "bot"]):
        from tests.fuzz.targets import JSON, TARGETS
    as_json = {"custom_mutator": lambda data, most, seed: trees.mutated(data, most, seed, atheris.Mutate)}
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target], **(as_json if target in JSON else {}))
    atheris.Fuzz()


def main() -> int:
    """Every target for its part of the time, or one."""
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3:])
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    targets = sys.argv[2:] or sorted(path.name for path in CORPUS.iterdir())
    return max(run(target, max(1, seconds // len(targets))) for target in targets)


if __name__ == "__main__":
    sys.exit(main())
