"""A database of its own for each test: everything in it is what the test's threads and processes did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coresafe.services.database import Database
from tests.databases import Databases
from tests.worlds import Populations, World, make_world


@pytest.fixture(scope="module")
def populations(databases: Databases) -> Iterator[Populations]:
    """The people of a database of each kind."""
    made = Populations(lambda kind: Database(databases.new(kind)))
    yield made
    made.close()


@pytest.fixture(params=["mysql", "mariadb"])
def world(request: pytest.FixtureRequest, populations: Populations) -> Iterator[World]:
    """A world on each server; the ledger is proved at the end."""
    made = make_world(populations.of(request.param))
    yield made
    made.settle()
