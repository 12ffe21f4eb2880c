"""The log as a file: verified by this software, and by the documented lines of Python without it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from generator.aws.audit_seal import message
from generator.aws.signing_key import public_key, verify
from generator.release.audit_bundle import bundle, bundle_verified
from tests.fakes.small_ports import FakeSeal
from tests.release.fake_platform import FakePlatform

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


class KeySeal(FakeSeal):
    """Signs as KMS does, with a key of P-256."""

    def __init__(self) -> None:
        super().__init__()
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._signed: dict[tuple[str | float, ...], bytes] = {}

    def public_key(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def _signature(self, *what: str | float) -> bytes:
        text = message(*what)  # type: ignore[arg-type]
        return self._signed.setdefault(what, self._private.sign(text, ec.ECDSA(SHA256())))


@pytest.fixture(scope="module")
def exported() -> tuple[list[str], bytes]:
    """The lines of a bundle of two releases, and the public key."""
    platform = FakePlatform()
    platform.seal = KeySeal()
    platform.workers = [platform.worker("w1")]
    platform.created()
    key = platform.seal.public_key()
    return list(bundle(platform.log, platform.seal, platform.facts, "", message)), key


def altered(lines: list[str], how: str) -> list[str]:
    """The bundle as a forger would have it."""
    entry = next(i for i, line in enumerate(lines) if "entry" in json.loads(line))
    if how == "cut":
        return lines[:entry] + [line for line in lines[entry:] if "entry" not in json.loads(line)]
    if how == "left out":
        return lines[:entry] + lines[entry + 1 :]
    old, new = {
        "entry": ("proposed", "imposed!"),
        "evidence": ("AIDAANAANAANAANAANA1", "AIDABENBENBENBENBEN1"),
        "head": (r"\"at\": ", r"\"at\":  "),
    }[how]
    kind = {"entry": "entry", "evidence": "evidence", "head": "head"}[how]
    at = next(i for i, line in enumerate(lines) if kind in json.loads(line) and old in line)
    return [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]


def test_what_the_log_shows_of_a_release_is_compared_with_its_chain(exported: tuple[list[str], bytes]) -> None:
    """A row that names another requester than its chain is found in the file, as `audit verify` finds it in the log."""
    lines, key = exported
    public = public_key(key)

    def found(those: list[str]) -> list[str]:
        return [f.text for f in bundle_verified(those, lambda text, signature: verify(public, text, signature)).faults]

    rows = [line for line in lines if "row" in json.loads(line)]
    assert len(rows) == 2
    forged = rows[0].replace("AIDAANAANAANAANAANA1", "AIDABENBENBENBENBEN1")
    assert forged != rows[0]
    assert found(lines) == []
    assert any(
        "asked for it, the entry" in text for text in found([forged if line == rows[0] else line for line in lines])
    )


@pytest.mark.parametrize("how", ["", "entry", "evidence", "head", "left out", "cut"])
def test_anybody_verifies_a_bundle(exported: tuple[list[str], bytes], tmp_path: Path, how: str) -> None:
    """The documented Python, as it is written, and `audit verify --bundle` find whatever was altered, and nothing else."""
    lines, key = exported
    lines = altered(lines, how) if how else lines
    script = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert script is not None
    assert len(script[1].splitlines()) <= 30
    for name, content in (("verify.py", script[1].encode()), ("key.der", key), ("log", "\n".join(lines).encode())):
        (tmp_path / name).write_bytes(content)
    run = subprocess.run(
        [sys.executable, "verify.py", "log", "key.der"], cwd=tmp_path, capture_output=True, check=False
    )
    assert run.returncode == (1 if how else 0), run.stdout + run.stderr
    assert run.stderr == b""
    public = public_key(key)
    found = bundle_verified(lines, lambda text, signature: verify(public, text, signature))
    assert bool(found.faults) is bool(how)
