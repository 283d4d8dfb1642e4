"""Several people count one shed, approve it and dispatch from it at the same instant, on MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from coresafe.errors import WrongState
from coresafe.models import Movement
from coresafe.models.enums import Role
from coresafe.services.stocktaking import (
    CancelStocktake,
    RecountSize,
    cancel_stocktake,
    get_stocktake,
    recount_size,
)
from tests.crowds import at_once, tally
from tests.stocktakes import begin
from tests.worlds import World, a_user


def posted(world: World) -> int:
    m = Movement.__table__
    with world.database.connect() as connection:
        statement = sa.select(sa.func.count()).where(m.c.kind == "stocktake", m.c.shed_id == world.shed_id)
        return int(connection.execute(statement).scalar_one())


def test_of_two_who_begin_a_count_of_one_shed_at_once_one_is_told_of_the_other(world: World) -> None:
    outcomes = at_once([lambda: begin(world)] * 4)
    assert tally(outcomes) == {"done": 1, "WrongState": 3}
    (number,) = [outcome.answer.row.number for outcome in outcomes if outcome.answer]
    assert all(number in str(outcome.error) for outcome in outcomes if outcome.error)


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    managers = [world.manager, a_user(world.admin, Role.MANAGER)]
    count = begin(world)
    count.found("HQ", available=45)
    outcomes = at_once([lambda who=who: count.approve(who=who) for who in managers * 2])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 1, "WrongState": 3}
    (winner,) = [outcome.answer.stocktake.ended_by for outcome in outcomes if outcome.answer]
    for outcome in outcomes:
        if isinstance(outcome.error, WrongState):
            assert f"has been approved by {winner}" in outcome.error.message
    assert (world.stock().available, posted(world)) == (45, 1)


def test_approving_cancelling_and_counting_on_at_once_leave_one_of_them(world: World) -> None:
    for _ in range(4):
        count = begin(world)
        count.found("HQ", available=world.stock().available - 1)
        before, movements = world.stock().available, posted(world)
        calls: list[Callable[[], Any]] = [
            count.approve,
            lambda count=count: cancel_stocktake(world.manager, CancelStocktake(stocktake_id=count.id, reason="x")),  # type: ignore[misc]
            lambda count=count: recount_size(world.operator, RecountSize(stocktake_id=count.id, tray_size="HQ")),  # type: ignore[misc]
        ]
        approved, cancelled, counted_on = at_once(calls)
        taken = before - world.stock().available
        status = get_stocktake(world.operator, count.id).stocktake.status
        assert taken == posted(world) - movements == int(approved.error is None)
        assert not (approved.error is None and counted_on.error is None)
        if approved.error is None:
            assert (status, cancelled.error is None) == ("approved", False)
        elif status == "open":
            raise AssertionError("nothing came of three tries")
        else:
            assert (status, cancelled.error) == ("cancelled", None)


def test_dispatches_at_the_moment_of_an_approval_take_nothing_twice(world: World) -> None:
    """50 in the ledger, 45 on the floor: whoever comes first, no more than 45 leave, and the books agree."""
    for _ in range(3):
        count = begin(world)
        there = world.stock().available
        count.found("HQ", available=there - 2)
        outcomes = at_once([count.approve, *[lambda: world.dispatch(hq=3)] * 3])
        assert outcomes[0].error is None
        sent = sum(1 for outcome in outcomes[1:] if outcome.error is None)
        assert world.stock().available == there - 2 - 3 * sent
        line = next(line for line in get_stocktake(world.operator, count.id).lines if line.state == "available")
        assert line.expected == there


def test_an_approval_and_a_dispatch_of_the_last_trays_never_both_take_them(world: World) -> None:
    count = begin(world)
    count.found("HQ", available=40)
    approved, sent = at_once([count.approve, lambda: world.dispatch(hq=45)])
    assert sorted(type(outcome.error).__name__ for outcome in (approved, sent)) == ["InsufficientStock", "NoneType"]
    assert world.stock().available == (40 if sent.error else 5)


def test_many_count_at_once_and_nothing_is_lost(world: World) -> None:
    people = [world.operator, a_user(world.admin), a_user(world.admin)]
    count = begin(world)
    calls: list[Callable[[], Any]] = [
        lambda who=who, place=place: count.enter(place + 1, place=f"Rack {place}", who=who)  # type: ignore[misc]
        for who in people
        for place in range(4)
    ]
    assert tally(at_once(calls)) == {"done": 12}
    count.declare("HQ", "occupied", "damaged")
    (row, *_rest) = count.look().rows
    assert row.counted == 3 * (1 + 2 + 3 + 4)


def test_one_person_in_two_windows_has_one_entry(world: World) -> None:
    count = begin(world)
    outcomes = at_once([lambda n=n: count.enter(n, place="Rack 1") for n in (7, 7, 9, 9)])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 4}
    count.declare("HQ", "occupied", "damaged")
    (row, *_rest) = count.look().rows
    assert row.counted in (7, 9)
    assert len(count.look().entries) == 3


def test_a_size_declared_while_somebody_still_counts_holds_his_number_or_refuses_it(world: World) -> None:
    count, other = begin(world), a_user(world.admin)
    for size in ("HQ", "NQ"):
        count.enter(10, size)
        calls: list[Callable[[], Any]] = [
            partial(count.declare, size, "occupied", "damaged"),
            partial(count.enter, 5, size, who=other),
        ]
        declared, entered = at_once(calls)
        assert declared.error is None
        (row,) = [row for row in count.look().rows if (row.tray_size, row.state) == (size, "available")]
        assert row.counted == (15 if entered.error is None else 10)
        assert entered.error is None or isinstance(entered.error, WrongState)
