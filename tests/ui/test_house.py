"""The rules and the sheds of the installation, as the windows go by them: read once, followed when somebody changes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtWidgets import QLabel
from sqlalchemy.engine import make_url

from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.sheds import ChangeShed, ShedRow, change_shed, list_sheds
from coresafe.ui import clock
from coresafe.ui.dispatches.small_forms import SmallForm
from coresafe.ui.messages import Level
from tests.databases import Databases
from tests.servers.proxy import Proxy
from tests.ui.desk import Desk, make_place
from tests.ui.returns.hands import open_page

MakeDesk = Callable[..., Desk]
#: A change made elsewhere shows within five seconds.
SOON = 5_000
PERTH = "Australia/Perth"


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever a test's shed has for a clock goes with it."""
    yield
    clock.set_wall(None)


def first_shed(desk: Desk) -> ShedRow:
    """Main shed."""
    return desk.aside(lambda: list_sheds(desk.admin))[0]


def move_to(desk: Desk, zone: str) -> None:
    """The first shed's clock is another one."""
    shed = first_shed(desk)
    desk.aside(lambda: change_shed(desk.admin, ChangeShed(shed_id=shed.id, version=shed.version, time_zone=zone)))


def days_ago(desk: Desk, days: int) -> Any:
    """A dispatch that left so many days ago."""
    command = DispatchTrays(
        company_id=desk.place.company_id,
        project_id=desk.place.project_id,
        driver="Kofi",
        technician="Ama",
        dispatched_at=datetime.now(UTC) - timedelta(days=days),
        lines=[WantedLine(tray_size="HQ", quantity=1)],
    )
    return desk.aside(lambda: dispatch_trays(desk.other, command))


def pane_words(desk: Desk) -> str:
    """What the pane of the selected dispatch says."""
    return "\n".join(label.text() for label in desk.dispatches.detail.widget().findChildren(QLabel))


# -- the rules --------------------------------------------------------------------------------------------------------


def test_days_out_take_their_colour_from_the_rules_and_follow_them(desk: Desk) -> None:
    row = days_ago(desk, 3)
    page = open_page(desk)
    column = next(column for column in page.table.model.columns if column.key == "days_out")

    def tone() -> str:
        status = column.status(row)
        assert status is not None
        return status.tone

    desk.until(lambda: page.table.model.index_of(row.id) is not None)
    assert tone() == "positive"
    desk.rule(amber_days=2)
    desk.until(lambda: tone() == "caution", SOON)
    desk.rule(amber_days=1, red_days=3)
    desk.until(lambda: tone() == "danger", SOON)


def test_the_rows_that_are_shown_are_painted_anew_when_a_rule_changes(desk: Desk) -> None:
    days_ago(desk, 3)
    page = open_page(desk)
    desk.until(lambda: page.table.model.rowCount() == 1)
    with desk.qtbot.waitSignal(page.table.model.dataChanged, timeout=SOON):
        desk.rule(amber_days=2)


def test_a_new_due_date_is_offered_by_the_rule(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=1)
    desk.rule(due_days=10)
    desk.until(lambda: desk.window.workspace.house.rules.due_days == 10, SOON)
    desk.select(sent.id)
    desk.do("dispatch.extend")
    form = desk.small_form
    assert isinstance(form, SmallForm)
    offered = form["due_at"].value()
    assert offered == sent.due_at + timedelta(days=10)


def test_the_form_says_from_when_on_a_reason_is_needed(desk: Desk) -> None:
    desk.do("dispatch.new")
    note = desk.dispatch_form.reason._note
    assert note.text() == "Only where it happened more than 7 days ago."
    desk.rule(back_date_days=1)
    desk.until(lambda: note.text() == "Only where it happened more than 1 day ago.", SOON)


def test_the_window_locks_after_the_minutes_of_the_rule(desk: Desk) -> None:
    idle = desk.window.locking.idle
    now = [idle.clock()]
    idle.clock = lambda: now[0]
    idle.start()
    desk.rule(idle_minutes=2)
    desk.until(lambda: idle.seconds == 120, SOON)
    now[0] += 119
    idle.look()
    assert not desk.window.locking.locked
    now[0] += 2
    idle.look()
    assert desk.window.locking.locked


