"""Signing in and out, a database of another version, and one that is away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from coresafe.app import Program
from coresafe.services import schema, signing_in, transaction
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Place
from tests.worlds import PASSWORD

Start = Callable[..., Program]
PATIENCE = 30_000


@pytest.fixture
def program(qtbot: Any, start: Start, place: Place) -> Program:
    """At the sign-in of a database with people in it."""
    program = start(place.url)
    qtbot.waitUntil(program.start.sign_in.button.isEnabled, timeout=PATIENCE)
    return program


def try_in(qtbot: Any, program: Program, username: str, password: str) -> None:
    """Type both and press Enter."""
    page = program.start.sign_in
    page.username.edit.setText(username)
    page.password.edit.setText(password)
    qtbot.keyClick(page.password.edit, Qt.Key.Key_Return)
    assert not page.button.isEnabled()
    qtbot.waitUntil(page.button.isEnabled, timeout=PATIENCE)


def test_the_right_password_opens_the_window_and_the_name_is_remembered(
    qtbot: Any, start: Start, program: Program, place: Place
) -> None:
    assert "on this computer" in program.start.sign_in.where.text()
    try_in(qtbot, program, "mary", PASSWORD)
    assert program.main is not None and program.main.isVisible()
    assert not program.start.isVisible()
    assert program.start.sign_in.password.typed() == ""
    assert program.remembered.recall("sign_in/username", "") == "mary"


def test_a_wrong_password_says_no_more_than_that_and_asks_again(qtbot: Any, program: Program) -> None:
    page = program.start.sign_in
    for username in ("mary", "nobody-of-that-name"):
        try_in(qtbot, program, username, "Wrong-One-123")
        assert page.notice.text() == "User name or password is wrong."
        assert page.password.typed() == ""
        assert page.password.edit.hasFocus()
    assert program.main is None


def test_a_wrong_password_is_asked_anew_and_nothing_else_is_blamed(qtbot: Any, program: Program) -> None:
    try_in(qtbot, program, "mary", "Wrong-One-123")
    page = program.start.sign_in
    assert page.notice.text() and page.password.empty
    assert page.password.error == ""


def test_what_is_missing_is_told_at_its_field(qtbot: Any, program: Program) -> None:
    page = program.start.sign_in
    page.username.edit.clear()
    page.button.click()
    assert page.username.error == page.password.error == "Fill this in."


def test_too_many_wrong_ones_lock_and_say_for_how_long(
    qtbot: Any, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "WRONG_TRIES", 2)
    try_in(qtbot, program, "mary", "Wrong-One-123")
    try_in(qtbot, program, "mary", "Wrong-One-123")
    try_in(qtbot, program, "mary", PASSWORD)
    assert "Too many wrong passwords. Try again in 15 minutes" in program.start.sign_in.notice.text()
    assert program.main is None


def test_caps_lock_is_said(qtbot: Any, program: Program) -> None:
    page = program.start.sign_in
    qtbot.keyClick(page.password.edit, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert "Caps lock" not in page.password._note_text
    # As caps lock gives it: a capital without Shift.
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    QApplication.sendEvent(
        page.password.edit, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "A")
    )
    assert page.password._note_text == "Caps lock seems to be on."


def test_signing_out_comes_back_to_signing_in_on_the_same_database(qtbot: Any, program: Program) -> None:
    try_in(qtbot, program, "mary", PASSWORD)
    main: Any = program.main
    main.actions_["app.sign_out"].trigger()
    assert program.main is None
    page = program.start.sign_in
    assert program.start.isVisible() and program.start.page is page
    qtbot.waitUntil(lambda: program.runner.idle, timeout=PATIENCE)
    try_in(qtbot, program, "otto", PASSWORD)
    assert program.main is not None
    assert program.main.workspace.context.actor.username == "otto"


def test_a_session_that_was_ended_elsewhere_says_why_at_the_sign_in(qtbot: Any, program: Program) -> None:
    try_in(qtbot, program, "mary", PASSWORD)
    main: Any = program.main
    main.workspace.signed_out.emit("Your account has been switched off. Ask an administrator.")
    assert program.start.page is program.start.sign_in
    assert "switched off" in program.start.sign_in.notice.text()


# -- another version --------------------------------------------------------------------------------------------------


def test_an_older_database_is_upgraded_when_an_administrator_says_so(
    qtbot: Any, start: Start, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The program is made to be of a later version than there is.
    needed = schema.HEAD
    monkeypatch.setattr(schema, "HEAD", "9998")
    program = start(place.url)
    page = program.start.upgrade
    qtbot.waitUntil(lambda: program.start.page is page, timeout=PATIENCE)
    assert "older than this CoreSafe" in page.text.text()
    assert page.button.isVisible()
    page.username.edit.setText("mary")
    page.password.edit.setText(PASSWORD)
    page.button.click()
    qtbot.waitUntil(lambda: page.button.isEnabled() and bool(page.notice.text()), timeout=PATIENCE)
    assert "Only an administrator" in page.notice.text()
    monkeypatch.setattr(schema, "HEAD", needed)
    page.username.edit.setText("boss")
    page.password.edit.setText(PASSWORD)
    page.button.click()
    qtbot.waitUntil(lambda: program.start.page is program.start.sign_in, timeout=PATIENCE)
    assert program.start.sign_in.button.isEnabled()


def test_a_newer_database_is_told_and_not_touched(qtbot: Any, start: Start, place: Place) -> None:
    path = place.url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    program = start(place.url)
    page = program.start.upgrade
    qtbot.waitUntil(lambda: program.start.page is page, timeout=PATIENCE)
    assert page.title.text() == "This CoreSafe is too old"
    assert "9999" in page.text.text()
    assert not page.button.isVisible() and not page.username.isVisible()


# -- the database is away ---------------------------------------------------------------------------------------------


@pytest.fixture
def line(databases: Databases) -> Iterator[Proxy]:
    """A line to the run's MySQL."""
    with Proxy(databases.server("mysql").port) as proxy:
        yield proxy


def test_a_database_that_is_away_is_tried_again(
    qtbot: Any,
    start: Start,
    line: Proxy,
    databases: Databases,
    database_url: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.3)
    url = database_url("mysql")
    line.refuse()
    server = databases.server("mysql")
    program = start(url.replace(f":{server.port}/", f":{line.port}/"))
    page = program.start.trouble
    qtbot.waitUntil(lambda: program.start.page is page, timeout=PATIENCE)
    assert page.text.text()
    line.accept()
    page.again.emit()
    qtbot.waitUntil(lambda: program.start.page is program.start.first_admin, timeout=PATIENCE)
