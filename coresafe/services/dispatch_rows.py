"""A dispatch as it is shown: its header, lines, returns and resolutions, read with one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from coresafe.models import (
    Company,
    Dispatch,
    DispatchLine,
    Drillhole,
    Project,
    Resolution,
    ResolutionLine,
    Return,
    ReturnLine,
    Shed,
    TraySize,
    User,
)
from coresafe.models.enums import Contents, DispatchStatus, Disposition, SampleType
from coresafe.services.listing import from_page


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchLineRow:
    """One size of a dispatch, in trays; quantity = good + occupied + damaged + lost + outstanding (0 once voided)."""

    tray_size: str
    contents: Contents
    quantity: int
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    lost: int = 0
    recovered: int = 0
    surplus: int = 0
    outstanding: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLineRow:
    """What came back of one size, in trays."""

    tray_size: str
    good: int
    occupied: int
    damaged: int
    surplus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """One delivery that came back."""

    id: int
    number: str
    returned_at: datetime
    entered_at: datetime
    shed_id: int
    driver: str
    technician: str
    final: bool
    condition_notes: str | None
    reason: str | None
    voided_at: datetime | None
    void_reason: str | None
    entered_by: str
    lines: tuple[ReturnLineRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionLineRow:
    """Trays of one size that were given a disposition."""

    tray_size: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionRow:
    """Somebody said what became of missing trays."""

    id: int
    disposition: Disposition
    resolved_at: datetime
    reason: str
    voided_at: datetime | None
    void_reason: str | None
    entered_by: str
    lines: tuple[ResolutionLineRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRow:
    """A dispatch as it stands. Times are UTC; ``days_out`` counts calendar days in the shed's time zone."""

    id: int
    version: int
    number: str
    status: DispatchStatus
    shed_id: int
    shed_name: str
    time_zone: str
    company_id: int
    company_name: str
    project_id: int
    project_code: str
    drillhole_id: int | None
    hole_id: str | None
    dispatched_at: datetime
    due_at: datetime
    driver: str
    technician: str
    vehicle: str | None
    destination: str | None
    samples_collected: int | None
    sample_type: SampleType | None
    notes: str | None
    reason: str | None
    quantity: int
    outstanding: int
    final: bool
    matched: bool
    discrepancy: bool
    days_out: int
    overdue: bool
    closed_at: datetime | None
    voided_at: datetime | None
    void_reason: str | None
    entered_by: str
    created_at: datetime
    updated_at: datetime
    lines: tuple[DispatchLineRow, ...]
    returns: tuple[ReturnRow, ...] = ()
    resolutions: tuple[ResolutionRow, ...] = ()

    @property
    def recovered(self) -> int:
        """Lost trays of this dispatch that turned up after all."""
        return sum(line.recovered for line in self.lines)


def days_between(start: datetime, end: datetime, zone: str) -> int:
    """Whole calendar days from ``start`` to ``end`` in a time zone (domain: Days out)."""
    here = ZoneInfo(zone)
    return max(0, (end.astimezone(here).date() - start.astimezone(here).date()).days)


def json_array(*values: Any) -> sa.ColumnElement[str]:
    """JSON_ARRAY(a, b, ...), as text."""
    return sa.func.json_array(*values, type_=sa.Text())


class json_rows(FunctionElement[str]):  # noqa: N801
    """All rows of a group as one JSON array, as text."""

    type = sa.Text()
    inherit_cache = True
    name = "json_rows"


@compiles(json_rows)
def _json_rows_mysql(element: json_rows, compiler: Any, **kw: Any) -> str:
    return f"JSON_ARRAYAGG({compiler.process(element.clauses, **kw)})"


@compiles(json_rows, "sqlite")
def _json_rows_sqlite(element: json_rows, compiler: Any, **kw: Any) -> str:
    return f"json_group_array(json({compiler.process(element.clauses, **kw)}))"


D = Dispatch.__table__
L = DispatchLine.__table__
R = Return.__table__
RL = ReturnLine.__table__
S = Resolution.__table__
SL = ResolutionLine.__table__

_RETURN = ("id", "number", "returned_at", "created_at", "shed_id", "driver", "technician", "is_final",
           "condition_notes", "reason", "voided_at", "void_reason")  # fmt: skip
_RESOLUTION = ("id", "disposition", "resolved_at", "reason", "voided_at", "void_reason")


