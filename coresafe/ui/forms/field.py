"""What every field has: a label, a control, a note below, an error at its place, and whether it was touched."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets.labels import label, repolish
from coresafe.ui.words import tr


class Field(QWidget):
    """One field of a form.

    ``name`` is the command's own name for it (errors of the service find it by that); ``title`` the words above it.
    A subclass makes the control, gives it to ``_furnish`` and answers ``value``, ``set_value``, ``_problem`` and
    ``_is_empty``. What was typed is never changed or cut: it stands there, and what is wrong with it stands below.

    Signals: ``changed()`` whatever it holds has changed, by hand or by the program; ``entered()`` Enter settled what it
    holds, and the keyboard may go on.
    """

    changed = Signal()
    entered = Signal()

    def __init__(
        self, name: str, title: str, *, required: bool = False, note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.title = title
        self.required = required
        self._note_text = note
        self._error = ""
        self._told = ""  # an error that the service found, until the field is changed
        self._judged = False  # once an error was shown, it is looked at again with every key
        self._start: Any = None
        self.control: QWidget = self
        self._label = label(title, "label")
        self._optional = label("" if required else tr("optional"), "small")
        self._note = label(note, "small", wrap=True)
        self._wrong = label("", "error", wrap=True)
        self._wrong_icon = QLabel()
        self._wrong_icon.setFixedSize(14, 14)
        theme().dress(self._wrong_icon, "circle-alert", "danger", 14)

    # -- for the form ---------------------------------------------------------------------------------------------

    def value(self) -> Any:
        """What the field holds, ready for a command; None when it is empty. Only meant for a field without an error."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Fill the field in."""
        raise NotImplementedError

    def typed(self) -> Any:
        """What was typed, whatever it is worth: by this a change is noticed, and nothing is lost."""
        return self.value()

    @property
    def dirty(self) -> bool:
        """Whether it holds something else than at the beginning."""
        return bool(self.typed() != self._start)

    def settle(self) -> None:
        """What it holds now is the beginning."""
        self._start = self.typed()

    def check(self) -> str:
        """Judge what it holds: the error, which is shown at the field, or ""."""
        self._judged = True
        self._show_error(self._told or self.problem())
        return self._error

    def problem(self) -> str:
        """The error of what it holds, without showing it."""
        if self._is_empty():
            return tr("Fill this in.") if self.required else ""
        return self._problem()

    def show_error(self, message: str) -> None:
        """An error that the service found; it stands until the field is changed."""
        self._told = message
        self.check()

    def enter(self) -> bool:
        """Enter was pressed in it: whether the keyboard may go on, or first to see what is wrong."""
        return not self.check()

    def clear_error(self) -> None:
        """Forget what was wrong."""
        self._told, self._judged = "", False
        self._show_error("")

    @property
    def empty(self) -> bool:
        """Whether nothing was entered."""
        return self._is_empty()

    @property
    def error(self) -> str:
        """The error shown."""
        return self._error

    def set_note(self, note: str) -> None:
        """Other words below the field."""
        self._note_text = note
        self._show_error(self._error)

    def set_title(self, title: str) -> None:
        """Other words above it."""
        self.title = title
        self._label.setText(title)
        self._describe()

    def hide_head(self) -> None:
        """In a table of lines the column's head says what it is; the accessible name still does."""
        self._label.hide()
        self._optional.hide()

    # -- for the subclasses ---------------------------------------------------------------------------------------

    def _is_empty(self) -> bool:
        return self.value() in (None, "")

    def _problem(self) -> str:
        return ""

    def _furnish(self, control: QWidget, *beside: QWidget) -> None:
        """Lay the field out around its control."""
        self.control = control
        self._label.setBuddy(control)
        self.setFocusProxy(control)
        control.installEventFilter(self)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._label)
        head.addWidget(self._optional)
        head.addStretch(1)
        line = self._line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(control, 1)
        for widget in beside:
            line.addWidget(widget)
        wrong = QHBoxLayout()
        wrong.setSpacing(4)
        wrong.addWidget(self._wrong_icon, 0, Qt.AlignmentFlag.AlignTop)
        wrong.addWidget(self._wrong, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(line)
        column.addWidget(self._note)
        column.addLayout(wrong)
        column.addStretch(1)
        self._show_error("")
        self.settle()

    def _touched(self) -> None:
        """What it holds has changed."""
        self._told = ""
        if self._judged:
            self._show_error(self.problem())
        self.changed.emit()

    def _left(self) -> None:
        """The keyboard has left it: now is the time to say what is wrong, unless nothing was entered."""
        if not self._is_empty():
            self.check()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.control and event.type() == QEvent.Type.FocusOut:
            self._left()
        return super().eventFilter(watched, event)

    def _show_error(self, error: str) -> None:
        fresh = error and error != self._error
        self._error = error
        self._wrong.setText(error)
        self._wrong.setVisible(bool(error))
        self._wrong_icon.setVisible(bool(error))
        self._note.setText(self._note_text)
        self._note.setVisible(bool(self._note_text) and not error)
        if self.control.property("wrong") != bool(error):
            self.control.setProperty("wrong", bool(error))
            repolish(self.control)
        self._describe()
        if fresh:
            QAccessible.updateAccessibility(QAccessibleEvent(self.control, QAccessible.Event.DescriptionChanged))

    def _describe(self) -> None:
        """What a screen reader says."""
        self.control.setAccessibleName(self.title if self.required else tr("{title}, optional", title=self.title))
        self.control.setAccessibleDescription(self._error or self._note_text)
