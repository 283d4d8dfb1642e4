"""The main window: what others do shows by itself, the server comes and goes, and a session can end at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.services import transaction
from coresafe.services.listing import Query
from coresafe.services.users import ChangeUser, change_user, list_users
from coresafe.ui.messages import Level
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place

MakeDesk = Callable[..., Desk]


def switch_off(desk: Desk, username: str) -> None:
    def do() -> None:
        user = next(user for user in list_users(desk.admin, Query(q=username)).items)
        change_user(desk.admin, ChangeUser(user_id=user.id, version=user.version, is_active=False))

    desk.aside(do)


# -- who is there -----------------------------------------------------------------------------------------------------


def test_the_menus_hold_only_what_works_and_what_the_role_may_do(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    shown = {action.objectName() for action in desk.window.actions_ if action.isVisible()}
    assert {"dispatch.new", "dispatch.return", "go.inventory", "app.sign_out", "help.guide"} <= shown
    assert not shown & {"dispatch.void", "dispatch.lost", "stock.base", "app.users", "go.audit"}
    titles = [action.text() for action in desk.window.menuBar().actions() if action.isVisible()]
    assert "&Help" in titles
    assert "&Dispatch" in titles


def test_the_pages_are_reached_by_their_keys(desk: Desk) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    desk.key(Qt.Key.Key_5, control)
    assert desk.window.page is desk.inventory
    desk.key(Qt.Key.Key_1, control)
    assert desk.window.page is desk.dispatches
    desk.key(Qt.Key.Key_N, control)
    assert desk.dispatches.form is desk.dispatch_form


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_rows_are_copied_and_columns_chosen_from_the_menus_too(desk: Desk) -> None:
    row = desk.others_dispatch(hq=3)
    desk.window.workspace.look()
    desk.select(row.id)
    desk.do("table.copy_headed")
    head, first = QGuiApplication.clipboard().text().splitlines()
    assert head.startswith("Number\t") and first.startswith(f"{row.number}\t")
    desk.do("table.copy")
    assert QGuiApplication.clipboard().text().splitlines() == [first]
    desk.do("view.columns")
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert {"Number", "Company", "Hole"} <= {action.text() for action in menu.actions()}
    menu.close()


def test_signing_out_asks_first_when_something_typed_would_be_lost(desk: Desk) -> None:
    form = desk.fill_dispatch()
    desk.do("app.sign_out")
    assert desk.ended == []
    assert form.banner is not None and form.banner.message.level is Level.QUESTION
    form.banner.choices[1].click()
    desk.do("app.sign_out")
    assert desk.ended == [""]


def test_closing_asks_first_when_something_typed_would_be_lost(desk: Desk) -> None:
    form = desk.fill_dispatch()
    desk.do("go.inventory")
    desk.window.close()
    assert desk.window.isVisible()
    assert desk.window.page is desk.dispatches
    assert form.driver.value() == "Kofi"


def test_somebody_who_is_switched_off_is_signed_out_within_five_seconds(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    switch_off(desk, "otto")
    desk.until(lambda: bool(desk.ended), 5_000)
    assert "switched off" in desk.ended[0]


# -- the others -------------------------------------------------------------------------------------------------------


def test_others_work_shows_within_five_seconds_and_moves_neither_selection_nor_typing(desk: Desk) -> None:
    sent = [desk.others_dispatch(hq=1, driver=f"Driver {at}") for at in range(4)]
    desk.window.workspace.look()
    desk.select(sent[1].id)
    form = desk.fill_dispatch(hq=7)
    form.driver.edit.setFocus()
    form.driver.edit.setCursorPosition(2)
    table = desk.dispatches.table
    new = desk.others_dispatch(hq=2, driver="Somebody else")
    desk.until(lambda: table.model.index_of(new.id) is not None, 5_000)
    assert table.view.selected_ids() == [sent[1].id]
    assert desk.dispatches.form is form
    assert (form.driver.edit.text(), form.driver.edit.cursorPosition()) == ("Kofi", 2)
    assert form.driver.edit.hasFocus()
    assert form.lines.editors[0].quantity.typed() == "7"


def test_others_returns_show_in_the_detail_of_what_is_selected(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=5)
    desk.window.workspace.look()
    desk.select(sent.id)
    desk.others_return(sent, hq=2)
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.outstanding == 3, 5_000)


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


@pytest.fixture
def far(
    make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Desk:
    """A desk at the other end of the line, of somebody with little patience."""
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    return make_desk(place=filled_server, port=line.port)


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_server_that_is_away_is_said_typing_is_kept_and_it_comes_back_by_itself(far: Desk, line: Proxy) -> None:
    form = far.fill_dispatch(hq=1)
    window = far.window
    assert not window.banner.isVisible()
    line.refuse()
    window.workspace.look()
    far.until(window.banner.isVisible)
    assert "cannot be reached" in window._away.text() and "what you type is kept" in window._away.text()
    assert form.driver.value() == "Kofi"
    before = len(far.all_dispatches())
    far.save_by_keys()
    far.until(lambda: form.banner is not None and not form.saving)
    assert form.banner is not None and form.banner.message.level is Level.WARNING
    assert len(far.all_dispatches()) == before
    line.accept()
    far.until(lambda: not window.banner.isVisible())
    assert form.driver.value() == "Kofi"
    far.save_by_keys()
    far.until(lambda: far.dispatches.form is None)
    assert len(far.all_dispatches()) == before + 1


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_the_table_keeps_its_rows_dated_while_the_server_is_away(far: Desk, line: Proxy) -> None:
    sent = far.others_dispatch(hq=1)
    far.window.workspace.look()
    far.select(sent.id)
    rows = far.dispatches.table.model.rowCount()
    line.refuse()
    far.dispatches.reload()
    table = far.dispatches.table
    far.until(lambda: table.model.error is not None)
    assert table.model.rowCount() == rows
    assert "Not up to date" in table._moment.text()
    line.accept()
    far.until(lambda: table.model.error is None)
    assert far.dispatches._current is not None and far.dispatches._current.id == sent.id


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_save_in_doubt_is_asked_again_under_its_operation_id_and_done_once(far: Desk, line: Proxy) -> None:
    before = len(far.all_dispatches())
    form = far.fill_dispatch(hq=1)
    far.window.workspace.stop()
    far.settle()
    # The commit reaches the server, its answer never comes; and nobody answers afterwards.
    line.cut_commits(1, "after")
    far.save_by_keys()
    far.until(line.cut_done.is_set)
    line.refuse()
    far.until(lambda: not form.saving)
    line.accept()
    if far.dispatches.form is form:
        assert form.banner is not None
        form.banner.choices[0].click()
        far.until(lambda: far.dispatches.form is None)
    assert len(far.all_dispatches()) == before + 1
    assert line.cuts == 1
    far.prove()


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_save_in_doubt_says_so_and_trying_again_is_safe(far: Desk, line: Proxy) -> None:
    before = len(far.all_dispatches())
    form = far.fill_dispatch(hq=1)
    far.window.workspace.stop()
    far.settle()
    line.cut_commits(1_000, "after")
    far.save_by_keys()
    far.until(lambda: not form.saving and (form.banner is not None or far.dispatches.form is None))
    line.cut_commits(0)
    if far.dispatches.form is form:
        assert form.banner is not None
        assert "safe" in form.banner.message.hint or "safe" in form.banner.message.text
        far.save_by_keys()
        far.until(lambda: far.dispatches.form is None)
    assert len(far.all_dispatches()) == before + 1
    far.prove()


def test_other_content_is_another_operation(desk: Desk) -> None:
    form = desk.fill_dispatch(hq=1)
    first = form.work(), form._operation
    assert form.work() is not first[0]
    assert form._operation == first[1]
    desk.type(form.lines.editors[0].quantity.edit, "2")
    form.work()
    assert form._operation[1] != first[1][1]
