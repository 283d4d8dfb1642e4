"""What is not kept for ever: operation ids of writes that moved no stock, old sessions, wrong passwords of long ago."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from coresafe.models import ApiSession, Operation, SignInThrottle
from coresafe.services.database import Database
from coresafe.services.facts import utc_now

#: Operation ids that moved no stock are kept so long (domain: Operation ids).
OPERATIONS_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)
#: Sessions of the API after they have run out, so that "who was signed in" can be answered for a while.
SESSIONS_KEPT = timedelta(days=30)
#: Rows removed at a time, so that nobody waits for it.
AT_ONCE = 500


def tidy(database: Database) -> int:
    """Remove what has served its time, a small batch; the number of rows removed."""
    operation, throttle, session = Operation.__table__, SignInThrottle.__table__, ApiSession.__table__
    with database.connect() as connection:
        now = connection.execute(sa.select(utc_now())).scalar_one()
        old = (
            sa.select(operation.c.id)
            .where(~operation.c.is_stock, operation.c.created_at < now - OPERATIONS_KEPT)
            .limit(AT_ONCE)
        )
        ids = [row.id for row in connection.execute(old)]
        quiet = throttle.c.last_failure_at < now - THROTTLES_KEPT
        names = [
            row.username_key
            for row in connection.execute(sa.select(throttle.c.username_key).where(quiet).limit(AT_ONCE))
        ]
        over = session.c.expires_at < now - SESSIONS_KEPT
        sessions = [row.id for row in connection.execute(sa.select(session.c.id).where(over).limit(AT_ONCE))]
    if not ids and not names and not sessions:
        return 0
    with database.writing() as connection:
        removed = connection.execute(sa.delete(operation).where(operation.c.id.in_(ids))).rowcount
        # Looked at again: somebody may have mistyped his password this moment.
        removed += connection.execute(sa.delete(throttle).where(throttle.c.username_key.in_(names), quiet)).rowcount
        removed += connection.execute(sa.delete(session).where(session.c.id.in_(sessions))).rowcount
    return int(removed)
