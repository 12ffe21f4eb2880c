"""Notes, post-mortems and views."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "notes",
        *_written(),
        sa.Column("release", sa.String(80), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("notes_by_release", "notes", ["release", "created"])
    op.create_table(
        "post_mortems",
        *_written(),
        sa.Column("release", sa.String(80), nullable=False),
        sa.Column("environment", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
    )
    op.create_index("post_mortems_by_time", "post_mortems", ["created"])
    op.create_table(
        "views",
        *_written(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("query", sa.String(2000), nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
    )
    op.create_index("views_by_author", "views", ["author_id", "name"])


def _written() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("author_id", sa.String(300), nullable=False),
        sa.Column("author", sa.String(300), nullable=False),
        sa.Column("editor", sa.String(300), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
