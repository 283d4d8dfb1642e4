"""While the server is away everything that shows data is greyed and dated; afterwards all of it is live again by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from sqlalchemy.engine import make_url

from coresafe.errors import DatabaseUnavailable
from coresafe.models.enums import Door, Role
from coresafe.services import transaction
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.samples import AddSample, add_sample
from coresafe.ui import workspace as workspace_module
from coresafe.ui.admin.users_dialog import UsersDialog
from coresafe.ui.messages import Level
from tests.databases import Databases, migrate
from tests.servers import Proxy, Server
from tests.ui.desk import Desk, Place, make_place
from tests.ui.inventory.conftest import open_inventory

MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The desk's place on the run's MySQL, with a dispatch and a sample."""
    place = make_place(databases.new("mysql"))
    database = Database(place.url)
    who = Context(database=database, actor=place.actors[Role.MANAGER], door=Door.WINDOW, machine="elsewhere")
    sent = dispatch_trays(
        who,
        DispatchTrays(
            company_id=place.company_id, project_id=place.project_id, drillhole_id=place.hole_id, driver="Yaw",
            technician="Ama", lines=[WantedLine(tray_size="HQ", quantity=1)],
        ),
    )  # fmt: skip
    add_sample(who, AddSample(sample_id="A-1", sample_type="blank", dispatch_id=sent.id))
    database.close()
    return place


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


