"""Taking trays back: everything still out is pre-filled as good; what is missing is spelled out and confirmed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, OverReturn
from coresafe.models.enums import MovementKind
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.services.permissions import Permission
from coresafe.services.returning import Recoverable, TakeReturn, recoverable, take_return
from coresafe.ui.clock import exact
from coresafe.ui.forms import CheckField, DateTimeField, HistoryField, NotesField
from coresafe.ui.forms.house import LateReasonField, ShedField
from coresafe.ui.forms.people import people
from coresafe.ui.returning.meanwhile import OneDispatchForm
from coresafe.ui.returning.return_lines import ReturnLines, difference, outstanding_by_size
from coresafe.ui.widgets import button, label
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace


class ReturnForm(OneDispatchForm):
    """The form of a return."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, row: DispatchRow, parent: QWidget | None = None) -> None:
        title = tr("Return of {number}", number=row.number)
        super().__init__(workspace, title, row, save=tr("Take back"), parent=parent)
        context, runner = workspace.context, workspace.runner
        zone = ZoneInfo(row.time_zone)
        left = tr("{company}, left {when}", company=row.company_name, when=exact(row.dispatched_at, zone))
        self.add_widget(label(left, "muted", wrap=True))
        self.lines = ReturnLines(self)
        self.lines.begin(outstanding_by_size(row))
        self.add_widget(self.lines)
        self.final = CheckField("final", tr("That is all he has: no more will come"))
        self.add(self.final)
        self.told = label("", "strong", wrap=True)
        self.add_widget(self.told)
        self.offer = label("", "muted", wrap=True)
        self.add_widget(self.offer)
        self.recover_button = button(tr("Recover them"), self._recover, icon="undo-2")
        self.add_widget(self.recover_button)
        self._lost: tuple[Recoverable, ...] = ()
        self.confirm = CheckField("confirmed", tr("Yes, that is how it is"))
        self.add(self.confirm)
        self.shed = ShedField("shed_id", tr("Into shed"), workspace.house)
        self.register(self.shed)
        self.add_widget(self.shed)
        self.driver = HistoryField("driver", tr("Driver"), people(workspace, "driver"), runner, required=True)
        self.technician = HistoryField(
            "technician", tr("Technician"), people(workspace, "technician"), runner, required=True
        )
        self.add(self.driver, self.technician)
        self.at = DateTimeField("returned_at", tr("Came back at"), zone=zone)
        self.add(self.at)
        self.notes = NotesField("condition_notes", tr("Condition"), lines=2)
        self.add(self.notes)
        self.reason = LateReasonField(workspace.house)
        self.add(self.reason)
        self.driver.set_value(row.driver)
        self.technician.set_value(context.actor.full_name or context.actor.username)
        # Trays come back to the shed where they are counted: the one this computer is said to stand in.
        chosen = workspace.house.chosen
        self.shed.begin(chosen.id if chosen is not None else row.shed_id)
        self.shed.changed.connect(self._tell_shed)
        self._tell_shed()
        self.lines.changed.connect(self._spell_out)
        self.final.changed.connect(self._spell_out)
        self._spell_out()
        self.settle()
        workspace.read(recoverable, row.company_id, owner=self, lane="lost", done=self._take_lost)

    def focus_first(self) -> None:
        """The first number, marked so that typing replaces it."""
        first = self.lines.first()
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)
            first.edit.selectAll()

    def use_case(self) -> Callable[..., Any]:
        return take_return

    def command(self) -> TakeReturn:
        """What is typed. A time that was not touched is left out: it is then the server's now."""
        return TakeReturn(
            dispatch_id=self._row.id,
            driver=self.driver.value() or "",
            technician=self.technician.value() or "",
            lines=self.lines.lines(),
            returned_at=self.at.value() if self.at.dirty else None,
            shed_id=self.shed.value() if self._workspace.house.several else None,
            final=self.final.value(),
            condition_notes=self.notes.value(),
            reason=self.reason.value(),
            version=self._row.version,
        )

    def check_together(self) -> str:
        """A difference has to be confirmed, once, here."""
        if self.told.text() and not self.confirm.value():
            self.confirm.setFocus()
            return tr("Confirm the difference, or correct the numbers.")
        return ""

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is too much stands at the number of its size."""
        if not isinstance(error, OverReturn):
            return []
        return [
            (name, tr("Only {count} out.", count=number(found.available)))
            for found in error.shortages
            if (name := self.lines.name_of(found.tray_size))
        ]

    def renew(self, row: DispatchRow) -> str:
        """What is out now stands beside what was typed; a size that came to be out meanwhile gets a line of its own."""
        self.lines.take_out(outstanding_by_size(row))
        self._spell_out()
        if row.voided_at is not None:
            return tr("It is voided, so nothing of it is out. There is nothing to take back.")
        out = ", ".join(f"{number(count)} {size}" for size, count in outstanding_by_size(row).items() if count)
        return tr("Still out are now: {trays}. Look the numbers over, then take it back.", trays=out or tr("none"))

    def _tell_shed(self) -> None:
        """Where another shed receives them, they are its trays from then on."""
        elsewhere = self.shed.value() not in (None, self._row.shed_id)
        words = tr("They left {shed}: with this return they become trays of this shed.", shed=self._row.shed_name)
        self.shed.set_note(words if elsewhere else "")

    def _spell_out(self) -> None:
        said = difference(self.lines.sums(), self._row.company_name, final=self.final.value())
        if said != self.told.text():
            self.confirm.set_value(False)
        self.told.setText(said)
        self.told.setVisible(bool(said))
        self.confirm.setVisible(bool(said))
        row = self.confirm.parentWidget()
        if row is not None:
            row.setVisible(bool(said))  # or its empty line would part the form
        self._offer_recovery()

    # -- surplus of a company that lost such trays may be these -------------------------------------------------------

    def _take_lost(self, lost: tuple[Recoverable, ...]) -> None:
        self._lost = lost
        self._offer_recovery()

    def _match(self) -> tuple[Recoverable, int] | None:
        """Lost trays of a size that comes back as surplus, and how many of them it may be."""
        surplus = {s.tray_size: s.surplus for s in self.lines.sums() if s.surplus}
        for lost in self._lost:
            if surplus.get(lost.tray_size):
                return lost, min(lost.quantity, surplus[lost.tray_size])
        return None

    def _offer_recovery(self) -> None:
        found = self._match()
        self.offer.setVisible(found is not None)
        self.recover_button.setVisible(found is not None and self._workspace.may(Permission.STOCK))
        if found is None:
            return
        lost, count = found
        self.offer.setText(
            tr(
                "{company} lost {lost} {size} on {number}. Are these {count} the same trays? Then they are recovered there "
                "and are no surplus here.",
                company=self._row.company_name, lost=number(lost.quantity), size=lost.tray_size, number=lost.number,
                count=number(count),
            )
        )  # fmt: skip

    def _recover(self) -> None:
        found = self._match()
        if found is None:
            return
        lost, count = found
        command = MoveStock(
            kind=MovementKind.RECOVERY,
            tray_size=lost.tray_size,
            quantity=count,
            reason=tr("Came back with a return of {number}", number=self._row.number),
            dispatch_id=lost.dispatch_id,
        )

        def done(_stock: object) -> None:
            self.lines.reduce_surplus(lost.tray_size, count)
            self._workspace.messages.success(
                tr(
                    "{count} {size} of {number} recovered.",
                    count=number(count),
                    size=lost.tray_size,
                    number=lost.number,
                ),
                owner=self,
            )
            self._workspace.read(recoverable, self._row.company_id, owner=self, lane="lost", done=self._take_lost)

        self._workspace.write(
            move_stock,
            command,
            owner=self,
            done=done,
            failed=self.show_failure,
            action=self.recover_button,
            changes=("dispatches", "stock"),
            title=tr("Recovering"),
        )


def told(row: DispatchRow) -> str:
    """'R-2026-000007 taken back. 2 HQ of D-2026-000123 are still out with Ashanti.' Never all over a missing tray."""
    entry = row.returns[-1].number if row.returns else row.number
    out = ", ".join(f"{number(line.outstanding)} {line.tray_size}" for line in row.lines if line.outstanding)
    if out:
        return tr("{entry} taken back. {trays} of {number} are still out with {company}.",
                  entry=entry, trays=out, number=row.number, company=row.company_name)  # fmt: skip
    if row.discrepancy:
        return tr("{entry} taken back. {number} is closed, with a discrepancy.", entry=entry, number=row.number)
    return tr("{entry} taken back. {number} is closed: every tray came back.", entry=entry, number=row.number)
