"""Two programs on one MySQL, worked by keyboard and mouse: both send the last trays out at the same time."""

from __future__ import annotations

import threading

from coresafe.models.enums import Door, Role
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatching import list_dispatches
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.listing import Query
from coresafe.services.proving import prove
from tests.e2e.hands import Person, Shown
from tests.ui.desk import Place

TRAYS = "Trays"  # what the field of the number is called


def fill_in(person: Person, driver: str) -> None:
    """A dispatch of 30 HQ, up to Save."""
    person.click("Dispatch trays")
    person.sees(lambda shown: shown["focus"] == "Hole, optional")
    person.type("ARG26-001")
    person.sees(lambda shown: shown["suggesting"])
    person.press("Return")
    person.sees(lambda shown: shown["fields"].get("Company") == "Ashanti Gold" and "50 available" in shown["labels"])
    person.tab_to(TRAYS)
    person.type("30")
    person.tab_to("Driver")
    person.type(driver)
    person.sees(lambda shown: shown["fields"].get("Driver") == driver and shown["fields"].get(TRAYS) == "30")


def succeeded(shown: Shown) -> bool:
    return any("30 HQ dispatched to Ashanti Gold" in said for said in shown["said"])


def was_told(shown: Shown) -> bool:
    return any("20 HQ" in error for error in shown["errors"])


def test_both_send_the_last_trays_one_succeeds_and_the_other_is_told_what_is_there(
    place: Place, people: tuple[Person, Person]
) -> None:
    for person, username in zip(people, ("otto", "mary"), strict=True):
        person.sign_in(username)
    for person, driver in zip(people, ("Kofi", "Yaw"), strict=True):
        fill_in(person, driver)
    at_once = threading.Barrier(2)

    def save(person: Person) -> None:
        at_once.wait(30)
        person.press("ctrl+Return")

    both = [threading.Thread(target=save, args=(person,)) for person in people]
    for one in both:
        one.start()
    for one in both:
        one.join()
    for person in people:
        person.sees(lambda shown: succeeded(shown) or was_told(shown))
    winners = [person for person in people if succeeded(person.seen)]
    losers = [person for person in people if person not in winners]
    assert (len(winners), len(losers)) == (1, 1)
    (loser,) = losers
    # What was typed is still there; what is there can be sent.
    assert loser.seen["fields"][TRAYS] == "30"
    loser.sees(lambda shown: shown["focus"] == TRAYS)
    loser.press("ctrl+a")
    loser.type("20")
    loser.sees(lambda shown: shown["fields"].get(TRAYS) == "20" and not shown["errors"])
    loser.press("ctrl+Return")
    loser.sees(lambda shown: any("20 HQ dispatched" in said for said in shown["said"]))
    # Both see both dispatches, whoever entered them.
    for person in people:
        person.sees(lambda shown: "2 dispatches" in shown["labels"])
    _prove(place)
    for person in people:
        person.press("ctrl+q")
        assert person.ended() == 0


def _prove(place: Place) -> None:
    database = Database(place.url)
    try:
        context = Context(database=database, actor=place.actors[Role.MANAGER], door=Door.WINDOW, machine="test")
        rows = list_dispatches(context, Query()).items
        assert sorted(row.quantity for row in rows) == [20, 30]
        assert {row.driver for row in rows} == {"Kofi", "Yaw"}
        there = next(row for row in stock(context, StockQuery()) if row.tray_size == "HQ")
        assert (there.available, there.outstanding) == (0, 50)
        assert prove(database).problems == ()
    finally:
        database.close()
