"""The real program with a window pane for the test: it prints what it shows, and nothing is done through it.

``python -m tests.e2e.program`` starts CoreSafe as ``coresafe`` does. Each time what it shows has changed, a line of JSON
goes to the standard output; hands and eyes of the test stay outside the process, on keyboard and mouse.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QPushButton, QWidget

from coresafe.app import application, run_window
from coresafe.ui.widgets.banner import Banner

#: Milliseconds between two looks.
LOOK = 40


def shown() -> dict[str, Any]:
    """What a person sees: where the keyboard is, what stands in the fields, what is said, and where the buttons are."""
    focus = QApplication.focusWidget()
    widgets = [widget for widget in QApplication.allWidgets() if widget.isVisible()]
    edits = [w for w in widgets if isinstance(w, QLineEdit) and w.echoMode() == QLineEdit.EchoMode.Normal]
    labels = [w for w in widgets if isinstance(w, QLabel) and w.text()]
    buttons = [w for w in widgets if isinstance(w, QPushButton)]
    return {
        "windows": sorted({type(w).__name__ for w in widgets if w.isWindow()}),
        "active": QApplication.activeWindow() is not None,
        "focus": focus.accessibleName() if focus is not None else "",
        "fields": {w.accessibleName(): w.text() for w in edits if w.accessibleName()},
        "labels": [w.text() for w in labels],
        "errors": [w.text() for w in labels if w.property("kind") == "error"],
        "said": [w.accessibleName() for w in widgets if isinstance(w, Banner)],
        "suggesting": any(isinstance(w, QListView) and w.isWindow() for w in widgets),
        "buttons": {w.accessibleName() or w.text(): _centre(w) for w in buttons if w.isEnabled()},
    }


def _centre(widget: QWidget) -> list[int]:
    at = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
    return [at.x(), at.y()]


def main() -> int:
    """Run the program until its last window is closed."""
    app = application()
    last: list[str] = [""]

    def look() -> None:
        said = json.dumps(shown())
        if said != last[0]:
            last[0] = said
            print(said, flush=True)

    timer = QTimer(app, interval=LOOK)
    timer.timeout.connect(look)
    timer.start()
    return run_window()


if __name__ == "__main__":
    sys.exit(main())