def test_rules_that_were_changed_before_are_there_at_the_next_sign_in(make_desk: MakeDesk) -> None:
    first = make_desk()
    first.rule(amber_days=1, red_days=2, idle_minutes=3)
    first.window.close()
    house = make_desk().window.workspace.house
    assert (house.rules.amber_days, house.rules.red_days, house.rules.idle_minutes) == (1, 2, 3)


def test_rules_and_sheds_cost_one_round_trip_and_no_page_asks_again(make_desk: MakeDesk, databases: Databases) -> None:
    place = make_place(databases.new("mysql"))
    with Proxy(make_url(place.url).port or 0) as line:
        line.record = True
        desk = make_desk(place=place, port=line.port)
        desk.window.workspace.stop()
        desk.settle()

        def asked() -> list[str]:
            return [said for said in line.statements if "sheds.name_key" in said and "tray_sizes" not in said]

        assert desk.window.workspace.house.known
        assert len(asked()) == 1
        for page in ("go.returns", "go.inventory", "go.drillholes", "go.samples", "go.dispatches"):
            desk.do(page)
            desk.settle()
        desk.do("dispatch.new")
        desk.settle()
        assert len(asked()) == 1


# -- the shed ---------------------------------------------------------------------------------------------------------


def test_with_one_shed_nobody_is_asked_for_it_and_the_dispatch_names_it(desk: Desk) -> None:
    form = desk.fill_dispatch(hq=2)
    assert not form.shed.isVisible()
    assert not desk.window._shed.isVisible()
    assert form.command().shed_id == first_shed(desk).id


@pytest.mark.parametrize("named", ["NORTH", "north", " North shed "])
def test_a_dispatch_leaves_from_the_shed_this_computer_stands_in(make_desk: MakeDesk, named: str) -> None:
    first = make_desk()
    north = first.add_shed("North shed", "NORTH", hq=9)
    first.window.close()
    desk = make_desk(shed=named)
    assert desk.window._shed.isVisible() and desk.window._shed.text() == "North shed"
    form = desk.fill_dispatch(hq=4)
    assert form.shed.isVisible() and form.shed.box.currentText() == "North shed"
    desk.until(lambda: "9" in form.lines.editors[0].quantity._note.text())
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    (sent,) = desk.all_dispatches()
    assert (sent.shed_id, sent.shed_name) == (north.id, "North shed")
    assert desk.available(shed_id=north.id) == 5
    desk.prove()


def test_another_shed_is_chosen_in_the_form_and_its_stock_stands_beside_the_number(desk: Desk) -> None:
    north = desk.add_shed("North shed", "NORTH", zone=PERTH, hq=3)
    form = desk.fill_dispatch(hq=4)
    desk.until(form.shed.isVisible, SOON)
    assert form.shed.value() == first_shed(desk).id
    desk.until(lambda: "50" in form.lines.editors[0].quantity._note.text())
    form.shed.box.setCurrentIndex(form.shed.box.findData(north.id))
    desk.until(lambda: bool(form.lines.editors[0].quantity.error))
    assert form.at._zone == ZoneInfo(PERTH)
    desk.type(form.lines.editors[0].quantity.edit, "3")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    assert desk.all_dispatches()[0].shed_name == "North shed"
    form = desk.fill_dispatch()
    assert form.shed.value() == first_shed(desk).id, "the next one leaves from here again"


def test_a_shed_that_there_is_not_is_told_and_the_first_one_counts(make_desk: MakeDesk) -> None:
    desk = make_desk(shed="SOUTH")
    (told,) = [message for message in desk.said if message.key == "shed"]
    assert told.level is Level.WARNING
    assert "SOUTH" in told.text and "Main shed" in told.text
    assert desk.fill_dispatch().command().shed_id == first_shed(desk).id


