"""Alembic's entry: it is given an open connection by wzrd.db.migrate, and keeps its version table in schema wzrd."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="wzrd", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
