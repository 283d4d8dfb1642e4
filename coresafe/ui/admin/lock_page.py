"""What stands in the window while it is locked: who is signed in, and a place for his password."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from coresafe.services.context import Actor
from coresafe.ui.forms import PasswordField
from coresafe.ui.messages import Choice, Level, Message
from coresafe.ui.theme import GRID, ICON_EMPTY, theme
from coresafe.ui.widgets import Banner, Spinner, button, label
from coresafe.ui.words import role_word, tr


class LockPage(QWidget):
    """Asks for the password of whoever is signed in, and shows nothing else.

    Signals: ``unlock(str)`` with the password as typed; ``somebody_else()``.
    """

    unlock = Signal(str)
    somebody_else = Signal()

    def __init__(self, actor: Actor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.banner: Banner | None = None
        mark = QLabel()
        theme().dress(mark, "lock", "accent", ICON_EMPTY)
        title = label(tr("The window is locked"), "title")
        name = actor.full_name or actor.username
        who = name if name == actor.username else tr("{name} ({username})", name=name, username=actor.username)
        self.who = label(tr("{who}, {role}, is signed in.", who=who, role=role_word(actor.role)), "muted", wrap=True)
        self.kept = label(tr("What was typed is kept as it was."), "muted", wrap=True)
        self.password = PasswordField("password", tr("Password"))
        self.button = button(tr("Unlock"), self._go, kind="primary", icon="lock-open")
        self.other = button(tr("Sign in as somebody else"), self.somebody_else.emit, kind="quiet")
        self.spinner = Spinner()
        self._said = QVBoxLayout()
        self._card(mark, title)
        self.password.edit.returnPressed.connect(self.button.click)

    def _card(self, mark: QLabel, title: QLabel) -> None:
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(56 * GRID)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        for part in (title, self.who, self.kept):
            words.addWidget(part)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.button)
        foot.addWidget(self.spinner)
        foot.addStretch(1)
        foot.addWidget(self.other)
        column = QVBoxLayout(card)
        column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(mark)
        column.addLayout(words)
        column.addWidget(self.password)
        column.addLayout(self._said)
        column.addLayout(foot)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(card)
        centred.addStretch(1)
        outer.addLayout(centred)
        outer.addStretch(3)

    def begin(self, *, holds_typing: bool) -> None:
        """The window has just been locked; ``holds_typing``: something typed is under it."""
        self.kept.setVisible(holds_typing)
        self.password.set_value(None)
        self.password.clear_error()
        self.quiet()
        self.working(False)
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def working(self, on: bool) -> None:
        """While the password is checked, which takes a moment by design."""
        self.button.setEnabled(not on)
        self.other.setEnabled(not on)
        self.password.edit.setReadOnly(on)
        if on:
            self.spinner.start()
        else:
            self.spinner.stop()

    def refused(self, message: str) -> None:
        """A wrong password is told at the field, and asked for anew."""
        self.working(False)
        self.password.set_value(None)
        self.password.show_error(message)
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def failed(self, text: str, hint: str = "") -> None:
        """It could not be checked; what was typed stays."""
        self.working(False)
        self._show(Message(level=Level.WARNING, text=text, hint=hint))
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask(self, question: str, hint: str, *choices: Choice) -> None:
        """A question, or with no choices a word about why not, above the buttons."""
        self.password.clear_error()
        level = Level.QUESTION if choices else Level.WARNING
        self._show(Message(level=level, text=question, hint=hint, choices=choices))
        if choices and self.banner is not None:
            self.banner.take_focus()

    def quiet(self) -> None:
        """Take away what was said."""
        if self.banner is not None:
            banner, self.banner = self.banner, None
            banner.dismiss()
            self._said.removeWidget(banner)
            banner.deleteLater()

    def _show(self, message: Message) -> None:
        self.quiet()
        self.banner = Banner(message, self, stacked=True)
        self._said.addWidget(self.banner)
        self.banner.show()

    def _go(self) -> None:
        if not self.button.isEnabled():
            return
        self.quiet()
        self.password.clear_error()
        if self.password.check():
            self.password.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.working(True)
        self.unlock.emit(self.password.value() or "")
