"""The first page of the day: how every shed stands, and what needs doing now, in two round trips.

The figures are those of ``dashboard``, for each shed and for all together, so that choosing another shed asks nothing.
What needs doing is told by what is kept with the documents, and by what left in the last four weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Dispatch, DispatchLine, MonthlyTotal, Shed, Stocktake, Transfer, TraySize, User
from coresafe.models.base import UtcDateTime
from coresafe.models.enums import Contents, DispatchStatus, StocktakeStatus, TransferStatus
from coresafe.services.dashboard import OPEN, SHORT, Dashboard, figures, put_together, together
from coresafe.services.inventory import StockRow
from coresafe.services.months import month_before
from coresafe.services.permissions import Permission
from coresafe.services.reporting import Places, next_month
from coresafe.services.rules import month_of
from coresafe.services.shed_stock import ShedStock, StockBySheds, read_stock_by_shed
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

#: What leaves in a week is the average of so many.
WEEKS = 4

D = Dispatch.__table__
L = DispatchLine.__table__
S = Shed.__table__
T = MonthlyTotal.__table__
X = Transfer.__table__

_LEFT, _USERS, _STOCKTAKES, _SENDING, _AWAITING, _MONTHS = (
    "left",
    "users",
    "stocktakes",
    "sending",
    "awaiting",
    "months",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortSize:
    """A size of which fewer empty trays are available than leave in a week, or none at all.

    ``weekly``: empty trays that left in a week, on average over the last four; rounded up.
    """

    tray_size: str
    available: int
    weekly: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMonth:
    """A shed's first month (yyyymm) that is over and not closed, and how many such there are."""

    shed_id: int
    shed: str
    month: int
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What needs doing now. Overdue dispatches stand in the dashboard.

    ``discrepancies``: dispatches of which somebody said that this is all, and ``discrepancy_trays`` are still out on them.
    ``transfers`` are on their way from or to the shed, with ``transfer_trays`` that have not arrived. ``users`` wait for
    approval: told to those who may approve them, as ``months`` are to those who may close them.
    """

    discrepancies: int = 0
    discrepancy_trays: int = 0
    short: tuple[ShortSize, ...] = ()
    users: int = 0
    stocktakes: int = 0
    transfers: int = 0
    transfer_trays: int = 0
    months: tuple[OpenMonth, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a shed, or all together, stand, and what needs doing there."""

    dashboard: Dashboard
    todo: Todo


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every shed, those in use first; ``together`` is all of them, ``by_shed`` each by its id."""

    as_of: datetime
    sheds: tuple[ShedStock, ...]
    together: Standing
    by_shed: Mapping[int, Standing] = field(default_factory=dict)

    def of(self, shed_id: int | None) -> Standing:
        """One shed's, with None all together; so too where there is no such shed any more."""
        return self.together if shed_id is None else self.by_shed.get(shed_id, self.together)


@reads(Permission.LOOK)
def overview(tx: Reading) -> Overview:
    """How every shed stands and what needs doing, in two statements."""
    known = read_stock_by_shed(tx)
    zones = {shed.shed_id: shed.time_zone for shed in known.sheds}
    first = known.sheds[0].time_zone if known.sheds else "UTC"
    places = Places(shed_id=None, zones=zones, zone=first)
    found = tx.all(together([*figures(places, tx.now), *_todo_parts(tx)]))
    each = {
        shed.shed_id: _standing(tx, known, shed, found)
        for shed in (known.sheds if len(known.sheds) > 1 else ())  # of one shed, all together are the same
    }
    all_of_them = Standing(
        dashboard=put_together(places, known.of(None), found, tx.now),
        todo=_todo(tx, known.sheds, known.of(None), found, one=None),
    )
    return Overview(as_of=tx.now, sheds=known.sheds, together=all_of_them, by_shed=each)


def _standing(tx: Reading, known: StockBySheds, shed: ShedStock, found: Sequence[Row[Any]]) -> Standing:
    places = Places(shed_id=shed.shed_id, zones={shed.shed_id: shed.time_zone}, zone=shed.time_zone)
    rows = known.of(shed.shed_id)
    return Standing(
        dashboard=put_together(places, rows, found, tx.now),
        todo=_todo(tx, (shed,), rows, found, one=shed.shed_id),
    )


