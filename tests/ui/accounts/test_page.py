"""The page of company accounts: the companies, the account of one, and the way from any figure to its dispatches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QDate, Qt
from sqlalchemy import make_url

from coresafe.models.enums import Role
from coresafe.services.sheds import AddShed, add_shed
from coresafe.ui.accounts import AccountsPage
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.accounts.hands import (
    MakeDesk,
    came_back,
    cells,
    choose,
    figures,
    look_back,
    lost,
    open_page,
    sent_before,
    told,
)
from tests.ui.desk import Desk, Place, make_place


@pytest.fixture
def page(desk: Desk) -> AccountsPage:
    """Ashanti had ten HQ of which three are back and one is lost, and has four NQ; Bibiani five HQ, due tomorrow."""
    first = sent_before(desk, 20, hq=10, nq=4)
    came_back(desk, first, 15, hq=3)
    lost(desk, first, hq=1)
    sent_before(desk, 6, hq=5, other=True)
    page = open_page(desk)
    look_back(page, 30)
    desk.settle()
    return page


def test_the_companies_stand_with_what_they_have_and_what_of_it_is_overdue(desk: Desk, page: AccountsPage) -> None:
    assert cells(page.table) == [["Ashanti Gold", "10", "10"], ["Bibiani Mines", "5", "–"]]
    assert [row.company for row in page.table.selected_rows()] == ["Ashanti Gold"]
    assert page.panel.title.text() == "Ashanti Gold"
    assert figures(page) == [
        ["HQ", "–", "10", "3", "1", "–", "6"],
        ["NQ", "–", "4", "–", "–", "–", "4"],
        ["all", "–", "14", "3", "1", "–", "10"],
    ]
    page.table.select_id(desk.place.other_company_id)
    assert figures(page) == [["HQ", "–", "5", "–", "–", "–", "5"]]


def test_enter_on_a_figure_shows_the_entries_behind_it_and_enter_on_one_its_dispatch(
    desk: Desk, page: AccountsPage
) -> None:
    page.panel.grid.door("HQ", "opening").setFocus()
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Return)
    desk.settle()
    assert page.panel.heading.text() == "HQ: returned"
    entries = page.panel.entries
    assert [row[1:6] for row in cells(entries)] == [
        ["Return R-2026-000001".replace("2026", entries.model.row(0).number[2:6]), "3", "HQ",
         entries.model.row(0).number, "ARG26-001"]
    ]  # fmt: skip
    row = entries.model.row(0)
    entries.view.setFocus()
    entries.select_id(row.id)
    desk.key(Qt.Key.Key_Return)
    assert desk.window.page is desk.dispatches
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.id == row.dispatch_id)


def test_behind_what_is_out_at_the_end_stand_the_dispatches(desk: Desk, page: AccountsPage) -> None:
    page.panel.grid.door("", "closing").click()
    desk.settle()
    assert [(row.trays, row.days_out) for _at, row in page.panel.standing.model.known()] == [
        ((("HQ", 6), ("NQ", 4)), 20)
    ]
    assert "6 HQ, 4 NQ" in cells(page.panel.standing)[0]
    page.panel.standing.select_id(page.panel.standing.model.row(0).id)
    desk.do("account.dispatch")
    assert desk.window.page is desk.dispatches


def test_an_earlier_period_ends_with_what_was_out_then(desk: Desk, page: AccountsPage) -> None:
    choose(page.period.box, "dates")
    today = QDate.currentDate()
    page.period.first.setDate(today.addDays(-30))
    page.period.last.setDate(today.addDays(-17))
    desk.settle()
    assert figures(page)[0] == ["HQ", "–", "10", "–", "–", "–", "10"]
    page.period.last.setDate(today.addDays(-25))
    desk.settle()
    assert figures(page) == []
    assert "Ashanti Gold had no trays in this period, and none moved." in told(page.panel)
    page.period.first.setDate(today.addDays(-1))
    assert page.period.last.date() == today.addDays(-1), "the end comes along"
    page.period.last.setDate(today.addDays(9))
    assert page.period.last.date() <= today.addDays(1), "nothing lies in the future"


def test_what_is_open_below_follows_the_company_and_the_period(desk: Desk, page: AccountsPage) -> None:
    page.panel.grid.door("HQ", "out").click()
    desk.settle()
    page.table.select_id(desk.place.other_company_id)
    desk.settle()
    assert page.panel.heading.text() == "HQ: out"
    assert [row.quantity for _at, row in page.panel.entries.model.known()] == [5]
    look_back(page, 3)
    desk.settle()
    assert cells(page.panel.entries) == []
    assert page.panel.entries.empty_state.isVisible()


def test_searching_sorting_and_overdue_only(desk: Desk, page: AccountsPage) -> None:
    desk.type(page.search, "bib")
    desk.until(lambda: cells(page.table) == [["Bibiani Mines", "5", "–"]])
    page.search.clear()
    desk.until(lambda: len(cells(page.table)) == 2)
    page.table.ask(sort="closing")
    desk.until(lambda: [row[0] for row in cells(page.table)] == ["Bibiani Mines", "Ashanti Gold"])
    choose(page.view, "late")
    desk.until(lambda: [row[0] for row in cells(page.table)] == ["Ashanti Gold"])
    desk.type(page.search, "no such company")
    desk.until(page.table._nothing_found.isVisible)
    assert "No company selected" in told(page.panel)


def test_what_a_colleague_sends_shows_by_itself_and_the_selection_stays(desk: Desk, page: AccountsPage) -> None:
    page.table.select_id(desk.place.other_company_id)
    page.panel.grid.door("HQ", "out").click()
    desk.settle()
    sent_before(desk, 0, hq=2, other=True)
    desk.window.workspace.look()
    desk.until(lambda: bool(figures(page)) and figures(page)[0] == ["HQ", "–", "7", "–", "–", "–", "7"])
    desk.until(lambda: page.panel.entries.model.total == 2)
    assert [row.company for row in page.table.selected_rows()] == ["Bibiani Mines"]


def test_with_several_sheds_one_is_chosen_and_remembered(make_desk: MakeDesk) -> None:
    desk = make_desk()
    sent_before(desk, 2, hq=3)
    north = desk.aside(lambda: add_shed(desk.admin, AddShed(name="North shed", code="NORTH", time_zone="UTC")))
    again = make_desk()
    page = open_page(again)
    again.until(page.shed.isVisible)
    look_back(page, 10)
    again.settle()
    assert cells(page.table)[0][1] == "3"
    choose(page.shed, north.id)
    again.until(lambda: cells(page.table)[0][1] == "–")
    assert "North shed" in page.panel.about.text()


def test_a_technician_looks_and_is_not_offered_what_he_may_not_do(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    sent_before(desk, 20, hq=3)
    page = open_page(desk)
    choose(page.view, "work")
    desk.until(lambda: page.overdue.shown is not None and page.overdue.current is not None)
    assert not desk.window.actions_["account.chase"].isVisible()
    assert desk.window.actions_["account.dispatch"].isEnabled()


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The same place on a real server."""
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


