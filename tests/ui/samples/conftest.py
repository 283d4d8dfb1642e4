"""The page of samples on somebody's desk."""

from __future__ import annotations

import pytest

from coresafe.ui.samples import SamplesPage
from tests.ui.desk import Desk
from tests.ui.samples.hands import open_page


@pytest.fixture
def page(desk: Desk) -> SamplesPage:
    """A supervisor at the page."""
    return open_page(desk)
