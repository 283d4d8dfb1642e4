"""Two people changed the same record: what differs, field by field, yours beside theirs, and which one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from coresafe.ui.forms.choices import CheckField, ChoiceField, SelectField
from coresafe.ui.forms.field import Field
from coresafe.ui.forms.measures import plain_number
from coresafe.ui.forms.moments import DateTimeField
from coresafe.ui.forms.suggestions import Choice
from coresafe.ui.theme import GRID
from coresafe.ui.widgets.buttons import button
from coresafe.ui.widgets.labels import label, line
from coresafe.ui.words import tr


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two people differ. ``theirs`` as the field is filled with it; who changed it since it was opened."""

    field: Field
    theirs: Any
    by_you: bool
    by_them: bool


class Comparison(QFrame):
    """Chosen with the arrow keys or the mouse; Tab goes from field to field. The fields of the form follow at once.

    What was typed is kept as "yours", whatever is chosen; typing on in the field changes it. At the beginning theirs
    counts in what only they changed, yours in the rest.
    """

    def __init__(self, differences: Sequence[Difference], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("What differs"))
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(label(tr("What differs"), "section"))
        head.addStretch(1)
        self.all_yours = button(tr("All yours"), lambda: self._all(True), kind="quiet")
        self.all_theirs = button(tr("All theirs"), lambda: self._all(False), kind="quiet")
        head.addWidget(self.all_yours)
        head.addWidget(self.all_theirs)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        column.setSpacing(4)
        column.addLayout(head)
        self.rows: dict[str, ComparedField] = {}
        for difference in differences:
            column.addWidget(line())
            row = ComparedField(difference)
            self.rows[difference.field.name] = row
            column.addWidget(row)

    def take_focus(self) -> None:
        """Put the keyboard on the first choice."""
        first = next(iter(self.rows.values()), None)
        if first is not None:
            chosen = first.yours if first.yours.isChecked() else first.theirs
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _all(self, yours: bool) -> None:
        for row in self.rows.values():
            (row.yours if yours else row.theirs).setChecked(True)


class ComparedField(QWidget):
    """One field: its name, who changed it, and the two sides to choose from."""

    def __init__(self, difference: Difference) -> None:
        super().__init__()
        self._field = difference.field
        self._theirs_value = difference.theirs
        self._yours_value = held(self._field)
        self._putting = False
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(label(self._field.title, "label"))
        head.addWidget(label(_who(difference), "small"))
        head.addStretch(1)
        self.yours = _Side(tr("Yours"), self._field.title)
        self.theirs = _Side(tr("Theirs"), self._field.title)
        self._group = QButtonGroup(self)
        sides = self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for side in (self.yours, self.theirs):
            side.stepped.connect(self._step)
            self._group.addButton(side)
            sides.addWidget(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(sides)
        self.yours.say(words_of(self._field, self._yours_value))
        self.theirs.say(words_of(self._field, self._theirs_value))
        (self.yours if difference.by_you else self.theirs).setChecked(True)
        self._stop_at_the_chosen()
        self.yours.toggled.connect(self._choose)
        self._field.changed.connect(self._typed)
        self._choose(self.yours.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side, or one below the other where one of them would be cut: the end may be all that differs."""
        needed = 2 * max(self.yours.needed, self.theirs.needed) + 2 * GRID
        upright = needed > self.width()
        self._sides.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(0 if upright else 2 * GRID)

    def _stop_at_the_chosen(self) -> None:
        """Tab stops once at a field; the arrows go on to the other side."""
        for side in (self.yours, self.theirs):
            side.setFocusPolicy(Qt.FocusPolicy.StrongFocus if side.isChecked() else Qt.FocusPolicy.ClickFocus)

    def _step(self, on: bool) -> None:
        """An arrow key: to theirs, or back to yours, whether they stand side by side or one below the other."""
        side = self.theirs if on else self.yours
        side.setChecked(True)
        side.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, yours: bool) -> None:
        self._stop_at_the_chosen()
        self._putting = True
        try:
            self._field.set_value(self._yours_value if yours else self._theirs_value)
        finally:
            self._putting = False

    def _typed(self) -> None:
        """Something else was typed in the field: that is yours now."""
        if self._putting:
            return
        self._yours_value = held(self._field)
        self.yours.say(words_of(self._field, self._yours_value))
        self._arrange()
        self._putting = True
        try:
            self.yours.blockSignals(True)  # the field holds it already
            self.yours.setChecked(True)
            self._stop_at_the_chosen()
        finally:
            self.yours.blockSignals(False)
            self._putting = False


class _Side(QRadioButton):
    """Yours or theirs: the value stands beside the button, cut where it is too long; hovering shows all of it.

    Signals: ``stepped(bool)`` an arrow key leads on (right, down) or back.
    """

    stepped = Signal(bool)

    def __init__(self, whose: str, title: str) -> None:
        super().__init__()
        self._whose, self._title, self._words = whose, title, ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, words: str) -> None:
        """The value in words."""
        self._words = words
        self.setAccessibleName(f"{self._title}, {self._whose}: {words}")
        self.setToolTip(words)
        self._fit()

    @property
    def needed(self) -> int:
        """The width in which nothing is cut."""
        return QFontMetrics(self.font()).horizontalAdvance(self._all()) + 4 * GRID + 1

    def _all(self) -> str:
        return f"{self._whose}: {self._words}".replace("\n", " ")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Qt looks for the neighbour by where it stands on the screen, which it does not do yet when it was just laid out.
        key = event.key()
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.stepped.emit(key in (Qt.Key.Key_Right, Qt.Key.Key_Down))
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(16 * GRID, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * GRID, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - 4 * GRID)
        cut = QFontMetrics(self.font()).elidedText(self._all(), Qt.TextElideMode.ElideRight, room)
        self.setText(cut.replace("&", "&&"))


def held(field: Field) -> Any:
    """What a field holds, as it can be filled with it again; what was typed is not cleaned."""
    if isinstance(field, ChoiceField):
        return field.choice
    return field.value() if isinstance(field, (SelectField, CheckField, DateTimeField)) else field.typed()


def words_of(field: Field, value: Any) -> str:
    """A value of a field as a person reads it."""
    if isinstance(field, CheckField):
        return tr("Yes") if value else tr("No")
    if value is None or value == "":
        return tr("nothing")
    if isinstance(field, SelectField):
        return field.box.itemText(field.box.findData(value)) or str(value)
    if isinstance(value, Choice):
        return value.text
    if isinstance(field, DateTimeField):
        return field.words(value)
    if isinstance(value, date):
        return value.isoformat()
    return plain_number(value) if isinstance(value, (int, float)) else str(value)


def _who(difference: Difference) -> str:
    if difference.by_you and difference.by_them:
        return tr("changed by both of you")
    return tr("changed by you") if difference.by_you else tr("changed by them")
