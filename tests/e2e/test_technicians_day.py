"""A technician's day in a real window: twenty dispatches, twelve returns, a few samples, a look at the inventory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tzlocal import get_localzone

from coresafe.models.enums import DispatchStatus
from coresafe.services.listing import Query
from coresafe.services.samples import list_samples
from tests.e2e.hands import Person
from tests.e2e.ledger import Ledger
from tests.ui.desk import Place

#: The usual day: hole, HQ or NQ by the hole, trays, driver.
USUAL = [(f"ARG26-00{1 + at % 2}", 4 + at % 5, ("Kofi", "Yaw", "Esi")[at % 3]) for at in range(15)]


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """150 HQ and 130 NQ in the shed."""
    with Ledger(place) as ledger:
        ledger.buy(HQ=100, NQ=100)
        yield ledger


@pytest.fixture
def otto(place: Place, ledger: Ledger, tmp_path: Path) -> Iterator[Person]:
    """The technician before his window, the trays bought."""
    with Person(tmp_path / "otto", place.url) as person:
        yield person


def test_a_technicians_day(ledger: Ledger, otto: Person) -> None:
    otto.sign_in("otto")
    sent = [_usual_dispatch(otto, *load) for load in USUAL]
    sent += [_two_sizes(otto, hq, nq) for hq, nq in ((3, 2), (5, 5))]
    sent.append(_yesterday(otto))
    sent.append(_too_many_first(otto, there=ledger.stock("HQ").available))
    sent.append(_usual_dispatch(otto, "ARG26-002", 1, "Esi"))
    otto.reads("20 dispatches")
    assert [row.number for row in ledger.dispatches()] == sent

    _scanned_anywhere(otto, sent)
    _told_of_scans(otto, sent)
    _looked_up_in_the_list(otto, sent[8])
    _scan_note(otto, sent[18])
    _take_back(otto, sent[18])
    _partial(otto, sent[6], came="3", missing="2 HQ")
    _partial(otto, sent[7], came="1", missing="5 NQ")
    _short(otto, sent[4])
    otto.reads("11 dispatches still out")
    _samples(otto, sent[2])
    _inventory(otto, ledger)
    _the_books_agree(ledger, otto, sent)
    otto.press("ctrl+q")
    assert otto.ended() == 0


# -- dispatches -------------------------------------------------------------------------------------------------------


def _begin(otto: Person, hole: str) -> None:
    otto.press("ctrl+d")
    otto.is_at("Hole, optional")
    otto.scan(hole)
    otto.is_at("Trays")


def _number_of(otto: Person, told: str) -> str:
    said = next(said for said in otto.hears(told)["said"] if told in said)
    found = re.search(r"D-\d{4}-\d{6}", said)
    assert found is not None
    otto.sees(lambda shown: shown["chosen"] == [found[0]] and "Dispatch" not in shown["buttons"])
    return found[0]


def _usual_dispatch(otto: Person, hole: str, trays: int, driver: str) -> str:
    """A scan, two numbers' worth of typing: every other key is named here, and counted."""
    before, size = otto.keys, "HQ" if hole.endswith("1") else "NQ"
    _begin(otto, hole)
    otto.type(str(trays))
    otto.press("Return")
    otto.is_at("Driver")
    otto.type(driver)
    otto.press("ctrl+Return")
    number = _number_of(otto, f": {trays} {size} dispatched to Ashanti Gold")
    assert otto.keys - before == len(f"{trays}{driver}") + len(["ctrl+d", "Return", "ctrl+Return"])
    return number


def _two_sizes(otto: Person, hq: int, nq: int) -> str:
    _begin(otto, "ARG26-001")
    otto.type(str(hq))
    otto.tab_to("Another size")
    otto.press("space")
    otto.sees(lambda shown: shown["focus"] == "Trays" and shown["fields"].get("Trays (2)") == "")
    otto.type(str(nq))
    otto.press("Return")
    otto.is_at("Driver")
    otto.type("Yaw")
    otto.press("ctrl+Return")
    return _number_of(otto, f": {hq} HQ, {nq} NQ dispatched to Ashanti Gold")


