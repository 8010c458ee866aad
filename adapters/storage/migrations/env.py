"""Alembic's entry: runs the revisions that `adapters.storage.schema` asks for, in the transaction that it has begun."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
