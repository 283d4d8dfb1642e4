"""Runs the migrations on the connection that ``coresafe.services.schema`` hands over, or on the configured database."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from coresafe.models import Base


def run(connection: Connection) -> None:
    """Run what was asked for on ``connection``; the caller opened it and closes it."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    from coresafe.config import Settings
    from coresafe.services.opening import open_database

    database = open_database(Settings())
    try:
        with database.connect() as opened:
            run(opened)
    finally:
        database.close()
