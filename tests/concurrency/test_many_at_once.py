"""What must always hold, with many threads and several programs at once, on MySQL and MariaDB."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import Busy, InsufficientStock
from coresafe.models import Dispatch, Return
from coresafe.models.enums import DispatchStatus, Role
from coresafe.services import database as database_module
from coresafe.services import transaction
from coresafe.services.dispatching import AmendDispatch, VoidDispatch, WantedLine, amend_dispatch, void_dispatch
from coresafe.services.listing import Query
from coresafe.services.returning import VoidReturn, take_return, void_return
from coresafe.services.users import ChangeUser, change_user, list_users
from tests.concurrency.programs import dispatch_until_none_are_left, return_one_by_one, there_and_back
from tests.crowds import LONG, Seat, at_once, programs, tally
from tests.worlds import World, a_user


def rows_of(world: World, table: sa.Table, **where: object) -> int:
    with world.database.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(table).where(*(table.c[k] == v for k, v in where.items()))
        return int(connection.execute(statement).scalar_one())


def test_sixteen_dispatch_ten_out_of_fifty(world: World) -> None:
    outcomes = at_once([lambda: world.dispatch(hq=10)] * 16)
    assert tally(outcomes) == {"done": 5, "InsufficientStock": 11}
    for outcome in outcomes:
        if isinstance(outcome.error, InsufficientStock):
            (shortage,) = outcome.error.shortages
            assert (shortage.tray_size, shortage.requested) == ("HQ", 10)
            assert shortage.available < 10
    row = world.stock()
    assert (row.available, row.outstanding, row.base) == (0, 50, 50)
    assert rows_of(world, Dispatch.__table__, shed_id=world.shed_id) == 5


def test_eight_return_one_dispatch_at_the_same_instant(world: World) -> None:
    sent = world.dispatch(hq=20, nq=5)
    outcomes = at_once([lambda: world.give_back(sent, hq=20, nq=5)] * 8)
    assert tally(outcomes) == {"done": 1, "AlreadyReturned": 7}
    row = world.read(sent)
    assert (row.status, len(row.returns), row.lines[0].good) == (DispatchStatus.CLOSED, 1, 20)
    assert world.stock().available == 50


def test_eight_partial_returns_at_once_come_to_what_was_sent(world: World) -> None:
    sent = world.dispatch(hq=20)
    outcomes = at_once([lambda: world.give_back(sent, hq=3)] * 8)
    assert tally(outcomes) == {"done": 6, "OverReturn": 2}
    assert world.read(sent).outstanding == 2


def test_one_operation_id_from_eight_threads_is_one_dispatch_and_one_answer(world: World) -> None:
    op = uuid.uuid4()
    outcomes = at_once([lambda: world.dispatch(hq=7, op=op)] * 8)
    assert tally(outcomes) == {"done": 8}
    assert len({outcome.answer.id for outcome in outcomes}) == 1
    assert all(outcome.answer == outcomes[0].answer for outcome in outcomes)
    assert rows_of(world, Dispatch.__table__, shed_id=world.shed_id) == 1
    back = uuid.uuid4()
    outcomes = at_once([lambda: world.give_back(outcomes[0].answer, hq=7, op=back)] * 8)
    assert tally(outcomes) == {"done": 8}
    assert all(outcome.answer == outcomes[0].answer for outcome in outcomes)
    assert rows_of(world, Return.__table__, shed_id=world.shed_id) == 1


def test_one_operation_id_for_different_contents_is_done_once(world: World) -> None:
    op = uuid.uuid4()
    outcomes = at_once([lambda n=n: world.dispatch(hq=n, op=op) for n in range(1, 9)])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 1, "OperationIdReused": 7}
    assert rows_of(world, Dispatch.__table__, shed_id=world.shed_id) == 1


def test_an_operation_that_is_refused_lets_the_next_try_in(world: World) -> None:
    op = uuid.uuid4()
    outcomes = at_once([lambda: world.dispatch(hq=51, op=op)] * 6)
    assert tally(outcomes) == {"InsufficientStock": 6}
    world.move("purchase", 1)
    assert tally(at_once([lambda: world.dispatch(hq=51, op=op)] * 6)) == {"done": 6}
    assert world.stock().available == 0


def test_four_programs_on_the_last_trays(world: World) -> None:
    seats = [Seat.of(world.operator, f"pc-{n}") for n in range(4)]
    command = world.wanted(hq=3)
    running = programs(dispatch_until_none_are_left, seats, [(command, 50)] * 4)
    answers = [program.answer() for program in running]
    assert [others for _, others in answers] == [[]] * 4
    numbers = [number for found, _ in answers for number in found]
    assert (len(numbers), len(set(numbers))) == (16, 16)
    assert world.stock().available == 2


def test_programs_there_and_back_leave_everything_where_it_was(world: World) -> None:
    seats = [Seat.of(world.operator, f"pc-{n}") for n in range(4)]
    wanted, returned = world.wanted(hq=20, nq=20), world.returned(1, hq=20, nq=20)
    answers = [p.answer() for p in programs(there_and_back, seats, [(wanted, returned, 6)] * 4)]
    assert sum(answers) > 0
    assert (world.stock("HQ").available, world.stock("NQ").available) == (50, 50)
    assert rows_of(world, Return.__table__, shed_id=world.shed_id) == sum(answers)


def test_programs_return_one_dispatch_piece_by_piece(world: World) -> None:
    sent = world.dispatch(hq=40)
    seats = [Seat.of(world.operator, f"pc-{n}") for n in range(3)]
    answers = [p.answer() for p in programs(return_one_by_one, seats, [(world.returned(sent, hq=1),)] * 3)]
    assert sum(answers) == 40
    assert world.read(sent).status is DispatchStatus.CLOSED
    assert world.stock().available == 50


def test_numbers_have_no_gaps_though_many_are_refused(world: World) -> None:
    def attempt(n: int) -> object:
        return world.dispatch(hq=4, nq=1 if n % 3 else 51)

    outcomes = at_once([lambda n=n: attempt(n) for n in range(18)])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 12, "InsufficientStock": 6}
    sequence = sorted(int(outcome.answer.number.split("-")[2]) for outcome in outcomes if outcome.answer)
    assert sequence == list(range(sequence[0], sequence[0] + 12))


def test_sizes_in_opposite_orders_do_not_end_in_a_deadlock(world: World) -> None:
    hq, nq = WantedLine(tray_size="HQ", quantity=2), WantedLine(tray_size="NQ", quantity=2)
    outcomes = at_once([lambda n=n: world.dispatch(*((hq, nq) if n % 2 else (nq, hq))) for n in range(12)])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 12}
    assert (world.stock("HQ").available, world.stock("NQ").available) == (26, 26)


def test_everything_at_once_settles(world: World) -> None:
    """Dispatches, returns, voids, losses, recoveries and base changes against each other."""
    sent = [world.dispatch(hq=2) for _ in range(4)]
    back = [world.give_back(row, hq=1) for row in sent]
    calls: list[Callable[[], Any]] = []
    for n in range(4):
        returned = VoidReturn(dispatch_id=back[n].id, return_id=back[n].returns[0].id, reason="x")
        calls += [
            lambda: world.dispatch(hq=2, nq=1),
            partial(world.give_back, sent[n], hq=1),
            partial(world.lose, sent[n], hq=1),
            partial(void_return, world.manager, returned),
            lambda: world.move("fill", 1),
            lambda: world.move("purchase", 1),
        ]
    found = tally(at_once(calls))
    assert set(found) <= {"done", "AlreadyReturned", "OverReturn", "InsufficientStock", "WrongState"}
    assert found["done"] >= 12


def test_of_twelve_edits_of_one_version_one_is_kept(world: World) -> None:
    sent = world.dispatch(hq=1)
    commands = [AmendDispatch(dispatch_id=sent.id, version=1, driver=f"Driver {n}") for n in range(12)]
    outcomes = at_once([lambda c=c: amend_dispatch(world.manager, c) for c in commands])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 1, "StaleVersion": 11}
    winner = next(outcome.answer for outcome in outcomes if outcome.answer)
    assert world.read(sent) == winner
    assert all(o.error.current == winner for o in outcomes if o.error)  # type: ignore[attr-defined]


def test_a_version_sent_with_returns_lets_one_of_them_through(world: World) -> None:
    sent = world.dispatch(hq=20)
    outcomes = at_once([lambda: world.give_back(sent, hq=2, version=1)] * 6)
    assert tally(outcomes) == {"done": 1, "StaleVersion": 5}


def test_a_void_and_a_return_do_not_both_stand(world: World) -> None:
    for _ in range(4):
        sent = world.dispatch(hq=2)
        outcomes = at_once(
            [
                lambda: world.give_back(sent, hq=2),  # noqa: B023  # run before the next round
                lambda: void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="x")),  # noqa: B023
            ]
        )
        assert tally(outcomes) == {"done": 1, "WrongState": 1}


def test_the_last_two_administrators_cannot_demote_each_other(world: World) -> None:
    second = a_user(world.admin, Role.ADMIN)
    rows = {row.username: row for row in list_users(world.admin, Query(filters={"role": "admin"})).items}
    boss, other = rows["boss"], rows[second.actor.username]
    outcomes = at_once(
        [
            lambda: change_user(second, ChangeUser(user_id=boss.id, version=boss.version, role="operator")),
            lambda: change_user(world.admin, ChangeUser(user_id=other.id, version=other.version, role="operator")),
        ]
    )
    found = tally(outcomes)
    assert found["done"] == 1
    winner = world.admin if outcomes[1].answer else second
    left = list_users(winner, Query(filters={"role": "admin"})).items
    assert len(left) == 1
    if winner is second:  # give the world its administrator back
        now = next(row for row in list_users(second, Query(q="boss")).items)
        change_user(second, ChangeUser(user_id=now.id, version=now.version, role="admin"))
        with world.database.connect() as connection:
            connection.execute(sa.text("UPDATE users SET epoch = 1 WHERE username_key = 'boss'"))
        mine = next(row for row in list_users(world.admin, Query(q=second.actor.username)).items)
        change_user(world.admin, ChangeUser(user_id=mine.id, version=mine.version, role="operator"))


def test_a_deadlock_is_tried_again(world: World) -> None:
    """Another session takes the locks in the wrong order; the server throws one of us out, and it is done all the same."""
    sent = world.dispatch(hq=1)
    with world.database.connect() as rival:
        rival.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 30")
        rival.exec_driver_sql("BEGIN")
        # Much undo makes the rival the expensive one: the service is chosen as the victim and has to come back.
        for n in range(30):
            rival.exec_driver_sql(
                f"INSERT INTO sign_in_throttles VALUES ('rival {world.shed_id} {n}', 1, NULL, NOW(6))"
            )
        rival.exec_driver_sql(
            f"UPDATE balances SET quantity = quantity + 0 WHERE shed_id = {world.shed_id} AND state = 'available'"
        )
        rival.exec_driver_sql(f"SELECT * FROM balances WHERE shed_id = {world.shed_id} FOR UPDATE")
        answers: list[object] = []
        asking = threading.Thread(target=lambda: answers.append(world.give_back(sent, hq=1)), name="crowd asking")
        asking.start()
        _wait_until_somebody_waits(world)
        # The service holds the dispatch and waits for a balance; now the rival wants the dispatch.
        rival.exec_driver_sql(f"SELECT * FROM dispatches WHERE id = {sent.id} FOR UPDATE")
        rival.rollback()
        asking.join(LONG)
    assert [answer.status for answer in answers] == [DispatchStatus.CLOSED]  # type: ignore[attr-defined]


def test_a_lock_held_too_long_is_told_and_nothing_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "LOCK_WAIT_SECONDS", 1)
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 1.5)
    sent = world.dispatch(hq=1)
    seat = Seat.of(world.operator).take()
    try:
        with world.database.connect() as rival:
            rival.exec_driver_sql("BEGIN")
            rival.exec_driver_sql(f"SELECT * FROM dispatches WHERE id = {sent.id} FOR UPDATE")
            with pytest.raises(Busy):
                take_return(seat, world.returned(sent, hq=1))
            rival.exec_driver_sql("ROLLBACK")
        assert world.read(sent) == sent
        assert take_return(seat, replace(world.returned(sent, hq=1))).status is DispatchStatus.CLOSED
    finally:
        seat.database.close()


def _wait_until_somebody_waits(world: World) -> None:
    """Return once the server says that a transaction of ours waits for a lock."""
    with world.database.connect() as connection:
        for _ in range(20_000):
            # Always fresh, unlike the tables of information_schema, which are copied ten times a second.
            if "TRX HAS BEEN WAITING" in connection.exec_driver_sql("SHOW ENGINE INNODB STATUS").one()[2]:
                return
    raise AssertionError("nobody waits")
