"""What people can mean besides a request: something to show, the form, or an input that was not understood."""

from typing import Literal, NamedTuple

from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock


class Show(NamedTuple):
    """Something to show: ``status``, ``history``, ``diff``, ``logs``, ``release`` or ``help``, and of what."""

    what: str
    of: str = ""


FormKind = Literal["deploy", "rollback", "restart"]


class Form(NamedTuple):
    """The modal, with what is known already, and what it asks for."""

    service: str = ""
    environment: str = ""
    kind: FormKind = "deploy"


class Unclear(NamedTuple):
    """Not understood: a sentence that ends with what to write."""

    why: str


# The domain's own requests, with the id "" until one is sent, or one of the above.
Intent = Propose | RollBack | RestartService | Decide | Lock | Unlock | Show | Form | Unclear
