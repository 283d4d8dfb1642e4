"""Small buttons within a field: the cross that empties it, a picture of what it is for; each with its name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QToolButton

from coresafe.ui.theme import theme
from coresafe.ui.words import tr


def clearable(edit: QLineEdit) -> None:
    """A cross at the end that empties the field, shown while something stands in it."""
    edit.setClearButtonEnabled(True)
    for cross in _name_new(edit, tr("Clear what is typed")):
        theme().dress(cross, "x")  # Qt's own is drawn for light windows


def empties(edit: QLineEdit) -> None:
    """Esc empties the field; where nothing stands in it, Esc is whatever else it is there."""
    empty = QAction(edit)
    empty.setShortcut(Qt.Key.Key_Escape)
    empty.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    empty.setEnabled(bool(edit.text()))
    empty.triggered.connect(edit.clear)
    edit.textChanged.connect(lambda text: empty.setEnabled(bool(text)))
    edit.addAction(empty)


def lead(edit: QLineEdit, icon: str) -> None:
    """A picture at the beginning of the field."""
    picture = QAction(edit)
    theme().dress(picture, icon)
    edit.addAction(picture, QLineEdit.ActionPosition.LeadingPosition)
    _name_new(edit, edit.accessibleName())


def _name_new(edit: QLineEdit, name: str) -> list[QToolButton]:
    fresh = [made for made in edit.findChildren(QToolButton) if not made.accessibleName()]
    for made in fresh:
        made.setAccessibleName(name)
    return fresh
