"""The lines of a dispatch: size, how many, empty or with core, and what is there right now beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from coresafe.models.enums import Contents
from coresafe.services.dispatching import WantedLine
from coresafe.services.inventory import StockRow
from coresafe.ui.forms import Form, PickField, QuantityField
from coresafe.ui.widgets import button, icon_button, label
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.words import number, tr


class LineEditor(QWidget):
    """One line. Signals: ``changed()``, ``removed()``."""

    changed = Signal()
    removed = Signal()

    def __init__(self, sizes: Sequence[str], *, first: bool) -> None:
        super().__init__()
        self.size = PickField(tr("Size"), [(size, size) for size in sizes])
        self.quantity = QuantityField(tr("Trays"), required=True)
        self.contents = PickField(
            tr("Sent"), [(Contents.EMPTY, tr("empty")), (Contents.CORE, tr("with core"))]
        )
        self.stock = QLabel()
        self.stock.setProperty("kind", "small")
        self.stock.setMinimumWidth(96)
        self.stock.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.remove = icon_button("x", tr("Remove this line"), self.removed.emit)
        self.remove.setVisible(not first)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.size, 3)
        row.addWidget(self.quantity, 3)
        row.addWidget(self.contents, 4)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(label("", "label"))
        beside = QHBoxLayout()
        beside.addWidget(self.stock, 1)
        beside.addWidget(self.remove)
        side.addLayout(beside)
        side.addStretch(1)
        row.addLayout(side, 4)
        self.stock.setMinimumHeight(32)
        for field in (self.size, self.quantity, self.contents):
            field.changed.connect(self.changed)

    def line(self) -> WantedLine:
        """What is typed."""
        return WantedLine(
            tray_size=self.size.value() or "",
            quantity=self.quantity.value() if self.quantity.value() is not None else 0,
            contents=self.contents.value(),
        )

    def show_stock(self, stock: Mapping[str, StockRow], already: int = 0) -> None:
        """What is there of this size; red as soon as more is typed. ``already``: asked for by the lines above."""
        there = stock.get(self.size.value() or "")
        if there is None:
            self.stock.setText("")
            return
        core = self.contents.value() == Contents.CORE
        left = (there.occupied if core else there.available) - already
        asked = self.quantity.value() or 0
        short = asked > left
        words = tr("{count} with core", count=number(left)) if core else tr("{count} available", count=number(left))
        self.stock.setText(tr("Only {words}", words=words) if short else words)
        self.stock.setAccessibleName(self.stock.text())
        set_kind(self.stock, "error" if short else "small")


class LinesEditor(QWidget):
    """All lines of a form. Signals: ``changed()``."""

    changed = Signal()

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._sizes: list[str] = []
        self._stock: dict[str, StockRow] = {}
        self.editors: list[LineEditor] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self.add_button = button(tr("Another size"), self.add, icon="plus", kind="quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._column)
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.add()

    def show_stock(self, stock: Sequence[StockRow]) -> None:
        """The stock as it is now; sizes in use become choosable."""
        self._stock = {row.tray_size: row for row in stock}
        self._sizes = [row.tray_size for row in stock]
        for editor in self.editors:
            editor.size.set_options([(size, size) for size in self._sizes])
        self._show_all()

    def add(self) -> LineEditor:
        """One line more, of the first size not yet taken."""
        taken = {editor.size.value() for editor in self.editors}
        editor = LineEditor(self._sizes, first=not self.editors)
        free = next((size for size in self._sizes if size not in taken), None)
        if free is not None:
            editor.size.set_value(free)
        editor.changed.connect(self._edited)
        editor.removed.connect(lambda: self._remove(editor))
        self.editors.append(editor)
        self._column.addWidget(editor)
        self._register()
        self._show_all()
        if len(self.editors) > 1:
            editor.quantity.setFocus()
        return editor

    def choose_size(self, size: str) -> None:
        """The hole's own size, as long as nothing is typed yet."""
        first = self.editors[0]
        if size in self._sizes and first.quantity.value() is None:
            first.size.set_value(size)
            self._show_all()

    def lines(self) -> tuple[WantedLine, ...]:
        """What is typed."""
        return tuple(editor.line() for editor in self.editors)

    def reset(self) -> None:
        """One empty line."""
        while len(self.editors) > 1:
            self._remove(self.editors[-1])
        first = self.editors[0]
        first.quantity.set_value(None)
        first.contents.set_value(Contents.EMPTY)
        for field in (first.size, first.quantity, first.contents):
            field.set_error("")
        self._show_all()

    def _remove(self, editor: LineEditor) -> None:
        self.editors.remove(editor)
        self._column.removeWidget(editor)
        editor.deleteLater()
        self._register()
        self._edited()

    def _register(self) -> None:
        """The form knows the fields by their place, as the services name them."""
        for name in [known for known in self._form.fields if known.startswith("lines[")]:
            self._form.forget(name)
        for index, editor in enumerate(self.editors):
            self._form.register(f"lines[{index}].tray_size", editor.size)
            self._form.register(f"lines[{index}].quantity", editor.quantity)
            self._form.register(f"lines[{index}].contents", editor.contents)

    def _edited(self) -> None:
        self._show_all()
        self.changed.emit()

    def _show_all(self) -> None:
        asked: dict[tuple[str, object], int] = {}
        for editor in self.editors:
            key = (editor.size.value() or "", editor.contents.value())
            editor.show_stock(self._stock, asked.get(key, 0))
            asked[key] = asked.get(key, 0) + (editor.quantity.value() or 0)
