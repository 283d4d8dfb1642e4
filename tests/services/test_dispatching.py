"""Sending trays out: what is kept, what is refused whole, and what may be corrected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from coresafe.errors import (
    Forbidden,
    InsufficientStock,
    NotFound,
    PeriodClosed,
    StaleVersion,
    ValidationFailed,
    WrongState,
)
from coresafe.models import Shed
from coresafe.models.enums import Contents, DispatchStatus, MovementKind, State
from coresafe.services.dispatching import (
    AmendDispatch,
    ExtendDispatch,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    extend_dispatch,
    find_dispatch,
    get_dispatch,
    list_dispatches,
    list_outstanding,
    void_dispatch,
)
from coresafe.services.inventory import list_movements
from coresafe.services.listing import Query
from tests.services.kinds import on_every_database
from tests.worlds import World, a_user, balances, row_counts


@on_every_database
def test_dispatch_moves_trays_out_and_is_read_as_it_was_answered(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10, nq=5, drillhole_id=world.hole_id, vehicle="GT 4711", destination="Rig 7", notes="a\nb")
    assert (sent.status, sent.quantity, sent.outstanding, sent.version) == (DispatchStatus.OUTSTANDING, 15, 15, 1)
    assert [(line.tray_size, line.contents, line.quantity, line.outstanding) for line in sent.lines] == [
        ("HQ", Contents.EMPTY, 10, 10),
        ("NQ", Contents.EMPTY, 5, 5),
    ]
    assert (sent.entered_by, sent.driver, sent.technician, sent.notes) == ("otto", "Kofi", "Ama", "a\nb")
    assert sent.due_at - sent.dispatched_at == timedelta(days=7)
    assert (sent.days_out, sent.overdue, sent.matched, sent.discrepancy, sent.final) == (0, False, False, False, False)
    assert get_dispatch(world.operator, sent.id) == sent
    assert find_dispatch(world.operator, f" {sent.number.lower()} ") == sent
    hq = world.stock("HQ")
    assert (hq.base, hq.available, hq.outstanding) == (50, 40, 10)


def test_numbers_carry_the_year_and_follow_each_other(proved: World) -> None:
    first, second = proved.dispatch(hq=1), proved.dispatch(hq=1)
    letter, year, digits = first.number.split("-")
    assert (letter, len(digits)) == ("D", 6)
    assert int(year) == first.created_at.year
    assert int(second.number.split("-")[2]) == int(digits) + 1


def test_trays_with_core_leave_from_the_occupied(proved: World) -> None:
    world = proved
    world.move("fill", 8)
    world.dispatch(WantedLine(tray_size="HQ", quantity=6, contents=Contents.CORE), hq=40, destination="Laboratory")
    row = world.stock()
    assert (row.available, row.occupied, row.outstanding, row.base) == (2, 2, 46, 50)
    with pytest.raises(InsufficientStock) as refused:
        world.dispatch(WantedLine(tray_size="HQ", quantity=3, contents="core"))
    assert [(s.tray_size, s.requested, s.available, s.state) for s in refused.value.shortages] == [
        ("HQ", 3, 2, "occupied")
    ]


@on_every_database
def test_more_than_available_is_refused_whole_and_names_each_size(proved: World) -> None:
    world = proved
    rows, stock = row_counts(world.database), balances(world.database)
    with pytest.raises(InsufficientStock) as refused:
        world.dispatch(hq=51, nq=60)
    assert [(s.tray_size, s.requested, s.available) for s in refused.value.shortages] == [
        ("HQ", 51, 50),
        ("NQ", 60, 50),
    ]
    assert "51 HQ asked for, 50 available" in refused.value.message
    with pytest.raises(InsufficientStock) as refused:
        world.dispatch(hq=50, nq=51)
    assert [(s.tray_size, s.requested) for s in refused.value.shortages] == [("NQ", 51)]
    assert row_counts(world.database) == rows
    assert balances(world.database) == stock


def test_the_last_tray_can_leave_and_none_after_it(proved: World) -> None:
    proved.dispatch(hq=50)
    assert proved.stock().available == 0
    with pytest.raises(InsufficientStock):
        proved.dispatch(hq=1)


def test_a_size_new_to_the_shed_is_refused_with_nothing_available(world: World) -> None:
    from tests.worlds import make_world

    empty = make_world(world.people, hq=0, nq=0)
    with pytest.raises(InsufficientStock) as refused:
        empty.dispatch(hq=1)
    assert refused.value.shortages[0].available == 0


def test_every_movement_names_its_dispatch_company_shed_and_person(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=4)
    (movement,) = list_movements(world.operator, Query(filters={"dispatch_id": sent.id})).items
    assert (movement.kind, movement.of_kind, movement.quantity) == (MovementKind.DISPATCH, MovementKind.DISPATCH, 4)
    assert (movement.from_account, movement.to_account) == (State.AVAILABLE, State.OUT)
    assert (movement.company_id, movement.shed_id, movement.user) == (world.company_id, world.shed_id, "otto")
    assert (movement.at, movement.dispatch_number) == (sent.dispatched_at, sent.number)


def test_happened_and_entered_are_different_times(proved: World) -> None:
    before = datetime.now(UTC) - timedelta(days=3)
    sent = proved.dispatch(hq=1, dispatched_at=before)
    assert sent.dispatched_at == before
    assert sent.created_at > before
    assert sent.days_out in (3, 4)
    assert sent.due_at == before + timedelta(days=7)


def test_older_than_the_limit_takes_a_manager_and_a_reason(proved: World) -> None:
    world = proved
    old = datetime.now(UTC) - timedelta(days=8)
    with pytest.raises(Forbidden):
        world.dispatch(hq=1, dispatched_at=old, reason="paper slip found")
    with pytest.raises(ValidationFailed) as refused:
        world.dispatch(who=world.manager, hq=1, dispatched_at=old)
    assert [error.field for error in refused.value.errors] == ["reason"]
    sent = world.dispatch(who=world.manager, hq=1, dispatched_at=old, reason="paper slip found")
    assert (sent.dispatched_at, sent.reason, sent.overdue) == (old, "paper slip found", True)
    assert [
        row.id
        for row in list_dispatches(world.operator, Query(filters={"overdue": True, "shed_id": world.shed_id})).items
    ] == [sent.id]


def test_an_operator_amends_his_own_of_today_and_nobody_elses(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    amended = amend_dispatch(world.operator, AmendDispatch(dispatch_id=sent.id, version=1, driver="Kwame"))
    assert (amended.driver, amended.version) == ("Kwame", 2)
    assert world.read(sent) == amended
    other = a_user(world.admin)
    with pytest.raises(Forbidden):
        amend_dispatch(other, AmendDispatch(dispatch_id=sent.id, version=2, driver="Kojo"))
    assert world.read(sent) == amended


@on_every_database
def test_amended_lines_post_the_difference_only(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10, nq=5)
    lines = [WantedLine(tray_size="HQ", quantity=12)]
    amended = amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=1, lines=lines))
    assert [(line.tray_size, line.quantity) for line in amended.lines] == [("HQ", 12)]
    assert world.read(sent) == amended
    assert (world.stock("HQ").available, world.stock("NQ").available) == (38, 50)
    posted = list_movements(world.operator, Query(filters={"dispatch_id": sent.id}, sort="id")).items
    assert [(m.kind, m.of_kind, m.tray_size, m.quantity) for m in posted[2:]] == [
        ("dispatch", "dispatch", "HQ", 2),
        ("void", "dispatch", "NQ", 5),
    ]
    back = [WantedLine(tray_size="NQ", quantity=7), WantedLine(tray_size="HQ", quantity=12)]
    again = amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=2, lines=back))
    assert (again.quantity, world.stock("NQ").available) == (19, 43)
    with pytest.raises(InsufficientStock):
        command = AmendDispatch(dispatch_id=sent.id, version=3, lines=[WantedLine(tray_size="HQ", quantity=51)])
        amend_dispatch(world.manager, command)
    assert world.read(sent) == again


def test_lines_stand_once_something_came_back_and_nothing_changes_once_closed(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    part = world.give_back(sent, hq=4)
    with pytest.raises(WrongState):
        command = AmendDispatch(
            dispatch_id=sent.id, version=part.version, lines=[WantedLine(tray_size="HQ", quantity=12)]
        )
        amend_dispatch(world.manager, command)
    header = AmendDispatch(dispatch_id=sent.id, version=part.version, notes="four were back by noon")
    amended = amend_dispatch(world.manager, header)
    assert amended.notes == "four were back by noon"
    closed = world.give_back(sent, hq=6)
    with pytest.raises(WrongState):
        amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=closed.version, driver="Kojo"))


def test_an_amendment_that_changes_nothing_leaves_version_and_trail_alone(proved: World) -> None:
    sent = proved.dispatch(hq=10, notes="two lorries")
    lines = [WantedLine(tray_size="HQ", quantity=10)]
    same = AmendDispatch(dispatch_id=sent.id, version=1, driver=sent.driver, notes="two lorries", lines=lines)
    before = row_counts(proved.database)
    assert amend_dispatch(proved.manager, same).version == 1
    after = row_counts(proved.database)
    assert {name for name in after if after[name] != before[name]} == {"operations"}


def test_a_stale_amendment_is_refused_with_the_row_as_it_is(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=3)
    current = amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=1, driver="Kwame"))
    with pytest.raises(StaleVersion) as refused:
        amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=1, driver="Kojo"))
    assert refused.value.current == current
    assert world.read(sent).driver == "Kwame"


def test_project_and_hole_are_amended_together(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=1)
    amended = amend_dispatch(
        world.manager, AmendDispatch(dispatch_id=sent.id, version=1, drillhole_id=world.hole_id, sample_type="assay")
    )
    assert amended.hole_id is not None
    assert world.read(sent) == amended
    with pytest.raises(ValidationFailed) as refused:
        amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=2, project_id=world.other_project_id))
    assert [error.field for error in refused.value.errors] == ["project_id"]
    cleared = amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=2, drillhole_id=None))
    assert cleared.hole_id is None
    assert world.read(sent) == cleared


def test_extended_with_a_reason_and_not_before_the_dispatch(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=2)
    later = sent.due_at + timedelta(days=14)
    with pytest.raises(ValidationFailed) as refused:
        extend_dispatch(world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=later, reason="  "))
    assert [error.field for error in refused.value.errors] == ["reason"]
    with pytest.raises(ValidationFailed) as refused:
        before = sent.dispatched_at - timedelta(hours=1)
        extend_dispatch(world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=before, reason="x"))
    assert [error.field for error in refused.value.errors] == ["due_at"]
    extended = extend_dispatch(
        world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=later, reason="rig broke down")
    )
    assert (extended.due_at, extended.version) == (later, 2)
    assert world.read(sent) == extended
    world.give_back(sent, hq=2)
    with pytest.raises(WrongState):
        extend_dispatch(world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=later, reason="again"))


def test_outstanding_list_holds_what_is_out_oldest_first(proved: World) -> None:
    world = proved
    at = datetime.now(UTC)
    rows = [world.dispatch(hq=1, dispatched_at=at - timedelta(days=days)) for days in (1, 3, 2)]
    world.give_back(world.dispatch(hq=1), hq=1)
    found = list_outstanding(world.operator, Query(filters={"shed_id": world.shed_id}))
    assert [row.id for row in found.items] == [rows[1].id, rows[2].id, rows[0].id]


@pytest.mark.parametrize("wrong", [0, -1, 2**40, 2**70, True, "1", None])
def test_a_dispatch_that_is_not_there_is_not_found(world: World, wrong: object) -> None:
    if wrong is True:
        wrong = 10**9
    with pytest.raises(NotFound):
        get_dispatch(world.operator, wrong)  # type: ignore[arg-type]


def test_a_closed_month_takes_nothing_more_from_anybody(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=3)
    now = datetime.now(UTC)
    this_month = now.year * 100 + now.month
    _close_through(world, this_month)
    for call in (
        lambda: world.dispatch(who=world.admin, hq=1),
        lambda: world.give_back(sent, who=world.admin, hq=1),
        lambda: world.lose(sent, hq=1),
        lambda: world.move("purchase", 1),
        lambda: void_dispatch(world.admin, VoidDispatch(dispatch_id=sent.id, reason="x")),
    ):
        with pytest.raises(PeriodClosed) as refused:
            call()
        assert f"{now:%Y-%m} is closed" in refused.value.message
    _close_through(world, this_month - 1 if now.month > 1 else (now.year - 1) * 100 + 12)
    assert world.give_back(sent, hq=3).outstanding == 0


def _close_through(world: World, month: int) -> None:
    with world.database.connect() as connection:
        connection.execute(sa.update(Shed).where(Shed.id == world.shed_id).values(closed_through=month))
