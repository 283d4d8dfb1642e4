"""Taking trays back: partial, repeated, final; good, occupied, damaged, surplus; and what stays outstanding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coresafe.errors import AlreadyReturned, OverReturn, StaleVersion, ValidationFailed, WrongState
from coresafe.models.enums import Contents, DispatchStatus, MovementKind
from coresafe.services import sheds
from coresafe.services.dispatching import WantedLine
from coresafe.services.inventory import StockQuery, list_movements, stock
from coresafe.services.listing import Query
from coresafe.services.returning import LostLine, ResolveLost, resolve_lost, take_return
from coresafe.services.sheds import AddShed
from tests.services.kinds import on_every_database
from tests.worlds import World, balances, row_counts


@on_every_database
def test_partial_and_repeated_returns_close_by_themselves(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10, nq=5)
    part = world.give_back(sent, hq=4, nq=5)
    assert (part.status, part.outstanding, part.version) == (DispatchStatus.PARTIALLY_RETURNED, 6, 2)
    assert (part.matched, part.discrepancy, part.closed_at) == (False, False, None)
    assert world.read(sent) == part
    closed = world.give_back(sent, hq=6)
    assert (closed.status, closed.outstanding, closed.matched) == (DispatchStatus.CLOSED, 0, True)
    assert closed.closed_at == closed.returns[-1].returned_at
    assert world.read(sent) == closed
    assert [entry.number[:2] for entry in closed.returns] == ["R-", "R-"]
    assert (world.stock("HQ").available, world.stock("NQ").available) == (50, 50)


@on_every_database
def test_each_condition_goes_to_its_own_account(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq={"good": 4, "occupied": 3, "damaged": 2, "surplus": 5})
    (line,) = row.lines
    assert (line.good, line.occupied, line.damaged, line.surplus, line.outstanding) == (4, 3, 2, 5, 1)
    assert world.read(sent) == row
    have = world.stock()
    assert (have.available, have.occupied, have.damaged, have.outstanding, have.base) == (49, 3, 2, 1, 55)
    kinds = [m.kind for m in list_movements(world.operator, Query(filters={"return_id": row.returns[0].id})).items]
    assert sorted(kinds) == [MovementKind.FOUND, *[MovementKind.RETURN] * 3]


def test_surplus_touches_nothing_outstanding_and_spoils_the_match(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=2)
    row = world.give_back(sent, hq={"surplus": 1})
    assert (row.status, row.outstanding, row.discrepancy) == (DispatchStatus.OUTSTANDING, 2, True)
    closed = world.give_back(sent, hq=2)
    assert (closed.status, closed.matched, closed.discrepancy) == (DispatchStatus.CLOSED, False, True)
    late = world.give_back(sent, hq={"surplus": 1})
    assert (late.lines[0].surplus, late.status) == (2, DispatchStatus.CLOSED)


def test_a_shortage_does_not_come_back_by_itself(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    final = world.give_back(sent, hq=7, final=True)
    assert (final.status, final.outstanding, final.final, final.discrepancy) == (
        DispatchStatus.PARTIALLY_RETURNED, 3, True, True,
    )  # fmt: skip
    assert world.stock().available == 47
    assert world.stock().outstanding == 3
    late = world.give_back(sent, hq=3)
    assert (late.status, late.discrepancy, late.matched) == (DispatchStatus.CLOSED, False, True)


def test_a_return_may_be_empty_only_if_it_is_final(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=3)
    for command in (world.returned(sent), world.returned(sent, hq={"good": 0})):
        with pytest.raises(ValidationFailed) as refused:
            take_return(world.operator, command)
        assert [error.field for error in refused.value.errors] == ["lines"]
    row = world.give_back(sent, final=True)
    assert (row.final, row.outstanding, row.status, row.discrepancy) == (True, 3, DispatchStatus.OUTSTANDING, True)
    assert world.read(sent) == row


@on_every_database
def test_more_than_is_out_is_refused_whole(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5, nq=5)
    rows, before = row_counts(world.database), balances(world.database)
    with pytest.raises(OverReturn) as refused:
        world.give_back(sent, hq={"good": 3, "occupied": 2, "damaged": 1}, nq=5)
    assert [(s.tray_size, s.requested, s.available) for s in refused.value.shortages] == [("HQ", 6, 5)]
    assert refused.value.details == {"lines": [{"tray_size": "HQ", "entered": 6, "outstanding": 5}]}
    assert row_counts(world.database) == rows
    assert balances(world.database) == before


def test_already_returned_wins_over_a_stale_version(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5)
    world.give_back(sent, hq=5)
    with pytest.raises(AlreadyReturned):
        world.give_back(sent, hq=5, version=1)
    with pytest.raises(AlreadyReturned):
        world.lose(sent, hq=1)


def test_a_stale_return_is_refused_and_shows_the_row_as_it_is(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5)
    part = world.give_back(sent, hq=1, version=1)
    with pytest.raises(StaleVersion) as refused:
        world.give_back(sent, hq=1, version=1)
    assert refused.value.current == part
    assert world.read(sent) == part
    assert world.give_back(sent, hq=1).outstanding == 3  # without a version the delivery is simply taken


def test_a_return_is_not_before_its_dispatch_nor_in_the_future(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5)
    now = datetime.now(UTC)
    for wrong in (sent.dispatched_at - timedelta(seconds=1), now + timedelta(minutes=10), now.replace(tzinfo=None)):
        with pytest.raises(ValidationFailed) as refused:
            world.give_back(sent, hq=1, returned_at=wrong)
        assert [error.field for error in refused.value.errors] == ["returned_at"]
    row = world.give_back(sent, hq=1, returned_at=now + timedelta(seconds=100))  # a clock that is a little ahead
    assert row.returns[0].returned_at <= row.returns[0].entered_at


def test_trays_sent_with_core_come_back_onto_their_own_line(proved: World) -> None:
    world = proved
    world.move("fill", 10)
    sent = world.dispatch(WantedLine(tray_size="HQ", quantity=4, contents=Contents.CORE), hq=6)
    row = world.give_back(sent, hq={"good": 6, "occupied": 4})
    by_contents = {line.contents: line for line in row.lines}
    assert (by_contents[Contents.EMPTY].good, by_contents[Contents.CORE].occupied) == (6, 4)
    assert row.matched
    assert world.read(sent) == row


def test_empty_ones_that_come_back_full_and_full_ones_that_come_back_empty_match(proved: World) -> None:
    world = proved
    world.move("fill", 4)
    sent = world.dispatch(WantedLine(tray_size="HQ", quantity=4, contents=Contents.CORE), hq=6)
    row = world.give_back(sent, hq={"good": 2, "occupied": 8})
    assert (row.status, row.matched) == (DispatchStatus.CLOSED, True)
    assert (world.stock().available, world.stock().occupied) == (42, 8)


@on_every_database
def test_returned_to_another_shed_they_are_there(proved: World) -> None:
    world = proved
    other = sheds.add_shed(
        world.admin, AddShed(name=f"North {world.shed_id}", code=f"N{world.shed_id}", time_zone="UTC")
    )
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq={"good": 5, "damaged": 1, "surplus": 2}, shed_id=other.id)
    assert (row.shed_id, row.returns[0].shed_id, row.outstanding) == (world.shed_id, other.id, 4)
    there = next(r for r in stock(world.operator, StockQuery(shed_id=other.id)) if r.tray_size == "HQ")
    assert (there.available, there.damaged, there.base) == (7, 1, 8)
    assert (world.stock().available, world.stock().outstanding, world.stock().base) == (40, 4, 44)
    with pytest.raises(ValidationFailed) as refused:
        world.give_back(sent, hq=1, shed_id=10**9)
    assert [error.field for error in refused.value.errors] == ["shed_id"]


def test_lost_trays_leave_the_account_with_a_reason(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10, nq=2)
    part = world.give_back(sent, hq=7, nq=2)
    with pytest.raises(OverReturn):
        world.lose(sent, hq=4)
    with pytest.raises(ValidationFailed) as refused:
        lines = [LostLine(tray_size="HQ", quantity=3)]
        resolve_lost(world.manager, ResolveLost(dispatch_id=sent.id, lines=lines, reason=" "))
    assert [error.field for error in refused.value.errors] == ["reason"]
    row = world.lose(sent, hq=3)
    assert (row.status, row.matched, row.discrepancy) == (DispatchStatus.CLOSED, False, True)
    assert (row.version, row.lines[0].lost) == (part.version + 1, 3)
    assert world.read(sent) == row
    assert (world.stock().base, world.stock().lost) == (47, 3)


@on_every_database
def test_lost_trays_that_turn_up_are_recovered_once(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    world.give_back(sent, hq=7)
    world.lose(sent, hq=3)
    world.move("recovery", 2, dispatch_id=sent.id, to_state="damaged")
    row = world.read(sent)
    assert (row.recovered, row.lines[0].lost, row.status, row.matched) == (2, 3, DispatchStatus.CLOSED, False)
    with pytest.raises(WrongState):
        world.move("recovery", 2, dispatch_id=sent.id)
    world.move("recovery", 1, dispatch_id=sent.id, to_state="occupied")
    have = world.stock()
    assert (have.available, have.occupied, have.damaged, have.lost, have.base) == (47, 1, 2, 0, 50)


def test_a_size_that_was_not_sent_is_named(proved: World) -> None:
    sent = proved.dispatch(hq=1)
    with pytest.raises(ValidationFailed) as refused:
        proved.give_back(sent, nq=1)
    assert [error.field for error in refused.value.errors] == ["lines[0].tray_size"]
