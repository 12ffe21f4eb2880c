"""What tests of the board share."""

from collections.abc import Iterator

import pytest

from board.migrate import migrate
from board.stores.database import Database
from tests.app.postgres import cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a database without tables."""
    with cluster() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """The URL of a database that every migration ran in."""
    migrate(postgres)
    return postgres


@pytest.fixture
def database(migrated: str) -> Iterator[Database]:
    """A database in which nothing is written yet."""
    from sqlalchemy import delete

    from board.stores.tables import METADATA

    found = Database(migrated)
    with found._transaction() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    yield found
    found.close()
