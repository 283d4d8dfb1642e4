"""Trays that turn up: those that were counted as lost are recovered first, the rest are found (domain: Recovery)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from coresafe.models.enums import MovementKind
from coresafe.services.context import Context
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.services.lost import LostQuery, LostTrays, find_lost
from coresafe.services.shed_stock import StockBySheds
from coresafe.ui.clock import local
from coresafe.ui.forms import Choice, ChoiceField, NotesField, QuantityField, Search, SelectField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.inventory.stock_form import CHANGES, StockForm
from coresafe.ui.widgets import button, label
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

FOUND, RECOVER = "stock.found", "stock.recover"


class FoundForm(StockForm):
    """Trays nobody missed. Where trays of that size are lost, it is asked first whether they are those.

    Signals: ``recover_asked()`` they are: recover them instead.
    """

    recover_asked = Signal()

    def __init__(
        self,
        workspace: Workspace,
        known: StockBySheds | None,
        shed_id: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace, CHANGES[FOUND], known, shed_id, parent)
        self.offer = label("", "muted", wrap=True)
        self.recover_button = button(tr("Recover lost trays"), self.recover_asked.emit, icon="undo-2")
        self.add_widget(self.offer)
        self.add_widget(self.recover_button)
        self._asked: tuple[int | None, str | None] | None = None
        self._offer(())
        for field in (self.shed, self.tray_size):
            if field is not None:
                field.changed.connect(self._ask)
        self._ask()

    def show_stock(self, known: StockBySheds) -> None:
        """The stock changed, and with it perhaps what is lost."""
        super().show_stock(known)
        self._asked = None
        self._ask()

    def _ask(self) -> None:
        wanted = self.shed_id, self.tray_size.value()
        if wanted[1] is None or wanted == self._asked:
            return
        self._asked = wanted
        query = LostQuery(shed_id=wanted[0], tray_size=wanted[1])
        self._workspace.read(find_lost, query, owner=self, lane="lost", done=self._offer)

    def _offer(self, lost: Sequence[LostTrays]) -> None:
        count = sum(found.quantity for found in lost)
        self.offer.setVisible(count > 0)
        self.recover_button.setVisible(count > 0)
        if not lost:
            return
        first = lost[0]
        self.offer.setText(
            tr(
                "{count} {size} are counted as lost, {some} of them on {number} ({company}). Are these the same trays? Then "
                "recover them: that relieves the company's account.",
                count=number(count),
                size=first.tray_size,
                some=number(first.quantity),
                number=first.number,
                company=first.company_name,
            )
        )


class RecoverForm(OperationForm):
    """A lost tray turned up: it is the shed's again, and the company's account is relieved."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, shed_id: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Recover lost trays"), save=tr("Recover"), parent=parent)
        about = tr(
            "They are the shed's again, and the company's account is relieved. Name the dispatch they were lost on."
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.lost = ChoiceField(
            "dispatch_id",
            tr("Lost on"),
            _search(workspace.context, shed_id),
            workspace.runner,
            required=True,
            placeholder=tr("Number or company, ↓ to see all"),
        )
        self.quantity = QuantityField("quantity", tr("Trays"), required=True)
        where = [("available", tr("good, empty")), ("occupied", tr("holding core")), ("damaged", tr("damaged"))]
        self.target = SelectField("to_state", tr("They are"), where)
        self.reason = NotesField("reason", tr("Reason"), required=True)
        for field in (self.lost, self.quantity, self.target, self.reason):
            self.add(field)
        self.lost.picked.connect(lambda _choice: self._limit())
        self.settle()
        query = LostQuery(shed_id=shed_id)
        workspace.read(find_lost, query, owner=self, lane="lost", done=self._take_lost)

    @property
    def chosen(self) -> LostTrays | None:
        """What they were lost as."""
        return self.lost.choice.row if self.lost.choice is not None else None

    def use_case(self) -> Callable[..., Any]:
        return move_stock

    def command(self) -> MoveStock:
        """What is typed, as the service takes it."""
        lost = self.chosen
        return MoveStock(
            kind=MovementKind.RECOVERY,
            tray_size=lost.tray_size if lost is not None else "",
            quantity=self.quantity.value() or 0,
            to_state=self.target.value(),
            reason=self.reason.value() or "",
            dispatch_id=lost.dispatch_id if lost is not None else None,
        )

    def told(self) -> str:
        """What happened, in a sentence."""
        lost = self.chosen
        count, size, of = self.quantity.value() or 0, lost.tray_size if lost else "", lost.number if lost else ""
        return tr("{count} {size} of {number} recovered.", count=number(count), size=size, number=of)

    def _take_lost(self, lost: Sequence[LostTrays]) -> None:
        """One alone needs no choosing; where there is none, that is said."""
        if not lost:
            self.lost.set_note(tr("Nothing is counted as lost here. What nobody missed is entered as found."))
        elif len(lost) == 1 and self.lost.empty:
            self.lost.choose(choice_of(lost[0]))
            self.lost.settle()
        self._limit()

    def _limit(self) -> None:
        lost = self.chosen
        if lost is None:
            self.quantity.set_limit(None)
            return
        self.lost.set_note(tr("Left {when}", when=local(lost.dispatched_at)))
        there = trn("{count} {size} is lost", "{count} {size} are lost", lost.quantity, size=lost.tray_size)
        self.quantity.set_note(there)
        only = tr("Only {count} {size} are lost.", count=number(lost.quantity), size=lost.tray_size)
        self.quantity.set_limit(lost.quantity, only)


def choice_of(lost: LostTrays) -> Choice:
    """Lost trays as something to choose: 'D-2026-000123, HQ'."""
    detail = tr("{company}, {count} lost", company=lost.company_name, count=number(lost.quantity))
    return Choice((lost.dispatch_id, lost.tray_size), f"{lost.number}, {lost.tray_size}", detail, lost)


def _search(context: Context, shed_id: int | None) -> Search:
    def search(text: str) -> Sequence[Choice]:
        words = text.partition(",")[0]  # what was chosen before stands there with its size
        return [choice_of(lost) for lost in find_lost(context, LostQuery(shed_id=shed_id, q=words))]

    return search
