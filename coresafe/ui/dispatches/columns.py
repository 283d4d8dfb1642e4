"""The columns of the dispatches table, declared once, and the states a dispatch shows."""

from __future__ import annotations

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import mark


def zone_of(row: DispatchRow) -> str:
    """A dispatch's times are those of the shed it left."""
    return row.time_zone


def states_of(row: DispatchRow) -> list[str]:
    """Every state worth showing, the most urgent first."""
    states = [row.status.value]
    if row.overdue:
        states.insert(0, "overdue")
    if row.discrepancy:
        states.append("discrepancy")
    if row.matched:
        states.append("matched")
    if row.recovered:
        states.append("recovered")
    return states


def main_state(row: DispatchRow) -> str:
    """The one state a table has room for."""
    if row.overdue:
        return "overdue"
    if row.discrepancy and row.outstanding == 0:
        return "discrepancy"
    return "matched" if row.matched else row.status.value


def sizes_of(row: DispatchRow) -> str:
    """'40 HQ, 10 NQ core'."""
    return ", ".join(
        f"{line.quantity} {line.tray_size}{' core' if line.contents.value == 'core' else ''}" for line in row.lines
    )


COLUMNS: tuple[Column, ...] = (
    columns.text("number", mark("Number"), width=118, sort="number"),
    columns.state("state", mark("State"), value=main_state, width=140),
    columns.text("company_name", mark("Company"), width=140),
    columns.text("sizes", mark("Trays"), value=sizes_of, width=104),
    columns.count("outstanding", mark("Out"), width=52, sort="outstanding"),
    columns.count("days_out", mark("Days"), width=52, value=lambda row: row.days_out if row.outstanding else 0),
    columns.text("hole_id", mark("Hole"), width=100),
    columns.moment("dispatched_at", mark("Dispatched"), zone=zone_of, sort="dispatched_at"),
    columns.text("project_code", mark("Project"), width=80),
    columns.text("driver", mark("Driver"), width=136, sort="driver"),
    columns.moment("due_at", mark("Due"), zone=zone_of, sort="due_at", shown=False),
    columns.text("technician", mark("Technician"), width=136, sort="technician", shown=False),
    columns.text("destination", mark("Destination"), width=136, shown=False),
    columns.text("vehicle", mark("Vehicle"), width=104, shown=False),
    columns.count("quantity", mark("Sent"), width=64, sort="quantity", shown=False),
    columns.text("shed_name", mark("Shed"), width=120, shown=False),
    columns.text("entered_by", mark("Entered by"), width=112, shown=False),
)
