"""The overdue list: by company with totals, worked from call to call, with a later due date where one is agreed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QDateTime, Qt

from coresafe.services.accounts import CompanyOverdue
from coresafe.services.chasing import list_chases
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import get_dispatch
from coresafe.ui.accounts import AccountsPage
from coresafe.ui.chasing import ChaseForm, ExtendForm
from tests.ui.accounts.hands import choose, open_page, sent_before, told
from tests.ui.desk import Desk


@pytest.fixture
def late(desk: Desk) -> list[DispatchRow]:
    """Two of Ashanti, eleven and three days overdue; one of Bibiani, five days; one that is not due yet."""
    rows = [
        sent_before(desk, 18, hq=4, nq=2),
        sent_before(desk, 10, hq=1),
        sent_before(desk, 12, hq=9, other=True),
    ]
    sent_before(desk, 2, hq=3)
    return rows


@pytest.fixture
def page(desk: Desk, late: list[DispatchRow]) -> AccountsPage:
    page = open_page(desk)
    choose(page.view, "work")
    desk.until(lambda: page.overdue.shown is not None)
    desk.settle()
    return page


def lines(page: AccountsPage) -> list[list[str]]:
    """The list as it is read, companies and dispatches."""
    model = page.overdue.model
    found = []
    for top in range(model.rowCount()):
        company = model.item(top, 0)
        found.append([model.item(top, at).text() for at in range(model.columnCount())])
        found += [
            [company.child(down, at).text() for at in range(model.columnCount())] for down in range(company.rowCount())
        ]
    return found


def test_it_is_grouped_by_company_with_totals_and_the_longest_overdue_first(
    page: AccountsPage, late: list[DispatchRow]
) -> None:
    first, second, theirs = late
    assert lines(page) == [
        ["Bibiani Mines (1 dispatch)", "9 HQ", "", "", "5 days", ""],
        [theirs.number, "9 HQ", "BIB26-001", "Yaw", "5 days", "nobody yet"],
        ["Ashanti Gold (2 dispatches)", "5 HQ, 2 NQ", "", "", "11 days", ""],
        [first.number, "4 HQ, 2 NQ", "ARG26-001", "Yaw", "11 days", "nobody yet"],
        [second.number, "1 HQ", "ARG26-001", "Yaw", "3 days", "nobody yet"],
    ]
    assert page.overdue.totals.text() == "3 dispatches overdue, 16 trays"
    assert page.pane.row is not None and "Nobody was called yet." in told(page.pane)


def test_a_call_is_noted_from_the_list_by_keys_alone(desk: Desk, page: AccountsPage, late: list[DispatchRow]) -> None:
    page.overdue.view.setFocus()
    desk.key(Qt.Key.Key_Return)
    form = page.form
    assert isinstance(form, ChaseForm)
    assert late[2].number in told(form)
    desk.save_by_keys()
    assert form["called"].error == "Fill this in."
    desk.type(form["called"].edit, "Kojo Mensah")
    form["note"].edit.setPlainText("Brings them on Friday.")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    desk.until(lambda: lines(page)[1][-1] == f"{today} Kojo Mensah: Brings them on Friday.")
    desk.until(lambda: "Kojo Mensah: Brings them on Friday." in told(page.pane))
    assert page.overdue.view.hasFocus()
    assert [c.called for c in desk.aside(lambda: list_chases(desk.other, late[2].id))] == ["Kojo Mensah"]


def test_a_later_due_date_takes_it_off_the_list(desk: Desk, page: AccountsPage, late: list[DispatchRow]) -> None:
    page.overdue.select(("dispatch", late[1].id))
    desk.do("account.extend")
    form = page.form
    assert isinstance(form, ExtendForm)
    form["due_at"].edit.setDateTime(QDateTime.currentDateTimeUtc().addDays(3))
    form["reason"].edit.setPlainText("agreed with the geologist")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.until(lambda: late[1].number not in [line[0] for line in lines(page)])
    assert desk.aside(lambda: get_dispatch(desk.other, late[1].id)).due_at > datetime.now(UTC)


def test_a_company_is_folded_and_told_as_a_whole(desk: Desk, page: AccountsPage) -> None:
    page.overdue.select(("company", desk.place.company_id))
    assert isinstance(page.pane.row, CompanyOverdue)
    assert "2 dispatches overdue" in told(page.pane)
    assert not desk.window.actions_["account.chase"].isEnabled()
    page.overdue.view.setFocus()
    desk.key(Qt.Key.Key_Return)
    page.reload()
    desk.settle()
    folded = page.overdue.model.item(1, 0).index()
    assert not page.overdue.view.isExpanded(folded), "what was folded stays folded"


def test_it_is_searched_and_says_what_was_not_found(desk: Desk, page: AccountsPage, late: list[DispatchRow]) -> None:
    desk.type(page.search, late[1].number)
    desk.until(lambda: [line[0] for line in lines(page)] == ["Ashanti Gold (1 dispatch)", late[1].number])
    desk.type(page.search, "nothing like this")
    desk.until(page.overdue.empty.isVisible)
    assert "Nothing overdue matches." in told(page.overdue.empty)


def test_a_form_with_something_typed_is_not_lost_to_another(desk: Desk, page: AccountsPage) -> None:
    desk.do("account.chase")
    form = page.form
    assert isinstance(form, ChaseForm)
    desk.type(form["called"].edit, "Kojo")
    desk.do("account.extend")
    assert page.form is form
    assert form["called"].value() == "Kojo"


def test_the_door_leads_to_the_dispatch(desk: Desk, page: AccountsPage, late: list[DispatchRow]) -> None:
    page.overdue.select(("dispatch", late[0].id))
    desk.do("account.dispatch")
    assert desk.window.page is desk.dispatches
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.id == late[0].id)


def test_what_is_done_in_tables_is_offered_for_the_companies_and_not_for_the_overdue_list(
    desk: Desk, page: AccountsPage
) -> None:
    actions = desk.window.actions_
    assert not actions["view.export"].isEnabled()
    desk.do("go.dispatches")
    assert actions["view.export"].isEnabled()
    desk.do("go.accounts")
    assert not actions["view.export"].isEnabled()
    choose(page.view, "all")
    assert actions["view.export"].isEnabled()
