"""The real program with a window pane for the test: it prints what it shows, and nothing is done through it.

``python -m tests.e2e.program`` starts CoreSafe as ``coresafe`` does. Each time what it shows has changed, a line of JSON
goes to the standard output; hands and eyes of the test stay outside the process, on keyboard and mouse.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QTimer

from coresafe.app import application, run_window
from tests.e2e import eyes

#: Milliseconds between two looks.
LOOK = 40


def main() -> int:
    """Run the program until its last window is closed."""
    app = application()
    eyes.listen()
    last: list[str] = [""]

    def look() -> None:
        said = json.dumps(eyes.shown())
        if said != last[0]:
            last[0] = said
            print(said, flush=True)

    timer = QTimer(app, interval=LOOK)
    timer.timeout.connect(look)
    timer.start()
    return run_window()


if __name__ == "__main__":
    sys.exit(main())