@pytest.fixture
def far(make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An administrator's desk at the other end of the line, with little patience."""
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    return make_desk(place=filled_server, port=line.port, role=Role.ADMIN)


def dated(widget: QWidget) -> bool:
    """Whether it says of when it is, in sight."""
    labels = widget.findChildren(QLabel)
    return any(label.isVisible() and label.text().startswith("Not up to date: as of") for label in labels)


def greyed(widget: QWidget) -> list[str]:
    """The words in it that are greyed."""
    parts: list[Any] = widget.findChildren(QWidget)
    return [part.text() for part in parts if part.property("aged") and hasattr(part, "text") and part.text()]


def go_away(desk: Desk, line: Proxy) -> None:
    line.refuse()
    desk.window.workspace.look()
    desk.until(desk.window.banner.isVisible)


def come_back(desk: Desk, line: Proxy) -> None:
    line.accept()
    desk.until(lambda: not desk.window.banner.isVisible())


@pytest.mark.leaves_transactions("the line is cut in the middle")
@pytest.mark.parametrize("name", ["go.dispatches", "go.returns", "go.samples", "go.drillholes", "go.inventory"])
def test_every_page_is_greyed_and_dated_while_the_server_is_away_and_live_again_afterwards(
    far: Desk, line: Proxy, name: str
) -> None:
    far.do(name)
    page: Any = far.window.page
    far.until(lambda: far.runner.idle and page.table.model.rowCount() > 0)
    page.table.select_id(page.table.model.row(0).id)
    far.until(lambda: far.runner.idle)
    shown = [page.table, *[getattr(page, part) for part in ("detail", "stock", "outline") if hasattr(page, part)]]
    assert not [part for part in shown if dated(part)]
    go_away(far, line)
    for part in shown:
        far.until(lambda part=part: dated(part))  # type: ignore[misc]
    assert page.table.model.pale
    if name == "go.inventory":
        assert {"50", "30"} <= set(greyed(page.stock)) or "–" in greyed(page.stock)
        assert "HQ" in greyed(page.detail)[0] or greyed(page.detail)
    come_back(far, line)
    far.until(lambda: far.runner.idle and not page.table.model.pale)
    assert not [part for part in shown if dated(part) or greyed(part)]


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_the_users_are_greyed_and_dated_too_and_so_is_what_is_selected_meanwhile(far: Desk, line: Proxy) -> None:
    far.do("app.users")
    dialog = far.window.findChild(UsersDialog)
    assert dialog is not None
    far.until(lambda: far.runner.idle and dialog.table.model.rowCount() >= 3)
    go_away(far, line)
    assert dated(dialog.table)
    dialog.table.select_id(dialog.table.model.row(1).id)
    far.until(lambda: dated(dialog.pane))
    assert greyed(dialog.pane)
    come_back(far, line)
    far.until(lambda: not dated(dialog.table) and not dated(dialog.pane))
    assert not greyed(dialog.pane)
    dialog.reject()


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_form_dates_what_it_says_of_the_stock(far: Desk, line: Proxy) -> None:
    page = open_inventory(far)
    far.do("stock.fill")
    go_away(far, line)
    assert page.form is not None and dated(page.form)
    come_back(far, line)
    assert not dated(page.form)
    page.form.leave()


# -- a save, when the server goes and comes back ------------------------------------------------------------------------


def purchase(desk: Desk, trays: str) -> Any:
    page = open_inventory(desk)
    desk.do("stock.purchase")
    form: Any = page.form
    desk.type(form.quantity.edit, trays)
    form.reason.edit.setPlainText("new ones")
    form.quantity.setFocus()
    return form


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_save_in_doubt_is_asked_again_by_itself_once_the_server_is_back(far: Desk, line: Proxy) -> None:
    before = far.available()
    form = purchase(far, "3")
    page = far.inventory
    line.cut_commits(1, "after")
    far.save_by_keys()
    far.until(line.cut_done.is_set)
    line.refuse()
    far.until(lambda: page.form is None or (form.banner is not None and not form.saving))
    line.accept()
    far.until(lambda: page.form is None)
    far.until(lambda: not far.window.banner.isVisible() and far.runner.idle)
    assert far.available() == before + 3
    texts = [label.text() for label in far.window.findChildren(QLabel) if label.isVisible()]
    assert not [text for text in texts if "cannot be reached" in text]
    far.prove()


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_save_that_did_not_happen_waits_for_the_person_and_no_longer_says_that_nobody_answers(
    far: Desk, line: Proxy
) -> None:
    before = far.available()
    form = purchase(far, "2")
    go_away(far, line)
    far.save_by_keys()
    far.until(lambda: form.banner is not None and not form.saving)
    assert form.banner.message.level is Level.WARNING
    come_back(far, line)
    far.until(lambda: form.banner is not None and form.banner.message.level is Level.INFO)
    assert "is back" in form.banner.message.text
    assert far.available() == before
    form.banner.choices[0].click()
    far.until(lambda: far.inventory.form is None)
    assert far.available() == before + 2


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_what_was_typed_after_a_save_in_doubt_is_not_taken_for_it(far: Desk, line: Proxy) -> None:
    before = far.available()
    form = purchase(far, "4")
    line.cut_commits(1, "after")
    far.save_by_keys()
    far.until(line.cut_done.is_set)
    line.refuse()
    far.until(lambda: not form.saving)
    if far.inventory.form is form:
        far.type(form.quantity.edit, "9")
        form.save()  # would be a second one
        assert "not known yet" in form.banner.message.text and not form.saving
        form.banner.choices[0].click()
        far.until(lambda: not form.saving)  # nobody answers yet, and the doubt stays
        form.save()
        assert "not known yet" in form.banner.message.text and not form.saving
    line.accept()
    if far.inventory.form is form:
        far.until(lambda: form.banner is not None and "not known yet" in form.banner.message.text)
        form.banner.choices[0].click()
    far.until(lambda: far.inventory.form is None)
    assert far.available() == before + 4


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_write_without_a_form_that_is_in_doubt_is_asked_again_too(far: Desk, line: Proxy) -> None:
    before = far.available()
    ended: list[object] = []
    base = next(row for row in open_inventory(far).stock.rows if row.tray_size == "HQ").base
    command = SetBase(tray_size="HQ", base_quantity=base + 6, reason="counted again")
    line.cut_commits(1, "after")
    far.window.workspace.write(set_base, command, owner=far.window, done=ended.append, changes=("stock",))
    far.until(line.cut_done.is_set)
    line.refuse()
    far.until(lambda: bool(ended) or any("not known yet" in said.hint for said in far.said))
    line.accept()
    far.until(lambda: len(ended) == 1)
    far.until(lambda: not far.window.banner.isVisible() and far.runner.idle)
    assert far.available() == before + 6
    assert far.window.host.banners == []


# -- a server that is there and says nothing ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frozen_server() -> Iterator[Server]:
    """A server of this module's own, that can be frozen."""
    with Server("mysql") as server:
        server.execute("CREATE DATABASE shed_test CHARACTER SET utf8mb4")
        yield server
        server.thaw()


@pytest.mark.leaves_transactions("the server stands still in the middle")
def test_a_server_that_stands_still_is_said_within_ten_seconds_and_goes_on_by_itself(
    make_desk: MakeDesk, frozen_server: Server, tmp_path: Path
) -> None:
    url = frozen_server.url("shed_test")
    migrate(url)
    desk = make_desk(place=make_place(url))
    page = open_inventory(desk)
    frozen_server.freeze()
    try:
        page.reload()
        desk.until(desk.window.banner.isVisible, 11_000)
        assert dated(page.stock) and dated(page.table)
    finally:
        frozen_server.thaw()
    desk.until(lambda: not desk.window.banner.isVisible(), 25_000)
    desk.until(lambda: desk.runner.idle and not dated(page.stock) and not page.table.model.pale, 25_000)
    desk.others_dispatch(hq=2)
    desk.until(lambda: page.stock.door("HQ", "out").text() == "2")


def test_a_look_that_hangs_is_not_waited_for_while_all_threads_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    workspace = desk.window.workspace

    def hang(*_asked: object) -> None:
        gate.wait(30)
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(workspace_module.feed, "poll", hang)
    workspace._silent.setInterval(50)
    desk.settle()
    workspace.look()
    desk.until(desk.window.banner.isVisible)
    gate.set()
