"""What a person before the program sees and hears: read from its widgets, and nothing is done through them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QTableView,
    QWidget,
)

from coresafe.ui.widgets import DetailPane, StatusChip
from coresafe.ui.widgets.banner import Banner

_beeps = 0


def listen() -> None:
    """Count the sounds the program makes; they are made all the same."""
    loud = QApplication.beep

    def beep() -> None:
        global _beeps  # noqa: PLW0603 - a program has one pair of ears
        _beeps += 1
        loud()

    QApplication.beep = staticmethod(beep)  # type: ignore[method-assign]


def shown() -> dict[str, Any]:
    """Where the keyboard is, what stands in the fields and rows, what is said, and where a click would hit what."""
    focus, active = QApplication.focusWidget(), QApplication.activeWindow()
    widgets = [widget for widget in QApplication.allWidgets() if widget.isVisible()]
    edits = [w for w in widgets if isinstance(w, QLineEdit) and w.echoMode() == QLineEdit.EchoMode.Normal]
    labels = [w for w in widgets if isinstance(w, QLabel) and w.text()]
    buttons = [w for w in widgets if isinstance(w, QAbstractButton)]
    notes = [w for w in widgets if isinstance(w, QPlainTextEdit)]
    tables = [w for w in widgets if isinstance(w, QTableView)]
    boxes = [w for w in widgets if isinstance(w, QComboBox)]
    moments = [w for w in widgets if isinstance(w, QDateTimeEdit)]
    return {
        "windows": sorted({type(w).__name__ for w in widgets if w.isWindow()}),
        "active": type(active).__name__ if active is not None else "",
        "focus": _called(focus) if focus is not None else "",
        "stop": f"{id(focus)} {_section(focus)}",
        "fields": _named(
            [(w, w.text()) for w in edits]
            + [(w, w.toPlainText()) for w in notes]
            + [(w, w.currentText()) for w in boxes]
            + [(w, w.text()) for w in moments]
        ),
        "labels": [w.text() for w in labels],
        "told": [w.accessibleName() for w in labels if w.accessibleName()],
        "errors": [w.text() for w in labels if w.property("kind") == "error"],
        "said": [w.accessibleName() for w in widgets if isinstance(w, Banner)],
        "tones": [w.message.level.value for w in widgets if isinstance(w, Banner)],
        "beeps": _beeps,
        "states": [w.accessibleName() for w in widgets if isinstance(w, StatusChip) and _within(w, DetailPane)],
        "suggested": _suggested(widgets),
        "suggesting": any(isinstance(w, QListView) and w.isWindow() for w in widgets),
        "buttons": _named((w, _centre(w)) for w in buttons if w.isEnabled() and _in_sight(w)),
        "ticked": _named((w, w.isChecked()) for w in buttons if w.isCheckable()),
        "places": _named((w, _centre(w)) for w in (*edits, *notes, *boxes) if _in_sight(w)),
        "menu": _chosen_item(widgets),
        "rows": [row for table in tables for row in _rows(table)],
        "chosen": [cells[0] for table in tables for cells, _at, chosen in _rows(table) if chosen],
    }


def _named(found: Iterable[tuple[QWidget, Any]]) -> dict[str, Any]:
    """By name; where several bear the same, the second is 'Trays (2)'."""
    named: dict[str, Any] = {}
    for widget, what in sorted(found, key=lambda one: _order(one[0])):
        words = _called(widget)
        name, at = words.strip(), 1
        while name in named:
            at += 1
            name = f"{words.strip()} ({at})"
        if name:
            named[name] = what
    return named


def _called(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def _section(widget: QWidget | None) -> str:
    """Tab stops at each part of a date."""
    return str(widget.currentSection().name) if isinstance(widget, QDateTimeEdit) else ""


def _order(widget: QWidget) -> tuple[int, int]:
    at = widget.mapToGlobal(QPoint(0, 0))
    return at.y(), at.x()


def _within(widget: QWidget | None, kind: type[QWidget]) -> bool:
    while widget is not None and not isinstance(widget, kind):
        widget = widget.parentWidget()
    return widget is not None


def _in_sight(widget: QWidget) -> bool:
    return widget.visibleRegion().contains(widget.rect().center())


def _centre(widget: QWidget) -> list[int]:
    return _global(widget, widget.rect())


def _global(widget: QWidget, area: QRect) -> list[int]:
    at = widget.mapToGlobal(area.center())
    return [at.x(), at.y()]


def _chosen_item(widgets: list[QWidget]) -> str:
    """The item of the open menu that Enter would choose."""
    for menu in widgets:
        action = menu.activeAction() if isinstance(menu, QMenu) else None
        if action is not None:
            return action.text().replace("&", "")
    return ""


def _suggested(widgets: list[QWidget]) -> list[str]:
    lists = [w for w in widgets if isinstance(w, QListView) and not isinstance(w.parent(), QComboBox)]
    return [
        str(view.model().index(row, 0).data() or "")
        for view in lists
        for row in range(min(40, view.model().rowCount()))
    ]


def _rows(table: QTableView) -> list[tuple[list[str], list[int], bool]]:
    """The rows of a table that are in sight: cells, where a click would hit it, and whether it is selected."""
    model, head = table.model(), table.horizontalHeader()
    columns = [head.logicalIndex(at) for at in range(head.count()) if not table.isColumnHidden(head.logicalIndex(at))]
    if not columns or model is None:
        return []
    rows = []
    at = max(0, table.rowAt(0))
    while at < model.rowCount(QModelIndex()):
        place = table.visualRect(model.index(at, columns[0]))
        if place.center().y() > table.viewport().height():
            break
        cells = [str(model.index(at, column).data(Qt.ItemDataRole.DisplayRole) or "") for column in columns]
        chosen = table.selectionModel().isRowSelected(at, QModelIndex())
        rows.append((cells, _global(table.viewport(), place), chosen))
        at += 1
    return rows
