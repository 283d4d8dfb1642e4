"""Closing a shed's months: a closed month takes no more entries dated in it (domain: Closing a month).

``Shed.closed_through`` is what every write looks at, under a shared lock; closing holds the row alone, so that no entry
slips into a month while it is being closed. The periods keep who closed and re-opened what, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import NotFound, ValidationFailed, WrongState
from coresafe.models import Movement, Period, Shed, Stocktake, Transfer, User
from coresafe.models.enums import StocktakeStatus, TransferStatus
from coresafe.services import facts
from coresafe.services.permissions import Permission
from coresafe.services.reporting import next_month, start_of_month
from coresafe.services.rules import Checks, identifier, month_of
from coresafe.services.transaction import reads, writes
from coresafe.services.work import Reading, Writing

S = Shed.__table__
P = Period.__table__
M = Movement.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMonth:
    """Close every month of a shed up to and with ``month`` (yyyymm, in the shed's time zone)."""

    shed_id: int
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenMonth:
    """Re-open a closed month of a shed, and with it every later one."""

    shed_id: int
    month: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One month of a shed. ``closed``: it takes no more entries; ``reason``: why it was re-opened last."""

    shed_id: int
    month: int
    closed: bool
    closed_at: datetime | None
    closed_by: str | None
    reopened_at: datetime | None
    reopened_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """What stands in the way of closing a month: a stocktake that nobody approved, or a transfer on its way."""

    kind: str
    id: int
    number: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthQuery:
    """Which shed, and for ``hindrances`` up to which month."""

    shed_id: int
    month: int


def month_name(month: int) -> str:
    """202610 as people write it: 2026-10."""
    return f"{month // 100}-{month % 100:02d}"


def month_before(month: int) -> int:
    """The month (yyyymm) before one."""
    return month - 1 if month % 100 > 1 else month - 89


def months_between(first: int, last: int) -> list[int]:
    """The months from ``first`` to ``last``, both included."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


def _checked_month(checks: Checks, value: object) -> int:
    if value is None:
        checks.fail("month", "Month is missing. Say which month, as in 202610.")
    elif isinstance(value, bool) or not isinstance(value, int) or not 1 <= value % 100 <= 12:
        checks.fail("month", "There is no such month. Write it as in 202610.")
    elif not 195001 <= value <= 220012:  # not by ``whole``: its words would put a comma into a month
        checks.fail("month", "Month must lie between 1950 and 2200. Write it as in 202610.")
    else:
        return value
    return 0


def _lock_shed(tx: Writing, shed_id: object) -> Row[Any]:
    """The shed's row, alone: writers hold it shared while they look. Raises NotFound."""
    row = tx.first(sa.select(*S.c, *facts.clock_columns()).where(S.c.id == identifier(shed_id)).with_for_update())
    if row is None:
        raise NotFound("There is no such shed.")
    return row


@writes(Permission.CLOSE_MONTH, stock=True)
def close_month(tx: Writing, command: CloseMonth) -> MonthRow:
    """Close a shed's months up to one: they take no more entries dated in them.

    Raises NotFound, ValidationFailed, and WrongState where the month is closed already, has not come to its last day, or
    where a stocktake opened in it is unapproved or a transfer sent in it has not all arrived.
    """
    shed = _lock_shed(tx, command.shed_id)
    checks = Checks()
    month = _checked_month(checks, command.month)
    today = month_of(tx.now, shed.time_zone)
    if month > today and not checks.errors:
        checks.fail("month", f"{month_name(month)} has not begun. Choose a month until {month_name(today)}.")
    checks.done()
    if month <= shed.closed_through:
        raise WrongState(f"{month_name(month)} is closed for {shed.name} already. Nothing was changed.")
    ends = start_of_month(next_month(month), shed.time_zone)
    if month == today and (ends - tx.now).total_seconds() > _LAST_DAY_SECONDS:
        raise WrongState(
            f"{month_name(month)} still runs at {shed.name}. Nothing was changed. "
            "A month can be closed on its last day, or after it."
        )
    hindering = _hindrances(tx, shed.id, ends)
    if hindering:
        named = ", ".join(each.number for each in hindering[:5])
        raise WrongState(
            f"{month_name(month)} cannot be closed for {shed.name} yet: {named}. Nothing was changed.",
            hint="Approve or cancel its stocktakes, and receive its transfers or declare what is missing lost.",
        )
    first = next_month(shed.closed_through) if shed.closed_through else _first_month(tx, shed.id, month)
    closing = months_between(first, month)
    there = {row.month: row for row in tx.all(sa.select(P).where(P.c.shed_id == shed.id, P.c.month.in_(closing)))}
    stamp = {"closed_at": tx.now, "closed_by": tx.actor.user_id, "updated_at": tx.now}
    if there:
        tx.change(
            sa.update(P)
            .where(P.c.shed_id == shed.id, P.c.month.in_(sorted(there)))
            .values({**stamp, "version": P.c.version + 1})
        )
    tx.insert_all(
        Period,
        [{"shed_id": shed.id, "month": each, **stamp, "created_at": tx.now} for each in closing if each not in there],
    )
    _mark(tx, shed, month)
    for each in closing:
        tx.audit("close", "period", f"{shed.id}/{each}", old={"closed": False}, new={"closed": True})
    return _read_month(tx, shed.id, month)


#: The last day of a month has at most 25 hours, where the clocks are put back.
_LAST_DAY_SECONDS = 25 * 3600


def _first_month(tx: Writing, shed_id: int, until: int) -> int:
    """The month in which the shed's ledger begins; where it has none, the one to be closed."""
    mine = sa.or_(M.c.shed_id == shed_id, M.c.to_shed_id == shed_id)
    found = tx.first(
        sa.select(sa.func.min(sa.case((M.c.shed_id == shed_id, M.c.month), else_=M.c.to_month)).label("first")).where(
            mine
        )
    )
    return min(until, found.first) if found is not None and found.first else until


def _mark(tx: Writing, shed: Row[Any], month: int) -> None:
    tx.change(
        sa.update(S)
        .where(S.c.id == shed.id)
        .values({"closed_through": month, "version": shed.version + 1, "updated_at": tx.now})
    )


@writes(Permission.REOPEN_MONTH, stock=True)
def reopen_month(tx: Writing, command: ReopenMonth) -> MonthRow:
    """Re-open a closed month of a shed and every later one, with a reason: months are closed in their order.

    Raises NotFound, ValidationFailed, and WrongState where the month is not closed.
    """
    shed = _lock_shed(tx, command.shed_id)
    checks = Checks()
    month = _checked_month(checks, command.month)
    reason = checks.reason("reason", command.reason)
    checks.done()
    periods = tx.all(
        sa.select(P)
        .where(P.c.shed_id == shed.id, P.c.month >= month, P.c.month <= shed.closed_through)
        .order_by(P.c.month)
    )
    if month > shed.closed_through or not any(row.month == month for row in periods):
        raise WrongState(f"{month_name(month)} is not closed for {shed.name}. Nothing was changed.")
    stamp = {"reopened_at": tx.now, "reopened_by": tx.actor.user_id, "reason": reason, "updated_at": tx.now}
    opening = [row.month for row in periods]
    tx.change(
        sa.update(P).where(P.c.shed_id == shed.id, P.c.month.in_(opening)).values({**stamp, "version": P.c.version + 1})
    )
    _mark(tx, shed, month_before(month))
    for each in opening:
        tx.audit("reopen", "period", f"{shed.id}/{each}", old={"closed": True}, new={"closed": False}, reason=reason)
    return _read_month(tx, shed.id, month)


def _hindrances(tx: Reading | Writing, shed_id: int, before: datetime) -> list[Hindrance]:
    stocktake, transfer = Stocktake.__table__, Transfer.__table__
    counts = sa.select(
        sa.literal("stocktake").label("kind"), stocktake.c.id, stocktake.c.number, stocktake.c.opened_at.label("since")
    ).where(
        stocktake.c.shed_id == shed_id,
        stocktake.c.status == StocktakeStatus.OPEN.value,
        stocktake.c.opened_at < before,
    )
    on_their_way = sa.select(
        sa.literal("transfer").label("kind"), transfer.c.id, transfer.c.number, transfer.c.sent_at.label("since")
    ).where(
        (transfer.c.shed_id == shed_id) | (transfer.c.to_shed_id == shed_id),
        transfer.c.status == TransferStatus.IN_TRANSIT.value,
        transfer.c.sent_at < before,
    )
    found = sa.union_all(counts, on_their_way).subquery()
    rows = tx.all(sa.select(found).order_by(found.c.since, found.c.kind, found.c.id))
    return [Hindrance(kind=row.kind, id=row.id, number=row.number, since=row.since) for row in rows]


@reads(Permission.LOOK)
def hindrances(tx: Reading, query: MonthQuery) -> tuple[Hindrance, ...]:
    """What stands in the way of closing a month of a shed, the oldest first. Raises ValidationFailed."""
    checks = Checks()
    month = _checked_month(checks, query.month)
    checks.done()
    shed = tx.first(sa.select(S.c.id, S.c.time_zone).where(S.c.id == identifier(query.shed_id)))
    if shed is None:
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    return tuple(_hindrances(tx, shed.id, start_of_month(next_month(month), shed.time_zone)))


def _months(shed_id: object) -> sa.Select[Any]:
    closer, opener = User.__table__.alias("closer"), User.__table__.alias("opener")
    return (
        sa.select(
            *P.c,
            (P.c.month <= S.c.closed_through).label("closed"),
            closer.c.username.label("closer"),
            opener.c.username.label("opener"),
        )
        .select_from(
            P.join(S, S.c.id == P.c.shed_id)
            .outerjoin(closer, closer.c.id == P.c.closed_by)
            .outerjoin(opener, opener.c.id == P.c.reopened_by)
        )
        .where(P.c.shed_id == identifier(shed_id))
        .order_by(P.c.month.desc())
    )


def _month_row(row: Row[Any]) -> MonthRow:
    return MonthRow(
        shed_id=row.shed_id,
        month=row.month,
        closed=bool(row.closed),
        closed_at=row.closed_at,
        closed_by=row.closer,
        reopened_at=row.reopened_at,
        reopened_by=row.opener,
        reason=row.reason,
    )


def _read_month(tx: Writing, shed_id: int, month: int) -> MonthRow:
    return next(_month_row(row) for row in tx.all(_months(shed_id).where(P.c.month == month)))


@reads(Permission.LOOK)
def list_months(tx: Reading, shed_id: int) -> tuple[MonthRow, ...]:
    """Every month of a shed that was closed at least once, the newest first."""
    return tuple(_month_row(row) for row in tx.all(_months(shed_id)))
