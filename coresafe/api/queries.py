"""What lists can be asked: paging, sorting, chosen fields, and each list's own filters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from coresafe.api.fields import DayOrMoment, Moment, QueryFlag, QueryId, whole
from coresafe.models.enums import (
    DispatchStatus,
    Door,
    DrillholeStatus,
    MovementKind,
    ProjectStatus,
    Role,
    SampleStatus,
    SampleType,
)
from coresafe.services.listing import DEFAULT_LIMIT, MAX_LIMIT, Query

_HOW = ("limit", "cursor", "sort", "fields", "q", "total")
#: Columns of the database hold no longer text.
Word = Annotated[StrictStr, Field(max_length=254)]


class ListQuery(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(whole)] = DEFAULT_LIMIT
    """Rows of a page."""
    cursor: Annotated[StrictStr, Field(max_length=2000)] | None = None
    """`next_cursor` of the page before."""
    sort: Annotated[StrictStr, Field(max_length=60)] | None = None
    """A column, with `-` before it for descending."""
    fields: Annotated[StrictStr, Field(max_length=2000)] | None = None
    """Only these fields of each row, separated by commas."""
    q: Annotated[StrictStr, Field(max_length=200)] | None = None
    """Free text."""
    total: QueryFlag = False
    """Count all rows that the filters let through."""

    def query(self, **more: Any) -> Query:
        """As the services take it."""
        filters = {
            name: value
            for name, value in self.model_dump(by_alias=True, exclude_unset=True).items()
            if name not in _HOW and value is not None
        }
        return Query(
            filters={**filters, **more},
            sort=self.sort or "",
            limit=self.limit,
            cursor=self.cursor,
            q=self.q or "",
            total=self.total,
        )


def sorts(*names: str) -> Any:
    """The words that a list can be sorted by."""
    return Literal[tuple(word for name in names for word in (name, f"-{name}"))]


class ShedQuery(BaseModel):
    """Of which shed."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    shed_id: QueryId | None = None
    """One shed; without it all sheds together."""


class PeriodQuery(ShedQuery):
    """Of which time: by days in the shed's time zone, or by moments."""

    from_: Annotated[DayOrMoment | None, Field(alias="from")] = None
    """The first day, or the moment from which on. Default: this month."""
    to: DayOrMoment | None = None
    """The last day, or the moment before which. Default: now."""


class ExportQuery(PeriodQuery):
    """Which report, as what, and which part of it."""

    report: Literal["dispatches", "outstanding", "discrepancies", "movements", "samples"] = "dispatches"
    format: Literal["csv", "xlsx"] = "csv"
    from_: Annotated[DayOrMoment | None, Field(alias="from")] = None
    """Only what was dispatched, moved or recorded on this day or later. Default: all."""
    to: DayOrMoment | None = None
    """Only what was until the end of this day, or before this moment."""
    company_id: QueryId | None = None


class CompanyQuery(ListQuery):
    """Filters of companies."""

    sort: sorts("name", "id") | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    name: Word | None = None
    is_active: QueryFlag | None = None


class ProjectQuery(ListQuery):
    """Filters of projects."""

    sort: sorts("code", "name", "id") | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    code: Word | None = None
    company_id: QueryId | None = None
    status: ProjectStatus | None = None


class DrillholeQuery(ListQuery):
    """Filters of drillholes."""

    sort: sorts("hole_id", "eoh_depth", "id") | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    hole_id: Word | None = None
    project_id: QueryId | None = None
    company_id: QueryId | None = None
    core_size: Word | None = None
    status: DrillholeStatus | None = None


_DISPATCH_SORTS = ("dispatched_at", "number", "due_at", "driver", "technician", "outstanding", "quantity", "id")


class OutstandingQuery(ListQuery):
    """Filters of what is still out."""

    sort: sorts(*_DISPATCH_SORTS) | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    number: Word | None = None
    shed_id: QueryId | None = None
    company_id: QueryId | None = None
    project_id: QueryId | None = None
    drillhole_id: QueryId | None = None
    driver: Word | None = None
    technician: Word | None = None
    discrepancy: QueryFlag | None = None
    overdue: QueryFlag | None = None
    dispatched_from: Moment | None = None
    dispatched_to: Moment | None = None
    due_from: Moment | None = None
    due_to: Moment | None = None


class DispatchQuery(OutstandingQuery):
    """Filters of dispatches."""

    status: DispatchStatus | None = None
    matched: QueryFlag | None = None
    open: QueryFlag | None = None


_SAMPLE_SORTS = ("created_at", "sample_id", "from_depth", "id")


class SamplesOfDispatchQuery(ListQuery):
    """Filters of the samples of one dispatch."""

    sort: sorts(*_SAMPLE_SORTS) | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    sample_id: Word | None = None
    sample_type: SampleType | None = None
    status: SampleStatus | None = None
    drillhole_id: QueryId | None = None


class SampleQuery(SamplesOfDispatchQuery):
    """Filters of samples."""

    dispatch_id: QueryId | None = None
    created_from: Moment | None = None
    created_to: Moment | None = None


class MovementQuery(ListQuery):
    """Filters of the ledger."""

    sort: sorts("at", "id") | None = None  # type: ignore[valid-type]
    kind: MovementKind | None = None
    tray_size: Word | None = None
    shed_id: QueryId | None = None
    company_id: QueryId | None = None
    dispatch_id: QueryId | None = None
    return_id: QueryId | None = None
    user_id: QueryId | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class UserQuery(ListQuery):
    """Filters of users."""

    sort: sorts("username", "id") | None = None  # type: ignore[valid-type]
    role: Role | None = None
    is_active: QueryFlag | None = None


class AuditQuery(ListQuery):
    """Filters of the audit trail."""

    sort: sorts("at", "id") | None = None  # type: ignore[valid-type]
    id: QueryId | None = None
    user_id: QueryId | None = None
    user: Word | None = None
    door: Door | None = None
    machine: Word | None = None
    action: Word | None = None
    record_type: Word | None = None
    record_id: Word | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
