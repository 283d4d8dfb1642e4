"""The page of drillholes: companies ▸ projects ▸ holes, each found, told and counted; others' work shows by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.services import registry
from coresafe.services.registry import (
    AddCompany,
    AddDrillhole,
    AddProject,
    ChangeCompany,
    ChangeDrillhole,
    ChangeProject,
)
from coresafe.ui.drillholes import DrillholesPage
from coresafe.ui.drillholes.outline import COMPANIES
from coresafe.ui.tables.model import Phase
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.ui.drillholes.hands import (
    company,
    go_to_company,
    go_to_project,
    hole,
    holes,
    open_page,
    project,
    said,
    select,
    settle,
    tree,
)

MakeDesk = Callable[..., Desk]
WRITING = ("hole.new", "project.new", "company.new", "register.edit", "hole.status")


def change_hole(desk: Desk, hole_id: str, **changes: object) -> None:
    """A colleague changes a hole."""
    row = hole(desk, hole_id)
    command = ChangeDrillhole(drillhole_id=row.id, version=row.version, **changes)  # type: ignore[arg-type]
    desk.aside(lambda: registry.change_drillhole(desk.other, command))


def add_company(desk: Desk, name: str) -> None:
    desk.aside(lambda: registry.add_company(desk.other, AddCompany(name=name)))


def change_company(desk: Desk, known_as: str, **changes: object) -> None:
    row = company(desk, known_as)
    command = ChangeCompany(company_id=row.id, version=row.version, **changes)  # type: ignore[arg-type]
    desk.aside(lambda: registry.change_company(desk.other, command))


# -- finding ----------------------------------------------------------------------------------------------------------


def test_all_companies_and_all_holes_stand_there_at_first(page: DrillholesPage) -> None:
    assert tree(page) == ["All companies", "Ashanti Gold, company", "Bibiani Mines, company"]
    assert holes(page) == ["ARG26-001", "ARG26-002", "BIB26-001"]


def test_a_company_and_a_project_narrow_the_holes_and_are_told(desk: Desk, page: DrillholesPage) -> None:
    go_to_company(desk, page, desk.place.other_company_id)
    assert holes(page) == ["BIB26-001"]
    assert said(page)[0] == "Bibiani Mines"
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    assert holes(page) == ["ARG26-001", "ARG26-002"]
    assert said(page)[0] == "ARG"
    assert "Ashanti Gold" in said(page)
    assert tree(page)[2] == "  ARG, Ridge, project"


@pytest.mark.parametrize(("where", "offered"), [("all", "company"), ("company", "project"), ("project", "hole")])
def test_the_one_primary_action_adds_to_what_is_selected(
    desk: Desk, page: DrillholesPage, where: str, offered: str
) -> None:
    if where == "company":
        go_to_company(desk, page, desk.place.company_id)
    if where == "project":
        go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    shown = [b for b in page.header.findChildren(QPushButton) if b.isVisible() and b.property("kind") == "primary"]
    assert [button.accessibleName() for button in shown] == [f"New {offered}"]
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert page.form is not None and page.form.title == f"New {offered}"


def test_search_and_status_ask_the_database(desk: Desk, page: DrillholesPage) -> None:
    change_hole(desk, "ARG26-002", status="abandoned")
    desk.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    desk.qtbot.keyClicks(page.search, "g26-0")
    desk.until(lambda: holes(page) == ["ARG26-001", "ARG26-002"])
    page.filter.setCurrentIndex(page.filter.findData("abandoned"))
    page.filter.activated.emit(page.filter.currentIndex())
    desk.until(lambda: holes(page) == ["ARG26-002"])
    desk.type(page.search, "nowhere")
    desk.until(lambda: page.table.model.phase is Phase.EMPTY)
    assert page.table._nothing_found.isVisible()


def test_the_holes_are_sorted_in_the_database(desk: Desk, page: DrillholesPage) -> None:
    for name, depth in (("ARG26-001", 120), ("ARG26-002", 480), ("BIB26-001", 300)):
        change_hole(desk, name, eoh_depth=depth)
    page.table.view.head.sort_asked.emit(2, Qt.SortOrder.DescendingOrder)
    desk.until(lambda: holes(page) == ["ARG26-002", "BIB26-001", "ARG26-001"])


def test_the_search_at_the_left_finds_companies_and_projects_by_keys_alone(desk: Desk, page: DrillholesPage) -> None:
    page.outline.search.setFocus(Qt.FocusReason.TabFocusReason)
    desk.qtbot.keyClicks(page.outline.search, "south")
    desk.until(lambda: tree(page) == ["All companies", "Bibiani Mines, company", "  BIB, South pit, project"])
    settle(desk, page)
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)
    assert holes(page) == ["BIB26-001"]
    page.outline.search.setFocus(Qt.FocusReason.TabFocusReason)
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: len(page.outline.model.known.companies) == 2)
    settle(desk, page)
    assert page.outline.view.currentIndex().data() == "BIB"
    assert holes(page) == ["BIB26-001"]


def test_a_search_that_finds_nothing_says_so_and_leaves_the_holes(desk: Desk, page: DrillholesPage) -> None:
    desk.type(page.outline.search, "nobody")
    desk.until(page.outline.nothing.isVisible)
    assert len(holes(page)) == 3
    page.outline.search.clear()
    desk.until(page.outline.view.isVisible)


def test_what_is_inactive_is_said_in_a_word_and_can_be_left_out(desk: Desk, page: DrillholesPage) -> None:
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    change_company(desk, "Bibiani Mines", is_active=False)
    row = project(desk, "ARG")
    command = ChangeProject(project_id=row.id, version=row.version, status="completed")
    desk.aside(lambda: registry.change_project(desk.other, command))
    words = ["All companies", "Ashanti Gold, company", "  ARG, Ridge, project, Completed"]
    desk.until(lambda: tree(page) == [*words, "Bibiani Mines, company, Inactive"])
    page.outline.active_only.click()
    desk.until(lambda: tree(page) == ["All companies", "Ashanti Gold, company"])
    assert holes(page) == ["ARG26-001", "ARG26-002"]
    page.outline.active_only.click()
    desk.until(lambda: len(tree(page)) > 2)


def test_more_companies_than_a_page_come_as_one_scrolls(make_desk: MakeDesk, place: Place) -> None:
    desk = make_desk()
    for at in range(COMPANIES + 30):
        add_company(desk, f"Company {at:03}")
    page = open_page(desk)
    assert len(page.outline.model.known.companies) == COMPANIES
    page.outline.view.setFocus()
    desk.key(Qt.Key.Key_End)
    desk.until(lambda: len(page.outline.model.known.companies) == COMPANIES + 32)


def test_the_mouse_opens_a_company_and_goes_to_its_project(desk: Desk, page: DrillholesPage) -> None:
    view, model = page.outline.view, page.outline.model
    row = view.visualRect(model.index(2, 0))
    arrow = QPoint(row.left() - 8, row.center().y())
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=arrow)
    desk.until(lambda: tree(page)[-1] == "  BIB, South pit, project")
    at = view.visualRect(model.index(0, 0, model.index(2, 0))).center()
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(desk, page)
    assert holes(page) == ["BIB26-001"]
    first = page.table.view.visualRect(page.table.model.index(0, 0)).center()
    desk.qtbot.mouseClick(page.table.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    settle(desk, page)
    assert said(page)[0] == "BIB26-001"
    (edit,) = (b for b in page.detail.findChildren(QPushButton) if b.accessibleName() == "Edit")
    desk.qtbot.mouseClick(edit, Qt.MouseButton.LeftButton)
    assert page.form is not None and page.form.title == "Edit BIB26-001"


def test_the_tree_stays_where_it_was_scrolled_when_others_add_companies(make_desk: MakeDesk, place: Place) -> None:
    desk = make_desk()
    for at in range(60):
        add_company(desk, f"Company {at:03}")
    page = open_page(desk)
    view = page.outline.view
    view.verticalScrollBar().setValue(20 * 32)
    top = view.indexAt(view.viewport().rect().topLeft()).data()
    add_company(desk, "Aardvark Lithium")
    desk.until(lambda: "Aardvark Lithium, company" in tree(page), 5_000)
    settle(desk, page)
    assert view.indexAt(view.viewport().rect().topLeft()).data() == top


# -- telling ----------------------------------------------------------------------------------------------------------


def test_a_hole_tells_its_trays_its_dispatches_and_its_history(desk: Desk, page: DrillholesPage) -> None:
    change_hole(desk, "ARG26-001", eoh_depth=320.5, dip=-60.25, reason="surveyed")
    desk.others_dispatch(hq=6)
    desk.window.workspace.look()
    desk.until(lambda: page.table.model.row(0).eoh_depth is not None)
    select(desk, page, "ARG26-001")
    desk.until(lambda: "1 dispatch, 6 HQ" in said(page) and "History" in said(page))
    words = said(page)
    assert "320.5\N{NO-BREAK SPACE}m" in words
    assert "90 HQ: 81 filled, 9 spare" in words
    assert "−60.25°" in words
    told = next(text for text in words if text.startswith("EOH depth:"))
    assert told.splitlines()[:3] == [
        "EOH depth: – → 320.5\N{NO-BREAK SPACE}m",
        "Dip: – → −60.25°",
        "Reason: surveyed",
    ]
    assert "elsewhere" in told


def test_a_size_without_a_capacity_tells_no_trays(desk: Desk, page: DrillholesPage) -> None:
    change_hole(desk, "BIB26-001", eoh_depth=100, core_size='5.5"')
    desk.window.workspace.look()
    desk.until(lambda: page.table.model.row(2).core_size == '5.5"')
    select(desk, page, "BIB26-001")
    assert "100.0\N{NO-BREAK SPACE}m" in said(page)
    assert "Trays needed" not in said(page)


def test_the_dispatches_of_a_hole_are_one_key_away(desk: Desk, page: DrillholesPage) -> None:
    sent = desk.others_dispatch(hq=6)
    select(desk, page, "ARG26-001")
    desk.do("register.dispatches")
    desk.settle()
    assert desk.window.page is desk.dispatches
    assert desk.dispatches.search.text() == "ARG26-001"
    desk.until(lambda: [row.id for _at, row in desk.dispatches.table.model.known()] == [sent.id])
    assert not desk.window.actions_["register.dispatches"].isEnabled()


def test_an_empty_project_says_what_to_do_next_and_does_it(desk: Desk, page: DrillholesPage) -> None:
    command = AddProject(code="NEW", name="New ground", company_id=desk.place.company_id)
    added = desk.aside(lambda: registry.add_project(desk.other, command))
    desk.until(lambda: page.outline.model.company_row(desk.place.company_id) is not None)
    go_to_project(desk, page, desk.place.company_id, added.id)
    assert page.table.empty_state.isVisible()
    assert page.table.empty_state.accessibleName() == "No hole in NEW yet."
    (offered,) = page.table.empty_state.findChildren(QPushButton)
    offered.click()
    assert page.form is not None and page.form.title == "New hole"
    assert page.form["project_id"].value() == added.id


# -- the others, the roles --------------------------------------------------------------------------------------------


def test_others_work_shows_without_moving_selection_scroll_or_typing(desk: Desk, page: DrillholesPage) -> None:
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    select(desk, page, "ARG26-002")
    desk.do("register.edit")
    form = page.form
    assert form is not None
    desk.type(form["eoh_depth"].edit, "77")
    form["eoh_depth"].edit.setCursorPosition(1)
    desk.aside(lambda: registry.add_company(desk.other, AddCompany(name="Aardvark Lithium")))
    new = AddDrillhole(hole_id="ARG26-000", project_id=desk.place.project_id)
    desk.aside(lambda: registry.add_drillhole(desk.other, new))
    desk.until(lambda: "Aardvark Lithium, company" in tree(page) and "ARG26-000" in holes(page), 5_000)
    settle(desk, page)
    assert page.outline.view.currentIndex().data() == "ARG"
    assert [row.hole_id for row in page.table.selected_rows()] == ["ARG26-002"]
    assert page.form is form
    assert (form["eoh_depth"].typed(), form["eoh_depth"].edit.cursorPosition()) == ("77", 1)
    assert form["eoh_depth"].edit.hasFocus()


def test_what_others_changed_of_the_selected_hole_is_told_with_their_name(desk: Desk, page: DrillholesPage) -> None:
    select(desk, page, "ARG26-001")
    change_hole(desk, "ARG26-001", azimuth=45)
    desk.until(lambda: "45.0°" in said(page) and any("Azimuth: – → 45°" in text for text in said(page)), 5_000)


def test_a_company_that_others_renamed_is_renamed_everywhere(desk: Desk, page: DrillholesPage) -> None:
    go_to_company(desk, page, desk.place.company_id)
    change_company(desk, "Ashanti Gold", name="Ashanti Copper")
    desk.until(lambda: "Ashanti Copper, company" in tree(page), 5_000)
    desk.until(lambda: said(page)[0] == "Ashanti Copper")
    desk.until(lambda: page.table.model.row(0).company_name == "Ashanti Copper")
    assert page.outline.view.currentIndex().data() == "Ashanti Copper"


def test_a_technician_looks_and_is_offered_nothing_else(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    page = open_page(desk)
    for name in WRITING:
        assert not desk.window.actions_[name].isVisible()
    assert [b for b in page.header.findChildren(QPushButton) if b.isVisible()] == [page.views]
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    select(desk, page, "ARG26-001")
    shown = [b.accessibleName() for b in page.detail.findChildren(QPushButton) if b.isVisible()]
    assert shown == ["Show its dispatches"]
    assert "Hole" in said(page) and "History" not in said(page)
    page.table.view.setFocus()
    desk.key(Qt.Key.Key_Return)
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    desk.key(Qt.Key.Key_F4)
    assert page.form is None
    settle(desk, page)
    assert desk.said == []  # nothing was asked that he may not know


def test_everything_is_reached_by_tab_in_the_order_of_reading(desk: Desk, page: DrillholesPage) -> None:
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    select(desk, page, "ARG26-001")
    page.search.setFocus(Qt.FocusReason.TabFocusReason)
    seen = []
    for _ in range(10):
        seen.append(QApplication.focusWidget())
        desk.key(Qt.Key.Key_Tab)
    outline = page.outline
    head = [page.search, page.filter, page.views, page.header.primary]
    assert seen[:7] == [*head, outline.search, outline.view, outline.active_only]
    assert seen[7] is page.table.view
    named = [widget.accessibleName() or widget.text() for widget in seen]
    assert all(named), named
    assert page.detail in seen or any(page.detail.isAncestorOf(widget) for widget in seen if widget)


def test_what_is_clicked_is_as_large_as_a_target(desk: Desk, page: DrillholesPage) -> None:
    select(desk, page, "ARG26-001")
    view = page.outline.view
    assert view.visualRect(page.outline.model.index(1, 0)).height() >= 32
    parts = [page.search, page.filter, page.header.primary, page.outline.search, page.outline.active_only]
    buttons = [button for button in page.detail.findChildren(QPushButton) if button.isVisible()]
    assert [part for part in (*parts, *buttons) if part.height() < 32] == []


# -- a long line ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The same place on the run's MySQL."""
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


def test_it_opens_with_three_round_trips_at_most(make_desk: MakeDesk, filled_server: Place, line: Proxy) -> None:
    desk = make_desk(place=filled_server, port=line.port)
    desk.window.workspace.stop()
    desk.settle()
    line.record = True
    line.reset_counts()
    open_page(desk)
    # What a second connection says to be let in is no question of the page.
    asked = [s for s in line.statements if "seal" not in s and not s.startswith("SET ")]
    assert len(asked) > 0
    assert len(asked) <= 3, "\n".join(s[:60] for s in asked)


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_server_that_is_away_is_told_at_both_lists_and_comes_back(
    make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coresafe.services import transaction

    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    desk = make_desk(place=filled_server, port=line.port)
    desk.window.workspace.stop()
    desk.settle()
    line.refuse()
    desk.do("go.drillholes")
    page = desk.window.page
    assert isinstance(page, DrillholesPage)
    desk.until(lambda: page.outline.failed.isVisible() and page.table._failed.isVisible())
    line.accept()
    (again,) = page.outline.failed.findChildren(QPushButton)
    again.click()
    page.reload()
    desk.until(lambda: len(tree(page)) == 3 and len(holes(page)) == 3)
