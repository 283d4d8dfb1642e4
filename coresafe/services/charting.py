"""What the charts are drawn from: read once, in two statements, and folded anew for every filter by ``chart_figures``.

The months are kept by shed and company in the monthly totals and the counts, so nothing here goes through dispatches but
what is out now. Months that are wanted from a day on are read from there; the rest is asked for when it is wanted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import ValidationFailed
from coresafe.models import Company, Counter, Dispatch, DispatchLine, MonthlyTotal, Project, TraySize
from coresafe.models.base import UtcDateTime
from coresafe.models.enums import CountKind, MovementKind, SampleStatus, SampleType, State
from coresafe.services.dispatch_rows import days_between
from coresafe.services.permissions import Permission
from coresafe.services.settings import Rules
from coresafe.services.shed_stock import ShedStock, StockBySheds, read_stock_by_shed
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartsQuery:
    """The months from that of ``since`` until now; None: all of history. Every shed and company is read."""

    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfCompany:
    """What a company did in a month (yyyymm) at a shed.

    ``out``, ``back`` and ``lost`` are trays that moved in it, net of voids; ``closed`` and ``matched`` count the
    dispatches that left in it, as they stand now (as ``analytics`` has them).
    """

    month: int
    shed_id: int
    company_id: int
    out: int = 0
    back: int = 0
    lost: int = 0
    closed: int = 0
    matched: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOut:
    """Trays of a size that are out on a dispatch, and its days out in the shed's zone."""

    dispatch_id: int
    shed_id: int
    company_id: int
    tray_size: str
    outstanding: int
    days_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesOfMonth:
    """Samples of a type that were entered in a month (yyyymm, in UTC), as they stand now. They are of no shed."""

    month: int
    sample_type: SampleType
    status: SampleStatus
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """All that the charts show, as it was at ``as_of``. ``since``: the first month (yyyymm) that was read, None for all."""

    as_of: datetime
    since: int | None
    rules: Rules
    sheds: tuple[ShedStock, ...]
    companies: Mapping[int, str]
    months: tuple[MonthOfCompany, ...]
    still_out: tuple[StillOut, ...]
    samples: tuple[SamplesOfMonth, ...]

    @property
    def stock(self) -> StockBySheds:
        """What there is of every size, shed by shed."""
        return StockBySheds(as_of=self.as_of, sheds=self.sheds)


C = Counter.__table__
D = Dispatch.__table__
L = DispatchLine.__table__
P = Project.__table__
T = MonthlyTotal.__table__

#: What a line of the one statement is about.
_TRAYS, _COUNTS, _SAMPLES, _OUT, _COMPANY = range(5)


@reads(Permission.LOOK, snapshot=True)
def charts(tx: Reading, query: ChartsQuery) -> ChartData:
    """Everything the charts show, of every shed and company. Raises ValidationFailed at ``since``."""
    first = _first_month(query.since)
    known = read_stock_by_shed(tx)
    zones = {shed.shed_id: shed.time_zone for shed in known.sheds}
    parts: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in tx.all(sa.select(sa.union_all(*_parts(first or 1)).subquery())):
        parts[row.part].append(row)
    return ChartData(
        as_of=tx.now,
        since=first,
        rules=tx.rules,
        sheds=known.sheds,
        companies={row.company_id: row.name for row in parts[_COMPANY]},
        months=_months(parts[_TRAYS], parts[_COUNTS]),
        still_out=tuple(
            StillOut(
                dispatch_id=row.month,
                shed_id=row.shed_id,
                company_id=row.company_id,
                tray_size=row.name,
                outstanding=int(row.one),
                days_out=days_between(row.at, tx.now, zones[row.shed_id]),
            )
            for row in parts[_OUT]
        ),
        samples=tuple(_samples(row) for row in parts[_SAMPLES]),
    )


