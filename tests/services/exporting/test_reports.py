"""All reports: the ledger, the samples, their filters, and that nothing in a file runs."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa

from coresafe.cli import EXPORTS
from coresafe.errors import ValidationFailed
from coresafe.models import Company, Dispatch, Movement, Sample
from coresafe.services.database import Database
from coresafe.services.exporting import FORMATS, REPORTS, ReportFilter, write_report
from coresafe.services.exporting.csv_file import RUNS, moment_cell, safe
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.samples import AddSample, add_sample
from coresafe.services.sheds import AddShed, add_shed
from tests.services.exporting.reading_back import from_csv, in_both_formats, near, numbers, read
from tests.services.kinds import on_every_database
from tests.worlds import World


@on_every_database
@in_both_formats
def test_the_ledger_the_oldest_first(world: World, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=3)
    world.give_back(sent, hq={"occupied": 1})
    world.move("purchase", 5)
    rows = read(world.operator, tmp_path, "movements", suffix, ReportFilter(shed_id=world.shed_id))
    told = [(row["kind"], row["tray_size"], row["quantity"], row["from_account"], row["to_account"]) for row in rows]
    assert told == [
        ("opening", "HQ", 50, "external", "available"),
        ("opening", "NQ", 50, "external", "available"),
        ("dispatch", "HQ", 3, "available", "out"),
        ("return", "HQ", 1, "out", "occupied"),
        ("purchase", "HQ", 5, "external", "available"),
    ]
    assert [row["dispatch"] for row in rows] == [None, None, sent.number, sent.number, None]
    assert [bool(row["return"]) for row in rows] == [False, False, False, True, False]
    assert [row["company"] for row in rows] == [None, None, sent.company_name, sent.company_name, None]
    assert {row["shed"] for row in rows} == {row["to_shed"] for row in rows} == {sent.shed_name}
    assert [row["user"] for row in rows] == ["mary", "mary", "otto", "otto", "mary"]
    assert (rows[4]["of_kind"], rows[4]["reason"]) == ("purchase", "as told")
    assert near(rows[2]["at"], sent.dispatched_at)


@on_every_database
@in_both_formats
def test_the_samples(world: World, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=1)
    _add_sample(world, "A-1", dispatch_id=sent.id, drillhole_id=world.hole_id, from_depth=12.3, to_depth=13.0)
    _add_sample(world, "A-2", dispatch_id=sent.id, sample_type="blank")
    rows = read(world.operator, tmp_path, "samples", suffix, ReportFilter(company_id=world.company_id))
    assert [(row["sample_id"].split()[0], row["sample_type"], row["dispatch"]) for row in rows] == [
        ("A-1", "assay", sent.number),
        ("A-2", "blank", sent.number),
    ]
    assert [(row["from_depth"], row["to_depth"]) for row in rows] == [(12.3, 13), (None, None)]
    assert [bool(row["hole_id"]) for row in rows] == [True, False]
    assert {row["project"] for row in rows} == {sent.project_code}
    assert (rows[0]["status"], rows[0]["entered_by"]) == ("collected", "otto")


@pytest.mark.parametrize("report", REPORTS)
@on_every_database
@in_both_formats
def test_filters_hold_in_every_report(world: World, report: str, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=2)
    world.give_back(sent, hq={"damaged": 1}, final=True)
    _add_sample(world, "F", dispatch_id=sent.id)
    at = sent.dispatched_at
    here = ReportFilter(shed_id=world.shed_id, company_id=world.company_id)
    assert read(world.operator, tmp_path, report, suffix, here)
    window = replace(here, since=at - timedelta(minutes=1), until=at + timedelta(hours=1))
    assert read(world.operator, tmp_path, report, suffix, window)
    for nothing in (
        replace(here, company_id=world.other_company_id),
        replace(here, since=at + timedelta(hours=1)),
        replace(here, until=at - timedelta(hours=1)),
    ):
        assert read(world.operator, tmp_path, report, suffix, nothing) == []


def test_a_shed_can_be_named(world: World, tmp_path: Path) -> None:
    sent = world.dispatch(hq=1)
    wanted = ReportFilter(shed=f"  {sent.shed_name.upper()} ")
    assert numbers(read(world.operator, tmp_path, "dispatches", "csv", wanted)) == [sent.number]


def test_a_day_is_one_of_the_sheds_own(world: World, tmp_path: Path) -> None:
    """In Apia the day begins eleven to thirteen hours before that of Greenwich."""
    now = datetime.now(UTC)
    apia = add_shed(
        world.admin, AddShed(name=f"Apia {world.shed_id}", code=f"AP{world.shed_id}", time_zone="Pacific/Apia")
    )
    set_base(world.manager, SetBase(tray_size="HQ", base_quantity=5, reason="first count", shed_id=apia.id))
    sent = world.dispatch(hq=1, shed_id=apia.id)
    there = now.astimezone(ZoneInfo("Pacific/Apia")).date()
    for first, last, found in (
        (there, there, [sent.number]),
        (there - timedelta(days=1), there - timedelta(days=1), []),
        (there + timedelta(days=1), None, []),
    ):
        wanted = ReportFilter(since=first, until=last, shed_id=apia.id)
        assert numbers(read(world.operator, tmp_path, "dispatches", "csv", wanted)) == found
    assert numbers(read(world.operator, tmp_path, "dispatches", "csv", ReportFilter(since=now.date())))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "field, wanted",
    [
        ("shed", ReportFilter(shed="Nowhere")),
        ("shed_id", ReportFilter(shed_id=2**62)),
        ("shed_id", ReportFilter(shed_id=True)),
        ("company_id", ReportFilter(company_id=-1)),
        ("company_id", ReportFilter(company_id=10**30)),
        ("from", ReportFilter(since=datetime(2026, 1, 1))),  # noqa: DTZ001
        ("to", ReportFilter(until="2026-01-01")),  # type: ignore[arg-type]
        ("to", ReportFilter(until=date.max)),
        ("to", ReportFilter(since=date(2026, 2, 3), until=date(2026, 2, 1))),
    ],
)
def test_a_filter_that_means_nothing_is_refused(
    world: World, tmp_path: Path, suffix: str, field: str, wanted: ReportFilter
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        write_report(world.operator, tmp_path / "r", "dispatches", suffix, wanted)
    assert [error.field for error in refused.value.errors] == [field]
    assert list(tmp_path.iterdir()) == []


def test_reports_and_formats_that_are_not_there_are_refused(world: World, tmp_path: Path) -> None:
    for report, suffix in (("dispatch", "csv"), ("", "csv"), ("samples", "pdf"), (None, "csv"), ("samples", None)):
        with pytest.raises(ValidationFailed, match="Choose one of"):
            write_report(world.operator, tmp_path / "r", report, suffix)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_knows_every_report() -> None:
    assert tuple(EXPORTS) == tuple(REPORTS)


@pytest.mark.parametrize("first", RUNS, ids=[f"{ord(first):02x}" for first in RUNS])
@pytest.mark.parametrize("flavour", ["mysql", "sqlite"])
def test_no_text_of_any_report_runs_as_a_formula(world: World, first: str, tmp_path: Path) -> None:
    """Also what no form would let in: it may have come from an older program."""
    evil = f"{first}cmd|' /C calc'!A0"
    sent = world.dispatch(hq=1)
    _add_sample(world, evil, dispatch_id=sent.id, drillhole_id=world.hole_id)
    _overwrite(world.database, Company, sent.company_id, name=evil)
    texts = ("driver", "technician", "vehicle", "destination", "notes", "reason")
    _overwrite(world.database, Dispatch, sent.id, **dict.fromkeys(texts, evil))
    _overwrite(world.database, Movement, None, Movement.dispatch_id == sent.id, reason=evil)
    here = ReportFilter(company_id=sent.company_id)

    for report, names in (
        ("dispatches", ("company", *texts)),
        ("outstanding", ("company", *texts)),
        ("movements", ("company", "reason")),
        ("samples", ("sample_id",)),
    ):
        (row,) = read(world.operator, tmp_path, report, "csv", here)
        assert {name: row[name] for name in names} == dict.fromkeys(names, "'" + evil)
        path = tmp_path / f"{report}.xlsx"
        write_report(world.operator, path, report, "xlsx", here)
        sheet: Any = openpyxl.load_workbook(path).worksheets[0]
        head = [cell.value for cell in sheet[1]]
        for name in names:
            cell = sheet.cell(2, head.index(name) + 1)
            # XML reads a carriage return as a line's end; Excel is told of it by the suffix's own escape.
            assert cell.value == evil.replace("\r", "_x000D_")
            assert cell.data_type == "s"
            assert cell.quotePrefix


@in_both_formats
@on_every_database
def test_a_name_that_a_form_lets_in_is_safe_too(world: World, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=1, driver="=1+1", notes="@SUM(A1)")
    (row,) = read(world.operator, tmp_path, "dispatches", suffix, ReportFilter(shed_id=world.shed_id))
    led = "'" if suffix == "csv" else ""
    assert (row["driver"], row["notes"], row["number"]) == (f"{led}=1+1", f"{led}@SUM(A1)", sent.number)


@in_both_formats
@pytest.mark.parametrize("flavour", ["sqlite"])
def test_negative_numbers_stay_numbers(world: World, suffix: str, tmp_path: Path) -> None:
    sent = world.dispatch(hq=1)
    with world.database.connect() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("UPDATE dispatches SET samples_collected = -7 WHERE id = ?", (sent.id,))
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    path = tmp_path / f"r.{suffix}"
    write_report(world.operator, path, "dispatches", suffix, ReportFilter(shed_id=world.shed_id))
    if suffix == "csv":
        assert b",-7," in path.read_bytes()
        assert from_csv("dispatches", path.read_bytes())[0]["samples_collected"] == -7
    else:
        sheet: Any = openpyxl.load_workbook(path).worksheets[0]
        (cell,) = [cell for cell in sheet[2] if cell.value == -7]
        assert cell.data_type == "n"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_what_would_run_is_led_by_an_apostrophe(text: str) -> None:
    assert safe(text) == "'" + text


def test_other_cells_stay_as_they_are() -> None:
    assert [safe(value) for value in ("a=b", "", None, "'=1")] == ["a=b", "", None, "'=1"]
    assert moment_cell("2026-10-31 07:15:00.000000") == "2026-10-31T07:15:00Z"
    assert moment_cell("2026-10-31 07:15:00.250000") == "2026-10-31T07:15:00.250000Z"
    assert moment_cell(None) is None


def _add_sample(world: World, name: str, *, sample_type: str = "assay", **changes: Any) -> None:
    """Recorded as it should be, so that the counts stay true; then it bears a name that others may bear too."""
    interval = {} if sample_type == "blank" else {"from_depth": 1.0, "to_depth": 2.0}
    wanted = AddSample(sample_id=f"E{uuid.uuid4().hex}", sample_type=sample_type, **{**interval, **changes})
    added = add_sample(world.operator, wanted)
    _overwrite(world.database, Sample, added.id, sample_id=name)


def _overwrite(database: Database, model: Any, row_id: int | None, where: Any = None, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(
            sa.update(model.__table__).where(model.id == row_id if where is None else where).values(values)
        )
