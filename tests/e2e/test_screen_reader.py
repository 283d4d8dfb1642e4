"""A dispatch and its return through the accessibility tree alone: no key is pressed and no mouse is moved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coresafe.models.enums import DispatchStatus
from tests.e2e.hands import Screen
from tests.e2e.ledger import Ledger
from tests.e2e.tree import Bus, Tree
from tests.ui.desk import Place
from tests.worlds import PASSWORD


@pytest.fixture
def tree(place: Place, tmp_path: Path) -> Iterator[Tree]:
    """The program on a screen and a bus of its own, and what a screen reader knows of it."""
    home = tmp_path / "home"
    home.mkdir()
    screen = Screen()
    log = (home / "errors.log").open("w")
    with Bus() as bus, Tree(bus) as tree:
        environment = os.environ | bus.environment
        environment |= {"DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb"}
        environment |= {"CORESAFE_HOME": str(home), "CORESAFE_DATABASE_URL": place.url}
        program = subprocess.Popen([sys.executable, "-m", "coresafe"], env=environment, stderr=log)
        try:
            yield tree
        finally:
            program.kill()
            program.wait(10)
    log.close()
    screen.close()


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """The books, read from elsewhere."""
    with Ledger(place) as ledger:
        yield ledger


@pytest.mark.timeout(400)
def test_trays_are_dispatched_and_taken_back_by_whoever_hears_the_windows(tree: Tree, ledger: Ledger) -> None:
    _sign_in(tree)
    _dispatch(tree)
    (sent,) = ledger.dispatches()
    assert (sent.quantity, sent.driver) == (4, "Kofi Mensah")
    _take_back_three(tree, sent.number)
    (row,) = ledger.dispatches()
    assert (row.status, row.outstanding) == (DispatchStatus.PARTIALLY_RETURNED, 1)


def _sign_in(tree: Tree) -> None:
    tree.find("text", "User name").write("otto")
    tree.find("text", "Password").write(PASSWORD)
    tree.find("push button", "Sign in").do()


def _dispatch(tree: Tree) -> None:
    tree.find("push button", "Dispatch trays").do()
    tree.find("text", "Hole, optional").write("ARG26-001")
    company = tree.find("text", "Company")
    tree.until(lambda: company.read() == "Ashanti Gold", "the hole's company")
    tree.find("text", "Trays").write("60")
    tree.until(lambda: "Only 50 HQ are available." in tree.find("text", "Trays").description, "the error at the field")
    tree.find("text", "Trays").write("4")
    tree.find("text", "Driver").write("Kofi Mensah")
    tree.find("push button", "Dispatch").do()
    tree.hear("4 HQ dispatched to Ashanti Gold")


def _take_back_three(tree: Tree, number: str) -> None:
    table = tree.find("table", "Dispatches")
    assert number in " ".join(tree.cells(table, 0))
    assert "Outstanding" in " ".join(tree.cells(table, 0))
    table.ask("Table", "AddRowSelection", "i", 0)
    assert table.get("Table", "NSelectedRows") == 1
    tree.find("push button", "Take a return").do()
    good = tree.find("text", "HQ good")
    assert good.read() == "4"
    good.write("3")
    said = tree.hear("1 HQ missing")
    assert "Ashanti Gold" in said
    tree.find("check box", "Yes, that is how it is").do("Toggle")
    tree.find("push button", "Take back").do()
    tree.hear(f"{number}: ")
    tree.until(lambda: "Partly returned" in " ".join(tree.cells(table, 0)), "the row as it is now")
