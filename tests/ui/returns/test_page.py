"""The page of returns: a scan opens the return, the list opens it too, and what cannot come back is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QCheckBox, QLineEdit, QPushButton, QToolButton, QWidget
from sqlalchemy import event
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.services import transaction
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.returning import LostLine, ResolveLost, resolve_lost
from coresafe.services.settings import Rules
from coresafe.ui.messages import Level
from coresafe.ui.returns import ReturnsPage
from coresafe.ui.returns.columns import age_of, columns_by
from coresafe.ui.tables.model import Phase
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.ui.returns.hands import Keyboard, good, in_database, open_form, open_page, others_void, scan, settle, told

MakeDesk = Callable[..., Desk]


def shown(page: ReturnsPage) -> list[str]:
    """The numbers in the list, from the top."""
    return [row.number for _at, row in page.table.model.known()]


# -- by scan ----------------------------------------------------------------------------------------------------------


def test_a_scan_opens_the_return_filled_in_ctrl_enter_saves_it_and_the_field_waits_for_the_next(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    scan(desk, page, sent.number)
    form = open_form(page)
    assert sent.number in form.title
    assert (good(form), good(form, "NQ")) == (10, 4)
    assert form.lines.first().edit.hasFocus()  # type: ignore[union-attr]
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert page.search.hasFocus() and page.search.text() == ""
    assert "every tray came back" in told(desk)[0]
    assert (in_database(desk, sent).status, desk.available()) == ("closed", 50)
    assert page.table.model.phase is Phase.EMPTY
    assert "R-" in page.idle.widget().findChildren(QWidget)[-1].text()  # type: ignore[attr-defined]
    assert beeps == []
    desk.prove()


def test_what_is_missing_is_confirmed_once_in_the_form_and_told_as_still_out(
    desk: Desk, sent: DispatchRow, page: ReturnsPage
) -> None:
    scan(desk, page, sent.number.lower())
    form = open_form(page)
    desk.type(form.lines.first().edit, "8")  # type: ignore[union-attr]
    desk.save_by_keys()
    assert form.confirm.box.hasFocus()
    desk.key(Qt.Key.Key_Space)
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert in_database(desk, sent).outstanding == 2
    assert any("2 HQ of" in words and "still out with Ashanti Gold" in words for words in told(desk))
    assert not any("every tray" in words for words in told(desk))
    assert shown(page) == [sent.number]
    assert page.search.hasFocus()


@pytest.mark.parametrize("typed", ["D-2026-999999", "d-1999-000001"])
def test_a_number_nobody_knows_is_said_and_the_field_is_selected_for_the_next(
    desk: Desk, page: ReturnsPage, beeps: list[int], typed: str
) -> None:
    scan(desk, page, typed)
    assert page.form is None
    (banner,) = desk.window.host.banners
    assert banner.message.level is Level.ERROR
    assert banner.message.text == f"There is no dispatch {typed.upper()}."
    assert page.search.hasFocus() and page.search.selectedText() == typed
    assert beeps == [1]


@pytest.mark.parametrize("selected", [True, False])
def test_the_next_scan_takes_the_place_of_what_was_not_known(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, selected: bool
) -> None:
    scan(desk, page, "D-2026-999999")
    if not selected:
        page.search.deselect()  # a click does
    scan(desk, page, sent.number)
    assert sent.number in open_form(page).title
    assert told(desk) == []


def test_a_voided_one_is_said_with_its_reason(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    others_void(desk, sent)
    scan(desk, page, sent.number)
    assert page.form is None
    assert "is voided" in told(desk)[0] and "Loaded on the wrong lorry" in told(desk)[0]
    assert beeps == [1]


def test_one_that_is_back_already_is_said_with_its_receipt(
    desk: Desk, page: ReturnsPage, sent: DispatchRow, beeps: list[int]
) -> None:
    other = desk.others_dispatch(hq=3)
    receipt = desk.others_return(other, hq=3).returns[-1].number
    scan(desk, page, other.number)
    assert page.form is None
    assert told(desk)[0].startswith(f"Every tray of {other.number} is back already. {receipt} took in the last")
    assert desk.window.host.banners[0].message.level is Level.INFO
    assert beeps == [1]


def test_nothing_is_called_back_over_a_tray_that_is_lost(desk: Desk, page: ReturnsPage) -> None:
    other = desk.others_dispatch(hq=3)
    now = desk.others_return(other, hq=2)
    lost = ResolveLost(
        dispatch_id=other.id,
        lines=[LostLine(tray_size="HQ", quantity=1)],
        reason="Burnt in the camp fire",
        version=now.version,
    )
    desk.aside(lambda: resolve_lost(desk.other, lost))
    scan(desk, page, other.number)
    assert "declared lost" in told(desk)[0] and "Every tray" not in told(desk)[0]


def test_the_receipt_of_a_return_is_no_dispatch(desk: Desk, page: ReturnsPage, beeps: list[int]) -> None:
    scan(desk, page, "R-2026-000001")
    assert "receipt of a return" in told(desk)[0]
    assert beeps == [1]


def test_scanned_twice_is_said_and_not_doubled(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    scan(desk, page, sent.number)
    form = open_form(page)
    desk.type(form.lines.first().edit, "7")  # type: ignore[union-attr]
    page.search.setFocus()
    page.search.selectAll()
    scan(desk, page, sent.number)
    assert page.form is form and good(form) == 7
    assert "scanned twice" in told(desk)[0]
    assert form.lines.first().edit.hasFocus()  # type: ignore[union-attr]
    assert beeps == [1]


def test_the_open_one_found_by_other_words_is_not_doubled_either(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    scan(desk, page, sent.number)
    form = open_form(page)
    desk.type(page.search, "ARG26-001")
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)
    assert page.form is form
    assert "scanned twice" in told(desk)[0] and beeps == [1]


def test_another_scan_takes_the_place_of_an_untouched_return_and_waits_for_a_touched_one(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    other = desk.others_dispatch(hq=3)
    scan(desk, page, sent.number)
    page.search.setFocus()
    scan(desk, page, other.number)
    form = open_form(page)
    assert other.number in form.title and beeps == []
    desk.type(form.lines.first().edit, "2")  # type: ignore[union-attr]
    page.search.setFocus()
    scan(desk, page, sent.number)
    assert page.form is form and good(form) == 2
    assert f"The return of {other.number} is not saved yet." in told(desk)[0]
    assert beeps == [1]


def test_somebody_else_took_it_back_meanwhile(desk: Desk, page: ReturnsPage) -> None:
    other = desk.others_dispatch(hq=3)
    scan(desk, page, other.number)
    form = open_form(page)
    desk.window.workspace.stop()
    desk.others_return(other, hq=3)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    settle(desk, page)
    assert page.form is form and form.banner is not None
    assert "accounted for already. Nothing was changed." in form.banner.message.text
    assert len(in_database(desk, other).returns) == 1
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None and page.search.hasFocus()
    desk.prove()


# -- by picking -------------------------------------------------------------------------------------------------------


def test_the_list_holds_what_is_out_oldest_first_and_enter_picks(
    desk: Desk, sent: DispatchRow, page: ReturnsPage
) -> None:
    second, gone = desk.others_dispatch(hq=2), desk.others_dispatch(hq=1)
    desk.others_return(gone, hq=1)
    page.reload()
    settle(desk, page)
    assert shown(page) == [sent.number, second.number]
    for _ in range(2):
        desk.key(Qt.Key.Key_Tab)
    desk.until(page.table.view.hasFocus)
    desk.key(Qt.Key.Key_Down)
    desk.key(Qt.Key.Key_Return)
    assert second.number in open_form(page).title


def test_what_is_typed_narrows_the_list_and_enter_opens_the_only_one(
    desk: Desk, sent: DispatchRow, page: ReturnsPage, beeps: list[int]
) -> None:
    other = desk.others_dispatch(hq=2, driver="Esi")
    desk.type(page.search, "Esi")
    settle(desk, page)
    assert shown(page) == [other.number]
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)
    assert other.number in open_form(page).title
    desk.key(Qt.Key.Key_Escape)
    settle(desk, page)
    assert shown(page) == [sent.number, other.number]
    desk.type(page.search, "Ashanti")
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)
    assert page.form is None and "Several dispatches" in told(desk)[0] and page.table.view.hasFocus()
    desk.type(page.search, "Nobody")
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)
    assert "Nothing that is out matches “Nobody”." in told(desk)[0]
    assert beeps == [1]


def test_others_dispatches_and_returns_show_by_themselves(desk: Desk, sent: DispatchRow, page: ReturnsPage) -> None:
    other = desk.others_dispatch(hq=2)
    desk.until(lambda: shown(page) == [sent.number, other.number], 5_000)
    desk.others_return(other, hq=2)
    desk.until(lambda: shown(page) == [sent.number], 5_000)


# -- what it costs, and how it is reached -----------------------------------------------------------------------------


def test_opening_costs_two_reads_at_most_and_a_scan_one_beside_what_the_form_asks(
    desk: Desk, sent: DispatchRow
) -> None:
    desk.window.workspace.stop()
    desk.settle()
    asked: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(desk.database.engine, "before_cursor_execute", look)
    page = open_page(desk)
    assert 1 <= len(asked) <= 2
    asked.clear()
    scan(desk, page, sent.number)
    assert page.form is not None
    assert len([statement for statement in asked if "dispatches.number = ?" in statement]) == 1
    assert len(asked) <= 3  # the form asks what the company has lost; nothing is, so whether he may look is asked apart
    event.remove(desk.database.engine, "before_cursor_execute", look)


def test_a_technician_may_take_back_too(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    row = desk.others_dispatch(hq=1)
    page = open_page(desk)
    scan(desk, page, row.number)
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert in_database(desk, row).status == "closed"


def test_the_keyboard_is_in_the_field_whenever_the_page_is_opened(desk: Desk, page: ReturnsPage) -> None:
    assert page.search.hasFocus()
    desk.do("go.dispatches")
    desk.do("go.returns")
    assert page.search.hasFocus()


def test_everything_is_high_enough_for_gloves_and_says_its_name(
    desk: Desk, sent: DispatchRow, page: ReturnsPage
) -> None:
    scan(desk, page, sent.number)
    desk.until(lambda: page.form is not None)
    for kind in (QLineEdit, QAbstractSpinBox, QPushButton, QToolButton, QCheckBox):
        for control in page.findChildren(kind):
            if control.isVisible() and not isinstance(control.parentWidget(), QLineEdit | QAbstractSpinBox):
                assert control.height() >= 44, control
                assert control.accessibleName() or getattr(control, "text", str)(), control
    assert page.table.view.rowHeight(0) == 44


def test_tab_goes_in_the_order_of_reading(desk: Desk, sent: DispatchRow, page: ReturnsPage) -> None:
    passed: list[QWidget | None] = []
    for _ in range(4):
        passed.append(QApplication.focusWidget())
        desk.key(Qt.Key.Key_Tab)
    assert passed[:3] == [page.search, page.open_button, page.table.view]


def test_days_are_green_amber_and_red_with_an_icon_and_words(desk: Desk, sent: DispatchRow) -> None:
    ages = [age_of(replace(sent, days_out=days), Rules()) for days in (0, 1, 3, 4, 7, 8)]
    assert [(age.tone, age.word) for age in ages] == [
        ("positive", "0 days"),
        ("positive", "1 day"),
        ("positive", "3 days"),
        ("caution", "4 days"),
        ("caution", "7 days"),
        ("danger", "8 days"),
    ]
    assert len({age.icon for age in ages}) == 3


def test_a_row_says_what_is_still_out_and_whether_it_is_overdue(desk: Desk, sent: DispatchRow) -> None:
    by_key = {column.key: column for column in columns_by(Rules)}
    assert by_key["trays"].words(sent) == "10 HQ, 4 NQ"
    due = by_key["due_at"]
    assert due.status(sent) is None and len(due.words(sent)) == len("2026-01-01")
    late = replace(sent, overdue=True)
    assert due.words(late).startswith("Overdue since 20")
    found = due.status(late)
    assert found is not None and (found.word, found.tone) == ("Overdue", "danger")


def test_the_keyboard_begins_where_something_is_out(desk: Desk, sent: DispatchRow, page: ReturnsPage) -> None:
    desk.others_return(sent, hq=10)
    scan(desk, page, sent.number)
    form = open_form(page)
    assert (good(form), good(form, "NQ")) == (0, 4)
    assert form.lines._fields["NQ", "good"].edit.hasFocus()


# -- the server comes and goes ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The same place on the run's MySQL."""
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_scan_while_the_server_is_away_is_told_and_can_be_tried_again(
    make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    desk = make_desk(place=filled_server, port=line.port)
    row = desk.others_dispatch(hq=1)
    desk.window.workspace.stop()
    desk.settle()
    line.refuse()
    desk.do("go.returns")
    page = desk.window.page
    assert isinstance(page, ReturnsPage)
    desk.until(page.table._failed.isVisible)
    Keyboard(desk).scans(row.number)
    desk.until(lambda: any(banner.choices for banner in desk.window.host.banners))
    assert page.form is None and page.search.selectedText() == row.number
    assert not page.spinner.isVisible()
    line.accept()
    next(banner for banner in desk.window.host.banners if banner.choices).choices[0].click()
    desk.until(lambda: page.form is not None)
    assert row.number in open_form(page).title
    desk.until(lambda: shown(page) == [row.number])


# -- the other page ---------------------------------------------------------------------------------------------------


def test_what_the_page_of_dispatches_does_with_its_selected_one_is_offered_there_only(
    desk: Desk, sent: DispatchRow
) -> None:
    desk.window.workspace.look()
    desk.select(sent.id)
    action = desk.window.actions_["dispatch.return"]
    assert action.isEnabled()
    open_page(desk)
    assert not action.isEnabled()
    desk.do("go.dispatches")
    assert action.isEnabled()
