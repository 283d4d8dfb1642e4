"""Fields of a form: a label above, the editor, and below it what is wrong, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDateTime, QEvent, QObject, QSize, Qt, QTimeZone, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from coresafe.ui.words import number, tr

#: Longest text a line takes before the service would refuse it anyway; pasting a book must not stall the window.
_LINE = 5000
MAX_QUANTITY = 1_000_000


class Field(QWidget):
    """A label, an editor and the error below it.

    Signals: ``changed()`` whenever the person changed the value. ``problem()`` says what is wrong with what is typed, before any
    service is asked; ``set_error`` shows what a service said. Both stand below the editor and in its accessible description.
    """

    changed = Signal()

    def __init__(self, label: str, editor: QWidget, *, required: bool = False, hint: str = "") -> None:
        super().__init__()
        self.label_text = label
        self.editor = editor
        self.required = required
        self._hint = hint
        self._error = ""
        self.label = QLabel(label if required or not label else tr("{label} (optional)", label=label))
        self.label.setProperty("kind", "label")
        self.label.setBuddy(editor)
        self.below = QLabel(hint)
        self.below.setProperty("kind", "small")
        self.below.setWordWrap(True)
        self.below.setVisible(bool(hint))
        editor.setAccessibleName(label)
        editor.setAccessibleDescription(hint)
        self.setFocusProxy(editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addWidget(editor)
        column.addWidget(self.below)
        column.addStretch(1)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def value(self) -> Any:
        """What is typed, as the service takes it; None when it is empty."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Fill it in without telling ``changed``."""
        raise NotImplementedError

    def problem(self) -> str:
        """What is wrong with what is typed, or ""."""
        if self.required and self.value() is None:
            return tr("{label} is missing.", label=self.label_text)
        return ""

    def snapshot(self) -> object:
        """What is typed, to tell whether something would be lost."""
        return self.value()

    @property
    def error(self) -> str:
        """The error that stands at the field, or ""."""
        return self._error

    def set_error(self, text: str) -> None:
        """Show what is wrong, or with "" that nothing is."""
        if text == self._error:
            return
        self._error = text
        self.below.setProperty("kind", "error" if text else "small")
        self.below.setText(text or self._hint)
        self.below.setVisible(bool(text or self._hint))
        self.editor.setProperty("wrong", bool(text))
        self.editor.setAccessibleDescription(text or self._hint)
        for widget in (self.below, self.editor):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def set_hint(self, text: str) -> None:
        """Words below the editor that are no error."""
        self._hint = text
        if not self._error:
            self.below.setText(text)
            self.below.setVisible(bool(text))
            self.editor.setAccessibleDescription(text)

    def check(self) -> bool:
        """Show ``problem()`` if there is one; whether all is well."""
        self.set_error(self.problem())
        return not self._error

    def _edited(self) -> None:
        self.set_error("")
        self.changed.emit()


class TextField(Field):
    """One line of text."""

    def __init__(self, label: str, *, required: bool = False, hint: str = "", placeholder: str = "") -> None:
        self.line = QLineEdit()
        self.line.setMaxLength(_LINE)
        self.line.setPlaceholderText(placeholder)
        super().__init__(label, self.line, required=required, hint=hint)
        self.line.textEdited.connect(lambda _text: self._edited())

    def value(self) -> str | None:
        """The text without outer blanks, or None."""
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))

    def snapshot(self) -> object:
        return self.line.text()


class PasswordField(TextField):
    """A password, with blanks kept, and a warning while caps lock seems on."""

    def __init__(self, label: str, *, hint: str = "") -> None:
        super().__init__(label, required=True, hint=hint)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.installEventFilter(self)

    def value(self) -> str | None:
        return self.line.text() or None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Tell caps lock from what a key gives: no system tells it the same way."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            if len(text) == 1 and text.isalpha():
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.set_hint(tr("Caps lock seems to be on.") if text.isupper() != shift else "")
        return super().eventFilter(watched, event)


