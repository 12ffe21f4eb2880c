"""PostgreSQL: what people write. Each call is one transaction; every change says which version it replaces."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, create_engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from board.services.visibility import Visitor
from board.stores.errors import ConflictError, DatabaseOffError, FullError

_LOG = logging.getLogger("board")
# Rows of one list, and rows of one person or release: who reads them can't be flooded.
MOST = 500


class Database:
    """Safe to use from many threads. ``failure`` says why the last call failed, "" if it did not."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            driver_url(url),
            pool_size=5,
            max_overflow=0,
            pool_timeout=3,
            # A failover of RDS leaves dead connections behind (RDS User Guide: Multi-AZ deployments).
            pool_pre_ping=True,
            connect_args={"connect_timeout": 3, "options": "-c statement_timeout=5000 -c lock_timeout=3000"},
        )
        self.failure = ""

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except ProgrammingError as error:
            self.failure = "its tables are not as this version needs them; run: python -m board.migrate"
            _LOG.warning("the database: %s", error.orig)
            raise DatabaseOffError(self.failure) from error
        except (DBAPIError, PoolTimeoutError) as error:
            self.failure = "it does not answer; try again in a moment"
            # The driver's own words name host and user, and no password.
            _LOG.warning("the database does not answer: %s", getattr(error, "orig", error))
            raise DatabaseOffError(self.failure) from error
        self.failure = ""

    def rows(self, table: Table, *conditions: Any, newest: bool = False, by: str = "created") -> Sequence[Any]:
        """Rows that fit, in order; at most :data:`MOST`."""
        column = table.c[by]
        order = (column.desc() if newest else column.asc(), table.c.id)
        with self._transaction() as connection:
            return connection.execute(select(table).where(*conditions).order_by(*order).limit(MOST)).all()

    def row(self, table: Table, id_: UUID) -> Any | None:
        """One row, None if there is none."""
        with self._transaction() as connection:
            return connection.execute(select(table).where(table.c.id == id_)).first()

    def add(self, table: Table, who: Visitor, values: Mapping[str, Any], *same: Any) -> Any:
        """Write a row in somebody's name; ``same`` are conditions of which at most :data:`MOST` rows are kept.

        Raises:
            FullError: there are so many.
        """
        now = datetime.now(UTC)
        row = {
            "id": uuid4(), "author_id": who.id, "author": who.name, "editor": who.name, "created": now, "updated": now,
            "version": 1, **values,
        }  # fmt: skip
        with self._transaction() as connection:
            if (connection.scalar(select(func.count()).select_from(table).where(*same)) or 0) >= MOST:
                raise FullError
            return connection.execute(insert(table).values(row).returning(table)).one()

    def change(self, table: Table, who: Visitor, id_: UUID, version: int, values: Mapping[str, Any]) -> Any:
        """Replace a version of a row with the next one.

        Raises:
            ConflictError: the row is not at this version.
        """
        new = {**values, "editor": who.name, "updated": datetime.now(UTC), "version": version + 1}
        mine = (table.c.id == id_, table.c.version == version)
        with self._transaction() as connection:
            row = connection.execute(update(table).where(*mine).values(new).returning(table)).first()
        if row is None:
            raise ConflictError
        return row

    def remove(self, table: Table, id_: UUID, version: int) -> None:
        """Delete a version of a row.

        Raises:
            ConflictError: the row is not at this version.
        """
        with self._transaction() as connection:
            gone = connection.execute(delete(table).where(table.c.id == id_, table.c.version == version))
        if not gone.rowcount:
            raise ConflictError


def driver_url(url: str) -> str:
    """The address with the driver that is used."""
    return f"postgresql+psycopg://{url.partition('://')[2]}"
