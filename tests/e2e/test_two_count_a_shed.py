"""Two programs on one MySQL: the supervisor and the technician count the shed together, and she approves what varies."""

from __future__ import annotations

import time

from coresafe.models.enums import Door, Role
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.proving import prove
from tests.e2e.hands import Person
from tests.ui.desk import Place

#: What the fields are called.
SIZE, TRAYS = "Size", "Trays found"


def count(person: Person, size: str, quantity: str) -> None:
    """Size, Enter, number, Enter; the keyboard waits for the next size."""
    person.is_at(SIZE)
    person.type(size)
    person.press("Return")
    person.is_at(TRAYS)
    person.type(quantity)
    person.press("Return")
    person.sees(lambda shown: shown["focus"] == SIZE and not shown["fields"][SIZE])


def test_two_count_blind_and_together_and_what_varies_is_posted_once(
    place: Place, people: tuple[Person, Person]
) -> None:
    otto, mary = people
    for person, username in zip(people, ("otto", "mary"), strict=True):
        person.sign_in(username)
        person.press("ctrl+6")
        person.reads("is not being counted")
    mary.click("Open a stocktake")
    mary.sees(lambda shown: "Notes, optional" in shown["fields"])
    mary.press("ctrl+Return")
    mary.hears("is open")
    otto.is_at(SIZE)  # it came by itself, and so did the keyboard
    count(otto, "HQ", "20")
    since = time.monotonic()
    mary.sees(lambda shown: "HQ Available: Counted by otto" in shown["told"])
    assert time.monotonic() - since < 5
    assert not any("20" in row for row, *_ in mary.seen["rows"])
    count(mary, "HQ", "29")
    otto.reads("HQ Available: Counted by mary and otto")
    assert not any("29" in cell for row, *_ in otto.seen["rows"] for cell in row)
    otto.click("Declare counted: HQ")
    for state in ("occupied", "damaged"):
        box = f"There are no HQ {state} in the shed"
        otto.click(box)
        otto.sees(lambda shown, box=box: shown["ticked"].get(box))  # type: ignore[misc]
    otto.press("ctrl+Return")
    otto.hears("HQ is declared counted")
    otto.sees(lambda shown: "Variances" not in shown["buttons"])
    mary.sees(lambda shown: "Count on: HQ" in shown["buttons"])
    mary.click("Variances")
    mary.sees(lambda shown: "HQ Available, variance: −1" in shown["told"])
    mary.click_in("Reason for all lines without one of their own, optional")
    mary.type("fell off the lorry")
    mary.press("ctrl+Return")
    mary.hears("1 variance posted")
    otto.reads("is not being counted")
    _prove(place)
    for person in people:
        person.press("ctrl+q")
        assert person.ended() == 0


def _prove(place: Place) -> None:
    database = Database(place.url)
    try:
        context = Context(database=database, actor=place.actors[Role.MANAGER], door=Door.WINDOW, machine="test")
        there = {row.tray_size: row.available for row in stock(context, StockQuery())}
        assert (there["HQ"], there["NQ"]) == (49, 30)
        assert prove(database).problems == ()
    finally:
        database.close()
