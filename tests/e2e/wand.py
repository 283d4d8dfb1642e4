"""A barcode scanner on a screen: a keyboard that sends a whole label at once, Enter behind it.

The X server gets all keys of a label in one go and times them itself, so that they are as close to each other as a
scanner's, however busy the machine is that runs the test.
"""

from __future__ import annotations

import ctypes
import ctypes.util

#: Milliseconds between two moves of keys: at the same moment, a letter twice would be taken for one key held down.
_GAP = 1


class Wand:
    """A scanner plugged into one display; closed with ``unplug``."""

    def __init__(self, display: str) -> None:
        self._x, self._keys = _library("X11"), _library("Xtst")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        if not self._display:
            raise RuntimeError(f"there is no screen {display}")

    def scan(self, label: str) -> None:
        """Send a label of letters, digits and hyphens."""
        shift = self._code("Shift_L")
        for sign in label:
            name = {"-": "minus", "_": "underscore"}.get(sign, sign)
            shifted = sign.isupper() or sign == "_"
            if shifted:
                self._press(shift, True)
            self._tap(self._code(name))
            if shifted:
                self._press(shift, False)
        self._tap(self._code("Return"))
        self._x.XFlush(self._display)

    def unplug(self) -> None:
        """Leave the display."""
        self._x.XCloseDisplay(self._display)

    def _code(self, name: str) -> int:
        sign = self._x.XStringToKeysym(name.encode())
        return int(self._x.XKeysymToKeycode(self._display, ctypes.c_ulong(sign)))

    def _tap(self, code: int) -> None:
        self._press(code, True)
        self._press(code, False)

    def _press(self, code: int, down: bool) -> None:
        self._keys.XTestFakeKeyEvent(self._display, ctypes.c_uint(code), ctypes.c_int(down), ctypes.c_ulong(_GAP))


def _library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    if found is None:
        raise RuntimeError(f"lib{name} is not installed; xdotool brings it")
    return ctypes.CDLL(found)
