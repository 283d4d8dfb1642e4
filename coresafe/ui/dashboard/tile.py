"""Figures that are doors: a large one with its icon and words, and a row of small ones under their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from coresafe.ui.theme import GRID, LARGE, theme
from coresafe.ui.widgets import StatusChip, label
from coresafe.ui.widgets.figure_door import FigureDoor
from coresafe.ui.words import tr


class Tile(QPushButton):
    """One large figure with what it is and a line about it. The whole of it is the door."""

    def __init__(self, icon: str, words: str, behind: str) -> None:
        super().__init__()
        self.setProperty("kind", "tile")
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # all of a line equally high
        self.setToolTip(behind)
        self._icon, self._tone, self._words, self._behind = icon, "muted", words, behind
        self._picture = QLabel()
        self.figure = label("", "large")
        self._pale = False
        self.about = label("", "small", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._picture)
        head.addWidget(label(words, "label"), 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * GRID, GRID + 4, GRID, GRID)
        self._column.setSpacing(GRID // 2)
        self._column.addLayout(head)
        self._column.addWidget(self.figure)
        self._column.addWidget(self.about, 1)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dress()
        theme().changed.connect(self._dress)

    def show_figure(self, figure: str, about: str, *, icon: str = "", tone: str = "muted", said: str = "") -> None:
        """Another figure; ``said``: how it is read aloud where that is more than the figure itself."""
        self.figure.setText(figure)
        self.about.setText(about)
        self._icon, self._tone = icon or self._icon, tone
        self.setAccessibleName(tr("{what}: {figure}", what=self._words, figure=said or figure))
        self.setAccessibleDescription(f"{about} {self._behind}".strip())
        self._dress()

    def set_pale(self, pale: bool) -> None:
        """Without its colour, for what is not of now."""
        self._pale = pale
        self._dress()

    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        lines = 2 * self.about.fontMetrics().lineSpacing()
        others = self.figure.sizeHint().height() + self._picture.sizeHint().height() + 5 * GRID
        return QSize(14 * GRID, others + lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        self.figure.setFont(theme().figures(LARGE, QFont.Weight.DemiBold))
        theme().dress(self._picture, self._icon, "muted" if self._pale else self._tone)
        self.updateGeometry()


class Counts(QFrame):
    """A line of states with how many stand so. ``asked(str)``: the figure of a state was opened."""

    asked = Signal(str)

    def __init__(self, words: str, states: Sequence[str], behind: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._doors: dict[str, FigureDoor] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        grid.setHorizontalSpacing(GRID // 2)
        grid.setVerticalSpacing(0)
        title = label(words, "strong")
        grid.addWidget(title, 0, 0, 2, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnMinimumWidth(0, 11 * GRID)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for at, state in enumerate(states, start=1):
            chip = StatusChip(state)
            grid.addWidget(chip, 0, at, right)
            door = FigureDoor(words, state, behind)
            door.clicked.connect(lambda _checked=False, state=state: self.asked.emit(state))
            door.stepped.connect(lambda _down, across, at=at: self._step(at - 1 + across))
            self._doors[state] = door
            grid.addWidget(door, 1, at)
        self._rove(next(iter(self._doors.values())))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """How many there are of each."""
        for state, door in self._doors.items():
            door.show_count(counts[state])

    def door(self, state: str) -> FigureDoor:
        """The figure of a state."""
        return self._doors[state]

    def _step(self, to: int) -> None:
        doors = list(self._doors.values())
        if 0 <= to < len(doors):
            self._rove(doors[to])
            doors[to].setFocus(Qt.FocusReason.OtherFocusReason)

    def _rove(self, stop: FigureDoor) -> None:
        """Tab stops at one figure, the arrows go on from there."""
        for door in self._doors.values():
            door.setFocusPolicy(Qt.FocusPolicy.StrongFocus if door is stop else Qt.FocusPolicy.ClickFocus)