class _Notes(QPlainTextEdit):
    """Tab leaves it, as it leaves every other field."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, 72)


class NotesField(Field):
    """Text of several lines."""

    def __init__(self, label: str, *, required: bool = False, hint: str = "") -> None:
        self.text = _Notes()
        self.text.setFixedHeight(72)
        super().__init__(label, self.text, required=required, hint=hint)
        self.text.textChanged.connect(self._typed)
        self._filling = False

    def _typed(self) -> None:
        if not self._filling:
            self._edited()

    def value(self) -> str | None:
        """The text, or None when it is blank."""
        return self.text.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        self._filling = True
        self.text.setPlainText("" if value is None else str(value))
        self._filling = False

    def snapshot(self) -> object:
        return self.text.toPlainText()


class QuantityField(Field):
    """Whole trays. What is typed stays as it is typed; what is wrong with it is said."""

    def __init__(
        self, label: str, *, required: bool = False, least: int = 1, most: int = MAX_QUANTITY, hint: str = ""
    ) -> None:
        self.line = QLineEdit()
        self.line.setMaxLength(60)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.least = least
        self.most = most
        super().__init__(label, self.line, required=required, hint=hint)
        self.line.textEdited.connect(lambda _text: self._edited())

    def value(self) -> int | None:
        """The number, or None when nothing, or no whole number, is typed."""
        text = self._plain()
        return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) <= 40 else None

    def set_value(self, value: Any) -> None:
        self.line.setText("" if value is None else str(value))

    def problem(self) -> str:
        if not self._plain():
            return tr("{label} is missing.", label=self.label_text) if self.required else ""
        value = self.value()
        if value is None:
            return tr("{label} must be a whole number.", label=self.label_text)
        if not self.least <= value <= self.most:
            return tr(
                "{label} must be from {least} to {most}.",
                label=self.label_text,
                least=number(self.least),
                most=number(self.most),
            )
        return ""

    def snapshot(self) -> object:
        return self.line.text()

    def _plain(self) -> str:
        text = self.line.text().strip()
        for blank in (" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"):
            text = text.replace(blank, "")
        return text


class MomentField(Field):
    """A date and time in the time zone of the shed, which is said below."""

    def __init__(self, label: str, *, zone: str = "", required: bool = True, hint: str = "") -> None:
        self.edit = QDateTimeEdit()
        self.edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.edit.setCalendarPopup(True)
        super().__init__(label, self.edit, required=required, hint=hint)
        self._zone: ZoneInfo | None = None
        self._touched = False
        self.set_zone(zone)
        self.edit.dateTimeChanged.connect(self._typed)

    def set_zone(self, zone: str) -> None:
        """Show moments in this time zone (IANA name); "" is the machine's."""
        self._zone = ZoneInfo(zone) if zone else None
        shown = QTimeZone(zone.encode()) if zone else QTimeZone.systemTimeZone()
        self.edit.setTimeZone(shown)

    def _typed(self) -> None:
        self._touched = True
        self._edited()

    @property
    def touched(self) -> bool:
        """Whether the person set it."""
        return self._touched

    def value(self) -> datetime | None:
        """The moment, aware, in UTC."""
        seconds = self.edit.dateTime().toSecsSinceEpoch()
        return datetime.fromtimestamp(seconds, UTC)

    def set_value(self, value: Any) -> None:
        self.edit.blockSignals(True)
        if isinstance(value, datetime):
            shown = QDateTime.fromSecsSinceEpoch(int(value.timestamp()), self.edit.timeZone())
            self.edit.setDateTime(shown)
        self.edit.blockSignals(False)
        self._touched = False

    def snapshot(self) -> object:
        return self.edit.dateTime().toSecsSinceEpoch() if self._touched else None


class PickField(Field):
    """One of a few things, in a list that opens."""

    def __init__(
        self, label: str, options: Sequence[tuple[Any, str]] = (), *, required: bool = True, hint: str = ""
    ) -> None:
        self.box = QComboBox()
        super().__init__(label, self.box, required=required, hint=hint)
        self.set_options(options)
        self.box.activated.connect(lambda _index: self._edited())

    def set_options(self, options: Sequence[tuple[Any, str]]) -> None:
        """Offer these (value, words), keeping what is chosen if it is still there."""
        chosen = self.value()
        self.box.blockSignals(True)
        self.box.clear()
        for value, words in options:
            self.box.addItem(words, value)
        self.set_value(chosen)
        self.box.blockSignals(False)

    def value(self) -> Any:
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        index = next((i for i in range(self.box.count()) if self.box.itemData(i) == value), None)
        if index is not None:
            self.box.setCurrentIndex(index)


class FlagField(Field):
    """Yes or no; the words stand beside the box."""

    def __init__(self, label: str, *, hint: str = "") -> None:
        self.box = QCheckBox(label)
        super().__init__(label, self.box, required=True, hint=hint)
        self.label.setVisible(False)
        self.box.toggled.connect(lambda _on: self._edited())

    def value(self) -> bool:
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)
