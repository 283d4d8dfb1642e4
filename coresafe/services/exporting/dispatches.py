"""Dispatches, one row for each size: all of them, those with something out, those with a discrepancy."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coresafe.models import Company, Drillhole, Project, Shed, TraySize, User
from coresafe.services.dispatch_rows import D, L, joined_tables
from coresafe.services.exporting.declaring import NOW, Columns, Report, count, flag, moment, text, word

COLUMNS = (
    word("number", D.c.number),
    word("status", D.c.status, 18),
    moment("dispatched_at", D.c.dispatched_at),
    moment("due_at", D.c.due_at),
    count("days_out", Shed.time_zone),  # the zone to count in, until the batch is finished
    flag("overdue", D.c.is_open & (D.c.due_at < NOW)),
    text("shed", Shed.name),
    text("company", Company.name, 28),
    text("project", Project.code, 12),
    text("hole_id", Drillhole.hole_id),
    text("driver", D.c.driver),
    text("technician", D.c.technician),
    text("vehicle", D.c.vehicle, 14),
    text("destination", D.c.destination),
    text("tray_size", TraySize.name, 10),
    word("contents", L.c.contents, 10),
    count("quantity", L.c.quantity),
    count("good", L.c.good),
    count("occupied", L.c.occupied),
    count("damaged", L.c.damaged),
    count("lost", L.c.lost),
    count("recovered", L.c.recovered),
    count("surplus", L.c.surplus),
    count("outstanding", L.c.outstanding),
    flag("final", D.c.is_final),
    flag("matched", D.c.matched),
    flag("discrepancy", D.c.discrepancy),
    moment("closed_at", D.c.closed_at),
    moment("voided_at", D.c.voided_at),
    text("void_reason", D.c.void_reason),
    count("samples_collected", D.c.samples_collected, 18),
    word("sample_type", D.c.sample_type),
    text("notes", D.c.notes, 40),
    text("reason", D.c.reason, 28),
    text("entered_by", User.username, 14),
    moment("created_at", D.c.created_at),
)
_HEADER = [column.name for column in COLUMNS]
_DAYS, _SENT, _CLOSED, _VOIDED = map(_HEADER.index, ("days_out", "dispatched_at", "closed_at", "voided_at"))


def _count_days(columns: Columns, now: str) -> None:
    """Put the days out in the place of the time zone they are counted in."""
    columns[_DAYS] = [
        max(0, day_of(zone, closed or voided or now) - day_of(zone, sent))
        for zone, sent, closed, voided in zip(
            columns[_DAYS], columns[_SENT], columns[_CLOSED], columns[_VOIDED], strict=True
        )
    ]


def day_of(zone: str, at: str) -> int:
    """The calendar day of a moment in a time zone, as a number that grows by one a day."""
    day = _day_of_hour(zone, at[:13])
    return _exact_day(zone, at) if day is None else day


@functools.lru_cache(20_000)
def _day_of_hour(zone: str, hour: str) -> int | None:
    """The day that a whole hour (UTC) falls on, or None where midnight lies within it."""
    first, last = _exact_day(zone, f"{hour}:00:00"), _exact_day(zone, f"{hour}:59:59.999999")
    return first if first == last else None


def _exact_day(zone: str, at: str) -> int:
    return datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).toordinal()


def _report(
    name: str, title: str, index: str, *only: sa.ColumnElement[bool], shed_index: str = "", company_index: str = ""
) -> Report:
    # A line that was amended away is no line.
    conditions: tuple[Any, ...] = (L.c.quantity > 0, *only)
    return Report(
        name=name,
        title=title,
        columns=COLUMNS,
        tables=joined_tables(D),
        listed=D,
        order=(D.c.dispatched_at, D.c.id),
        then=(L.c.position,),
        index=index,
        shed_index=shed_index,
        company_index=company_index,
        at=D.c.dispatched_at,
        shed=lambda shed: D.c.shed_id == shed,
        company=lambda company: D.c.company_id == company,
        only=conditions,
        finish=_count_days,
    )


DISPATCHES = _report(
    "dispatches",
    "Dispatches",
    "ix_dispatches_dispatched_at",
    shed_index="ix_dispatches_shed_id",
    company_index="ix_dispatches_company_id",
)
OUTSTANDING = _report("outstanding", "Outstanding", "ix_dispatches_is_open", D.c.is_open)
DISCREPANCIES = _report("discrepancies", "Discrepancies", "ix_dispatches_discrepancy", D.c.discrepancy)
