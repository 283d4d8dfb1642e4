"""Taking trays back: everything still out is pre-filled as good; what is missing is spelled out and confirmed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from coresafe.errors import StaleVersion
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from coresafe.ui.dispatches import searches
from coresafe.ui.forms import FlagField, Form, HistoryField, MomentField, NotesField, QuantityField, TextField
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
        self._sizes: list[str] = []
        self._out: dict[str, int] = {}
        self._fields: dict[tuple[str, str], QuantityField] = {}
        self._missing: dict[str, QLabel] = {}

    def show(self, row: DispatchRow) -> None:  # type: ignore[override]
        """Everything that is still out, pre-filled as good."""
        self._clear()
        for line in row.lines:
            self._out[line.tray_size] = self._out.get(line.tray_size, 0) + line.outstanding
        self._sizes = list(self._out)
        heads = (tr("Size"), tr("Out"), tr("Good"), tr("Occupied"), tr("Damaged"), tr("Surplus"), tr("Missing"))
        for at, head in enumerate(heads):
            self._grid.addWidget(label(head, "small"), 0, at, Qt.AlignmentFlag.AlignRight if at in (1, 6) else Qt.AlignmentFlag.AlignLeft)
            self._grid.setColumnStretch(at, 1 if 2 <= at <= 5 else 0)  # noqa: PLR2004  # the typed columns
        for down, size in enumerate(self._sizes, start=1):
            self._grid.addWidget(label(size, "strong"), down, 0)
            self._grid.addWidget(figures(number(self._out[size])), down, 1, Qt.AlignmentFlag.AlignRight)
            for at, part in enumerate(PARTS, start=2):
                words = {"good": tr("good"), "occupied": tr("occupied"), "damaged": tr("damaged"), "surplus": tr("surplus")}
                field = QuantityField(tr("{size} {part}", size=size, part=words[part]), required=True, least=0)
                field.label.setVisible(False)
                field.editor.setMinimumWidth(56)
                field.editor.setMinimumHeight(44)
                field.set_value(self._out[size] if part == "good" else 0)
                field.changed.connect(self._edited)
                self._fields[size, part] = field
                self._form.register(f"lines[{down - 1}].{part}", field)
                self._grid.addWidget(field, down, at)
            missing = figures("", "strong")
            missing.setMinimumWidth(48)
            missing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._missing[size] = missing
            self._grid.addWidget(missing, down, 6)
        self._show_missing()
        super().show()

    def sums(self) -> list[Sum]:
        """Every size as typed; what is no number counts as nothing."""
        return [
            Sum(
                tray_size=size,
                out=self._out[size],
                **{part: self._fields[size, part].value() or 0 for part in PARTS},
            )
            for size in self._sizes
        ]

    def lines(self) -> tuple[ReturnedLine, ...]:
        """What is typed, as the service takes it."""
        return tuple(
            ReturnedLine(tray_size=s.tray_size, good=s.good, occupied=s.occupied, damaged=s.damaged, surplus=s.surplus)
            for s in self.sums()
        )

    def _edited(self) -> None:
        self._show_missing()
        self.changed.emit()

    def _show_missing(self) -> None:
        for s in self.sums():
            shown = self._missing[s.tray_size]
            shown.setText(number(s.missing) if s.missing >= 0 else tr("{count} too many", count=number(-s.missing)))
            shown.setAccessibleName(tr("{size} missing: {count}", size=s.tray_size, count=shown.text()))
            set_kind(shown, "strong" if s.missing == 0 else "error")

    def _clear(self) -> None:
        for name in [known for known in self._form.fields if known.startswith("lines[")]:
            self._form.forget(name)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._fields.clear()
        self._missing.clear()
        self._out.clear()


class ReturnForm(Form):
    """The form of a return. Signals besides the form's: ``saved(DispatchRow)``."""

    saved = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(tr("Take a return"), save=tr("Take back"), icon="package-check", parent=parent)
        self._workspace = workspace
        self._operation = uuid4()
        self._row: DispatchRow | None = None
        self.about = label("", "muted", wrap=True)
        self.column.addWidget(self.about)
        self.lines = ReturnLines(self)
        self.column.addWidget(self.lines)
        self.final = self.add("final", FlagField(tr("That is all he has: no more will come")))
        self.told = label("", "strong", wrap=True)
        self.column.addWidget(self.told)
        self.confirm = self.add("confirmed", FlagField(tr("Yes, that is how it is")))
        self.driver = HistoryField(tr("Driver"), searches.people(workspace, self, "driver"), required=True)
        self.technician = HistoryField(tr("Technician"), searches.people(workspace, self, "technician"), required=True)
        self.row(self.driver, self.technician)
        self.register("driver", self.driver)
        self.register("technician", self.technician)
        self.at = self.add("returned_at", MomentField(tr("Came back at"), hint=tr("Now, unless you change it")))
        self.notes = self.add("condition_notes", NotesField(tr("Condition")))
        self.reason = self.add(
            "reason", TextField(tr("Reason"), hint=tr("Needed when it happened longer ago than the shed's limit"))
        )
        self.lines.changed.connect(self._spell_out)
        self.final.changed.connect(self._spell_out)
        self.changed.connect(self._new_operation)
        self.submitted.connect(self._save)

    def begin(self, row: DispatchRow) -> None:
        """Take trays of this dispatch back."""
        self._row = row
        self._operation = uuid4()
        self.title.setText(tr("Return of {number}", number=row.number))
        self.about.setText(tr("{company}, left {when}", company=row.company_name, when=f"{row.dispatched_at.astimezone():%Y-%m-%d %H:%M}"))
        for field in self.fields.values():
            field.set_error("")
        self.lines.show(row)
        self.final.set_value(False)
        self.confirm.set_value(False)
        self.driver.set_value(row.driver)
        actor = self._workspace.context.actor
        self.technician.set_value(actor.full_name or actor.username)
        self.at.set_zone(row.time_zone)
        self.at.set_value(datetime.now(UTC))
        self.notes.set_value(None)
        self.reason.set_value(None)
        self.say("")
        self._spell_out()
        self.settle()

    def focus_first(self) -> None:
        """The first number, marked so that typing replaces it."""
        fields = [field for name, field in self.fields.items() if name.startswith("lines[")]
        if fields and isinstance(fields[0], QuantityField):
            fields[0].setFocus()
            fields[0].line.selectAll()

    def command(self) -> TakeReturn:
        """What is typed, as the service takes it."""
        assert self._row is not None  # noqa: S101  # begin() came first
        return TakeReturn(
            dispatch_id=self._row.id,
            driver=self.driver.value() or "",
            technician=self.technician.value() or "",
            lines=self.lines.lines(),
            returned_at=self.at.value() if self.at.touched else None,
            final=self.final.value(),
            condition_notes=self.notes.value(),
            reason=self.reason.value(),
            version=self._row.version,
        )

    def check(self) -> bool:
        """The fields, and that a difference was confirmed."""
        if not super().check():
            return False
        if self.confirm.isVisible() and not self.confirm.value():
            self.confirm.set_error(tr("Confirm the difference, or correct the numbers."))
            self.confirm.setFocus()
            return False
        return True

    def _spell_out(self) -> None:
        row = self._row
        if row is None:
            return
        said = difference(self.lines.sums(), row.company_name, final=self.final.value())
        if said != self.told.text():
            self.confirm.set_value(False)
            self.confirm.set_error("")
        self.told.setText(said)
        self.told.setVisible(bool(said))
        self.confirm.setVisible(bool(said))

    def _save(self) -> None:
        self._workspace.write(
            take_return,
            self.command(),
            owner=self,
            done=self.saved.emit,
            failed=self._failed,
            action=self.save_button,
            changes=("dispatches", "stock"),
            operation_id=self._operation,
            title=tr("Taking the return"),
        )

    def _failed(self, error: BaseException) -> bool:
        if isinstance(error, StaleVersion) and isinstance(error.current, DispatchRow):
            # What he typed stays; the next press saves it against the dispatch as it is now.
            self._row = error.current
            self._operation = uuid4()
            out = ", ".join(f"{line.outstanding} {line.tray_size}" for line in error.current.lines)
            self.say(
                tr(
                    "Somebody changed this dispatch meanwhile; out are now {trays}. What you typed is kept. "
                    "Look it over, then take it back again.",
                    trays=out or tr("none"),
                )
            )
            return True
        return self.show_failure(error)

    def _new_operation(self) -> None:
        self._operation = uuid4()


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
