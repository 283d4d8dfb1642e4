"""Analytics: how companies, projects and months compare, from counts and monthly totals.

Nothing here goes through dispatches: the cost grows with months times companies and projects. What is counted by month
is kept by whole months, so a period is widened to the months it touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from coresafe.models.enums import SampleType


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
    """Figures of the months from ``since`` to ``until`` ('2026-01'), both included; empty where there is no history."""

    shed_id: int | None
    since: str | None
    until: str | None
    as_of: datetime
    by_company: tuple[CompanyFigures, ...]
    by_project: tuple[ProjectFigures, ...]
    by_sample_type: tuple[SampleTypeFigures, ...]
    by_month: tuple[MonthFigures, ...]
