"""The control totals as an account reads: one line a column of the formula, one column a size, both sides and 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from coresafe.services.reconciliation import ControlTotal
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import AgeLine, grey, label, line
from coresafe.ui.widgets.figure_door import FigureDoor
from coresafe.ui.words import mark, tr


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the field of the totals, its words, its sign; ``total``: a sum of what stands above it."""

    field: str
    words: str
    sign: str = ""
    total: bool = False


#: The formula of the domain, from top to bottom.
LINES = (
    Line("opening", mark("Opening"), total=True),
    Line("opened", mark("First counts"), "+"),
    Line("purchased", mark("Purchased"), "+"),
    Line("found", mark("Found"), "+"),
    Line("recovered", mark("Recovered"), "+"),
    Line("received", mark("Received from sheds"), "+"),
    Line("sent", mark("Sent to sheds"), "−"),
    Line("lost", mark("Lost"), "−"),
    Line("scrapped", mark("Scrapped"), "−"),
    Line("adjusted", mark("Adjusted"), "±"),
    Line("stocktake", mark("Stocktakes"), "±"),
    Line("closing_owned", mark("Owned at the end, by the ledger"), "=", total=True),
    Line("available", mark("Available")),
    Line("occupied", mark("Holding core"), "+"),
    Line("damaged", mark("Damaged"), "+"),
    Line("in_transit", mark("Between sheds"), "+"),
    Line("outstanding", mark("Out with companies"), "+"),
    Line("closing_counted", mark("Owned at the end, as it is there"), "=", total=True),
    Line("difference", mark("Difference"), total=True),
)


class StatementView(QScrollArea):
    """All sizes, and all together. Each figure leads to what is behind it; the arrows go among them.

    Signals: ``asked(size, field)`` a figure was opened; ``size`` "" is all of them.
    """

    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sizes: tuple[str, ...] = ()
        self._doors: dict[tuple[int, int], FigureDoor] = {}
        self._totals: tuple[ControlTotal, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self.age = AgeLine()
        self.every = QCheckBox(tr("Show the lines of zeros, too"))
        self.every.toggled.connect(lambda _on: self.show_totals(self._totals))
        self._inner = QWidget()
        self._inner.setProperty("kind", "plain")
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(0)
        whole = QWidget()
        whole.setProperty("kind", "plain")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.age)
        column.addWidget(self._inner)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        foot.addWidget(self.every)
        column.addLayout(foot)
        column.addStretch(1)
        self.setWidget(whole)

    @property
    def doors(self) -> list[FigureDoor]:
        """The figures, line by line."""
        return [self._doors[at] for at in sorted(self._doors)]

    @property
    def stop(self) -> QWidget:
        """Where Tab stops among the figures."""
        return next((door for door in self.doors if door.focusPolicy() & Qt.FocusPolicy.TabFocus), self.every)

    def door(self, size: str, field: str) -> FigureDoor:
        """The figure of a size ("" for all) in a line."""
        words = tr(next(each.words for each in self._lines if each.field == field))
        return next(door for door in self._doors.values() if (door.size_name, door.name) == (size, words))

    def show_totals(self, totals: Sequence[ControlTotal]) -> None:
        """Other figures."""
        self._totals = tuple(totals)
        sizes = tuple(total.tray_size for total in totals)
        lines = tuple(each for each in LINES if self.every.isChecked() or each.total or _any(totals, each.field))
        if (sizes, lines) != (self._sizes, self._lines):
            self._build(sizes, lines)
        together = [sum(getattr(total, each.field) for total in totals) for each in lines]
        for (down, across), door in self._doors.items():
            whole = across >= len(sizes)
            door.show_count(together[down] if whole else getattr(totals[across], lines[down].field))

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: greyed and dated, until "" says that it is up to date."""
        self.age.say(as_of if self._sizes else "")
        grey(self._inner, bool(as_of))

    def _build(self, sizes: tuple[str, ...], lines: tuple[Line, ...]) -> None:
        self._sizes, self._lines = sizes, lines
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._doors.clear()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        columns = [*sizes, *([""] if len(sizes) > 1 else [])]
        for across, size in enumerate(columns):
            head = label(size or tr("All sizes"), "small")
            head.setContentsMargins(0, 0, GRID, 0)
            self._grid.addWidget(head, 0, across + 2, right)
        place = 1
        for down, each in enumerate(lines):
            if each.total and down:
                self._grid.addWidget(line(), place, 0, 1, len(columns) + 2)
                place += 1
            self._grid.addWidget(label(each.sign, "muted"), place, 0)
            self._grid.addWidget(label(tr(each.words), "strong" if each.total else ""), place, 1)
            for across, size in enumerate(columns):
                self._grid.addWidget(self._door(size, each, (down, across)), place, across + 2)
            place += 1
        self._grid.setColumnMinimumWidth(0, 2 * GRID)
        self._grid.setColumnMinimumWidth(1, 30 * GRID)
        for across in range(len(columns)):
            self._grid.setColumnMinimumWidth(across + 2, 12 * GRID)
        self._grid.setColumnStretch(len(columns) + 2, 1)
        self._rove(self._doors.get((0, 0)))

    def _door(self, size: str, each: Line, at: tuple[int, int]) -> FigureDoor:
        door = FigureDoor(size, tr(each.words), tr("Show the rows behind it"))
        door.setProperty("strong", each.total)
        door.zero_matters = each.total  # a difference of 0 is what one comes here for
        door.clicked.connect(lambda _checked=False: self.asked.emit(size, each.field))
        door.stepped.connect(lambda down, across: self._step(at, down, across))
        self._doors[at] = door
        return door

    def _step(self, at: tuple[int, int], down: int, across: int) -> None:
        there = self._doors.get((at[0] + down, at[1] + across))
        if there is not None:
            self._rove(there)
            there.setFocus(Qt.FocusReason.OtherFocusReason)
            self.ensureWidgetVisible(there, 0, 0)

    def _rove(self, stop: FigureDoor | None) -> None:
        """Tab stops at one figure, the arrows go on from there."""
        for door in self._doors.values():
            door.setFocusPolicy(Qt.FocusPolicy.StrongFocus if door is stop else Qt.FocusPolicy.ClickFocus)


def _any(totals: Sequence[ControlTotal], field: str) -> bool:
    return any(getattr(total, field) for total in totals)
