"""Reports over HTTP: the dashboard, the reconciliation, analytics, and files for spreadsheets."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from coresafe.api.state import EXPORTS_AT_ONCE
from tests.api.desk import Desk, fields_of, refused, told
from tests.services.kinds import on_every_database

REPORTS = ("dispatches", "outstanding", "discrepancies", "movements", "samples")
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EMPTY_PERIODS = ("/reports/reconciliation", "/reports/analytics", "/reports/export")


def shed(desk: Desk, **more: str) -> dict[str, str]:
    return {"shed_id": str(desk.world.shed_id), **more}


def a_month(desk: Desk) -> dict[str, dict[str, Any]]:
    """One dispatch of each fate."""
    world = desk.world
    past = datetime.now(UTC) - timedelta(days=2)
    matched = desk.give_back(desk.dispatch(hq=5), hq=5)
    short = desk.give_back(desk.dispatch(hq=4), hq={"good": 2, "damaged": 1}, final=True)
    lost = desk.dispatch(nq=3)
    body = {"lines": [{"tray_size": "NQ", "quantity": 3}], "disposition": "lost", "reason": "washed away"}
    lost = told(desk.manager.post(f"/dispatches/{lost['id']}/resolve", json=body), 201)
    late = world.dispatch(hq=2, dispatched_at=past, due_at=past + timedelta(days=1))
    voided = desk.dispatch(hq=1)
    voided = told(desk.manager.post(f"/dispatches/{voided['id']}/void", json={"reason": "wrong rig"}), 201)
    return {
        "matched": matched,
        "short": short,
        "lost": lost,
        "late": told(desk.operator.get(f"/dispatches/{late.id}")),
        "voided": voided,
    }


@on_every_database
def test_the_dashboard_says_how_things_stand_now(desk: Desk) -> None:
    a_month(desk)
    found = told(desk.operator.get("/reports/dashboard", params=shed(desk)))
    assert {"inventory", "dispatches", "match_rate", "overdue", "samples"} <= set(found)
    assert found["inventory"] == told(desk.operator.get("/inventory", params=shed(desk)))["items"]
    counts = found["dispatches"]
    assert {name: counts[name] for name in ("total", "open", "closed", "voided", "matched", "discrepancy")} == {
        "total": 5, "open": 2, "closed": 2, "voided": 1, "matched": 1, "discrepancy": 2,
    }  # fmt: skip
    assert found["match_rate"] == 0.5
    assert (found["overdue"]["dispatches"], found["overdue"]["trays"], found["overdue"]["oldest_days"]) == (1, 2, 2)
    together = told(desk.operator.get("/reports/dashboard"))
    assert together["shed_id"] is None
    assert together["dispatches"]["total"] >= 5


def test_a_match_rate_of_nothing_is_null(desk: Desk) -> None:
    desk.dispatch(hq=1)
    found = told(desk.operator.get("/reports/dashboard", params=shed(desk)))
    assert found["match_rate"] is None


@on_every_database
def test_the_reconciliation_tells_where_every_tray_is_and_its_differences_are_zero(desk: Desk) -> None:
    month = a_month(desk)
    found = told(desk.operator.get("/reports/reconciliation", params=shed(desk)))
    assert {"totals", "outstanding", "discrepancies", "accounts", "stocktakes"} <= set(found)
    hq = next(row for row in found["totals"] if row["tray_size"] == "HQ")
    assert (hq["opening"], hq["opened"], hq["closing_owned"], hq["closing_counted"], hq["difference"]) == (
        0,
        50,
        50,
        50,
        0,
    )
    assert (hq["available"], hq["damaged"], hq["outstanding"]) == (46, 1, 3)
    nq = next(row for row in found["totals"] if row["tray_size"] == "NQ")
    assert (nq["lost"], nq["closing_owned"], nq["difference"]) == (3, 47, 0)
    assert found["accounts_difference"] == 0
    out = {row["number"]: row["outstanding"] for row in found["outstanding"]}
    assert out == {month["late"]["number"]: 2, month["short"]["number"]: 1}
    assert all(row["days_out"] >= 0 for row in found["outstanding"])
    kinds = {row["number"]: set(row["kinds"]) for row in found["discrepancies"]}
    assert kinds == {month["short"]["number"]: {"short", "damaged"}, month["lost"]["number"]: {"lost"}}
    account = next(row for row in found["accounts"] if row["tray_size"] == "HQ")
    assert (account["opening"], account["out"], account["returned"], account["closing"]) == (0, 11, 8, 3)
    assert found["stocktakes"] == []


def test_the_reconciliation_is_of_this_month_unless_another_time_is_asked_for(desk: Desk) -> None:
    a_month(desk)
    now = datetime.now(UTC)  # the shed is in Accra, whose days are UTC's
    found = told(desk.operator.get("/reports/reconciliation", params=shed(desk)))
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert datetime.fromisoformat(found["since"]) == first
    assert abs(datetime.fromisoformat(found["until"]) - now) < timedelta(minutes=2)
    asked = told(
        desk.operator.get("/reports/reconciliation", params=shed(desk, **{"from": "2026-01-01", "to": "2026-01-31"}))
    )
    assert (asked["since"], asked["until"]) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert [row["closing_owned"] for row in asked["totals"] if row["closing_owned"]] == []
    assert asked["outstanding"] == asked["discrepancies"] == []
    moments = {"from": "2026-01-01T05:00:00+05:00", "to": (now + timedelta(seconds=1)).isoformat()}
    whole = told(desk.operator.get("/reports/reconciliation", params=shed(desk, **moments)))
    assert whole["since"] == "2026-01-01T00:00:00Z"


@on_every_database
def test_analytics_compares_companies_projects_sample_types_and_months(desk: Desk) -> None:
    a_month(desk)
    world = desk.world
    told(desk.operator.post("/samples", json={"sample_id": f"S{uuid.uuid4().hex}", "sample_type": "blank"}), 201)
    found = told(desk.operator.get("/reports/analytics", params=shed(desk)))
    assert {"by_company", "by_project", "by_sample_type", "by_month"} <= set(found)
    (company,) = found["by_company"]
    assert (company["company_id"], company["dispatches"], company["closed"], company["matched"]) == (
        world.company_id,
        4,
        2,
        1,
    )
    assert (company["match_rate"], company["outstanding"], company["lost"]) == (0.5, 3, 3)
    (project,) = found["by_project"]
    assert (project["project_id"], project["dispatches"]) == (world.project_id, 4)
    assert sum(row["dispatches"] for row in found["by_month"]) == 4
    assert all(len(row["month"]) == len("2026-01") for row in found["by_month"])
    assert next(row for row in found["by_sample_type"] if row["sample_type"] == "blank")["total"] >= 1


@pytest.mark.parametrize("path", EMPTY_PERIODS)
def test_a_period_that_cannot_be_is_refused_at_its_field(desk: Desk, path: str) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"from": "2026-02-30"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2026-02-01T00:00:00"}, "from"),
        ({"to": ""}, "to"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"nonsense": "1"}, "nonsense"),
        ({"since": "2026-01-01"}, "since"),
        ({"shed_id": "x"}, "shed_id"),
    ]
    for query, field in wrong:
        assert fields_of(desk.operator.get(path, params=query)) == [field], query
    backwards = {"from": "2026-02-01", "to": "2026-01-01"}
    assert set(fields_of(desk.operator.get(path, params=backwards))) <= {"from", "to"}


# -- files ------------------------------------------------------------------------------------------------------------


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_a_file_in_both_forms(desk: Desk, report: str, form: str) -> None:
    a_month(desk)
    body = {"sample_id": f"S{uuid.uuid4().hex}", "sample_type": "assay", "drillhole_id": desk.world.hole_id}
    told(desk.operator.post("/samples", json=body | {"from_depth": 1, "to_depth": 2}), 201)
    answer = desk.operator.get("/reports/export", params={"report": report, "format": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == (CSV if form == "csv" else XLSX)
    assert answer.headers["content-disposition"] == f'attachment; filename="coresafe-{report}.{form}"'
    assert answer.headers["transfer-encoding"] == "chunked"
    if form == "csv":
        rows = rows_of(answer)
        assert rows and all(None not in row for row in rows)
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert sheet.max_row > 1


def test_dispatches_as_csv_is_what_an_export_is_where_nothing_is_said(desk: Desk) -> None:
    month = a_month(desk)
    plain = desk.operator.get("/reports/export", params=shed(desk))
    assert plain.headers["content-type"] == CSV
    named = desk.operator.get("/reports/export", params=shed(desk, report="dispatches", format="csv"))
    assert plain.content == named.content
    numbers = {row["number"] for row in rows_of(plain)}
    assert numbers == {row["number"] for row in month.values()}
    out = desk.operator.get("/reports/export", params=shed(desk, report="outstanding"))
    assert {row["number"] for row in rows_of(out)} == {month["late"]["number"], month["short"]["number"]}
    wrong = desk.operator.get("/reports/export", params=shed(desk, report="discrepancies"))
    assert {row["number"] for row in rows_of(wrong)} == {month["short"]["number"], month["lost"]["number"]}


def test_an_export_is_filtered_by_time_and_company(desk: Desk) -> None:
    month = a_month(desk)
    none = desk.operator.get("/reports/export", params=shed(desk, to="2026-01-01"))
    assert none.status_code == 200
    assert rows_of(none) == []
    mine = desk.operator.get("/reports/export", params={"company_id": desk.world.company_id})
    assert {row["number"] for row in rows_of(mine)} == {row["number"] for row in month.values()}
    theirs = desk.operator.get("/reports/export", params={"company_id": desk.world.other_company_id})
    assert rows_of(theirs) == []
    since = month["matched"]["dispatched_at"]
    late = desk.operator.get("/reports/export", params=shed(desk, **{"from": since}))
    assert month["late"]["number"] not in {row["number"] for row in rows_of(late)}
    for query, field in (
        ({"report": "nonsense"}, "report"),
        ({"format": "pdf"}, "format"),
        ({"format": "CSV"}, "format"),
        ({"company_id": "0"}, "company_id"),
    ):
        assert fields_of(desk.operator.get("/reports/export", params=query)) == [field]


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0")


def test_no_cell_of_a_file_runs_as_a_formula(desk: Desk) -> None:
    for text in FORMULAS:
        line = text.strip()
        desk.dispatch(hq=1, driver=line, technician=line, notes=text, destination=line, vehicle=line)
    rows = rows_of(desk.operator.get("/reports/export", params=shed(desk)))
    assert [row["driver"].lstrip("'") for row in rows] == [text.strip() for text in FORMULAS]
    for row in rows:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), f"{name}: {cell!r}"
    answer = desk.operator.get("/reports/export", params=shed(desk, format="xlsx"))
    for cells in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in cells)


def test_only_so_many_exports_run_at_once(desk: Desk) -> None:
    slots = desk.app.state.coresafe.exports
    taken = 0
    try:
        for _ in range(EXPORTS_AT_ONCE):  # the last one of an earlier test may just be giving its place back
            assert slots.acquire(timeout=30)
            taken += 1
        answer = desk.operator.get("/reports/export")
        refused(answer, 429, "RATE_LIMITED")
        assert int(answer.headers["retry-after"]) >= 1
    finally:
        for _ in range(taken):
            slots.release()
    for _ in range(taken + 2):  # each gives back what it took, also one that is refused
        assert desk.operator.get("/reports/export", params=shed(desk)).status_code == 200
        assert fields_of(desk.operator.get("/reports/export", params={"from": "2026-02-01", "to": "2026-01-01"}))
