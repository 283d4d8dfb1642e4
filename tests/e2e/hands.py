"""A screen of its own for each program, and a person before it: keyboard and mouse by ``xdotool``, eyes by what is shown."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PySide6.QtGui import QImage

from tests.e2e.wand import Wand
from tests.worlds import PASSWORD

#: Seconds to wait for what a person would wait a moment for, on a busy machine.
PATIENCE = 40.0
Shown = dict[str, Any]


class Screen:
    """A screen without a monitor, on a free display."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="coresafe-test-screen-")
        size = ["-screen", "0", "1366x768x24", "-fbdir", self._folder.name]
        command = ["Xvfb", "-displayfd", "1", *size, "-nolisten", "tcp", "-noreset"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.display = f":{self._process.stdout.readline().strip()}"

    def picture(self, file: Path) -> Path:
        """Save what it shows, as a PNG."""
        dump = (Path(self._folder.name) / "Xvfb_screen0").read_bytes()  # a window dump, as xwd writes it
        head = struct.unpack(">25I", dump[:100])
        begin, wide, high, line, colours = head[0], head[4], head[5], head[12], head[19]
        pixels = dump[begin + 12 * colours :]
        QImage(pixels, wide, high, line, QImage.Format.Format_RGB32).save(str(file))
        return file

    def close(self) -> None:
        """Take it away."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()


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
        self._home = home
        self.wand = Wand(self._screen.display)
        self.keys, self.clicks = 0, 0
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
        self.wand.unplug()
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
            if self._news.wait_for(lambda: self.seen and what(self.seen), seconds):
                return self.seen
        self._log.seek(0)
        picture = self.picture("never showed")
        raise AssertionError(f"It never showed ({picture}). Last seen: {self.seen}\n{self._log.read()[-3000:]}")

    def hears(self, words: str) -> Shown:
        """Wait until a message says this."""
        return self.sees(lambda shown: any(words in said for said in shown["said"]))

    def reads(self, *words: str) -> Shown:
        """Wait until each of these stands somewhere in sight: in a line of words, on a chip, in a row."""

        def stands(shown: Shown) -> bool:
            everything = [
                *shown["labels"],
                *shown["told"],
                *shown["states"],
                *(" ".join(row) for row, *_ in shown["rows"]),
            ]
            return all(any(word in line for line in everything) for word in words)

        return self.sees(stands)

    def is_at(self, place: str) -> Shown:
        """Wait until the keyboard is there."""
        return self.sees(lambda shown: shown["focus"] == place)

    def picture(self, name: str) -> Path:
        """Save what is on the screen; the path."""
        return self._screen.picture(self._home / f"{name}.png")

    def ended(self) -> int:
        """Wait until the program has ended; its exit code."""
        return self._program.wait(PATIENCE)

    # -- hands ------------------------------------------------------------------------------------------------------

    def focus(self, window: str, title: str = "^CoreSafe") -> None:
        """Bring the keyboard to a window: there is no window manager that would."""
        self.sees(lambda shown: window in shown["windows"])
        self._do("search", "--sync", "--onlyvisible", "--name", title, "windowfocus")
        self.sees(lambda shown: shown["active"] == window)

    def sign_in(self, username: str) -> None:
        """Through the door, up to the page of dispatches."""
        self.focus("StartWindow")
        self.sees(lambda shown: shown["focus"] == "User name" and "Sign in" in shown["buttons"])
        self.type(username)
        self.press("Return")
        self.is_at("Password")
        self.type(PASSWORD)
        self.press("Return")
        self.focus("MainWindow")
        self.sees(lambda shown: "Filter" in shown["fields"])

    def type(self, text: str) -> None:
        """Type."""
        self.keys += len(text)
        self._do("type", "--delay", "4", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys such as ``Tab`` or ``ctrl+Return``, one after the other."""
        self.keys += len(keys)
        self._do("key", "--delay", "4", *keys)

    def scan(self, label: str) -> None:
        """Scan a label."""
        self.wand.scan(label)

    def tab_to(self, field: str, key: str = "Tab") -> None:
        """Press Tab until the keyboard is there."""
        for _ in range(40):
            if self.seen["focus"] == field:
                return
            before = self.seen["stop"]
            self.press(key)
            self.sees(lambda shown, before=before: shown["stop"] != before)  # type: ignore[misc]
        raise AssertionError(f"Tab never comes to {field}")

    def enter(self, field: str, text: str) -> None:
        """Type over what stands in a field that has the keyboard."""
        self.is_at(field)
        self.press("ctrl+a")
        self.type(text)
        self.sees(lambda shown: shown["fields"].get(field) == text)

    def click(self, button: str) -> None:
        """Click a button by its words."""
        self._click(self._at_rest(lambda shown: shown["buttons"].get(button)))

    def click_in(self, field: str) -> None:
        """Click in a field; the keyboard goes there."""
        self._click(self._at_rest(lambda shown: shown["places"].get(field)))
        self.is_at(field)

    def _at_rest(self, place: Callable[[Shown], list[int] | None]) -> list[int]:
        """Where something is, once it stays there: what has just opened is still being laid out."""
        at = place(self.sees(place))
        while True:
            with self._news:
                moved = self._news.wait_for(lambda at=at: place(self.seen) != at, 0.3)  # type: ignore[misc]
            if not moved:
                assert at is not None
                return at
            at = place(self.sees(place))

    def click_row(self, words: str, *, times: int = 1, key: str = "") -> None:
        """Click the row that holds these words, with a key held down or twice; a message above it is closed first."""
        while "Close this message" in self.seen["buttons"]:  # it goes by itself, and rows move up under the mouse
            said = self.seen["said"]
            self.click("Close this message")
            self.sees(lambda shown, said=said: shown["said"] != said)  # type: ignore[misc]

        def row(shown: Shown) -> list[int] | None:
            return next((at for cells, at, _chosen in shown["rows"] if words in cells), None)

        at = self._at_rest(row)
        self._click(at, times=times, key=key)

    def _click(self, at: list[int], *, times: int = 1, key: str = "") -> None:
        self.clicks += times
        held = (["keydown", key], ["keyup", key]) if key else ([], [])
        self._do("mousemove", *map(str, at), *held[0], "click", "--repeat", str(times), "--delay", "20", "1", *held[1])

    def _do(self, *arguments: str) -> None:
        subprocess.run(
            ["xdotool", *arguments], env=self._environment, check=True, timeout=PATIENCE, capture_output=True
        )
