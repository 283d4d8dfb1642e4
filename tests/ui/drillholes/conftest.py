"""The page of drillholes over the place that every desk has."""

from __future__ import annotations

import pytest

from coresafe.ui.drillholes import DrillholesPage
from tests.ui.desk import Desk
from tests.ui.drillholes.hands import open_page


@pytest.fixture
def page(desk: Desk) -> DrillholesPage:
    return open_page(desk)