def _first_month(since: object) -> int | None:
    if since is None:
        return None
    if not isinstance(since, date) or not 1950 <= since.year <= 2200:
        raise ValidationFailed.of("since", "Since takes a day between 1950 and 2200.")
    return since.year * 100 + since.month


def _parts(first: int) -> list[sa.Select[Any]]:
    """Months by shed and company, samples by month, what is out now, and the companies' names, in the same columns."""
    nothing, unnamed, never = sa.literal(0), sa.literal(""), sa.literal(None, UtcDateTime())

    def only(amount: Any, kind: sa.Column[str], *kinds: str) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((kind.in_(kinds), amount), else_=0))

    trays = (
        sa.select(
            sa.literal(_TRAYS).label("part"),
            T.c.shed_id,
            T.c.company_id,
            T.c.month,
            unnamed.label("name"),
            only(T.c.quantity, T.c.kind, MovementKind.DISPATCH.value).label("one"),
            only(-T.c.quantity, T.c.kind, MovementKind.RETURN.value).label("two"),
            only(-T.c.quantity, T.c.kind, MovementKind.LOSS.value).label("three"),
            never.label("at"),
        )
        .where(T.c.month >= first, T.c.state == State.OUT.value)
        .group_by(T.c.shed_id, T.c.company_id, T.c.month)
    )
    counts = (
        sa.select(
            sa.literal(_COUNTS),
            C.c.shed_id,
            P.c.company_id,
            C.c.period,
            unnamed,
            only(C.c.value, C.c.kind, CountKind.CLOSED.value),
            only(C.c.value, C.c.kind, CountKind.MATCHED.value),
            nothing,
            never,
        )
        .select_from(C.join(P, P.c.id == C.c.project_id))
        .where(C.c.period >= first, C.c.kind.in_((CountKind.CLOSED.value, CountKind.MATCHED.value)))
        .group_by(C.c.shed_id, P.c.company_id, C.c.period)
    )
    samples = sa.select(
        sa.literal(_SAMPLES), nothing, nothing, C.c.period, C.c.kind, C.c.value, nothing, nothing, never
    ).where(C.c.period >= first, C.c.shed_id == 0, C.c.kind.contains("/"), C.c.value != 0)
    out = (
        sa.select(
            sa.literal(_OUT), D.c.shed_id, D.c.company_id, D.c.id, TraySize.name, sa.func.sum(L.c.outstanding), nothing,
            nothing, D.c.dispatched_at,
        )
        .select_from(D.join(L, L.c.dispatch_id == D.c.id).join(TraySize.__table__, TraySize.id == L.c.tray_size_id))
        .where(D.c.is_open, L.c.outstanding > 0)
        .group_by(D.c.shed_id, D.c.company_id, D.c.id, TraySize.name, D.c.dispatched_at)
    )  # fmt: skip
    names = sa.select(
        sa.literal(_COMPANY), nothing, Company.id, nothing, Company.name, nothing, nothing, nothing, never
    )
    return [trays, counts, samples, out, names]


def _months(trays: Sequence[Row[Any]], counts: Sequence[Row[Any]]) -> tuple[MonthOfCompany, ...]:
    """Both sides of a company's month together, in the order of the months."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for row in trays:
        found[row.month, row.shed_id, row.company_id] = [int(row.one), int(row.two), int(row.three), 0, 0]
    for row in counts:
        both = found.setdefault((row.month, row.shed_id, row.company_id), [0, 0, 0, 0, 0])
        both[3:] = int(row.one), int(row.two)
    return tuple(
        MonthOfCompany(
            month=month, shed_id=shed, company_id=company, out=out, back=back, lost=lost, closed=closed, matched=matched
        )
        for (month, shed, company), (out, back, lost, closed, matched) in sorted(found.items())
        if out or back or lost or closed or matched
    )


def _samples(row: Row[Any]) -> SamplesOfMonth:
    sample_type, status = row.name.split("/")
    return SamplesOfMonth(
        month=row.month, sample_type=SampleType(sample_type), status=SampleStatus(status), count=int(row.one)
    )
