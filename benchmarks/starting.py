"""From the command to the painted sign-in window, against merely loading the libraries that it cannot do without."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.results import Line, at_most, median_ratio
from coresafe.services import schema
from coresafe.services.database import Database
from tests.worlds import make_people

ROUNDS = 9
LIBRARIES = "import PySide6.QtWidgets, sqlalchemy"


def measure(_bench: Bench) -> list[Line]:
    """Alternate both, each in a process of its own, after one of each that fills the file cache."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "CORESAFE_HOME": home,
            "CORESAFE_DATABASE_URL": _signed_up(Path(home) / "shed.db"),
        }
        windows: list[float] = []
        libraries: list[float] = []
        for number in range(-1, ROUNDS):
            seconds = _timed(["-m", "benchmarks.painted"], environment), _timed(["-c", LIBRARIES], environment)
            if number >= 0:
                windows.append(seconds[0])
                libraries.append(seconds[1])
    return [
        at_most(
            "start to sign-in window painted, against loading Qt and SQLAlchemy",
            median_ratio(windows, libraries),
            2.5,
            detail=f"{statistics.median(windows):.2f} s against {statistics.median(libraries):.2f} s",
        )
    ]


def _signed_up(path: Path) -> str:
    """The address of an embedded database with an administrator, so that the window asks to sign in."""
    url = f"sqlite:///{path}"
    database = Database(url)
    schema.upgrade(database)
    make_people(database)
    database.close()
    return url


def _timed(arguments: list[str], environment: Mapping[str, str]) -> float:
    """Seconds that a Python with these arguments lives. Raises RuntimeError where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with {done.returncode}: {done.stderr[-2000:]}")
    return time.perf_counter() - started
