"""Changing the stock: base inventory, purchase, found, fill, release, damage, repair, scrap. Each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.models.enums import MovementKind, State
from coresafe.services.inventory import MoveStock, SetBase, StockRow, move_stock, set_base
from coresafe.services.shed_stock import ShedStock, StockBySheds, stock_by_shed
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
    "stock.found": Change(
        MovementKind.FOUND,
        mark("Enter found trays"),
        mark("Trays that turned up and were never counted as lost: the shed owns them from now on."),
    ),
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
        self,
        workspace: Workspace,
        change: Change,
        known: StockBySheds | None,
        shed_id: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace, tr(change.title), save=tr("Post"), parent=parent)
        self._change = change
        self._known = known
        self.add_widget(label(tr(change.about), "muted", wrap=True))
        self.shed = shed_field(known, shed_id)
        if self.shed is not None:
            self.add(self.shed)
        self.tray_size = SelectField("tray_size", tr("Size"), [])
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
        for field in (self.shed, self.tray_size, self.source):
            if field is not None:
                field.changed.connect(self._show_stock)
        self._offer_sizes()
        self.settle()
        if known is None:
            self._read()

    @property
    def shed_id(self) -> int | None:
        """The shed the trays belong to; None where it is not known yet which there are."""
        if self.shed is not None:
            return int(self.shed.value())
        return next((shed.shed_id for shed in in_use(self._known)), None)

    def show_stock(self, known: StockBySheds) -> None:
        """The stock changed while the form is open."""
        self._known = known
        self._offer_sizes()

    def _read(self) -> None:
        self._workspace.read(stock_by_shed, owner=self, lane="stock", done=self.show_stock)

    def use_case(self) -> Callable[..., Any]:
        return set_base if self._change.kind is None else move_stock

    def command(self) -> object:
        """What is typed, as the service takes it."""
        size, quantity, reason = self.tray_size.value() or "", self.quantity.value() or 0, self.reason.value() or ""
        if self._change.kind is None:
            row = self._row()
            expected = row.base if row is not None else None
            return SetBase(
                tray_size=size, base_quantity=quantity, reason=reason, expected_base=expected, shed_id=self.shed_id
            )
        source = self.source.value() if self.source is not None else None
        return MoveStock(
            kind=self._change.kind,
            tray_size=size,
            quantity=quantity,
            reason=reason,
            from_state=source,
            shed_id=self.shed_id,
        )

    def told(self) -> str:
        """What happened, in a sentence."""
        count = number(self.quantity.value() or 0)
        size, where = self.tray_size.value(), self.shed.box.currentText() if self.shed is not None else ""
        if where:
            return tr(
                "{what}: {count} {size}, {shed}.", what=tr(self._change.title), count=count, size=size, shed=where
            )
        return tr("{what}: {count} {size}.", what=tr(self._change.title), count=count, size=size)

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the number, and the stock is read again."""
        if not isinstance(error, InsufficientStock):
            return []
        self._read()
        return [
            (self.quantity.name, tr("There are only {count}.", count=number(found.available)))
            for found in error.shortages[:1]
        ]

    def take_current(self, current: object) -> str:
        """The stock as it is now; what was typed stays."""
        shed_id = self.shed_id
        if isinstance(current, tuple) and self._known is not None and shed_id is not None:
            self.show_stock(self._known.with_rows(shed_id, current))
        return tr("Look it over, then post it.")

    def _rows(self) -> tuple[StockRow, ...]:
        return self._known.of(self.shed_id) if self._known is not None else ()

    def _row(self) -> StockRow | None:
        return next((row for row in self._rows() if row.tray_size == self.tray_size.value()), None)

    def _offer_sizes(self) -> None:
        untouched = not self.tray_size.dirty
        self.tray_size.set_options([(row.tray_size, row.tray_size) for row in self._rows()])
        if untouched:
            self.tray_size.settle()
        self._show_stock()

    def _show_stock(self) -> None:
        row = self._row()
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


def in_use(known: StockBySheds | None) -> list[ShedStock]:
    """The sheds that trays can be entered for."""
    return [shed for shed in known.sheds if shed.is_active] if known is not None else []


def shed_field(known: StockBySheds | None, shed_id: int | None) -> SelectField | None:
    """Which shed it is about, at ``shed_id`` first; None where there is only one."""
    sheds = in_use(known)
    if len(sheds) < 2:
        return None
    field = SelectField("shed_id", tr("Shed"), [(shed.shed_id, shed.name) for shed in sheds])
    if any(shed.shed_id == shed_id for shed in sheds):
        field.set_value(shed_id)
    return field
