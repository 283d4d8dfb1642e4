"""A screen of its own for each program, and a person before it: keyboard and mouse by ``xdotool``, eyes by what is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

#: Seconds to wait for what a person would wait a moment for, on a busy machine.
PATIENCE = 40.0
Shown = dict[str, Any]


class Screen:
    """A screen without a monitor, on a free display."""

    def __init__(self) -> None:
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.display = f":{self._process.stdout.readline().strip()}"

    def close(self) -> None:
        """Take it away."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Person:
    """One program on a screen of its own, and whoever sits before it."""

    def __init__(self, home: Path, database_url: str) -> None:
        self._screen = Screen()
        self._environment = os.environ | {
            "DISPLAY": self._screen.display,
            "QT_QPA_PLATFORM": "xcb",
            "CORESAFE_HOME": str(home),
            "CORESAFE_DATABASE_URL": database_url,
        }
        home.mkdir()
        self._log = (home / "errors.log").open("w+")
        self.seen: Shown = {}
        self._news = threading.Condition()
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.program"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._eyes = threading.Thread(target=self._watch, name="eyes", daemon=True)
        self._eyes.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.kill()
        self._program.wait(10)
        self._eyes.join(10)
        assert self._program.stdout is not None
        self._program.stdout.close()
        self._log.close()
        self._screen.close()

    def _watch(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            with self._news:
                self.seen = json.loads(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    # -- eyes -------------------------------------------------------------------------------------------------------

    def sees(self, what: Callable[[Shown], Any], seconds: float = PATIENCE) -> Shown:
        """Wait until it is shown."""
        with self._news:
            there = self._news.wait_for(lambda: self.seen and what(self.seen), seconds)
            if not there:
                self._log.seek(0)
                raise AssertionError(f"It never showed. Last seen: {self.seen}\n{self._log.read()[-3000:]}")
            return self.seen

    def ended(self) -> int:
        """Wait until the program has ended; its exit code."""
        return self._program.wait(PATIENCE)

    # -- hands ------------------------------------------------------------------------------------------------------

    def focus(self, window: str) -> None:
        """Bring the keyboard to a window: there is no window manager that would."""
        self.sees(lambda shown: window in shown["windows"])
        self._do("search", "--sync", "--onlyvisible", "--name", "^CoreSafe", "windowfocus")
        self.sees(lambda shown: shown["active"])

    def type(self, text: str) -> None:
        """Type."""
        self._do("type", "--delay", "5", text)

    def press(self, *keys: str) -> None:
        """Press keys such as ``Tab`` or ``ctrl+Return``, one after the other."""
        self._do("key", "--delay", "5", *keys)

    def click(self, button: str) -> None:
        """Click a button by its words."""
        x, y = self.sees(lambda shown: button in shown["buttons"])["buttons"][button]
        self._do("mousemove", str(x), str(y), "click", "1")

    def _do(self, *arguments: str) -> None:
        subprocess.run(
            ["xdotool", *arguments], env=self._environment, check=True, timeout=PATIENCE, capture_output=True
        )
