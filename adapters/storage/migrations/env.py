"""Runs the migrations on the connection, and in the transaction, that `adapters.storage.engine.migrate` gives."""

from alembic import context

from adapters.storage.schema.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
