"""One movement, told in full: what, when, who, why, from where to where, and the document behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QAction

from coresafe.models.enums import MovementKind, State
from coresafe.services.inventory import MovementRow
from coresafe.ui.clock import exact
from coresafe.ui.inventory.columns import kind_of
from coresafe.ui.theme import status
from coresafe.ui.widgets import DetailPane, Pairs
from coresafe.ui.words import KIND_WORDS, number, tr


class MovementPane(DetailPane):
    """The detail of the selected movement."""

    def __init__(self) -> None:
        super().__init__(tr("No movement selected"), tr("Select one to see who moved which trays, and why."))
        self.row: MovementRow | None = None
        self._zone: str | None = None

    def nothing(self) -> None:
        """Nothing is selected."""
        self.row = None
        self.clear()

    def show_row(
        self, row: MovementRow, sheds: Mapping[int, str], zone: str | None, actions: Sequence[QAction]
    ) -> None:
        """A movement; ``sheds``: their names, where there is more than one; ``zone``: its shed's."""
        if (row, zone) == (self.row, self._zone):
            return
        self.row, self._zone = row, zone
        self.show_record(
            tr("{count} {size}", count=number(row.quantity), size=row.tray_size),
            subtitle=kind_of(row),
            states=[row.to_account.value],
            sections=[_what(row, sheds, zone), _document(row)],
            actions=actions,
        )


def _what(row: MovementRow, sheds: Mapping[int, str], zone: str | None) -> Pairs:
    late = row.entered_at.replace(second=0, microsecond=0) != row.at.replace(second=0, microsecond=0)
    voids = tr(KIND_WORDS[row.of_kind.value]) if row.kind is MovementKind.VOID else ""
    return Pairs(
        tr("Movement"),
        [
            (tr("When"), exact(row.at, zone)),
            (tr("Entered"), exact(row.entered_at, zone) if late else ""),
            (tr("By"), row.user),
            (tr("What"), tr(KIND_WORDS[row.kind.value])),
            (tr("Of"), voids),
            (tr("From"), _account(row.from_account, row.shed_id, sheds)),
            (tr("To"), _account(row.to_account, row.to_shed_id, sheds)),
            (tr("Company"), row.company_name or ""),
            (tr("Reason"), row.reason or ""),
        ],
    )


def _account(state: State, shed_id: int, sheds: Mapping[int, str]) -> str:
    """'Available, Main shed'; a supplier has no shed."""
    name = sheds.get(shed_id, "") if state is not State.EXTERNAL else ""
    return f"{status(state.value).text}, {name}" if name else status(state.value).text


def _document(row: MovementRow) -> Pairs:
    pairs = [
        (tr("Dispatch"), row.dispatch_number or ""),
        (tr("Return"), row.return_number or ""),
        (tr("Stocktake"), row.stocktake_number or ""),
        (tr("Transfer"), row.transfer_number or ""),
    ]
    if not any(number for _what, number in pairs):
        pairs = [(tr("None"), tr("Entered on this page, with its reason."))]
    return Pairs(tr("Document behind it"), pairs)
