"""An administrator's errands with the keyboard alone: a return, a user more, another look. The mouse is never touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coresafe.models.enums import DispatchStatus, Door, Role
from coresafe.services.context import Context
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.listing import Query
from coresafe.services.users import list_users
from tests.e2e.hands import Person
from tests.e2e.ledger import Ledger
from tests.ui.desk import Place


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """The books."""
    with Ledger(place) as ledger:
        yield ledger


@pytest.fixture
def sent(place: Place, ledger: Ledger) -> DispatchRow:
    """Five trays that are out."""
    otto = Context(database=ledger.database, actor=place.actors[Role.OPERATOR], door=Door.WINDOW, machine="shed-pc")
    command = DispatchTrays(
        company_id=place.company_id,
        project_id=place.project_id,
        drillhole_id=place.hole_id,
        driver="Kofi",
        technician="otto",
        lines=[WantedLine(tray_size="HQ", quantity=5)],
    )
    return dispatch_trays(otto, command)


@pytest.fixture
def boss(place: Place, sent: DispatchRow, tmp_path: Path) -> Iterator[Person]:
    """The administrator before a window."""
    with Person(tmp_path / "boss", place.url) as person:
        yield person


def test_a_return_a_user_and_a_setting_without_a_mouse(ledger: Ledger, boss: Person, sent: DispatchRow) -> None:
    boss.sign_in("boss")
    _take_back_four(boss, sent.number)
    _add_a_user(boss)
    _go_dark(boss)
    row = ledger.dispatch(sent.number)
    assert (row.status, row.outstanding) == (DispatchStatus.PARTIALLY_RETURNED, 1)
    users = {user.username: user for user in list_users(ledger.administrator, Query(limit=100)).items}
    assert (users["kwame"].full_name, users["kwame"].email) == ("Kwame Boateng", "kwame@example.com")
    boss.press("ctrl+q")
    assert boss.ended() == 0
    assert boss.clicks == 0


def _take_back_four(boss: Person, number: str) -> None:
    boss.press("ctrl+2")
    boss.is_at("Number of a dispatch; Enter opens its return")
    boss.type(number)
    boss.press("Return")
    boss.is_at("HQ good")
    boss.enter("HQ good", "4")
    boss.press("ctrl+Return")  # a difference is to be confirmed, and the keyboard goes there
    boss.is_at("Yes, that is how it is")
    boss.press("space", "ctrl+Return")
    boss.hears(number)
    boss.sees(lambda shown: "Yes, that is how it is" not in shown["ticked"])


def _add_a_user(boss: Person) -> None:
    boss.press("alt+f")
    boss.sees(lambda shown: shown["menu"])
    boss.press("u")
    boss.focus("UsersDialog", "^Users")
    boss.sees(lambda shown: any("otto" in " ".join(cells) for cells, *_ in shown["rows"]))
    boss.press("ctrl+n")
    boss.is_at("User name")
    boss.type("kwame")
    boss.tab_to("Full name, optional")
    boss.type("Kwame Boateng")
    boss.tab_to("E-mail")
    boss.type("kwame@example.com")
    boss.press("ctrl+Return")
    boss.is_at("Copy")  # the password is handed over once
    boss.press("Escape")
    boss.sees(lambda shown: any("kwame" in " ".join(cells) for cells, *_ in shown["rows"]))
    boss.press("Escape")
    boss.sees(lambda shown: "UsersDialog" not in shown["windows"])


def _go_dark(boss: Person) -> None:
    boss.focus("MainWindow")
    boss.press("ctrl+comma")
    boss.focus("SettingsDialog", "^Settings")
    boss.tab_to("As this computer is set")
    boss.press("Down", "Down")
    boss.sees(lambda shown: shown["ticked"].get("Dark"))
    boss.press("Escape")
    boss.sees(lambda shown: "SettingsDialog" not in shown["windows"])
    boss.focus("MainWindow")
