"""How far every size is: which states somebody has counted, and whether all of it is declared counted. Never how many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from coresafe.models.enums import State
from coresafe.services.stocktaking import COUNTED_STATES, SizeProgress, StateProgress
from coresafe.ui import clock
from coresafe.ui.stocktake.words import joined, state_word
from coresafe.ui.theme import GRID, TARGET_GLOVES, theme
from coresafe.ui.widgets import AgeLine, button, grey, label, line
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.words import tr


class _Mark(QWidget):
    """Whether one state was counted: a sign and a word; hovering says by whom."""

    def __init__(self, size: str, state: State) -> None:
        super().__init__()
        self._of = (size, state)
        self._icon = QLabel()
        self._words = label("", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._words, 1)
        self._shown: StateProgress | None = None
        self._pale = False
        self.show_state(StateProgress(state=state, counters=()))

    def show_state(self, progress: StateProgress) -> None:
        """Counted, or not yet."""
        if progress == self._shown:
            return
        self._shown = progress
        size, state = self._of
        done = progress.is_counted
        self._dress()
        self._words.setText(tr("done") if done else tr("not yet"))
        by = tr("Counted by {people}", people=joined(progress.counters)) if done else tr("Nobody has counted it yet")
        self.setToolTip(by)
        self._words.setAccessibleName(f"{size} {state_word(state)}: {by}")

    def set_pale(self, pale: bool) -> None:
        """Without its colour, for what is not of now."""
        self._pale = pale
        self._dress()

    def _dress(self) -> None:
        done = self._shown is not None and self._shown.is_counted
        tone = "positive" if done and not self._pale else "muted"
        theme().dress(self._icon, "circle-check" if done else "circle-dashed", tone)


class _Row:
    """The widgets of one size."""

    def __init__(self, view: SizesView, size: str, grid: QGridLayout, at: int) -> None:
        self.progress: SizeProgress | None = None
        self.name = QPushButton(size)
        self.name.setProperty("kind", "name")
        self.name.setAutoDefault(False)
        self.name.setAccessibleName(tr("{size}: enter a number of it", size=size))
        self.name.setToolTip(tr("Enter a number of this size"))
        self.name.clicked.connect(lambda: view.picked.emit(size))
        self.marks = {state: _Mark(size, state) for state in COUNTED_STATES}
        self.said = label("", "small", wrap=True)
        self.button = button(tr("Declare counted"), lambda: view.asked(size))
        grid.addWidget(self.name, at, 0)
        for column, state in enumerate(COUNTED_STATES, start=1):
            grid.addWidget(self.marks[state], at, column)
        grid.addWidget(self.said, at, 4)
        grid.addWidget(self.button, at, 5)
        grid.setRowMinimumHeight(at, TARGET_GLOVES + 4)

    def show_size(self, progress: SizeProgress) -> None:
        """How far it is."""
        if progress == self.progress:
            return
        self.progress = progress
        for one in progress.states:
            self.marks[one.state].show_state(one)
        size = progress.tray_size
        if progress.declared_at is not None:
            when = clock.minute(progress.declared_at)
            self.said.setText(tr("Declared {when} by {who}", when=when, who=progress.declared_by or ""))
            self.button.setText(tr("Count on"))
            self.button.setToolTip(tr("Take the declaration back, to enter more numbers"))
            self.button.setAccessibleName(tr("Count on: {size}", size=size))
        else:
            self.said.setText("")
            self.button.setText(tr("Declare counted"))
            self.button.setToolTip(tr("Everything of this size in the shed has been looked at"))
            self.button.setAccessibleName(tr("Declare counted: {size}", size=size))


class SizesView(QWidget):
    """The sizes. What is chosen stays where it is while the others count on.

    Signals: ``declare_asked(SizeProgress)``, ``recount_asked(SizeProgress)``, ``picked(str)`` a size to count.
    """

    declare_asked = Signal(object)
    recount_asked = Signal(object)
    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, _Row] = {}
        self._order: list[str] = []
        self.age = AgeLine()
        self._area = QScrollArea()
        self._area.setProperty("kind", "card")
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.age)
        column.addWidget(self._area)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: greyed and dated, until "" says that it is up to date."""
        self.age.say(as_of)
        grey(self._area, bool(as_of))

    def show_sizes(self, sizes: Sequence[SizeProgress]) -> None:
        """These, in their order."""
        order = [one.tray_size for one in sizes]
        if order != self._order:
            self._build(order)
        for one in sizes:
            self.rows[one.tray_size].show_size(one)

    def asked(self, size: str) -> None:
        """The button of a size was pressed."""
        progress = self.rows[size].progress
        if progress is not None:
            (self.declare_asked if progress.declared_at is None else self.recount_asked).emit(progress)

    def _build(self, order: list[str]) -> None:
        self._order = order
        body = QWidget()
        body.setProperty("kind", "plain")
        grid = QGridLayout(body)
        grid.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(2)
        head = label(tr("Size"), "small")
        head.setContentsMargins(12, 0, 0, 0)
        grid.addWidget(head, 0, 0)
        for at, state in enumerate(COUNTED_STATES, start=1):
            grid.addWidget(label(state_word(state), "small"), 0, at)
        grid.addWidget(line(), 1, 0, 1, 6)
        grid.setColumnStretch(4, 1)
        self.rows = {size: _Row(self, size, grid, at) for at, size in enumerate(order, start=2)}
        wear_gloves(body)
        self._area.setWidget(body)
        wanted = body.sizeHint().height() + 2
        self._area.setMinimumHeight(min(wanted, 28 * GRID))
        self._area.setMaximumHeight(wanted)
