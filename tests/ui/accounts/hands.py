"""What the tests of the accounts page share: dispatches from the past, and the page as it is read by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.returning import LostLine, ResolveLost, ReturnedLine, TakeReturn, resolve_lost, take_return
from coresafe.ui.accounts import AccountsPage
from coresafe.ui.tables import PagedTable
from tests.ui.desk import Desk

MakeDesk = Callable[..., Desk]


def sent_before(desk: Desk, days: int, *, hq: int = 0, nq: int = 0, other: bool = False, **changes: Any) -> DispatchRow:
    """A dispatch that left so many days ago and was due seven days later; of the other company where that is said."""
    place = desk.place
    command = DispatchTrays(
        company_id=place.other_company_id if other else place.company_id,
        project_id=place.other_project_id if other else place.project_id,
        drillhole_id=place.other_hole_id if other else place.hole_id,
        driver="Yaw",
        technician="Ama",
        dispatched_at=datetime.now(UTC) - timedelta(days=days),
        reason="found the slip",
        lines=[WantedLine(tray_size=size, quantity=n) for size, n in (("HQ", hq), ("NQ", nq)) if n],
        **changes,
    )
    return desk.aside(lambda: dispatch_trays(desk.other, command))


def came_back(desk: Desk, dispatch: DispatchRow, days: int, *, hq: int) -> DispatchRow:
    command = TakeReturn(
        dispatch_id=dispatch.id,
        driver="Kwesi",
        technician="Ama",
        lines=[ReturnedLine(tray_size="HQ", good=hq)],
        returned_at=datetime.now(UTC) - timedelta(days=days),
        reason="found the slip",
    )
    return desk.aside(lambda: take_return(desk.other, command))


def lost(desk: Desk, dispatch: DispatchRow, *, hq: int) -> None:
    lines = [LostLine(tray_size="HQ", quantity=hq)]
    desk.aside(
        lambda: resolve_lost(desk.other, ResolveLost(dispatch_id=dispatch.id, lines=lines, reason="washed away"))
    )


def open_page(desk: Desk) -> AccountsPage:
    """The page with its companies."""
    desk.do("go.accounts")
    page = desk.window.page
    assert isinstance(page, AccountsPage)
    desk.until(lambda: page.source.last is not None)
    desk.settle()
    return page


def look_back(page: AccountsPage, days: int) -> None:
    """Show the account of so many days until now."""
    today = datetime.now(UTC).date()
    page.period.choose(today - timedelta(days=days), today)


def choose(box: QComboBox, value: object) -> None:
    """Choose as a person does."""
    at = box.findData(value)
    assert at >= 0, f"{value!r} is not offered"
    box.setCurrentIndex(at)
    box.activated.emit(at)


def cells(table: PagedTable) -> list[list[str]]:
    """What the rows of a table say."""
    shown = [column for column in table.model.columns if column.shown]
    return [[column.words(row) for column in shown] for _at, row in table.model.known()]


def figures(page: AccountsPage) -> list[list[str]]:
    """The account line by line."""
    lines: dict[str, list[str]] = {}
    for door in page.panel.grid.doors:
        lines.setdefault(door.size_name or "all", []).append(door.text())
    return [[size, *told] for size, told in lines.items()]


def told(widget: QWidget) -> str:
    """Everything a part of the window says."""
    return "\n".join(part.text() for part in widget.findChildren(QLabel) if part.isVisibleTo(widget))
