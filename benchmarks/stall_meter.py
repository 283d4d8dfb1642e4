"""How long a window's event loop was away: what a person feels as a window that hangs."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer


class StallMeter(QObject):
    """Remembers the longest time that Qt's event loop on this thread did not come round.

    A precise timer asks to be called every ``INTERVAL_MS``; how much later it is called is how long the loop was busy
    with something else. ``worst`` is in seconds since the last ``reset``.
    """

    INTERVAL_MS = 2

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worst = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(self.INTERVAL_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to measure."""
        self.reset()
        self._timer.start()

    def stop(self) -> float:
        """End; the longest stall in seconds, what is under way included."""
        self._timer.stop()
        self._beat()
        return self.worst

    def reset(self) -> None:
        """Forget what was measured."""
        self.worst = 0.0
        self._last = time.perf_counter()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last - self.INTERVAL_MS / 1000)
        self._last = now
