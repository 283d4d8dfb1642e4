"""A walk through the states of every page's table and every form: empty, loading, failed, tried again.

The server is real, the line to it is cut, silent or open again; the feed is silent, so that nothing but the person's own
*Try again* brings anything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.services import transaction
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.returning import LostLine, ResolveLost, resolve_lost
from coresafe.services.samples import AddSample, add_sample
from coresafe.ui.admin.users_dialog import UsersDialog
from coresafe.ui.forms import Choice, Form
from coresafe.ui.messages import Level
from coresafe.ui.tables import PagedTable, paged_table
from coresafe.ui.tables.model import Phase
from tests.databases import Databases, migrate
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.ui.inventory.conftest import open_inventory
from tests.worlds import make_people

MakeDesk = Callable[..., Desk]
PAGES = ["go.dispatches", "go.returns", "go.samples", "go.drillholes", "go.inventory"]
TABLES = [*PAGES, "app.users"]
cut = pytest.mark.leaves_transactions("the line is cut in the middle")


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The desk's place on the run's MySQL, with a dispatch and a sample."""
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


@pytest.fixture
def far(make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An administrator's desk at the other end of the line; nothing is tried again by itself."""
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(paged_table, "TRY_AGAIN_EVERY", 3_600_000)
    desk = make_desk(place=filled_server, port=line.port, role=Role.ADMIN)
    desk.window.workspace.stop()
    desk.settle()
    return desk


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A database with people and nothing else."""
    url = f"sqlite:///{tmp_path_factory.mktemp('bare') / 'bare_test.db'}"
    migrate(url)
    database = Database(url)
    people = make_people(database)
    database.close()
    actors = {role: context.actor for role, context in people.by_role.items()}
    none = dict.fromkeys(
        ("company_id", "project_id", "hole_id", "nq_hole_id", "other_company_id", "other_project_id", "other_hole_id"),
        0,
    )
    return Place(url=url, actors=actors, **none)


def button(within: Any, words: str) -> QPushButton:
    """The button in sight with these words."""
    found = [b for b in within.findChildren(QPushButton) if b.isVisible() and b.text().strip() == words]
    assert len(found) == 1, f"{words!r} is there {len(found)} times"
    the_one: QPushButton = found[0]
    return the_one


def table_of(desk: Desk, name: str) -> PagedTable:
    """Go there; its table, with rows."""
    if name == "go.samples" and not desk.all_dispatches():
        sent = desk.others_dispatch(hq=1)
        add = AddSample(sample_id="A-1", sample_type="blank", dispatch_id=sent.id)
        desk.aside(lambda: add_sample(desk.other, add))
    elif not desk.all_dispatches():
        table_of(desk, "go.samples")
    desk.do(name)
    where: Any = desk.window.findChild(UsersDialog) if name == "app.users" else desk.window.page
    table = where.table
    assert isinstance(table, PagedTable)
    desk.until(lambda: desk.runner.idle and table.model.phase is not Phase.WAITING)
    table.reload()
    desk.until(lambda: desk.runner.idle and table.model.rowCount() > 0)
    return table


def empty_it(desk: Desk, table: PagedTable) -> None:
    """Search for what is not there, so that nothing is in sight."""
    table.ask(q="no such words")
    desk.until(table._nothing_found.isVisible)
    assert table._nothing_found.accessibleName() == "Nothing matches Change the search or the filters."


# -- empty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "offered"),
    [
        ("go.dispatches", "No dispatch yet. Send the first trays out.", "Dispatch trays"),
        ("go.returns", "Nothing is out. Every tray that left is back or accounted for.", ""),
        ("go.samples", "No sample yet.", "Record samples"),
        ("go.drillholes", "No hole yet. ", "New company"),
        ("go.inventory", "No movement yet. Set the base inventory: how many trays the shed owns.", "Set the base"),
    ],
)
def test_an_empty_table_says_so_and_what_to_do_next(
    make_desk: MakeDesk, bare: Place, name: str, words: str, offered: str
) -> None:
    desk = make_desk(place=bare, role=Role.MANAGER)
    desk.do(name)
    page: Any = desk.window.page
    desk.until(lambda: desk.runner.idle and page.table.empty_state.isVisible())
    assert page.table.empty_state.accessibleName().startswith(words)
    buttons = [b for b in page.table.empty_state.findChildren(QPushButton) if b.isVisible()]
    if not offered:
        assert buttons == []
        return
    assert buttons[0].text().strip().startswith(offered)
    buttons[0].click()
    desk.until(lambda: isinstance(page.form, Form))


def test_a_shed_that_has_nothing_yet_shows_its_sizes_at_nought(make_desk: MakeDesk, bare: Place) -> None:
    desk = make_desk(place=bare, role=Role.MANAGER)
    page = open_inventory(desk)
    assert {door.text() for door in page.stock.doors} == {"–"}
    assert [row.tray_size for row in page.stock.rows] == ["HQ", "NQ"]


# -- loading ----------------------------------------------------------------------------------------------------------


@cut
@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_that_it_loads_and_after_two_seconds_a_cancel_that_cancels(
    far: Desk, line: Proxy, name: str
) -> None:
    table = table_of(far, name)
    empty_it(far, table)
    line.hold()
    table.ask(q="")
    far.until(table._loading.spinner.isVisible)
    assert table._loading.isVisible() and not table._loading.cancel_button.isVisible()
    far.until(table._loading.cancel_button.isVisible, 4_000)
    table._loading.cancel_button.click()
    assert table._failed.isVisible()
    assert table._failed.accessibleName() == "Loading was stopped. Nothing was changed."
    line.release()
    button(table._failed, "Try again").click()
    far.until(lambda: table.model.phase is Phase.READY and table.model.rowCount() > 0)
    assert not table._failed.isVisible()


@cut
def test_a_filter_that_takes_long_can_be_taken_back(far: Desk, line: Proxy) -> None:
    table = table_of(far, "go.inventory")
    line.hold()
    table.ask(filters={"kind": "opening"})
    far.until(table._spinner.isVisible)
    far.until(table._stop.isVisible, 4_000)
    table._stop.click()
    assert table._failed.isVisible() and table.model.rowCount() == 0
    line.release()
    button(table._failed, "Try again").click()
    far.until(lambda: table.model.rowCount() == 2)
    assert not table._stop.isVisible()


@cut
def test_the_stock_and_the_companies_show_that_they_load_and_can_be_stopped(far: Desk, line: Proxy) -> None:
    far.window.pages["go.inventory"], far.window.pages["go.drillholes"]
    line.hold()
    far.do("go.inventory")
    stock: Any = far.inventory.stock
    far.until(stock._loading.cancel_button.isVisible, 5_000)
    stock._loading.cancel_button.click()
    assert stock.failed.isVisible() and "stopped" in stock.failed.accessibleName()
    far.do("go.drillholes")
    outline: Any = far.window.page.outline  # type: ignore[attr-defined]
    far.until(outline._loading.cancel_button.isVisible, 5_000)
    outline._loading.cancel_button.click()
    assert outline.failed.isVisible()
    line.release()
    button(outline.failed, "Try again").click()
    far.until(outline.view.isVisible)
    far.do("go.inventory")
    far.until(lambda: bool(stock.rows))


# -- failed -----------------------------------------------------------------------------------------------------------


@cut
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_read_says_why_and_trying_again_reads_it(far: Desk, line: Proxy, name: str) -> None:
    table = table_of(far, name)
    empty_it(far, table)
    line.refuse()
    table.ask(q="")
    far.until(table._failed.isVisible)
    assert table._failed.accessibleName().startswith("The database cannot be reached.")
    button(table._failed, "Try again").click()
    far.until(lambda: table.model.phase is Phase.FAILED)  # it truly tried, and says so again
    line.accept()
    button(table._failed, "Try again").click()
    far.until(lambda: table.model.phase is Phase.READY and table.model.rowCount() > 0)
    assert not table._failed.isVisible()


@cut
def test_the_stock_and_the_companies_say_why_they_cannot_be_read_and_trying_again_reads_them(
    far: Desk, line: Proxy
) -> None:
    line.refuse()
    far.do("go.inventory")
    stock = far.inventory.stock
    far.until(stock.failed.isVisible)
    far.do("go.drillholes")
    outline: Any = far.window.page.outline  # type: ignore[attr-defined]
    far.until(outline.failed.isVisible)
    line.accept()
    button(outline.failed, "Try again").click()
    far.until(outline.view.isVisible)
    assert outline.model.known.companies
    far.do("go.inventory")
    far.until(lambda: bool(stock.rows) and far.runner.idle)
    # What was read before stays, dated, and can be tried again.
    line.refuse()
    far.inventory.reload()
    far.until(stock.age.isVisible)
    assert stock.door("NQ", "available").text() != "–"
    line.accept()
    button(stock.age, "Try again").click()
    far.until(lambda: not stock.age.isVisible() or not far.window.workspace.is_online)
    far.window.workspace.look()
    far.until(lambda: not stock.age.isVisible())


# -- forms ------------------------------------------------------------------------------------------------------------


def sent(desk: Desk) -> DispatchRow:
    """Something is out, and selected."""
    row = desk.others_dispatch(hq=2)
    desk.dispatches.reload()
    return desk.select(row.id)


def lost(desk: Desk) -> None:
    row = sent(desk)
    command = ResolveLost(dispatch_id=row.id, lines=[LostLine(tray_size="HQ", quantity=1)], reason="washed away")
    desk.aside(lambda: resolve_lost(desk.other, command))
    desk.dispatches.reload()
    desk.settle()


def returned(desk: Desk) -> None:
    row = sent(desk)
    desk.others_return(row, hq=1)
    desk.dispatches.reload()
    desk.settle()


def at_dispatches(name: str, before: Callable[[Desk], object], **typed: Any) -> Callable[[Desk], Form]:
    def open_it(desk: Desk) -> Form:
        before(desk)
        desk.do(name)
        form = desk.dispatches.form
        assert form is not None
        for field, value in typed.items():
            form[field].set_value(value)
        return form

    return open_it


def at_page(action: str, page: str, **typed: Any) -> Callable[[Desk], Form]:
    def open_it(desk: Desk) -> Form:
        desk.do(page)
        desk.until(lambda: desk.runner.idle)
        desk.do(action)
        form = desk.window.page.form  # type: ignore[attr-defined]
        assert isinstance(form, Form)
        for field, value in typed.items():
            form[field].set_value(value(desk) if callable(value) else value)
        return form

    return open_it


def recovering(desk: Desk) -> Form:
    lost(desk)
    form: Any = at_page("stock.recover", "go.inventory", quantity=1, reason="it turned up")(desk)
    desk.until(lambda: desk.runner.idle)
    if form.lost.choice is None:
        desk.complete(form.lost, "D-")
    form.quantity.set_value(1)
    assert isinstance(form, Form)
    return form


def a_user(desk: Desk) -> Form:
    desk.do("app.users")
    dialog: Any = desk.window.findChild(UsersDialog)
    desk.until(lambda: desk.runner.idle)
    dialog.add_action.trigger()
    form = dialog.form
    assert isinstance(form, Form)
    form["username"].set_value("esi")
    form["email"].set_value("esi@example.com")
    return form


FORMS: dict[str, Callable[[Desk], Form]] = {
    "dispatch": lambda desk: desk.fill_dispatch(hq=1),
    "return": at_dispatches("dispatch.return", sent),
    "amend": at_dispatches("dispatch.amend", sent, driver="Kofi"),
    "lost": at_dispatches("dispatch.lost", sent, reason="washed away"),
    "extend": at_dispatches("dispatch.extend", sent, reason="they asked"),
    "void": at_dispatches("dispatch.void", sent, reason="entered twice"),
    "recover": at_dispatches("dispatch.recover", lost, quantity=1, reason="it turned up"),
    "void a loss": at_dispatches("resolution.void", lost, reason="not lost"),
    "void a return": at_dispatches("return.void", returned, reason="not back"),
    "base": at_page("stock.base", "go.inventory", base_quantity=60, reason="counted"),
    "purchase": at_page("stock.purchase", "go.inventory", quantity=3, reason="new"),
    "found": at_page("stock.found", "go.inventory", quantity=1, reason="behind the rack"),
    "fill": at_page("stock.fill", "go.inventory", quantity=1, reason="racked"),
    "recover from the inventory": recovering,
    "company": at_page("company.new", "go.drillholes", name="Nzema Minerals"),
    "project": at_page(
        "project.new", "go.drillholes", code="NZM", name="North",
        company_id=lambda desk: Choice(desk.place.company_id, "Ashanti Gold"),
    ),
    "hole": at_page(
        "hole.new", "go.drillholes", hole_id="ARG26-900", project_id=lambda desk: Choice(desk.place.project_id, "ARG")
    ),
    "user": a_user,
}  # fmt: skip


@cut
@pytest.mark.parametrize("which", FORMS)
def test_a_form_that_cannot_be_saved_keeps_what_was_typed_and_trying_again_saves_it_once(
    far: Desk, line: Proxy, which: str
) -> None:
    form = FORMS[which](far)
    far.until(lambda: far.runner.idle)
    confirm = form.fields.get("confirmed")
    if confirm is not None and confirm.isVisible():
        confirm.set_value(True)
    typed = form._typed()
    saved: list[object] = []
    form.saved.connect(saved.append)
    line.refuse()
    form.save()
    far.until(lambda: form.banner is not None and not form.saving)
    assert form.banner is not None
    assert form.banner.message.level is Level.WARNING, form.banner.message
    assert form._typed() == typed
    line.accept()
    button(form.banner, "Try again").click()
    far.until(lambda: len(saved) == 1)
    far.until(lambda: far.runner.idle)
    if which == "user":
        dialog: Any = far.window.findChild(UsersDialog)
        dialog.reject()
    assert len(saved) == 1
