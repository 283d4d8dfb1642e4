"""A fresh machine: three doors, setting a database up, and what a connection test says."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from sqlalchemy.engine import make_url

from coresafe import config
from coresafe.app import Program
from coresafe.services import demo
from coresafe.services.opening import embedded_path
from tests.servers import PASSWORD as SERVER_PASSWORD
from tests.servers import USER, Proxy, Server
from tests.worlds import PASSWORD

Start = Callable[..., Program]
PATIENCE = 30_000


def fill_admin(program: Program, **changes: str) -> None:
    page = program.start.first_admin
    values = {"full_name": "Ama Owusu", "username": "ama", "email": "ama@example.com"}
    values |= {"password": PASSWORD, "again": PASSWORD} | changes
    for name, value in values.items():
        getattr(page, name).edit.setText(value)


def test_a_fresh_machine_is_offered_three_doors_that_the_keyboard_reaches(qtbot: Any, start: Start) -> None:
    program = start()
    doors = program.start.doors
    assert program.start.page is doors
    assert [door.accessibleName() for door in doors.buttons] == [
        "Look around with sample data",
        "This computer only",
        "Connect to our MySQL server",
    ]
    assert not doors.back_button.isVisible()
    doors.buttons[0].setFocus()
    for door in doors.buttons:
        assert door.hasFocus()
        qtbot.keyClick(door, Qt.Key.Key_Tab)
    assert not embedded_path().exists()


def test_looking_around_needs_nothing_and_leaves_nothing(
    qtbot: Any, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "play", functools.partial(demo.play, dispatches=15))
    program = start()
    program.start.doors.buttons[0].click()
    assert program.start.page is program.start.waiting
    qtbot.waitUntil(lambda: program.start.page is program.start.sign_in, timeout=60_000)
    page = program.start.sign_in
    assert page.username.value() == "supervisor" and "sample data" in page.where.text()
    page.button.click()
    qtbot.waitUntil(lambda: program.main is not None, timeout=PATIENCE)
    assert program.main is not None
    qtbot.waitUntil(lambda: program.main.pages["go.dispatches"].table.model.rowCount() > 0, timeout=PATIENCE)
    assert program.start._folder is not None
    assert not embedded_path().exists()


def test_this_computer_sets_itself_up_and_its_first_administrator_goes_straight_to_work(
    qtbot: Any, start: Start
) -> None:
    program = start()
    program.start.doors.buttons[1].click()
    page = program.start.first_admin
    qtbot.waitUntil(lambda: program.start.page is page, timeout=PATIENCE)
    page.button.click()
    assert [field.error for field in (page.username, page.email, page.password)] == ["Fill this in."] * 3
    fill_admin(program, again="Something-else-1")
    page.button.click()
    assert page.again.error == "The two passwords are not the same."
    fill_admin(program, email="nonsense", password="short", again="short")
    page.button.click()
    qtbot.waitUntil(lambda: bool(page.email.error) and bool(page.password.error), timeout=PATIENCE)
    assert "e-mail" in page.email.error
    assert page.button.isEnabled()
    fill_admin(program)
    page.hq.edit.setText("2.5")
    page.button.click()
    assert "fraction" in page.hq.error
    page.hq.edit.setText("120")
    page.button.click()
    qtbot.waitUntil(lambda: program.main is not None, timeout=PATIENCE)
    main: Any = program.main
    assert main.workspace.context.actor.role == "admin"
    assert page.password.typed() == page.again.typed() == ""
    main.go("go.inventory")
    stock = main.pages["go.inventory"].stock
    qtbot.waitUntil(lambda: any(row.tray_size == "HQ" and row.available == 120 for row in stock.rows), timeout=PATIENCE)


def test_the_next_start_goes_straight_to_signing_in(qtbot: Any, start: Start, place: Any) -> None:
    program = start(place.url)
    page = program.start.sign_in
    qtbot.waitUntil(lambda: program.start.page is page and page.button.isEnabled(), timeout=PATIENCE)
    page.other.click()
    assert program.start.page is program.start.doors
    program.start.doors.back_button.click()
    qtbot.waitUntil(lambda: program.start.page is page and page.button.isEnabled(), timeout=PATIENCE)


# -- our server -------------------------------------------------------------------------------------------------------


def at_the_server(program: Program, url: str, **changes: Any) -> Any:
    """Go through the third door and type where the server is."""
    program.start.doors.buttons[2].click()
    page = program.start.server
    parsed = make_url(url)
    values: dict[str, Any] = {"host": parsed.host, "port": parsed.port, "database": parsed.database}
    values |= {"user": USER, "password": SERVER_PASSWORD} | changes
    for name, value in values.items():
        getattr(page, name).set_value(value)
    return page


def findings(page: Any) -> dict[str, str]:
    grid = page.findings._grid
    labels = [grid.itemAtPosition(row, column) for row in range(grid.rowCount()) for column in (1, 2)]
    words = [item.widget().text() for item in labels if item is not None and isinstance(item.widget(), QLabel)]
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize(
    ("changes", "name", "told", "field"),
    [
        (
            {"host": "no-such-server.invalid"},
            "Server name",
            "There is no server called no-such-server.invalid.",
            "host",
        ),
        ({"port": 1}, "Port", "Nothing answers at 127.0.0.1, port 1.", "port"),
        ({"password": "wrong"}, "Sign-in", f"The server refused user {USER} with this password.", "password"),
        ({"user": "nobody"}, "Sign-in", "The server refused user nobody with this password.", "password"),
        ({"database": "no_such_test"}, "Database", "The server has no database called 'no_such_test'.", "database"),
    ],
)
def test_the_test_says_exactly_what_is_wrong(
    qtbot: Any, start: Start, mysql_server: Server, changes: dict[str, Any], name: str, told: str, field: str
) -> None:
    program = start()
    page = at_the_server(program, mysql_server.url("coresafe_test"), **changes)
    page.test_button.click()
    assert not page.test_button.isEnabled()
    qtbot.waitUntil(page.test_button.isEnabled, timeout=PATIENCE)
    found = findings(page)
    assert list(found)[-1] == name
    assert told in found[name]
    assert "does not work yet" in page.notice.text()
    # At its field stands what to do, too.
    at = getattr(page, field)
    assert at.error.startswith(told)
    assert len(at.error) > len(told)
    assert at.control.hasFocus()
    # Connecting says the same, and does not use it.
    page.connect_button.click()
    qtbot.waitUntil(lambda: page.connect_button.isEnabled() and bool(findings(page)), timeout=PATIENCE)
    assert program.start.page is page
    assert told in findings(page)[name]
    page.host.edit.setText("other")
    assert findings(page) == {}


def test_what_is_missing_is_told_at_its_field(start: Start) -> None:
    program = start()
    page = at_the_server(program, "mysql://h/d", host="", port="70000", user="")
    page.test_button.click()
    assert page.host.error == page.user.error == "Fill this in."
    assert "Enter a number from 1 to 65" in page.port.error
    assert page.host.edit.hasFocus()


def test_an_empty_database_on_the_server_is_set_up_and_used(
    qtbot: Any, start: Start, database_url: Callable[..., str]
) -> None:
    program = start()
    page = at_the_server(program, database_url("mysql", migrated=False))
    page.test_button.click()
    qtbot.waitUntil(page.test_button.isEnabled, timeout=PATIENCE)
    assert "You can connect." in page.notice.text()
    assert "still empty" in findings(page)["CoreSafe's tables"]
    page.password.edit.setFocus()
    qtbot.keyClick(page.password.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.start.page is program.start.first_admin, timeout=60_000)
    fill_admin(program)
    qtbot.keyClick(program.start.first_admin.again.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.main is not None, timeout=PATIENCE)
    assert program.main is not None
    # Its last connection goes before its database does.
    program.main.workspace.stop()
    qtbot.waitUntil(lambda: program.runner.idle, timeout=PATIENCE)
    program._database.engine.dispose()


def test_the_certificate_authority_is_chosen_checked_and_kept_and_the_password_is_in_no_file(
    qtbot: Any, start: Start, mysql_server: Server, database_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr(config, "remember_password", lambda account, password: not kept.update({account: password}))
    url = make_url(database_url("mysql"))
    program = start()
    page = at_the_server(program, url.render_as_string(hide_password=False))
    assert mysql_server.ca_file is not None
    page.ca.choose_button.click()
    page.ca.dialog.fileSelected.emit(str(mysql_server.datadir / "client-cert.pem"))
    page.ca.dialog.reject()
    assert page.ca.dialog is None
    page.connect_button.click()
    qtbot.waitUntil(lambda: bool(page.ca.error), timeout=PATIENCE)
    assert "not signed by this certificate authority" in page.ca.error
    assert not config.config_file().exists()
    # Nothing but what the file holds has changed meanwhile, and looking again finds that out.
    page.ca.set_value(str(mysql_server.ca_file))
    page.connect_button.click()
    qtbot.waitUntil(lambda: program.start.page is program.start.first_admin, timeout=PATIENCE)
    assert program.start._database is not None
    assert program.start._database.ca == mysql_server.ca_file
    settings = config.load()
    assert settings.database_ca == mysql_server.ca_file
    assert SERVER_PASSWORD not in config.config_file().read_text("utf-8")
    assert kept == {f"{USER}@127.0.0.1/{url.database}": SERVER_PASSWORD}
    # The next time the page begins with it; the password is the keyring's.
    program.start._show_doors()
    program.start.doors.buttons[2].click()
    assert page.ca.value() == mysql_server.ca_file
    assert page.database.value() == url.database
    assert page.password.typed() == ""
    database = program.start.release()
    assert database is not None
    database.close()


def test_a_server_that_does_not_answer_need_not_be_waited_for(qtbot: Any, start: Start, mysql_server: Server) -> None:
    with Proxy(mysql_server.port) as line:
        line.hold()
        program = start()
        page = at_the_server(program, mysql_server.url("coresafe_test", port=line.port))
        page.test_button.click()
        assert page.stop_button.isVisible() and page.stop_button.hasFocus()
        page.stop_button.click()
        assert page.test_button.isEnabled() and page.test_button.hasFocus()
        assert not page.stop_button.isVisible()
        assert page.notice.text() == "Stopped. Nothing was changed."
        # What is typed meanwhile stops it as well, and the keyboard stays where it is.
        page.test_button.click()
        page.host.edit.setFocus()
        page.host.edit.setText("other")
        assert page.test_button.isEnabled() and page.host.edit.hasFocus()
        line.release()
        qtbot.waitUntil(lambda: program.runner.idle, timeout=PATIENCE)
        assert findings(page) == {}


def test_connecting_to_an_empty_database_asks_before_it_is_set_up(
    qtbot: Any, start: Start, database_url: Callable[..., str]
) -> None:
    program = start()
    page = at_the_server(program, database_url("mysql", migrated=False))
    page.connect_button.click()
    offer = program.start.upgrade
    qtbot.waitUntil(lambda: program.start.page is offer, timeout=PATIENCE)
    assert offer.title.text() == "The database is empty"
    assert offer.button.text() == "Set it up"
    assert not offer.username.isVisible()
    database = program.start._database
    assert database is not None
    offer.button.click()
    qtbot.waitUntil(lambda: program.start.page is program.start.first_admin, timeout=60_000)
    program.start.release()
    database.close()


def test_upgrading_a_servers_database_asks_for_its_backup(
    qtbot: Any, start: Start, database_url: Callable[..., str], mysql_server: Server
) -> None:
    url = database_url("mysql")
    mysql_server.execute("UPDATE alembic_version SET version_num = '0002'", make_url(url).database)
    program = start()
    page = at_the_server(program, url)
    page.test_button.click()
    qtbot.waitUntil(page.test_button.isEnabled, timeout=PATIENCE)
    assert "offers to upgrade the database, after a backup" in page.notice.text()
    page.connect_button.click()
    offer = program.start.upgrade
    qtbot.waitUntil(lambda: program.start.page is offer, timeout=PATIENCE)
    assert "Make a backup at the server first" in offer.text.text()
    offer.username.edit.setText("boss")
    offer.password.edit.setText(PASSWORD)
    with qtbot.assertNotEmitted(offer.upgrade):
        offer.button.click()
    assert "Make the backup first" in offer.backed_up.error
    offer.backed_up.box.click()
    assert offer.backed_up.error == ""
    offer.upgrade.disconnect()
    with qtbot.waitSignal(offer.upgrade):
        offer.button.click()
    database = program.start.release()
    assert database is not None
    database.close()
