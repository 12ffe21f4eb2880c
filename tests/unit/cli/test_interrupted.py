"""Ctrl-C after a request was sent: it continues, and the command says so."""

import pytest

from tests.release.fake_platform import FakePlatform
from tests.unit.cli.conftest import Typed

INTERRUPTED = [
    (
        "deploy app prod",
        "the request was sent and continues without you; see the result with: slipway status prod",
    ),
    ("rollback app prod", "Stop it with: slipway undo RELEASE"),
    ("approve prod-app-2", "Stop it with: slipway undo prod-app-2"),
    ("reject prod-app-2", "your request to reject prod-app-2 was sent and continues without you"),
    ("undo prod-app-2", "follow it with: slipway follow prod-app-2"),
    ("lock prod app --reason db", "remove it with: slipway unlock prod app"),
    ("unlock prod", "lock again with: slipway lock prod"),
]


@pytest.mark.parametrize(("line", "said"), INTERRUPTED)
def test_ctrl_c_after_a_request_was_sent_says_that_it_continues(
    typed: Typed, platform: FakePlatform, line: str, said: str
) -> None:
    """In every command that sends one: exit 130, and how to stop it; no word of files, and the request is in the queue."""
    typed("deploy app prod")

    def interrupted(wait: float) -> int:
        raise KeyboardInterrupt(wait)

    ran = typed(line, work=interrupted, who="ben")
    assert ran.code == 130
    assert said in ran.err
    assert "file" not in ran.err
    assert platform.queue.waiting
