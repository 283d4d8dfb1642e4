"""A program with programmatic access on, to be killed: ``python -m tests.ui.settings.program DATABASE_URL PORT``.

Prints the process's id and the address once programs are answered.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from coresafe import config, paths
from coresafe.services.database import Database
from coresafe.ui.settings import Access, Phase
from coresafe.ui.state import Memory


def main(url: str, port: str) -> int:
    """Run until killed."""
    app = QApplication([])
    access = Access(config.load(), Memory(Path(paths.config_folder()) / "layout.ini"), app)

    def look() -> None:
        if access.phase is Phase.ON and access._companion is not None:
            print(access._companion._process.pid, access.address, flush=True)

    access.changed.connect(look)
    access.begin(Database(url))
    access.use_port(int(port))
    access.switch(True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
