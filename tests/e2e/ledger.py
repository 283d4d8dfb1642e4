"""What the database knows, read past the programs under test, and what must always fit in it."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self

from coresafe.models.enums import Door, Role
from coresafe.services.audit_trail import AuditRow, list_audit
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import find_dispatch, list_dispatches
from coresafe.services.inventory import MoveStock, StockQuery, StockRow, move_stock, stock
from coresafe.services.listing import Query
from coresafe.services.proving import prove
from tests.ui.desk import Place


class Ledger:
    """The books of a place, in a connection of their own."""

    def __init__(self, place: Place) -> None:
        self.database = Database(place.url)
        self.supervisor, self.administrator = (
            Context(database=self.database, actor=place.actors[role], door=Door.WINDOW, machine="books")
            for role in (Role.MANAGER, Role.ADMIN)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()

    def buy(self, **trays: int) -> None:
        """More trays for the shed, by size."""
        for size, quantity in trays.items():
            move_stock(
                self.supervisor, MoveStock(kind="purchase", tray_size=size, quantity=quantity, reason="a new year")
            )

    def dispatches(self) -> tuple[DispatchRow, ...]:
        """All of them with what came back, oldest first."""
        return list_dispatches(self.supervisor, Query(sort="number", limit=200), history=True).items

    def dispatch(self, number: str) -> DispatchRow:
        """One of them."""
        return find_dispatch(self.supervisor, number)

    def stock(self, size: str) -> StockRow:
        """A size's figures."""
        return next(row for row in stock(self.supervisor, StockQuery()) if row.tray_size == size)

    def trail(self, record_type: str, action: str) -> list[AuditRow]:
        """The entries of one kind of change."""
        query = Query(filters={"record_type": record_type, "action": action}, limit=200)
        return list(list_audit(self.administrator, query).items)

    def fits(self) -> None:
        """Everything in the database fits, and no number is missing."""
        assert prove(self.database).problems == ()
        rows = self.dispatches()
        without_gap([row.number for row in rows])
        without_gap(sorted(entry.number for row in rows for entry in row.returns))


def without_gap(numbers: list[str]) -> None:
    """They count from 1 without a gap."""
    counted = [int(re.fullmatch(r"[DR]-\d{4}-(\d{6})", number)[1]) for number in numbers]  # type: ignore[index]
    assert counted == list(range(1, len(numbers) + 1))
