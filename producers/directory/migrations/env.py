"""Runs the steps on the connection and in the transaction of whoever asks (`store.migrate`)."""

from alembic import context

from producers.directory.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="directory_version",
)
with context.begin_transaction():
    context.run_migrations()
