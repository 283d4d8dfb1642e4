"""Programmatic access: real windows, the real process of the API, and real programs that call it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.ui.settings import Phase, SettingsDialog
from coresafe.ui.settings.programs import ProgramsSection
from tests.databases import Databases
from tests.servers.ports import free_port
from tests.ui.desk import Desk, Place, make_place
from tests.ui.settings.hands import go_to, open_settings
from tests.ui.settings.processes import answers, listens_at, runs, told_at_start
from tests.worlds import PASSWORD

MakeDesk = Callable[..., Desk]
NO_KEY = Qt.KeyboardModifier.NoModifier


def open_section(desk: Desk) -> ProgramsSection:
    """File ▸ Settings ▸ Programmatic access."""
    dialog = open_settings(desk)
    go_to(dialog, "Programmatic access")
    assert dialog.programs is not None and dialog.programs.isVisible()
    return dialog.programs


def until(desk: Desk, phase: Phase) -> None:
    """Wait for a process that starts or ends; it stands behind everything else on a busy machine."""
    desk.until(lambda: desk.access.phase is phase, 60_000)


def pid(desk: Desk) -> int:
    """The process's id."""
    companion = desk.access._companion
    assert companion is not None and companion._process.pid is not None
    return companion._process.pid


def turn_on(desk: Desk) -> tuple[str, int]:
    """Switch it on at a free port; the address, and the process's id."""
    section = open_section(desk)
    section.port.set_value(free_port())
    section.switch.click()
    until(desk, Phase.ON)
    section.window().close()
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)
    return desk.access.address, pid(desk)


