"""A form: fields in reading order, errors at the field, Ctrl+Enter saves, Esc asks only when something would be lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from coresafe.errors import StaleVersion, Trouble, UserError, ValidationFailed
from coresafe.ui.forms.fields import Field
from coresafe.ui.theme import theme
from coresafe.ui.words import tr

F = TypeVar("F", bound=Field)

#: "lines[0].quantity" is shown at the field registered under that very name, or under the name before the dot.
_Finder = Callable[[str], Field | None]


class Form(QWidget):
    """A column of fields between a title and its buttons.

    Signals: ``submitted()`` the person wants to save and every field is well formed; ``left()`` he leaves without saving;
    ``changed()`` something was typed.
    """

    submitted = Signal()
    left = Signal()
    changed = Signal()

    def __init__(self, title: str, *, save: str, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.fields: dict[str, Field] = {}
        self._clean: dict[str, object] = {}
        self.title = QLabel(title)
        self.title.setProperty("kind", "title")
        self.body = QWidget()
        self.body.setProperty("kind", "plain")
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(24, 8, 24, 16)
        self.column.setSpacing(16)
        self.column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.body)
        self.notice = QLabel()
        self.notice.setProperty("kind", "error")
        self.notice.setWordWrap(True)
        self.notice.setVisible(False)
        self.notice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.save_button = QPushButton(save)
        self.save_button.setProperty("kind", "primary")
        self.save_button.setToolTip(tr("Ctrl+Enter"))
        if icon:
            theme().dress(self.save_button, icon, "on_accent")
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setToolTip(tr("Esc"))
        self.save_button.clicked.connect(self.submit)
        self.cancel_button.clicked.connect(self.leave)
        self._question = self._make_question()
        head = QHBoxLayout()
        head.setContentsMargins(24, 16, 24, 8)
        head.addWidget(self.title)
        line = QFrame()
        line.setProperty("kind", "line")
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(24, 12, 24, 12)
        self.buttons.setSpacing(8)
        self.buttons.addWidget(self.save_button)
        self.buttons.addWidget(self.cancel_button)
        self.buttons.addStretch(1)
        notices = QVBoxLayout()
        notices.setContentsMargins(24, 0, 24, 0)
        notices.addWidget(self.notice)
        notices.addWidget(self._question)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addLayout(notices)
        column.addWidget(line)
        column.addLayout(self.buttons)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.submit, context=context)
        QShortcut(QKeySequence("Esc"), self, self.leave, context=context)

    # -- fields ---------------------------------------------------------------------------------------------------

    def add(self, name: str, field: F, *, to: QVBoxLayout | QHBoxLayout | None = None) -> F:
        """Add a field under the name the services use for it."""
        self.register(name, field)
        (to if to is not None else self.column).addWidget(field)
        return field

    def register(self, name: str, field: Field) -> None:
        """Know a field that is laid out elsewhere; a name taken before is given to the new one."""
        self.fields[name] = field
        self._clean.setdefault(name, field.snapshot())
        field.changed.connect(self._field_changed)

    def forget(self, name: str) -> None:
        """A field is gone (a line was removed)."""
        self.fields.pop(name, None)
        self._clean.pop(name, None)

    def row(self, *fields: QWidget, stretch: tuple[int, ...] = ()) -> QHBoxLayout:
        """Put widgets side by side."""
        line = QHBoxLayout()
        line.setSpacing(16)
        for index, field in enumerate(fields):
            line.addWidget(field, stretch[index] if index < len(stretch) else 1)
        self.column.addLayout(line)
        return line

    def settle(self) -> None:
        """What stands in the fields now is where the person starts: leaving it loses nothing."""
        self._clean = {name: field.snapshot() for name, field in self.fields.items()}
        self.focus_first()

    @property
    def dirty(self) -> bool:
        """Whether leaving would lose something typed."""
        now = {name: field.snapshot() for name, field in self.fields.items()}
        return now != self._clean

    def focus_first(self) -> None:
        """The cursor stands in the first field."""
        for field in self.fields.values():
            if field.isEnabled() and field.editor.focusPolicy() != Qt.FocusPolicy.NoFocus:
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    # -- saving and leaving ---------------------------------------------------------------------------------------

    def check(self) -> bool:
        """Show what is wrong at each field; whether all is well. The cursor goes to the first error."""
        self.say("")
        wrong = [field for field in self.fields.values() if not field.check()]
        if wrong:
            self._go_to(wrong[0])
        return not wrong

    def submit(self) -> None:
        """Save, if every field is well formed and a save is not under way."""
        self._question.setVisible(False)
        if self.save_button.isEnabled() and self.check():
            self.submitted.emit()

    def leave(self) -> None:
        """Leave; ask first, in the form, when something typed would be lost."""
        if self.dirty and not self._question.isVisible():
            self._question.setVisible(True)
            self._keep.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._question.setVisible(False)
        self.left.emit()

    def show_failure(self, error: BaseException) -> bool:
        """Show what a service said: at its field where it belongs, else above the buttons. False for a bug of ours."""
        if isinstance(error, ValidationFailed):
            self.show_errors(error)
            return True
        if isinstance(error, StaleVersion):
            return False
        if isinstance(error, (UserError, Trouble)):
            field = self.fields.get(getattr(error, "field", "") or "")
            if field is not None:
                field.set_error(error.message)
                self._go_to(field)
            else:
                self.say(" ".join(part for part in (error.message, error.hint) if part))
            return True
        return False

    def show_errors(self, failed: ValidationFailed) -> None:
        """Each error at its field; what has no field above the buttons."""
        elsewhere: list[str] = []
        first: Field | None = None
        for error in failed.errors:
            field = self.fields.get(error.field) or self.fields.get(error.field.rsplit(".", 1)[0])
            if field is None:
                elsewhere.append(error.message)
                continue
            field.set_error(error.message)
            first = first or field
        self.say(" ".join(elsewhere))
        if first is not None:
            self._go_to(first)

    def say(self, text: str) -> None:
        """A sentence above the buttons, or with "" none."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))
        self.notice.setAccessibleName(text)

    def _go_to(self, field: Field) -> None:
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.ensureWidgetVisible(field, 0, 24)

    def _field_changed(self) -> None:
        self._question.setVisible(False)
        self.changed.emit()

    def _make_question(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("kind", "card")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 8, 8, 8)
        words = QLabel(tr("What you typed would be lost."))
        self._keep = QPushButton(tr("Keep typing"))
        self._keep.setProperty("kind", "primary")
        lose = QPushButton(tr("Leave without saving"))
        self._keep.clicked.connect(lambda: (bar.setVisible(False), self.focus_first()))
        lose.clicked.connect(lambda: (bar.setVisible(False), self.left.emit()))
        row.addWidget(words, 1)
        row.addWidget(self._keep)
        row.addWidget(lose)
        bar.setVisible(False)
        return bar
