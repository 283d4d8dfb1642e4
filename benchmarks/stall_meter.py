"""How long a window's event loop was away: what a person feels as a window that hangs."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer


def waited() -> float:
    """Seconds that this thread was ready to run and other programs had every processor; 0 where no system tells."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class StallMeter(QObject):
    """Remembers the longest time that Qt's event loop on this thread did not come round.

    A precise timer asks to be called every ``INTERVAL_MS``; how much later it is called is how long the loop was busy
    with something else. ``worst`` is in seconds since the last ``reset``; ``own`` is the longest that remains without what the
    thread waited for a processor, which is the machine's doing and not the program's.
    """

    INTERVAL_MS = 2

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worst = self.own = 0.0
        self._last, self._waited = time.perf_counter(), waited()
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
        self.worst = self.own = 0.0
        self._last, self._waited = time.perf_counter(), waited()

    def _beat(self) -> None:
        now, waited_by_now = time.perf_counter(), waited()
        stall = now - self._last - self.INTERVAL_MS / 1000
        self.worst = max(self.worst, stall)
        self.own = max(self.own, stall - (waited_by_now - self._waited))
        self._last, self._waited = now, waited_by_now
