"""The same round on a large screen with everything twice as large; a file of its own, so that both go on at once."""

from __future__ import annotations

import pytest

from tests.ui.rounds import round_through_all

pytestmark = pytest.mark.timeout(600)


def test_nothing_is_cut_off_on_a_4k_screen_at_200_percent() -> None:
    assert round_through_all("--room", QT_SCALE_FACTOR="2")["cut"] == {}
