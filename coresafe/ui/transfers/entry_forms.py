"""What becomes of a transfer: received as it really arrived, lost on the way, and either of them voided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock, OverReturn
from coresafe.models.enums import TransferStatus
from coresafe.services.audit_trail import transfer_history
from coresafe.services.transferring import (
    ArrivedLine,
    LoseTransfer,
    MissingLine,
    ReceiveTransfer,
    TransferRow,
    VoidEntry,
    VoidTransfer,
    get_transfer,
    lose_transfer,
    receive_transfer,
    void_transfer,
    void_transfer_entry,
)
from coresafe.ui.clock import exact
from coresafe.ui.forms import CheckField, DateTimeField, HistoryField, NotesField, QuantityField, SelectField
from coresafe.ui.forms.house import LateReasonField
from coresafe.ui.forms.people import people
from coresafe.ui.returning.fields import Change
from coresafe.ui.returning.meanwhile import OneDocumentForm
from coresafe.ui.returning.return_lines import LineWords, ReturnLines, Sum, joined
from coresafe.ui.transfers.fields import entry_title, entry_words, holding_core, in_words, on_the_way, what_changed
from coresafe.ui.widgets import label
from coresafe.ui.words import mark, number, tr
from coresafe.ui.workspace import Workspace

_ON_THE_WAY = LineWords(mark("Coming"), mark("Only {count} coming."))


class OneTransferForm(OneDocumentForm):
    """Base of the forms about one transfer."""

    changes = ("transfers", "stock")
    _row: TransferRow

    def readers(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return get_transfer, transfer_history

    def differences(self, before: TransferRow, now: TransferRow) -> Sequence[Change]:
        """What somebody changed, with what arrived or was declared lost."""
        return what_changed(before, now)

    def told(self, row: TransferRow) -> str:
        """What happened, in a sentence."""
        raise NotImplementedError


class ReceiveForm(OneTransferForm):
    """What arrived: everything that is on its way pre-filled, a difference spelled out and confirmed once."""

    def __init__(self, workspace: Workspace, row: TransferRow, parent: QWidget | None = None) -> None:
        title = tr("Receive {number}", number=row.number)
        super().__init__(workspace, title, row, save=tr("Receive"), parent=parent)
        context, runner = workspace.context, workspace.runner
        left = tr(
            "For {to}. From {shed}, sent {when} with {driver}",
            to=row.to_shed_name, shed=row.shed_name, when=exact(row.sent_at, row.time_zone), driver=row.driver,
        )  # fmt: skip
        self.add_widget(label(left, "muted", wrap=True))
        self.lines = ReturnLines(self, _ON_THE_WAY)
        self.lines.begin(on_the_way(row), holding_core(row))
        self.add_widget(self.lines)
        self.difference = label("", "strong", wrap=True)
        self.add_widget(self.difference)
        self.confirm = CheckField("confirmed", tr("Yes, that is how it is"))
        self.add(self.confirm)
        self.technician = HistoryField(
            "technician", tr("Counted by"), people(workspace, "technician"), runner, required=True
        )
        self.at = DateTimeField("received_at", tr("Arrived at"), zone=ZoneInfo(row.to_time_zone))
        self.add(self.technician, self.at)
        self.reason = LateReasonField(workspace.house)
        self.add(self.reason)
        self.technician.set_value(context.actor.full_name or context.actor.username)
        self.lines.changed.connect(self._spell_out)
        self._spell_out()
        self.settle()

    def focus_first(self) -> None:
        """The first number, marked so that typing replaces it."""
        first = self.lines.first()
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)
            first.edit.selectAll()

    def use_case(self) -> Callable[..., Any]:
        return receive_transfer

    def command(self) -> ReceiveTransfer:
        """What is typed. A time that was not touched is left out: it is then the server's now."""
        return ReceiveTransfer(
            transfer_id=self._row.id,
            technician=self.technician.value() or "",
            lines=tuple(
                ArrivedLine(
                    tray_size=s.tray_size, good=s.good, occupied=s.occupied, damaged=s.damaged, surplus=s.surplus
                )
                for s in self.lines.sums()
            ),
            received_at=self.at.value() if self.at.dirty else None,
            reason=self.reason.value(),
            version=self._row.version,
        )

    def check_together(self) -> str:
        """A difference has to be confirmed, once, here."""
        if self.difference.text() and not self.confirm.value():
            self.confirm.setFocus()
            return tr("Confirm the difference, or correct the numbers.")
        return ""

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is too much stands at the number of its size."""
        if not isinstance(error, OverReturn):
            return []
        return [
            (name, tr(_ON_THE_WAY.only, count=number(found.available)))
            for found in error.shortages
            if (name := self.lines.name_of(found.tray_size))
        ]

    def renew(self, row: TransferRow) -> str:
        """What is on its way now stands beside what was typed."""
        self.lines.take_out(on_the_way(row))
        self._spell_out()
        if row.status is TransferStatus.VOIDED:
            return tr("It is voided, so nothing of it is on its way. There is nothing to receive.")
        left = in_words(on_the_way(row)) or tr("none")
        return tr("On the way are now: {trays}. Look the numbers over, then receive it.", trays=left)

    def told(self, row: TransferRow) -> str:
        """Never that all arrived over a missing tray."""
        left = in_words(on_the_way(row))
        if left:
            return tr("{number} received. {trays} are still on their way.", number=row.number, trays=left)
        if row.discrepancy:
            return tr("{number} received, with a discrepancy.", number=row.number)
        return tr("{number} received: every tray arrived.", number=row.number)

    def _spell_out(self) -> None:
        said = _difference(self.lines.sums(), self._row.shed_name)
        if said != self.difference.text():
            self.confirm.set_value(False)
        self.difference.setText(said)
        self.difference.setVisible(bool(said))
        self.confirm.setVisible(bool(said))
        line = self.confirm.parentWidget()
        if line is not None:
            line.setVisible(bool(said))  # or its empty line would part the form


def _difference(sums: Sequence[Sum], sender: str) -> str:
    """What did not arrive as it was sent, in a sentence; "" when everything did."""
    parts = []
    missing = [f"{number(s.missing)} {s.tray_size}" for s in sums if s.missing > 0]
    if missing:
        trays = joined(missing)
        parts.append(tr("{trays} missing: they stay on their way, on the account of {shed}", trays=trays, shed=sender))
    damaged = [f"{number(s.damaged)} {s.tray_size}" for s in sums if s.damaged]
    if damaged:
        parts.append(tr("{trays} damaged", trays=joined(damaged)))
    surplus = [f"{number(s.surplus)} {s.tray_size}" for s in sums if s.surplus]
    if surplus:
        parts.append(tr("{trays} more than were sent: they are posted as found", trays=joined(surplus)))
    return "; ".join(parts) + "." if parts else ""


class _ReasonedForm(OneTransferForm):
    """A short form that takes a reason: what it does, its own fields, and why."""

    def __init__(
        self,
        workspace: Workspace,
        title: str,
        about: str,
        row: TransferRow,
        *,
        save: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace, title, row, save=save, parent=parent)
        self.add_widget(
            label(
                tr("{number} from {shed} to {to}.", number=row.number, shed=row.shed_name, to=row.to_shed_name),
                wrap=True,
            )
        )
        self.add_widget(label(about, "muted", wrap=True))
        self._make_fields(row)
        self.reason = NotesField("reason", tr("Reason"), required=True)
        self.add(self.reason)
        self.settle()

    def _make_fields(self, row: TransferRow) -> None:
        """The fields above the reason."""


class LoseForm(_ReasonedForm):
    """What never arrived is declared lost."""

    def __init__(self, workspace: Workspace, row: TransferRow, parent: QWidget | None = None) -> None:
        self.counts: dict[str, QuantityField] = {}
        about = tr("They never arrived: {shed} no longer owns them, and your reason says why.", shed=row.shed_name)
        super().__init__(workspace, tr("Declare lost"), about, row, save=tr("Declare lost"), parent=parent)

    def _make_fields(self, row: TransferRow) -> None:
        for size, count in on_the_way(row).items():
            if count:
                field = QuantityField(f"lost {size}", self._title(size, count), required=True, least=0)
                field.set_value(count)
                self.counts[size] = field
                self.add(field)
        self._limit()

    def use_case(self) -> Callable[..., Any]:
        return lose_transfer

    def command(self) -> LoseTransfer:
        """What is typed, those of none left out."""
        lines = [
            MissingLine(tray_size=size, quantity=count)
            for size, field in self.counts.items()
            if (count := field.value() or 0)
        ]
        return LoseTransfer(
            transfer_id=self._row.id, lines=lines, reason=self.reason.value() or "", version=self._row.version
        )

    def check_together(self) -> str:
        """Something has to be lost."""
        if not any(field.value() for field in self.counts.values()):
            return tr("Enter how many trays are lost.")
        return ""

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is too much stands at the number of its size."""
        if not isinstance(error, OverReturn):
            return []
        return [
            (self.counts[found.tray_size].name, tr(_ON_THE_WAY.only, count=number(found.available)))
            for found in error.shortages
            if found.tray_size in self.counts
        ]

    def renew(self, row: TransferRow) -> str:
        """What is on its way now; a number nobody touched follows it."""
        left = on_the_way(row)
        for size, field in self.counts.items():
            count = left.get(size, 0)
            field.set_title(self._title(size, count))
            if not field.dirty:
                field.set_value(count)
                field.settle()
        self._limit()
        if not row.in_transit:
            return tr("Nothing of it is on its way any more. There is nothing to declare lost.")
        return tr("Look the numbers over, then try again.")

    def told(self, row: TransferRow) -> str:
        """What is lost, and what is still on its way."""
        left = in_words(on_the_way(row))
        if left:
            return tr("{number}: declared lost. {trays} are still on their way.", number=row.number, trays=left)
        return tr("{number}: declared lost. Nothing of it is on its way any more.", number=row.number)

    @staticmethod
    def _title(size: str, count: int) -> str:
        return tr("{size} lost, of {count} on the way", size=size, count=number(count))

    def _limit(self) -> None:
        left = on_the_way(self._row)
        for size, field in self.counts.items():
            count = left.get(size, 0)
            field.set_limit(count, tr(_ON_THE_WAY.only, count=number(count)))


