"""The inventory page: sheds, figures that lead to what is behind them, filters, one movement, and trays that turn up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QComboBox, QLabel
from sqlalchemy import event

from coresafe.models.enums import Role
from coresafe.services.inventory import MoveStock, StockRow, move_stock
from coresafe.services.returning import LostLine, ResolveLost, resolve_lost
from coresafe.services.shed_stock import stock_by_shed
from coresafe.services.sheds import AddShed, add_shed
from coresafe.ui.inventory.page import InventoryPage
from coresafe.ui.inventory.turning_up import FoundForm, RecoverForm
from tests.ui.desk import Desk
from tests.ui.inventory.conftest import open_inventory

Choose = Callable[[QComboBox, object], None]
MakeDesk = Callable[..., Desk]


def shown(page: InventoryPage) -> list[tuple[str, int, str]]:
    """What the movements' rows say: kind, trays, size."""
    return [(row.kind.value, row.quantity, row.tray_size) for _at, row in page.table.model.known()]


def read_texts(widget: object) -> list[str]:
    return [part.text() for part in widget.findChildren(QLabel) if part.isVisible()]  # type: ignore[attr-defined]


def others_move(desk: Desk, kind: str, quantity: int, *, size: str = "HQ", shed_id: int | None = None) -> None:
    command = MoveStock(kind=kind, tray_size=size, quantity=quantity, reason=f"{kind} told", shed_id=shed_id)
    desk.aside(lambda: move_stock(desk.other, command))


def add_north(desk: Desk) -> int:
    """A second shed with 7 HQ."""
    north = desk.aside(lambda: add_shed(desk.admin, AddShed(name="North shed", code="NORTH", time_zone="UTC")))
    others_move(desk, "purchase", 7, shed_id=north.id)
    return north.id


def lose(desk: Desk, hq: int) -> str:
    """A dispatch of which trays are lost; its number."""
    sent = desk.others_dispatch(hq=hq + 1)
    lines = [LostLine(tray_size="HQ", quantity=hq)]
    desk.aside(lambda: resolve_lost(desk.other, ResolveLost(dispatch_id=sent.id, lines=lines, reason="washed away")))
    return sent.number


