"""What a worker does beside its releases, one step at a time."""

from collections.abc import Iterator

from generator.release.errors import ReleaseError, Unavailable
from generator.release.stepwise_work import StepwiseWork


def test_work_goes_on_step_by_step_and_a_failure_is_told_once() -> None:
    """None while more is left, True at the end; what AWS did not answer is told, and the work begins anew the next time."""
    told: list[ReleaseError] = []
    begun: list[int] = []

    def begin() -> Iterator[None] | None:
        begun.append(len(begun) + 1)
        return None if len(begun) == 3 else steps()

    def steps() -> Iterator[None]:
        yield
        if len(begun) == 1:
            raise Unavailable("AWS did not answer")

    work = StepwiseWork(begin, told.append)
    assert work.chore() is None
    assert told == []
    assert work.chore() is True
    assert [str(error) for error in told] == ["AWS did not answer"]
    assert [work.chore(), work.chore()] == [None, True]
    assert [work.chore(), begun] == [True, [1, 2, 3]], "nothing was left to do"
    assert len(told) == 1
