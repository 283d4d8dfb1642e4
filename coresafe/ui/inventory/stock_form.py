"""Changing the stock: base inventory, purchase, fill, release, damage, repair, scrap. Each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.models.enums import MovementKind, State
from coresafe.services.inventory import MoveStock, SetBase, StockQuery, StockRow, move_stock, set_base, stock
from coresafe.ui.forms import NotesField, QuantityField, SelectField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.widgets import label
from coresafe.ui.words import mark, number, tr
from coresafe.ui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Change:
    """One way to change the stock: its words, and where trays may be taken from (the first is usual)."""

    kind: MovementKind | None
    title: str
    about: str
    sources: tuple[State, ...] = ()


CHANGES: dict[str, Change] = {
    "stock.base": Change(
        None,
        mark("Set the base inventory"),
        mark("Every tray the shed owns, wherever it is. The difference is posted."),
    ),
    "stock.purchase": Change(MovementKind.PURCHASE, mark("Purchase trays"), mark("New trays from a supplier.")),
    "stock.fill": Change(
        MovementKind.FILL,
        mark("Fill trays with core"),
        mark("Empty trays that now hold core and are racked."),
        (State.AVAILABLE,),
    ),
    "stock.release": Change(
        MovementKind.RELEASE, mark("Release emptied trays"), mark("Trays whose core was taken out."), (State.OCCUPIED,)
    ),
    "stock.damage": Change(
        MovementKind.DAMAGE,
        mark("Quarantine damaged trays"),
        mark("Trays that cannot be used until they are repaired."),
        (State.AVAILABLE, State.OCCUPIED),
    ),
    "stock.repair": Change(
        MovementKind.REPAIR,
        mark("Take back repaired trays"),
        mark("Damaged trays that are serviceable again."),
        (State.DAMAGED,),
    ),
    "stock.scrap": Change(
        MovementKind.SCRAP,
        mark("Scrap trays"),
        mark("They leave the shed's stock for good."),
        (State.DAMAGED, State.AVAILABLE, State.OCCUPIED),
    ),
}


class StockForm(OperationForm):
    """One change of the stock. What it saved is said by ``told``."""

    changes = ("stock",)

    def __init__(
        self, workspace: Workspace, change: Change, rows: Sequence[StockRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, tr(change.title), save=tr("Post"), parent=parent)
        self._change = change
        self._stock = {row.tray_size: row for row in rows}
        self.add_widget(label(tr(change.about), "muted", wrap=True))
        self.tray_size = SelectField("tray_size", tr("Size"), [(row.tray_size, row.tray_size) for row in rows])
        self.add(self.tray_size)
        self.source: SelectField | None = None
        if len(change.sources) > 1:
            words = {State.AVAILABLE: tr("available"), State.OCCUPIED: tr("occupied"), State.DAMAGED: tr("damaged")}
            self.source = SelectField("from_state", tr("From"), [(s, words[s]) for s in change.sources])
            self.add(self.source)
        sets_base = change.kind is None
        name, title = ("base_quantity", tr("Trays owned")) if sets_base else ("quantity", tr("Trays"))
        self.quantity = QuantityField(name, title, required=True, least=0 if sets_base else 1)
        self.reason = NotesField("reason", tr("Reason"), required=True)
        self.add(self.quantity)
        self.add(self.reason)
        for field in (self.tray_size, self.source):
            if field is not None:
                field.changed.connect(self._show_stock)
        self._show_stock()
        self.settle()

    def show_stock(self, rows: Sequence[StockRow]) -> None:
        """The stock changed while the form is open."""
        self._stock = {row.tray_size: row for row in rows}
        self._show_stock()

    def use_case(self) -> Callable[..., Any]:
        return set_base if self._change.kind is None else move_stock

    def command(self) -> object:
        """What is typed, as the service takes it."""
        size, quantity, reason = self.tray_size.value() or "", self.quantity.value() or 0, self.reason.value() or ""
        if self._change.kind is None:
            row = self._stock.get(size)
            expected = row.base if row is not None else None
            return SetBase(tray_size=size, base_quantity=quantity, reason=reason, expected_base=expected)
        source = self.source.value() if self.source is not None else None
        return MoveStock(kind=self._change.kind, tray_size=size, quantity=quantity, reason=reason, from_state=source)

    def told(self) -> str:
        """What happened, in a sentence."""
        count = number(self.quantity.value() or 0)
        return tr("{what}: {count} {size}.", what=tr(self._change.title), count=count, size=self.tray_size.value())

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the number, and the stock is read again."""
        if not isinstance(error, InsufficientStock):
            return []
        self._workspace.read(stock, StockQuery(), owner=self, lane="stock", done=self.show_stock)
        return [
            (self.quantity.name, tr("There are only {count}.", count=number(found.available)))
            for found in error.shortages[:1]
        ]

    def take_current(self, current: object) -> str:
        """The stock as it is now; what was typed stays."""
        if isinstance(current, tuple):
            self.show_stock(current)
        return tr("Look it over, then post it.")

    def _show_stock(self) -> None:
        row = self._stock.get(self.tray_size.value() or "")
        if row is None:
            return
        if self._change.kind is None:
            self.quantity.set_note(tr("Now {count}", count=number(row.base)))
            return
        state = self.source.value() if self.source is not None else next(iter(self._change.sources), None)
        if state is not None:
            there = getattr(row, str(state))
            self.quantity.set_note(tr("There are {count}", count=number(there)))
            self.quantity.set_limit(there, tr("There are only {count}.", count=number(there)))
