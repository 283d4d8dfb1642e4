"""The embedded database: the window and the command line share its file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from coresafe.services.database import Database
from tests.concurrency.programs import dispatch_until_none_are_left, there_and_back
from tests.crowds import Seat, at_once, programs, tally
from tests.databases import Databases
from tests.worlds import World, make_people, make_world


@pytest.fixture
def shared(databases: Databases) -> Iterator[World]:
    """A world in an embedded database; the ledger is proved at the end."""
    database = Database(databases.new("sqlite"))
    world = make_world(make_people(database))
    yield world
    world.settle()
    database.close()


def test_two_programs_on_the_last_trays(shared: World) -> None:
    seats = [Seat.of(shared.operator, f"program-{n}") for n in range(2)]
    running = programs(dispatch_until_none_are_left, seats, [(shared.wanted(hq=3), 50)] * 2)
    answers = [program.answer() for program in running]
    assert [others for _, others in answers] == [[], []]
    assert sum(len(numbers) for numbers, _ in answers) == 16
    assert shared.stock().available == 2


def test_two_programs_there_and_back(shared: World) -> None:
    seats = [Seat.of(shared.operator, f"program-{n}") for n in range(2)]
    work = (shared.wanted(hq=30), shared.returned(1, hq=30), 10)
    assert sum(program.answer() for program in programs(there_and_back, seats, [work] * 2)) > 0
    assert shared.stock().available == 50


def test_threads_of_one_program(shared: World) -> None:
    assert tally(at_once([lambda: shared.dispatch(hq=10)] * 8)) == {"done": 5, "InsufficientStock": 3}
    op = uuid.uuid4()
    assert tally(at_once([lambda: shared.dispatch(nq=7, op=op)] * 8)) == {"done": 8}
    sent = shared.dispatch(nq=5)
    assert tally(at_once([lambda: shared.give_back(sent, nq=5)] * 8)) == {"done": 1, "AlreadyReturned": 7}
    assert (shared.stock("HQ").available, shared.stock("NQ").available) == (0, 43)
