"""A supervisor's morning in a real window: what came back short is resolved, what was a mistake is voided, dates are moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coresafe.models.enums import Contents, DispatchStatus, Door, Role
from coresafe.services.context import Context
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from tests.e2e.hands import Person
from tests.e2e.ledger import Ledger
from tests.ui.desk import Place

REASON = "Reason"


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """The books."""
    with Ledger(place) as ledger:
        yield ledger


@pytest.fixture
def sent(place: Place, ledger: Ledger) -> list[DispatchRow]:
    """Four of yesterday's: the first came back short, the second came back by mistake, the others are out."""
    otto = Context(database=ledger.database, actor=place.actors[Role.OPERATOR], door=Door.WINDOW, machine="shed-pc")
    rows = [
        dispatch_trays(
            otto,
            DispatchTrays(
                company_id=place.company_id,
                project_id=place.project_id,
                drillhole_id=place.hole_id,
                driver="Kofi",
                technician="otto",
                lines=[WantedLine(tray_size="HQ", quantity=trays, contents=Contents.EMPTY)],
            ),
        )
        for trays in (6, 5, 4, 3)
    ]
    for row, good, final in ((rows[0], 4, True), (rows[1], 5, False)):
        lines = [ReturnedLine(tray_size="HQ", good=good)]
        take_return(otto, TakeReturn(dispatch_id=row.id, driver="Kofi", technician="otto", lines=lines, final=final))
    return rows


@pytest.fixture
def mary(place: Place, tmp_path: Path) -> Iterator[Person]:
    """The supervisor before her window."""
    with Person(tmp_path / "mary", place.url) as person:
        yield person


def test_a_supervisors_morning(ledger: Ledger, sent: list[DispatchRow], mary: Person) -> None:
    short, mistaken, wrong, late = (row.number for row in sent)
    mary.sign_in("mary")
    mary.reads("4 dispatches")
    _only_discrepancies(mary, short)
    _declare_lost(mary, short)
    _everything(mary)
    _small(mary, mistaken, "Void a return…", "Void", "counted twice", told="The return is voided")
    _small(mary, wrong, "Void the dispatch…", "Void", "never left", told=f"{wrong} is voided.")
    _small(mary, late, "Extend the due date…", "Extend", "the rig stays", told=f"{late} is due")
    _amend(mary, late, "Esi")
    _extend_together(mary, (mistaken, late), "the road is closed")
    ledger.fits()
    rows = {row.number: row for row in ledger.dispatches()}
    assert [rows[number].status for number in (short, mistaken, wrong, late)] == [
        DispatchStatus.CLOSED,
        DispatchStatus.OUTSTANDING,
        DispatchStatus.VOIDED,
        DispatchStatus.OUTSTANDING,
    ]
    assert (rows[short].matched, rows[short].discrepancy, rows[short].lines[0].lost) == (False, True, 2)
    assert rows[late].driver == "Esi"
    assert rows[late].due_at - sent[3].due_at == timedelta(days=14)  # a week, and then both a week after the later one
    assert rows[mistaken].due_at == rows[late].due_at
    there = ledger.stock("HQ")
    assert (there.base, there.available, there.outstanding, there.lost) == (48, 40, 8, 2)
    for action, reason in (("resolve", "in the river"), ("void", "never left"), ("extend", "the rig stays")):
        assert reason in {entry.reason for entry in ledger.trail("dispatch", action)}
    assert [entry.reason for entry in ledger.trail("return", "void")] == ["counted twice"]
    assert {entry.user for entry in ledger.trail("dispatch", "extend")} == {"mary"}
    assert [entry.reason for entry in ledger.trail("dispatch", "extend")].count("the road is closed") == 2
    assert [entry.new for entry in ledger.trail("dispatch", "amend")] == [{"driver": "Esi"}]
    mary.press("ctrl+q")
    assert mary.ended() == 0


def _filter(mary: Person, key: str, words: str) -> None:
    mary.press("ctrl+f")
    mary.is_at("Search dispatches")
    mary.tab_to("Filter")
    mary.press(key)
    mary.sees(lambda shown: shown["fields"]["Filter"] == words)


def _only_discrepancies(mary: Person, number: str) -> None:
    _filter(mary, "d", "Discrepancies")
    mary.sees(lambda shown: [cells[0] for cells, *_ in shown["rows"]] == [number])


def _everything(mary: Person) -> None:
    _filter(mary, "Home", "All dispatches")
    mary.sees(lambda shown: len(shown["rows"]) == 4)


def _choose(mary: Person, number: str) -> None:
    mary.click_row(number)
    mary.sees(lambda shown: shown["chosen"] == [number])


def _declare_lost(mary: Person, number: str) -> None:
    _choose(mary, number)
    _from_the_menu(mary, "Declare lost…")
    mary.sees(lambda shown: shown["fields"].get("HQ lost, of 2 out") == "2")
    mary.click_in(REASON)
    mary.type("in the river")
    mary.press("ctrl+Return")
    mary.hears(f"{number}: declared lost.")


def _small(mary: Person, number: str, item: str, save: str, reason: str, *, told: str) -> None:
    _choose(mary, number)
    _from_the_menu(mary, item)
    mary.sees(lambda shown: save in shown["buttons"] and REASON in shown["places"])
    mary.click_in(REASON)
    mary.type(reason)
    mary.press("ctrl+Return")
    mary.hears(told)
    mary.sees(lambda shown: REASON not in shown["places"])


def _amend(mary: Person, number: str, driver: str) -> None:
    """F2, and another driver; the history beside it says so."""
    _choose(mary, number)
    mary.press("F2")
    mary.sees(lambda shown: f"Amend {number}" in shown["labels"] and "Driver" in shown["places"])
    mary.click_in("Driver")
    mary.enter("Driver", driver)
    mary.press("ctrl+Return")
    mary.hears(f"{number} is amended.")
    mary.sees(lambda shown: any(f"Driver: Kofi → {driver}" in words for words in shown["labels"]))


def _extend_together(mary: Person, numbers: tuple[str, str], reason: str) -> None:
    """The first with a click, the second with Ctrl held down; one date and one reason for both."""
    first, second = numbers
    _choose(mary, first)
    mary.click_row(second, key="ctrl")
    mary.sees(lambda shown: set(shown["chosen"]) == set(numbers))
    mary.reads("2 dispatches selected")
    _from_the_menu(mary, "Extend the due date…")
    mary.sees(lambda shown: "Extend the due date of 2 dispatches" in shown["labels"] and REASON in shown["places"])
    shown = mary.seen["labels"]
    assert all(any(number in words for words in shown) for number in numbers)
    mary.click_in(REASON)
    mary.type(reason)
    mary.press("ctrl+Return")
    mary.hears("2 dispatches are due")
    mary.sees(lambda shown: REASON not in shown["places"])


def _from_the_menu(mary: Person, item: str) -> None:
    """Alt+D opens the menu of the dispatch; the item by going down to it."""
    mary.press("alt+d")
    mary.sees(lambda shown: "QMenu" in shown["windows"])
    for _ in range(20):
        if mary.seen["menu"] == item:
            mary.press("Return")
            return
        before = mary.seen["menu"]
        mary.press("Down")
        mary.sees(lambda shown, before=before: shown["menu"] not in ("", before))  # type: ignore[misc]
    raise AssertionError(f"The menu has no {item}")
