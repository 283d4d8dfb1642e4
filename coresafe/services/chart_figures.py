"""The figures of the six charts, folded from what ``charting`` read; nothing is asked of the database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from coresafe.models.enums import SampleStatus, SampleType
from coresafe.services.charting import ChartData, MonthSum, StillOut, sum_up
from coresafe.services.inventory import StockRow
from coresafe.services.reconciliation.answers import Age
from coresafe.services.reconciliation.outstanding import age_of

#: Further days out at which a band begins, after those at which ages turn amber and red.
_BANDS = (15, 31, 91)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is looked at: a shed, a company, the months (yyyymm) from ``first`` to ``last``, both included.

    None: all of them; without ``last``, until the month it is.
    """

    shed_id: int | None = None
    company_id: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeByState:
    """Trays of one size by state, now. Of a company only those are told that it has: ``out``."""

    tray_size: str
    available: int
    occupied: int
    damaged: int
    out: int
    in_transit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBand:
    """Trays out for so many days, now. ``last_day`` None: or longer."""

    first_day: int
    last_day: int | None
    age: Age
    trays: int
    dispatches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Trays that a company has now, and on how many dispatches."""

    company_id: int
    company: str
    trays: int
    dispatches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOfSamples:
    """Samples of a type entered in the months looked at, by how they stand now."""

    sample_type: SampleType
    collected: int
    processing: int
    completed: int


def trays_by_state(data: ChartData, shown: Shown) -> list[SizeByState]:
    """Every size in use, in the order of the installation."""
    rows = data.stock.of(shown.shed_id)
    if shown.company_id is None:
        return [_by_state(row) for row in rows]
    has = Counter[str]()
    for line in _out(data, shown):
        has[line.tray_size] += line.outstanding
    return [
        SizeByState(tray_size=row.tray_size, available=0, occupied=0, damaged=0, out=has[row.tray_size], in_transit=0)
        for row in rows
    ]


def _by_state(row: StockRow) -> SizeByState:
    return SizeByState(
        tray_size=row.tray_size,
        available=row.available,
        occupied=row.occupied,
        damaged=row.damaged,
        out=row.outstanding,
        in_transit=row.in_transit,
    )


def outstanding_by_age(data: ChartData, shown: Shown) -> list[AgeBand]:
    """Every band there is, the shortest first."""
    rules = data.rules
    starts = [0, rules.amber_days, rules.red_days, *(day for day in _BANDS if day > rules.red_days)]
    starts = sorted(set(starts))
    trays, dispatches = Counter[int](), {start: set[int]() for start in starts}
    for line in _out(data, shown):
        start = max(day for day in starts if day <= max(0, line.days_out))
        trays[start] += line.outstanding
        dispatches[start].add(line.dispatch_id)
    ends = [*(start - 1 for start in starts[1:]), None]
    return [
        AgeBand(
            first_day=start,
            last_day=end,
            age=age_of(start, rules),
            trays=trays[start],
            dispatches=len(dispatches[start]),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def by_month(data: ChartData, shown: Shown) -> list[MonthSum]:
    """The months without gaps: those asked for, from the first in which anything happened to the last."""
    if shown.company_id is None:
        months = data.sums.get(shown.shed_id, ())
    else:
        months = sum_up(
            row for row in data.months if row.company_id == shown.company_id and shown.shed_id in (None, row.shed_id)
        )
    return [row for row in months if _within(row.month, shown)]


def who_owes(data: ChartData, shown: Shown) -> list[Debt]:
    """Companies that have trays, those with the most first."""
    trays, dispatches = Counter[int](), dict[int, set[int]]()
    for line in _out(data, shown):
        trays[line.company_id] += line.outstanding
        dispatches.setdefault(line.company_id, set()).add(line.dispatch_id)
    debts = [
        Debt(company_id=key, company=data.companies.get(key, ""), trays=count, dispatches=len(dispatches[key]))
        for key, count in trays.items()
    ]
    return sorted(debts, key=lambda debt: (-debt.trays, debt.company.casefold()))


def samples_by_type(data: ChartData, shown: Shown) -> list[TypeOfSamples]:
    """Every type, those of quality control last. Samples are of no shed and no company here."""
    found = Counter[tuple[SampleType, SampleStatus]]()
    for row in data.samples:
        if _within(row.month, shown):
            found[row.sample_type, row.status] += row.count
    return [
        TypeOfSamples(
            sample_type=kind,
            collected=found[kind, SampleStatus.COLLECTED],
            processing=found[kind, SampleStatus.PROCESSING],
            completed=found[kind, SampleStatus.COMPLETED],
        )
        for kind in SampleType
    ]


def _out(data: ChartData, shown: Shown) -> Iterator[StillOut]:
    for line in data.still_out:
        if shown.shed_id in (None, line.shed_id) and shown.company_id in (None, line.company_id):
            yield line


def _within(month: int, shown: Shown) -> bool:
    return (shown.first or 0) <= month <= (shown.last or month)
