"""Taking trays back: everything still out is pre-filled as good; what is missing is spelled out and confirmed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from coresafe.ui.dispatches import searches
from coresafe.ui.forms import CheckField, DateTimeField, Form, HistoryField, NotesField, QuantityField, TextField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.tables.columns import local
from coresafe.ui.theme import TARGET_GLOVES
from coresafe.ui.widgets import figures, label
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

PARTS = ("good", "occupied", "damaged", "surplus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One size of a return as typed: trays out, and how many of them are missing from it (below zero: too many)."""

    tray_size: str
    out: int
    good: int
    occupied: int
    damaged: int
    surplus: int

    @property
    def missing(self) -> int:
        """Out, and not in this return."""
        return self.out - self.good - self.occupied - self.damaged


def difference(sums: Sequence[Sum], company: str, *, final: bool) -> str:
    """What does not come back good, in a sentence; "" when everything does."""
    missing = [f"{number(s.missing)} {s.tray_size}" for s in sums if s.missing > 0]
    parts = []
    if missing:
        parts.append(tr("{trays} missing: they stay on {company}'s account", trays=_and(missing), company=company))
    damaged = [f"{number(s.damaged)} {s.tray_size}" for s in sums if s.damaged]
    if damaged:
        parts.append(tr("{trays} damaged", trays=_and(damaged)))
    surplus = [f"{number(s.surplus)} {s.tray_size}" for s in sums if s.surplus]
    if surplus:
        parts.append(tr("{trays} more than were sent: they are posted as found", trays=_and(surplus)))
    if final and missing:
        parts.append(tr("no more is expected, so the rest is a discrepancy to resolve"))
    return "; ".join(parts) + "." if parts else ""


