"""Alembic's entry: wzrd.db.engine.migrate gives it an open connection; its version table is in schema wzrd."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="wzrd", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
