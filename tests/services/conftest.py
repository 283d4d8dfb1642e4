"""One database of each kind for all tests of the services, a world of its own for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.worlds import People, Populations, World, make_world


@pytest.fixture
def flavour() -> str:
    """The kind of database a test runs on; a test that runs on several parametrises this."""
    return "mysql"


@pytest.fixture
def people(populations: Populations, flavour: str) -> People:
    """An administrator, a manager and an operator."""
    return populations.of(flavour)


@pytest.fixture
def world(people: People) -> World:
    """A shed with 50 HQ and 50 NQ, a company, a project and a hole."""
    return make_world(people)


#: Dispatches in the worlds whose lists are paged.
MANY = 40


class ManyDispatches(dict[str, World]):
    """A world of each kind with ``MANY`` dispatches of which several share each sort value, made when asked for."""

    def __init__(self, populations: Populations) -> None:
        super().__init__()
        self._populations = populations

    def __missing__(self, flavour: str) -> World:
        world = make_world(self._populations.of(flavour), hq=500)
        now = datetime.now(UTC)
        for n in range(MANY):
            at = now - timedelta(days=n // 3)
            row = world.dispatch(
                who=world.manager,
                hq=1 + n % 4,
                driver=f"Driver {n % 5}",
                technician=f"Technician {n % 2}",
                dispatched_at=at,
                due_at=at + timedelta(days=2 + n % 7),
                reason="from the book",
            )
            if n % 4 == 0:
                world.give_back(row, hq={"damaged": 1} if n % 8 else 1)
            elif n % 9 == 1:
                world.give_back(row, final=True)
        self[flavour] = world
        return world


@pytest.fixture(scope="session")
def many_dispatches(populations: Populations) -> ManyDispatches:
    """Worlds with enough dispatches to page through."""
    return ManyDispatches(populations)


@pytest.fixture
def proved(world: World) -> Iterator[World]:
    """The same world; after the test the whole ledger is proved."""
    yield world
    world.settle()
