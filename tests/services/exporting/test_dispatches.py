"""Dispatches as a report: what a row holds, and which of them are outstanding or a discrepancy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coresafe.services.dispatch_rows import days_between
from coresafe.services.dispatching import AmendDispatch, VoidDispatch, WantedLine, amend_dispatch, void_dispatch
from coresafe.services.exporting import ReportFilter
from coresafe.services.exporting.dispatches import day_of
from tests.services.exporting.reading_back import in_both_formats, near, numbers, read
from tests.services.kinds import on_every_database
from tests.worlds import World


@on_every_database
@in_both_formats
def test_one_row_for_each_size(world: World, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=3, nq=2, notes="first\nsecond", samples_collected=12, destination="Lab <A & B>")
    world.give_back(sent, hq={"good": 1, "damaged": 1})
    rows = read(world.operator, tmp_path, "dispatches", suffix, ReportFilter(shed_id=world.shed_id))
    assert [(row["tray_size"], row["quantity"], row["good"], row["damaged"], row["outstanding"]) for row in rows] == [
        ("HQ", 3, 1, 1, 1),
        ("NQ", 2, 0, 0, 2),
    ]
    first = rows[0]
    assert (first["number"], first["status"], first["driver"]) == (sent.number, "partially_returned", "Kofi")
    assert (first["notes"], first["destination"]) == ("first\nsecond", "Lab <A & B>")
    assert (first["company"], first["project"]) == (sent.company_name, sent.project_code)
    assert (first["days_out"], first["overdue"], first["samples_collected"]) == (0, "no", 12)
    assert (first["final"], first["matched"], first["discrepancy"]) == ("no", "no", "yes")
    assert near(first["dispatched_at"], sent.dispatched_at)
    assert near(first["due_at"], sent.due_at)
    assert first["closed_at"] is first["void_reason"] is first["hole_id"] is None


@on_every_database
@in_both_formats
def test_outstanding_and_discrepancies_are_some_of_them_the_oldest_first(
    world: World, suffix: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    younger = world.dispatch(hq=1)
    older = world.dispatch(hq=1, who=world.manager, dispatched_at=now - timedelta(days=9), reason="from the book",
                           due_at=now - timedelta(days=2))  # fmt: skip
    back = world.dispatch(hq=1)
    world.give_back(back, hq=1)
    broken = world.dispatch(hq=1)
    world.give_back(broken, hq={"damaged": 1})
    short = world.dispatch(hq=2)
    world.give_back(short, hq=1, final=True)
    here = ReportFilter(shed_id=world.shed_id)

    found = read(world.operator, tmp_path, "outstanding", suffix, here)
    assert numbers(found) == [older.number, younger.number, short.number]
    assert [(row["days_out"], row["overdue"]) for row in found] == [(9, "yes"), (0, "no"), (0, "no")]
    found = read(world.operator, tmp_path, "discrepancies", suffix, here)
    assert numbers(found) == [broken.number, short.number]
    found = read(world.operator, tmp_path, "dispatches", suffix, here)
    assert numbers(found) == [older.number, younger.number, back.number, broken.number, short.number]


def test_a_void_stays_and_a_line_amended_away_does_not(world: World, tmp_path: Path) -> None:
    sent = world.dispatch(hq=3, nq=2)
    lines = [WantedLine(tray_size="NQ", quantity=4)]
    row = amend_dispatch(world.operator, AmendDispatch(dispatch_id=sent.id, version=sent.version, lines=lines))
    void_dispatch(world.manager, VoidDispatch(dispatch_id=row.id, reason="never left"))
    rows = read(world.operator, tmp_path, "dispatches", "csv", ReportFilter(shed_id=world.shed_id))
    assert [(row["tray_size"], row["status"], row["void_reason"]) for row in rows] == [("NQ", "voided", "never left")]


@pytest.mark.parametrize("zone", ["Africa/Accra", "Australia/Adelaide", "America/St_Johns", "Asia/Kathmandu"])
def test_days_are_counted_as_everywhere_else(zone: str) -> None:
    start = datetime(2026, 3, 28, 20, tzinfo=UTC)
    for minutes in range(0, 3 * 24 * 60, 5):
        end = start + timedelta(minutes=minutes, microseconds=1)
        texts = [moment.strftime("%Y-%m-%d %H:%M:%S.%f") for moment in (start, end)]
        assert day_of(zone, texts[1]) - day_of(zone, texts[0]) == days_between(start, end, zone)
