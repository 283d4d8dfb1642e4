"""The lines of what is to be sent: size, how many, empty or with core, and what is there right now beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from coresafe.errors import InsufficientStock
from coresafe.models.enums import Contents
from coresafe.services.dispatching import WantedLine
from coresafe.services.inventory import StockRow
from coresafe.ui.forms import Form, QuantityField, SelectField
from coresafe.ui.widgets import button, icon_button
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import number, tr


class LineEditor(QWidget):
    """One line. Signals: ``changed()``, ``removed()``."""

    changed = Signal()
    removed = Signal()

    def __init__(self, index: int, sizes: Sequence[str]) -> None:
        super().__init__()
        at = f"lines[{index}]"
        self.tray_size = SelectField(f"{at}.tray_size", tr("Size"), [(size, size) for size in sizes])
        self.quantity = QuantityField(f"{at}.quantity", tr("Trays"), required=True)
        self.contents = SelectField(
            f"{at}.contents", tr("Sent"), [(Contents.EMPTY, tr("empty")), (Contents.CORE, tr("with core"))]
        )
        self.remove = icon_button("x", tr("Remove this line"), self.removed.emit)
        self.remove.setVisible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.tray_size, 3)
        row.addWidget(self.quantity, 4)
        row.addWidget(self.contents, 4)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignVCenter)
        for field in self.fields:
            field.changed.connect(self.changed)

    @property
    def fields(self) -> tuple[SelectField, QuantityField, SelectField]:
        """In the order of reading."""
        return self.tray_size, self.quantity, self.contents

    def line(self) -> WantedLine:
        """What is typed."""
        return WantedLine(
            tray_size=self.tray_size.value() or "", quantity=self.quantity.value() or 0, contents=self.contents.value()
        )

    def show_stock(self, stock: Mapping[str, StockRow], already: int) -> None:
        """What is there of this size; red as soon as more is typed. ``already``: asked for by the lines above."""
        size = self.tray_size.value() or ""
        there = stock.get(size)
        if there is None:
            self.quantity.set_note("")
            self.quantity.set_limit(None)
            return
        core = self.contents.value() == Contents.CORE
        left = max(0, (there.occupied if core else there.available) - already)
        words = {"count": number(left), "size": size}
        if core:
            self.quantity.set_note(tr("{count} with core", **words))
            self.quantity.set_limit(left, tr("Only {count} {size} hold core here.", **words))
        else:
            self.quantity.set_note(tr("{count} available", **words))
            self.quantity.set_limit(left, tr("Only {count} {size} are available.", **words))


class LinesEditor(QWidget):
    """All lines of a form, ``least`` of them at least; ``taken``: sizes that another part of it has. Signals: ``changed()``."""

    changed = Signal()

    def __init__(self, form: Form, *, least: int = 1) -> None:
        super().__init__()
        self._form, self._least = form, least
        self.taken: set[str] = set()
        self._sizes: list[str] = []
        self._stock: dict[str, StockRow] = {}
        self._showing = False
        self.editors: list[LineEditor] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        self.add_button = button(tr("Another size"), self.add, icon="plus", kind="quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._column)
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        for _line in range(least):
            self.add()

    def show_stock(self, stock: Sequence[StockRow]) -> None:
        """The stock as it is now; sizes in use become choosable."""
        self._stock = {row.tray_size: row for row in stock}
        sizes = [row.tray_size for row in stock]
        if sizes != self._sizes:
            self._sizes = sizes
            for editor in self.editors:
                untouched = not editor.tray_size.dirty
                editor.tray_size.set_options([(size, size) for size in sizes])
                if untouched:
                    editor.tray_size.settle()  # the first size in use is nothing anybody typed
        self._show_all()

    def add(self) -> LineEditor:
        """One line more, of the first size not yet taken."""
        taken = {editor.tray_size.value() for editor in self.editors} | self.taken
        editor = LineEditor(len(self.editors), self._sizes)
        free = next((size for size in self._sizes if size not in taken), None)
        if free is not None:
            editor.tray_size.set_value(free)
        editor.changed.connect(self._edited)
        editor.removed.connect(lambda: self._remove(editor))
        self.editors.append(editor)
        self._column.addWidget(editor)
        for field in editor.fields:
            self._form.register(field)
        self._offer_removal()
        self._show_all()
        if len(self.editors) > self._least:
            editor.quantity.setFocus()
            self.changed.emit()
        return editor

    def choose_size(self, size: str) -> None:
        """The hole's own size, as long as nothing is typed yet."""
        first = self.editors[0]
        if size in self._sizes and not first.quantity.typed():
            first.tray_size.set_value(size)

    def lines(self) -> tuple[WantedLine, ...]:
        """What is typed."""
        return tuple(editor.line() for editor in self.editors)

    def shortages(self, error: InsufficientStock) -> list[tuple[str, str]]:
        """What is short, to be told at the quantity of its size."""
        short = {shortage.tray_size: shortage for shortage in error.shortages}
        return [
            (
                editor.quantity.name,
                tr("Only {count} {size} are there now.", count=number(found.available), size=found.tray_size),
            )
            for editor in self.editors
            if (found := short.get(editor.tray_size.value() or "")) is not None
        ]

    def reset(self) -> None:
        """One empty line."""
        for editor in self.editors[1:]:
            self._remove(editor)
        first = self.editors[0]
        first.quantity.set_value(None)
        first.contents.set_value(Contents.EMPTY)
        self._show_all()

    def _remove(self, editor: LineEditor) -> None:
        for field in (field for known in self.editors for field in known.fields):
            self._form.forget(field)
        self.editors.remove(editor)
        self._column.removeWidget(editor)
        editor.deleteLater()
        # The services name lines by their place, so the names close up.
        for index, known in enumerate(self.editors):
            for field in known.fields:
                field.name = f"lines[{index}].{field.name.rsplit('.', 1)[1]}"
                self._form.register(field)
        self._offer_removal()
        self._edited()

    def _offer_removal(self) -> None:
        """Any line can go as long as enough stay; all of them alike, so that their columns stand below each other."""
        for editor in self.editors:
            show_if(editor.remove, len(self.editors) > self._least)

    def _edited(self) -> None:
        self._show_all()
        self.changed.emit()

    def _show_all(self) -> None:
        if self._showing:
            return
        self._showing = True
        asked: dict[tuple[str, object], int] = {}
        for editor in self.editors:
            key = (editor.tray_size.value() or "", editor.contents.value())
            editor.show_stock(self._stock, asked.get(key, 0))
            asked[key] = asked.get(key, 0) + (editor.quantity.value() or 0)
        self._showing = False
