"""Failures outside of this program: one type for each situation that a caller handles differently."""

# ruff: noqa: N818 - each name says what the situation is


class ReleaseError(Exception):
    """Base of all types below. The text is one sentence that ends with what to do."""


class Unavailable(ReleaseError):
    """AWS did not answer as expected: throttling, a time-out, a 5xx. The outcome is unknown; try again later.

    ``answer`` is what a server error said, "" if there was no answer or AWS asks to wait. An error that repeats itself
    with the same text counts as a refusal.
    """

    def __init__(self, text: str, answer: str = "") -> None:
        super().__init__(text)
        self.answer = answer


class NobodyIdentified(ReleaseError):
    """A sender that speaks for others can't say who they are, by its own fault.

    The text is the answer to the person.
    """


class LeaseLost(ReleaseError):
    """This worker no longer holds the release, or can't know: it stops before it acts, and another worker continues."""


class WrongClock(ReleaseError):
    """This machine's clock differs from AWS's: leases, expiry and freezes would be computed wrongly here."""


class Denied(ReleaseError):
    """AWS denies us the permission for this. Trying again changes nothing."""


class NotPublished(ReleaseError):
    """There is no such version, or a part of it is gone."""


class AmbiguousVersion(ReleaseError):
    """Several versions start with these digits."""


class CannotExecute(ReleaseError):
    """The change set can't be executed now. Read it again: it may have been executed."""


class CannotUndo(ReleaseError):
    """This way to roll back is not possible any more: the operation has ended or has moved on. Read the state again."""


class Invalid(ReleaseError):
    """AWS refuses the request itself: a template or a parameter that it does not accept."""


class TooLarge(Invalid):
    """A template or a change set is larger, deeper or more expensive to compare than the limits allow."""


class Tampered(ReleaseError):
    """Published or logged content does not match its digest."""
