"""Two sheds of one company's, and what is sent from one to the other."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coresafe.services.context import Context
from coresafe.services.dispatching import WantedLine
from coresafe.services.transferring import (
    ArrivedLine,
    LoseTransfer,
    MissingLine,
    ReceiveTransfer,
    SendTransfer,
    TransferRow,
    VoidEntry,
    lose_transfer,
    receive_transfer,
    send_transfer,
    void_transfer_entry,
)
from tests.worlds import People, World, make_world


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Trays go from ``here`` to ``there``, each a world with a shed of its own."""

    here: World
    there: World

    @property
    def operator(self) -> Context:
        return self.here.operator

    @property
    def manager(self) -> Context:
        return self.here.manager

    @property
    def turned(self) -> Pair:
        """The other way round."""
        return Pair(here=self.there, there=self.here)

    def wanted(self, *lines: WantedLine, hq: int = 0, nq: int = 0, **changes: Any) -> SendTransfer:
        """The command of a transfer: HQ and NQ by number, other lines as they are given."""
        sizes = [WantedLine(tray_size=name, quantity=n) for name, n in (("HQ", hq), ("NQ", nq)) if n]
        command = SendTransfer(
            shed_id=self.here.shed_id,
            to_shed_id=self.there.shed_id,
            driver="Kwame",
            technician="Ama",
            lines=[*sizes, *lines],
        )
        return replace(command, **changes)

    def send(
        self, *lines: WantedLine, who: Context | None = None, op: uuid.UUID | None = None, **wanted: Any
    ) -> TransferRow:
        """Send trays, as the operator unless somebody else is named."""
        return send_transfer(who or self.operator, self.wanted(*lines, **wanted), op)

    def receive(
        self,
        transfer: TransferRow | int,
        *,
        hq: int | Mapping[str, int] = 0,
        nq: int | Mapping[str, int] = 0,
        who: Context | None = None,
        **changes: Any,
    ) -> TransferRow:
        """Receive trays: a number is so many good ones, a mapping names good, occupied, damaged and surplus."""
        lines = [
            ArrivedLine(tray_size=name, **(dict(parts) if isinstance(parts, Mapping) else {"good": parts}))
            for name, parts in (("HQ", hq), ("NQ", nq))
            if parts
        ]
        transfer_id = transfer if isinstance(transfer, int) else transfer.id
        command = ReceiveTransfer(transfer_id=transfer_id, technician="Esi", lines=lines)
        return receive_transfer(who or self.operator, replace(command, **changes))

    def lose(
        self, transfer: TransferRow, *, hq: int, reason: str = "never came", who: Context | None = None, **changes: Any
    ) -> TransferRow:
        """Declare trays lost on their way, as the manager unless somebody else is named."""
        lines = [MissingLine(tray_size="HQ", quantity=hq)]
        command = LoseTransfer(transfer_id=transfer.id, lines=lines, reason=reason)
        return lose_transfer(who or self.manager, replace(command, **changes))

    def void_entry(self, transfer: TransferRow, *, index: int = 0, **changes: Any) -> TransferRow:
        """Void one of its entries, as the manager."""
        command = VoidEntry(transfer_id=transfer.id, entry_id=transfer.entries[index].id, reason="miscounted")
        return void_transfer_entry(self.manager, replace(command, **changes))


def make_pair(people: People, **stocked: Any) -> Pair:
    """Two new worlds, each with so many trays of each size."""
    return Pair(here=make_world(people, **stocked), there=make_world(people, **stocked))
