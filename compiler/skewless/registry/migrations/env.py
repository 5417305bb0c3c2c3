"""What Alembic runs: the migrations, over the connection of whoever asks for them."""

from __future__ import annotations

from alembic import context

from skewless.registry.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
