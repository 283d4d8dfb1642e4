"""The page of returns on somebody's desk."""

from __future__ import annotations

import pytest

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.ui.returns import ReturnsPage
from tests.ui.desk import Desk
from tests.ui.returns.hands import count_beeps, open_page


@pytest.fixture
def sent(desk: Desk) -> DispatchRow:
    """Ten HQ and four NQ are out."""
    return desk.others_dispatch(hq=10, nq=4)


@pytest.fixture
def page(desk: Desk, sent: DispatchRow) -> ReturnsPage:
    """A supervisor at the page."""
    return open_page(desk)


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sounds that were made."""
    return count_beeps(monkeypatch)
