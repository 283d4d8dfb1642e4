"""The inventory: what there is, how it came about, and changing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from coresafe.models.enums import Role
from coresafe.services.inventory import MoveStock, SetBase, StockQuery, StockRow, move_stock, set_base, stock
from coresafe.ui.inventory.columns import kind_of
from coresafe.ui.inventory.page import InventoryPage
from coresafe.ui.inventory.stock_form import StockForm
from tests.ui.desk import Desk

Choose = Callable[[QComboBox, object], None]


def figures(page: InventoryPage) -> dict[str, str]:
    """What a screen reader reads of the figures."""
    named = (door.accessibleName() for door in page.stock.doors if door.isVisible())
    return dict(name.split(": ", 1) for name in named if ": " in name)  # type: ignore[misc]


def hq(desk: Desk) -> StockRow:
    return next(row for row in desk.aside(lambda: stock(desk.other, StockQuery())) if row.tray_size == "HQ")


def form_of(page: InventoryPage) -> StockForm:
    assert isinstance(page.form, StockForm)
    return page.form


def fill(desk: Desk, page: InventoryPage, action: str, count: str, reason: str = "as told") -> StockForm:
    desk.do(action)
    form = form_of(page)
    desk.type(form.quantity.edit, count)
    form.reason.edit.setPlainText(reason)
    form.quantity.setFocus()
    return form


def test_it_shows_every_size_in_every_state_and_the_movements_that_made_it(desk: Desk, page: InventoryPage) -> None:
    assert {row.tray_size: row.available for row in page.stock.rows} == {"HQ": 50, "NQ": 30}
    assert (figures(page)["HQ available"], figures(page)["NQ base"]) == ("50", "30")
    assert [kind_of(row) for _at, row in page.table.model.known()] == ["Opening", "Opening"]


def test_others_movements_show_by_themselves(desk: Desk, page: InventoryPage) -> None:
    desk.others_dispatch(hq=8)
    desk.until(lambda: figures(page)["HQ available"] == "42" and figures(page)["HQ out"] == "8", 5_000)
    desk.until(lambda: page.table.model.rowCount() == 3)
    assert page.table.model.row(0).quantity == 8


@pytest.mark.parametrize(
    ("action", "source", "count", "expected"),
    [
        ("stock.base", None, "60", {"base": 60, "available": 60}),
        ("stock.purchase", None, "5", {"base": 55, "available": 55}),
        ("stock.fill", None, "5", {"available": 45, "occupied": 5}),
        ("stock.damage", None, "5", {"available": 45, "damaged": 5}),
        ("stock.scrap", "available", "5", {"base": 45, "available": 45}),
    ],
)
def test_each_change_is_posted_once(
    desk: Desk, page: InventoryPage, action: str, source: str | None, count: str, expected: dict[str, int]
) -> None:
    form = fill(desk, page, action, count)
    if source is not None:
        assert form.source is not None
        form.source.box.setCurrentIndex(form.source.box.findData(source))
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.settle()
    row: Any = hq(desk)
    assert {name: getattr(row, name) for name in expected} == expected
    desk.until(lambda: figures(page)["HQ available"] == str(expected["available"]))
    desk.prove()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("51", "There are only 50."),
        ("0", "from 1 to"),
        ("-3", "below zero"),
        ("1.5", "fraction"),
        ("2147483648", "from 1 to"),
        ("", "Fill this in."),
    ],
)
def test_numbers_that_cannot_be_posted(desk: Desk, page: InventoryPage, typed: str, told: str) -> None:
    form = fill(desk, page, "stock.fill", typed)
    desk.save_by_keys()
    assert told in form.quantity.error
    assert form.quantity.typed() == typed
    desk.settle()
    assert (hq(desk).available, hq(desk).occupied) == (50, 0)


@pytest.mark.parametrize("reason", ["", "wash\0ed", "w" * 100_000], ids=["none", "nul", "100,000"])
def test_reasons_that_cannot_be_kept(desk: Desk, page: InventoryPage, reason: str) -> None:
    form = fill(desk, page, "stock.fill", "1", reason)
    desk.save_by_keys()
    assert form.reason.error
    desk.settle()
    assert hq(desk).occupied == 0


def test_what_others_took_at_the_last_moment_is_told_at_the_number(desk: Desk, page: InventoryPage) -> None:
    form = fill(desk, page, "stock.fill", "40")
    desk.window.workspace.stop()
    desk.others_dispatch(hq=20)
    desk.save_by_keys()
    desk.until(lambda: bool(form.quantity.error))
    desk.settle()
    assert form.quantity.error == "There are only 30."
    assert hq(desk).occupied == 0
    assert form.dirty


def test_a_base_that_others_set_meanwhile_is_shown_before_it_is_set_again(desk: Desk, page: InventoryPage) -> None:
    form = fill(desk, page, "stock.base", "60")
    desk.window.workspace.stop()
    desk.aside(lambda: set_base(desk.other, SetBase(tray_size="HQ", base_quantity=70, reason="counted")))
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    desk.settle()
    assert hq(desk).base == 70
    assert form.quantity.typed() == "60"
    assert form.quantity._note_text == "Now 70"
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert hq(desk).base == 60


def test_the_movements_are_filtered_in_the_database(desk: Desk, page: InventoryPage, choose: Choose) -> None:
    desk.aside(lambda: move_stock(desk.other, MoveStock(kind="fill", tray_size="HQ", quantity=2, reason="racked")))
    choose(page.filters.kind, "fill")
    desk.until(lambda: page.table.model.rowCount() == 1 and page.table.model.row(0) is not None)
    assert page.table.model.row(0).reason == "racked"


def test_esc_asks_only_when_something_would_be_lost(desk: Desk, page: InventoryPage) -> None:
    desk.do("stock.purchase")
    form_of(page).quantity.setFocus()
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None
    form = fill(desk, page, "stock.purchase", "5")
    desk.key(Qt.Key.Key_Escape)
    assert page.form is form
    desk.do("stock.fill")
    assert page.form is form


def test_a_technician_sees_the_stock_and_is_offered_only_what_he_may_do(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(role=Role.OPERATOR)
    desk.do("go.inventory")
    desk.until(lambda: bool(desk.inventory.stock.rows))
    for name in ("stock.base", "stock.purchase", "stock.fill", "stock.scrap"):
        assert not desk.window.actions_[name].isVisible()
