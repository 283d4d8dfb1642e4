"""The trays of a dispatch that is amended: a number for each size on it, and further sizes, while none has come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from coresafe.models.enums import Contents
from coresafe.services.dispatch_rows import DispatchLineRow, DispatchRow
from coresafe.services.dispatching import WantedLine
from coresafe.services.inventory import StockRow
from coresafe.ui.forms import Form, QuantityField
from coresafe.ui.forms.line_editor import LinesEditor
from coresafe.ui.forms.row import FieldRow
from coresafe.ui.widgets import label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import number, tr

_TRAYS = "trays "


class AmendedTrays(QWidget):
    """Its fields are named ``trays HQ empty``; the lines that are added by their place, as the service counts them."""

    def __init__(self, form: Form, row: DispatchRow) -> None:
        super().__init__()
        self._form = form
        self._stock: Sequence[StockRow] = ()
        self._sent: dict[str, DispatchLineRow] = {}
        self._fields: dict[str, QuantityField] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(16)
        self._off = label(tr("0 takes a size off the dispatch."), "muted", wrap=True)
        self._stands = label(tr("Trays have come back, so their numbers stand."), "muted", wrap=True)
        self.added = LinesEditor(form, least=0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._rows)
        for widget in (self._off, self._stands, self.added):
            column.addWidget(widget)
        self.fixed = stands(row)
        if not self.fixed:
            self._sent = {_key(line): line for line in row.lines}
            lines = list(row.lines)
            for at in range(0, len(lines), 2):
                self._add(lines[at : at + 2])
        self.added.changed.connect(self._show)
        self._show()

    def numbers(self, row: DispatchRow) -> dict[str, int]:
        """How many of each size a dispatch has, by the names of the fields."""
        there = {_key(line): line.quantity for line in row.lines}
        return {name: there.get(name, 0) for name in self._fields}

    def wanted(self, row: DispatchRow, typed: Mapping[str, int]) -> list[WantedLine]:
        """All lines as they shall be: first what is added, so that an error of the service finds its place."""
        now = [(line, typed.get(_key(line), line.quantity)) for line in row.lines]
        # What somebody took off meanwhile stands here still, with what was typed.
        gone = set(self._fields) - {_key(line) for line in row.lines}
        now += [(self._sent[name], typed[name]) for name in gone if typed.get(name)]
        return [
            *self.added.lines(),
            *(
                WantedLine(tray_size=line.tray_size, quantity=quantity, contents=line.contents)
                for line, quantity in now
                if quantity
            ),
        ]

    def split(self, changed: dict[str, object]) -> dict[str, int]:
        """Take the trays out of the fields that changed."""
        mine = [name for name in changed if name in self._fields or name.startswith("lines[")]
        taken = {name: changed.pop(name) for name in mine}
        return {name: value for name, value in taken.items() if name in self._fields and isinstance(value, int)}

    def take(self, row: DispatchRow) -> str:
        """Somebody changed it meanwhile: sizes that came onto it get their number; what to say where nothing may change."""
        if stands(row):
            return self._fix(row)
        for line in row.lines:
            key = _key(line)
            self._sent[key] = line
            if key in self._fields:
                continue
            self._add([line])
            mine = [e for e in self.added.editors if _name(e.tray_size.value(), e.contents.value()) == key]
            # Both put the same size on it: what was typed is yours, and is compared with theirs.
            self._fields[key].set_value(mine[0].quantity.typed() if mine else 0)
            for editor in mine:
                editor.removed.emit()
        self._show()
        return ""

    def twice(self) -> str:
        """What to say where a size is added that is on the dispatch already, or twice; "" where none is."""
        seen = set(self._fields)
        for editor in self.added.editors:
            key = _name(editor.tray_size.value(), editor.contents.value())
            if key in seen:
                editor.tray_size.show_error(tr("It is on the dispatch already: change its number."))
                return tr("A size stands there twice.")
            seen.add(key)
        return ""

    def of_size(self, size: str) -> list[str]:
        """The names of the fields that say how many of a size."""
        names = [name for name, line in self._sent.items() if name in self._fields and line.tray_size == size]
        return names + [e.quantity.name for e in self.added.editors if e.tray_size.value() == size]

    def show_stock(self, stock: Sequence[StockRow]) -> None:
        """What is there beside each number; red as soon as more is typed than there is."""
        self._stock = stock
        self.added.show_stock(stock)
        there = {row.tray_size: row for row in stock}
        for name, field in self._fields.items():
            line = self._sent[name]
            known = there.get(line.tray_size)
            if known is None or self.fixed:
                continue
            core = line.contents is Contents.CORE
            left = known.occupied if core else known.available
            words = {"count": number(left), "size": line.tray_size}
            field.set_note(tr("{count} more with core", **words) if core else tr("{count} more available", **words))
            field.set_limit(line.quantity + left, tr("Only {count} more {size} are there.", **words))

    def _fix(self, row: DispatchRow) -> str:
        """Something came back: the numbers are shown as they are, and can no longer be typed."""
        now, typed = self.numbers(row), []
        for name, field in self._fields.items():
            if field.dirty and field.value() != now[name]:
                typed.append(f"{field.typed()} {self._sent[name].tray_size}")
            field.set_limit(None)
            field.set_note("")
            field.set_value(now[name])
            field.clear_error()
            field.setEnabled(False)
        for editor in list(self.added.editors):
            typed.append(f"{editor.quantity.typed()} {editor.tray_size.value() or ''}")
            editor.removed.emit()
        self.fixed = True
        self._show()
        said = tr("Trays have come back, so their numbers stand.")
        return f"{said} {tr('You had typed {trays}.', trays=', '.join(typed))}" if typed else said

    def _add(self, lines: Sequence[DispatchLineRow]) -> None:
        row = FieldRow()
        for line in lines:
            field = QuantityField(_key(line), _title(line), required=True, least=0)
            self._fields[field.name] = field
            self._form.register(field)
            row.add(field)
        self._rows.addWidget(row)
        if self._stock:
            self.show_stock(self._stock)

    def _show(self) -> None:
        self.added.taken = {_size_of(name) for name in self._fields}
        show_if(self._off, not self.fixed and len(self._fields) + len(self.added.editors) > 1)
        show_if(self._stands, self.fixed)
        show_if(self.added, not self.fixed)


def stands(row: DispatchRow) -> bool:
    """Whether something has come back or was given up, so that the lines stand."""
    returned = any(entry.voided_at is None for entry in row.returns)
    return returned or any(entry.voided_at is None for entry in row.resolutions)


def _key(line: DispatchLineRow) -> str:
    return _name(line.tray_size, line.contents)


def _name(size: object, contents: object) -> str:
    return f"{_TRAYS}{size} {Contents(str(contents)).value}"


def _size_of(name: str) -> str:
    return name.removeprefix(_TRAYS).rpartition(" ")[0]


def _title(line: DispatchLineRow) -> str:
    if line.contents is Contents.CORE:
        return tr("{size} with core", size=line.tray_size)
    return tr("{size} trays", size=line.tray_size)
