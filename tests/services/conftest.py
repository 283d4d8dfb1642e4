"""One database of each kind for all tests of the services, a world of its own for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coresafe.services.database import Database
from tests.databases import Databases
from tests.worlds import People, Populations, World, make_world


@pytest.fixture(scope="session")
def populations(databases: Databases) -> Iterator[Populations]:
    """The people of the shared database of each kind."""
    made = Populations(lambda kind: Database(databases.new(kind)))
    yield made
    made.close()


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


@pytest.fixture
def proved(world: World) -> Iterator[World]:
    """The same world; after the test the whole ledger is proved."""
    yield world
    world.settle()
