"""What people write: notes on a release, post-mortems, saved views.

Each value has a ``version``, which counts its changes. Who changes one sends the version that they read; if somebody
was faster, the answer is 409 and nothing is lost.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from board.models.base import Field, Model

# PostgreSQL's text can't hold a zero byte.
_NO_NUL = r"^[^\x00]*$"
LongText = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True, pattern=_NO_NUL)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=_NO_NUL)]
ViewQuery = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[!-~]*$")]
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Written(Model):
    """Who wrote something, and when. ``editor`` changed it last; ``mine`` says whether you may change it."""

    id: UUID
    author: str
    editor: str
    created: datetime
    updated: datetime
    version: int
    mine: bool


class Note(Written):
    """A note on a release. Its author alone changes it."""

    release: str
    text: str


class NewNote(Model):
    """A note to be written."""

    text: LongText


class NoteChange(NewNote):
    """A note's new text, and the version that was read."""

    version: VersionNumber


class PostMortem(Written):
    """What happened and what follows from it. Everybody who sees the release's environment may change it."""

    release: str
    title: str
    text: str
    state: Literal["draft", "final"]


class NewPostMortem(Model):
    """A post-mortem to be written, about a release."""

    release: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,80}$")]
    title: Title
    text: LongText
    state: Literal["draft", "final"] = "draft"


class PostMortemChange(Model):
    """A post-mortem's new content, and the version that was read."""

    title: Title
    text: LongText
    state: Literal["draft", "final"]
    version: VersionNumber


class View(Written):
    """Filters that somebody saved: ``query`` is what follows the ``?`` in the board's address."""

    name: str
    query: str
    shared: bool


class NewView(Model):
    """A view to be saved; a shared one is listed for everybody."""

    name: Title
    query: ViewQuery
    shared: bool = False


class ViewChange(NewView):
    """A view's new content, and the version that was read."""

    version: VersionNumber


class Notes(Model):
    """The notes on a release, oldest first."""

    notes: list[Note]


class PostMortems(Model):
    """Post-mortems, newest first."""

    post_mortems: list[PostMortem]


class Views(Model):
    """Your views and those that are shared, by name."""

    views: list[View]
