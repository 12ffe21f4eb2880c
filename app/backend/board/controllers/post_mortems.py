"""Post-mortems: what happened, and what follows from it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from board.controllers.parts import Parts, TheParts, TheVisitor
from board.controllers.releases import visible_release
from board.controllers.written import OwnPage, TheDatabase, Version, author_only, missing
from board.models.written import NewPostMortem, PostMortem, PostMortemChange, PostMortems
from board.services.visibility import Visitor
from board.stores.database import Database
from board.stores.tables import POST_MORTEMS

router = APIRouter(prefix="/api/post-mortems", tags=["post-mortems"])
_ABOUT = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,80}$", description="Those about one release.")]


@router.get("")
def post_mortems(parts: TheParts, visitor: TheVisitor, database: TheDatabase, release: _ABOUT = "") -> PostMortems:
    """Post-mortems of the environments that you see, newest first."""
    conditions: list[Any] = [POST_MORTEMS.c.environment.in_(parts.visibility.environments(visitor))]
    if release:
        conditions = [*conditions, POST_MORTEMS.c.release == release]
    rows = database.rows(POST_MORTEMS, *conditions, newest=True)
    return PostMortems(post_mortems=[_post_mortem(row) for row in rows])


@router.get("/{post_mortem_id}")
def post_mortem(parts: TheParts, visitor: TheVisitor, database: TheDatabase, post_mortem_id: UUID) -> PostMortem:
    """One post-mortem."""
    return _post_mortem(_visible(parts, visitor, database, post_mortem_id))


@router.post("", status_code=201, dependencies=[OwnPage])
def add_post_mortem(parts: TheParts, visitor: TheVisitor, database: TheDatabase, new: NewPostMortem) -> PostMortem:
    """Write a post-mortem about a release."""
    about = visible_release(parts, visitor, new.release)
    values = {**new.model_dump(), "environment": about.stack.environment}
    return _post_mortem(database.add(POST_MORTEMS, visitor, values, POST_MORTEMS.c.release == new.release))


@router.put("/{post_mortem_id}", dependencies=[OwnPage])
def change_post_mortem(
    parts: TheParts, visitor: TheVisitor, database: TheDatabase, post_mortem_id: UUID, change: PostMortemChange
) -> PostMortem:
    """Change a post-mortem: everybody who sees it may, and `editor` says who did."""
    _visible(parts, visitor, database, post_mortem_id)
    values = change.model_dump(exclude={"version"})
    return _post_mortem(database.change(POST_MORTEMS, visitor, post_mortem_id, change.version, values))


@router.delete("/{post_mortem_id}", status_code=204, dependencies=[OwnPage])
def remove_post_mortem(
    parts: TheParts, visitor: TheVisitor, database: TheDatabase, post_mortem_id: UUID, version: Version
) -> None:
    """Take a post-mortem of your own away."""
    _visible(parts, visitor, database, post_mortem_id)
    author_only(database, POST_MORTEMS, post_mortem_id, visitor)
    database.remove(POST_MORTEMS, post_mortem_id, version)


def _visible(parts: Parts, visitor: Visitor, database: Database, id_: UUID) -> Any:
    row = database.row(POST_MORTEMS, id_)
    if row is None or not parts.visibility.sees(visitor, row.environment):
        raise missing(id_)
    return row


def _post_mortem(row: Any) -> PostMortem:
    return PostMortem(
        id=row.id, author=row.author, editor=row.editor, created=row.created, updated=row.updated, version=row.version,
        mine=True, release=row.release, title=row.title, text=row.text, state=row.state,
    )  # fmt: skip
