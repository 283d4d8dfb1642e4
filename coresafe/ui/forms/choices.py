"""Fields that complete by typing: a record chosen from the database, or free text from what was typed before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from coresafe.ui.forms.fields import Field
from coresafe.ui.words import tr

#: Wait this long after a key before asking the database: fast enough to feel at once, slow enough not to ask per key.
_PAUSE_MS = 120
_ID = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: ``record`` is handed back whole; ``detail`` tells two alike apart."""

    id: Any
    text: str
    detail: str = ""
    record: Any = None


#: Asks for what fits ``text`` off the window's thread and answers through the callback on the window's thread.
Search = Callable[[str, Callable[[Sequence[Choice]], object]], object]


class _Completing(Field):
    """A line whose suggestions come from an asynchronous search."""

    def __init__(self, label: str, search: Search, *, required: bool, hint: str, placeholder: str) -> None:
        self.line = QLineEdit()
        self.line.setMaxLength(500)
        self.line.setPlaceholderText(placeholder)
        super().__init__(label, self.line, required=required, hint=hint)
        self._search = search
        self._asked = 0
        self._model = QStandardItemModel(self)
        self._popup = QListView()
        self._popup.setProperty("kind", "suggestions")
        self._popup.setAccessibleName(tr("Suggestions for {label}", label=label))
        self._completer = QCompleter(self._model, self)
        self._completer.setPopup(self._popup)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(10)
        self._completer.setWidget(self.line)
        self._completer.activated[QModelIndex].connect(self._picked)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        self.line.textEdited.connect(self._typed)
        self.line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Down opens the list, as in every list that opens."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Down and not self._popup.isVisible():
                self._ask()
                return True
        return super().eventFilter(watched, event)

    def _typed(self, _text: str) -> None:
        self._timer.start()
        self._edited()

    def _ask(self) -> None:
        self._asked += 1
        asked = self._asked
        self._search(self.line.text().strip(), lambda found: self._answer(asked, found))

    def _answer(self, asked: int, found: Sequence[Choice]) -> None:
        if asked != self._asked:
            return  # an answer to what was typed before
        self._model.clear()
        for choice in found:
            item = QStandardItem(f"{choice.text}   {choice.detail}" if choice.detail else choice.text)
            item.setData(choice, _ID)
            item.setEditable(False)
            self._model.appendRow(item)
        self._offered(found)
        if found and self.line.hasFocus():
            self._completer.complete()
            self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        else:
            self._popup.hide()

    def _offered(self, found: Sequence[Choice]) -> None:
        """Suggestions arrived."""

    def _picked(self, index: QModelIndex) -> None:
        choice = index.data(_ID)
        if isinstance(choice, Choice):
            self._take(choice)

    def _take(self, choice: Choice) -> None:
        raise NotImplementedError

    def snapshot(self) -> object:
        return self.line.text()


class ChoiceField(_Completing):
    """One record, found by typing part of its name; what was typed must become one.

    Signals: ``chosen(Choice or None)`` when the record changes.
    """

    chosen = Signal(object)

    def __init__(
        self, label: str, search: Search, *, required: bool = False, hint: str = "", placeholder: str = ""
    ) -> None:
        super().__init__(label, search, required=required, hint=hint, placeholder=placeholder or tr("Type to find"))
        self.choice: Choice | None = None
        self.line.editingFinished.connect(self._left)

    def value(self) -> Any:
        """The record's id, or None."""
        return self.choice.id if self.choice is not None else None

    def set_value(self, value: Any) -> None:
        """Take a ``Choice``, or None."""
        self.choice = value if isinstance(value, Choice) else None
        self.line.setText(self.choice.text if self.choice else "")
        self.set_error("")

    def problem(self) -> str:
        typed = self.line.text().strip()
        if typed and self.choice is None:
            return tr("There is no {typed}. Choose one from the list.", typed=typed[:40])
        return super().problem()

    def _typed(self, text: str) -> None:
        if self.choice is not None and text.strip() != self.choice.text:
            self.choice = None
            self.chosen.emit(None)
        super()._typed(text)

    def _offered(self, found: Sequence[Choice]) -> None:
        # What was typed in full needs no click.
        typed = self.line.text().strip().casefold()
        exact = [choice for choice in found if choice.text.casefold() == typed]
        if typed and len(exact) == 1 and self.choice is None:
            self.choice = exact[0]
            self.set_error("")
            self.chosen.emit(self.choice)

    def _take(self, choice: Choice) -> None:
        self.choice = choice
        self.line.setText(choice.text)
        self.set_error("")
        self.chosen.emit(choice)
        self.changed.emit()

    def _left(self) -> None:
        if self.line.text().strip() and self.choice is None and not self._popup.isVisible():
            self._ask_for_exact()

    def _ask_for_exact(self) -> None:
        typed = self.line.text().strip()

        def judge(found: Sequence[Choice]) -> None:
            if self.line.text().strip() == typed and self.choice is None:
                self._offered(found)

        self._search(typed, judge)


class HistoryField(_Completing):
    """Free text that completes from what was typed before."""

    def __init__(
        self, label: str, search: Search, *, required: bool = False, hint: str = "", placeholder: str = ""
    ) -> None:
        super().__init__(label, search, required=required, hint=hint, placeholder=placeholder)

    def value(self) -> str | None:
        """The text, or None."""
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))

    def _answer(self, asked: int, found: Sequence[Choice]) -> None:
        # Offering exactly what stands there already would only be in the way of the next key.
        typed = self.line.text().strip()
        super()._answer(asked, [] if len(found) == 1 and found[0].text == typed else found)
        if not typed:
            self._popup.setCurrentIndex(QModelIndex())

    def _take(self, choice: Choice) -> None:
        self.line.setText(choice.text)
        self.changed.emit()
