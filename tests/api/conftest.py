"""One server of the API over the shared database of each kind; a desk with a world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.desk import Desk, Office, Offices
from tests.worlds import Populations, World


@pytest.fixture(scope="session")
def offices(populations: Populations) -> Iterator[Offices]:
    """Servers that the whole run shares."""
    made = Offices(populations)
    yield made
    made.close()


@pytest.fixture
def flavour() -> str:
    """The kind of database a test runs on; a test that runs on several parametrises this (tests.services.kinds)."""
    return "mysql"


@pytest.fixture
def office(offices: Offices, flavour: str) -> Office:
    """The server on the shared database of a kind."""
    return offices.of(flavour)


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    """Callers of every role, and a world."""
    made = Desk(office)
    yield made
    made.close()


@pytest.fixture
def world(desk: Desk) -> World:
    """The desk's world."""
    return desk.world
