"""Chasing: who was called about trays that are still out, and what was said. Nothing of it is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import NotFound, WrongState
from coresafe.models import Chase, User
from coresafe.services import facts
from coresafe.services.dispatch_rows import D
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, identifier
from coresafe.services.transaction import reads, writes
from coresafe.services.work import Reading, Writing

C = Chase.__table__
U = User.__table__

_COLUMNS = (C.c.id, C.c.chased_at, C.c.entered_at, C.c.called, C.c.note)
#: Chases of one dispatch that are read at most, the newest ones.
CHASES_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AddChase:
    """Somebody was called, written to or visited about a dispatch; ``chased_at`` defaults to now."""

    dispatch_id: int
    called: str
    note: str
    chased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaseRow:
    """One chase: whom ``entered_by`` called, when, and what came of it."""

    id: int
    dispatch_id: int
    number: str
    chased_at: datetime
    entered_at: datetime
    called: str
    note: str
    entered_by: str


@writes(Permission.CHASE)
def add_chase(tx: Writing, command: AddChase) -> ChaseRow:
    """Note a call about a dispatch of which something is out; the dispatch itself stays as it is.

    Raises NotFound, ValidationFailed, and WrongState where nothing of it is out any more.
    """
    wanted = D.c.id == identifier(command.dispatch_id)
    columns = (D.c.id, D.c.number, D.c.dispatched_at, D.c.is_open, *facts.clock_columns())
    dispatch = tx.first(sa.select(*columns).where(wanted))
    if dispatch is None:
        raise NotFound("There is no such dispatch.")
    checks = Checks()
    called = checks.text("called", command.called, label="Who was called")
    note = checks.notes("note", command.note)
    if note is None and not any(error.field == "note" for error in checks.errors):
        checks.fail("note", "The note is missing. Say what came of it.")
    at = checks.moment("chased_at", command.chased_at, now=tx.now, label="When") or tx.now
    if at < dispatch.dispatched_at:
        checks.fail("chased_at", f"{dispatch.number} had not left yet. Enter when the call really was.")
    checks.done()
    assert note is not None  # noqa: S101  # checked before
    if not dispatch.is_open:
        raise WrongState(f"Nothing of {dispatch.number} is out any more. The call was not noted.")
    row = ChaseRow(
        id=0,
        dispatch_id=dispatch.id,
        number=dispatch.number,
        chased_at=at,
        entered_at=tx.now,
        called=called,
        note=note,
        entered_by=tx.actor.username,
    )
    values = {name: getattr(row, name) for name in ("dispatch_id", "chased_at", "entered_at", "called", "note")}
    chase_id = tx.insert(Chase, {**values, "created_by": tx.actor.user_id})
    told = {"dispatch_id": row.dispatch_id, "number": row.number, "chased_at": at, "called": called, "note": note}
    tx.audit("add", "chase", chase_id, new=told)
    return replace(row, id=chase_id)


@reads(Permission.LOOK)
def list_chases(tx: Reading, dispatch_id: int) -> tuple[ChaseRow, ...]:
    """The chases of one dispatch, the last one first. One statement; raises NotFound."""
    joined = D.outerjoin(C, C.c.dispatch_id == D.c.id).outerjoin(U, U.c.id == C.c.created_by)
    statement = (
        sa.select(D.c.id.label("dispatch_id"), D.c.number, *_COLUMNS, U.c.username.label("entered_by"))
        .select_from(joined)
        .where(D.c.id == identifier(dispatch_id))
        .order_by(C.c.chased_at.desc(), C.c.id.desc())
        .limit(CHASES_LIMIT)
    )
    found = tx.all(statement)
    if not found:
        raise NotFound("There is no such dispatch.")
    return _rows(found)


def _rows(found: Sequence[Row[Any]]) -> tuple[ChaseRow, ...]:
    return tuple(
        ChaseRow(**{name: getattr(row, name) for name in ChaseRow.__slots__}) for row in found if row.id is not None
    )