def _todo_parts(tx: Reading) -> list[sa.Select[Any]]:
    """What needs doing, by shed, as further parts of the dashboard's statement."""
    nothing, nowhere, unnamed = sa.literal(0), sa.literal(0), sa.literal("")
    never = sa.literal(None, UtcDateTime())
    parts = [
        sa.select(sa.literal(_LEFT), D.c.shed_id, TraySize.name, sa.func.count(), sa.func.sum(L.c.quantity), never)
        .select_from(
            D.join(L, L.c.dispatch_id == D.c.id).join(TraySize.__table__, TraySize.id == L.c.tray_size_id)
        )
        .where(
            D.c.dispatched_at >= tx.now - timedelta(weeks=WEEKS),
            D.c.status != DispatchStatus.VOIDED.value,
            L.c.contents == Contents.EMPTY.value,
        )
        .group_by(D.c.shed_id, TraySize.name),
        sa.select(
            sa.literal(_STOCKTAKES), Stocktake.shed_id, unnamed, sa.func.count(), nothing, sa.func.min(Stocktake.opened_at)
        )
        .where(Stocktake.status == StocktakeStatus.OPEN.value)
        .group_by(Stocktake.shed_id),
    ]  # fmt: skip
    for part, shed in ((_SENDING, X.c.shed_id), (_AWAITING, X.c.to_shed_id)):
        parts.append(
            sa.select(
                sa.literal(part), shed, unnamed, sa.func.count(), sa.func.sum(X.c.in_transit), sa.func.min(X.c.sent_at)
            )
            .where(X.c.status == TransferStatus.IN_TRANSIT.value)
            .group_by(shed)
        )
    if tx.actor.may(Permission.CLOSE_MONTH):
        began = sa.select(T.c.month).where(T.c.shed_id == S.c.id).order_by(T.c.month).limit(1).scalar_subquery()
        first = sa.case((S.c.closed_through > 0, S.c.closed_through), else_=sa.func.coalesce(began, 0))
        parts.append(
            sa.select(sa.literal(_MONTHS), S.c.id, unnamed, S.c.closed_through, first, never).where(S.c.is_active)
        )
    if tx.actor.may(Permission.USERS):
        waiting = (User.approved_at.is_(None), User.is_active.is_(False))
        parts.append(sa.select(sa.literal(_USERS), nowhere, unnamed, sa.func.count(), nothing, never).where(*waiting))
    return parts


def _todo(
    tx: Reading, sheds: Sequence[ShedStock], stock: Sequence[StockRow], found: Sequence[Row[Any]], *, one: int | None
) -> Todo:
    """``one``: the shed it is of; None for all sheds together, where what is sent from one to another counts once."""
    ours = {shed.shed_id for shed in sheds}
    parts: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in found:
        if row.shed_id in ours or row.part == _USERS:
            parts[row.part].append(row)
    final = [row for row in parts[OPEN] if SHORT in row.name.split("/")]
    on_their_way = parts[_SENDING] + (parts[_AWAITING] if one is not None else [])
    return Todo(
        discrepancies=_documents(final),
        discrepancy_trays=_trays(final),
        short=_short(stock, parts[_LEFT]),
        users=_documents(parts[_USERS]),
        stocktakes=_documents(parts[_STOCKTAKES]),
        transfers=_documents(on_their_way),
        transfer_trays=_trays(on_their_way),
        months=tuple(month for shed in sheds for month in _open_month(shed, parts[_MONTHS], tx.now)),
    )


def _documents(rows: Sequence[Row[Any]]) -> int:
    return sum(int(row.documents) for row in rows)


def _trays(rows: Sequence[Row[Any]]) -> int:
    return sum(int(row.trays) for row in rows)


def _short(stock: Sequence[StockRow], left: Sequence[Row[Any]]) -> tuple[ShortSize, ...]:
    """Sizes that run out within a week, as weeks go; one that the shed neither owns nor sends is not missed."""
    weekly = {
        row.tray_size: -(-sum(int(sent.trays) for sent in left if sent.name == row.tray_size) // WEEKS) for row in stock
    }
    return tuple(
        ShortSize(tray_size=row.tray_size, available=row.available, weekly=weekly[row.tray_size])
        for row in stock
        if (row.base or weekly[row.tray_size]) and (not row.available or row.available < weekly[row.tray_size])
    )


def _open_month(shed: ShedStock, found: Sequence[Row[Any]], now: datetime) -> list[OpenMonth]:
    """The first month that is over and not closed; none for a shed in which nothing has happened yet."""
    last = month_before(month_of(now, shed.time_zone))
    for row in found:
        if row.shed_id == shed.shed_id and row.trays:
            month = next_month(int(row.documents)) if row.documents else int(row.trays)
            if month <= last:
                months = (last // 100 - month // 100) * 12 + last % 100 - month % 100 + 1
                return [OpenMonth(shed_id=shed.shed_id, shed=shed.name, month=month, months=months)]
    return []
