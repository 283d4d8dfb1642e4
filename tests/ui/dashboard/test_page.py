"""The dashboard: figures that lead to what is behind them, what needs doing now, and how old what is shown is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy.engine import make_url

from benchmarks.pages import counting
from coresafe.models.enums import Door, Role
from coresafe.services import transaction
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from coresafe.services.samples import AddSample, AddSamples, add_samples
from coresafe.services.users import Register, register
from coresafe.ui.dashboard import DashboardPage
from coresafe.ui.samples import SamplesPage
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place

MakeDesk = Callable[..., Desk]


def open_dashboard(desk: Desk) -> DashboardPage:
    desk.do("go.dashboard")
    page = desk.window.page
    assert isinstance(page, DashboardPage)
    desk.until(lambda: page.out.figure.text() != "")
    desk.settle()
    return page


def late_dispatch(desk: Desk, *, hq: int, days: int = 20) -> None:
    """A colleague enters what left long ago and should be back."""
    left = datetime.now(UTC) - timedelta(days=days)
    command = DispatchTrays(
        company_id=desk.place.company_id,
        project_id=desk.place.project_id,
        driver="Yaw",
        technician="Ama",
        lines=(WantedLine(tray_size="HQ", quantity=hq),),
        dispatched_at=left,
        due_at=left + timedelta(days=7),
        reason="found the note",
    )
    desk.aside(lambda: dispatch_trays(desk.other, command))


def final_return(desk: Desk, dispatch_id: int, *, hq: int) -> None:
    lines = (ReturnedLine(tray_size="HQ", good=hq),)
    command = TakeReturn(dispatch_id=dispatch_id, driver="Yaw", technician="Ama", lines=lines, final=True)
    desk.aside(lambda: take_return(desk.other, command))


def tasks(page: DashboardPage) -> dict[str, str]:
    return {row.task.key: row.task.words for row in page.todo.rows}


def numbers(desk: Desk) -> list[str]:
    """The dispatches that their page shows."""
    desk.settle()
    return sorted(row.number for _at, row in desk.dispatches.table.model.known())


# -- figures ----------------------------------------------------------------------------------------------------------


def test_the_figures_of_the_shed_stand_at_a_glance(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=6, nq=2)
    desk.others_return(sent, hq=4)
    late_dispatch(desk, hq=5)
    page = open_dashboard(desk)
    assert (page.out.figure.text(), page.overdue.figure.text()) == ("9", "5")
    assert (page.sent.figure.text(), page.back.figure.text(), page.rate.figure.text()) == ("8", "4", "–")
    assert page.overdue.about.text() == "in 1 dispatch, the first left 20 days ago"
    assert page.stock.door("HQ", "available").count == 43
    assert (page.counts.door("outstanding").count, page.counts.door("partially_returned").count) == (1, 1)
    assert page.overdue.accessibleName() == "Overdue: 5 trays"


def test_what_others_do_shows_by_itself_while_it_is_seen(desk: Desk) -> None:
    page = open_dashboard(desk)
    desk.others_dispatch(hq=7)
    desk.until(lambda: page.out.figure.text() == "7", 5_000)
    assert page.stock.door("HQ", "out").count == 7


def test_each_large_figure_leads_to_its_rows(desk: Desk) -> None:
    today = desk.others_dispatch(hq=2)
    back = desk.others_dispatch(hq=3)
    desk.others_return(back, hq=3)
    late_dispatch(desk, hq=5)
    (late,) = {row.number for row in desk.all_dispatches()} - {today.number, back.number}
    page = open_dashboard(desk)
    behind = {
        page.out: (sorted([today.number, late]), "Still out"),
        page.overdue: ([late], "Overdue"),
        page.rate: ([back.number], "Closed"),
        page.sent: (sorted([today.number, back.number]), f"Sent on {datetime.now(UTC).date()}"),
    }
    for tile, (wanted, called) in behind.items():
        open_dashboard(desk)
        tile.setFocus()
        desk.key(Qt.Key.Key_Return)
        assert desk.window.page is desk.dispatches
        desk.until(lambda wanted=wanted: numbers(desk) == wanted)  # type: ignore[misc]
        assert desk.dispatches.filter.currentText() == called
    kept = desk.dispatches._narrowing()
    json.dumps(kept)  # a view of that name can be saved, and shown again
    desk.dispatches.show_only("Everything", {})
    desk.dispatches._narrow(kept)
    desk.until(lambda: numbers(desk) == sorted([today.number, back.number]))
    open_dashboard(desk)
    page.back.click()
    assert desk.window.page is desk.inventory
    desk.settle()
    assert [(row.kind.value, row.quantity) for _at, row in desk.inventory.table.model.known()] == [("return", 3)]


def test_the_figures_of_the_stock_lead_to_dispatches_and_movements(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=2)
    desk.others_dispatch(nq=1)
    page = open_dashboard(desk)
    page.stock.door("HQ", "out").click()
    desk.until(lambda: numbers(desk) == [sent.number])
    open_dashboard(desk)
    page.stock.door("NQ", "available").click()
    desk.settle()
    assert desk.window.page is desk.inventory
    rows = [row for _at, row in desk.inventory.table.model.known()]
    assert {row.tray_size for row in rows} == {"NQ"} and len(rows) == 2


def test_a_status_of_the_samples_leads_to_them(desk: Desk) -> None:
    rows = [
        AddSample(sample_id=f"S-{n}", sample_type="blank", status=status, drillhole_id=desk.place.hole_id)
        for n, status in enumerate(("collected", "collected", "completed"))
    ]
    desk.aside(lambda: add_samples(desk.other, AddSamples(samples=rows)))
    page = open_dashboard(desk)
    assert [page.samples.door(status).count for status in ("collected", "processing", "completed")] == [2, 0, 1]
    page.samples.door("collected").setFocus()
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Right)
    desk.key(Qt.Key.Key_Return)
    samples = desk.window.page
    assert isinstance(samples, SamplesPage)
    desk.settle()
    assert [row.sample_id for _at, row in samples.table.model.known()] == ["S-2"]


def test_a_dispatch_is_begun_from_it(desk: Desk) -> None:
    open_dashboard(desk)
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.page is desk.dispatches
    form = desk.dispatches.form
    focus = QApplication.focusWidget()
    assert form is desk.dispatch_form and focus is not None and form.isAncestorOf(focus)


# -- what needs doing -------------------------------------------------------------------------------------------------


def test_nothing_waits_in_a_shed_in_order(desk: Desk) -> None:
    page = open_dashboard(desk)
    assert tasks(page) == {}
    assert page.todo.nothing.isVisible()


def test_what_needs_doing_is_named_and_led_to_the_most_pressing_first(desk: Desk) -> None:
    late_dispatch(desk, hq=5, days=8)
    short = desk.others_dispatch(hq=41)
    final_return(desk, short.id, hq=1)
    page = open_dashboard(desk)
    found = tasks(page)
    found.pop("months", None)  # on the first days of a month the late one left in the last
    assert list(found.items()) == [
        ("overdue", "1 dispatch is overdue"),
        ("discrepancies", "1 discrepancy to resolve"),
        ("short", "HQ trays run short"),
    ]
    assert page.todo.rows[2].task.about == "5 available, about 12 leave in a week"
    page.todo.rows[0].setFocus()
    desk.key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.todo.rows[1]
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: numbers(desk) == [short.number])
    assert desk.dispatches.filter.currentText() == "To be resolved"
    open_dashboard(desk)
    page.todo.rows[2].click()
    assert desk.window.page is desk.inventory
    assert (desk.inventory.filters.tray_size.currentData(), desk.inventory.filters.state.currentData()) == (
        "HQ",
        "available",
    )


def test_a_month_to_be_closed_leads_to_the_reconciliation(desk: Desk) -> None:
    late_dispatch(desk, hq=1, days=datetime.now(UTC).day + 3)
    page = open_dashboard(desk)
    assert tasks(page)["months"] == "1 month is to be closed"
    next(row for row in page.todo.rows if row.task.key == "months").click()
    assert desk.window.pages["go.reconciliation"] is desk.window.page


def test_only_an_administrator_hears_of_people_who_wait_and_goes_to_them(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    page = open_dashboard(desk)
    assert "users" not in tasks(page)
    command = Register(username="efua.a", email="efua.a@example.com", full_name="Efua", password="Drill-Core-77")
    desk.aside(lambda: register(desk.elsewhere, command, door=Door.API, machine="tablet"))
    desk.until(lambda: tasks(page).get("users") == "1 person waits for approval", 5_000)
    assert page.todo.rows[0].focusPolicy() is not Qt.FocusPolicy.NoFocus
    other = make_desk(role=Role.MANAGER)
    assert "users" not in tasks(open_dashboard(other))


# -- sheds ------------------------------------------------------------------------------------------------------------


def test_another_shed_is_chosen_without_asking_the_database_and_remembered(make_desk: MakeDesk) -> None:
    desk = make_desk()
    north = desk.add_shed("North shed", "NORTH", hq=7)
    page = open_dashboard(desk)
    desk.until(lambda: page.shed.count() == 3)
    assert page.shed.currentText() == "All sheds"
    assert page.stock.door("HQ", "base").count == 57
    desk.window.workspace.stop()
    desk.settle()
    with counting(desk.database) as asked:
        at = page.shed.findData(north.id)
        page.shed.setCurrentIndex(at)
        page.shed.activated.emit(at)
        desk.settle()
    assert asked == []
    assert page.stock.door("HQ", "base").count == 7
    page.stock.door("HQ", "available").click()
    desk.settle()
    assert desk.inventory.shed_id == north.id
    assert [row.quantity for _at, row in desk.inventory.table.model.known()] == [7]
    desk.window._memory.save()
    again = open_dashboard(make_desk())
    assert again.shed_id == north.id


# -- the database is elsewhere ----------------------------------------------------------------------------------------


def test_it_opens_in_two_round_trips(desk: Desk) -> None:
    desk.window.workspace.stop()
    desk.settle()
    with counting(desk.database) as asked:
        open_dashboard(desk)
    assert len(asked) == 2


@pytest.fixture
def line(databases: Databases) -> Iterator[tuple[Place, Proxy]]:
    """A place on a MySQL server behind a line that can be cut."""
    place = make_place(databases.new("mysql"))
    with Proxy(make_url(place.url).port or 0) as proxy:
        yield place, proxy


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_it_is_greyed_and_dated_while_the_server_is_away_and_comes_back(
    make_desk: MakeDesk, line: tuple[Place, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, proxy = line
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    desk = make_desk(place=place, port=proxy.port)
    page = open_dashboard(desk)
    proxy.refuse()
    desk.until(page.age.isVisible)
    assert page.age.words.text().startswith("Not up to date: as of ")
    assert page.out.figure.property("aged")
    desk.others_dispatch(hq=3)
    proxy.accept()
    desk.until(lambda: not page.age.isVisible())
    desk.until(lambda: page.out.figure.text() == "3")
    assert not page.out.figure.property("aged")


def test_what_cannot_be_read_says_so_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from coresafe.errors import DatabaseUnavailable
    from coresafe.ui.dashboard import page as module

    real = module.overview

    def refuse(_context: object) -> None:
        raise DatabaseUnavailable("The database cannot be reached.", hint="Check the network.")

    monkeypatch.setattr(module, "overview", refuse)
    desk.window.workspace.stop()
    desk.do("go.dashboard")
    page = desk.window.page
    assert isinstance(page, DashboardPage)
    desk.until(page.failed.isVisible)
    monkeypatch.setattr(module, "overview", real)
    page.again_button.click()
    desk.until(lambda: page.out.figure.isVisible() and page.out.figure.text() == "0")


@pytest.mark.parametrize(("width", "height", "scale"), [(1280, 720, 1.0), (1366, 768, 1.0), (1280, 720, 1.3)])
def test_all_of_it_is_seen_without_scrolling(desk: Desk, width: int, height: int, scale: float) -> None:
    from coresafe.ui.theme import theme

    late_dispatch(desk, hq=5)
    page = open_dashboard(desk)
    theme().set_scale(scale)
    try:
        desk.window.resize(width, height)
        desk.settle()
        QApplication.processEvents()
        bars = page._scroll.verticalScrollBar(), page._scroll.horizontalScrollBar()
        assert [bar.maximum() for bar in bars] == [0, 0]
    finally:
        theme().set_scale(1.0)
