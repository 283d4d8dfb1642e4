"""The server is killed in the middle of a save: nothing typed is lost, and the trays go out exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.databases import migrate
from tests.e2e.hands import Person, Shown
from tests.e2e.ledger import Ledger
from tests.servers import Proxy, Server
from tests.ui.desk import Place, make_place


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, which loses nothing that it acknowledged."""
    with Server("mysql", durable=True) as server:
        server.execute("CREATE DATABASE shed_test CHARACTER SET utf8mb4")
        yield server


@pytest.fixture
def place(server: Server) -> Place:
    """50 HQ and 30 NQ in the shed."""
    url = server.url("shed_test")
    migrate(url)
    return make_place(url)


def is_away(shown: Shown) -> bool:
    return any("What you see is" in words for words in shown["labels"])


@pytest.mark.parametrize("moment", ["after", "before"])
def test_the_server_is_killed_in_a_save_and_the_trays_go_out_exactly_once(
    server: Server, place: Place, tmp_path: Path, moment: Literal["after", "before"]
) -> None:
    """``after``: the dispatch is in the database and nobody heard of it; ``before``: it is not."""
    with Proxy(server.port) as proxy, Person(tmp_path / "otto", server.url("shed_test", port=proxy.port)) as otto:
        otto.sign_in("otto")
        _send(otto, "3", "Kofi")
        otto.hears("3 HQ dispatched to Ashanti Gold")
        otto.sees(lambda shown: "Dispatch" not in shown["buttons"])
        _fill(otto, "5", "Yaw")
        proxy.cut_commits(moment=moment)
        otto.press("ctrl+Return")
        assert proxy.cut_done.wait(30)
        server.kill9()
        shown = otto.sees(is_away)
        # What was typed and what was known stay in sight, and it is said from when it is.
        assert (shown["fields"]["Trays"], shown["fields"]["Driver"]) == ("5", "Yaw")
        assert any("3 HQ" in cells for cells, _at, _chosen in shown["rows"])
        server.restart()
        otto.sees(lambda shown: not is_away(shown))
        _until_saved(otto)
        otto.sees(lambda shown: "2 dispatches" in shown["labels"] and "Dispatch" not in shown["buttons"])
        # The window goes on as before.
        _send(otto, "2", "Esi")
        otto.hears("2 HQ dispatched to Ashanti Gold")
        otto.reads("3 dispatches")
        otto.press("ctrl+q")
        assert otto.ended() == 0
    with Ledger(place) as ledger:
        ledger.fits()
        assert [(row.quantity, row.driver) for row in ledger.dispatches()] == [(3, "Kofi"), (5, "Yaw"), (2, "Esi")]
        assert ledger.stock("HQ").available == 40
        assert len(ledger.trail("dispatch", "dispatch")) == 3


def _fill(otto: Person, trays: str, driver: str) -> None:
    otto.press("ctrl+d")
    otto.is_at("Hole, optional")
    otto.scan("ARG26-001")
    otto.is_at("Trays")
    otto.type(trays)
    otto.press("Return")
    otto.is_at("Driver")
    otto.type(driver)
    otto.sees(lambda shown: shown["fields"].get("Driver") == driver)


def _send(otto: Person, trays: str, driver: str) -> None:
    _fill(otto, trays, driver)
    otto.press("ctrl+Return")


def _until_saved(otto: Person) -> None:
    """It ends by itself, or when it is tried again."""

    def saved(shown: Shown) -> bool:
        return any("5 HQ dispatched to Ashanti Gold" in said for said in shown["said"])

    while not saved(otto.sees(lambda shown: saved(shown) or "Try again" in shown["buttons"])):
        otto.click("Try again")
        otto.sees(lambda shown: "Try again" not in shown["buttons"])
