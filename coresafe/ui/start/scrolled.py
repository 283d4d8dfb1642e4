"""What may be longer than the card has room for: it scrolls, and the buttons below it stay in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy

from coresafe.services.diagnosis import Finding
from coresafe.ui.widgets import FindingsView

#: Less than this is no use: three lines.
_LEAST = 72


class Scrolled(QScrollArea):
    """As high as the findings, where there is room for that."""

    def __init__(self, findings: FindingsView) -> None:
        super().__init__()
        self._findings = findings
        self._first = 0
        self.setAccessibleName("")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "plain")
        findings.setProperty("kind", "plain")
        self.viewport().setAutoFillBackground(False)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setWidget(findings)
        self.setVisible(False)

    def show_from(self, shown: Sequence[Finding]) -> None:
        """There are so many lines now; what stands in the way, or is not in order, is scrolled to."""
        rank = [(each.stops, not each.ok) for each in shown]
        self._first = rank.index(max(rank)) if rank else 0
        self.setVisible(bool(shown))
        self._measure()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The lines know how high they are only when they have got their fonts."""
        handled = super().eventFilter(watched, event)
        if watched is self._findings and event.type() == QEvent.Type.LayoutRequest:
            self._measure()
        return handled

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), min(_LEAST, self._wanted()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._measure()

    def _wanted(self) -> int:
        return max(self._findings.heightForWidth(max(self.viewport().width(), 1)), 0)

    def _measure(self) -> None:
        wanted = max(self._wanted(), 1)
        # By itself it would ask for as much as words need in the narrowest column.
        if self._findings.minimumHeight() != wanted or self.maximumHeight() != wanted:
            self._findings.setMinimumHeight(wanted)
            self.setMaximumHeight(wanted)
            self.updateGeometry()
        grid = self._findings.layout()
        item = grid.itemAtPosition(self._first, 2) if isinstance(grid, QGridLayout) else None
        words = item.widget() if item is not None else None
        if words is not None:
            self.ensureWidgetVisible(words, 0, 0)
