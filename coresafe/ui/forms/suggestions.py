"""The list that drops down under a field while one types, filled from the database without ever waiting for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from coresafe.ui.tasks import TaskRunner, Token
from coresafe.ui.theme import GRID, TARGET, theme
from coresafe.ui.words import tr

#: Milliseconds of rest after a key before the database is asked.
REST = 150
_SEEN = 8

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its id, its words, more about it (greyed), and the row it came from."""

    id: Any
    text: str
    detail: str = ""
    row: Any = None


#: Finds what matches the words typed; called on the task runner's threads.
Search = Callable[[str], Sequence[Choice]]


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.choices: list[Choice] = []

    def put(self, choices: Sequence[Choice]) -> None:
        self.beginResetModel()
        self.choices = list(choices)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.choices)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        choice = self.choices[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return choice.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{choice.text}, {choice.detail}" if choice.detail else choice.text
        if role == Qt.ItemDataRole.UserRole:
            return choice.detail
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(10 * GRID, max(TARGET, round(TARGET * theme().scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tokens, area = theme().tokens, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, QColor(tokens.selected if chosen else tokens.surface))
        inner = area.adjusted(GRID, 0, -GRID, 0)
        detail = str(index.data(Qt.ItemDataRole.UserRole) or "")
        font = theme().font()
        metrics = QFontMetrics(font)
        painter.setFont(font)
        taken = 0
        if detail:
            painter.setPen(QColor(tokens.muted))
            taken = min(metrics.horizontalAdvance(detail), inner.width() // 2)
            side = QRect(inner.right() - taken, inner.top(), taken + 1, inner.height())
            said = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, taken + 1)
            painter.drawText(side, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), said)
            taken += 2 * GRID
        painter.setPen(QColor(tokens.text))
        place = inner.adjusted(0, 0, -taken, 0)
        said = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), said)


class Suggestions(QObject):
    """Belongs to a line edit; the keyboard stays in the edit all the time.

    Signals: ``picked(Choice)``; ``entered()`` it was picked with Enter; ``found(str, list)`` the words asked for and what
    matches; ``failed(error)``.
    """

    picked = Signal(object)
    entered = Signal()
    found = Signal(str, list)
    failed = Signal(object)

    def __init__(self, edit: QLineEdit, search: Search, runner: TaskRunner) -> None:
        super().__init__(edit)
        self._edit, self._search, self._runner = edit, search, runner
        self._model = _Model(self)
        self._asked: str | None = None
        self._wanted_open = False
        self.pick_first = True
        self.list = QListView(edit)
        self.list.setProperty("kind", "suggestions")
        self.list.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.list.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setAccessibleName(tr("Suggestions"))
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda index: self._pick(index.row()))
        self._resting = QTimer(self, interval=REST, singleShot=True)
        self._resting.timeout.connect(lambda: self.ask(self._edit.text()))
        edit.installEventFilter(self)
        edit.textEdited.connect(self._typed)

    @property
    def choices(self) -> list[Choice]:
        """What was found last."""
        return self._model.choices

    @property
    def answers(self) -> str | None:
        """The words that ``choices`` answer, None while nothing was asked."""
        return self._asked

    @property
    def open(self) -> bool:
        """Whether the list is down."""
        return self.list.isVisible()

    def forget(self) -> None:
        """What was found holds no longer: what it depends on has changed."""
        self._asked = None
        self._model.put([])
        self.close()

    def ask(self, words: str, *, show: bool = True) -> None:
        """Look for what matches; the list drops down when it has come."""
        self._resting.stop()
        self._wanted_open = show
        if words == self._asked:
            if show:
                self._drop()
            return
        search, wanted = self._search, words

        def work(_token: Token) -> Sequence[Choice]:
            return search(wanted.strip())

        def came(choices: Sequence[Choice]) -> None:
            self._asked = wanted
            self._model.put(choices)
            self.found.emit(wanted, list(choices))
            if self._wanted_open and self._edit.hasFocus():
                self._drop()

        def went_wrong(error: BaseException) -> bool:
            self.close()
            self.failed.emit(error)
            return False

        self._runner.run(work, owner=self, done=came, failed=went_wrong, lane="suggestions", quiet=True)

    def close(self) -> None:
        """Put the list away."""
        self._wanted_open = False
        self.list.hide()

    def _typed(self) -> None:
        self._resting.start()

    def _drop(self) -> None:
        if not self._model.choices:
            self.list.hide()
            return
        rows = min(_SEEN, len(self._model.choices))
        height = rows * max(TARGET, self.list.sizeHintForRow(0)) + 4
        below = self._edit.mapToGlobal(QPoint(0, self._edit.height() + 2))
        place = QRect(below, QSize(max(self._edit.width(), 30 * GRID), height))
        screen = self._edit.screen().availableGeometry()
        if place.bottom() > screen.bottom():
            place.moveBottom(self._edit.mapToGlobal(QPoint(0, -2)).y())
        if place.right() > screen.right():
            place.moveRight(screen.right())
        self.list.setGeometry(place)
        self.list.show()
        if self.pick_first and self._edit.text():
            self.list.setCurrentIndex(self._model.index(0))
        else:
            self.list.setCurrentIndex(QModelIndex())

    def _pick(self, row: int) -> None:
        if 0 <= row < len(self._model.choices):
            choice = self._model.choices[row]
            self.close()
            self.picked.emit(choice)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.Move):
            self.close()
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key, pressed = event.key(), event.type() == QEvent.Type.KeyPress
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if self.open and key == Qt.Key.Key_Escape:
            # Taken before the form's own Esc: it puts the list away and nothing else.
            if pressed:
                self.close()
            event.accept()
            return True
        if not pressed:
            return False
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if self.open:
                self._go(1 if key == Qt.Key.Key_Down else -1)
            elif key == Qt.Key.Key_Down:
                self.ask(self._edit.text())
            return True
        if self.open and key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._go(_SEEN if key == Qt.Key.Key_PageDown else -_SEEN)
            return True
        if self.open and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            row = self.list.currentIndex().row()
            self._pick(row)
            if row < 0 or key == Qt.Key.Key_Tab:
                return False  # Tab chooses, and goes on by itself
            self.entered.emit()
            return True
        return False

    def _go(self, by: int) -> None:
        count = len(self._model.choices)
        now = self.list.currentIndex().row()
        to = (now + by) % count if abs(by) == 1 else min(count - 1, max(0, now + by))
        if now < 0:
            to = 0 if by > 0 else count - 1
        self.list.setCurrentIndex(self._model.index(to))
