"""Goes through every page, dialog and form as the pictures do, and writes down what a person could not hear, reach or read.

``python -m tests.ui.survey`` prints it as JSON: under each heading a line for each finding, with the state of the program
in which it was seen. It runs in a process of its own, because a whole program is started, used and ended several times.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QDateTimeEdit,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenuBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from coresafe.ui.anywhere.palette import Palette
from coresafe.ui.theme import theme
from coresafe.ui.theme.tokens import PAIRS
from coresafe.ui.widgets.figure_door import FigureDoor
from tests import screenshots
from tests.ui.colours import Pixels, Sight, in_sight, likeness, named, pictures_in, shown_on, words_in
from tests.ui.room import cut_off

#: Presses of Tab after which a way round a window is taken to have no end.
_LONG = 160
#: The screens that CoreSafe is used on, from the smallest laptop on.
SIZES = ((1280, 720), (1366, 768), (1920, 1080))
_TITLE_BAR = 40


class Surveyor:
    """Stands where the camera stands."""

    def __init__(self, sizes: Sequence[tuple[int, int]], *, room_alone: bool = False) -> None:
        self._sizes, self._room_alone = sizes, room_alone
        self.states: list[str] = []
        kinds = ("unnamed", "spoken", "order", "unreached", "trapped", "pale", "unlisted", "cut")
        self.found: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
        self._looked: set[tuple[object, ...]] = set()

    def take(self, name: str, window: QWidget, size: tuple[int, int] = screenshots.SIZE) -> None:
        """Look at a window as it stands."""
        theme().choose("light")
        window.resize(*size)
        screenshots.rest(frames=3)
        self.states.append(name)
        self._state = name
        if not self._room_alone:
            self._names(window)
            self._way_round(window)
            self._colours(window)
        self._room(window, size)

    def note(self, kind: str, what: str) -> None:
        """Write something down, once."""
        self.found[kind].setdefault(what, self._state)

    # -- names ----------------------------------------------------------------------------------------------------

    def _names(self, window: QWidget) -> None:
        for widget in _seen(window):
            spoken = QAccessible.queryAccessibleInterface(widget)
            name = spoken.text(QAccessible.Text.Name).strip()
            if not name and (_takes_keys(widget) or isinstance(widget, QAbstractButton)):
                self.note("unnamed", _path(widget))
            if isinstance(widget, QAbstractButton) and widget.text():
                self._says_what_it_shows(widget, name)
        focus = QApplication.focusWidget()
        if focus is not None and not QAccessible.queryAccessibleInterface(focus).text(QAccessible.Text.Name).strip():
            self.note("unnamed", f"has the keyboard: {_path(focus)}")

    def _says_what_it_shows(self, widget: QAbstractButton, name: str) -> None:
        """Whoever speaks to his computer says what he sees."""
        shown, called = (re.findall(r"\w+", words.replace("&", "").casefold()) for words in (widget.text(), name))
        if not set(shown) <= set(called):
            self.note("spoken", f"{_path(widget)} shows {widget.text()!r} and is called {name!r}")

    # -- colours --------------------------------------------------------------------------------------------------

    def _colours(self, window: QWidget) -> None:
        """In light alone: which pairs are drawn is the same in dark, and what a pair is worth there the tokens' test says."""
        fresh = [
            (words, on, place, least)
            for widget in _seen(window)
            for least, seen in ((4.5, words_in(widget)), (3.0, pictures_in(widget)))
            for words, on, place in seen
            if (least, *likeness(on, words)) not in self._looked and min(in_sight(on, place).size().toTuple()) >= 8  # type: ignore[type-var]
        ]
        sight = Sight(window) if fresh else None
        for words, on, place, least in fresh:
            like = (least, *likeness(on, words))
            if sight is not None and like not in self._looked:
                self._looked.add(like)
                self._judge(sight.of(on, place), on, words, least)

    def _judge(self, pixels: Pixels, on: QWidget, words: str, least: float) -> None:
        names = named(theme().tokens)
        found = shown_on(pixels)
        if found is None:
            return
        colour, ground, ratio = found
        what = f"{_path(on)} {words[:30]!r}"
        if ratio < least:
            self.note("pale", f"{colour} on {ground}, {ratio:.1f}: {what}")
        if least < 4.5 or (isinstance(on, QLineEdit) and on.hasFocus()):
            return  # the thin lines of a picture are mixed with their ground, and a cursor has a colour of Qt's
        pairs = {(one, other) for one in names.get(colour, ()) for other in names.get(ground, ())}
        if pairs.isdisjoint(PAIRS):
            drawn = [", ".join(sorted(names.get(one, {one}))) for one in (colour, ground)]
            self.note("unlisted", f"{drawn[0]} on {drawn[1]}: {what}")

    # -- room -----------------------------------------------------------------------------------------------------

    def _room(self, window: QWidget, size: tuple[int, int]) -> None:
        """On every screen; what is not the main window need only fit on the smallest."""
        whole = isinstance(window, QMainWindow)
        least = min(self._sizes)
        if not whole and (size[0] > least[0] or size[1] > least[1] - _TITLE_BAR):
            self.note("cut", f"{type(window).__name__} is {size} on a screen of {least}")
        for wanted in self._sizes if whole else (size,):
            window.resize(*wanted)
            screenshots.rest(frames=2)
            if window.size().toTuple() != wanted:
                self.note("cut", f"{type(window).__name__} does not go down to {wanted}: {window.size().toTuple()}")
            if any(problem for widget in _seen(window) for problem in cut_off(widget)):
                screenshots.rest(frames=3)  # words may just have come, and be laid out in a moment
            for widget in _seen(window):
                for problem in cut_off(widget):
                    self.note("cut", f"{_path(widget)}: {problem}, at {wanted}")

    # -- the way round --------------------------------------------------------------------------------------------

    def _way_round(self, window: QWidget) -> None:
        if not window.isActiveWindow():
            window.activateWindow()
            screenshots.rest(window.isActiveWindow, frames=1)
        began = QApplication.focusWidget()
        wanted = {widget for widget in _seen(window) if _is_stop(widget)}
        stops: list[QWidget] = []
        first = _press_tab(window)
        here: QWidget | None = first
        while here is not None and len(stops) < _LONG:
            stops.append(here)
            before, section = here, _section(here)
            here = _press_tab(window)
            if here is before and _section(here) == section:
                if len(wanted) > 1:  # the only place there is may stay it
                    self.note("trapped", _path(here))
                break
            if here is first:
                break
        stops = list(dict.fromkeys(stops))
        for widget in wanted - set(stops):
            if widget.isVisible() and widget.isEnabled() and not _in_group(widget, stops):
                self.note("unreached", _path(widget))
        self._in_order(window, stops)
        if began is not None:
            began.setFocus(Qt.FocusReason.OtherFocusReason)
        screenshots.rest(frames=1)

    def _in_order(self, window: QWidget, stops: list[QWidget]) -> None:
        """As one reads: what stands below or to the right comes later; only the way back to the beginning goes up."""
        pairs = list(zip(stops, [*stops[1:], *stops[:1]], strict=True))
        back = [(one, other) for one, other in pairs if one is not other and _goes_back(window, one, other)]
        if len(back) > 1:
            for one, other in back:
                self.note("order", f"{_path(one)} → {_path(other)}")