def test_sample_data_has_a_shed_of_its_own(make_desk: MakeDesk) -> None:
    desk = make_desk(shed="SOUTH", is_sample=True)
    assert not [message for message in desk.said if message.key == "shed"]


def test_the_inventory_begins_with_the_shed_we_stand_in_and_follows_when_that_is_another(make_desk: MakeDesk) -> None:
    first = make_desk()
    north = first.add_shed("North shed", "NORTH", hq=9)
    first.window.close()
    desk = make_desk(shed="NORTH")
    desk.do("go.inventory")
    page = desk.inventory
    desk.until(lambda: page._known is not None)
    assert page.stock.door("HQ", "available").text() == "9"
    desk.until(lambda: page.table.model.rowCount() == 1)
    assert page.shed_id == north.id
    desk.do("stock.purchase")
    assert page.form is not None and page.form["shed_id"].value() == north.id
    page.form.left.emit()
    desk.window.workspace.house.stand_in("MAIN")
    desk.until(lambda: page.stock.door("HQ", "available").text() == "50")
    desk.until(lambda: page.table.model.rowCount() == 2)


def test_a_shed_that_is_renamed_elsewhere_is_renamed_here(desk: Desk) -> None:
    desk.add_shed("North shed", "NORTH")
    desk.until(desk.window._shed.isVisible, SOON)
    shed = first_shed(desk)
    desk.aside(lambda: change_shed(desk.admin, ChangeShed(shed_id=shed.id, version=shed.version, name="Old mill")))
    desk.until(lambda: desk.window._shed.text() == "Old mill", SOON)


# -- its clock --------------------------------------------------------------------------------------------------------


def test_tables_panes_and_forms_go_by_the_clock_of_the_shed(make_desk: MakeDesk) -> None:
    first = make_desk()
    move_to(first, "Pacific/Kiritimati")
    sent = first.others_dispatch(hq=2)
    first.window.close()
    desk = make_desk()
    there = sent.dispatched_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    row = desk.select(sent.id)
    model = desk.dispatches.table.model
    at = next(n for n, column in enumerate(model.columns) if column.key == "dispatched_at")
    assert model.columns[at].words(row) == f"{there:%Y-%m-%d %H:%M}"
    assert f"{there:%Y-%m-%d %H:%M}" in pane_words(desk)
    assert "UTC+" not in pane_words(desk), "the clock on our own wall needs no name"
    as_of = desk.window.workspace.house.zone
    assert str(as_of) == "Pacific/Kiritimati"
    desk.do("dispatch.new")
    assert desk.dispatch_form.at._zone_label.text() == "UTC+14:00"


def test_what_left_another_shed_is_told_by_that_sheds_clock(make_desk: MakeDesk) -> None:
    desk = make_desk()
    north = desk.add_shed("North shed", "NORTH", zone=PERTH, hq=9)
    command = DispatchTrays(
        company_id=desk.place.company_id,
        project_id=desk.place.project_id,
        shed_id=north.id,
        driver="Kofi",
        technician="Ama",
        lines=[WantedLine(tray_size="HQ", quantity=1)],
    )
    sent = desk.aside(lambda: dispatch_trays(desk.other, command))
    there = sent.dispatched_at.astimezone(ZoneInfo(PERTH))
    row = desk.select(sent.id)
    column = next(c for c in desk.dispatches.table.model.columns if c.key == "dispatched_at")
    assert column.words(row) == f"{there:%Y-%m-%d %H:%M}"
    assert column.tip is not None and column.tip(row) == f"{there:%Y-%m-%d %H:%M} (UTC+08:00)"
    assert column.tip(replace(row, time_zone="UTC")) == ""
    assert f"{there:%Y-%m-%d %H:%M} (UTC+08:00)" in pane_words(desk)


def test_a_clock_that_is_changed_elsewhere_is_followed(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=1)
    desk.select(sent.id)
    move_to(desk, "Pacific/Kiritimati")
    there = sent.dispatched_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    desk.until(lambda: f"{there:%Y-%m-%d %H:%M}" in pane_words(desk), SOON)
