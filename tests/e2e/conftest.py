"""What people before real windows share: a shed on MySQL, and two of them before two screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.hands import Person
from tests.ui.desk import Place, make_place


@pytest.fixture
def place(database_url: Callable[..., str]) -> Place:
    """50 HQ and 30 NQ in the shed, and three holes, on MySQL."""
    return make_place(database_url("mysql"))


@pytest.fixture
def people(place: Place, tmp_path: Path) -> Iterator[tuple[Person, Person]]:
    """Two people before two screens."""
    with ExitStack() as stack:
        yield (
            stack.enter_context(Person(tmp_path / "one", place.url)),
            stack.enter_context(Person(tmp_path / "two", place.url)),
        )
