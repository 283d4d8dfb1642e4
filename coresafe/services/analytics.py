"""Analytics: how companies, projects and months compare, from counts and monthly totals.

Nothing here goes through dispatches: the cost grows with months times companies and projects. What is counted by month
is kept by whole months, so a period is widened to the months it touches.
"""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from coresafe.models import Company, Counter, Dispatch, MonthlyTotal, Project
from coresafe.models.enums import CountKind, MovementKind, SampleStatus, SampleType, State
from coresafe.services.permissions import Permission
from coresafe.services.reporting import Places, find_period, find_places, match_rate, month_just_before, next_month
from coresafe.services.rules import month_of
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsQuery:
    """One shed, or with None all together, and a period as a reconciliation takes it, widened to whole months.

    Left out: all of history.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    shed_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFigures:
    """A company. Dispatches count in the month they left, voided ones not; how they stand is how they stand now.

    ``trays_out``, ``trays_returned`` and ``lost`` moved in the period, net of voids; ``outstanding`` is with it now.
    """

    company_id: int
    company: str
    dispatches: int
    closed: int
    matched: int
    match_rate: float | None
    discrepancies: int
    trays_out: int
    trays_returned: int
    lost: int
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFigures:
    """A project: its dispatches of the period, as for companies. Movements are not kept by project."""

    project_id: int
    code: str
    project: str
    company_id: int
    company: str
    dispatches: int
    closed: int
    matched: int
    match_rate: float | None
    discrepancies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTypeFigures:
    """Samples of a type that were entered in the period (months in UTC, of all sheds), as they stand now."""

    sample_type: SampleType
    total: int
    collected: int
    processing: int
    completed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """A month, such as '2026-05', in each shed's own zone."""

    month: str
    dispatches: int
    closed: int
    matched: int
    match_rate: float | None
    discrepancies: int
    trays_out: int
    trays_returned: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """Figures of the months from ``since`` to ``until`` ('2026-01'), both included; None where it was left open.

    ``by_month`` runs without gaps from the first month in which anything happened to the last.
    """

    shed_id: int | None
    since: str | None
    until: str | None
    as_of: datetime
    by_company: tuple[CompanyFigures, ...]
    by_project: tuple[ProjectFigures, ...]
    by_sample_type: tuple[SampleTypeFigures, ...]
    by_month: tuple[MonthFigures, ...]


C = Counter.__table__
D = Dispatch.__table__
P = Project.__table__
T = MonthlyTotal.__table__

#: What a line of the one statement is about: a project's or a month's dispatches, samples, a company's or a month's
#: trays, what a company has now.
_PROJECT, _MONTH, _SAMPLE, _COMPANY_TRAYS, _MONTH_TRAYS, _HAS = range(6)

