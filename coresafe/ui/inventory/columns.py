"""The columns of the ledger, declared once."""

from __future__ import annotations

from coresafe.models.enums import MovementKind
from coresafe.services.inventory import MovementRow
from coresafe.ui.house import House
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import KIND_WORDS, mark, tr


def kind_of(row: MovementRow) -> str:
    """'Void of a return', or the kind itself."""
    if row.kind is MovementKind.VOID:
        return tr("Void: {kind}", kind=tr(KIND_WORDS[row.of_kind.value]).lower())
    return tr(KIND_WORDS[row.kind.value])


def document_of(row: MovementRow) -> str:
    """The number of what the movement comes from, "" where it was entered by itself."""
    return row.return_number or row.dispatch_number or row.stocktake_number or row.transfer_number or ""


def zone_in(house: House, row: MovementRow) -> str | None:
    """The time zone of a movement's shed; None where it is not in use any more."""
    shed = house.shed(row.shed_id)
    return shed.time_zone if shed is not None else None


def columns_at(house: House) -> tuple[Column, ...]:
    """The columns; each movement's times are those of its own shed."""

    def zone(row: MovementRow) -> str | None:
        return zone_in(house, row)

    return (
        columns.moment("at", mark("When"), zone=zone, sort="at"),
        columns.text("kind", mark("What"), value=kind_of, width=112),
        columns.count("quantity", mark("Trays"), width=72),
        columns.text("tray_size", mark("Size"), width=64),
        columns.state("from_account", mark("From"), value=lambda row: row.from_account.value, width=116),
        columns.state("to_account", mark("To"), value=lambda row: row.to_account.value, width=116),
        columns.text("company_name", mark("Company"), width=144),
        columns.text("document", mark("Document"), value=document_of, width=128),
        columns.text("user", mark("By"), width=96),
        columns.text("reason", mark("Reason"), width=168),
        columns.moment("entered_at", mark("Entered"), zone=zone, shown=False),
        columns.text("shed_name", mark("Shed"), width=120, shown=False),
    )
