"""Counting at real windows: by keys and by scan, blind and together; declared, looked at, approved, and found again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role, State
from coresafe.services import transaction
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.stocktaking import (
    ApproveStocktake,
    CancelStocktake,
    StocktakeRow,
    approve_stocktake,
    cancel_stocktake,
)
from coresafe.ui.anywhere.palette import Palette
from coresafe.ui.stocktake import StocktakePage
from coresafe.ui.stocktake.small_forms import CancelForm, DeclareForm, OpenForm
from coresafe.ui.stocktake.variances_form import VariancesForm
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.ui.stocktake.hands import count, listed, marks, others_count, others_open, page_of, pressed, told, words_in

MakeDesk = Callable[..., Desk]


@pytest.fixture
def row(desk: Desk) -> StocktakeRow:
    """The shed is being counted."""
    return others_open(desk)


@pytest.fixture
def page(desk: Desk, row: StocktakeRow) -> StocktakePage:
    """A supervisor at the page while it is."""
    return page_of(desk)


def variances_form(desk: Desk, page: StocktakePage) -> VariancesForm:
    desk.do("stocktake.approve")
    desk.until(lambda: isinstance(page.form, VariancesForm) and desk.runner.idle)
    form = page.form
    assert isinstance(form, VariancesForm)
    return form


# -- beginning --------------------------------------------------------------------------------------------------------


def test_where_nothing_is_counted_a_supervisor_opens_a_stocktake_and_the_keyboard_waits_for_the_first_size(
    desk: Desk,
) -> None:
    page = page_of(desk)
    assert "Main shed is not being counted." in words_in(page)
    desk.do("page.new")
    assert isinstance(page.form, OpenForm)
    desk.save_by_keys()
    desk.until(lambda: page.stocktake is not None and desk.runner.idle)
    assert page.stocktake is not None
    assert any(f"{page.stocktake.number} is open" in words for words in told(desk))
    assert page.desk.tray.edit.hasFocus()
    assert marks(page, "HQ") == ["not yet"] * 3


def test_a_technician_is_told_that_a_supervisor_opens_it_and_sees_it_by_itself_once_that_is_done(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(role=Role.OPERATOR)
    page = page_of(desk)
    shown = words_in(page)
    assert "A supervisor opens one; it shows here by itself." in shown
    assert not any(button.text().strip() == "Open a stocktake" for button in page.findChildren(QAbstractButton))
    for name in ("stocktake.open", "stocktake.approve", "stocktake.cancel"):
        assert not desk.window.actions_[name].isVisible()
    others_open(desk)
    desk.until(lambda: page.stocktake is not None)
    assert page.desk.isVisible()


def test_the_page_is_reached_by_key_and_stands_in_the_palette_and_the_menu(desk: Desk) -> None:
    desk.window.activateWindow()
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(desk.window.page, StocktakePage)
    desk.do("go.anywhere")
    palette = desk.window.findChild(Palette)
    assert palette is not None
    desk.qtbot.keyClicks(QApplication.focusWidget(), "stocktake")
    desk.until(lambda: any(entry.id == "go.stocktake" for entry in palette.list.entries))
    desk.key(Qt.Key.Key_Escape)


# -- counting ---------------------------------------------------------------------------------------------------------


def test_size_enter_number_enter_and_the_next_state_and_place_stay(desk: Desk, page: StocktakePage) -> None:
    desk.type(page.desk.place.edit, "Rack 1")
    count(desk, page, "HQ", "40")
    assert page.desk.tray.edit.hasFocus()
    assert (page.desk.tray.edit.text(), page.desk.quantity.edit.text(), page.desk.place.edit.text()) == (
        "",
        "",
        "Rack 1",
    )
    count(desk, page, "nq", "0", state=State.DAMAGED)
    assert listed(page) == [("Rack 1", "NQ", "Damaged", "0"), ("Rack 1", "HQ", "Available", "40")]
    assert page.desk.state.value() is State.DAMAGED
    assert marks(page, "HQ") == ["done", "not yet", "not yet"]
    assert marks(page, "NQ") == ["not yet", "not yet", "done"]  # counted zero is counted


def test_a_recount_says_what_it_replaces_before_it_does(desk: Desk, page: StocktakePage) -> None:
    count(desk, page, "HQ", "40")
    page.desk.take_size("HQ")
    assert any("Replaces your 40 at this place" in words for words in words_in(page.desk))
    desk.type(page.desk.quantity.edit, "41")
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: listed(page) == [("no place named", "HQ", "Available", "41")])


def test_an_entry_is_changed_with_enter_and_taken_back_with_delete(desk: Desk, page: StocktakePage) -> None:
    count(desk, page, "HQ", "40")
    page.entries.setFocus()
    page.entries.selectRow(0)
    desk.key(Qt.Key.Key_Return)
    assert (page.desk.tray.edit.text(), page.desk.quantity.edit.text()) == ("HQ", "40")
    assert page.desk.quantity.edit.hasFocus()
    desk.type(page.desk.quantity.edit, "44")
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: listed(page) == [("no place named", "HQ", "Available", "44")])
    page.entries.setFocus()
    page.entries.selectRow(0)
    desk.key(Qt.Key.Key_Delete)
    desk.until(lambda: page.entries.rowCount() == 0 and desk.runner.idle)
    assert any("Taken back: 44 HQ available" in words for words in told(desk))
    assert marks(page, "HQ") == ["not yet"] * 3


@pytest.mark.parametrize(
    ("typed", "says"), [("-1", "below zero"), ("1.5", "fraction"), ("1000000000", "from 0 to"), ("ten", "whole number")]
)
def test_what_is_no_number_of_trays_is_said_at_the_field_and_nothing_is_entered(
    desk: Desk, page: StocktakePage, typed: str, says: str
) -> None:
    page.desk.take_size("HQ")
    desk.type(page.desk.quantity.edit, typed)
    desk.key(Qt.Key.Key_Return)
    assert says in page.desk.quantity.error
    assert (page.desk.quantity.edit.text(), listed(page)) == (typed, [])


def test_a_size_that_is_scanned_anywhere_on_the_page_is_the_next_one(desk: Desk, page: StocktakePage) -> None:
    page.entries.setFocus()
    assert page.take_scan("nq")
    assert page.desk.tray.value() == "NQ"
    assert page.desk.quantity.edit.hasFocus()
    assert not page.take_scan("D-2026-000001")  # which is for the page of returns


def test_escape_takes_the_typing_away_and_keeps_state_and_place(desk: Desk, page: StocktakePage) -> None:
    desk.type(page.desk.place.edit, "Yard")
    page.desk.take_size("HQ")
    desk.type(page.desk.quantity.edit, "12")
    assert page.form is page.desk  # the window knows that something would be lost
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None
    assert (page.desk.tray.edit.text(), page.desk.place.edit.text()) == ("", "Yard")


def test_everything_that_is_touched_is_large_enough_for_gloves(desk: Desk, page: StocktakePage) -> None:
    count(desk, page, "HQ", "40")
    controls = [c for kind in (QAbstractButton, QLineEdit) for c in page.findChildren(kind) if c.isVisible()]
    small = [
        c.accessibleName() or c.text() for c in controls if c.height() < 44 and not isinstance(c.parent(), QLineEdit)
    ]
    assert small == []
    assert page.entries.rowHeight(0) >= 44


def test_the_next_size_is_typed_while_the_last_number_is_still_on_its_way(
    make_desk: MakeDesk, databases: Databases
) -> None:
    """Over a long line nobody waits: what was entered stands in the list, and is saved in its order."""
    place = make_place(databases.new("mysql"))
    port = make_url(place.url).port
    assert port is not None
    with Proxy(port) as line:
        desk = make_desk(place=place, port=line.port)
        others_open(desk)
        page = page_of(desk)
        line.delay = 0.3
        for size, number in (("HQ", "40"), ("NQ", "20"), ("HQ", "41")):
            page.desk.take_size(size)
            desk.type(page.desk.quantity.edit, number)
            desk.key(Qt.Key.Key_Return)
            assert page.desk.tray.edit.hasFocus()
        assert page.entries.item(0, 0).text() == "saving…"  # type: ignore[union-attr]
        assert [row[-1] for row in listed(page)[:3]] == ["41", "20", "40"]
        desk.type(page.desk.tray.edit, "P")
        assert page.form is page.desk
        page.desk.leave()
        assert page.desk.banner is not None
        assert "still being saved" in page.desk.banner.message.text
        desk.until(lambda: not page.desk.sent)
        assert page.desk.tray.edit.text() == "P"
        line.delay = 0
        desk.until(lambda: [row[1:] for row in listed(page)] == [("HQ", "Available", "41"), ("NQ", "Available", "20")])
        page.desk.next()


def test_a_number_that_is_refused_comes_back_with_the_reason(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    desk.window.workspace.stop()  # nobody hears that HQ is declared meanwhile
    others_count(desk, row, available=50, declare=True)
    page.desk.take_size("HQ")
    desk.type(page.desk.quantity.edit, "12")
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: page.desk.banner is not None)
    assert page.desk.banner is not None
    message = page.desk.banner.message
    assert message.text == "12 HQ was not entered."
    assert "HQ was declared counted by mary" in message.hint
    message.choices[0].do()
    assert (page.desk.tray.value(), page.desk.quantity.value()) == ("HQ", 12)
    assert listed(page) == []
    page.desk.next()


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_numbers_entered_while_the_database_is_away_are_saved_once_it_is_back(
    make_desk: MakeDesk, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    place = make_place(databases.new("mysql"))
    port = make_url(place.url).port
    assert port is not None
    with Proxy(port) as line:
        desk = make_desk(place=place, port=line.port)
        others_open(desk)
        page = page_of(desk)
        line.refuse()
        for number in ("40", "41"):
            page.desk.take_size("HQ")
            desk.type(page.desk.quantity.edit, number)
            desk.key(Qt.Key.Key_Return)
        desk.until(lambda: page.desk.banner is not None, ms=60_000)
        assert page.desk.banner is not None
        assert "2 numbers wait to be saved" in page.desk.banner.message.text
        line.accept()
        desk.until(
            lambda: not page.desk.sent and listed(page) == [("no place named", "HQ", "Available", "41")], ms=60_000
        )


# -- together, and blind ----------------------------------------------------------------------------------------------


def test_two_windows_counting_show_each_others_progress_within_five_seconds_and_no_number(
    make_desk: MakeDesk, place: Place
) -> None:
    ours = make_desk(role=Role.MANAGER)
    others_open(ours)
    theirs = make_desk(role=Role.OPERATOR)
    mine, other = page_of(ours), page_of(theirs)
    ours.window.activateWindow()
    ours.until(ours.window.isActiveWindow)
    mine.desk.take_size("HQ")
    ours.type(mine.desk.quantity.edit, "47")
    since = time.monotonic()
    ours.key(Qt.Key.Key_Return)
    theirs.until(lambda: marks(other, "HQ")[0] == "done", ms=10_000)
    assert time.monotonic() - since < 5
    assert listed(other) == []
    assert not any("47" in words.split() for words in words_in(other))
    tip = other.sizes.rows["HQ"].marks[State.AVAILABLE].toolTip()
    assert tip == "Counted by mary"


def test_what_others_do_moves_neither_what_is_typed_nor_what_is_chosen(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    count(desk, page, "HQ", "40")
    page.entries.selectRow(0)
    page.desk.take_size("NQ")
    desk.type(page.desk.quantity.edit, "17")
    admin = desk.admin
    others_count(desk, row, "NQ", available=9, who=admin)
    desk.until(lambda: marks(page, "NQ") == ["done"] * 3)
    assert (page.desk.tray.value(), page.desk.quantity.edit.text()) == ("NQ", "17")
    assert page.desk.quantity.edit.hasFocus()
    assert page.entries.chosen is not None


def test_nobody_who_counts_sees_what_is_expected(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    row = others_open(desk)
    page = page_of(desk)
    others_count(desk, row, "HQ", available=48, declare=True)
    desk.until(lambda: page.sizes.rows["HQ"].button.text() == "Count on")
    shown = " ".join(words_in(desk.window)).split()
    assert not {"50", "48", "−2", "-2"} & set(shown)


# -- declaring --------------------------------------------------------------------------------------------------------


def test_a_size_counted_in_every_state_is_declared_with_one_press_and_counted_on_with_another(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    others_count(desk, row, available=50)
    desk.until(lambda: marks(page, "HQ") == ["done"] * 3)
    pressed(page, "HQ")
    desk.until(lambda: page.sizes.rows["HQ"].button.text() == "Count on")
    assert page.sizes.rows["HQ"].said.text().endswith("by mary")
    page.desk.take_size("HQ")
    desk.type(page.desk.quantity.edit, "1")
    desk.save_by_keys()
    assert page.desk.banner is not None
    assert "HQ is declared counted" in page.desk.banner.message.text
    page.desk.leave()
    pressed(page, "HQ")
    desk.until(lambda: page.sizes.rows["HQ"].button.text() == "Declare counted" and desk.runner.idle)


def test_that_there_are_none_has_to_be_said_for_each_state_nobody_counted(desk: Desk, page: StocktakePage) -> None:
    count(desk, page, "HQ", "50")
    pressed(page, "HQ")
    form = page.form
    assert isinstance(form, DeclareForm)
    assert list(form.boxes) == [State.OCCUPIED, State.DAMAGED]
    form.boxes[State.OCCUPIED].box.click()
    desk.save_by_keys()
    assert form.banner is not None
    assert form.banner.message.text == "Say that there are none damaged, or count them first."
    form.boxes[State.DAMAGED].box.click()
    desk.save_by_keys()
    desk.until(lambda: page.form is None and desk.runner.idle)
    assert marks(page, "HQ") == ["done"] * 3
    assert page.sizes.rows["HQ"].button.text() == "Count on"


# -- approving --------------------------------------------------------------------------------------------------------


def test_a_supervisor_sees_what_varies_gives_reasons_and_approves(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    sent = desk.others_dispatch(hq=4)
    others_count(desk, row, available=45, declare=True)
    form = variances_form(desk, page)
    assert [(r.state, r.at_opening, r.moved, r.expected, r.counted, r.variance) for r in form.variances.rows[:1]] == [
        (State.AVAILABLE, 50, -4, 46, 45, -1)
    ]
    assert "−1" in words_in(form)
    assert any("NQ" in words and "left alone" in words for words in words_in(form))
    form.moved_door.button.click()
    assert form.moved.isVisible()
    assert form.moved.item(0, 6).text() == sent.number  # type: ignore[union-attr]
    desk.save_by_keys()
    (reason,) = form.reasons.values()
    assert reason.error == "Say why, here or above for all."
    assert desk.available() == 46
    desk.type(reason.edit, "fell off the lorry")
    desk.save_by_keys()
    desk.until(lambda: page.form is None and desk.runner.idle and page.stocktake is None)
    assert any("1 variance posted" in words and "left alone: NQ" in words for words in told(desk))
    assert desk.available() == 45
    desk.prove()


def test_one_reason_serves_all_lines(desk: Desk, row: StocktakeRow, page: StocktakePage) -> None:
    others_count(desk, row, available=45, declare=True)
    others_count(desk, row, "NQ", available=29, declare=True)
    form = variances_form(desk, page)
    desk.save_by_keys()
    assert all(field.error for field in form.reasons.values())
    desk.type(form.reason.edit, "counted twice")
    assert not any(field.error for field in form.reasons.values())
    desk.save_by_keys()
    desk.until(lambda: page.stocktake is None and desk.runner.idle)
    assert (desk.available(), desk.available("NQ")) == (45, 29)


def test_numbers_that_changed_while_reasons_were_typed_are_shown_and_the_reasons_kept(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    others_count(desk, row, available=45, declare=True)
    others_count(desk, row, "NQ", available=29, declare=True)
    form = variances_form(desk, page)
    typed = form.reasons["NQ", State.AVAILABLE]
    desk.type(typed.edit, "one is gone")

    def late() -> None:
        dispatch_trays(
            desk.other,
            DispatchTrays(
                company_id=desk.place.company_id,
                project_id=desk.place.project_id,
                driver="Yaw",
                technician="Ama",
                lines=[WantedLine(tray_size="HQ", quantity=5)],
                dispatched_at=datetime.now(UTC) - timedelta(hours=2),
            ),
        )

    desk.aside(late)
    desk.until(lambda: form.variances.rows[0].variance == 0)
    assert form.reasons["NQ", State.AVAILABLE].edit.hasFocus()
    assert list(form.reasons) == [("NQ", State.AVAILABLE)]
    assert form.reasons["NQ", State.AVAILABLE].value() == "one is gone"
    desk.save_by_keys()
    desk.until(lambda: page.stocktake is None and desk.runner.idle)
    assert (desk.available(), desk.available("NQ")) == (45, 29)


def test_what_would_go_below_zero_is_said_in_the_form_and_nothing_is_posted(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    others_count(desk, row, available=40, declare=True)
    desk.others_dispatch(hq=45)
    form = variances_form(desk, page)
    desk.type(form.reason.edit, "gone")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and desk.runner.idle)
    assert form.banner is not None
    assert "10 HQ asked for, 5 available" in form.banner.message.text
    assert (desk.available(), form.reason.value()) == (5, "gone")


def test_a_stocktake_approved_by_somebody_else_meanwhile_is_said(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    others_count(desk, row, available=49, declare=True)
    variances_form(desk, page)
    desk.aside(lambda: approve_stocktake(desk.admin, ApproveStocktake(stocktake_id=row.id, reason="seen")))
    desk.until(lambda: page.stocktake is None and page.form is None)
    assert any("is not open any more" in words for words in told(desk))
    assert desk.available() == 49


def test_a_supervisor_takes_a_wrong_entry_of_somebody_who_is_gone_back(
    desk: Desk, row: StocktakeRow, page: StocktakePage
) -> None:
    others_count(desk, row, available=500, who=desk.admin)
    form = variances_form(desk, page)
    form.entries_door.button.click()
    assert not form.take_back_button.isEnabled()
    form.entries.selectRow(0)
    form.take_back_button.click()
    question = desk.said[-1]
    assert question.text == "Take back 500 HQ available, counted by boss?"
    question.choices[0].do()
    desk.until(lambda: form.entries.rowCount() == 2 and desk.runner.idle)
    assert any("Taken back: 500 HQ available" in words for words in told(desk))


def test_cancelling_needs_a_reason_and_posts_nothing(desk: Desk, row: StocktakeRow, page: StocktakePage) -> None:
    others_count(desk, row, available=3, declare=True)
    desk.do("stocktake.cancel")
    form = page.form
    assert isinstance(form, CancelForm)
    desk.save_by_keys()
    assert form.reason.error
    desk.type(form.reason.edit, "rain")
    desk.save_by_keys()
    desk.until(lambda: page.stocktake is None and page.form is None and desk.runner.idle)
    assert any(f"{row.number} is cancelled" in words for words in told(desk))
    assert desk.available() == 50


# -- earlier ----------------------------------------------------------------------------------------------------------


def test_earlier_stocktakes_show_what_they_found_and_why(desk: Desk, row: StocktakeRow, page: StocktakePage) -> None:
    others_count(desk, row, available=48, declare=True)
    desk.aside(lambda: approve_stocktake(desk.other, ApproveStocktake(stocktake_id=row.id, reason="two are gone")))
    given_up = others_open(desk)
    desk.aside(lambda: cancel_stocktake(desk.other, CancelStocktake(stocktake_id=given_up.id, reason="rain")))
    desk.do("stocktake.past")
    past = page.past
    desk.until(lambda: past.table.model.rowCount() == 2)
    assert [r.number for _at, r in past.table.model.known()] == [given_up.number, row.number]
    past.table.view.selectRow(1)
    desk.until(lambda: past.detail.accessibleDescription() == row.number)
    shown = words_in(past.detail)
    assert "HQ Available −2: two are gone" in " ".join(shown)
    assert "48" in shown
    assert desk.window.actions_["view.export"].isEnabled()
    page.back_button.click()
    assert page.table is None
    assert not desk.window.actions_["view.export"].isEnabled()


def test_another_shed_is_counted_for_itself(make_desk: MakeDesk, place: Place) -> None:
    first = make_desk()
    shed = first.add_shed("Far shed", "FAR", zone="Australia/Perth", hq=7)
    row = others_open(first)
    desk = make_desk()
    page = page_of(desk)
    assert page.stocktake is not None
    assert page.stocktake.number == row.number
    page.shed.setCurrentIndex(page.shed.findData(shed.id))
    page.shed.activated.emit(page.shed.currentIndex())
    desk.until(lambda: page._seen is not None and desk.runner.idle)
    assert page.stocktake is None
    assert "Far shed is not being counted." in words_in(page)
