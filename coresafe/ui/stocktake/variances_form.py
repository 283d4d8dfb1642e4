"""What varies, for who approves it: counted and expected side by side, why they differ, and what moved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from coresafe.errors import StaleVersion
from coresafe.models.enums import State
from coresafe.services.stocktaking import (
    ApproveStocktake,
    CountRow,
    LineReason,
    StocktakeDetail,
    VarianceRow,
    Variances,
    approve_stocktake,
)
from coresafe.ui import clock
from coresafe.ui.forms import TextField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.messages import Level
from coresafe.ui.stocktake.simple_table import SimpleTable
from coresafe.ui.stocktake.words import joined, place_words, signed, state_word
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import StatusChip, button, figures, label, line
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.words import KIND_WORDS, number, tr, trn
from coresafe.ui.workspace import Workspace

_REASON = 2000
#: Rows of what stands behind a door that are in sight.
_IN_SIGHT = 6


class Door(QWidget):
    """A line to press, and behind it what not everybody wants to see."""

    def __init__(self, behind: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton()
        self.button.setCheckable(True)
        self.button.setProperty("kind", "quiet")
        self.button.setAutoDefault(False)
        theme().dress(self.button, "chevron-right")
        self.behind = behind
        behind.hide()
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(behind)
        self.button.toggled.connect(self._toggled)

    def say(self, words: str) -> None:
        """What stands behind it."""
        self.button.setText(words)
        self.button.setAccessibleName(words)

    def _toggled(self, on: bool) -> None:
        self.behind.setVisible(on)
        theme().dress(self.button, "chevron-down" if on else "chevron-right")


class VariancesForm(OperationForm):
    """Looks at an open stocktake and approves it.

    Signals: ``read_again()`` what is shown is not what there is any more; ``take_back_asked(CountRow)`` somebody's entry is
    wrong.
    """

    changes = ("stocktakes", "stock")
    read_again = Signal()
    take_back_asked = Signal(object)

    def __init__(self, workspace: Workspace, variances: Variances, parent: QWidget | None = None) -> None:
        super().__init__(workspace, "", save=tr("Approve and post"), parent=parent)
        self.variances = variances
        self._shown: tuple[VarianceRow, ...] | None = None
        self.title = tr("Variances of {number}", number=variances.stocktake.number)
        self._head.setText(self.title)
        self._head.show()
        self.about = label("", "muted", wrap=True)
        self.add_widget(self.about)
        self.reasons: dict[tuple[str, State], TextField] = {}
        self.reason = TextField("reason", tr("Reason for all lines without one of their own"), longest=_REASON)
        self.reason.changed.connect(self._reason_for_all)
        self.add(self.reason)
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)
        holder = QWidget()
        holder.setLayout(self._place)
        self.add_widget(holder)
        heads = [
            tr("When"),
            tr("What"),
            tr("Trays"),
            tr("Size"),
            tr("From"),
            tr("To"),
            tr("Document"),
            tr("By"),
            tr("Expected"),
        ]
        self.moved = SimpleTable(tr("Movements since the opening"), heads, stretch=6)
        self.moved_door = Door(self.moved)
        heads = [tr("Size"), tr("State"), tr("Place"), tr("Counted"), tr("By"), tr("When")]
        self.entries = SimpleTable(tr("What everybody counted"), heads, stretch=2)
        self.take_back_button = button(tr("Take back the entry"), self._take_back, icon="undo-2")
        self.take_back_button.setToolTip(tr("A wrong entry of somebody who is not here (Delete)"))
        self.entries.taken.connect(lambda _id: self._take_back())
        self.entries.itemSelectionChanged.connect(self._offer_entry)
        behind = QWidget()
        inside = QVBoxLayout(behind)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.entries)
        inside.addWidget(self.take_back_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.entries_door = Door(behind)
        self.add_widget(self.moved_door)
        self.add_widget(self.entries_door)
        self.leave_button.setText(tr("Back to counting"))
        self.leave_button.setAccessibleName(tr("Back to counting"))
        self.show_variances(variances)
        wear_gloves(self)
        self.settle()

    # -- what is shown ----------------------------------------------------------------------------------------------

    def show_variances(self, variances: Variances) -> None:
        """These numbers; reasons that were typed stay with their lines."""
        self.variances = variances
        left = list(variances.left_alone)
        said = [tr("Expected is what the books say was there when the size was declared counted.")]
        if left:
            said.append(tr("Not declared, and left alone: {sizes}.", sizes=joined(left)))
        self.about.setText(" ".join(said))
        if variances.rows != self._shown:
            self._shown = variances.rows
            self._build(variances.rows)
        self._show_moved(variances)
        self._show_entries(variances)
        self.save_action.setEnabled(bool(variances.rows) and not self.saving)
        varying = any(row.variance for row in variances.rows)
        self.reason.setVisible(varying)

    def _build(self, rows: Sequence[VarianceRow]) -> None:
        typed = {key: field.typed() for key, field in self.reasons.items()}
        busy = {key: field.edit.cursorPosition() for key, field in self.reasons.items() if field.edit.hasFocus()}
        for field in self.reasons.values():
            self.forget(field)
        self.reasons = {}
        while (item := self._place.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self._place.addWidget(self._grid(rows))
        for key, words in typed.items():
            if key in self.reasons:
                self.reasons[key].set_value(words)
        wear_gloves(self)
        for key, cursor in busy.items():  # whoever was typing goes on where he was
            field = self.reasons.get(key, self.reason)
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            field.edit.setCursorPosition(cursor)

    def _grid(self, rows: Sequence[VarianceRow]) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(3 * GRID)
        grid.setVerticalSpacing(2)
        if not rows:
            words = tr("No size has been declared counted yet. There is nothing to compare.")
            grid.addWidget(label(words, "section", wrap=True), 0, 0)
            return made
        right = Qt.AlignmentFlag.AlignRight
        heads = ((tr("Size"), False), (tr("State"), False), (tr("At the opening"), True), (tr("Moved until counted"), True),
                 (tr("Expected"), True), (tr("Counted"), True), (tr("Variance"), True), (tr("Reason"), False))  # fmt: skip
        for across, (words, is_number) in enumerate(heads):
            grid.addWidget(label(words, "small"), 0, across, right if is_number else Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(line(), 1, 0, 1, len(heads))
        grid.setColumnStretch(len(heads) - 1, 1)
        before = ""
        for at, row in enumerate(rows):
            self._row(grid, at, row, first=row.tray_size != before)
            before = row.tray_size
        return made

    def _row(self, grid: QGridLayout, at: int, row: VarianceRow, *, first: bool) -> None:
        down = at + 2
        of = f"{row.tray_size} {state_word(row.state)}"
        grid.addWidget(label(row.tray_size if first else "", "strong"), down, 0)
        grid.addWidget(StatusChip(row.state.value), down, 1)
        told = (
            (tr("at the opening"), number(row.at_opening)),
            (tr("moved until counted"), signed(row.moved)),
            (tr("expected"), number(row.expected)),
            (tr("counted"), number(row.counted)),
        )
        for across, (what, shown) in enumerate(told, start=2):
            made = figures(shown)
            made.setAccessibleName(f"{of}, {what}: {shown}")
            grid.addWidget(made, down, across)
        varies = figures(signed(row.variance), "strong" if row.variance else "muted")
        varies.setAccessibleName(f"{of}, {tr('variance')}: {signed(row.variance)}")
        grid.addWidget(varies, down, 6)
        if row.variance:
            field = TextField(f"lines.{at}.reason", tr("Reason: {line}", line=of), longest=_REASON)
            field.hide_head()
            field.edit.setPlaceholderText(tr("as above, for all"))
            field.edit.setAccessibleName(tr("Reason: {line}, varies by {count}", line=of, count=signed(row.variance)))
            self.reasons[row.tray_size, row.state] = field
            self.register(field)
            grid.addWidget(field, down, 7)
        else:
            grid.addWidget(label(tr("as expected"), "muted"), down, 7)
        grid.setRowMinimumHeight(down, 5 * GRID)

    def _show_moved(self, variances: Variances) -> None:
        count = len(variances.moved)
        self.moved_door.say(
            tr("More than {count} movements since the opening", count=number(count))
            if variances.more_moved
            else trn("{count} movement since the opening", "{count} movements since the opening", count)
        )
        self.moved_door.setEnabled(bool(count))
        self.moved.show_rows(
            [
                (
                    row.id,
                    (
                        clock.local(row.at),
                        tr(KIND_WORDS[row.kind.value]),
                        row.quantity,
                        row.tray_size,
                        state_word(row.from_state),
                        state_word(row.to_state),
                        row.document or "",
                        row.user,
                        tr("counts") if row.counts else tr("after it was counted"),
                    ),
                )
                for row in variances.moved
            ]
        )
        _fit(self.moved, count)

    def _show_entries(self, variances: Variances) -> None:
        count = len(variances.entries)
        self.entries_door.say(trn("{count} number that was entered", "{count} numbers that were entered", count))
        self.entries_door.setEnabled(bool(count))
        self.entries.show_rows(
            [
                (
                    row.id,
                    (
                        row.tray_size,
                        state_word(row.state),
                        place_words(row.place),
                        row.quantity or 0,
                        row.counter,
                        clock.local(row.counted_at),
                    ),
                )
                for row in sorted(variances.entries, key=lambda row: (row.tray_size, row.state, row.place, row.counter))
            ]
        )
        _fit(self.entries, count)
        self._offer_entry()

    def _entry(self) -> CountRow | None:
        return next((row for row in self.variances.entries if row.id == self.entries.chosen), None)

    def _offer_entry(self) -> None:
        self.take_back_button.setEnabled(self._entry() is not None)

    def _take_back(self) -> None:
        row = self._entry()
        if row is not None:
            self.take_back_asked.emit(row)

    def _reason_for_all(self) -> None:
        """It stands for the lines that have none: they are in order."""
        for field in self.reasons.values():
            if field.empty:
                field.clear_error()

    # -- saving -----------------------------------------------------------------------------------------------------

    def check_together(self) -> str:
        """Each line that varies says why, or the reason for all does."""
        if self.reason.value() is not None:
            return ""
        empty = [key for key, field in self.reasons.items() if field.value() is None]
        if not empty:
            return ""
        for key in empty:
            self.reasons[key].show_error(tr("Say why, here or above for all."))
        self.reasons[empty[0]].setFocus(Qt.FocusReason.OtherFocusReason)
        return trn("A reason is missing for one line.", "Reasons are missing for {count} lines.", len(empty))

    def use_case(self) -> Callable[..., Any]:
        return approve_stocktake

    def command(self) -> ApproveStocktake:
        """What is shown and typed, as the service takes it: numbers that changed meanwhile are not approved unseen."""
        return ApproveStocktake(
            stocktake_id=self.variances.stocktake.id,
            reason=self.reason.value(),
            lines=tuple(
                LineReason(
                    tray_size=row.tray_size,
                    state=row.state,
                    variance=row.variance,
                    reason=field.value() if (field := self.reasons.get((row.tray_size, row.state))) else None,
                )
                for row in self.variances.rows
            ),
            version=self.variances.stocktake.version,
        )

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """Where the numbers are others by now they are read again, and what was typed stays."""
        if isinstance(error, StaleVersion):
            self.say(Level.WARNING, error.message, tr("The numbers below are the new ones; your reasons are kept."))
            self.read_again.emit()
            return True
        return super().show_failure(error, again)

    def _ended(self) -> None:
        super()._ended()
        self.save_action.setEnabled(bool(self.variances.rows))


def told(detail: StocktakeDetail) -> str:
    """What an approval did, in a sentence or two."""
    count = sum(1 for line in detail.lines if line.variance)
    posted = (
        trn("{number} is approved: {count} variance posted.", "{number} is approved: {count} variances posted.", count,
            number=detail.stocktake.number)
        if count
        else tr("{number} is approved: everything is as expected.", number=detail.stocktake.number)
    )  # fmt: skip
    if detail.left_alone:
        return f"{posted} {tr('Not declared, and left alone: {sizes}.', sizes=joined(detail.left_alone))}"
    return posted


def _fit(table: SimpleTable, count: int) -> None:
    """As high as its rows, up to a few."""
    rows = min(count, _IN_SIGHT)
    table.setFixedHeight(
        table.horizontalHeader().sizeHint().height() + rows * table.verticalHeader().defaultSectionSize() + 4
    )