def sign_in(address: str, username: str = "boss") -> dict[str, str]:
    """What a program does first; the header of its next requests."""
    answer = httpx.post(
        f"{address}/auth/login", json={"username": username, "password": PASSWORD}, trust_env=False, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """An administrator's desk."""
    return make_desk(role=Role.ADMIN)


# -- on and off -------------------------------------------------------------------------------------------------------


def test_it_is_off_until_somebody_switches_it_on(desk: Desk) -> None:
    section = open_section(desk)
    assert desk.access.phase is Phase.OFF
    assert not section.switch.isChecked() and not section.docs.isEnabled() and not section.copy_button.isEnabled()
    assert section.chip.accessibleName() == "Off"
    assert section.port.value() == 8760
    assert section.address.text() == "http://127.0.0.1:8760/api/v1"
    assert not desk.window.access_mark.isVisible()


def test_switched_on_it_answers_programs_and_switched_off_nobody_is_there(desk: Desk) -> None:
    port = free_port()
    section = open_section(desk)
    section.port.set_value(port)
    section.switch.click()
    assert desk.access.phase is Phase.STARTING
    assert section.chip.accessibleName() == "Starting"
    until(desk, Phase.ON)
    address = section.address.text()
    assert address == f"http://127.0.0.1:{port}/api/v1"
    assert (section.chip.accessibleName(), section.docs.isEnabled()) == ("On", True)
    assert httpx.get(f"{address}/health/ready", trust_env=False, timeout=30).status_code == 200
    rows = httpx.get(f"{address}/companies", headers=sign_in(address), trust_env=False, timeout=30).json()["items"]
    assert {row["name"] for row in rows} == {"Ashanti Gold", "Bibiani Mines"}
    process = pid(desk)
    assert listens_at(process) == {f"127.0.0.1:{port}"}
    mark = desk.window.access_mark
    assert mark.isVisible() and mark.text == "API on" and address in mark.toolTip()

    section.switch.click()
    until(desk, Phase.OFF)
    assert not answers(address)
    assert not runs(process)
    assert not mark.isVisible()
    assert not section.docs.isEnabled()


def test_what_programs_do_shows_in_the_window_by_itself(desk: Desk) -> None:
    address, _ = turn_on(desk)
    body = {
        "company_id": desk.place.company_id,
        "project_id": desk.place.project_id,
        "driver": "Kofi",
        "technician": "Ama",
        "lines": [{"tray_size": "HQ", "quantity": 3}],
    }
    made = httpx.post(f"{address}/dispatches", json=body, headers=sign_in(address, "otto"), trust_env=False, timeout=30)
    assert made.status_code == 201, made.text
    desk.until(lambda: desk.dispatches.table.model.index_of(made.json()["id"]) is not None, 5_000)
    desk.prove()


def test_switched_off_and_on_again_at_once_it_is_on_in_one_process(desk: Desk) -> None:
    address, first = turn_on(desk)
    section = open_section(desk)
    section.switch.click()
    assert desk.access.phase is Phase.ENDING
    section.switch.click()
    assert desk.access.phase is Phase.STARTING
    section.switch.click()
    section.switch.click()
    until(desk, Phase.ON)
    assert not runs(first)
    assert pid(desk) != first
    assert answers(address)


def test_switched_off_while_it_starts_nothing_is_left(desk: Desk) -> None:
    section = open_section(desk)
    section.port.set_value(free_port())
    section.switch.click()
    desk.until(lambda: desk.access._companion._process.pid is not None)
    process = pid(desk)
    section.switch.click()
    until(desk, Phase.OFF)
    assert not runs(process)


# -- the port ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["", "80", "1023", "65536", "-1", "87.6", "eight", "8 760", "99999999999999999999"])
def test_a_port_that_is_none_is_told_at_the_field_and_nothing_is_switched_on(desk: Desk, typed: str) -> None:
    section = open_section(desk)
    section.port.edit.setText(typed)
    section.switch.click()
    assert section.port.error == ("Enter a whole number from 1024 to 65535." if typed else "Fill this in.")
    assert not section.switch.isChecked()
    assert section.port.edit.hasFocus()
    assert (desk.access.phase, desk.access.port) == (Phase.OFF, 8760)


def test_a_port_that_another_program_has_is_told_at_the_field_and_another_one_works(desk: Desk) -> None:
    section = open_section(desk)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        section.port.set_value(taken)
        section.switch.click()
        until(desk, Phase.FAILED)
        assert f"Port {taken}" in section.port.error and "Choose another port." in section.port.error
        assert section.chip.accessibleName() == "Not running" and section.again.isVisible()
        assert section.switch.isChecked()
        assert desk.window.access_mark.text == "API not running"
        desk.type(section.port.edit, str(free_port()))
        assert section.port.error == ""
        desk.key(Qt.Key.Key_Return)
        until(desk, Phase.ON)
    assert section.port.error == ""
    assert answers(desk.access.address)


def test_a_port_that_is_free_by_now_is_had_by_trying_again(desk: Desk) -> None:
    section = open_section(desk)
    with socket.create_server(("127.0.0.1", 0)) as other:
        section.port.set_value(other.getsockname()[1])
        section.switch.click()
        until(desk, Phase.FAILED)
    section.again.click()
    until(desk, Phase.ON)
    assert section.port.error == ""


def test_another_port_moves_it(desk: Desk) -> None:
    address, process = turn_on(desk)
    section = open_section(desk)
    port = free_port()
    desk.type(section.port.edit, str(port))
    desk.key(Qt.Key.Key_Tab)
    assert desk.access.phase is Phase.STARTING
    until(desk, Phase.ON)
    assert desk.access.address.endswith(f":{port}/api/v1")
    assert answers(desk.access.address)
    assert not answers(address) and not runs(process)


# -- who, and for how long --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_only_administrators_see_it(make_desk: MakeDesk, role: Role) -> None:
    dialog = open_settings(make_desk(role=role))
    assert [door.accessibleName() for door in dialog.doors] == ["Look", "Shed"]
    assert dialog.programs is None and dialog.form is None


def test_it_ends_with_the_window(desk: Desk) -> None:
    address, process = turn_on(desk)
    desk.window.close()
    desk.until(lambda: not runs(process))
    assert not answers(address)


def test_the_next_window_of_anybody_has_it_again(make_desk: MakeDesk) -> None:
    first = make_desk(role=Role.ADMIN)
    address, process = turn_on(first)
    first.window.close()
    second = make_desk(role=Role.OPERATOR)
    until(second, Phase.ON)
    assert second.access.address == address
    assert not runs(process)
    second.window.close()
    third = make_desk(role=Role.ADMIN)
    open_section(third).switch.click()
    until(third, Phase.OFF)
    third.window.close()
    assert make_desk(role=Role.ADMIN).access.phase is Phase.OFF


def test_who_administers_another_database_decides_for_that_one(
    make_desk: MakeDesk, place: Place, tmp_path: Path
) -> None:
    from dataclasses import replace
    from shutil import copy

    first = make_desk(role=Role.ADMIN)
    turn_on(first)
    first.window.close()
    other = tmp_path / "other_test.db"
    copy(place.url.removeprefix("sqlite:///"), other)
    assert make_desk(place=replace(place, url=f"sqlite:///{other}")).access.phase is Phase.OFF


def test_with_sample_data_it_works_and_is_not_remembered(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN, is_sample=True)
    address, process = turn_on(desk)
    assert sign_in(address)
    desk.window.close()
    desk.until(lambda: not runs(process))
    assert make_desk(role=Role.ADMIN).access.phase is Phase.OFF


def test_it_dies_with_a_program_that_is_killed(qtbot: Any, place: Place, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.ui.settings.program", place.url, str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            told, address = program.stdout.readline().split()
            process = int(told)
            assert runs(process) and answers(address)
        finally:
            program.kill()
    qtbot.waitUntil(lambda: not runs(process), timeout=20_000)
    assert not answers(address)


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.expects_log("programmatic access ended by itself, exit code -9")
def test_a_process_that_dies_is_told_and_started_again_by_hand(desk: Desk) -> None:
    address, process = turn_on(desk)
    section = open_section(desk)
    os.kill(process, signal.SIGKILL)
    until(desk, Phase.FAILED)
    assert "ended by itself" in section.words.text()
    assert section.port.error == ""
    assert desk.window.access_mark.text == "API not running"
    desk.window.workspace.look()
    desk.settle()
    assert desk.window.workspace.is_online
    section.again.click()
    until(desk, Phase.ON)
    assert answers(address)
    assert desk.said == []


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The same place on the run's MySQL."""
    return make_place(databases.new("mysql"))


def test_on_a_server_it_opens_the_windows_database_and_no_password_stands_where_others_look(
    make_desk: MakeDesk, filled_server: Place
) -> None:
    desk = make_desk(role=Role.ADMIN, place=filled_server)
    address, process = turn_on(desk)
    answer = httpx.get(f"{address}/projects", headers=sign_in(address), trust_env=False, timeout=30)
    assert {row["code"] for row in answer.json()["items"]} == {"ARG", "BIB"}
    password = make_url(filled_server.url).password
    assert password
    for secret in (password, quote(password, safe="")):
        assert secret not in told_at_start(process)


# -- hands ------------------------------------------------------------------------------------------------------------


def test_the_keyboard_does_it_all(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = desk.window.findChild(SettingsDialog)
    assert dialog is not None
    desk.until(dialog.isActiveWindow)
    assert dialog.doors[0].hasFocus()
    for _ in dialog.doors[1:]:
        desk.key(Qt.Key.Key_Down)
    section = dialog.programs
    assert section is not None and section.isVisible()
    passed = []
    for _ in range(3):
        desk.key(Qt.Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    assert passed == [section.switch, section.port.edit, dialog.close_button]
    desk.type(section.port.edit, str(free_port()))
    section.switch.setFocus()
    desk.key(Qt.Key.Key_Space)
    until(desk, Phase.ON)
    passed = []
    for _ in range(5):
        desk.key(Qt.Key.Key_Tab)
        passed.append(QApplication.focusWidget())
    assert passed == [section.port.edit, section.address, section.copy_button, section.docs, dialog.close_button]
    assert all(widget.accessibleName() for widget in passed)
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)
    assert desk.access.phase is Phase.ON


class Browser(QObject):
    """Stands where the system's browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def show(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser() -> Iterator[Browser]:
    """What would be opened."""
    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "show")  # type: ignore[arg-type]  # bytes, says its stub; it takes none
    yield browser
    QDesktopServices.unsetUrlHandler("http")


def test_the_address_is_copied_and_the_documentation_is_one_click_away(desk: Desk, browser: Browser) -> None:
    address, _ = turn_on(desk)
    section = open_section(desk)
    section.copy_button.click()
    assert QGuiApplication.clipboard().text() == address
    assert "Copied" in section.copy_button.text()
    section.docs.click()
    assert browser.opened == [f"{address}/docs"]
    assert httpx.get(browser.opened[0], trust_env=False, timeout=30).status_code == 200
    assert not section.unopened.isVisible()
