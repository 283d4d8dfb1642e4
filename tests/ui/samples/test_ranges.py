"""Ids that count on as they were typed, and stretches of core split so that nothing is lost between two samples."""

from __future__ import annotations

from itertools import pairwise

import pytest

from coresafe.ui.samples.ranges import Numbered, laid, split


@pytest.mark.parametrize(
    ("first", "steps", "expected"),
    [
        ("THA-000451", 19, "THA-000470"),
        ("THA-000451", 0, "THA-000451"),
        ("A-99", 1, "A-100"),
        ("A-099", 1, "A-100"),
        ("7", 5, "12"),
        ("007", 5, "012"),
        ("26/B12-9", 3, "26/B12-12"),
        ("  THA-1 ", 1, "THA-2"),
        ("X" + "9" * 20, 0, "X" + "9" * 20),
    ],
)
def test_ids_count_on_with_as_many_zeros_as_were_typed(first: str, steps: int, expected: str) -> None:
    numbered = Numbered.of(first)
    assert numbered is not None
    assert numbered.on(steps) == expected


@pytest.mark.parametrize("words", ["", "THA", "THA-", "THA-1b", "٣"])
def test_what_ends_in_no_number_does_not_count_on(words: str) -> None:
    assert Numbered.of(words) is None


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        ("THA-000470", 19),
        ("tha-470", 19),
        ("470", 19),
        ("000450", -1),
        ("THB-000470", None),
        ("THA-", None),
        ("", None),
    ],
)
def test_the_last_id_may_be_typed_whole_or_as_its_number(last: str, steps: int | None) -> None:
    numbered = Numbered.of("THA-000451")
    assert numbered is not None
    assert numbered.steps_to(last) == steps


def test_a_stretch_is_split_evenly_and_each_begins_where_one_ends() -> None:
    parts = split(10.0, 20.0, 3)
    assert parts == [(10.0, 13.333), (13.333, 16.667), (16.667, 20.0)]
    assert laid(0.3, 0.1, 3) == [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6)]
    thousand = split(0.0, 1000.0, 1000)
    assert all(one[1] == other[0] for one, other in pairwise(thousand))
    assert (thousand[0][0], thousand[-1][1]) == (0.0, 1000.0)