def moment_as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Moments as text, written the same way on every database."""
    return sa.cast(column, sa.String(26)) if column.name.endswith("_at") else column


def username_of(user_id: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """Who that is."""
    return sa.select(User.username).where(User.id == user_id).scalar_subquery()


def size_name(size_id: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """What a size is called."""
    return sa.select(TraySize.name).where(TraySize.id == size_id).scalar_subquery()


def _returned(username: Any, size: Any) -> sa.ColumnElement[str]:
    """One line of a return, with its return."""
    return json_rows(
        json_array(*(moment_as_text(R.c[name]) for name in _RETURN), username, size, RL.c.good, RL.c.occupied, RL.c.damaged,
                   RL.c.surplus)
    )  # fmt: skip


def _resolved(username: Any, size: Any) -> sa.ColumnElement[str]:
    """One line of a resolution, with its resolution."""
    return json_rows(json_array(*(moment_as_text(S.c[name]) for name in _RESOLUTION), username, size, SL.c.quantity))


def returns_column() -> sa.Label[str]:
    """All returns of a dispatch with their lines, as JSON: a row a line, and a row for a return without any."""
    joined = R.outerjoin(RL, RL.c.return_id == R.c.id)
    found = sa.select(_returned(username_of(R.c.created_by), size_name(RL.c.tray_size_id))).select_from(joined)
    return found.where(R.c.dispatch_id == D.c.id).correlate(D).scalar_subquery().label("returns_json")


def resolutions_column() -> sa.Label[str]:
    """All resolutions of a dispatch with their lines, as JSON: a row a line."""
    joined = S.outerjoin(SL, SL.c.resolution_id == S.c.id)
    found = sa.select(_resolved(username_of(S.c.created_by), size_name(SL.c.tray_size_id))).select_from(joined)
    return found.where(S.c.dispatch_id == D.c.id).correlate(D).scalar_subquery().label("resolutions_json")


def histories_of(page: sa.FromClause) -> list[sa.Subquery]:
    """The same for all dispatches of a page at once, by ``dispatch_id``: asked for each line, it was most of a page."""
    sizes, users = TraySize.__table__, User.__table__
    found = []
    for entry, line, refers, row in ((R, RL, RL.c.return_id, _returned), (S, SL, SL.c.resolution_id, _resolved)):
        name = "returns_json" if entry is R else "resolutions_json"
        joined = (
            page.join(entry, entry.c.dispatch_id == page.c.id)
            .outerjoin(line, refers == entry.c.id)
            .outerjoin(sizes, sizes.c.id == line.c.tray_size_id)
            .outerjoin(users, users.c.id == entry.c.created_by)
        )
        columns = entry.c.dispatch_id, row(users.c.username, sizes.c.name).label(name)
        grouped = sa.select(*columns).select_from(joined).group_by(entry.c.dispatch_id)
        each = from_page(grouped, {entry: f"ix_{entry.name}_dispatch_id"})
        found.append(each.subquery(f"page_{entry.name}"))
    return found


LINE_COLUMNS = [
    L.c.position,
    L.c.tray_size_id,
    L.c.contents,
    L.c.quantity.label("line_quantity"),
    L.c.good,
    L.c.occupied,
    L.c.damaged,
    L.c.lost,
    L.c.recovered,
    L.c.surplus,
    L.c.outstanding.label("line_outstanding"),
]


def joined_columns() -> list[Any]:
    """Columns for reading: names come from joins (``joined_tables``)."""
    return [
        *D.c,
        *LINE_COLUMNS,
        Company.name.label("company_name"),
        Project.code.label("project_code"),
        Drillhole.hole_id.label("hole_id"),
        Shed.name.label("shed_name"),
        Shed.time_zone.label("time_zone"),
        User.username.label("entered_by"),
        TraySize.name.label("tray_size"),
    ]


def joined_tables(start: sa.FromClause) -> sa.FromClause:
    """``start`` (which holds the dispatches) with everything that names something on them."""
    return (
        start.join(L, L.c.dispatch_id == D.c.id)
        .join(TraySize.__table__, TraySize.id == L.c.tray_size_id)
        .join(Company.__table__, Company.id == D.c.company_id)
        .join(Project.__table__, Project.id == D.c.project_id)
        .join(Shed.__table__, Shed.id == D.c.shed_id)
        .join(User.__table__, User.id == D.c.created_by)
        .outerjoin(Drillhole.__table__, Drillhole.id == D.c.drillhole_id)
    )


def nested_columns() -> list[Any]:
    """Columns for locking: names come from subqueries, so that a lock on the dispatch locks nothing but it."""

    def name(column: Any, condition: Any, label: str) -> sa.Label[Any]:
        return sa.select(column).where(condition).scalar_subquery().label(label)

    return [
        *D.c,
        *LINE_COLUMNS,
        name(Company.name, Company.id == D.c.company_id, "company_name"),
        name(Project.code, Project.id == D.c.project_id, "project_code"),
        name(Drillhole.hole_id, Drillhole.id == D.c.drillhole_id, "hole_id"),
        name(Shed.name, Shed.id == D.c.shed_id, "shed_name"),
        name(Shed.time_zone, Shed.id == D.c.shed_id, "time_zone"),
        name(User.username, User.id == D.c.created_by, "entered_by"),
        size_name(L.c.tray_size_id).label("tray_size"),
        returns_column(),
        resolutions_column(),
    ]


def rows_of(found: Sequence[Row[Any]], now: datetime) -> list[DispatchRow]:
    """Dispatches from rows of one line each; lines of a dispatch stand together."""
    grouped: dict[int, list[Row[Any]]] = {}
    for row in found:
        grouped.setdefault(row.id, []).append(row)
    return [row_of(rows, now) for rows in grouped.values()]


def row_of(rows: Sequence[Row[Any]], now: datetime) -> DispatchRow:
    """One dispatch from the rows of its lines."""
    head = rows[0]
    history = hasattr(head, "returns_json")
    return DispatchRow(
        id=head.id,
        version=head.version,
        number=head.number,
        status=DispatchStatus(head.status),
        shed_id=head.shed_id,
        shed_name=head.shed_name,
        time_zone=head.time_zone,
        company_id=head.company_id,
        company_name=head.company_name,
        project_id=head.project_id,
        project_code=head.project_code,
        drillhole_id=head.drillhole_id,
        hole_id=head.hole_id,
        dispatched_at=head.dispatched_at,
        due_at=head.due_at,
        driver=head.driver,
        technician=head.technician,
        vehicle=head.vehicle,
        destination=head.destination,
        samples_collected=head.samples_collected,
        sample_type=SampleType(head.sample_type) if head.sample_type else None,
        notes=head.notes,
        reason=head.reason,
        quantity=head.quantity,
        outstanding=head.outstanding,
        final=head.is_final,
        matched=head.matched,
        discrepancy=head.discrepancy,
        days_out=days_between(head.dispatched_at, head.closed_at or head.voided_at or now, head.time_zone),
        overdue=head.is_open and head.due_at < now,
        closed_at=head.closed_at,
        voided_at=head.voided_at,
        void_reason=head.void_reason,
        entered_by=head.entered_by,
        created_at=head.created_at,
        updated_at=head.updated_at,
        lines=tuple(_line(row) for row in rows if row.line_quantity),
        returns=_returns(head.returns_json) if history else (),
        resolutions=_resolutions(head.resolutions_json) if history else (),
    )


def _line(row: Row[Any]) -> DispatchLineRow:
    return DispatchLineRow(
        tray_size=row.tray_size,
        contents=Contents(row.contents),
        quantity=row.line_quantity,
        good=row.good,
        occupied=row.occupied,
        damaged=row.damaged,
        lost=row.lost,
        recovered=row.recovered,
        surplus=row.surplus,
        outstanding=row.line_outstanding,
    )


def read_moment(text: str | None) -> datetime | None:
    """A moment that ``moment_as_text`` wrote."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def rows_by_id(found: str | None) -> Iterable[list[list[Any]]]:
    """The rows of ``json_rows`` by their first column, in its order."""
    groups: dict[int, list[list[Any]]] = {}
    for row in json.loads(found or "[]"):
        groups.setdefault(row[0], []).append(row)
    return [groups[key] for key in sorted(groups)]