def _yesterday(otto: Person) -> str:
    """Left yesterday, entered today: within what a technician may."""
    _begin(otto, "ARG26-001")
    otto.type("2")
    otto.press("Return")
    otto.is_at("Driver")
    otto.type("Kofi")
    otto.tab_to("Left at")
    day = datetime.now(get_localzone()) - timedelta(days=1)
    otto.type(f"{day:%Y%m%d}0830")
    otto.sees(lambda shown: shown["fields"].get("Left at") == f"{day:%Y-%m-%d}  08:30")
    otto.press("ctrl+Return")
    return _number_of(otto, ": 2 HQ dispatched to Ashanti Gold")


def _too_many_first(otto: Person, there: int) -> str:
    _begin(otto, "ARG26-001")
    otto.type(str(there + 1))
    otto.sees(lambda shown: f"Only {there} HQ are available." in shown["errors"])
    otto.press("ctrl+Return")
    otto.hears("Nothing was saved.")
    otto.is_at("Trays")
    otto.enter("Trays", "6")
    otto.sees(lambda shown: not shown["errors"][1:])
    otto.press("Return")
    otto.is_at("Driver")
    otto.type("Kofi")
    otto.press("ctrl+Return")
    return _number_of(otto, ": 6 HQ dispatched to Ashanti Gold")


# -- returns ----------------------------------------------------------------------------------------------------------


def _scan_note(otto: Person, number: str) -> None:
    otto.scan(number)
    otto.sees(lambda shown: f"Return of {number}" in shown["labels"] and shown["focus"].endswith(" good"))


def _take_back(otto: Person, number: str) -> None:
    otto.press("ctrl+Return")
    otto.hears(f"{number} is closed: every tray came back.")
    otto.sees(lambda shown: f"Return of {number}" not in shown["labels"])


def _scanned_anywhere(otto: Person, sent: list[str]) -> None:
    """From whatever page the technician has before him."""
    pages = [("ctrl+1", "Dispatches"), ("ctrl+3", "Samples"), ("ctrl+5", "Inventory")]
    for number, (keys, page) in zip(sent[:3], pages, strict=True):
        otto.press(keys)
        otto.sees(lambda shown, page=page: shown["ticked"].get(page) and "Take back" not in shown["buttons"])  # type: ignore[misc]
        _scan_note(otto, number)
        _take_back(otto, number)
    for number in (sent[3], sent[15], sent[17]):  # one after the other, as a lorry is unloaded
        _scan_note(otto, number)
        _take_back(otto, number)


def _told_of_scans(otto: Person, sent: list[str]) -> None:
    """What is not to be taken back is said in words, a colour and a sound."""
    otto.press("ctrl+1")
    otto.sees(lambda shown: shown["ticked"].get("Dispatches"))
    for label, words, tone in (
        ("PALLET-00017", "What was scanned is not known: “PALLET-00017”", "error"),
        (sent[0], f"Every tray of {sent[0]} is back already.", "info"),
        ("D-2026-999999", "There is no dispatch D-2026-999999.", "error"),
    ):
        beeps = otto.seen["beeps"]
        otto.scan(label)
        shown = otto.hears(words)
        assert tone in shown["tones"]
        otto.sees(lambda shown, beeps=beeps: shown["beeps"] > beeps)  # type: ignore[misc]
    beeps = otto.seen["beeps"]
    _scan_note(otto, sent[16])
    otto.scan(sent[16])
    otto.hears(f"{sent[16]} was scanned twice")
    otto.sees(lambda shown: shown["beeps"] > beeps and shown["fields"].get("HQ good") == "5")
    _take_back(otto, sent[16])


def _looked_up_in_the_list(otto: Person, number: str) -> None:
    """Without a note: the row, opened by the mouse."""
    otto.click_row(number, times=2)
    otto.sees(lambda shown: f"Return of {number}" in shown["labels"] and shown["focus"].endswith(" good"))
    _take_back(otto, number)


def _partial(otto: Person, number: str, came: str, missing: str) -> None:
    _scan_note(otto, number)
    otto.type(came)
    otto.reads(f"{missing} missing: they stay on Ashanti Gold's account.")
    otto.tab_to("Yes, that is how it is")
    otto.press("space", "ctrl+Return")
    otto.hears(f"{missing} of {number} are still out with Ashanti Gold.")
    otto.sees(lambda shown: "Take back" not in shown["buttons"])


