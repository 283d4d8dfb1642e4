"""What there is, size by size: one line a size, its states as figures, a bar of where its trays are, and all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from coresafe.services.inventory import StockRow
from coresafe.services.shed_stock import total
from coresafe.ui.theme import GRID, status, theme
from coresafe.ui.widgets.aged import AgeLine, grey
from coresafe.ui.widgets.buttons import button
from coresafe.ui.widgets.chip import StatusChip
from coresafe.ui.widgets.figure_door import FigureDoor
from coresafe.ui.widgets.labels import label, line
from coresafe.ui.widgets.states import EmptyState, LoadingState
from coresafe.ui.words import tr

#: State, the row's figure, and the token its part of the bar is painted in.
_STATES = (
    ("available", "available", "positive"),
    ("occupied", "occupied", "storage"),
    ("damaged", "damaged", "caution"),
    ("out", "outstanding", "info"),
    ("in_transit", "in_transit", "neutral"),
)
_FIGURES = {"base": "base", "lost": "lost", **{state: figure for state, figure, _token in _STATES}}
#: Of the page's height, at most: the movements need the rest.
_SHARE = 0.45


class Bar(QWidget):
    """Where the trays of a size are, in proportion. The figures stand beside it: colour says nothing alone."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[int, str]] = []
        self._pale = False
        self.setMinimumSize(48, 12)
        self.setMaximumHeight(12)
        theme().changed.connect(self.update)

    def show_row(self, row: StockRow) -> None:
        """Paint this size."""
        self._parts = [(getattr(row, figure), token) for _state, figure, token in _STATES]
        told = ", ".join(
            f"{getattr(row, figure)} {status(state).text}" for state, figure, _t in _STATES if getattr(row, figure)
        )
        self.setToolTip(told)
        self.setAccessibleName(tr("{size}: {states}", size=row.tray_size or tr("All"), states=told or tr("none")))
        self.update()

    def set_pale(self, pale: bool) -> None:
        """Without its colours, for what is not of now."""
        self._pale = pale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(48, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The parts side by side, in the order of the columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = sum(count for count, _ in self._parts)
        area = QRectF(self.rect())
        painter.setBrush(QColor(theme().colour("sunken")))
        painter.drawRoundedRect(area, 3, 3)
        at = area.left()
        for count, token in self._parts:
            if not count or not whole:
                continue
            width = area.width() * count / whole
            painter.setBrush(QColor(theme().colour("border" if self._pale else token)))
            painter.drawRect(QRectF(at, area.top(), max(1.0, width - 1), area.height()))
            at += width
        painter.end()


class StockView(QFrame):
    """All sizes in use. Each figure leads to the rows behind it; among them the arrow keys go.

    Signals: ``asked(size, state)`` a figure was opened; ``size`` "" is all of them, ``state`` *base* what is owned.
    """

    asked = Signal(str, str)

    def __init__(self, again: Callable[[], object], stop: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.rows: tuple[StockRow, ...] = ()
        self._page_height = 80 * GRID
        self._as_of = self._failed_as_of = ""
        self.age = AgeLine()
        self.age.setContentsMargins(2 * GRID, 0, GRID, 4)
        self.age.add(button(tr("Try again"), again, kind="quiet"))
        self._shape: tuple[object, ...] = ()
        self._doors: dict[tuple[int, int], FigureDoor] = {}
        self._bars: list[Bar] = []
        self._inner = QWidget()
        self._inner.setProperty("kind", "plain")
        self._inner.installEventFilter(self)
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        self._grid.setHorizontalSpacing(GRID // 2)
        self._grid.setVerticalSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inner)
        self._loading = LoadingState(tr("Reading the stock …"), stop=stop)
        self.failed = EmptyState(icon="triangle-alert", tone="caution")
        self.again_button = self.failed.offer(tr("Try again"), again, kind="primary", icon="refresh-cw")
        self.empty = EmptyState(
            tr("No tray size is in use."),
            tr("An administrator switches on the sizes that the shed stocks."),
            icon="boxes",
        )
        self._stack = QStackedWidget()
        for part in (self._loading, self.failed, self.empty, self._scroll):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._stack)
        column.addWidget(self.age)
        self.wait()

    # -- what is shown --------------------------------------------------------------------------------------------

    def wait(self) -> None:
        """The stock is being read; what is shown stays until it is there."""
        if not self.rows:
            self._stack.setCurrentWidget(self._loading)
            self._loading.start()
            self._fit()

    def show_error(self, error: BaseException, as_of: str) -> None:
        """It could not be read: what was read before stays, greyed and dated ``as_of``."""
        self._loading.stop()
        if self.rows:
            self._failed_as_of = as_of
            self._show_age()
            return
        self.failed.tell(
            error,
            stopped=tr("Reading the stock was stopped."),
            broken=tr("The stock cannot be shown: something went wrong in CoreSafe itself."),
        )
        self._stack.setCurrentWidget(self.failed)
        self._fit()

    def show_rows(self, rows: Sequence[StockRow]) -> None:
        """The stock as it is now."""
        self._loading.stop()
        self._failed_as_of = ""
        self.rows = tuple(rows)
        self._stack.setCurrentWidget(self._scroll if self.rows else self.empty)
        # Trays between sheds are rare: the column is there when there are any.
        states = [state for state, _f, _t in _STATES if state != "in_transit" or any(r.in_transit for r in self.rows)]
        shape = (tuple(row.tray_size for row in self.rows), tuple(states))
        if shape != self._shape:
            self._build(states)
            self._shape = shape
        together = total(self.rows)
        lines = [*self.rows, *([together] if together is not None and len(self.rows) > 1 else [])]
        for (down, _at), door in self._doors.items():
            door.show_count(getattr(lines[down], _FIGURES[door.name]))
        for bar, row in zip(self._bars, lines, strict=True):
            bar.show_row(row)
        self._show_age()

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self._as_of = as_of
        self._show_age()

    def _show_age(self) -> None:
        told = self._as_of or self._failed_as_of
        self.age.say(told if self.rows else "")
        grey(self._inner, bool(told))
        self._fit()

    @property
    def doors(self) -> list[FigureDoor]:
        """The figures, line by line."""
        return [self._doors[at] for at in sorted(self._doors)]

    def door(self, size: str, state: str) -> FigureDoor:
        """The figure of a size ("" for all) in a state."""
        return next(door for door in self._doors.values() if (door.size_name, door.name) == (size, state))

    # -- putting it together --------------------------------------------------------------------------------------

    def _build(self, states: list[str]) -> None:
        held = next(((door.size_name, door.name) for door in self.doors if door.hasFocus()), None)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._doors.clear()
        self._bars.clear()
        last = len(states) + 2
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(label(tr("Size"), "small"), 0, 0)
        owned = label(tr("Owned"), "small")
        owned.setContentsMargins(0, 0, GRID, 0)
        self._grid.addWidget(owned, 0, 1, right)
        for at, state in enumerate(states, start=2):
            self._grid.addWidget(_chip(state), 0, at, right)
        self._grid.addWidget(_chip("lost"), 0, last + 1, right)
        self._grid.setColumnMinimumWidth(0, 7 * GRID)
        for at in range(last + 2):
            self._grid.setColumnStretch(at, int(at == last))
        sizes = [row.tray_size for row in self.rows]
        for down, size in enumerate([*sizes, *([""] if len(sizes) > 1 else [])]):
            place = down + 1 + (not size)
            if not size:
                self._grid.addWidget(line(), down + 1, 0, 1, last + 2)
            self._grid.addWidget(label(size or tr("All sizes"), "strong"), place, 0)
            for at, state in enumerate(("base", *states, "lost"), start=1):
                door = self._door(size, state, (down, at))
                self._grid.addWidget(door, place, at if state != "lost" else last + 1)
            bar = Bar()
            self._bars.append(bar)
            self._grid.addWidget(bar, place, last)
        self._rove(self._doors.get((0, 1)))
        if held is not None:
            self._stay(*held)

    def _door(self, size: str, state: str, at: tuple[int, int]) -> FigureDoor:
        door = FigureDoor(size, state, _behind(state))
        door.setProperty("strong", state in ("base", "available") or not size)
        door.clicked.connect(lambda _checked=False: self.asked.emit(size, state))
        door.stepped.connect(lambda down, across: self._step(at, down, across))
        self._doors[at] = door
        return door

    def _stay(self, size: str, state: str) -> None:
        door = next((d for d in self._doors.values() if (d.size_name, d.name) == (size, state)), None)
        if door is not None:
            self._rove(door)
            door.setFocus()

    def _step(self, at: tuple[int, int], down: int, across: int) -> None:
        there = self._doors.get((at[0] + down, at[1] + across))
        if there is not None:
            self._rove(there)
            there.setFocus(Qt.FocusReason.OtherFocusReason)
            self._scroll.ensureWidgetVisible(there, 0, 0)

    def _rove(self, stop: FigureDoor | None) -> None:
        """Tab stops at one figure, the arrows go on from there: forty figures are not forty stops."""
        for door in self._doors.values():
            door.setFocusPolicy(Qt.FocusPolicy.StrongFocus if door is stop else Qt.FocusPolicy.ClickFocus)

    def _fit(self) -> None:
        """As high as it needs to be, and no higher than its share of the page."""
        most = int(self._page_height * _SHARE)
        age = self.age.sizeHint().height() if not self.age.isHidden() else 0
        inner = max(self._inner.sizeHint().height(), self._inner.minimumSizeHint().height())
        needed = inner + 4 if self._stack.currentWidget() is self._scroll else 24 * GRID
        self.setFixedHeight(max(12 * GRID, min(needed, most)) + age)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """New lines count only once they are laid out, which is a moment after they were added."""
        if watched is self._inner and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def fit(self, page_height: int) -> None:
        """The page has another height."""
        self._page_height = page_height
        self._fit()


def _behind(state: str) -> str:
    if state == "out":
        return tr("Show the dispatches on which they are out")
    if state == "base":
        return tr("Show the movements that made them more or fewer")
    return tr("Show the movements in and out")


def _chip(state: str) -> StatusChip:
    chip = StatusChip(state)
    chip.setMinimumWidth(chip.sizeHint().width())
    return chip
