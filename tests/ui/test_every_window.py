"""Every page, dialog and form, in every state that has a picture: what is there can be heard, reached and read."""

from __future__ import annotations

import pytest

from tests.ui.rounds import Found, round_through_all

#: A round takes a minute of waiting; on a machine that has other things to do, several.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def found() -> Found:
    """What a round through all windows found (``tests.ui.survey``)."""
    return round_through_all()


def test_the_round_goes_through_every_kind_of_window(found: Found) -> None:
    assert len(found["states"]) > 100
    assert {
        "doors",
        "dispatch",
        "return",
        "sample-range",
        "hole",
        "guide-1",
        "settings-look",
        "users",
        "locked",
    } <= set(found["states"])


def test_everything_that_can_be_used_has_a_name_for_a_screen_reader(found: Found) -> None:
    assert found["unnamed"] == {}


def test_a_button_is_called_what_it_shows(found: Found) -> None:
    assert found["spoken"] == {}


def test_tab_goes_as_one_reads(found: Found) -> None:
    assert found["order"] == {}


def test_tab_reaches_everything_and_is_caught_nowhere(found: Found) -> None:
    assert found["unreached"] == {}
    assert found["trapped"] == {}


def test_words_are_read_from_their_ground_in_colours_that_belong_together(found: Found) -> None:
    """Each pair that is drawn is one of those whose contrast the tokens' test holds, in light and in dark."""
    assert found["pale"] == {}
    assert found["unlisted"] == {}


def test_nothing_is_cut_off_from_the_smallest_laptop_to_a_large_screen(found: Found) -> None:
    assert found["cut"] == {}