def _press_tab(window: QWidget) -> QWidget | None:
    target = QApplication.focusWidget() or window
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(target, QKeyEvent(kind, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier, "\t"))
    return QApplication.focusWidget()


def _seen(window: QWidget) -> list[QWidget]:
    """Every widget of a window that a person sees, without the parts that Qt makes widgets of."""
    whole = next((w for w in window.findChildren(Palette) if w.isVisible()), window)  # it lies over all the rest
    own = [w for w in whole.findChildren(QWidget) if w.isVisible() and w.window() is window]
    return [w for w in own if not _is_part(w)]


def _is_part(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if isinstance(widget, (QScrollBar, QMenuBar, QHeaderView)):
        return True
    if isinstance(parent, QAbstractScrollArea) and widget is parent.viewport():
        return True
    return isinstance(parent, (QAbstractSpinBox, QAbstractItemView, QMenuBar, QHeaderView, QTabBar)) or (
        widget.objectName().startswith("qt_")
    )


def _takes_keys(widget: QWidget) -> bool:
    return widget.isEnabled() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None


def _is_stop(widget: QWidget) -> bool:
    tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    # The small buttons within a field do what keys do in it.
    button = isinstance(widget, QAbstractButton) and not isinstance(widget.parent(), QLineEdit)
    return widget.isEnabled() and widget.focusProxy() is None and (tab or button)


def _in_group(widget: QWidget, stops: list[QWidget]) -> bool:
    """Of buttons of which one is chosen, one is a stop; the arrows go to the others."""
    if isinstance(widget, FigureDoor):  # the arrows go from figure to figure
        return any(isinstance(other, FigureDoor) and other.parent() is widget.parent() for other in stops)
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable():
        return False
    if widget.group() is not None and widget.group().exclusive():
        return any(other in stops for other in widget.group().buttons())
    if widget.autoExclusive():
        return any(isinstance(other, QAbstractButton) and other.parent() is widget.parent() for other in stops)
    return False


def _section(widget: QWidget | None) -> str:
    return str(widget.currentSection()) if isinstance(widget, QDateTimeEdit) else ""


def _goes_back(window: QWidget, one: QWidget, other: QWidget) -> bool:
    """Whether ``other`` is read before ``one``, by the parts of the window in which the two stand."""
    above, below = _ancestors(one, window), _ancestors(other, window)
    at = 0
    while at < min(len(above), len(below)) and above[at] is below[at]:
        at += 1
    if at >= min(len(above), len(below)):
        return False  # one within the other
    a, b = _place(above[at], window), _place(below[at], window)
    if b.top() >= a.bottom() - 2:
        return False
    if a.top() >= b.bottom() - 2:
        return b.left() < a.right()  # above; unless in a column of its own, further right
    return b.center().x() < a.center().x()  # in the same row, to the left


def _ancestors(widget: QWidget, window: QWidget) -> list[QWidget]:
    chain = [widget]
    while chain[0] is not window and (parent := chain[0].parentWidget()) is not None:
        chain.insert(0, parent)
    return chain


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _path(widget: QWidget) -> str:
    """The widget in words that lead to it."""
    names = []
    here: QWidget | None = widget
    while here is not None and not here.isWindow():
        if type(here).__module__.startswith("coresafe") or here is widget:
            names.append(type(here).__name__)
        here = here.parentWidget()
    said = widget.accessibleName() or (widget.text() if isinstance(widget, (QAbstractButton, QLabel)) else "")
    window = type(widget.window()).__name__
    return " < ".join([f"{names[0]} {said[:60]!r}", *names[1:], window])


def main(arguments: list[str]) -> int:
    """Go round, and print what was found; ``--room``: only whether anything is cut off, on a large screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in [name for name in os.environ if name.startswith("CORESAFE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="coresafe-survey-") as home:
        os.environ["CORESAFE_HOME"] = home
        alone = arguments == ["--room"]
        surveyor = Surveyor([(1920, 1080)] if alone else SIZES, room_alone=alone)
        screenshots.tour(surveyor, Path(home))
    print(json.dumps({"states": surveyor.states, **surveyor.found}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
