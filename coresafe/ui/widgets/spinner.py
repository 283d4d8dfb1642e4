"""That something is being done: a spinner after 0.3 s, how far it is and a Cancel after 2 s."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from coresafe.ui.tasks import Task, TaskRunner
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets.buttons import button
from coresafe.ui.widgets.labels import label
from coresafe.ui.words import tr

#: Milliseconds after which a person wants to see that it works, and how far it is.
SHOW_WORK = 300
SHOW_PROGRESS = 2000
_TURN = 80


class Spinner(QWidget):
    """A turning ring. ``start`` shows it after 0.3 s, so that what is quick does not flicker.

    Signals: ``appeared()``.
    """

    appeared = Signal()

    def __init__(self, parent: QWidget | None = None, side: int = 20) -> None:
        super().__init__(parent)
        self._side = side
        self._angle = 0
        self._turning = QTimer(self, interval=_TURN)
        self._turning.timeout.connect(self._turn)
        self._waiting = QTimer(self, interval=SHOW_WORK, singleShot=True)
        self._waiting.timeout.connect(self.show)
        self.setFixedSize(side, side)
        self.setAccessibleName(tr("Working"))
        self.hide()

    def start(self) -> None:
        """Work has begun."""
        if not self.isVisible() and not self._waiting.isActive():
            self._waiting.start()

    def stop(self) -> None:
        """Work is done."""
        self._waiting.stop()
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def showEvent(self, _event: QShowEvent) -> None:
        self._turning.start()
        self.appeared.emit()

    def hideEvent(self, _event: QHideEvent) -> None:
        self._turning.stop()

    def _turn(self) -> None:
        self._angle = (self._angle - 30) % 360
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(QColor(look.tokens.line), 2.5))
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(look.tokens.accent), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, self._angle * 16, 100 * 16)
        painter.end()


class TaskStrip(QWidget):
    """What the runner does, for the status bar or a form's foot: a spinner, then words, a bar and Cancel.

    ``owner``: only tasks of this object; None for all that are worth showing.
    """

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._task: Task | None = None
        self.spinner = Spinner(self, 16)
        self._words = label("", "muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(20 * GRID)
        self._bar.setAccessibleName(tr("How far it is"))
        self._cancel = button(tr("Cancel"), self._stop, kind="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for part in (self.spinner, self._words, self._bar, self._cancel):
            row.addWidget(part)
        row.addStretch(1)
        self._looking = QTimer(self, interval=100)
        self._looking.timeout.connect(self._look)
        runner.busy_changed.connect(self._look)
        self._show(None)

    def _look(self) -> None:
        # The longest at work is the one that a person wonders about.
        busy = self._runner.busy
        self._show(busy[0] if busy else None)

    def _show(self, task: Task | None) -> None:
        self._task = task
        if task is None:
            self._looking.stop()
            self.spinner.stop()
            for part in (self._words, self._bar, self._cancel):
                part.hide()
            return
        if not self._looking.isActive():
            self._looking.start()
        seconds = task.elapsed * 1000
        self.spinner.setVisible(seconds >= SHOW_WORK)
        self._words.setText(task.progress.text or task.title)
        self._words.setVisible(seconds >= SHOW_WORK and bool(self._words.text()))
        long = seconds >= SHOW_PROGRESS
        self._bar.setRange(0, task.progress.of)
        self._bar.setValue(task.progress.n)
        self._bar.setVisible(long)
        # A write that has been sent cannot be called back; it ends by itself, one way or the other.
        self._cancel.setVisible(long and not task.changes)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
