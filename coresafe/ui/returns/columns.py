"""The columns of what is still out, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.settings import Rules
from coresafe.ui import clock
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.theme import Status, status
from coresafe.ui.words import mark, number, tr, trn


def trays_out(row: DispatchRow) -> str:
    """'40 HQ, 10 NQ core': what is still out."""
    return ", ".join(
        f"{number(line.outstanding)} {line.tray_size}{' ' + tr('core') if line.contents.value == 'core' else ''}"
        for line in row.lines
        if line.outstanding
    )


def age_of(row: DispatchRow, rules: Rules) -> Status:
    """How long it has been out (domain: Days out): the days in words, with an icon, in green, amber or red."""
    days = trn("{count} day", "{count} days", row.days_out)
    if row.days_out >= rules.red_days:
        return Status("red", days, "triangle-alert", "danger")
    if row.days_out >= rules.amber_days:
        return Status("amber", days, "clock", "caution")
    return Status("green", days, "circle-check", "positive")


def _due_in_words(row: DispatchRow) -> str:
    return tr("Due {when}", when=clock.exact(row.due_at, row.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class _AgeColumn(Column):
    """The days as a chip of their own words, by the rules in force."""

    rules: Callable[[], Rules]

    def status(self, row: Any) -> Status:
        return age_of(row, self.rules())

    def words(self, row: Any) -> str:
        return self.status(row).word

    def cell(self, row: Any) -> int:
        return int(row.days_out)


class _DueColumn(Column):
    """The day by which it is due; once that is past, that it is overdue."""

    def status(self, row: Any) -> Status | None:
        return status("overdue") if row.overdue else None

    def words(self, row: Any) -> str:
        day = clock.day(row.due_at, row.time_zone)
        return tr("Overdue since {day}", day=day) if row.overdue else day

    def cell(self, row: Any) -> date:
        return clock.on_the_wall(row.due_at, row.time_zone).date()


def _in_days() -> str:
    return f'[=1]0 "{tr("day")}";0 "{tr("days")}"'


def columns_by(rules: Callable[[], Rules]) -> tuple[Column, ...]:
    """``rules``: those in force."""
    return (
        columns.text("number", mark("Number"), width=118, sort="number"),
        columns.text("company_name", mark("Company"), width=120, tip=lambda row: row.company_name),
        columns.text("hole_id", mark("Hole"), width=92),
        columns.text("trays", mark("Still out"), value=trays_out, width=96, tip=trays_out),
        _AgeColumn(
            key="days_out",
            title=mark("Out for"),
            width=100,
            sort="dispatched_at",
            states=True,
            pattern=_in_days,
            rules=rules,
        ),
        _DueColumn(key="due_at", title=mark("Due"), width=104, sort="due_at", states=True, tip=_due_in_words),
        columns.text("driver", mark("Driver"), width=128, sort="driver", shown=False),
        columns.text("project_code", mark("Project"), width=80, shown=False),
        columns.moment(
            "dispatched_at", mark("Left"), zone=lambda row: row.time_zone, sort="dispatched_at", shown=False
        ),
        columns.text("shed_name", mark("Shed"), width=120, shown=False),
    )
