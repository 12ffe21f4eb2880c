"""What the pages for notes, post-mortems and views share: a database that is there, and who may change what."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Request
from sqlalchemy import Table

from board.controllers.parts import TheParts
from board.models.written import VersionNumber
from board.services.visibility import Visitor
from board.stores.database import Database

Version = Annotated[VersionNumber, Query(description="The version that was read.")]


def database(parts: TheParts) -> Database:
    """The database, or 503 with why it is off. The rest of the board runs without."""
    found: Database | None = parts.database
    if found is None:
        raise HTTPException(503, next(off.why for off in parts.off() if off.what == "database"))
    return found


def own_page(request: Request) -> None:
    """A page of another site must not write in the name of who looks at it (Fetch Metadata: Sec-Fetch-Site)."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "a page of another site sent this; open the board itself and try again")


TheDatabase = Annotated[Database, Depends(database)]
OwnPage = Depends(own_page)


def is_author(row: Any, who: Visitor) -> bool:
    """Whether somebody wrote this."""
    return bool(row.author_id == who.id)


def author_only(found: Database, table: Table, id_: UUID, who: Visitor) -> Any:
    """A row of the visitor's own."""
    row = found.row(table, id_)
    if row is None:
        raise missing(id_)
    if not is_author(row, who):
        raise HTTPException(403, f"{row.author} wrote this, and nobody else may change it")
    return row


def missing(id_: UUID) -> HTTPException:
    """There is no such row."""
    return HTTPException(404, f"there is nothing with the id {id_}; load the page again")
