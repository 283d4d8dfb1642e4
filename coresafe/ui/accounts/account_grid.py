"""An account as a table of figures, a line for each size: each figure leads to the entries behind it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from coresafe.services.accounts import Sums
from coresafe.services.reconciliation import AccountRow
from coresafe.ui.accounts.columns import FIGURES
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import AgeLine, grey, label, line
from coresafe.ui.widgets.figure_door import FigureDoor
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr

#: Lines that are in sight at once; more of them are scrolled to.
_LINES = 6
_STRONG = ("opening", "closing")


class AccountGrid(QFrame):
    """The figures of one company. Among them the arrow keys go.

    Signals: ``asked(size, figure)`` a figure was opened; ``size`` "" is all of them together.
    """

    asked = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._shape: tuple[str, ...] | None = None
        self._doors: dict[tuple[int, int], FigureDoor] = {}
        self.age = AgeLine()
        self.age.setContentsMargins(2 * GRID, 0, GRID, 4)
        self.nothing = label("", "muted", wrap=True)
        self.nothing.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._inner = QWidget()
        self._inner.setProperty("kind", "plain")
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        self._grid.setHorizontalSpacing(GRID // 2)
        self._grid.setVerticalSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._scroll)
        column.addWidget(self.nothing)
        column.addWidget(self.age)

    @property
    def doors(self) -> list[FigureDoor]:
        """The figures, line by line."""
        return [self._doors[at] for at in sorted(self._doors)]

    def door(self, size: str, figure: str) -> FigureDoor:
        """The figure of a size ("" for all)."""
        return next(door for door in self._doors.values() if (door.size_name, door.name) == (size, figure))

    def show_account(self, rows: Sequence[AccountRow], sums: Sums, company: str) -> None:
        """The figures as they are now; without any, that there never was a tray."""
        shape = tuple(row.tray_size for row in rows)
        if shape != self._shape:
            self._shape = shape
            self._build()
        lines: list[AccountRow | Sums] = [*rows, *([sums] if len(rows) > 1 else [])]
        for (down, _at), door in self._doors.items():
            door.show_count(getattr(lines[down], door.name))
        self.nothing.setText(tr("{company} had no trays in this period, and none moved.", company=company))
        show_if(self.nothing, not rows)
        show_if(self._scroll, bool(rows))
        shown = min(len(lines), _LINES) + 1
        inner = self._inner.sizeHint().height()
        self._scroll.setFixedHeight(min(inner, round(inner / (len(lines) + 1) * shown)) + 2 if lines else 0)

    def mark(self, size: str, figure: str) -> None:
        """The figure whose entries are shown below."""
        for door in self._doors.values():
            chosen = (door.size_name, door.name) == (size, figure)
            if bool(door.property("chosen")) != chosen:
                door.setProperty("chosen", chosen)
                door.style().unpolish(door)
                door.style().polish(door)

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self.age.say(as_of if self._shape else "")
        grey(self._inner, bool(as_of))

    # -- putting it together --------------------------------------------------------------------------------------

    def _build(self) -> None:
        held = next(((door.size_name, door.name) for door in self.doors if door.hasFocus()), None)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._doors.clear()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(label(tr("Size"), "small"), 0, 0)
        for at, words in enumerate(FIGURES.values(), start=1):
            head = label(tr(words), "small")
            head.setContentsMargins(0, 0, GRID, 0)
            self._grid.addWidget(head, 0, at, right)
            self._grid.setColumnStretch(at, 1)
        sizes = [*(self._shape or ()), *([""] if len(self._shape or ()) > 1 else [])]
        for down, size in enumerate(sizes):
            place = down + 1 + (not size)
            if not size:
                self._grid.addWidget(line(), down + 1, 0, 1, len(FIGURES) + 1)
            self._grid.addWidget(label(size or tr("All sizes"), "strong"), place, 0)
            for at, figure in enumerate(FIGURES, start=1):
                self._grid.addWidget(self._door(size, figure, (down, at)), place, at)
        first = next((door for door in self._doors.values() if (door.size_name, door.name) == held), None)
        self._rove(first or self._doors.get((0, 1)))
        if first is not None:
            first.setFocus()

    def _door(self, size: str, figure: str, at: tuple[int, int]) -> FigureDoor:
        behind = (
            tr("Show the dispatches on which they were out") if figure in _STRONG else tr("Show the entries behind it")
        )
        door = FigureDoor(size, figure, behind, tr(FIGURES[figure]).lower())
        door.setProperty("strong", figure in _STRONG or not size)
        door.clicked.connect(lambda _checked=False: self.asked.emit(size, figure))
        door.stepped.connect(lambda down, across: self._step(at, down, across))
        self._doors[at] = door
        return door

    def _step(self, at: tuple[int, int], down: int, across: int) -> None:
        there = self._doors.get((at[0] + down, at[1] + across))
        if there is not None:
            self._rove(there)
            there.setFocus(Qt.FocusReason.OtherFocusReason)
            self._scroll.ensureWidgetVisible(there, 0, 0)

    def _rove(self, stop: FigureDoor | None) -> None:
        """Tab stops at one figure, the arrows go on from there."""
        for door in self._doors.values():
            door.setFocusPolicy(Qt.FocusPolicy.StrongFocus if door is stop else Qt.FocusPolicy.ClickFocus)
