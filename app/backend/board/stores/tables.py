"""The tables of PostgreSQL, as the newest migration leaves them."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, String, Table, Text, Uuid

METADATA = MetaData()


def _written() -> tuple[Column[object], ...]:
    """Who wrote a row. ``author_id`` is the identity that was attested, ``author`` the name that people read."""
    return (
        Column("id", Uuid, primary_key=True),
        Column("author_id", String(300), nullable=False),
        Column("author", String(300), nullable=False),
        Column("editor", String(300), nullable=False),
        Column("created", DateTime(timezone=True), nullable=False),
        Column("updated", DateTime(timezone=True), nullable=False),
        Column("version", Integer, nullable=False),
    )


NOTES = Table(
    "notes",
    METADATA,
    *_written(),
    Column("release", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Index("notes_by_release", "release", "created"),
)
POST_MORTEMS = Table(
    "post_mortems",
    METADATA,
    *_written(),
    Column("release", String(80), nullable=False),
    Column("environment", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Index("post_mortems_by_time", "created"),
)
VIEWS = Table(
    "views",
    METADATA,
    *_written(),
    Column("name", String(200), nullable=False),
    Column("query", String(2000), nullable=False),
    Column("shared", Boolean, nullable=False),
    Index("views_by_author", "author_id", "name"),
)
