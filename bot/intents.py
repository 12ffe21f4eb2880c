"""What people can mean that is no request: something to show, the form, or what was not understood."""

from typing import NamedTuple

from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock


class Show(NamedTuple):
    """Something to look at: ``status``, ``history``, ``diff``, ``logs``, ``release`` or ``help``, and of what."""

    what: str
    of: str = ""


class Form(NamedTuple):
    """The modal, with what is known already."""

    service: str = ""
    environment: str = ""
    back: bool = False


class Unclear(NamedTuple):
    """Not understood: a sentence that ends with what to write."""

    why: str


# The domain's own requests, with the id "" until one is sent, or one of the above.
Intent = Propose | RollBack | RestartService | Decide | Lock | Unlock | Show | Form | Unclear