_COUNTED = tuple(kind.value for kind in CountKind)
#: Columns that the movements of one kind fill, with the sign that makes them positive.
_TRAYS = {
    MovementKind.DISPATCH.value: ("trays_out", 1),
    MovementKind.RETURN.value: ("trays_returned", -1),
    MovementKind.LOSS.value: ("lost", -1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Months:
    """From one month (yyyymm) to another, both included; None: without bound."""

    first: int | None
    last: int | None

    def of(self, column: Any) -> Iterable[sa.ColumnElement[bool]]:
        """The conditions on a column of months, which is 0 for all months together."""
        yield column >= (self.first or 1)
        if self.last is not None:
            yield column <= self.last


@reads(Permission.LOOK, snapshot=True)
def analytics(tx: Reading, query: AnalyticsQuery) -> Analytics:
    """Companies, projects, sample types and months. Raises ValidationFailed at ``shed_id``, ``from`` and ``to``."""
    places = find_places(tx, query.shed_id)
    period = find_period(query.since, query.until, zone=places.zone, now=tx.now)
    months = _Months(
        first=None if query.since is None else month_of(period.since, places.zone),
        last=None if query.until is None else month_just_before(period.until, places.zone),
    )
    sums: list[dict[Any, Sums[str]]] = [{} for _ in range(6)]
    for row in tx.all(sa.select(sa.union_all(*_figures(places, months)).subquery())):
        sums[row.part].setdefault(row.id, Sums())[row.kind] += int(row.quantity)
    names = _names(tx, sums)
    return Analytics(
        shed_id=places.shed_id,
        since=None if months.first is None else _shown(months.first),
        until=None if months.last is None else _shown(months.last),
        as_of=tx.now,
        by_company=_by_company(sums, names),
        by_project=tuple(
            ProjectFigures(
                project_id=row.project_id, code=row.code, project=row.project, company_id=row.company_id,
                company=row.company, **_standing(sums[_PROJECT][row.project_id]),
            )
            for row in names
            if row.project_id in sums[_PROJECT]
        ),
        by_sample_type=_by_sample_type(sums[_SAMPLE]),
        by_month=_by_month(sums),
    )  # fmt: skip


def _figures(places: Places, months: _Months) -> Iterable[sa.Select[Any]]:
    """Sums by project and by month, of counts and of trays; each goes once through the months of the period."""

    def part(number: int, id_: Any, kind: Any, amount: Any) -> sa.Select[Any]:
        columns = (id_.label("id"), kind.label("kind"), sa.func.sum(amount).label("quantity"))
        return sa.select(sa.literal(number).label("part"), *columns).group_by(id_, kind)

    sheds = list(places.zones)
    counted = (*months.of(C.c.period), C.c.kind.in_(_COUNTED), C.c.shed_id.in_(sheds))
    yield part(_PROJECT, C.c.project_id, C.c.kind, C.c.value).where(*counted)
    yield part(_MONTH, C.c.period, C.c.kind, C.c.value).where(*counted)
    samples = (*months.of(C.c.period), C.c.shed_id == 0, C.c.kind.contains("/"))
    yield part(_SAMPLE, C.c.shed_id, C.c.kind, C.c.value).where(*samples)
    out = (*months.of(T.c.month), T.c.state == State.OUT.value, T.c.shed_id.in_(sheds))
    yield part(_COMPANY_TRAYS, T.c.company_id, T.c.kind, T.c.quantity).where(*out)
    yield part(_MONTH_TRAYS, T.c.month, T.c.kind, T.c.quantity).where(*out)
    here = (D.c.shed_id + 0 == places.shed_id,) if places.shed_id is not None else ()
    yield (
        sa.select(sa.literal(_HAS), D.c.company_id, sa.literal(""), sa.func.sum(D.c.outstanding))
        .where(D.c.is_open, *here)
        .group_by(D.c.company_id)
    )


def _names(tx: Reading, sums: list[dict[Any, Sums[str]]]) -> list[Any]:
    """Projects and companies that anything is told of, by name; a company without such a project has a row of its own."""
    projects, companies = list(sums[_PROJECT]), list(sums[_COMPANY_TRAYS].keys() | sums[_HAS].keys())
    company = Company.__table__
    columns = (company.c.id.label("company_id"), company.c.name.label("company"))
    owned = sa.select(P.c.id.label("project_id"), P.c.code, P.c.name.label("project"), *columns)
    nothing = sa.literal(None, sa.String())
    alone = sa.select(sa.literal(None, sa.BigInteger()), nothing, nothing, *columns).where(company.c.id.in_(companies))
    both = sa.union_all(
        owned.select_from(P.join(company, company.c.id == P.c.company_id)).where(P.c.id.in_(projects)), alone
    )
    rows = list(tx.all(sa.select(both.subquery())))
    return sorted(rows, key=lambda row: (row.company.casefold(), row.company_id, row.code or "", row.project_id or 0))


def _standing(counts: Sums[str]) -> dict[str, Any]:
    closed, matched = counts[CountKind.CLOSED], counts[CountKind.MATCHED]
    return {
        "dispatches": counts[CountKind.SENT] - counts[CountKind.VOIDED],
        "closed": closed,
        "matched": matched,
        "match_rate": match_rate(matched, closed),
        "discrepancies": counts[CountKind.DISCREPANCY],
    }


def _moved(trays: Sums[str]) -> dict[str, int]:
    return {name: sign * trays[kind] for kind, (name, sign) in _TRAYS.items()}


def _by_company(sums: list[dict[Any, Sums[str]]], names: list[Any]) -> tuple[CompanyFigures, ...]:
    counts: dict[int, Sums[str]] = {}
    told: dict[int, str] = {}
    for row in names:
        told[row.company_id] = row.company
        counts.setdefault(row.company_id, Sums()).update(sums[_PROJECT].get(row.project_id, {}))
    return tuple(
        CompanyFigures(
            company_id=company_id,
            company=name,
            **_standing(counts[company_id]),
            **_moved(sums[_COMPANY_TRAYS].get(company_id, Sums())),
            outstanding=sums[_HAS].get(company_id, Sums()).total(),
        )
        for company_id, name in told.items()
    )


def _by_sample_type(sums: dict[Any, Sums[str]]) -> tuple[SampleTypeFigures, ...]:
    counts = sums.get(0, Sums())
    rows = []
    for sample_type in SampleType:
        by_status = {status.value: counts[f"{sample_type}/{status}"] for status in SampleStatus}
        rows.append(SampleTypeFigures(sample_type=sample_type, total=sum(by_status.values()), **by_status))
    return tuple(rows)


def _by_month(sums: list[dict[Any, Sums[str]]]) -> tuple[MonthFigures, ...]:
    found = sums[_MONTH].keys() | sums[_MONTH_TRAYS].keys()
    rows = []
    month, last = min(found, default=1), max(found, default=0)
    while month <= last:
        counts, trays = sums[_MONTH].get(month, Sums()), sums[_MONTH_TRAYS].get(month, Sums())
        rows.append(MonthFigures(month=_shown(month), **_standing(counts), **_moved(trays)))
        month = next_month(month)
    return tuple(rows)


def _shown(month: int) -> str:
    """'2026-05'."""
    return f"{month // 100}-{month % 100:02d}"
