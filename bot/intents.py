"""What people can mean besides a request: something to show, the form, or an input that was not understood."""

from typing import Literal, NamedTuple

from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock


class Show(NamedTuple):
    """Something to show, and of what: ``prod``, ``prod/service-app``, ``*/app`` (everywhere), a release, a commit, or all.

    ``what`` is ``status``, ``history``, ``diff``, ``plan``, ``logs``, ``release``, ``why``, ``where``, ``locks``, ``open``,
    ``environments``, ``thanks`` or ``help``. ``note`` is shown below it.
    """

    what: str
    of: str = ""
    note: str = ""


FormKind = Literal["deploy", "rollback", "restart"]


class Form(NamedTuple):
    """The modal, with what is known already, and what it asks for."""

    service: str = ""
    environment: str = ""
    kind: FormKind = "deploy"
    version: str = ""


class Indirect(NamedTuple):
    """A request whose object the log must name: "undo app prod", "retry prod-app-4", "app prod #123".

    Exactly one of ``stack`` and ``release`` is set; neither means the release whose thread this is said in. ``pull`` is the
    number of a pull request.
    """

    verb: Literal["cancel", "abort", "undo", "continue", "approve", "reject", "retry", "rollback", "propose"]
    stack: str = ""
    release: str = ""
    reason: str = ""
    pull: int = 0
    break_glass: str = ""


class Unclear(NamedTuple):
    """Not understood: a sentence that ends with what to write."""

    why: str


# The domain's own requests, with the id "" until one is sent, or one of the above.
Intent = Propose | RollBack | RestartService | Decide | Lock | Unlock | Show | Form | Indirect | Unclear
