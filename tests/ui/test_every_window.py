"""Every page, dialog and form, in every state that has a picture: what is there can be heard, reached and read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

Found = dict[str, Any]


@pytest.fixture(scope="module")
def found() -> Found:
    """What a round through all windows found (``tests.ui.survey``)."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.ui.survey"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr[-3000:]
    found: Found = json.loads(done.stdout)
    return found


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