def test_it_opens_with_three_round_trips_at_most(make_desk: MakeDesk, filled_server: Place, line: Proxy) -> None:
    desk = make_desk(place=filled_server, port=line.port)
    sent_before(desk, 20, hq=3)
    desk.window.workspace.stop()
    desk.settle()
    line.record = True
    line.reset_counts()
    page = open_page(desk)
    assert figures(page)[0][0] == "HQ"
    asked = [s for s in line.statements if "audit_seals" not in s and "coresafe_seal" not in s]
    assert len(asked) <= 3, "\n".join(s[:60] for s in asked)


def test_a_server_that_is_away_is_told_and_tried_again(
    make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coresafe.services import transaction

    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    desk = make_desk(place=filled_server, port=line.port)
    desk.window.workspace.stop()
    desk.settle()
    line.refuse()
    desk.do("go.accounts")
    page = desk.window.page
    assert isinstance(page, AccountsPage)
    desk.until(page.table._failed.isVisible)
    choose(page.view, "work")
    desk.until(page.overdue.failed.isVisible)
    line.accept()
    page.reload()
    desk.until(lambda: page.overdue.shown is not None)


def test_who_comes_from_elsewhere_sees_the_company_he_asked_for(desk: Desk) -> None:
    sent_before(desk, 6, hq=5, other=True)
    desk.do("go.accounts")
    page = desk.window.page
    assert isinstance(page, AccountsPage)
    page.show_company(desk.place.other_company_id)
    desk.until(lambda: page.panel.title.text() == "Bibiani Mines")
    desk.settle()
    assert [row.company for row in page.table.selected_rows()] == ["Bibiani Mines"]
    desk.type(page.search, "ashanti")
    desk.until(lambda: page.panel.title.text() == "Ashanti Gold")
    choose(page.view, "work")
    page.show_company(desk.place.other_company_id)
    desk.until(lambda: page.panel.title.text() == "Bibiani Mines" and page.panel.isVisible())
