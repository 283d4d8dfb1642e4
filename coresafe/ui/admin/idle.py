"""When nobody has touched keyboard or mouse for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

from coresafe.services.settings import Rules

#: Seconds without a key or the mouse after which the window locks, until the installation's rule is known.
IDLE_SECONDS = Rules().idle_minutes * 60.0
#: Milliseconds between two looks at the clock.
_LOOK_MS = 5000

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.InputMethod,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class Idle(QObject):
    """Tells when nobody has touched the program's windows for ``seconds``.

    ``clock`` counts seconds, those that the machine slept among them: a laptop opened the next morning is idle at once,
    and the key that woke it is not let through.

    Signals: ``idle()``, once until ``start`` is called again.
    """

    idle = Signal()

    def __init__(
        self, seconds: float = IDLE_SECONDS, clock: Callable[[], float] = time.time, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.seconds = seconds
        self.clock = clock
        self._touched = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        # At the windows and not at the application: a filter there would see every event of every widget.
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)  # there are windows
        app.focusWindowChanged.connect(self._watch)
        self._watch(QGuiApplication.focusWindow())

    def start(self) -> None:
        """Somebody is there: count from now."""
        self._touched = self.clock()
        self._timer.start()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def look(self) -> bool:
        """Look at the clock; whether the time has run out."""
        if not self._timer.isActive():
            return False
        passed = self.clock() - self._touched
        if passed < 0:  # the clock was set back
            self._touched = self.clock()
        if passed < self.seconds:
            return False
        self.stop()
        self.idle.emit()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Somebody touches a window; what he does is kept from it if the time had run out before."""
        if event.type() in _TOUCHES and self._timer.isActive():
            if self.look():
                return True
            self._touched = self.clock()
        return super().eventFilter(watched, event)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)
