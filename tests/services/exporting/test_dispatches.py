"""Dispatches as CSV: what a row holds, that nothing in it runs, and that the file is whole or not there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from coresafe.errors import ValidationFailed
from coresafe.services.exporting import DispatchFilter, export_dispatches
from coresafe.services.exporting.csv_file import safe
from tests.services.kinds import on_every_database
from tests.worlds import World


@on_every_database
def test_one_row_for_each_size(world: World, tmp_path: Path) -> None:
    sent = world.dispatch(hq=3, nq=2, driver="=1+1", notes="first\nsecond")
    path = tmp_path / "out.csv"
    outcome = export_dispatches(world.operator, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["number"] == sent.number]
    assert outcome.rows >= 2
    assert [(row["tray_size"], row["quantity"], row["outstanding"]) for row in rows] == [
        ("HQ", "3", "3"),
        ("NQ", "2", "2"),
    ]
    assert rows[0]["driver"] == "'=1+1"
    assert rows[0]["notes"] == "first\nsecond"
    assert rows[0]["dispatched_at"].endswith("Z")
    assert [path.name for path in tmp_path.glob("*out*")] == ["out.csv"]


@on_every_database
def test_a_file_that_is_there_stays_until_the_new_one_is_whole(world: World, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ValidationFailed):
        export_dispatches(world.database, path, DispatchFilter(shed="Nowhere"))
    world.dispatch(hq=1)
    with pytest.raises(ValidationFailed):
        export_dispatches(world.database, tmp_path / "no folder" / "out.csv")
    assert path.read_text() == "old"
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_no_text_runs_as_a_formula(text: str) -> None:
    assert safe(text) == "'" + text


def test_numbers_stay_numbers() -> None:
    assert [safe(value) for value in (-1, None, True, "a=b")] == [-1, "", "yes", "a=b"]
