"""``python -m board.migrate``: bring PostgreSQL's tables to what this version needs.

It runs before the rollout, as often as somebody likes: what is done is not done again. Two that run at once wait for
each other. Each migration keeps what the version before reads and writes, so that both versions run during a rollout.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from board.settings import SettingsError, read
from board.stores.database import driver_url

# Any number that no other program of this database uses for its own lock (PostgreSQL: Advisory Locks).
_LOCK = 0x51195A1


def migrate(url: str, revision: str = "head") -> None:
    """Run the migrations up to ``revision``.

    Raises:
        OperationalError: the database can't be reached.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(driver_url(url), connect_args={"connect_timeout": 10})
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def main(environ: Mapping[str, str]) -> int:
    """The exit code: 1 if the database can't be reached, 2 for settings that can't be used."""
    try:
        url = read(environ).database
    except SettingsError as error:
        for line in error.mistakes:
            sys.stderr.write(f"board: {line}\n")
        return 2
    if not url:
        sys.stderr.write("board: there is no database to migrate; set DATABASE_HOST and its other parts\n")
        return 2
    try:
        migrate(url)
    except OperationalError as error:
        sys.stderr.write(
            f"board: the database can't be reached: {str(error.orig).strip()}; check it and run this again\n"
        )
        return 1
    sys.stdout.write("board: the database is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
