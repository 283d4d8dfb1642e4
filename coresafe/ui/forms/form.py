"""A form: fields, what is wrong with them at their place, saving once, and leaving without losing what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from coresafe.errors import (
    Cancelled,
    Conflict,
    CoreSafeError,
    DatabaseUnavailable,
    Duplicate,
    Trouble,
    UserError,
    ValidationFailed,
)
from coresafe.ui.forms.field import Field
from coresafe.ui.forms.row import FieldRow
from coresafe.ui.messages import Choice, Level, Message, described
from coresafe.ui.tasks import TaskRunner, Work
from coresafe.ui.theme import GRID
from coresafe.ui.widgets.aged import AgeLine
from coresafe.ui.widgets.banner import Banner
from coresafe.ui.widgets.buttons import ActionButton, button
from coresafe.ui.widgets.labels import label, show_if
from coresafe.ui.widgets.reading import as_read
from coresafe.ui.widgets.spinner import TaskStrip
from coresafe.ui.words import tr, trn

_KEYPAD = Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class _Unreached:
    """A save that did not reach the database: what tries it again, whether it may have happened, what stood there."""

    again: Callable[[], object]
    in_doubt: bool
    typed: dict[str, Any]


class Form(QWidget):
    """Base of all forms. A subclass adds its fields and says in ``work`` what saving does.

    Signals: ``saved(result)`` what ``work`` returned; ``left()`` the person has left the form (and nothing typed is lost
    against his will); ``dirty_changed(bool)``.
    """

    saved = Signal(object)
    left = Signal()
    dirty_changed = Signal(bool)

    #: What a save changes, for the tables (``TaskRunner.changed``).
    changes: Sequence[str] = ()

    def __init__(self, runner: TaskRunner, title: str = "", *, save: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.title = title
        self.fields: dict[str, Field] = {}
        self._was_dirty = False
        self._saving = False
        self._banner: Banner | None = None
        self._unreached: _Unreached | None = None
        self._doubted = False
        self._tried: dict[str, Any] = {}
        self.save_action = QAction(save or tr("Save"), self)
        self.save_action.setShortcut(QKeySequence("Ctrl+Return"))
        self.save_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.save_action.setToolTip(tr("{action} (Ctrl+Enter)", action=save or tr("Save")))
        self.save_action.triggered.connect(self.save)
        self.addAction(self.save_action)
        enter = QAction(self)  # the Enter of the number pad
        enter.setShortcut(QKeySequence("Ctrl+Enter"))
        enter.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        enter.triggered.connect(self.save_action.trigger)
        self.addAction(enter)
        self._lay_out()

    def _lay_out(self) -> None:
        self._head = label(self.title, "title", wrap=True)
        show_if(self._head, bool(self.title))
        self._messages = QVBoxLayout()
        self._messages.setSpacing(GRID)
        self.body = QVBoxLayout()
        self.body.setSpacing(2 * GRID)
        inner = QWidget()
        inner.setProperty("kind", "plain")
        inside = QVBoxLayout(inner)
        # Room for the rings of focus; the bar of the scroll area stands beside, not over the fields.
        inside.setContentsMargins(2, 2, GRID, 2)
        inside.addLayout(self.body)
        inside.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        self.save_button = ActionButton(self.save_action, "primary", "check")
        self.leave_button = button(tr("Cancel"), self.leave)
        self.leave_button.setToolTip(tr("Leave the form (Esc)"))
        self.strip = TaskStrip(self._runner)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.save_button)
        foot.addWidget(self.leave_button)
        foot.addWidget(self.strip)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        self._age = AgeLine()
        column.addWidget(self._head)
        column.addWidget(self._age)
        column.addLayout(self._messages)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)

    # -- fields ---------------------------------------------------------------------------------------------------

    def add(self, *fields: Field, stretch: Sequence[int] = ()) -> None:
        """Add fields, side by side, in the order of reading; Tab goes the same way."""
        row = FieldRow()
        for at, field in enumerate(fields):
            self.register(field)
            row.add(field, stretch[at] if at < len(stretch) else 1)
        self.body.addWidget(row)

    def add_widget(self, widget: QWidget) -> None:
        """Something between the fields: a heading, live sums, a table of lines."""
        self.body.addWidget(widget)

    def register(self, field: Field) -> None:
        """Take a field in that stands somewhere of its own (in a table of lines); ``forget`` takes it out again."""
        if field.name in self.fields:
            raise ValueError(f"the form has a field {field.name!r} already")
        self.fields[field.name] = field
        field.changed.connect(self._field_changed)
        field.entered.connect(self._go_on)

    def forget(self, field: Field) -> None:
        """A line is taken away."""
        if self.fields.pop(field.name, None) is not None:
            field.changed.disconnect(self._field_changed)
            field.entered.disconnect(self._go_on)
            self._field_changed()

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def values(self) -> dict[str, Any]:
        """What every field holds, by name."""
        return {name: field.value() for name, field in self.fields.items()}

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill the fields in; what stands there then is the beginning, and the form is clean."""
        for name, value in values.items():
            self.fields[name].set_value(value)
        self.settle()

    def settle(self) -> None:
        """What stands there now is the beginning."""
        for field in self.fields.values():
            field.settle()
            field.clear_error()
        self._field_changed()

    @property
    def dirty(self) -> bool:
        """Whether anything was typed that would be lost."""
        return any(field.dirty for field in self.fields.values())

    def _field_changed(self) -> None:
        if self.dirty != self._was_dirty:
            self._was_dirty = not self._was_dirty
            self.dirty_changed.emit(self._was_dirty)

    # -- checking -------------------------------------------------------------------------------------------------

    def check(self) -> bool:
        """Judge every field; the keyboard goes to the first that is wrong."""
        wrong = [field for field in self.fields.values() if field.check()]
        more = self.check_together()
        if wrong:
            self._bring(_topmost(wrong))
            self.say(
                Level.ERROR,
                trn("One field needs your attention.", "{count} fields need your attention.", len(wrong)),
                tr("Nothing was saved."),
            )
        elif more:
            self.say(Level.ERROR, more, tr("Nothing was saved."))
        return not wrong and not more

    def _bring(self, field: Field) -> None:
        """Put the keyboard on a field and its error in sight, also once the message at the head has taken its room."""
        field.setFocus(Qt.FocusReason.OtherFocusReason)

        def show() -> None:
            self._scroll.ensureWidgetVisible(field, 0, 3 * GRID)

        show()
        QTimer.singleShot(0, field, show)

    def check_together(self) -> str:
        """A rule between fields: the error, or ""."""
        return ""

    # -- saving ---------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """What saving does, as a function for the task runner.

        Called on the window's thread with every field judged right: it reads the fields, the function it returns runs
        elsewhere. An operation id made here is kept when the save is tried again.
        """
        raise NotImplementedError

    def save(self) -> None:
        """Judge, then save once; the form stays as it is until the answer is there."""
        if self._saving:
            return
        missed = self._unreached
        doubted = missed is not None and missed.in_doubt
        if missed is not None and doubted and missed.typed != self._typed():
            self._find_out(missed)  # what stands there now would be a second save
            return
        self.quiet()
        if not self.check():
            return
        self._perform(self.work(), doubted=doubted)

    def _perform(self, work: Work, *, doubted: bool = False, tried: dict[str, Any] | None = None) -> None:
        """``doubted``: an earlier try of the same may have been done; ``tried``: what stood in the fields then."""
        self._saving, self._doubted = True, doubted
        self._tried = typed = self._typed() if tried is None else tried
        self._unreached = None
        self.save_action.setEnabled(False)
        self.quiet()

        def done(result: Any) -> None:
            self._ended()
            self.settle()
            self.saved.emit(result)

        def failed(error: BaseException) -> bool:
            self._ended()
            if isinstance(error, DatabaseUnavailable):
                error.in_doubt = error.in_doubt or doubted
                self._doubted = error.in_doubt
            still = self._doubted
            return self.show_failure(error, lambda: self._perform(work, doubted=still, tried=typed))

        task = self._runner.run(
            work, owner=self, done=done, failed=failed, changes=self.changes, title=self.title or tr("Save")
        )
        if task.token.cancelled:
            self._ended()

    def _ended(self) -> None:
        self._saving = False
        self.save_action.setEnabled(True)

    @property
    def saving(self) -> bool:
        """A save is under way."""
        return self._saving

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """Say at its place what went wrong. False: it is no matter of this form (a mistake of ours)."""
        if isinstance(error, Cancelled):
            return True
        if not isinstance(error, (UserError, Trouble)):
            return False
        left_over = self._tell_fields(error)
        if isinstance(error, ValidationFailed) and not left_over:
            self.say(
                Level.ERROR, tr("This cannot be saved as it stands."), tr("Nothing was saved. See the fields below.")
            )
            return True
        message = described(error, self.title, again if isinstance(error, Trouble) else None, self)
        hint = message.hint or ("" if isinstance(error, Trouble) else tr("Nothing was saved."))
        text = " ".join(left_over) if isinstance(error, ValidationFailed) else message.text
        if isinstance(error, DatabaseUnavailable) and again is not None:
            self._unreached = _Unreached(again, self._doubted, self._tried)
        self._show(
            Message(
                level=message.level, text=text, hint=hint, details=message.details, choices=message.choices, owner=self
            )
        )
        return True

    def set_as_of(self, as_of: str) -> None:
        """The figures beside the fields cannot be read again: they are dated, until "" says that they are up to date."""
        self._age.say(as_of)

    def database_is(self, online: bool) -> None:
        """The database went away or is back: what was said of it no longer holds then.

        A save in doubt is asked again, under its operation id, unless something else was typed since; one that did not
        happen waits for the person to say so again.
        """
        missed = self._unreached if online and not self._saving else None
        if missed is None:
            return
        if not missed.in_doubt:
            self._unreached = None
            self.say(
                Level.INFO, tr("The database is back. What you typed is not saved yet."), "",
                [Choice(tr("Save now"), self.save, primary=True)],
            )  # fmt: skip
        elif missed.typed == self._typed():
            missed.again()
        else:
            self._find_out(missed)

    def _find_out(self, missed: _Unreached) -> None:
        self.say(
            Level.WARNING,
            tr("Whether your first save went through is not known yet."),
            tr("Find out first: it will not be done twice. What you typed since is not part of it."),
            [Choice(tr("Find out"), missed.again, primary=True)],
        )

    def _typed(self) -> dict[str, Any]:
        return {name: field.typed() for name, field in self.fields.items()}

    def _tell_fields(self, error: CoreSafeError) -> list[str]:
        """Give each error to its field; returns those that belong to none."""
        if isinstance(error, ValidationFailed):
            told = [(item.field, item.message) for item in error.errors]
        elif isinstance(error, Duplicate) and error.field:
            told = [(error.field, error.message)]
        elif isinstance(error, Conflict):
            told = self.conflict_fields(error)
        else:
            told = []
        left_over: list[str] = []
        wrong: list[Field] = []
        for name, message in told:
            field = self.fields.get(name) or self.fields.get(re.sub(r"\[(\d+)\]", r".\1", name))
            if field is None:
                left_over.append(message)
            else:
                field.show_error(message)
                wrong.append(field)
        if wrong:
            self._bring(_topmost(wrong))
        return left_over

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """Fields that a conflict belongs to: (field, message). For what is short, the quantity of its size."""
        return []

    # -- saying ---------------------------------------------------------------------------------------------------

    def say(self, level: Level, text: str, hint: str = "", choices: Sequence[Choice] = ()) -> None:
        """A message at the head of the form, in place of the one before."""
        self._show(Message(level=level, text=text, hint=hint, choices=tuple(choices), owner=self))

    def quiet(self) -> None:
        """Take the message away."""
        if self._banner is not None:
            banner, self._banner = self._banner, None
            banner.dismiss()
            self._messages.removeWidget(banner)
            banner.deleteLater()

    def _show(self, message: Message) -> None:
        self.quiet()
        self._banner = Banner(message, self, stacked=True)
        self._messages.addWidget(self._banner)
        self._banner.show()

    @property
    def banner(self) -> Banner | None:
        """The message that stands at the head."""
        return self._banner if self._banner is not None and not self._banner.isHidden() else None

    # -- leaving --------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Leave; asks first, in the form, if something typed would be lost. Not while a save is under way."""
        if self._saving:
            return
        if not self.dirty:
            self._go()
            return
        self.say(
            Level.QUESTION,
            tr("Leave without saving?"),
            tr("What you have typed would be lost."),
            [Choice(tr("Keep editing"), self._stay, primary=True), Choice(tr("Leave"), self._go)],
        )
        if self._banner is not None:
            self._banner.take_focus()

    def _go(self) -> None:
        self.quiet()
        self._unreached = None
        self.left.emit()

    def _stay(self) -> None:
        there = QApplication.focusWidget()
        if there is None or not self.isAncestorOf(there):  # else it is where it was before the question
            self.focus_first()

    def focus_first(self) -> None:
        """Put the keyboard on the first field that is wrong or empty, or else on the first."""
        fields = [field for field in self.fields.values() if field.isEnabled()]
        wrong, empty = [f for f in fields if f.error], [f for f in fields if f.required and f.empty]
        if fields:
            _topmost(wrong or empty or fields[:1]).setFocus(Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            asking = self.banner
            if asking is not None and asking.message.level is Level.QUESTION:
                asking.dismiss()
                self._stay()
            else:
                self.leave()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD:
            there = QApplication.focusWidget()
            field = next((f for f in self.fields.values() if there is not None and f.isAncestorOf(there)), None)
            if field is not None and field.enter():
                self._go_on()
            return
        super().keyPressEvent(event)

    def _go_on(self) -> None:
        """Enter goes on to the next field that has to be filled in, and at last to the button that saves."""
        controls = {field.control: field for field in self.fields.values()}
        parts = list(as_read(self))
        here = QApplication.focusWidget()
        at = parts.index(here) + 1 if here in parts else 0
        for widget in (*parts[at:], *parts[:at]):
            field = controls.get(widget)
            if field is not None and field.required and field.empty and field.isEnabled():
                field.setFocus(Qt.FocusReason.TabFocusReason)
                return
        self.save_button.setFocus(Qt.FocusReason.TabFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None:
            self.focus_first()


def narrow(widget: QWidget, width: int) -> QWidget:
    """Keep a field from growing wider than its words need."""
    widget.setMaximumWidth(width)
    widget.setSizePolicy(QSizePolicy.Policy.Preferred, widget.sizePolicy().verticalPolicy())
    return widget


def _topmost(fields: Sequence[Field]) -> Field:
    """The first as one reads: lines that were taken away and added stand last among the fields, but not in the form."""

    def place(field: Field) -> tuple[int, int]:
        at = field.mapTo(field.window(), QPoint(0, 0))
        return at.y(), at.x()

    return min(fields, key=place)
