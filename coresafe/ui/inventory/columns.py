"""The columns of the ledger, declared once."""

from __future__ import annotations

from coresafe.models.enums import MovementKind
from coresafe.services.inventory import MovementRow
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import mark, tr

KIND_WORDS: dict[str, str] = {
    "opening": mark("Opening"),
    "purchase": mark("Purchase"),
    "dispatch": mark("Dispatch"),
    "return": mark("Return"),
    "loss": mark("Loss"),
    "recovery": mark("Recovery"),
    "found": mark("Found"),
    "fill": mark("Fill"),
    "release": mark("Release"),
    "damage": mark("Damage"),
    "repair": mark("Repair"),
    "scrap": mark("Scrap"),
    "adjustment": mark("Adjustment"),
    "stocktake": mark("Stocktake"),
    "transfer": mark("Transfer"),
    "void": mark("Void"),
}


def kind_of(row: MovementRow) -> str:
    """'Void of a return', or the kind itself."""
    if row.kind is MovementKind.VOID:
        return tr("Void: {kind}", kind=tr(KIND_WORDS[row.of_kind.value]).lower())
    return tr(KIND_WORDS[row.kind.value])


COLUMNS: tuple[Column, ...] = (
    columns.moment("at", mark("When"), sort="at"),
    columns.text("kind", mark("What"), value=kind_of, width=112),
    columns.count("quantity", mark("Trays"), width=72),
    columns.text("tray_size", mark("Size"), width=64),
    columns.state("from_account", mark("From"), value=lambda row: row.from_account.value, width=116),
    columns.state("to_account", mark("To"), value=lambda row: row.to_account.value, width=116),
    columns.text("company_name", mark("Company"), width=144),
    columns.text(
        "document", mark("Document"), value=lambda row: row.return_number or row.dispatch_number or "", width=128
    ),
    columns.text("user", mark("By"), width=96),
    columns.text("reason", mark("Reason"), width=168),
    columns.moment("entered_at", mark("Entered"), shown=False),
)
