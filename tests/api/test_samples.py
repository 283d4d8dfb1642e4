"""Samples over HTTP: one or a thousand at once, all or nothing, overlaps only warned of."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.desk import Desk, fields_of, refused, told
from tests.services.kinds import on_every_database
from tests.worlds import row_counts

FIELDS = {"sample_id", "sample_type", "dispatch_id", "drillhole_id", "from_depth", "to_depth", "status"}


def sample(desk: Desk, **changes: Any) -> dict[str, Any]:
    """An interval of the world's hole."""
    body = {
        "sample_id": f"S-{uuid.uuid4().hex[:10]}",
        "sample_type": "assay",
        "drillhole_id": desk.world.hole_id,
        "from_depth": 1.5,
        "to_depth": 2.25,
    }
    return body | changes


@on_every_database
def test_a_sample_is_answered_as_it_was_sent_and_read_so(desk: Desk) -> None:
    sent = desk.dispatch(hq=1)
    body = sample(desk, dispatch_id=sent["id"], status="processing")
    row = told(desk.operator.post("/samples", json=body), 201)
    assert set(row) >= FIELDS | {"id", "version", "created_at", "updated_at", "warnings"}
    assert {name: row[name] for name in FIELDS} == body
    assert (row["version"], row["warnings"], row["dispatch_number"]) == (1, [], sent["number"])
    there = told(desk.operator.get(f"/samples/{row['id']}"))
    assert there == {name: value for name, value in row.items() if name != "warnings"}
    (listed,) = told(desk.operator.get(f"/dispatches/{sent['id']}/samples"))["items"]
    assert listed == there
    (listed,) = told(desk.operator.get("/samples", params={"dispatch_id": sent["id"]}))["items"]
    assert listed == there


def test_the_shortest_sample_is_collected_and_has_no_interval_where_it_checks_the_laboratory(desk: Desk) -> None:
    for kind in ("field_duplicate", "blank", "crm_standard"):
        body = {"sample_id": f"Q-{uuid.uuid4().hex}", "sample_type": kind}
        row = told(desk.operator.post("/samples", json=body), 201)
        assert (row["status"], row["from_depth"], row["to_depth"], row["drillhole_id"]) == (
            "collected",
            None,
            None,
            None,
        )


@on_every_database
def test_an_overlap_is_warned_of_and_recorded(desk: Desk) -> None:
    first = told(desk.operator.post("/samples", json=sample(desk)), 201)
    touching = told(desk.operator.post("/samples", json=sample(desk, from_depth=2.25, to_depth=3)), 201)
    assert touching["warnings"] == []
    second = told(desk.operator.post("/samples", json=sample(desk, from_depth=2, to_depth=2.5)), 201)
    assert {warning["field"] for warning in second["warnings"]} == {"from_depth"}
    assert all(set(warning) == {"field", "message"} for warning in second["warnings"])
    (warning,) = second["warnings"]
    assert first["sample_id"] in warning["message"] or touching["sample_id"] in warning["message"]
    assert "1 more" in warning["message"]
    other = told(
        desk.operator.post("/samples", json=sample(desk, from_depth=2, to_depth=2.5, sample_type="geochemical")), 201
    )
    assert other["warnings"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_depth": 3.0, "to_depth": 3.0}, "to_depth"),
        ({"from_depth": 4.0, "to_depth": 3.0}, "to_depth"),
        ({"from_depth": -1.0}, "from_depth"),
        ({"to_depth": 20_000.0}, "to_depth"),
        ({"from_depth": None}, "from_depth"),
        ({"to_depth": None}, "to_depth"),
        ({"drillhole_id": 999_999_999}, "drillhole_id"),
        ({"dispatch_id": 999_999_999}, "dispatch_id"),
        ({"sample_type": "gold"}, "sample_type"),
        ({"status": "lost"}, "status"),
        ({"sample_id": " "}, "sample_id"),
    ],
    ids=str,
)
def test_an_interval_that_cannot_be_is_refused_at_its_field(desk: Desk, changes: dict[str, Any], field: str) -> None:
    before = row_counts(desk.database)["samples"]
    named = fields_of(desk.operator.post("/samples", json=sample(desk, **changes)))
    assert field in named or named == ["from_depth"]
    listed = fields_of(desk.operator.post("/samples", json=[sample(desk), sample(desk, **changes)]))
    assert listed == [f"[1].{each}" for each in named]
    assert row_counts(desk.database)["samples"] == before