class Asked:
    """What a desk's own database is asked, from now on; the feed stays silent."""

    def __init__(self, desk: Desk) -> None:
        desk.window.workspace.stop()
        desk.settle()
        self.statements: list[str] = []
        event.listen(desk.database.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
        self.statements.append(statement)


# -- sheds ------------------------------------------------------------------------------------------------------------


def test_one_shed_needs_no_choosing(page: InventoryPage) -> None:
    assert not page.shed.isVisible()
    assert "All sheds" not in [page.shed.itemText(at) for at in range(page.shed.count())]


def test_the_own_shed_comes_first_and_all_are_seen_together(make_desk: MakeDesk, choose: Choose) -> None:
    north = add_north(make_desk())
    desk = make_desk(shed="north")
    page = open_inventory(desk)
    assert [page.shed.itemText(at) for at in range(page.shed.count())] == ["North shed", "Main shed", "All sheds"]
    assert page.shed_id == north
    assert page.stock.door("HQ", "available").text() == "7"
    desk.until(lambda: shown(page) == [("purchase", 7, "HQ")])
    choose(page.shed, 0)
    assert page.stock.door("HQ", "available").text() == "57"
    assert page.stock.door("", "available").text() == "87"
    desk.until(lambda: len(shown(page)) == 3)


def test_the_shed_that_was_looked_at_last_is_shown_again(make_desk: MakeDesk, choose: Choose) -> None:
    desk = make_desk()
    north = add_north(desk)
    page = open_inventory(desk)
    assert page.shed_id is None
    choose(page.shed, north)
    again = make_desk()
    assert open_inventory(again).shed_id == north
    again.until(lambda: shown(again.inventory) == [("purchase", 7, "HQ")])


def test_a_change_is_posted_in_the_shed_that_is_shown_or_chosen(make_desk: MakeDesk, choose: Choose) -> None:
    desk = make_desk()
    north = add_north(desk)
    page = open_inventory(desk)
    choose(page.shed, north)
    desk.do("stock.damage")
    form = page.form
    assert form is not None and form["shed_id"].value() == north
    desk.type(form["quantity"].edit, "2")  # type: ignore[attr-defined]
    form["reason"].edit.setPlainText("dropped")  # type: ignore[attr-defined]
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.until(lambda: page.stock.door("HQ", "damaged").text() == "2")
    rows = {shed.name: shed.rows[0].damaged for shed in desk.aside(lambda: stock_by_shed(desk.other)).sheds}
    assert rows == {"Main shed": 0, "North shed": 2}
    desk.prove()


# -- figures that are doors -------------------------------------------------------------------------------------------


def test_all_sizes_are_summed_up_below_them(desk: Desk, page: InventoryPage) -> None:
    desk.others_dispatch(hq=8, nq=5)
    desk.until(lambda: page.stock.door("", "out").text() == "13")
    assert (page.stock.door("", "base").text(), page.stock.door("", "available").text()) == ("80", "67")
    assert page.stock.door("", "out").accessibleName() == "All out: 13"


@pytest.mark.parametrize("by_keys", [False, True], ids=["click", "Enter"])
def test_what_is_out_leads_to_its_dispatches(desk: Desk, page: InventoryPage, *, by_keys: bool) -> None:
    hq, _nq = desk.others_dispatch(hq=8), desk.others_dispatch(nq=5)
    desk.until(lambda: page.stock.door("HQ", "out").text() == "8")
    door = page.stock.door("HQ", "out")
    if by_keys:
        door.setFocus()
        desk.key(Qt.Key.Key_Return)
    else:
        desk.qtbot.mouseClick(door, Qt.MouseButton.LeftButton)
    assert desk.window.page is desk.dispatches
    desk.until(lambda: [row.id for _at, row in desk.dispatches.table.model.known()] == [hq.id])
    assert desk.dispatches.filter.currentText() == "Out: HQ"
    desk.do("go.inventory")
    desk.qtbot.mouseClick(page.stock.door("", "out"), Qt.MouseButton.LeftButton)
    desk.until(lambda: desk.dispatches.table.model.rowCount() == 2)
    assert desk.dispatches.filter.currentText() == "Out: all sizes"


def test_other_figures_lead_to_the_movements_that_made_them(desk: Desk, page: InventoryPage) -> None:
    others_move(desk, "fill", 4)
    others_move(desk, "purchase", 6)
    desk.until(lambda: page.stock.door("HQ", "occupied").text() == "4")
    desk.qtbot.mouseClick(page.stock.door("HQ", "occupied"), Qt.MouseButton.LeftButton)
    desk.until(lambda: shown(page) == [("fill", 4, "HQ")])
    assert (page.filters.tray_size.currentText(), page.filters.state.currentText()) == ("HQ", "Occupied")
    desk.qtbot.mouseClick(page.stock.door("HQ", "base"), Qt.MouseButton.LeftButton)
    desk.until(lambda: shown(page) == [("purchase", 6, "HQ"), ("opening", 50, "HQ")])
    assert page.table.model.rowCount() == 2
    page.filters.clear_button.click()
    desk.until(lambda: page.table.model.rowCount() == 4)
    assert not page.filters.clear_button.isVisible()


def test_the_arrows_go_from_figure_to_figure_and_tab_stops_at_one(desk: Desk, page: InventoryPage) -> None:
    first = page.stock.door("HQ", "base")
    assert [door for door in page.stock.doors if door.focusPolicy() & Qt.FocusPolicy.TabFocus] == [first]
    first.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
        desk.key(key)
    assert page.stock.door("HQ", "available").hasFocus()
    desk.others_dispatch(hq=1)
    desk.until(lambda: page.stock.door("HQ", "out").text() == "1")
    assert page.stock.door("HQ", "available").hasFocus()


# -- filters ----------------------------------------------------------------------------------------------------------


def test_movements_are_filtered_by_size_kind_and_days_together(desk: Desk, page: InventoryPage, choose: Choose) -> None:
    others_move(desk, "fill", 2)
    others_move(desk, "fill", 3, size="NQ")
    choose(page.filters.tray_size, "NQ")
    choose(page.filters.kind, "fill")
    desk.until(lambda: shown(page) == [("fill", 3, "NQ")])
    choose(page.filters.period, "today")
    assert page.filters.first.isVisible() and page.filters.last.isVisible()
    assert page.filters.first.date() == page.filters.last.date()
    desk.settle()
    assert shown(page) == [("fill", 3, "NQ")]
    choose(page.filters.period, "last_month")
    desk.until(page.table._nothing_found.isVisible)
    page.filters.clear()
    desk.until(lambda: page.table.model.rowCount() == 4)
    assert not page.filters.first.isVisible()


def test_days_are_typed_and_the_other_end_comes_along(desk: Desk, page: InventoryPage, choose: Choose) -> None:
    choose(page.filters.period, "dates")
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    page.filters.first.setDate(QDate(tomorrow.year, tomorrow.month, tomorrow.day))
    assert page.filters.last.date() == page.filters.first.date()
    desk.until(page.table._nothing_found.isVisible)
    page.filters.last.setDate(QDate(2020, 1, 1))
    assert page.filters.first.date() == QDate(2020, 1, 1)
    assert page.filters.period.currentText() == "Between two days"


# -- one movement -----------------------------------------------------------------------------------------------------


def test_a_movement_tells_all_about_itself_and_leads_to_its_document(desk: Desk, page: InventoryPage) -> None:
    sent = desk.others_dispatch(hq=8)
    desk.until(lambda: page.table.model.rowCount() == 3)
    page.table.select_id(page.table.model.row(0).id)
    desk.until(lambda: page.detail.row is not None)
    texts = read_texts(page.detail)
    assert {"8 HQ", "Dispatch", "mary", "Available", "Out", "Ashanti Gold", sent.number} <= set(texts)
    desk.do("stock.document")
    assert desk.window.page is desk.dispatches
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.id == sent.id)


