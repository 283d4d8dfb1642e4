"""Mistakes are corrected by counter-movements dated now; nothing is deleted or rewritten."""

from __future__ import annotations

import pytest

from coresafe.errors import InsufficientStock, NotFound, StaleVersion, ValidationFailed, WrongState
from coresafe.models.enums import DispatchStatus
from coresafe.services import sheds
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.inventory import StockQuery, list_movements, stock
from coresafe.services.listing import Query
from coresafe.services.returning import VoidResolution, VoidReturn, void_resolution, void_return
from coresafe.services.sheds import AddShed
from tests.services.kinds import on_every_database
from tests.worlds import World


def take_back(world: World, row: DispatchRow, index: int = -1, **changes: object) -> DispatchRow:
    command = {"dispatch_id": row.id, "return_id": row.returns[index].id, "reason": "counted twice", **changes}
    return void_return(world.manager, VoidReturn(**command))  # type: ignore[arg-type]


@on_every_database
def test_a_voided_dispatch_gives_its_trays_back_and_stays_in_the_ledger(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10, nq=5)
    row = void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="wrong rig", version=1))
    assert (row.status, row.outstanding, row.quantity, row.void_reason) == (DispatchStatus.VOIDED, 0, 15, "wrong rig")
    assert (row.matched, row.discrepancy, row.overdue) == (False, False, False)
    assert world.read(sent) == row
    assert (world.stock("HQ").available, world.stock("NQ").available) == (50, 50)
    posted = list_movements(world.operator, Query(filters={"dispatch_id": sent.id}, sort="id")).items
    assert [(m.kind, m.of_kind, m.quantity) for m in posted] == [
        ("dispatch", "dispatch", 10),
        ("dispatch", "dispatch", 5),
        ("void", "dispatch", 10),
        ("void", "dispatch", 5),
    ]
    for again in (lambda: void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="x")),
                  lambda: world.give_back(sent, hq=1), lambda: world.lose(sent, hq=1)):  # fmt: skip
        with pytest.raises(WrongState):
            again()


def test_a_dispatch_is_not_voided_while_a_return_or_a_loss_stands(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq=4)
    row = world.lose(row, hq=1)
    command = VoidDispatch(dispatch_id=sent.id, reason="wrong rig")
    with pytest.raises(WrongState):
        void_dispatch(world.manager, command)
    row = take_back(world, row)
    with pytest.raises(WrongState):
        void_dispatch(world.manager, command)
    void_resolution(
        world.manager, VoidResolution(dispatch_id=sent.id, resolution_id=row.resolutions[0].id, reason="not lost")
    )
    assert void_dispatch(world.manager, command).status is DispatchStatus.VOIDED
    assert world.stock().available == 50


@on_every_database
def test_a_voided_return_is_out_again(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq={"good": 6, "occupied": 2, "damaged": 2, "surplus": 3}, final=True)
    assert row.status is DispatchStatus.CLOSED
    back = take_back(world, row, version=row.version)
    assert (back.status, back.outstanding, back.final, back.discrepancy) == (
        DispatchStatus.OUTSTANDING,
        10,
        False,
        False,
    )
    assert (back.closed_at, back.returns[0].void_reason) == (None, "counted twice")
    assert world.read(sent) == back
    have = world.stock()
    assert (have.available, have.occupied, have.damaged, have.outstanding, have.base) == (40, 0, 0, 10, 50)
    with pytest.raises(WrongState):
        take_back(world, back)
    closed = world.give_back(sent, hq=10)
    assert (closed.status, closed.matched) == (DispatchStatus.CLOSED, True)


def test_the_state_is_the_one_the_remaining_entries_imply(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    world.give_back(sent, hq=3, final=True)
    row = world.give_back(sent, hq=7)
    assert row.status is DispatchStatus.CLOSED
    row = take_back(world, row)
    assert (row.status, row.outstanding, row.final, row.discrepancy) == (
        DispatchStatus.PARTIALLY_RETURNED, 7, True, True,
    )  # fmt: skip
    row = take_back(world, row, index=0)
    assert (row.status, row.final, row.discrepancy) == (DispatchStatus.OUTSTANDING, False, False)


def test_a_return_whose_trays_went_out_again_is_not_voided(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=30)
    row = world.give_back(sent, hq=30)
    world.dispatch(hq=25)
    with pytest.raises(InsufficientStock) as refused:
        take_back(world, row)
    assert [(s.tray_size, s.requested, s.available) for s in refused.value.shortages] == [("HQ", 30, 25)]
    assert world.read(sent) == row


def test_a_return_to_another_shed_is_voided_there(proved: World) -> None:
    world = proved
    other = sheds.add_shed(
        world.admin, AddShed(name=f"East {world.shed_id}", code=f"E{world.shed_id}", time_zone="UTC")
    )
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq={"good": 9, "damaged": 1, "surplus": 1}, shed_id=other.id)
    take_back(world, row)
    there = next(r for r in stock(world.operator, StockQuery(shed_id=other.id)) if r.tray_size == "HQ")
    assert (there.available, there.damaged, there.base) == (0, 0, 0)
    assert (world.stock().outstanding, world.stock().base) == (10, 50)


@on_every_database
def test_a_voided_loss_is_outstanding_again_unless_it_was_recovered(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    row = world.lose(sent, hq=4)
    command = VoidResolution(dispatch_id=sent.id, resolution_id=row.resolutions[0].id, reason="they were in the bush")
    back = void_resolution(world.manager, command)
    assert (back.status, back.outstanding, back.lines[0].lost) == (DispatchStatus.OUTSTANDING, 10, 0)
    assert world.read(sent) == back
    with pytest.raises(WrongState):
        void_resolution(world.manager, command)
    row = world.lose(sent, hq=2)
    world.move("recovery", 1, dispatch_id=sent.id)
    with pytest.raises(WrongState):
        void_resolution(
            world.manager, VoidResolution(dispatch_id=sent.id, resolution_id=row.resolutions[-1].id, reason="x")
        )


def test_a_void_takes_a_reason_the_right_version_and_an_entry_that_is_there(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=10)
    row = world.give_back(sent, hq=1)
    lost = world.lose(sent, hq=1)
    with pytest.raises(StaleVersion):
        take_back(world, row, version=1)
    with pytest.raises(StaleVersion):
        void_resolution(
            world.manager,
            VoidResolution(dispatch_id=sent.id, resolution_id=lost.resolutions[0].id, reason="x", version=1),
        )
    with pytest.raises(StaleVersion):
        void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="x", version=1))
    with pytest.raises(NotFound):
        take_back(world, row, return_id=10**9)
    with pytest.raises(NotFound):
        void_resolution(world.manager, VoidResolution(dispatch_id=sent.id, resolution_id=10**9, reason="x"))
    with pytest.raises(ValidationFailed) as refused:
        take_back(world, row, reason=" \n ")
    assert [error.field for error in refused.value.errors] == ["reason"]
