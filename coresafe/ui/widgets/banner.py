"""A message in the page: what happened, what to do, and under "More" what a helper wants to know."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QCursor,
    QEnterEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from coresafe.ui.messages import Choice, Level, Message
from coresafe.ui.theme import GRID, ICON_LARGE, RADIUS, theme
from coresafe.ui.widgets.buttons import button, icon_button, reword
from coresafe.ui.widgets.labels import label, show_if
from coresafe.ui.words import tr

#: Icon and tone of each level.
LOOKS = {
    Level.INFO: ("info", "info"),
    Level.SUCCESS: ("circle-check", "positive"),
    Level.WARNING: ("triangle-alert", "caution"),
    Level.ERROR: ("octagon-x", "danger"),
    Level.QUESTION: ("circle-help", "info"),
}
#: Milliseconds that a passing message stays: time to read it, and more while the mouse rests on it.
STAYS = 7000
#: Milliseconds for which the mouse must have rested: what is below moves up when a message goes, and a click would miss.
MOUSE_RESTS = 1200


class Banner(QFrame):
    """One message; ``stacked``: its choices stand below the words, for a narrow place.

    Signals: ``closed()`` once, when it was closed, answered or has passed.
    """

    closed = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None, *, stacked: bool = False) -> None:
        super().__init__(parent)
        self.message = message
        icon, self._tone = LOOKS[message.level]
        self._over = self._announced = False
        self._before: QWidget | None = None
        self.choices: list[QPushButton] = []
        self.setAccessibleName(f"{message.text} {message.hint}".strip())
        picture = QLabel()
        picture.setFixedSize(ICON_LARGE, ICON_LARGE)
        theme().dress(picture, icon, self._tone, ICON_LARGE)
        self._details = self._more_panel()

        words = QVBoxLayout()
        words.setSpacing(2)
        words.setContentsMargins(0, 6, 0, 6)
        words.addWidget(label(message.text, "strong", wrap=True))
        if message.hint:
            words.addWidget(label(message.hint, wrap=True))
        words.addWidget(self._details)

        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, 4, GRID, 4)
        row.setSpacing(GRID)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addSpacing(4)
        row.setAlignment(picture, Qt.AlignmentFlag.AlignTop)
        picture.setContentsMargins(0, 0, 0, 0)
        picture.setFixedHeight(32)
        row.addLayout(words, 1)
        beside = row
        if stacked and message.choices:
            beside = QHBoxLayout()
            beside.setSpacing(GRID)
            words.addSpacing(4)
            words.addLayout(beside)
        for choice in message.choices:
            beside.addWidget(self._choice(choice), 0, Qt.AlignmentFlag.AlignTop)
        if beside is not row:
            beside.addStretch(1)
        self.more = button(tr("More"), self._toggle, kind="quiet")
        show_if(self.more, bool(message.details))
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)
        self.close_button = icon_button("x", tr("Close this message"), self.dismiss)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

        self._passing = QTimer(self, interval=STAYS, singleShot=True)
        self._passing.timeout.connect(self._pass)
        self._mouse_was: QPoint | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_changed)
        if not message.lasting:
            self._passing.start()

    def dismiss(self) -> None:
        """It goes; a keyboard that was in it is again where it was before."""
        if not self._over:
            self._over = True
            self._passing.stop()
            had = self._holds(QApplication.focusWidget())
            before = self._before
            self.hide()
            if had and before is not None and isValid(before) and before.isVisible() and before.isEnabled():
                before.setFocus(Qt.FocusReason.OtherFocusReason)
            self.closed.emit()

    def _holds(self, widget: QWidget | None) -> bool:
        return widget is not None and (widget is self or self.isAncestorOf(widget))

    def _focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        if self._holds(now) and old is not None and not self._holds(old):
            self._before = old

    def _pass(self) -> None:
        """Its time is over: it goes once the mouse rests."""
        mouse = QCursor.pos()
        if mouse == self._mouse_was:
            self.dismiss()
            return
        self._mouse_was = mouse
        self._passing.start(MOUSE_RESTS)

    def take_focus(self) -> None:
        """Put the keyboard on its first choice."""
        (self.choices[0] if self.choices else self.close_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def copy(self) -> None:
        """Everything it says, to the clipboard."""
        QGuiApplication.clipboard().setText(self.message.copied)

    def _choice(self, choice: Choice) -> QPushButton:
        def chosen() -> None:
            self.dismiss()
            choice.do()

        made = button(choice.text, chosen, kind="primary" if choice.primary else "")
        self.choices.append(made)
        return made

    def _more_panel(self) -> QWidget:
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        words = label(self.message.details, "small", wrap=True)
        words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(words)
        self.copy_button = button(tr("Copy the details"), self.copy, icon="copy")
        column.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        panel.hide()
        return panel

    def _toggle(self) -> None:
        shown = self._details.isHidden()
        self._details.setVisible(shown)
        reword(self.more, tr("Less") if shown else tr("More"))
        self._passing.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """A screen reader says it once, when it can be read; what went wrong at once, the rest when it has finished."""
        super().showEvent(event)
        if self._announced:
            return
        self._announced = True
        said = QAccessibleAnnouncementEvent(self, self.accessibleName())
        if self.message.level in (Level.ERROR, Level.WARNING, Level.QUESTION):
            said.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(said)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._passing.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.message.lasting and not self._over and self._details.isHidden():
            self._passing.start(STAYS)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(QColor(look.colour(self._tone)))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.setBrush(QColor(look.colour(f"{self._tone}_fill")))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
        painter.end()
