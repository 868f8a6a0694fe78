"""Runs the steps on the connection and in the transaction of whoever asks (`store.migrate`)."""

from alembic import context

from alerts.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="alerts_version",
)
with context.begin_transaction():
    context.run_migrations()