def _and(parts: Sequence[str]) -> str:
    return tr("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1]) if len(parts) > 1 else parts[0]


class ReturnLines(QWidget):
    """A line for each size still out, split into good, occupied, damaged and surplus, with what is missing beside it.

    Signals: ``changed()``.
    """

    changed = Signal()

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        self._out: dict[str, int] = {}
        self._fields: dict[tuple[str, str], QuantityField] = {}
        self._missing: dict[str, QLabel] = {}

    def begin(self, row: DispatchRow) -> None:
        """Everything that is still out, pre-filled as good."""
        self._clear()
        self._out = outstanding_by_size(row)
        heads = (tr("Size"), tr("Out"), tr("Good"), tr("Occupied"), tr("Damaged"), tr("Surplus"), tr("Missing"))
        right = Qt.AlignmentFlag.AlignRight
        for at, head in enumerate(heads):
            self._grid.addWidget(label(head, "small"), 0, at, right if at else Qt.AlignmentFlag.AlignLeft)
            self._grid.setColumnStretch(at, 1 if head in heads[2:6] else 0)
        for down, size in enumerate(self._out, start=1):
            self._add(down, size)
        self._show_missing()

    def sums(self) -> list[Sum]:
        """Every size as typed; what is no number counts as nothing."""
        return [
            Sum(tray_size=size, out=out, **{part: self._fields[size, part].value() or 0 for part in PARTS})
            for size, out in self._out.items()
        ]

    def lines(self) -> tuple[ReturnedLine, ...]:
        """What is typed, as the service takes it."""
        return tuple(
            ReturnedLine(tray_size=s.tray_size, good=s.good, occupied=s.occupied, damaged=s.damaged, surplus=s.surplus)
            for s in self.sums()
        )

    def take_out(self, out: dict[str, int]) -> None:
        """What is out is another number by now; what was typed stays."""
        for size in self._out:
            self._out[size] = out.get(size, 0)
        self._show_missing()

    def first(self) -> QuantityField | None:
        """The first number."""
        return next(iter(self._fields.values()), None)

    def _add(self, down: int, size: str) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        words = {"good": tr("good"), "occupied": tr("occupied"), "damaged": tr("damaged"), "surplus": tr("surplus")}
        self._grid.addWidget(label(size, "strong"), down, 0)
        self._grid.addWidget(figures(number(self._out[size])), down, 1, right)
        for at, part in enumerate(PARTS, start=2):
            name = f"lines[{down - 1}].{part}"
            field = QuantityField(name, tr("{size} {part}", size=size, part=words[part]), required=True, least=0)
            field.hide_head()
            field.edit.setMinimumWidth(56)
            field.edit.setMinimumHeight(TARGET_GLOVES)
            field.set_value(self._out[size] if part == "good" else 0)
            field.changed.connect(self._edited)
            self._fields[size, part] = field
            self._form.register(field)
            self._grid.addWidget(field, down, at)
        missing = figures("", "strong")
        missing.setMinimumWidth(64)
        self._missing[size] = missing
        self._grid.addWidget(missing, down, 6, right)

    def _edited(self) -> None:
        self._show_missing()
        self.changed.emit()

    def _show_missing(self) -> None:
        if len(self._missing) < len(self._out):
            return
        for s in self.sums():
            shown = self._missing[s.tray_size]
            shown.setText(number(s.missing) if s.missing >= 0 else tr("{count} too many", count=number(-s.missing)))
            shown.setAccessibleName(tr("{size} missing: {count}", size=s.tray_size, count=shown.text()))
            set_kind(shown, "strong" if s.missing == 0 else "error")

    def _clear(self) -> None:
        for field in self._fields.values():
            self._form.forget(field)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._fields.clear()
        self._missing.clear()
        self._out.clear()


def outstanding_by_size(row: DispatchRow) -> dict[str, int]:
    """Trays still out, by size, in the order of the lines."""
    out: dict[str, int] = {}
    for line in row.lines:
        out[line.tray_size] = out.get(line.tray_size, 0) + line.outstanding
    return out


class ReturnForm(OperationForm):
    """The form of a return."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, row: DispatchRow, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Return of {number}", number=row.number), save=tr("Take back"), parent=parent)
        self._row = row
        context, runner = workspace.context, workspace.runner
        zone = ZoneInfo(row.time_zone)
        left = tr("{company}, left {when}", company=row.company_name, when=local(row.dispatched_at, zone))
        self.add_widget(label(left, "muted", wrap=True))
        self.lines = ReturnLines(self)
        self.lines.begin(row)
        self.add_widget(self.lines)
        self.final = CheckField("final", tr("That is all he has: no more will come"))
        self.add(self.final)
        self.told = label("", "strong", wrap=True)
        self.add_widget(self.told)
        self.confirm = CheckField("confirmed", tr("Yes, that is how it is"))
        self.add(self.confirm)
        self.driver = HistoryField("driver", tr("Driver"), searches.people(context, "driver"), runner, required=True)
        self.technician = HistoryField(
            "technician", tr("Technician"), searches.people(context, "technician"), runner, required=True
        )
        self.add(self.driver, self.technician)
        self.at = DateTimeField("returned_at", tr("Came back at"), zone=zone)
        self.add(self.at)
        self.notes = NotesField("condition_notes", tr("Condition"), lines=2)
        self.add(self.notes)
        self.reason = TextField(
            "reason", tr("Reason"), longest=2000, note=tr("Only where it happened longer ago than the shed's limit.")
        )
        self.add(self.reason)
        self.driver.set_value(row.driver)
        self.technician.set_value(context.actor.full_name or context.actor.username)
        self.lines.changed.connect(self._spell_out)
        self.final.changed.connect(self._spell_out)
        self._spell_out()
        self.settle()

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

    def take_current(self, current: object) -> str:
        """The dispatch as it is now; what was typed stays."""
        if not isinstance(current, DispatchRow):
            return ""
        self._row = current
        self.lines.take_out(outstanding_by_size(current))
        self._spell_out()
        out = ", ".join(f"{number(count)} {size}" for size, count in outstanding_by_size(current).items() if count)
        return tr("Still out are now: {trays}. Look the numbers over, then take it back.", trays=out or tr("none"))

    def _spell_out(self) -> None:
        said = difference(self.lines.sums(), self._row.company_name, final=self.final.value())
        if said != self.told.text():
            self.confirm.set_value(False)
        self.told.setText(said)
        self.told.setVisible(bool(said))
        self.confirm.setVisible(bool(said))


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
