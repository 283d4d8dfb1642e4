"""The dashboard: how things stand now, at a glance.

It reads what is kept with the documents (balances, counts) and goes through nothing but what is out now and what
happened today: it costs the same after a thousand dispatches and after a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Counter, Dispatch, Return, ReturnLine
from coresafe.models.base import UtcDateTime
from coresafe.models.enums import CountKind, DispatchStatus, SampleStatus, SampleType
from coresafe.services.dispatch_rows import days_between
from coresafe.services.facts import utc_now
from coresafe.services.inventory import StockRow, read_stock
from coresafe.services.permissions import Permission
from coresafe.services.reporting import Places, find_places, match_rate, start_of_day, today
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardQuery:
    """Of one shed, or with None of all sheds together."""

    shed_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchCounts:
    """How many dispatches stand how.

    total = outstanding + partially_returned + closed + voided; open = outstanding + partially_returned. ``matched`` are
    among the closed ones, ``discrepancy`` among all but the voided.
    """

    total: int
    open: int
    outstanding: int
    partially_returned: int
    closed: int
    voided: int
    matched: int
    discrepancy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Dispatches past their due date, the trays outstanding on them, and the days out of the one that left first (0: none)."""

    dispatches: int
    trays: int
    oldest_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The calendar day so far, in trays and documents, what was voided left out.

    Each shed counts its own day, from midnight in its own time zone. ``day`` is the shed's; for all sheds together the
    first active one's. Dispatches count at the shed they left, returns at the shed that received them.
    """

    day: date
    dispatches: int
    dispatched: int
    returns: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCounts:
    """All samples there are, those of every shed: a sample belongs to a hole, not to a shed."""

    total: int
    by_status: Mapping[SampleStatus, int]
    by_type: Mapping[SampleType, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """How things stand ``as_of`` now. ``match_rate`` = matched / closed, None while nothing is closed."""

    as_of: datetime
    shed_id: int | None
    inventory: tuple[StockRow, ...]
    dispatches: DispatchCounts
    match_rate: float | None
    overdue: Overdue
    today: Today
    samples: SampleCounts


C = Counter.__table__
D = Dispatch.__table__
R = Return.__table__
RL = ReturnLine.__table__

#: What a line of the one statement is about.
_COUNTED, OPEN, _SENT, _CAME = "counted", "open", "sent", "came"
#: In the names of what is open: past its due date; a return said that this is all, and trays are out all the same.
OVERDUE, SHORT = "overdue", "short"


@reads(Permission.LOOK, snapshot=True)
def dashboard(tx: Reading, query: DashboardQuery) -> Dashboard:
    """How a shed, or all of them, stands now. Raises ValidationFailed at ``shed_id``."""
    places = find_places(tx, query.shed_id)
    stock = read_stock(tx, places.shed_id)
    return put_together(places, stock, tx.all(together(figures(places, tx.now))), tx.now)


def put_together(places: Places, stock: Sequence[StockRow], found: Sequence[Row[Any]], now: datetime) -> Dashboard:
    """The dashboard of these sheds, of what ``figures`` found of them or of more sheds."""
    parts: dict[str, list[Row[Any]]] = {_COUNTED: [], OPEN: [], _SENT: [], _CAME: []}
    for row in found:
        if row.part in parts and (row.shed_id in places.zones or (not row.shed_id and "/" in row.name)):
            parts[row.part].append(row)
    counts = _dispatch_counts(parts[_COUNTED], parts[OPEN])
    return Dashboard(
        as_of=now,
        shed_id=places.shed_id,
        inventory=tuple(stock),
        dispatches=counts,
        match_rate=match_rate(counts.matched, counts.closed),
        overdue=_overdue(parts[OPEN], places, now),
        today=Today(
            day=today(now, places.zone),
            dispatches=sum(row.documents for row in parts[_SENT]),
            dispatched=sum(int(row.trays) for row in parts[_SENT]),
            returns=sum(row.documents for row in parts[_CAME]),
            returned=sum(int(row.trays) for row in parts[_CAME]),
        ),
        samples=_sample_counts(parts[_COUNTED]),
    )


def together(parts: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """All parts in one statement."""
    return sa.select(sa.union_all(*parts).subquery())


def figures(places: Places, now: datetime) -> list[sa.Select[Any]]:
    """Counts, open dispatches and today's documents by shed: parts of one statement.

    The columns are ``part``, ``shed_id`` (0: of none), ``name``, ``documents``, ``trays`` and ``oldest``. What is open is
    looked for by that alone, whatever the shed: there are few, and no database is led to walk through all dispatches of a
    shed instead.
    """
    nothing = sa.literal(0)
    never = sa.literal(None, UtcDateTime())
    counted = sa.select(
        sa.literal(_COUNTED).label("part"),
        C.c.shed_id,
        C.c.kind.label("name"),
        C.c.value.label("documents"),
        nothing.label("trays"),
        never.label("oldest"),
    ).where(C.c.period == 0)
    due = sa.case((D.c.due_at < utc_now(), OVERDUE), else_="")
    final = sa.case((D.c.is_final, SHORT), else_="")
    name = D.c.status.concat("/").concat(due).concat("/").concat(final)
    still_out = (
        sa.select(
            sa.literal(OPEN),
            D.c.shed_id,
            name,
            sa.func.count(),
            sa.func.sum(D.c.outstanding),
            sa.func.min(D.c.dispatched_at),
        )
        .where(D.c.is_open)
        .group_by(D.c.shed_id, name)
    )
    sent = (
        sa.select(sa.literal(_SENT), D.c.shed_id, sa.literal(""), sa.func.count(), sa.func.sum(D.c.quantity), never)
        .where(D.c.status != DispatchStatus.VOIDED.value, *_of_today(D.c.dispatched_at, D.c.shed_id, places, now))
        .group_by(D.c.shed_id)
    )
    back = sa.func.sum(RL.c.good + RL.c.occupied + RL.c.damaged + RL.c.surplus)
    documents = sa.func.count(R.c.id.distinct())
    came = (
        sa.select(sa.literal(_CAME), R.c.shed_id, sa.literal(""), documents, sa.func.coalesce(back, 0), never)
        .select_from(R.outerjoin(RL, RL.c.return_id == R.c.id))
        .where(R.c.voided_at.is_(None), *_of_today(R.c.returned_at, R.c.shed_id, places, now))
        .group_by(R.c.shed_id)
    )
    return [counted, still_out, sent, came]


def _of_today(
    at: sa.Column[datetime], shed: sa.Column[int], places: Places, now: datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    """Since midnight of the shed's own day. The earliest midnight stands by itself, for the index on the time."""
    starts = {zone: start_of_day(today(now, zone), zone) for zone in places.by_zone()}
    each = [(at >= starts[zone]) & shed.in_(sheds) for zone, sheds in places.by_zone().items()]
    return at >= min(starts.values(), default=now), sa.or_(sa.false(), *each)


