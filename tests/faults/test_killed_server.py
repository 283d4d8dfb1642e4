"""kill -9 of the server in the middle of twelve writers, five times: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

import multiprocessing
from typing import Literal

import pytest
import sqlalchemy as sa

from coresafe.models import Dispatch, Movement, Operation, Return
from coresafe.services.database import Database
from tests.crowds import LONG, Seat, programs
from tests.databases import migrate
from tests.faults.programs import Diary, write_on
from tests.servers import Server
from tests.worlds import make_people, make_world

WRITERS = 12
KILLS = 5
#: Answers between two kills: each writer is somewhere in the middle of something.
ANSWERS_BETWEEN = 24


@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
@pytest.mark.leaves_transactions("the server dies under open connections")
def test_twelve_writers_survive_five_kills(flavour: Literal["mysql", "mariadb"]) -> None:
    with Server(flavour, durable=True) as server:
        server.execute("CREATE DATABASE coresafe_test_kills CHARACTER SET utf8mb4")
        url = server.url("coresafe_test_kills")
        migrate(url)
        database = Database(url)
        try:
            world = make_world(make_people(database), hq=WRITERS)
            spawn = multiprocessing.get_context("spawn")
            answered, stop = spawn.Semaphore(0), spawn.Event()
            seats = [Seat.of(world.operator, f"pc-{n}") for n in range(WRITERS)]
            work = (world.wanted(hq=1), world.returned(1, hq=1), answered, stop)
            writers = programs(write_on, seats, [work] * WRITERS)
            for _ in range(KILLS):
                for _ in range(ANSWERS_BETWEEN):
                    assert answered.acquire(timeout=LONG), "the writers do not recover"
                server.kill9()
                server.restart()
            for _ in range(ANSWERS_BETWEEN):
                assert answered.acquire(timeout=LONG), "the writers do not recover"
            stop.set()
            diaries: list[Diary] = [writer.answer() for writer in writers]
            assert [diary.refused for diary in diaries] == [[]] * WRITERS
            _compare(database, diaries)
            assert world.stock().available == WRITERS
            world.settle()
        finally:
            database.close()


def _compare(database: Database, diaries: list[Diary]) -> None:
    """What the writers were told is in the database, once, and nothing else is."""
    for table, told in (
        (Dispatch.__table__, [diary.dispatched for diary in diaries]),
        (Return.__table__, [diary.returned for diary in diaries]),
    ):
        numbers = [number for each in told for number in each.values()]
        with database.connect() as connection:
            found = [row.number for row in connection.execute(sa.select(table.c.number))]
            assert sorted(found) == sorted(numbers)
            assert len(set(found)) == len(found)
            operations = {op for each in told for op in each}
            kept = set(connection.execute(sa.select(Operation.id).where(Operation.id.in_(operations))).scalars())
            assert kept == operations
            moved = connection.execute(
                sa.select(sa.func.count()).select_from(Movement).where(Movement.operation_id.in_(operations))
            ).scalar_one()
            assert moved == len(numbers)