@on_every_database
def test_a_list_is_recorded_whole_and_answered_in_its_order(desk: Desk) -> None:
    bodies = [sample(desk, from_depth=float(n), to_depth=n + 1.0) for n in range(9)] + [
        sample(desk, from_depth=0.5, to_depth=0.75)
    ]
    answer = told(desk.operator.post("/samples", json=bodies), 201)
    assert set(answer) == {"items"}
    assert [row["sample_id"] for row in answer["items"]] == [body["sample_id"] for body in bodies]
    assert [bool(row["warnings"]) for row in answer["items"]] == [True] + [False] * 8 + [True]
    for row in answer["items"][:2]:
        assert told(desk.operator.get(f"/samples/{row['id']}"))["sample_id"] == row["sample_id"]


def test_a_list_is_refused_whole_and_names_what_is_wrong(desk: Desk) -> None:
    told(desk.operator.post("/samples", json=(there := sample(desk))), 201)
    before = row_counts(desk.database)
    good = sample(desk)
    problem = refused(desk.operator.post("/samples", json=[good, there]), 409, "DUPLICATE")
    assert [error["field"] for error in problem["errors"]] == ["[1].sample_id"]
    twice = sample(desk)
    assert fields_of(desk.operator.post("/samples", json=[twice, good, twice | {"to_depth": 9.0}])) == ["[2].sample_id"]
    many = [sample(desk, from_depth=None), good, sample(desk, sample_id=5), sample(desk, nonsense=1)]
    assert fields_of(desk.operator.post("/samples", json=many)) == ["[2].sample_id", "[3].nonsense"]
    nonsense: list[Any] = [[], [[]], [None], [5], "x", 5, None, {"samples": [good]}]
    for bad in nonsense:
        refused(desk.operator.post("/samples", json=bad), 400, "VALIDATION_ERROR")
    assert row_counts(desk.database) == before


def test_a_thousand_fit_and_one_more_does_not(desk: Desk) -> None:
    mark = uuid.uuid4().hex[:8]
    bodies = [{"sample_id": f"{mark}-{n:04d}", "sample_type": "blank"} for n in range(1001)]
    before = row_counts(desk.database)["samples"]
    assert len(fields_of(desk.operator.post("/samples", json=bodies))) == 1
    assert row_counts(desk.database)["samples"] == before
    rows = told(desk.operator.post("/samples", json=bodies[:1000]), 201)["items"]
    assert len(rows) == 1000
    assert row_counts(desk.database)["samples"] == before + 1000


def test_a_sample_id_is_there_once_without_case_and_blanks(desk: Desk) -> None:
    body = sample(desk)
    told(desk.operator.post("/samples", json=body), 201)
    again = sample(desk, sample_id=f" {body['sample_id'].lower()} ")
    problem = refused(desk.operator.post("/samples", json=again), 409, "DUPLICATE")
    assert [error["field"] for error in problem["errors"]] == ["sample_id"]


@on_every_database
def test_a_change_keeps_the_rules_and_warns_too(desk: Desk) -> None:
    first = told(desk.operator.post("/samples", json=sample(desk)), 201)
    second = told(desk.operator.post("/samples", json=sample(desk, from_depth=5.0, to_depth=6.0)), 201)
    path = f"/samples/{second['id']}"
    row = told(desk.operator.put(path, json={"version": 1, "from_depth": 2.0}))
    assert (row["from_depth"], row["to_depth"], row["version"]) == (2.0, 6.0, 2)
    assert any(first["sample_id"] in warning["message"] for warning in row["warnings"])
    assert fields_of(desk.operator.put(path, json={"version": 2, "to_depth": 1.0}))[0] in ("from_depth", "to_depth")
    row = told(
        desk.operator.put(path, json={"version": 2, "sample_type": "blank", "from_depth": None, "to_depth": None})
    )
    assert (row["sample_type"], row["from_depth"], row["warnings"]) == ("blank", None, [])
    taken = desk.operator.put(path, json={"version": 3, "sample_id": first["sample_id"]})
    assert [error["field"] for error in refused(taken, 409, "DUPLICATE")["errors"]] == ["sample_id"]


def test_samples_are_filtered_and_found(desk: Desk) -> None:
    rows = [
        told(
            desk.operator.post("/samples", json=sample(desk, from_depth=float(n), to_depth=n + 1.0, status=status)), 201
        )
        for n, status in enumerate(("collected", "processing", "completed"))
    ]
    hole = {"drillhole_id": str(desk.world.hole_id)}
    for query, expected in (
        ({"status": "processing"}, rows[1:2]),
        ({"sample_type": "assay"}, rows[::-1]),
        ({"sample_type": "core"}, []),
        ({"sample_id": rows[0]["sample_id"].lower()}, rows[:1]),
        ({"q": rows[2]["sample_id"][2:9]}, rows[2:]),
        ({"sort": "from_depth"}, rows),
        ({"created_from": rows[1]["created_at"]}, rows[:0:-1]),
    ):
        found = told(desk.operator.get("/samples", params={**hole, **query}))["items"]
        assert [row["id"] for row in found] == [row["id"] for row in expected], query
