"""Who may run the first worker: what counts as an identity that can, and how long bootstrap waits for IAM."""

from typing import Any

import pytest

from generator.apply.first_worker import Caller, named, wait
from generator.release.errors import Denied, Unavailable


@pytest.mark.parametrize(
    ("id_", "may"),
    [
        ("AIDAEXAMPLE0000000001", True),
        ("AROAEXAMPLE0000000001:ana@example.com", True),
        ("111122223333", False),  # the root user
        ("111122223333:somebody", False),  # a federated user, who assumes no role of this account by id
        ("nobody", False),
        ("AROAEXAMPLE0000000001:a\n", False),
    ],
)
def test_who_can_assume_a_role(id_: str, *, may: bool) -> None:
    """Users and sessions of roles can; the root user of an account can't."""
    assert Caller(id_, "arn").may_assume_roles is may


@pytest.mark.parametrize(
    ("given", "found"), [({}, ""), ({"FirstWorker": "nobody"}, ""), ({"FirstWorker": "AIDA1"}, "AIDA1")]
)
def test_whom_home_names(given: dict[str, str], found: str) -> None:
    """A home of an earlier version has no such parameter: then it names nobody."""
    assert named(given) == found


@pytest.mark.parametrize(
    ("answers", "waited", "ready"),
    [
        ([None], 0, True),
        ([Denied("no"), Denied("no"), None], 10, True),
        ([Denied("no")] * 40, 120, False),
        ([Unavailable("down")], 0, False),
    ],
)
def test_bootstrap_waits_until_iam_knows(answers: list[Exception | None], waited: int, *, ready: bool) -> None:
    """A trust works everywhere only after a while, so a first refusal is no refusal; after two minutes it is one."""
    slept: list[float] = []
    told: list[str] = []
    given = iter(answers)

    def sts(operation: str, **_: Any) -> dict[str, Any]:
        assert operation == "assume_role"
        answer = next(given)
        if answer is not None:
            raise answer
        return {}

    assert wait(sts, "arn:aws:iam::111122223333:role/hello-worker", slept.append, told.append) is ready
    assert sum(slept) == waited
    assert len(told) == (1 if waited else 0)
