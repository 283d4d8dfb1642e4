"""The two small windows of named views: one asks for a name, the other renames and deletes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from coresafe.ui.forms import TextField
from coresafe.ui.theme import GRID
from coresafe.ui.widgets.buttons import button, icon_button, reword
from coresafe.ui.widgets.labels import label, show_if
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.ui.tables.named import NamedView, NamedViews

LONGEST = 60


class NameDialog(ReadingOrder, QDialog):
    """Asks for a name. Signals: ``named(str)``; a name that is there already is taken on purpose only."""

    named = Signal(str)

    def __init__(self, taken: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save this view"))
        self._taken = {name.casefold() for name in taken}
        self.name = TextField("name", tr("Name"), longest=LONGEST, required=True)
        self.hint = label("", "muted", wrap=True)
        self.save_button = button(tr("Save"), self._save, kind="primary")
        self.save_button.setDefault(True)
        cancel = button(tr("Cancel"), self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(12)
        column.addWidget(self.name)
        column.addWidget(self.hint)
        column.addStretch(1)
        column.addLayout(foot)
        self.setMinimumSize(50 * GRID, 24 * GRID)
        self.name.edit.textChanged.connect(lambda _text: self._look())
        self._look()
        self.name.edit.setFocus()

    def _look(self) -> None:
        there = str(self.name.value() or "").casefold() in self._taken
        self.hint.setText(
            tr("A view of this name is there: it will show what you see now.")
            if there
            else tr("The search, the filters, the sort and the columns as they are now. Only you see it.")
        )
        reword(self.save_button, tr("Replace") if there else tr("Save"))

    def _save(self) -> None:
        if self.name.check():
            self.name.edit.setFocus()
            return
        self.named.emit(self.name.value())
        self.accept()


class ViewsDialog(ReadingOrder, QDialog):
    """Every view with its name to be changed and a button that deletes it; the last one deleted can be put back."""

    def __init__(self, views: NamedViews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Named views"))
        self._views = views
        self._deleted: NamedView | None = None
        self.names: list[TextField] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID)
        self.said = label("", "muted", wrap=True)
        self.undo_button = button(tr("Undo"), self._undo, icon="undo-2", kind="quiet")
        close = button(tr("Close"), self.accept)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.undo_button)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addLayout(self._rows)
        column.addStretch(1)
        column.addLayout(foot)
        self.setMinimumWidth(56 * GRID)
        self._fill()

    def accept(self) -> None:
        """Close, unless a name that was typed cannot be."""
        wrong = [field for field in self.names if not self._rename(field)]
        if wrong:
            wrong[0].edit.setFocus()
        else:
            super().accept()

    def _fill(self) -> None:
        for field in self.names:
            row = field.parentWidget()
            if row is not None:
                self._rows.removeWidget(row)
                row.hide()
                row.deleteLater()
        self.names = [self._row(view.name) for view in self._views.views]
        show_if(self.undo_button, self._deleted is not None)
        gone = self._deleted
        empty = tr("No view has a name.") if not self.names else ""
        self.said.setText(tr("“{name}” is deleted.", name=gone.name) if gone is not None else empty)

    def _row(self, name: str) -> TextField:
        field = TextField("name", tr("Name"), longest=LONGEST, required=True)
        field.hide_head()
        field.set_value(name)
        field.setProperty("was", name)
        field.edit.editingFinished.connect(lambda: self._rename(field))
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(GRID)
        across.addWidget(field, 1)
        delete = icon_button("trash-2", tr("Delete “{name}”", name=name), lambda: self._delete(field))
        across.addWidget(delete, 0, Qt.AlignmentFlag.AlignTop)
        self._rows.addWidget(row)
        return field

    def _rename(self, field: TextField) -> bool:
        """Whether the name stands; what is wrong with it is said at its field."""
        was, name = str(field.property("was")), field.value()
        if name == was:
            return True
        if field.check():
            return False
        if any(view.name != was and view.name.casefold() == name.casefold() for view in self._views.views):
            field.show_error(tr("Another view has this name."))
            return False
        self._views.rename(was, name)
        field.setProperty("was", name)
        return True

    def _delete(self, field: TextField) -> None:
        self._deleted = self._views.delete(str(field.property("was")))
        self._fill()

    def _undo(self) -> None:
        gone, self._deleted = self._deleted, None
        if gone is not None:
            self._views.put_back(gone)
        self._fill()
