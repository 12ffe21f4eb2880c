"""Saved views: filters under a name."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import or_

from board.controllers.parts import TheVisitor
from board.controllers.written import OwnPage, TheDatabase, Version, author_only, is_author
from board.models.written import NewView, View, ViewChange, Views
from board.services.visibility import Visitor
from board.stores.tables import VIEWS

router = APIRouter(prefix="/api/views", tags=["views"])


@router.get("")
def views(visitor: TheVisitor, database: TheDatabase) -> Views:
    """Your views and those that are shared, by name."""
    rows = database.rows(VIEWS, or_(VIEWS.c.author_id == visitor.id, VIEWS.c.shared), by="name")
    return Views(views=[_view(row, visitor) for row in rows])


@router.post("", status_code=201, dependencies=[OwnPage])
def add_view(visitor: TheVisitor, database: TheDatabase, new: NewView) -> View:
    """Save a view."""
    return _view(database.add(VIEWS, visitor, new.model_dump(), VIEWS.c.author_id == visitor.id), visitor)


@router.put("/{view_id}", dependencies=[OwnPage])
def change_view(visitor: TheVisitor, database: TheDatabase, view_id: UUID, change: ViewChange) -> View:
    """Change a view of your own."""
    author_only(database, VIEWS, view_id, visitor)
    values = change.model_dump(exclude={"version"})
    return _view(database.change(VIEWS, visitor, view_id, change.version, values), visitor)


@router.delete("/{view_id}", status_code=204, dependencies=[OwnPage])
def remove_view(visitor: TheVisitor, database: TheDatabase, view_id: UUID, version: Version) -> None:
    """Take a view of your own away."""
    author_only(database, VIEWS, view_id, visitor)
    database.remove(VIEWS, view_id, version)


def _view(row: Any, who: Visitor) -> View:
    return View(
        id=row.id, author=row.author, editor=row.editor, created=row.created, updated=row.updated, version=row.version,
        mine=is_author(row, who), name=row.name, query=row.query, shared=row.shared,
    )  # fmt: skip