def _returns(found: str | None) -> tuple[ReturnRow, ...]:
    answer = []
    for rows in rows_by_id(found):
        row_id, number, at, entered, shed, driver, technician, final, notes, reason, voided, why, who = rows[0][:13]
        sizes: dict[str, list[int]] = {}
        for size, *parts in (row[13:] for row in rows if row[13] is not None):
            sums = sizes.setdefault(size, [0, 0, 0, 0])
            for index, part in enumerate(parts):
                sums[index] += part
        answer.append(
            ReturnRow(
                id=row_id,
                number=number,
                returned_at=read_moment(at),  # type: ignore[arg-type]
                entered_at=read_moment(entered),  # type: ignore[arg-type]
                shed_id=shed,
                driver=driver,
                technician=technician,
                final=bool(final),
                condition_notes=notes,
                reason=reason,
                voided_at=read_moment(voided),
                void_reason=why,
                entered_by=who,
                lines=tuple(
                    ReturnLineRow(tray_size=size, good=p[0], occupied=p[1], damaged=p[2], surplus=p[3])
                    for size, p in sorted(sizes.items())  # the database gives them in any order
                ),
            )
        )
    return tuple(answer)


def _resolutions(found: str | None) -> tuple[ResolutionRow, ...]:
    answer = []
    for rows in rows_by_id(found):
        row_id, disposition, at, reason, voided, why, who = rows[0][:7]
        sizes: dict[str, int] = {}
        for row in rows:
            if row[7] is not None:
                sizes[row[7]] = sizes.get(row[7], 0) + row[8]
        answer.append(
            ResolutionRow(
                id=row_id,
                disposition=Disposition(disposition),
                resolved_at=read_moment(at),  # type: ignore[arg-type]
                reason=reason,
                voided_at=read_moment(voided),
                void_reason=why,
                entered_by=who,
                lines=tuple(ResolutionLineRow(tray_size=size, quantity=q) for size, q in sorted(sizes.items())),
            )
        )
    return tuple(answer)