class VoidForm(_ReasonedForm):
    """A transfer that should not have been entered."""

    def __init__(self, workspace: Workspace, row: TransferRow, parent: QWidget | None = None) -> None:
        about = tr(
            "Its trays are at {shed} again, by counter-entries dated now. Nothing is deleted.", shed=row.shed_name
        )
        super().__init__(workspace, tr("Void the transfer"), about, row, save=tr("Void"), parent=parent)

    def use_case(self) -> Callable[..., Any]:
        return void_transfer

    def command(self) -> VoidTransfer:
        """What is typed."""
        return VoidTransfer(transfer_id=self._row.id, reason=self.reason.value() or "", version=self._row.version)

    def renew(self, row: TransferRow) -> str:
        """It may have been received meanwhile."""
        if row.status is TransferStatus.VOIDED:
            return tr("It is voided already. There is nothing left to do here.")
        if row.standing_entries:
            return tr("Trays of it arrived, or were declared lost. Void those entries first.")
        return tr("Look it over, then try again.")

    def told(self, row: TransferRow) -> str:
        """That it is voided."""
        return tr("{number} is voided.", number=row.number)


class VoidEntryForm(_ReasonedForm):
    """A receipt or a loss that was entered wrongly."""

    def __init__(self, workspace: Workspace, row: TransferRow, parent: QWidget | None = None) -> None:
        about = tr("Its trays are on their way again. Nothing is deleted.")
        title = tr("Void a receipt or a loss")
        super().__init__(workspace, title, about, row, save=tr("Void"), parent=parent)

    def _make_fields(self, row: TransferRow) -> None:
        self.entry = SelectField("entry_id", tr("Entry"), _standing(row))
        self.add(self.entry)

    def use_case(self) -> Callable[..., Any]:
        return void_transfer_entry

    def command(self) -> VoidEntry:
        """What is chosen."""
        return VoidEntry(
            transfer_id=self._row.id,
            entry_id=self.entry.value() or 0,
            reason=self.reason.value() or "",
            version=self._row.version,
        )

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """That its trays have gone again is told at the entry."""
        return [("entry_id", error.message)] if isinstance(error, InsufficientStock) else []

    def renew(self, row: TransferRow) -> str:
        """What can be chosen now; what was chosen stays chosen unless it is gone."""
        chosen, words, there = self.entry.value(), self.entry.box.currentText(), _standing(row)
        self.entry.set_options(there)
        if chosen not in [value for value, _words in there]:
            self.entry.set_value(None)
            self.entry.set_note(tr("What was chosen is gone: {what}", what=words))
        return tr("Look it over, then try again.")

    def told(self, row: TransferRow) -> str:
        """What is on its way again."""
        return tr("The entry is voided; of {number} {trays} are on their way.", number=row.number,
                  trays=in_words(on_the_way(row)) or tr("none"))  # fmt: skip


def _standing(row: TransferRow) -> list[tuple[int, str]]:
    """The entries that stand, the last first."""
    return [
        (entry.id, f"{entry_title(entry)}, {exact(entry.happened_at, row.to_time_zone)}: {entry_words(entry)}")
        for entry in reversed(row.standing_entries)
    ]
