"""alembic's entry point: it runs over the connection that :mod:`board.migrate` opened."""

from alembic import context

from board.stores.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
