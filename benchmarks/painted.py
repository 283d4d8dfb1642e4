"""Start CoreSafe as people do, and end at once when its first window has been painted: what ``starting`` measures."""

from __future__ import annotations

import os

from PySide6.QtCore import QEvent, QObject, QTimer

from coresafe.app import application, run_window


class _Painted(QObject):
    """Sees every event; after the first painting the process is gone, whatever else it was about to do."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        if event.type() == QEvent.Type.Paint:
            # Behind the painting of all widgets of the window, which comes in one go.
            QTimer.singleShot(0, lambda: os._exit(0))
        return False


if __name__ == "__main__":
    app = application()
    app.installEventFilter(_Painted(app))
    run_window()
    raise SystemExit("The window was never painted.")
