"""The palette: one field over the window, and below it what fits. The keyboard stays in the field all the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from coresafe.errors import CoreSafeError
from coresafe.services.finding import Found, find_anything
from coresafe.ui.anywhere.matching import entry_of, matching
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import EmptyState, Entry, GroupedList, Spinner, button, label, line
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.widgets.search import lead
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

#: Milliseconds of rest after a key before the database is asked, and from how many letters on.
REST = 200
LETTERS = 2
_WIDTH, _HEIGHT, _TOP = 80 * GRID, 60 * GRID, 6 * GRID


class Palette(QWidget):
    """Lies over ``parent``, as large as it is. ``begin`` opens it; Esc, a click beside it, or going somewhere closes it.

    Signals: ``gone(Entry)`` the person wants to go there; the palette is closed and the keyboard is back where it was.
    """

    gone = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._own: list[Entry] = []
        self._records: list[Entry] = []
        self._asked = ""  # the words the records answer, or will
        self._go_when_found = False
        self._had_focus: QWidget | None = None
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(tr("A page, an action, a number, a hole, a company, a sample"))
        self.edit.setAccessibleName(tr("Go anywhere"))
        self.edit.setAccessibleDescription(tr("Arrow keys choose, Enter goes, Esc closes"))
        lead(self.edit, "search")
        self.list = GroupedList(tr("What was found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.nothing = EmptyState(icon="search-x")
        self.shown = QStackedWidget()
        self.shown.addWidget(self.list)
        self.shown.addWidget(self.nothing)
        self.said = label("", "small")
        self.again = button(tr("Try again"), self._ask, kind="quiet", icon="refresh-cw")
        self.spinner = Spinner(side=16)
        self.card = QFrame(self)
        self.card.setProperty("kind", "card")
        self._lay_out()
        self._pause = QTimer(self, interval=REST, singleShot=True)
        self._pause.timeout.connect(self._ask)
        self.edit.textChanged.connect(self._typed)
        self.edit.installEventFilter(self)
        self.list.entered.connect(self._pointed)
        self.list.clicked.connect(lambda _index: self._go())
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # there is a window
        app.focusChanged.connect(self._focus_went)
        parent.installEventFilter(self)
        self.hide()

    def begin(self, entries: Sequence[Entry]) -> None:
        """Open it, over these pages and actions."""
        if self.isVisible():
            self.edit.setFocus()
            self.edit.selectAll()
            return
        self._had_focus = QApplication.focusWidget()
        self._own = list(entries)
        self.edit.clear()
        self._typed("")
        self._fit()
        self.show()
        self.raise_()
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        """Close it; the keyboard goes back to where it was."""
        if not self.isVisible():
            return
        before, self._had_focus = self._had_focus, None
        self._forget()
        self.hide()
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- typing and finding ---------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether an answer to what is typed is still to come."""
        return self._pause.isActive() or self.spinner.property("on") is True

    def _typed(self, text: str) -> None:
        self._forget()
        if len(text.strip()) >= LETTERS:
            self._pause.start()
        self._show(keep=False)

    def _forget(self) -> None:
        """What was asked or found before counts no longer."""
        self._pause.stop()
        self._asked = ""
        self._go_when_found = False
        self._records = []
        self._working(False)
        self._say("")

    def _ask(self) -> None:
        self._pause.stop()
        asked = self._asked = self.edit.text().strip()
        if not asked:
            return
        self._say("")
        self._working(True)

        def came(found: tuple[Found, ...]) -> None:
            if self._is_current(asked):
                self._records = [entry_of(one) for one in found]
                self._working(False)
                self._show(keep=not self._go_when_found)
                self._go_if_wanted()

        def failed(error: BaseException) -> bool:
            if not self._is_current(asked):
                return True
            self._working(False)
            self._go_when_found = False
            known = isinstance(error, CoreSafeError)
            self._say(error.message if known else tr("It cannot be looked up."), wrong=True)  # type: ignore[attr-defined]
            self._show(keep=True)
            return known

        self._workspace.read(find_anything, asked, owner=self, lane="find", done=came, failed=failed)

    def _is_current(self, asked: str) -> bool:
        return self.isVisible() and asked == self._asked == self.edit.text().strip()

    def _show(self, *, keep: bool) -> None:
        words = self.edit.text().strip()
        entries = [*matching(self._own, words), *self._records]
        self.list.put(entries, keep=keep)
        answered = bool(words) and not self.waiting and not self.said.text()
        if not entries and answered:
            few = len(words) < LETTERS
            self.nothing.say(
                tr("Nothing begins with “{words}”.", words=words)
                if few
                else tr("Nothing found for “{words}”.", words=_short(words)),
                tr("Type one more letter to look in the database.") if few else tr("Type less of it, or another part."),
            )
            self.shown.setCurrentWidget(self.nothing)
        else:
            self.shown.setCurrentWidget(self.list)
        chosen = self.list.chosen
        self.edit.setAccessibleDescription(
            self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) if chosen else ""
        )

    def _working(self, on: bool) -> None:
        self.spinner.setProperty("on", on)
        if on:
            self.spinner.start()
        else:
            self.spinner.stop()

    def _say(self, words: str, *, wrong: bool = False) -> None:
        set_kind(self.said, "stale" if wrong else "small")
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self._keys.setVisible(not words)
        self.again.setVisible(wrong)

    # -- going ----------------------------------------------------------------------------------------------------

    def _go(self) -> None:
        chosen = self.list.chosen
        if chosen is None:
            # A scanner is faster than the database: go as soon as it has answered.
            if self.waiting:
                self._go_when_found = True
                self._ask()
            return
        self.leave()
        self.gone.emit(chosen)

    def _go_if_wanted(self) -> None:
        if self._go_when_found:
            self._go_when_found = False
            if self.list.chosen is not None:
                self._go()

    def _pointed(self, index: object) -> None:
        self.list.setCurrentIndex(index)  # type: ignore[arg-type]  # a QModelIndex

    # -- keys, clicks, size ---------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent():
            if event.type() == QEvent.Type.Resize:
                self._fit()
            return False
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            mine = self._key(event.key(), pressed=event.type() == QEvent.Type.KeyPress)
            if mine:
                event.accept()
            return mine
        return super().eventFilter(watched, event)

    def _key(self, key: int, *, pressed: bool) -> bool:
        """Whether it is one of the palette's keys; done when pressed."""
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Escape: self.leave,
            Qt.Key.Key_Return: self._go,
            Qt.Key.Key_Enter: self._go,
            Qt.Key.Key_Down: lambda: self._step(1),
            Qt.Key.Key_Up: lambda: self._step(-1),
            Qt.Key.Key_PageDown: lambda: self._step(self.list.page),
            Qt.Key.Key_PageUp: lambda: self._step(-self.list.page),
        }
        do = keys.get(key)
        if do is not None and pressed:
            do()
        return do is not None

    def _step(self, by: int) -> None:
        self.list.step(by)
        self.edit.setAccessibleDescription(str(self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) or ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays here."""
        to_again = self.again.isVisible() and self.edit.hasFocus()
        (self.again if to_again else self.edit).setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.leave()

    def _focus_went(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Who goes on elsewhere in the window has left the palette."""
        if self.isVisible() and new is not None and new is not self and not self.isAncestorOf(new):
            self._had_focus = None
            self.leave()

    def _fit(self) -> None:
        parent = self.parentWidget()
        self.setGeometry(parent.rect())
        width = min(_WIDTH, parent.width() - 4 * GRID)
        height = min(_HEIGHT, parent.height() - 2 * _TOP)
        self.card.setGeometry((parent.width() - width) // 2, _TOP, width, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 150 if theme().dark else 90))
        painter.end()

    def _lay_out(self) -> None:
        self._keys = label(tr("↑ ↓ choose    Enter goes    Esc closes"), "small")
        field = QHBoxLayout()
        field.setContentsMargins(GRID, GRID, GRID, GRID)
        field.addWidget(self.edit)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, 0, GRID, 0)
        foot.setSpacing(GRID)
        foot.addWidget(self._keys)
        foot.addWidget(self.said)
        foot.addWidget(self.again)
        foot.addStretch(1)
        foot.addWidget(self.spinner)
        bottom = QWidget()
        bottom.setFixedHeight(5 * GRID)
        bottom.setLayout(foot)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(field)
        column.addWidget(line())
        column.addWidget(self.shown, 1)
        column.addWidget(line())
        column.addWidget(bottom)


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:39] + "…"
