"""A round through every window (``tests.ui.survey``), in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

Found = dict[str, Any]


def round_through_all(*arguments: str, **environment: str) -> Found:
    """What it found; the arguments are the survey's."""
    command = [sys.executable, "-m", "tests.ui.survey", *arguments]
    done = subprocess.run(
        command,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Found = json.loads(done.stdout)
    return found
