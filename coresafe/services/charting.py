"""What the charts are drawn from: read once, in two statements, and folded anew for every filter by ``chart_figures``.

The months are kept by shed and company in the monthly totals and the counts, so nothing here goes through dispatches but
what is out now. Months that are wanted from a day on are read from there; the rest is asked for when it is wanted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import ValidationFailed
from coresafe.models import Company, Counter, Dispatch, DispatchLine, MonthlyTotal, Project, TraySize
from coresafe.models.base import UtcDateTime
from coresafe.models.enums import CountKind, MovementKind, SampleStatus, SampleType, State
from coresafe.services.dispatch_rows import days_between, json_rows
from coresafe.services.permissions import Permission
from coresafe.services.reporting import match_rate, next_month
from coresafe.services.settings import Rules
from coresafe.services.shed_stock import ShedStock, StockBySheds, read_stock_by_shed
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartsQuery:
    """The months from that of ``since`` until now; None: all of history. Every shed and company is read."""

    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSum:
    """A month (yyyymm) in each shed's own zone.

    ``out``, ``back`` and ``lost`` are trays that moved in it, net of voids; ``closed`` and ``matched`` count the
    dispatches that left in it, as they stand now (as ``analytics`` has them).
    """

    month: int
    out: int
    back: int
    lost: int
    closed: int
    matched: int

    @property
    def match_rate(self) -> float | None:
        """Matched / closed; None while nothing is closed."""
        return match_rate(self.matched, self.closed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsOfCompany:
    """What a company did at a shed, month by month, as it was read: there are too many months for rows of their own.

    ``trays`` are (month, out, back, lost), ``counts`` (month, closed, matched).
    """

    shed_id: int
    company_id: int
    trays: Sequence[Sequence[int]] = ()
    counts: Sequence[Sequence[int]] = ()


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
    """All that the charts show, as it was at ``as_of``. ``since``: the first month (yyyymm) that was read, None for all.

    ``sums`` are the months of all companies together, at each shed and (None) at all of them.
    """

    as_of: datetime
    since: int | None
    rules: Rules
    sheds: tuple[ShedStock, ...]
    companies: Mapping[int, str]
    months: tuple[MonthsOfCompany, ...]
    sums: Mapping[int | None, tuple[MonthSum, ...]]
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
    months = _months(parts[_TRAYS], parts[_COUNTS])
    sums: dict[int | None, tuple[MonthSum, ...]] = {None: sum_up(months)}
    for shed_id in zones:
        sums[shed_id] = sum_up(row for row in months if row.shed_id == shed_id)
    return ChartData(
        as_of=tx.now,
        since=first,
        rules=tx.rules,
        sheds=known.sheds,
        companies={row.company_id: row.name for row in parts[_COMPANY]},
        months=months,
        sums=sums,
        still_out=tuple(
            StillOut(
                dispatch_id=row.number,
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
            T.c.shed_id,
            T.c.company_id,
            T.c.month,
            only(T.c.quantity, T.c.kind, MovementKind.DISPATCH.value).label("one"),
            only(-T.c.quantity, T.c.kind, MovementKind.RETURN.value).label("two"),
            only(-T.c.quantity, T.c.kind, MovementKind.LOSS.value).label("three"),
        )
        .where(T.c.month >= first, T.c.state == State.OUT.value)
        .group_by(T.c.shed_id, T.c.company_id, T.c.month)
        .subquery("trays")
    )
    counts = (
        sa.select(
            C.c.shed_id,
            P.c.company_id,
            C.c.period.label("month"),
            only(C.c.value, C.c.kind, CountKind.CLOSED.value).label("one"),
            only(C.c.value, C.c.kind, CountKind.MATCHED.value).label("two"),
        )
        .select_from(C.join(P, P.c.id == C.c.project_id))
        .where(C.c.period >= first, C.c.kind.in_((CountKind.CLOSED.value, CountKind.MATCHED.value)))
        .group_by(C.c.shed_id, P.c.company_id, C.c.period)
        .subquery("counts")
    )

    def together(part: int, months: sa.Subquery, *names: str) -> sa.Select[Any]:
        """A company's months at a shed as one line: ten years of fifty companies are thousands otherwise."""
        figures = (sa.cast(months.c[name], sa.Integer) for name in names)
        rows = json_rows(sa.func.json_array(months.c.month, *figures))
        columns = (months.c.shed_id, months.c.company_id, nothing.label("number"), rows.label("name"))
        return sa.select(
            sa.literal(part).label("part"), *columns, nothing.label("one"), unnamed.label("kind"), never.label("at")
        ).group_by(months.c.shed_id, months.c.company_id)

    samples = sa.select(sa.literal(_SAMPLES), nothing, nothing, C.c.period, C.c.kind, C.c.value, unnamed, never).where(
        C.c.period >= first, C.c.shed_id == 0, C.c.kind.contains("/"), C.c.value != 0
    )
    out = (
        sa.select(
            sa.literal(_OUT), D.c.shed_id, D.c.company_id, D.c.id, TraySize.name, sa.func.sum(L.c.outstanding), unnamed,
            D.c.dispatched_at,
        )
        .select_from(D.join(L, L.c.dispatch_id == D.c.id).join(TraySize.__table__, TraySize.id == L.c.tray_size_id))
        .where(D.c.is_open, L.c.outstanding > 0)
        .group_by(D.c.shed_id, D.c.company_id, D.c.id, TraySize.name, D.c.dispatched_at)
    )  # fmt: skip
    names = sa.select(sa.literal(_COMPANY), nothing, Company.id, nothing, Company.name, nothing, unnamed, never)
    parts: list[sa.Select[Any]] = [
        together(_TRAYS, trays, "one", "two", "three"),
        together(_COUNTS, counts, "one", "two"),
        samples,
        out,
    ]
    return [*parts, names]


def _months(trays: Sequence[Row[Any]], counts: Sequence[Row[Any]]) -> tuple[MonthsOfCompany, ...]:
    moved = [
        MonthsOfCompany(shed_id=row.shed_id, company_id=row.company_id, trays=json.loads(row.name)) for row in trays
    ]
    stood = [
        MonthsOfCompany(shed_id=row.shed_id, company_id=row.company_id, counts=json.loads(row.name)) for row in counts
    ]
    return (*moved, *stood)


def sum_up(months: Iterable[MonthsOfCompany]) -> tuple[MonthSum, ...]:
    """All of them together, month by month, without gaps."""
    sums: dict[int, list[int]] = {}
    for each in months:
        for month, out, back, lost in each.trays:
            row = sums.get(month) or sums.setdefault(month, [0, 0, 0, 0, 0])
            row[0] += out
            row[1] += back
            row[2] += lost
        for month, closed, matched in each.counts:
            row = sums.get(month) or sums.setdefault(month, [0, 0, 0, 0, 0])
            row[3] += closed
            row[4] += matched
    something = [month for month, row in sums.items() if any(row)]
    answer = []
    at, last = min(something, default=1), max(something, default=0)
    while at <= last:
        out, back, lost, closed, matched = sums.get(at, (0, 0, 0, 0, 0))
        answer.append(MonthSum(month=at, out=out, back=back, lost=lost, closed=closed, matched=matched))
        at = next_month(at)
    return tuple(answer)


def _samples(row: Row[Any]) -> SamplesOfMonth:
    sample_type, status = row.name.split("/")
    return SamplesOfMonth(
        month=row.number, sample_type=SampleType(sample_type), status=SampleStatus(status), count=int(row.one)
    )
