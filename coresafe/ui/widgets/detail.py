"""The detail of what is selected: a title with its state, what there is to know in pairs, tables of lines, and a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from coresafe.ui.theme import GRID
from coresafe.ui.widgets.aged import AgeLine, grey
from coresafe.ui.widgets.buttons import ActionButton
from coresafe.ui.widgets.chip import StatusChip
from coresafe.ui.widgets.labels import figures, label, line
from coresafe.ui.widgets.states import EmptyState
from coresafe.ui.words import tr


@dataclass(frozen=True, slots=True)
class Pairs:
    """A section of keys and values; a pair whose value is "" is left out."""

    title: str
    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lines:
    """A section with a small table. Cells that are numbers stand right; ``sums`` is a last line in bold."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    sums: Sequence[str | int] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A section of what happened: when, what, who; the newest first."""

    title: str
    entries: Sequence[tuple[str, str, str]]


Section = Pairs | Lines | History


class DetailPane(QScrollArea):
    """Shows one record. ``show_record`` replaces all of it; ``clear`` says that nothing is selected."""

    def __init__(
        self, nothing: str = "", hint: str = "", parent: QWidget | None = None, *, icon: str = "panel-right"
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._as_of = ""
        self._age: AgeLine | None = None
        self._nothing, self._hint = nothing or tr("Nothing selected"), hint or tr("Select a row to see it here.")
        self.setProperty("kind", "card")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(36 * GRID)
        self.setAccessibleName(tr("Detail"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clear()

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self._as_of = as_of
        self._show_age()

    def _show_age(self) -> None:
        body = self.widget()
        if self._age is not None and body is not None:
            self._age.say(self._as_of)
            grey(body, bool(self._as_of))

    def clear(self) -> None:
        """Nothing is selected."""
        self._put(EmptyStateNarrow(self._nothing, self._hint, self._icon))

    def show_record(
        self,
        title: str,
        *,
        subtitle: str = "",
        states: Sequence[str] = (),
        sections: Sequence[Section] = (),
        actions: Sequence[QAction] = (),
    ) -> None:
        """Show a record; the scroll stays where it was when it is the same one again."""
        same = self.accessibleDescription() == title
        at = self.verticalScrollBar().value() if same else 0
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        age = AgeLine()
        column.addWidget(age)
        head = label(title, "title", wrap=True)
        head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(head)
        if subtitle:
            column.addWidget(label(subtitle, "muted", wrap=True))
        if states:
            column.addLayout(_chips(states))
        if actions:
            column.addLayout(_buttons(actions, max(self.viewport().width(), self.minimumWidth()) - 4 * GRID))
        for section in sections:
            column.addSpacing(GRID)
            column.addWidget(label(section.title, "section"))
            column.addWidget(line())
            column.addLayout(_SHOWN[type(section)](section))
        column.addStretch(1)
        self._put(body, age)
        self.setAccessibleDescription(title)
        self.verticalScrollBar().setValue(at)

    def _put(self, body: QWidget, age: AgeLine | None = None) -> None:
        body.setProperty("kind", "plain")
        self.setAccessibleDescription("")
        self.setWidget(body)
        self._age = age
        self._show_age()


class EmptyStateNarrow(EmptyState):
    """The empty state in a narrow pane."""

    def __init__(self, text: str, hint: str, icon: str) -> None:
        super().__init__(text, hint, icon=icon)
        self._widest = 32 * GRID
        self._fit()


def _chips(states: Sequence[str]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GRID // 2)
    for key in states:
        row.addWidget(StatusChip(key))
    row.addStretch(1)
    return row


def _buttons(actions: Sequence[QAction], width: int) -> QVBoxLayout:
    """Side by side, and on a further line what does not fit into ``width``: what stands beside would be cut off."""
    rows = QVBoxLayout()
    rows.setSpacing(GRID)
    row, left = QHBoxLayout(), 0
    for action in actions:
        made = ActionButton(action)
        wide = made.sizeHint().width()
        if wide > left:
            row, left = QHBoxLayout(), width
            row.setSpacing(GRID)
            row.setAlignment(Qt.AlignmentFlag.AlignLeft)
            rows.addLayout(row)
        row.addWidget(made)
        left -= wide + GRID
    return rows


def _pairs(section: Section) -> QGridLayout:
    assert isinstance(section, Pairs)
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnStretch(1, 1)
    for at, (key, value) in enumerate((k, v) for k, v in section.pairs if v):
        name = label(key, "muted")
        said = label(value, wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setAccessibleName(f"{key}: {value}")
        grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, at, 1)
    return grid


def _lines(section: Section) -> QGridLayout:
    assert isinstance(section, Lines)
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    rows = [*section.rows, *([section.sums] if section.sums else [])]
    for at, head in enumerate(section.heads):
        number = bool(rows) and isinstance(rows[0][at], int)
        side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label(head, "small"), 0, at, side)
        grid.setColumnStretch(at, 0 if number else 1)
    for down, row in enumerate(rows, start=1):
        kind = "strong" if section.sums and down == len(rows) else ""
        for at, cell in enumerate(row):
            shown = figures(str(cell) if cell else "–", kind) if isinstance(cell, int) else label(cell, kind, wrap=True)
            shown.setAccessibleName(f"{section.heads[at]}: {cell}")
            grid.addWidget(shown, down, at)
    return grid


def _history(section: Section) -> QGridLayout:
    assert isinstance(section, History)
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID)
    grid.setColumnStretch(1, 1)
    for at, (when, what, who) in enumerate(section.entries):
        moment = label(when, "muted")
        grid.addWidget(moment, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(f"{what}\n{who}" if who else what, wrap=True), at, 1)
    return grid


_SHOWN = {Pairs: _pairs, Lines: _lines, History: _history}