def _dispatch_counts(counted: Sequence[Row[Any]], still_out: Sequence[Row[Any]]) -> DispatchCounts:
    kept = {kind: sum(row.documents for row in counted if row.name == kind.value) for kind in CountKind}
    partly = sum(r.documents for r in still_out if r.name.startswith(DispatchStatus.PARTIALLY_RETURNED.value))
    still_open = sum(row.documents for row in still_out)
    return DispatchCounts(
        total=kept[CountKind.SENT],
        open=still_open,
        outstanding=still_open - partly,
        partially_returned=partly,
        closed=kept[CountKind.CLOSED],
        voided=kept[CountKind.VOIDED],
        matched=kept[CountKind.MATCHED],
        discrepancy=kept[CountKind.DISCREPANCY],
    )


def _overdue(still_out: Sequence[Row[Any]], places: Places, now: datetime) -> Overdue:
    late = [row for row in still_out if OVERDUE in row.name.split("/")]
    return Overdue(
        dispatches=sum(row.documents for row in late),
        trays=sum(int(row.trays) for row in late),
        oldest_days=max((days_between(row.oldest, now, places.zones[row.shed_id]) for row in late), default=0),
    )


def _sample_counts(counted: Sequence[Row[Any]]) -> SampleCounts:
    by_status = dict.fromkeys(SampleStatus, 0)
    by_type = dict.fromkeys(SampleType, 0)
    for row in counted:
        if "/" in row.name:
            sample_type, status = row.name.split("/")
            by_type[SampleType(sample_type)] += row.documents
            by_status[SampleStatus(status)] += row.documents
    return SampleCounts(total=sum(by_type.values()), by_status=by_status, by_type=by_type)
