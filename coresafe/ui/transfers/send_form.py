"""Sending trays to another shed: where to, how many, with whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.services.transferring import SendTransfer, TransferRow, send_transfer
from coresafe.ui.forms import DateTimeField, HistoryField, NotesField, TextField
from coresafe.ui.forms.house import LateReasonField, OtherShedField, ShedField
from coresafe.ui.forms.line_editor import LinesEditor
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.forms.people import people
from coresafe.ui.forms.shed_stock import ShedStock
from coresafe.ui.transfers.fields import trays_sent
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class SendForm(OperationForm):
    """The form of a new transfer. ``shed_id``: the shed it leaves, at the beginning; None: the one we stand in."""

    changes = ("transfers", "stock")

    def __init__(self, workspace: Workspace, shed_id: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Send trays to another shed"), save=tr("Send"), parent=parent)
        runner = workspace.runner
        self.shed = ShedField("shed_id", tr("From shed"), workspace.house)
        self.to_shed = OtherShedField("to_shed_id", tr("To shed"), workspace.house, self.shed)
        self.add(self.shed, self.to_shed)
        self.lines = LinesEditor(self)
        self.add_widget(self.lines)
        self.driver = HistoryField("driver", tr("Driver"), people(workspace, "driver"), runner, required=True)
        self.technician = HistoryField(
            "technician", tr("Technician"), people(workspace, "technician"), runner, required=True
        )
        self.add(self.driver, self.technician)
        self.vehicle = TextField("vehicle", tr("Vehicle"), longest=60)
        self.at = DateTimeField("sent_at", tr("Left at"), zone=self.shed.zone)
        self.add(self.vehicle, self.at)
        self.notes = NotesField("notes", tr("Notes"), lines=2)
        self.add(self.notes)
        self.reason = LateReasonField(workspace.house)
        self.add(self.reason)
        self._stock = ShedStock(workspace, self, self.shed, self.lines)
        self.shed.begin(shed_id)
        self.shed.changed.connect(lambda: self.at.set_zone(self.shed.zone))
        self.at.set_zone(self.shed.zone)
        actor = workspace.context.actor
        self.technician.set_value(actor.full_name or actor.username)
        self._stock.look()
        self.settle()

    def focus_first(self) -> None:
        """An empty form begins where a choice is to be made: at the shed, or else at the number of trays."""
        if self.dirty or any(field.error for field in self.fields.values()):
            super().focus_first()
        elif self.to_shed.value() is None:
            self.to_shed.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.lines.editors[0].quantity.setFocus(Qt.FocusReason.TabFocusReason)

    def use_case(self) -> Callable[..., Any]:
        return send_transfer

    def command(self) -> SendTransfer:
        """What is typed. A time that was not touched is left out: it is then the server's now."""
        return SendTransfer(
            shed_id=self.shed.value(),
            to_shed_id=self.to_shed.value(),
            lines=self.lines.lines(),
            driver=self.driver.value() or "",
            technician=self.technician.value() or "",
            vehicle=self.vehicle.value(),
            sent_at=self.at.value() if self.at.dirty else None,
            notes=self.notes.value(),
            reason=self.reason.value(),
        )

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the quantity of its size."""
        if not isinstance(error, InsufficientStock):
            return []
        self._stock.look_again()
        return self.lines.shortages(error)


def told(row: TransferRow) -> str:
    """A sentence such as 'T-2026-000012: 40 HQ are on their way to North shed.'."""
    return tr(
        "{number}: {trays} are on their way to {to}.", number=row.number, trays=trays_sent(row), to=row.to_shed_name
    )
