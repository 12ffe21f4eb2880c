"""What can go wrong outside of us: one type for each situation that a caller treats differently."""

# ruff: noqa: N818 - each name says what the situation is


class ReleaseError(Exception):
    """Base of all below; the text is one sentence that ends with what to do."""


class Unavailable(ReleaseError):
    """AWS did not answer as it should: throttling, a time-out, a 5xx. Nothing is known; try again later.

    ``answer`` is what a server error said, "" where nobody answered or AWS asks for patience. What says the same again and
    again is a refusal.
    """

    def __init__(self, text: str, answer: str = "") -> None:
        super().__init__(text)
        self.answer = answer


class NobodyIdentified(ReleaseError):
    """Who speaks for others can't say who they are, by a fault of its own: the text answers the person, who did no wrong."""


class LeaseLost(ReleaseError):
    """This worker no longer holds the release, or can't know: it stops before it acts, and another one goes on."""


class WrongClock(ReleaseError):
    """This machine's clock is not AWS's: leases, expiry and freezes would mean something else here."""


class Denied(ReleaseError):
    """AWS says that we have no right to do this; trying again changes nothing."""


class NotPublished(ReleaseError):
    """There is no such version, or a part of it is gone."""


class AmbiguousVersion(ReleaseError):
    """Several versions start with these digits."""


class CannotExecute(ReleaseError):
    """The change set can't be executed now: look at it again, it may have been."""


class CannotUndo(ReleaseError):
    """This way back is closed now: the operation is over, or has moved on; look again."""


class Invalid(ReleaseError):
    """AWS refuses the request itself: a template or a parameter that it does not take."""


class TooLarge(Invalid):
    """A template or a change set is larger, deeper or more work to compare than what is read."""


class Tampered(ReleaseError):
    """What was published or logged is not what its digest says."""
