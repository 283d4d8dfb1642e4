"""Scan anywhere: a scanner is a fast keyboard that ends in Enter, heard wherever the keyboard of a window is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

#: Seconds between two keys of a scanner, on the average of a label, at most; nobody types a whole label that fast.
GAP_SECONDS = 0.035
#: Seconds that a scanner pauses within a label at most: a radio link or a busy machine holds a key up now and then.
PAUSE_SECONDS = 0.12
#: Signs of a scan at least, and at most.
LEAST, MOST = 6, 200
#: Milliseconds after which keys that were held back are given to whom they were meant for: too short to be noticed.
_HOLD_MS = 60
_HARMLESS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


def moment_of(event: QKeyEvent) -> float:
    """When a key was pressed, in seconds: as the system saw it, however late a busy window comes to it."""
    return event.timestamp() / 1000 or time.monotonic()


@dataclass(slots=True)
class _Burst:
    """Signs that came without a pause, wherever they went, and when the first of them came."""

    began: float = 0.0
    signs: list[str] = field(default_factory=list)

    def add(self, sign: str, now: float) -> None:
        if not self.signs:
            self.began = now
        self.signs.append(sign)

    def is_scan(self, now: float, least: int = LEAST) -> bool:
        """Whether these are a scanner's, now that Enter has come."""
        return len(self.signs) >= least and now - self.began <= GAP_SECONDS * len(self.signs)


@dataclass(slots=True)
class _Number:
    """A field for numbers that signs are arriving in, and what it held before them."""

    edit: QLineEdit
    text: str
    cursor: int
    marked: tuple[int, int]
    burst: _Burst = field(default_factory=_Burst)

    @classmethod
    def of(cls, edit: QLineEdit) -> _Number:
        return cls(edit, edit.text(), edit.cursorPosition(), (edit.selectionStart(), edit.selectionLength()))

    def restore(self) -> None:
        if isValid(self.edit):
            self.edit.setText(self.text)
            self.edit.setCursorPosition(self.cursor)
            if self.marked[0] >= 0:
                self.edit.setSelection(*self.marked)


class Scanner(QObject):
    """Hears what is scanned while a window has the keyboard and no field for text has.

    Keys that may be a scan's are held back, and given on as soon as one comes too late; should Enter show in the end that
    they were a scan's all the same, the label is whole. A field for numbers gets its keys at once; when they turn out to
    be what ``is_label`` says is no number, it gets back what it held before.
    ``clock`` gives the moment of a key in seconds.

    Signals: ``scanned(str)``.
    """

    scanned = Signal(str)

    def __init__(
        self,
        window: QWidget,
        is_label: Callable[[str], bool] = lambda _words: False,
        clock: Callable[[QKeyEvent], float] = moment_of,
    ) -> None:
        super().__init__(window)
        self.clock = clock
        self._window = window
        self._is_label = is_label
        self._listening = True
        self._held: list[QKeyEvent] = []
        self._burst = _Burst()
        self._number: _Number | None = None
        self._last = 0.0
        self._wait = QTimer(self, interval=_HOLD_MS, singleShot=True)
        self._wait.timeout.connect(self._give_on)
        # At the system's window and not at the application: a filter there would see every event of every widget. The
        # window has one from when it is first shown.
        window.installEventFilter(self)
        self._watch()

    def listen(self, on: bool) -> None:
        """Whether scans are heard: not while the window is locked."""
        self._listening = on
        self._held.clear()
        self._forget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold back what may be a scan."""
        if watched is self._window:
            if event.type() in (QEvent.Type.Show, QEvent.Type.WinIdChange):
                self._watch()
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or not self._listening:
            return False
        if self._is_over(QApplication.activePopupWidget()) or self._is_over(QApplication.activeModalWidget()):
            return False
        return self._key(event)

    def _is_over(self, widget: QWidget | None) -> bool:
        """Whether a menu or a dialog of this window has the keyboard; one of another window is no concern of its."""
        while widget is not None and widget is not self._window:
            widget = widget.parentWidget()
        return widget is not None

    def _watch(self) -> None:
        handle = self._window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def _key(self, event: QKeyEvent) -> bool:
        now = self.clock(event)
        pause, self._last = now - self._last, now
        if pause > GAP_SECONDS:
            self._give_on()
        if pause > PAUSE_SECONDS:
            self._forget()
        if _is_sign(event):
            return self._sign(event, now)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_HARMLESS:
            return self._enter(now)
        if event.key() != Qt.Key.Key_Shift:  # which is part of a scan
            self._give_on()
            self._forget()
        return False

    def _sign(self, event: QKeyEvent, now: float) -> bool:
        there = self._window.focusWidget()
        if isinstance(there, QLineEdit) and there.inputMethodHints() & Qt.InputMethodHint.ImhDigitsOnly:
            if self._number is None or self._number.edit is not there:
                self._number = _Number.of(there)
            self._number.burst.add(event.text(), now)
            return False
        if _takes_text(there) or len(self._burst.signs) >= MOST:
            self._give_on()
            self._forget()
            return False
        self._burst.add(event.text(), now)
        self._held.append(
            QKeyEvent(QEvent.Type.KeyPress, event.key(), event.modifiers(), event.text(), event.isAutoRepeat())
        )
        self._wait.start()
        return True

    def _enter(self, now: float) -> bool:
        burst, number = self._burst, self._number
        self._forget()
        if burst.is_scan(now):
            self._held.clear()
            self._wait.stop()
            self.scanned.emit("".join(burst.signs))
            return True
        self._give_on()
        if number is not None and number.burst.is_scan(now, least=1) and self._is_label("".join(number.burst.signs)):
            number.restore()
            self.scanned.emit("".join(number.burst.signs))
            return True
        return False

    def _forget(self) -> None:
        self._burst, self._number = _Burst(), None

    def _give_on(self) -> None:
        """It was no scan: the keys go where they were meant to go."""
        held, self._held = self._held, []
        self._wait.stop()
        for event in held:
            QApplication.sendEvent(self._window.focusWidget() or self._window, event)


def _is_sign(event: QKeyEvent) -> bool:
    words = event.text()
    plain = not event.modifiers() & ~_HARMLESS and not event.isAutoRepeat()
    return plain and len(words) == 1 and words.isprintable() and not words.isspace()


def _takes_text(widget: QWidget | None) -> bool:
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractSpinBox)