def test_enter_on_a_movement_opens_its_document_and_nothing_where_there_is_none(
    desk: Desk, page: InventoryPage
) -> None:
    others_move(desk, "fill", 2)
    desk.until(lambda: page.table.model.rowCount() == 3)
    page.table.select_id(page.table.model.row(0).id)
    desk.until(lambda: page.detail.row is not None)
    assert "fill told" in read_texts(page.detail)
    assert not desk.window.actions_["stock.document"].isEnabled()
    page.table.view.setFocus()
    desk.key(Qt.Key.Key_Return)
    assert desk.window.page is page


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_one_question_for_the_stock_and_two_for_the_movements(desk: Desk) -> None:
    asked = Asked(desk)
    open_inventory(desk)
    desk.settle()
    assert len(asked.statements) <= 3, asked.statements


def test_while_it_is_hidden_it_asks_nothing_and_when_it_is_seen_it_is_up_to_date(
    desk: Desk, page: InventoryPage
) -> None:
    desk.do("go.dispatches")
    asked = Asked(desk)
    desk.others_dispatch(hq=8)
    desk.window.workspace.look()
    desk.until(lambda: desk.dispatches.table.model.rowCount() == 1)
    desk.settle()
    assert [s for s in asked.statements if "sheds JOIN tray_sizes" in s or "FROM movements" in s] == []
    desk.do("go.inventory")
    desk.until(lambda: page.stock.door("HQ", "out").text() == "8")
    desk.until(lambda: page.table.model.rowCount() == 3)


# -- trays that turn up -----------------------------------------------------------------------------------------------


def test_found_trays_are_asked_first_whether_they_are_lost_ones(desk: Desk, page: InventoryPage) -> None:
    number = lose(desk, 4)
    desk.until(lambda: page.stock.door("HQ", "lost").text() == "4")
    desk.do("stock.found")
    found = page.form
    assert isinstance(found, FoundForm)
    desk.until(found.recover_button.isVisible)
    assert number in found.offer.text()
    desk.type(found.quantity.edit, "3")
    found.reason.edit.setPlainText("behind the rack")
    found.recover_button.click()
    form = page.form
    assert isinstance(form, RecoverForm)
    desk.until(lambda: form.lost.choice is not None)  # there is only one dispatch with lost trays
    assert (form.quantity.value(), form.reason.value()) == (3, "behind the rack")
    form.quantity.setFocus()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.until(lambda: page.stock.door("HQ", "lost").text() == "1")
    assert page.stock.door("HQ", "available").text() == "48"
    dispatch = next(row for row in desk.all_dispatches() if row.number == number)
    assert dispatch.recovered == 3
    assert any(f"3 HQ of {number} recovered." in message.text for message in desk.said)
    desk.prove()


def test_more_than_is_lost_cannot_be_recovered(desk: Desk, page: InventoryPage) -> None:
    number = lose(desk, 2)
    desk.do("stock.recover")
    form = page.form
    assert isinstance(form, RecoverForm)
    desk.until(lambda: form.lost.choice is not None)
    assert form.lost.edit.text() == f"{number}, HQ"
    desk.type(form.quantity.edit, "3")
    form.reason.edit.setPlainText("they came back")
    desk.save_by_keys()
    assert form.quantity.error == "Only 2 HQ are lost."
    desk.type(form.quantity.edit, "2")
    form.target.set_value("damaged")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.until(lambda: page.stock.door("HQ", "damaged").text() == "2")
    desk.prove()


def test_where_nothing_is_lost_that_is_said_and_what_was_not_missed_is_found(desk: Desk, page: InventoryPage) -> None:
    desk.do("stock.recover")
    form = page.form
    assert isinstance(form, RecoverForm)
    desk.until(lambda: "Nothing is counted as lost" in form.lost._note_text)
    form.leave()
    desk.do("stock.found")
    found = page.form
    assert isinstance(found, FoundForm)
    desk.settle()
    assert not found.recover_button.isVisible()
    desk.type(found.quantity.edit, "5")
    found.reason.edit.setPlainText("in the old hut")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.until(lambda: page.stock.door("HQ", "available").text() == "55")

    def row() -> StockRow:
        return next(row for row in desk.aside(lambda: stock_by_shed(desk.other)).of(None) if row.tray_size == "HQ")

    assert (row().base, row().available) == (55, 55)
    desk.prove()


def test_a_technician_is_shown_the_figures_and_not_what_he_may_not_do(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    page = open_inventory(desk)
    assert page.stock.door("HQ", "available").text() == "50"
    assert not desk.window.actions_["stock.found"].isVisible()
    assert not desk.window.actions_["stock.recover"].isVisible()
    assert desk.window.actions_["stock.release"].isVisible()


def test_every_size_stands_in_sight_as_soon_as_the_page_is_opened(desk: Desk) -> None:
    desk.window.resize(1366, 768)
    page = open_inventory(desk)
    last = page.stock.doors[-1]
    desk.until(lambda: last.visibleRegion().boundingRect().height() == last.height() > 0)
