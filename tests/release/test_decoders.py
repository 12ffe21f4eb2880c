"""Many threads read the log at once, from the first moment of a process on."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import msgspec
import pytest

from generator.release import decoders

ROOT = Path(__file__).parents[2]


class Small(msgspec.Struct):
    """A type that nobody else decodes."""

    name: str


def test_a_type_is_learned_by_one_thread_before_anybody_decodes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Msgspec crashes the process if two threads learn a type at once: the others wait for the first one."""
    learning: list[str] = []
    entered, go_on = threading.Event(), threading.Event()

    class Decoder:
        def __init__(self, kind: type[Small]) -> None:
            learning.append(threading.current_thread().name)
            entered.set()
            assert go_on.wait(60)
            self._kind = kind

        def decode(self, text: bytes) -> Small:
            return msgspec.json.decode(text, type=self._kind)

    monkeypatch.setattr(decoders, "_KNOWN", {})
    monkeypatch.setattr(decoders.msgspec.json, "Decoder", Decoder)
    found: list[Small] = []
    threads = [
        threading.Thread(target=lambda: found.append(decoders.decode(b'{"name": "a"}', Small)), name=f"t{number}")
        for number in range(4)
    ]
    threads[0].start()
    assert entered.wait(60)
    for thread in threads[1:]:
        thread.start()
    assert learning == ["t0"]
    go_on.set()
    for thread in threads:
        thread.join()
    assert found == [Small("a")] * 4
    assert len(set(learning)) == len(learning), "nobody learned it at the same time"


def test_nothing_that_threads_read_is_decoded_in_another_way() -> None:
    """A call of msgspec's own with a type of ours would learn it without the lock."""
    places = [path for room in ("generator/release", "bot") for path in (ROOT / room).rglob("*.py")]
    places.append(ROOT / "generator/aws/version_envelope.py")
    found = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in places
        if "workspace" not in path.parts
        for call in re.findall(r"json\.decode\(.*type=(?!str|dict)\w+", path.read_text())
    }
    assert found == set()
