"""Hands on the page of stocktakes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from coresafe.models.enums import State
from coresafe.services.context import Context
from coresafe.services.stocktaking import (
    DeclareSize,
    EnterCount,
    OpenStocktake,
    StocktakeRow,
    declare_size,
    enter_count,
    open_stocktake,
)
from coresafe.ui.stocktake import StocktakePage
from tests.ui.desk import Desk


def page_of(desk: Desk) -> StocktakePage:
    """Go to the page and wait for what it shows."""
    desk.do("go.stocktake")
    page = desk.window.pages["go.stocktake"]
    assert isinstance(page, StocktakePage)
    desk.until(lambda: page._seen is not None and desk.runner.idle)
    return page


def others_open(desk: Desk) -> StocktakeRow:
    """A supervisor at another computer begins a count."""
    return desk.aside(lambda: open_stocktake(desk.other, OpenStocktake()))


def others_count(
    desk: Desk,
    row: StocktakeRow,
    size: str = "HQ",
    *,
    available: int = 0,
    declare: bool = False,
    who: Context | None = None,
) -> None:
    """Somebody at another computer counts a size in every state, and may declare it."""
    by = who or desk.other

    def work() -> None:
        for state, quantity in (("available", available), ("occupied", 0), ("damaged", 0)):
            enter_count(
                by, EnterCount(stocktake_id=row.id, tray_size=size, state=state, quantity=quantity, place="Yard")
            )
        if declare:
            declare_size(by, DeclareSize(stocktake_id=row.id, tray_size=size))

    desk.aside(work)


def count(desk: Desk, page: StocktakePage, size: str, quantity: str, *, state: State | None = None) -> None:
    """Enter a number by keys: the size, Enter, the number, Enter; and wait until it is in the list."""
    if state is not None:
        page.desk.state.buttons[state].click()
    before = page.entries.rowCount()
    desk.type(page.desk.tray.edit, size)
    desk.key(Qt.Key.Key_Return)
    desk.until(page.desk.quantity.edit.hasFocus)
    desk.type(page.desk.quantity.edit, quantity)
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: desk.runner.idle and not page.desk.dirty)
    assert page.entries.rowCount() >= before


def listed(page: StocktakePage) -> list[tuple[str, ...]]:
    """One's own entries, without their times: place, size, state, number."""
    rows = range(page.entries.rowCount())
    return [tuple(page.entries.item(at, column).text() for column in range(1, 5)) for at in rows]  # type: ignore[union-attr]


def marks(page: StocktakePage, size: str) -> list[str]:
    """'done' or 'not yet' of each state of a size."""
    return [mark._words.text() for mark in page.sizes.rows[size].marks.values()]


def words_in(widget: QWidget) -> list[str]:
    """All that stands in labels that are seen."""
    return [part.text() for part in widget.findChildren(QLabel) if part.isVisible() and part.text()]


def told(desk: Desk) -> list[str]:
    """What was said so far."""
    return [message.text for message in desk.said]


def pressed(page: StocktakePage, size: str) -> Any:
    """Press the button beside a size."""
    page.sizes.rows[size].button.click()
