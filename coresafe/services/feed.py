"""What others changed: the small feed that windows poll, one round trip when there is nothing new.

It reads the audit entries past a high-water mark. Entries commit out of the order of their ids, so a short overlap is
read again each time and what was told before is left out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from coresafe.models import AuditEntry, User
from coresafe.services.context import Context
from coresafe.services.facts import utc_now
from coresafe.services.permissions import Permission
from coresafe.services.transaction import READ_PATIENCE_SECONDS, persist
from coresafe.services.work import check_guard

#: How long an id that was skipped may still turn up: longer than any transaction of ours lives.
OVERLAP_SECONDS = 90.0
#: How many ids before the newest may still be on their way when a window opens.
LOOK_BACK = 200
#: Entries told at most in one poll; a window that slept longer reloads everything anyway.
AT_MOST = 500
#: A look takes milliseconds; one that takes so long says that the server does not answer.
LOOK_SECONDS = 5

E = AuditEntry.__table__
U = User.__table__

#: Which kinds of thing a page shows are touched by a change of a record.
TOUCHES: dict[str, frozenset[str]] = {
    "dispatch": frozenset({"dispatches", "stock"}),
    "return": frozenset({"dispatches", "stock"}),
    "resolution": frozenset({"dispatches", "stock"}),
    "stock": frozenset({"stock"}),
    "company": frozenset({"companies", "dispatches"}),
    "project": frozenset({"projects", "dispatches"}),
    "drillhole": frozenset({"drillholes", "dispatches"}),
    "shed": frozenset({"sheds", "stock", "dispatches"}),
    "tray_size": frozenset({"tray_sizes", "stock"}),
    "user": frozenset({"users"}),
    "sample": frozenset({"samples"}),
    "setting": frozenset({"settings", "dispatches"}),
    "period": frozenset({"periods", "sheds"}),
    "stocktake": frozenset({"stocktakes", "stock"}),
    "transfer": frozenset({"transfers", "stock"}),
    "chase": frozenset({"dispatches"}),
    "import": frozenset({"companies", "projects", "drillholes", "samples", "imports"}),
}


@dataclass(slots=True)
class Mark:
    """Where a window has read to: ids told already, each with when, and the lowest id worth asking for."""

    after: int = -1
    told: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed since the last poll: kinds of thing, and the records by kind; ``as_of`` is the database's clock.

    ``everything``: too much to name, reload all.
    """

    kinds: frozenset[str]
    records: frozenset[tuple[str, str]]
    as_of: datetime
    everything: bool = False


def poll(context: Context, mark: Mark) -> News:
    """What others (and oneself) changed since ``mark``, which is moved on. One round trip.

    Raises Unauthenticated when the user was switched off or signed out everywhere, DatabaseUnavailable when the
    database is away. The first poll only finds where the feed stands.
    """
    return persist(lambda: _poll(context, mark), patience=READ_PATIENCE_SECONDS)


def _poll(context: Context, mark: Mark) -> News:
    with context.database.connect(within=LOOK_SECONDS) as connection:
        who = (U.c.id == context.actor.user_id) & U.c.is_active
        newest = sa.func.coalesce(sa.select(sa.func.max(E.c.id)).scalar_subquery(), 0)
        facts = sa.select(
            utc_now().label("now"),
            sa.select(U.c.role).where(who).scalar_subquery().label("role"),
            sa.select(U.c.epoch).where(who).scalar_subquery().label("epoch"),
            newest.label("newest"),
        ).subquery("facts")
        fresh = (
            sa.select(E.c.id, E.c.record_type, E.c.record_id, E.c.operation_id)
            .where(E.c.id > (mark.after if mark.after >= 0 else newest - LOOK_BACK))
            .order_by(E.c.id)
            .limit(AT_MOST + len(mark.told))
            .subquery("fresh")
        )
        statement = sa.select(facts, fresh).select_from(facts.outerjoin(fresh, sa.true()))
        rows = connection.execute(statement).all()
    head = rows[0]
    check_guard(context, Permission.OWN_ACCOUNT, head.role, head.epoch, must_change=False)
    if mark.after < 0:
        # What is there is known, what commits later with a lower id is news.
        mark.after = max(0, int(head.newest) - LOOK_BACK)
        at = time.monotonic()
        mark.told = {row.id: at for row in rows if row.id is not None}
        return News(kinds=frozenset(), records=frozenset(), as_of=head.now)
    fresh_rows = [row for row in rows if row.id is not None and row.id not in mark.told]
    at = time.monotonic()
    for row in fresh_rows:
        mark.told[row.id] = at
    _move_on(mark, at)
    records = frozenset((row.record_type, row.record_id) for row in fresh_rows)
    kinds = frozenset(kind for record_type, _ in records for kind in TOUCHES.get(record_type, ()))
    return News(kinds=kinds, records=records, as_of=head.now, everything=len(fresh_rows) >= AT_MOST)


def _move_on(mark: Mark, at: float) -> None:
    """Forget ids told so long ago that nothing below them can still be on its way."""
    old = [row_id for row_id, when in mark.told.items() if at - when > OVERLAP_SECONDS]
    if old:
        mark.after = max(mark.after, *old)
        for row_id in [known for known in mark.told if known <= mark.after]:
            del mark.told[row_id]
