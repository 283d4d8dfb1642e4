"""The columns of the transfers table, declared once, and the states a transfer shows."""

from __future__ import annotations

from coresafe.models.enums import TransferStatus
from coresafe.services.transferring import TransferRow
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.transfers.fields import trays_sent
from coresafe.ui.words import mark


def states_of(row: TransferRow) -> list[str]:
    """Every state worth showing, the most urgent first."""
    return [row.status.value, *(["discrepancy"] if row.discrepancy else [])]


def main_state(row: TransferRow) -> str:
    """The one state a table has room for."""
    return "discrepancy" if row.discrepancy and row.status is TransferStatus.ARRIVED else row.status.value


COLUMNS: tuple[Column, ...] = (
    columns.text("number", mark("Number"), width=114, sort="number"),
    columns.state("state", mark("State"), value=main_state, width=124),
    columns.text("shed_name", mark("From"), width=100, tip=lambda row: row.shed_name),
    columns.text("to_shed_name", mark("To"), width=100, tip=lambda row: row.to_shed_name),
    columns.text("trays", mark("Trays"), value=trays_sent, width=104, tip=trays_sent),
    columns.count("in_transit", mark("On the way"), width=88, sort="in_transit"),
    columns.moment("sent_at", mark("Sent"), zone=lambda row: row.time_zone, sort="sent_at"),
    columns.count("days", mark("Days"), width=52, value=lambda row: row.days if row.in_transit else 0),
    columns.text("driver", mark("Driver"), width=120, sort="driver"),
    columns.text("technician", mark("Technician"), width=120, shown=False),
    columns.text("vehicle", mark("Vehicle"), width=104, shown=False),
    columns.count("quantity", mark("Trays sent"), width=84, sort="quantity", shown=False),
    columns.text("entered_by", mark("Entered by"), width=112, shown=False),
)
