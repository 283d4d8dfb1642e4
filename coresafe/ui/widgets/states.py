"""What stands where rows would be: nothing yet (and what to do next), loading, or why not (and Try again)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.ui.theme import GRID, ICON_EMPTY, theme
from coresafe.ui.widgets.buttons import button
from coresafe.ui.widgets.labels import label, show_if
from coresafe.ui.widgets.spinner import SHOW_PROGRESS, Spinner
from coresafe.ui.words import tr


class EmptyState(QWidget):
    """An icon, a sentence, what to do next, and buttons to do it. Centred in the place it is given."""

    def __init__(
        self,
        text: str = "",
        hint: str = "",
        *,
        icon: str = "inbox",
        tone: str = "muted",
        button_text: str = "",
        do: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._widest = 48 * GRID
        self._text = label(text, "section", wrap=True)
        self._hint = label(hint, "muted", wrap=True)
        for words in (self._text, self._hint):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons.setSpacing(GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addStretch(2)
        for part in (self._picture, self._text, self._hint):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(GRID)
        column.addLayout(self._buttons)
        column.addStretch(3)
        self.set_icon(icon, tone)
        self.say(text, hint)
        if button_text and do is not None:
            self.offer(button_text, do)

    def set_icon(self, icon: str, tone: str = "muted") -> None:
        """Another picture."""
        theme().dress(self._picture, icon, tone, ICON_EMPTY)

    def say(self, text: str, hint: str = "") -> None:
        """Other words."""
        self._text.setText(text)
        self._hint.setText(hint)
        show_if(self._hint, bool(hint))
        self.setAccessibleName(f"{text} {hint}".strip())
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(16 * GRID, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As wide as one likes to read, where there is room. A label that stands aligned is given one line's height."""
        width = min(self._widest, max(12 * GRID, self.width() - 4 * GRID))
        for words in (self._text, self._hint):
            words.setFixedWidth(width)
            words.setMinimumHeight(max(0, words.heightForWidth(width)))

    def tell(self, error: BaseException, *, stopped: str, broken: str) -> None:
        """Why there is nothing to see: ``stopped`` where somebody stopped it, ``broken`` where it is a mistake of ours."""
        if isinstance(error, Cancelled):
            self.say(stopped, tr("Nothing was changed."))
        elif isinstance(error, CoreSafeError):
            self.say(error.message, error.hint)
        else:
            self.say(broken)

    def offer(self, text: str, do: Callable[[], object], *, kind: str = "", icon: str = "") -> QPushButton:
        """One more button."""
        made = button(text, do, kind=kind, icon=icon)
        self._buttons.addWidget(made)
        return made


class LoadingState(QWidget):
    """A spinner and a word after 0.3 s; after 2 s a Cancel, where ``stop`` says what that does."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, stop: Callable[[], object] | None = None
    ) -> None:
        super().__init__(parent)
        self.spinner = Spinner(self, 32)
        self.cancel_button = button(tr("Cancel"), stop)
        self.cancel_button.hide()
        self._long = QTimer(self, interval=SHOW_PROGRESS, singleShot=True)
        self._long.timeout.connect(self._takes_long)
        self._can_stop = stop is not None
        self._words = label(text or tr("Loading…"), "muted")
        self._words.hide()
        self.spinner.appeared.connect(self._words.show)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addStretch(2)
        column.addWidget(self.spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def start(self) -> None:
        """Loading has begun, or goes on."""
        self.spinner.start()
        if self._can_stop and not self._long.isActive() and self.cancel_button.isHidden():
            self._long.start()

    def stop(self) -> None:
        """Loading is over."""
        self.spinner.stop()
        self._words.hide()
        self._long.stop()
        self.cancel_button.hide()

    def _takes_long(self) -> None:
        self.cancel_button.show()
