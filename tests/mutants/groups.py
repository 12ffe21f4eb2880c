"""What is mutated, and the tests that must notice: nearest first, so that a mutant dies early."""

from pathlib import Path
from typing import NamedTuple


class Group(NamedTuple):
    """Sources (globs below the repository) and their tests. ``least`` is the share that must be killed, in per cent."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    least: float = 0.0

    def files(self, folder: Path) -> list[Path]:
        """The sources below a copy of the repository."""
        return sorted({found for pattern in self.sources for found in folder.glob(pattern)})


_RELEASE = "generator/release"
_TESTS = "tests/release"
PROMISED = 95.0

GROUPS: dict[str, Group] = {
    "policy": Group(
        tuple(f"{_RELEASE}/{name}.py" for name in ("policy", "digests", "approval_digest", "freezes")),
        tuple(
            f"{_TESTS}/test_{name}.py"
            for name in (
                "policy_tables", "policy_sentences", "attested", "lock_tables", "digests", "freeze_tables",
                "audit_and_approval_digest",
            )
        ),
        PROMISED,
    ),
    "log": Group(
        tuple(f"{_RELEASE}/{name}.py" for name in ("log", "log_items", "leases", "open_index", "audit", "audit_verification", "agreement")),
        tuple(
            f"{_TESTS}/test_{name}.py"
            for name in (
                "journals", "agreement", "verification", "lease_records", "wake_ups", "log_writes", "leases", "lines", "sealed_heads", "forged_log", "audit_and_approval_digest", "audit_bundle", "evidence",
                "attested", "what_is_asked", "wrong_clock", "lock_tables", "held_releases", "stories",
            )
        ),
        PROMISED,
    ),
    "steps": Group(
        (f"{_RELEASE}/steps/*.py",),
        tuple(
            f"{_TESTS}/test_{name}.py"
            for name in (
                "change_set_inputs", "listener_tables", "step_tables", "observed_steps", "observed_verification", "any_template", "exports", "signed_versions",
                "journals", "stories", "hard_cases", "hard_cases_of_aws", "rollback_stories", "held_releases", "what_is_asked", "forged_log",
                "preflight_stories", "gates", "attested", "policy_changes", "evidence", "guards", "hostile_templates",
                "observed_tables", "opening", "wrong_clock", "last_logs", "fed_values", "restarts", "deletion", "database_versions",
                "listener_rules", "first_failure", "slim",
            )
        ),
        PROMISED,
    ),
    "release": Group((f"{_RELEASE}/*.py",), (_TESTS,)),
    "iam": Group(
        ("generator/preview/iam/*.py",),
        tuple(f"tests/unit/preview/test_{name}.py" for name in ("recorded_gains", "conditions", "action_patterns", "policy_difference", "gains", "gains_of_resources", "roles_taken", "mutable_inputs", "reachable", "bounds")),
        PROMISED,
    ),
    "network": Group(("generator/preview/network/*.py",), ("tests/unit/preview/test_network.py",)),
    "lint": Group(("generator/lint/rules/*.py", "generator/lint/rules/*/*.py"), ("tests/unit/lint",)),
    "foundation": Group(
        ("templates/foundation/*.py", "templates/permissions/*.py"),
        tuple(f"tests/unit/templates/test_{name}.py" for name in ("foundation", "foundation_account", "permissions")),
    ),
}  # fmt: skip
