"""What the tests of transfers share: a desk where there are two sheds, the page, and the hands of the other shed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coresafe.services.dispatching import WantedLine
from coresafe.services.listing import Query
from coresafe.services.transferring import (
    ArrivedLine,
    LoseTransfer,
    MissingLine,
    ReceiveTransfer,
    SendTransfer,
    TransferRow,
    get_transfer,
    list_transfers,
    lose_transfer,
    receive_transfer,
    send_transfer,
)
from coresafe.ui.transfers import TransfersPage
from tests.ui.desk import Desk

MakeDesk = Callable[..., Desk]


class Sheds:
    """A desk in the main shed, with 50 HQ and 30 NQ; the north shed has 9 HQ."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.north = desk.add_shed("North shed", "NORTH", zone="Australia/Perth", hq=9)
        desk.until(lambda: desk.window.workspace.house.several)
        self.main = next(shed for shed in desk.window.workspace.house.sheds if shed.id != self.north.id)

    @property
    def page(self) -> TransfersPage:
        page = self.desk.window.pages["go.transfers"]
        assert isinstance(page, TransfersPage)
        return page

    def open(self) -> TransfersPage:
        """Go to the page, and wait for what is on it."""
        self.desk.do("go.transfers")
        self.desk.settle()
        return self.page

    def send(self, *, hq: int = 0, nq: int = 0, core: int = 0, back: bool = False) -> TransferRow:
        """A colleague sends trays to the north shed, or from there."""
        wanted = (("HQ", hq, "empty"), ("NQ", nq, "empty"), ("HQ", core, "core"))
        lines = [WantedLine(tray_size=size, quantity=n, contents=contents) for size, n, contents in wanted if n]
        ends = (self.north.id, self.main.id) if back else (self.main.id, self.north.id)
        command = SendTransfer(shed_id=ends[0], to_shed_id=ends[1], driver="Yaw", technician="Ama", lines=lines)
        return self.desk.aside(lambda: send_transfer(self.desk.other, command))

    def receive(self, transfer: TransferRow, **parts: int) -> TransferRow:
        """A colleague receives HQ of it."""
        lines = (ArrivedLine(tray_size="HQ", **parts),)
        command = ReceiveTransfer(transfer_id=transfer.id, technician="Esi", lines=lines)
        return self.desk.aside(lambda: receive_transfer(self.desk.other, command))

    def lose(self, transfer: TransferRow, hq: int) -> TransferRow:
        """A colleague declares HQ of it lost."""
        lines = [MissingLine(tray_size="HQ", quantity=hq)]
        command = LoseTransfer(transfer_id=transfer.id, lines=lines, reason="the lorry burned out")
        return self.desk.aside(lambda: lose_transfer(self.desk.other, command))

    def read(self, transfer: TransferRow) -> TransferRow:
        """A transfer as a colleague sees it."""
        return self.desk.aside(lambda: get_transfer(self.desk.other, transfer.id))

    def all(self) -> tuple[TransferRow, ...]:
        """Every transfer, the newest first."""
        return self.desk.aside(lambda: list_transfers(self.desk.other, Query()).items)

    def select(self, transfer: TransferRow) -> TransferRow:
        """Select a transfer and wait for its detail."""
        page = self.page
        self.desk.until(lambda: page.table.model.index_of(transfer.id) is not None)
        page.table.select_id(transfer.id)
        self.desk.until(lambda: page._current is not None and page._current.id == transfer.id)
        self.desk.settle()
        assert page._current is not None
        return page._current

    def form(self, kind: type[Any]) -> Any:
        """The form that is open, of a kind."""
        form = self.page.form
        assert isinstance(form, kind)
        return form


@pytest.fixture
def sheds(desk: Desk) -> Sheds:
    """A supervisor's desk with two sheds."""
    return Sheds(desk)
