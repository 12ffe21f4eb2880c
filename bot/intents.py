"""What people can mean: requests without their ids, things to show, the form, or what was not understood."""

from typing import Literal, NamedTuple

Verdict = Literal["cancel", "undo", "continue"]


class Start(NamedTuple):
    """Release a version: the newest that may go there if none is named."""

    key: str
    version: str | None = None
    promote_from: str | None = None
    reason: str = ""
    break_glass: str = ""


class Back(NamedTuple):
    """Bring an earlier version back."""

    key: str
    release: str | None = None
    version: str | None = None
    reason: str = ""


class Act(NamedTuple):
    """Decide about an open release; ``release`` "" means the one whose thread this is."""

    verdict: Verdict
    release: str = ""
    reason: str = ""


class Hold(NamedTuple):
    """Lock or freeze: ``prod/service-app`` or ``prod/*``."""

    scope: str
    reason: str
    hours: float = 0.0
    freeze: bool = False


class Free(NamedTuple):
    """Take a lock away."""

    scope: str
    reason: str = ""


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


Wanted = Start | Back | Act | Hold | Free | Show | Form | Unclear
