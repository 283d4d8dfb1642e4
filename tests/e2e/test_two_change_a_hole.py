"""Two supervisors change the same hole in two windows on one MySQL: the second chooses, field by field, and loses nothing."""

from __future__ import annotations

from coresafe.services.registry import get_drillhole
from tests.e2e.hands import Person, Shown
from tests.e2e.ledger import Ledger
from tests.ui.desk import Place

DEPTH, DIP = "EOH depth (m)", "Dip (°)"


def _open_the_hole(person: Person) -> None:
    person.press("ctrl+4")
    person.sees(lambda shown: shown["ticked"].get("Drillholes"))
    person.click_row("ARG26-001")
    person.sees(lambda shown: shown["chosen"] == ["ARG26-001"])
    person.press("F4")
    person.sees(lambda shown: "Edit ARG26-001" in shown["labels"])


def _named(shown: Shown, field: str) -> str:
    return str(next(name for name in shown["fields"] if name.startswith(field)))


def _enter(person: Person, field: str, text: str) -> None:
    name = _named(person.seen, field)
    person.click_in(name)
    person.enter(name, text)


def test_the_second_sees_his_and_theirs_field_by_field_and_chooses(place: Place, people: tuple[Person, Person]) -> None:
    mary, boss = people
    mary.sign_in("mary")
    boss.sign_in("boss")
    for person in people:
        _open_the_hole(person)
    _enter(boss, DEPTH, "320")
    _enter(mary, DEPTH, "300")
    _enter(mary, DIP, "-55")
    mary.press("ctrl+Return")
    mary.hears("ARG26-001")
    boss.press("ctrl+Return")
    boss.reads("What differs")
    # Both versions, field by field; what was typed is still in the field.
    shown = boss.sees(lambda shown: any(name.startswith(f"{DEPTH}, Theirs") for name in shown["ticked"]))
    assert shown["ticked"][f"{DEPTH}, Yours: 320"]
    assert not shown["ticked"][f"{DEPTH}, Theirs: 300"]
    assert shown["ticked"][f"{DIP}, Theirs: -55"]  # only she changed it
    assert shown["fields"][_named(shown, DEPTH)] == "320"
    boss.sees(lambda shown: shown["fields"][_named(shown, DIP)] == "-55")
    boss.click("All theirs")
    boss.sees(lambda shown: shown["fields"][_named(shown, DEPTH)] == "300")
    boss.click("All yours")
    boss.sees(lambda shown: shown["fields"][_named(shown, DEPTH)] == "320")
    boss.click(f"{DIP}, Theirs: -55")
    boss.sees(lambda shown: shown["fields"][_named(shown, DIP)] == "-55")
    boss.press("ctrl+Return")
    boss.sees(lambda shown: "Edit ARG26-001" not in shown["labels"])
    with Ledger(place) as ledger:
        hole = get_drillhole(ledger.supervisor, place.hole_id)
        assert (hole.eoh_depth, hole.dip) == (320, -55)
    # She sees it without doing anything.
    mary.sees(lambda shown: any("ARG26-001" in cells and "320" in " ".join(cells) for cells, *_ in shown["rows"]))
    for person in people:
        person.press("ctrl+q")
        assert person.ended() == 0
