"""Notes on a release."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from board.controllers.parts import TheParts, TheVisitor
from board.controllers.releases import ReleaseId, visible_release
from board.controllers.written import OwnPage, TheDatabase, Version, author_only, is_author, missing
from board.models.written import NewNote, Note, NoteChange, Notes
from board.services.visibility import Visitor
from board.stores.tables import NOTES

router = APIRouter(prefix="/api/releases/{release_id}/notes", tags=["notes"])


@router.get("")
def notes(parts: TheParts, visitor: TheVisitor, database: TheDatabase, release_id: ReleaseId) -> Notes:
    """The notes on a release, oldest first."""
    visible_release(parts, visitor, release_id)
    rows = database.rows(NOTES, NOTES.c.release == release_id)
    return Notes(notes=[_note(row, visitor) for row in rows])


@router.post("", status_code=201, dependencies=[OwnPage])
def add_note(parts: TheParts, visitor: TheVisitor, database: TheDatabase, release_id: ReleaseId, new: NewNote) -> Note:
    """Write a note."""
    visible_release(parts, visitor, release_id)
    values = {"release": release_id, "text": new.text}
    return _note(database.add(NOTES, visitor, values, NOTES.c.release == release_id), visitor)


@router.put("/{note_id}", dependencies=[OwnPage])
def change_note(  # noqa: PLR0913, PLR0917 - what FastAPI hands in
    parts: TheParts,
    visitor: TheVisitor,
    database: TheDatabase,
    release_id: ReleaseId,
    note_id: UUID,
    change: NoteChange,
) -> Note:
    """Change a note of your own."""
    _own(parts, visitor, database, release_id, note_id)
    return _note(database.change(NOTES, visitor, note_id, change.version, {"text": change.text}), visitor)


@router.delete("/{note_id}", status_code=204, dependencies=[OwnPage])
def remove_note(  # noqa: PLR0913, PLR0917 - what FastAPI hands in
    parts: TheParts,
    visitor: TheVisitor,
    database: TheDatabase,
    release_id: ReleaseId,
    note_id: UUID,
    version: Version,
) -> None:
    """Take a note of your own away."""
    _own(parts, visitor, database, release_id, note_id)
    database.remove(NOTES, note_id, version)


def _own(parts: TheParts, visitor: Visitor, database: TheDatabase, release_id: str, note_id: UUID) -> None:
    visible_release(parts, visitor, release_id)
    if author_only(database, NOTES, note_id, visitor).release != release_id:
        raise missing(note_id)


def _note(row: Any, who: Visitor) -> Note:
    return Note(
        id=row.id, author=row.author, editor=row.editor, created=row.created, updated=row.updated, version=row.version,
        mine=is_author(row, who), release=row.release, text=row.text,
    )  # fmt: skip
