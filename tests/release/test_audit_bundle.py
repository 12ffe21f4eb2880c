"""The log as a file: verified by this software, and by the documented lines of Python without it."""

from __future__ import annotations

import hashlib
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
from generator.release.daily_heads import DAY, begin_of, date_of
from generator.release.daily_post import SETTLED, DailyPost
from tests.fakes.small_ports import FakeSeal, FakeWitness
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
    """The lines of a bundle of two releases and a daily head, and the public key."""
    platform = FakePlatform()
    platform.seal = KeySeal()
    platform.workers = [platform.worker("w1")]
    platform.created()
    platform.clock.now = begin_of(date_of(platform.clock())) + DAY + SETTLED
    post = DailyPost(platform.context(), "w1", {"channel": FakeWitness()}, pytest.fail)
    for _ in range(60):
        post.chore()
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


def later_entry(lines: list[str]) -> list[str]:
    """The last entry of a chain written anew, which nothing but the head of its day tells in a bundle without its row and head."""
    found = [json.loads(line) for line in lines]
    last = [row for row in found if "entry" in row][-1]
    kept = [row for row in found if "entry" in row or "day" in row]
    text = last["entry"].replace('"succeeded"', '"suceeeded"')
    assert text != last["entry"]
    forged = {"entry": text, "hash": hashlib.sha256(text.encode()).hexdigest()}
    return [json.dumps(forged if row == last else row) for row in kept]


def test_anybody_compares_a_daily_head_offline(exported: tuple[list[str], bytes], tmp_path: Path) -> None:
    """The documented Python prints the head that was posted, and says where the entries are others; so does `--bundle`."""
    lines, _ = exported
    script = DOCUMENT.read_text().split("```python\n")[2].partition("```")[0]
    (tmp_path / "days.py").write_text(script)

    def ran(rows: list[str]) -> str:
        (tmp_path / "log").write_text("\n".join(rows))
        run = subprocess.run([sys.executable, "days.py", "log"], cwd=tmp_path, capture_output=True, check=True)
        return run.stdout.decode()

    [day] = [json.loads(line) for line in lines if "day" in json.loads(line)]
    assert ran(lines) == f"2027-01-15 {day['digest']} \n"
    forged = later_entry(lines)
    assert "the entries of this day are not those of its head" in ran(forged)
    found = bundle_verified(forged, lambda _text, _signature: True)
    assert [fault.text for fault in found.faults if "daily head" in fault.text] == [
        "is not the entry that the daily head of 2027-01-15 names"
    ]