def _short(otto: Person, number: str) -> None:
    """The driver has no more: said once, in the form, and not saved before."""
    _scan_note(otto, number)
    otto.type("6")
    otto.tab_to("That is all he has: no more will come")
    otto.press("space")
    otto.reads("2 HQ missing: they stay on Ashanti Gold's account; no more is expected, so the rest is a discrepancy")
    otto.press("ctrl+Return")
    otto.hears("Confirm the difference, or correct the numbers.")
    otto.is_at("Yes, that is how it is")
    otto.press("space", "ctrl+Return")
    otto.hears(f"2 HQ of {number} are still out with Ashanti Gold.")
    otto.sees(lambda shown: "Take back" not in shown["buttons"])


# -- samples, inventory -------------------------------------------------------------------------------------------------


def _samples(otto: Person, number: str) -> None:
    otto.press("ctrl+m")
    otto.is_at("Dispatch, optional")
    otto.scan(number)
    for at, start in enumerate(("0", "1.5", "3")):
        otto.is_at("Sample id")
        otto.scan(f"THA-00000{at}")
        otto.is_at("From (m)")
        otto.type(start)
        otto.press("Return")
        otto.is_at("To (m)")
        otto.type(str(float(start) + 1.5))
        otto.press("ctrl+Return")
        otto.hears(f"Sample THA-00000{at} is recorded.")
        if at < 2:
            otto.press("ctrl+n")
    otto.reads("3 samples")


def _inventory(otto: Person, ledger: Ledger) -> None:
    otto.press("ctrl+5")
    for size in ("HQ", "NQ"):
        there = ledger.stock(size)
        wanted = {f"{size} available: {there.available}", f"{size} out: {there.outstanding}"}
        otto.sees(lambda shown, wanted=wanted: wanted <= set(shown["buttons"]))  # type: ignore[misc]


# -- at the end of the day ------------------------------------------------------------------------------------------------


def _the_books_agree(ledger: Ledger, otto: Person, sent: list[str]) -> None:
    ledger.fits()
    rows = {row.number: row for row in ledger.dispatches()}
    assert list(rows) == sent
    closed = {sent[at] for at in (0, 1, 2, 3, 8, 15, 16, 17, 18)}
    partly = {sent[at] for at in (4, 6, 7)}
    for number, row in rows.items():
        wanted = (
            DispatchStatus.CLOSED
            if number in closed
            else DispatchStatus.PARTIALLY_RETURNED
            if number in partly
            else DispatchStatus.OUTSTANDING
        )
        assert row.status is wanted, number
        assert row.discrepancy is (number == sent[4])
    assert rows[sent[17]].dispatched_at < datetime.now(UTC) - timedelta(hours=1)
    for size, owned in (("HQ", 150), ("NQ", 130)):
        out = sum(line.outstanding for row in rows.values() for line in row.lines if line.tray_size == size)
        there = ledger.stock(size)
        assert (there.base, there.available, there.outstanding) == (owned, owned - out, out)
    assert len(ledger.trail("dispatch", "dispatch")) == 20
    assert len(ledger.trail("return", "add")) == len(ledger.trail("dispatch", "return")) == 12
    assert {entry.user for entry in ledger.trail("dispatch", "dispatch")} == {"otto"}
    samples = list_samples(ledger.supervisor, Query(sort="created_at")).items
    assert [(row.sample_id, row.from_depth, row.to_depth, row.dispatch_number) for row in samples] == [
        (f"THA-00000{at}", 1.5 * at, 1.5 * at + 1.5, sent[2]) for at in range(3)
    ]
    # What stands on the screen is what stands in the books.
    otto.press("ctrl+1")
    words = {
        "discrepancy": "Discrepancy",
        "outstanding": "Outstanding",
        "partially_returned": "Partly returned",
        "closed": "Matched",
    }
    otto.sees(lambda shown: shown["ticked"].get("Dispatches") and len(shown["rows"]) > 10)
    otto.sees(
        lambda shown: all(
            cells[4] == (str(rows[cells[0]].outstanding) if rows[cells[0]].outstanding else "–")
            and cells[1] == words[rows[cells[0]].status.value]
            for cells, _at, _chosen in shown["rows"]
        )
    )
