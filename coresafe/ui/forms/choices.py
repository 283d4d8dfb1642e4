"""Fields that complete what is typed: one of many records, free words with a memory, one of a few words, yes or no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from coresafe.ui.forms.field import Field
from coresafe.ui.forms.suggestions import Choice, Search, Suggestions
from coresafe.ui.forms.texts import TextField
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.words import tr


def _same(words: str) -> str:
    return " ".join(words.split()).casefold()


class ChoiceField(Field):
    """One record among many: type a part of its name, choose with the arrows and Enter. ``value()`` is its id.

    ``search`` finds what matches, on the runner's threads. Words that name one record exactly choose it, so that a
    scanner or quick fingers need no list.

    Signals: ``picked(Choice or None)`` another record is chosen, or none any more.
    """

    picked = Signal(object)

    def __init__(
        self,
        name: str,
        title: str,
        search: Search,
        runner: TaskRunner,
        *,
        required: bool = False,
        note: str = "",
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self._choice: Choice | None = None
        self._searching = search
        self._settling_words: str | None = None
        self._going_on = self._putting = self._put_in = False
        self.edit = QLineEdit()
        self.edit.setMaxLength(10_000)
        self.edit.setPlaceholderText(placeholder or tr("Type, or ↓ for all"))
        self.suggestions = Suggestions(self.edit, self._find, runner)
        self.suggestions.picked.connect(self.choose)
        self.suggestions.entered.connect(self.entered)
        self.suggestions.found.connect(self._found)
        self.edit.textEdited.connect(self._edited)
        self.edit.textChanged.connect(self._changed)
        self._furnish(self.edit)

    # -- the value ------------------------------------------------------------------------------------------------

    @property
    def choice(self) -> Choice | None:
        """The record chosen."""
        return self._choice

    def value(self) -> Any:
        return self._choice.id if self._choice is not None else None

    def typed(self) -> tuple[Any, str]:
        """Id and words."""
        return self.value(), self.edit.text()

    def set_value(self, value: Any) -> None:
        """A ``Choice``, or None."""
        if value is not None and not isinstance(value, Choice):
            raise TypeError("a ChoiceField is filled with a Choice: an id alone has no words")
        self.choose(value)

    def choose(self, choice: Choice | None) -> None:
        """Choose a record, or none."""
        different = choice != self._choice
        self._choice = choice
        self._putting = True
        self.edit.setText(choice.text if choice is not None else "")
        self._putting = self._put_in = False
        self._settling_words = None
        self._touched()
        if different:
            self.picked.emit(choice)

    def set_search(self, search: Search) -> None:
        """Another way to search, for another company or project; what was found is forgotten."""
        self._searching = search
        self.suggestions.forget()

    # -- what is typed --------------------------------------------------------------------------------------------

    def _find(self, words: str) -> Sequence[Choice]:
        return self._searching(words)

    def _edited(self, _words: str) -> None:
        if self._choice is not None:
            self._choice = None
            self.picked.emit(None)
        self._settling_words, self._going_on, self._put_in = None, False, False
        self._touched()

    def _changed(self, words: str) -> None:
        """Words that no key typed, from a screen reader or by dictation, are looked up at once: there is no Tab after them."""
        if self._putting or self.edit.isModified():
            return
        self._edited(words)
        if words.strip():
            self._settling_words, self._put_in = words, True
            self.suggestions.ask(words, show=False)

    def enter(self) -> bool:
        """A scanner or quick fingers are ahead of the list: the keyboard goes on as soon as the one record is found."""
        words = self.edit.text()
        if self._choice is not None or not words.strip():
            return super().enter()
        self._settling_words, self._going_on = words, True
        if self.suggestions.answers == words:
            self._found(words, self.suggestions.choices)
        else:
            self.suggestions.ask(words, show=False)
        return False

    def _left(self) -> None:
        words = self.edit.text()
        if self._choice is None and words.strip():
            # Ask once more for exactly these words before calling them wrong.
            self._settling_words = words
            self.suggestions.ask(words, show=False)
            if self._settling_words is not None and self.suggestions.answers == words:
                self._found(words, self.suggestions.choices)
        else:
            super()._left()

    def _found(self, words: str, choices: list[Choice]) -> None:
        here, entered = self.edit.hasFocus() and not self._put_in, self._going_on
        if self._settling_words != words or self._choice is not None or (here and not entered):
            return
        self._settling_words, self._going_on = None, False
        exact = [choice for choice in choices if _same(choice.text) == _same(words)]
        if len(exact) == 1:
            self.choose(exact[0])
        if not here:
            self.check()
        elif self._choice is not None:
            self.suggestions.close()
            self.entered.emit()
        elif choices:
            self.suggestions.ask(words)  # several: the list shows which
        else:
            self.check()

    def _is_empty(self) -> bool:
        return not self.edit.text().strip()

    def _problem(self) -> str:
        if self._choice is not None:
            return ""
        words = self.edit.text().strip()
        shown = words if len(words) <= 30 else words[:29] + "…"
        if (
            self.suggestions.answers is not None
            and self.suggestions.answers.strip() == words
            and self.suggestions.choices
        ):
            return tr("Several begin like “{words}”. Choose one of the list.", words=shown)
        return tr("Choose one of the list: “{words}” is not in it.", words=shown)


class HistoryField(TextField):
    """Free words that complete from what was entered before: drivers, technicians, reasons."""

    def __init__(
        self,
        name: str,
        title: str,
        history: Callable[[str], Sequence[str]],
        runner: TaskRunner,
        *,
        longest: int = 100,
        required: bool = False,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, longest=longest, required=required, note=note, parent=parent)
        self.suggestions = Suggestions(self.edit, lambda words: [Choice(text, text) for text in history(words)], runner)
        # What is typed counts: the first of the list is not taken by Enter or Tab unless the arrows have gone to it.
        self.suggestions.pick_first = False
        self.suggestions.picked.connect(lambda choice: self.edit.setText(choice.text))
        self.suggestions.entered.connect(self.entered)


class SelectField(Field):
    """One of a few fixed words. ``options``: (value, words)."""

    def __init__(
        self,
        name: str,
        title: str,
        options: Sequence[tuple[Any, str]],
        *,
        required: bool = True,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.box = QComboBox()
        self.set_options(options)
        self.box.currentIndexChanged.connect(self._touched)
        self._furnish(self.box)

    def set_options(self, options: Sequence[tuple[Any, str]]) -> None:
        """Other words to choose from; what is chosen stays if it is among them."""
        now = self.value() if self.box.count() else None
        self.box.blockSignals(True)
        self.box.clear()
        for value, words in options:
            self.box.addItem(words, value)
        at = self.box.findData(now)
        self.box.setCurrentIndex(max(0, at) if self.box.count() else -1)
        self.box.blockSignals(False)

    def value(self) -> Any:
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class CheckField(Field):
    """Yes or no; the words stand beside the box."""

    def __init__(self, name: str, title: str, *, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, title, required=True, note=note, parent=parent)
        self.box = QCheckBox(title)
        self.box.toggled.connect(self._touched)
        self._furnish(self.box)
        self._label.hide()
        self._optional.hide()

    def value(self) -> bool:
        """Whether it is ticked."""
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def _is_empty(self) -> bool:
        return False
