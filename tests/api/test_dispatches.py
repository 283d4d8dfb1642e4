"""Dispatches over HTTP: sending, taking back, what becomes of what is missing, and taking entries back."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.models.enums import Role
from tests.api.desk import Desk, fields_of, refused, return_body, told
from tests.services.kinds import on_every_database
from tests.worlds import balances, row_counts

#: What the interface says a dispatch carries, besides what was sent.
SHOWN = {
    "id",
    "version",
    "created_at",
    "updated_at",
    "number",
    "status",
    "days_out",
    "overdue",
    "matched",
    "discrepancy",
    "lines",
    "returns",
}
SENT = {
    "project_id", "drillhole_id", "company_id", "shed_id", "dispatched_at", "due_at", "driver", "technician", "vehicle",
    "destination", "samples_collected", "sample_type", "notes", "reason",
}  # fmt: skip
LINE = {"tray_size", "contents", "quantity", "good", "occupied", "damaged", "lost", "surplus", "outstanding"}
LOST = {"disposition": "lost", "reason": "washed away"}


def ago(**of: float) -> str:
    return (datetime.now(UTC) - timedelta(**of)).isoformat()


@on_every_database
def test_a_dispatch_is_answered_as_it_was_sent_and_read_so(desk: Desk) -> None:
    world = desk.world
    world.move("fill", 5)
    body = desk.dispatch_body(
        drillhole_id=world.hole_id,
        dispatched_at="2026-01-02T03:04:05Z",
        due_at="2100-01-01T00:00:00Z",
        vehicle="GT 4711",
        destination="Laboratory",
        lines=[
            {"tray_size": "HQ", "quantity": 3},
            {"tray_size": "NQ", "quantity": 2, "contents": "empty"},
            {"tray_size": "HQ", "quantity": 4, "contents": "core"},
        ],
        samples_collected=12,
        sample_type="assay",
        notes="first\nsecond",
        reason="found the slip",
    )
    row = told(desk.manager.post("/dispatches", json=body), 201)
    assert set(row) >= SHOWN | SENT
    assert {name: row[name] for name in SENT} == {name: body[name] for name in SENT}
    assert (row["status"], row["version"], row["overdue"], row["matched"], row["discrepancy"]) == (
        "outstanding", 1, False, False, False,
    )  # fmt: skip
    assert row["days_out"] > 100
    assert row["returns"] == []
    assert [set(line) >= LINE for line in row["lines"]] == [True] * 3
    assert [(n["tray_size"], n["contents"], n["quantity"], n["outstanding"]) for n in row["lines"]] == [
        ("HQ", "empty", 3, 3),
        ("NQ", "empty", 2, 2),
        ("HQ", "core", 4, 4),
    ]
    assert told(desk.operator.get(f"/dispatches/{row['id']}")) == row
    (listed,) = told(desk.operator.get("/dispatches", params={"shed_id": world.shed_id}))["items"]
    assert listed == row
    (listed,) = told(desk.operator.get("/dispatches/outstanding", params={"shed_id": world.shed_id}))["items"]
    assert listed == row


def test_what_is_left_out_is_filled_in(desk: Desk) -> None:
    before = datetime.now(UTC)
    row = desk.dispatch(hq=1)
    left, due = (datetime.fromisoformat(row[name]) for name in ("dispatched_at", "due_at"))
    assert before - timedelta(seconds=5) < left < datetime.now(UTC) + timedelta(seconds=5)
    assert due - left == timedelta(days=7)
    assert row["number"].startswith(f"D-{left.year}-")
    assert [row[name] for name in ("drillhole_id", "vehicle", "destination", "sample_type", "notes")] == [None] * 5
    body = desk.dispatch_body(lines=[{"tray_size": " hq ", "quantity": 0}])
    del body["shed_id"]  # the first shed
    assert fields_of(desk.operator.post("/dispatches", json=body)) == ["lines[0].quantity"]


@on_every_database
def test_more_than_is_there_is_refused_whole_and_names_each_size(desk: Desk) -> None:
    world = desk.world
    rows, held = row_counts(world.database), balances(world.database)
    problem = refused(
        desk.operator.post("/dispatches", json=desk.dispatch_body(hq=51, nq=60)), 409, "INSUFFICIENT_STOCK"
    )
    assert problem["shortages"] == [
        {"tray_size": "HQ", "requested": 51, "available": 50},
        {"tray_size": "NQ", "requested": 60, "available": 50},
    ]
    assert set(problem) == {"detail", "error_code", "timestamp", "shortages"}
    problem = refused(
        desk.operator.post("/dispatches", json=desk.dispatch_body(hq=50, nq=51)), 409, "INSUFFICIENT_STOCK"
    )
    assert [each["tray_size"] for each in problem["shortages"]] == ["NQ"]
    assert row_counts(world.database) == rows
    assert balances(world.database) == held


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"driver": None}, ["driver"]),
        ({"company_id": 999_999_999}, ["company_id"]),
        ({"project_id": 999_999_999}, ["project_id"]),
        ({"shed_id": 999_999_999}, ["shed_id"]),
        ({"drillhole_id": 999_999_999}, ["drillhole_id"]),
        ({"lines": [{"tray_size": "HQ", "quantity": 1}, {"tray_size": "hq", "quantity": 2}]}, ["lines[1].tray_size"]),
        ({"lines": [{"tray_size": "XXL", "quantity": 1}]}, ["lines[0].tray_size"]),
        ({"lines": []}, ["lines"]),
        ({"lines": [{"tray_size": "HQ", "quantity": 1}] * 51}, ["lines"]),
        ({"dispatched_at": "2100-01-01T00:00:00Z"}, ["dispatched_at"]),
        ({"due_at": "2020-01-01T00:00:00Z"}, ["due_at"]),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_at_its_field(desk: Desk, changes: dict[str, Any], fields: list[str]) -> None:
    body = desk.dispatch_body(hq=1, **changes)
    assert fields_of(desk.operator.post("/dispatches", json=body)) == fields
    assert desk.world.stock().outstanding == 0


def test_a_project_and_its_hole_belong_to_the_company(desk: Desk) -> None:
    world = desk.world
    theirs = desk.dispatch_body(hq=1, project_id=world.other_project_id)
    assert fields_of(desk.operator.post("/dispatches", json=theirs)) == ["project_id"]
    theirs = desk.dispatch_body(hq=1, drillhole_id=world.other_hole_id)
    assert fields_of(desk.operator.post("/dispatches", json=theirs)) == ["drillhole_id"]


def test_long_ago_takes_a_manager_and_a_reason(desk: Desk) -> None:
    old = desk.dispatch_body(hq=1, dispatched_at=ago(days=8))
    refused(desk.operator.post("/dispatches", json=old), 403, "FORBIDDEN")
    refused(desk.operator.post("/dispatches", json=old | {"reason": "the slip was lost"}), 403, "FORBIDDEN")
    assert fields_of(desk.operator.post("/dispatches", json=old | {"driver": ""})) == ["driver"]
    assert fields_of(desk.manager.post("/dispatches", json=old)) == ["reason"]
    told(desk.manager.post("/dispatches", json=old | {"reason": "the slip was lost"}), 201)
    told(desk.operator.post("/dispatches", json=desk.dispatch_body(hq=1, dispatched_at=ago(days=6))), 201)


# -- returns ----------------------------------------------------------------------------------------------------------


@on_every_database
def test_a_return_answers_with_the_dispatch_as_it_now_stands(desk: Desk) -> None:
    sent = desk.dispatch(hq=10, nq=5)
    path = f"/dispatches/{sent['id']}/return"
    body = return_body(
        hq={"good": 4, "occupied": 2, "damaged": 1}, nq=5, condition_notes="wet", returned_at=ago(seconds=0)
    )
    row = told(desk.operator.post(path, json=body), 201)
    assert (row["id"], row["status"], row["version"]) == (sent["id"], "partially_returned", 2)
    assert (row["outstanding"], row["matched"], row["discrepancy"]) == (3, False, True)
    hq, nq = row["lines"]
    assert {name: hq[name] for name in LINE} == {
        "tray_size": "HQ", "contents": "empty", "quantity": 10, "good": 4, "occupied": 2, "damaged": 1, "lost": 0,
        "surplus": 0, "outstanding": 3,
    }  # fmt: skip
    assert (nq["good"], nq["outstanding"]) == (5, 0)
    (entry,) = row["returns"]
    assert {
        "id",
        "number",
        "returned_at",
        "driver",
        "technician",
        "shed_id",
        "final",
        "condition_notes",
        "lines",
    } <= set(entry)
    assert (entry["driver"], entry["technician"], entry["final"], entry["condition_notes"]) == (
        "Yaw",
        "Esi",
        False,
        "wet",
    )
    assert entry["number"].startswith("R-")
    assert entry["lines"] == [
        {"tray_size": "HQ", "good": 4, "occupied": 2, "damaged": 1, "surplus": 0},
        {"tray_size": "NQ", "good": 5, "occupied": 0, "damaged": 0, "surplus": 0},
    ]
    assert told(desk.operator.get(f"/dispatches/{sent['id']}")) == row
    row = desk.give_back(sent, hq=3)
    assert (row["status"], row["outstanding"], row["matched"], len(row["returns"])) == ("closed", 0, False, 2)
    stock = desk.world.stock()
    assert (stock.available, stock.occupied, stock.damaged, stock.outstanding) == (47, 2, 1, 0)


def test_all_good_is_matched_and_a_second_return_is_refused(desk: Desk) -> None:
    sent = desk.dispatch(hq=2)
    row = desk.give_back(sent, hq={"good": 1, "occupied": 1})
    assert (row["status"], row["matched"], row["discrepancy"]) == ("closed", True, False)
    answer = desk.operator.post(f"/dispatches/{sent['id']}/return", json=return_body(hq=1))
    assert sent["number"] in refused(answer, 409, "ALREADY_RETURNED")["detail"]


def test_more_than_went_out_is_refused_unless_it_is_said_to_be_real(desk: Desk) -> None:
    sent = desk.dispatch(hq=3)
    path = f"/dispatches/{sent['id']}/return"
    problem = refused(desk.operator.post(path, json=return_body(hq={"good": 2, "damaged": 2})), 409, "OVER_RETURN")
    assert problem["lines"] == [{"tray_size": "HQ", "entered": 4, "outstanding": 3}]
    row = told(desk.operator.post(path, json=return_body(hq={"good": 3, "surplus": 1})), 201)
    assert (row["status"], row["lines"][0]["surplus"], row["discrepancy"], row["matched"]) == ("closed", 1, True, False)
    assert desk.world.stock().base == 51


def test_a_final_return_may_be_empty_and_what_is_missing_stays_out(desk: Desk) -> None:
    sent = desk.dispatch(hq=3)
    path = f"/dispatches/{sent['id']}/return"
    assert fields_of(desk.operator.post(path, json=return_body())) == ["lines"]
    row = told(desk.operator.post(path, json=return_body(final=True)), 201)
    assert (row["status"], row["final"], row["outstanding"], row["discrepancy"]) == (
        "outstanding",
        True,
        3,
        True,
    )
    assert desk.give_back(sent, hq=3)["status"] == "closed"


def test_a_return_is_not_before_its_dispatch_nor_in_the_future(desk: Desk) -> None:
    sent = desk.dispatch(hq=3, dispatched_at=ago(days=2))
    path = f"/dispatches/{sent['id']}/return"
    for at in (ago(days=3), "2100-01-01T00:00:00Z"):
        assert fields_of(desk.operator.post(path, json=return_body(hq=1, returned_at=at))) == ["returned_at"]
    row = told(desk.operator.post(path, json=return_body(hq=1, returned_at=ago(days=1))), 201)
    assert row["returns"][0]["returned_at"] < row["returns"][0]["entered_at"]


def test_a_return_may_come_to_another_shed(desk: Desk) -> None:
    sent = desk.dispatch(hq=3)
    code = f"E{uuid.uuid4().hex[:8]}"
    elsewhere = told(desk.admin.post("/sheds", json={"name": f"Shed {code}", "code": code, "time_zone": "UTC"}), 201)
    row = desk.give_back(sent, hq=3, shed_id=elsewhere["id"])
    assert (row["status"], row["returns"][0]["shed_id"]) == ("closed", elsewhere["id"])
    there = told(desk.operator.get("/inventory", params={"shed_id": elsewhere["id"]}))["items"]
    assert next(each for each in there if each["tray_size"] == "HQ")["available"] == 3
    assert desk.world.stock().available == 47


# -- what is missing --------------------------------------------------------------------------------------------------


@on_every_database
def test_missing_trays_stay_out_until_somebody_says_that_they_are_lost(desk: Desk) -> None:
    sent = desk.dispatch(hq=5, nq=1)
    path = f"/dispatches/{sent['id']}/resolve"
    body = {"lines": [{"tray_size": "HQ", "quantity": 2}], **LOST}
    row = told(desk.manager.post(path, json=body), 201)
    assert (row["version"], row["status"], row["outstanding"], row["discrepancy"]) == (2, "partially_returned", 4, True)
    assert (row["lines"][0]["lost"], row["lines"][0]["outstanding"]) == (2, 3)
    (entry,) = row["resolutions"]
    assert (entry["disposition"], entry["reason"], entry["lines"]) == (
        "lost",
        "washed away",
        [{"tray_size": "HQ", "quantity": 2}],
    )
    problem = refused(
        desk.manager.post(path, json=body | {"lines": [{"tray_size": "HQ", "quantity": 4}]}), 409, "OVER_RETURN"
    )
    assert problem["lines"] == [{"tray_size": "HQ", "entered": 4, "outstanding": 3}]
    for spoiled, field in (
        ({"disposition": "found"}, "disposition"),
        ({"reason": " "}, "reason"),
        ({"lines": []}, "lines"),
        ({"lines": [{"tray_size": "PQ", "quantity": 1}]}, "lines[0].tray_size"),
    ):
        assert fields_of(desk.manager.post(path, json=body | spoiled)) == [field]
    for name in ("reason", "disposition", "lines"):
        less = {key: value for key, value in body.items() if key != name}
        assert fields_of(desk.manager.post(path, json=less)) == [name]
    row = told(
        desk.manager.post(
            path, json={"lines": [{"tray_size": "HQ", "quantity": 3}, {"tray_size": "NQ", "quantity": 1}], **LOST}
        ),
        201,
    )
    assert (row["status"], row["matched"]) == ("closed", False)
    refused(desk.manager.post(path, json=body), 409, "ALREADY_RETURNED")
    assert desk.world.stock().base == 45


def test_a_lost_tray_that_turns_up_is_recovered(desk: Desk) -> None:
    sent = desk.dispatch(hq=5)
    told(
        desk.manager.post(
            f"/dispatches/{sent['id']}/resolve", json={"lines": [{"tray_size": "HQ", "quantity": 5}], **LOST}
        ),
        201,
    )
    body = {"kind": "recovery", "tray_size": "HQ", "quantity": 2, "reason": "in the creek", "dispatch_id": sent["id"]}
    told(desk.manager.post("/inventory/moves", json=body | {"to": "damaged"}), 201)
    row = told(desk.operator.get(f"/dispatches/{sent['id']}"))
    assert (row["status"], row["matched"], row["lines"][0]["recovered"]) == ("closed", False, 2)
    assert desk.world.stock().damaged == 2
    refused(desk.manager.post("/inventory/moves", json=body | {"quantity": 4}), 409, "WRONG_STATE")
    assert fields_of(desk.manager.post("/inventory/moves", json={**body, "dispatch_id": None})) == ["dispatch_id"]


# -- taking back ------------------------------------------------------------------------------------------------------


def test_a_dispatch_is_voided_while_nothing_has_come_back(desk: Desk) -> None:
    sent = desk.dispatch(hq=4)
    path = f"/dispatches/{sent['id']}"
    assert fields_of(desk.manager.post(f"{path}/void", json={})) == ["reason"]
    assert fields_of(desk.manager.post(f"{path}/void", json={"reason": "\n"})) == ["reason"]
    row = told(desk.manager.post(f"{path}/void", json={"reason": "wrong rig"}), 201)
    assert (row["status"], row["void_reason"], row["outstanding"]) == ("voided", "wrong rig", 0)
    assert desk.world.stock().available == 50
    refused(desk.manager.post(f"{path}/void", json={"reason": "again"}), 409, "WRONG_STATE")
    refused(desk.operator.post(f"{path}/return", json=return_body(hq=1)), 409, "WRONG_STATE")
    back = desk.dispatch(hq=1)
    desk.give_back(back, hq=1)
    refused(desk.manager.post(f"/dispatches/{back['id']}/void", json={"reason": "late"}), 409, "WRONG_STATE")


@on_every_database
def test_a_return_and_a_loss_can_be_taken_back(desk: Desk) -> None:
    sent = desk.dispatch(hq=4)
    path = f"/dispatches/{sent['id']}"
    first = desk.give_back(sent, hq=3)["returns"][0]
    row = told(desk.manager.post(f"{path}/resolve", json={"lines": [{"tray_size": "HQ", "quantity": 1}], **LOST}), 201)
    assert row["status"] == "closed"
    loss = row["resolutions"][0]
    row = told(desk.manager.post(f"{path}/returns/{first['id']}/void", json={"reason": "another truck"}), 201)
    assert (row["status"], row["outstanding"], row["version"]) == ("partially_returned", 3, 4)
    assert (row["returns"][0]["void_reason"], row["returns"][0]["voided_at"] is None) == ("another truck", False)
    refused(desk.manager.post(f"{path}/returns/{first['id']}/void", json={"reason": "again"}), 409, "WRONG_STATE")
    row = told(desk.manager.post(f"{path}/resolutions/{loss['id']}/void", json={"reason": "it is here"}), 201)
    assert (row["status"], row["outstanding"], row["resolutions"][0]["void_reason"]) == ("outstanding", 4, "it is here")
    refused(desk.manager.post(f"{path}/resolutions/{loss['id']}/void", json={"reason": "again"}), 409, "WRONG_STATE")
    assert desk.world.stock().outstanding == 4
    other = desk.dispatch(hq=1)
    refused(
        desk.manager.post(f"/dispatches/{other['id']}/returns/{first['id']}/void", json={"reason": "x"}),
        404,
        "NOT_FOUND",
    )
    refused(
        desk.manager.post(f"/dispatches/{other['id']}/resolutions/{loss['id']}/void", json={"reason": "x"}),
        404,
        "NOT_FOUND",
    )


def test_a_return_whose_trays_have_gone_out_again_stands(desk: Desk) -> None:
    sent = desk.dispatch(hq=50)
    entry = desk.give_back(sent, hq=50)["returns"][0]
    desk.dispatch(hq=10)
    answer = desk.manager.post(f"/dispatches/{sent['id']}/returns/{entry['id']}/void", json={"reason": "late"})
    assert refused(answer, 409, "INSUFFICIENT_STOCK")["shortages"] == [
        {"tray_size": "HQ", "requested": 50, "available": 40}
    ]


def test_a_due_date_is_extended_with_a_reason(desk: Desk) -> None:
    sent = desk.dispatch(hq=1, dispatched_at=ago(days=3), due_at=ago(days=1))
    assert sent["overdue"] is True
    path = f"/dispatches/{sent['id']}/extend"
    row = told(desk.manager.post(path, json={"due_at": "2100-01-01T00:00:00Z", "reason": "rain"}), 201)
    assert (row["due_at"], row["overdue"], row["version"]) == ("2100-01-01T00:00:00Z", False, 2)
    for body, field in (
        ({"reason": "rain"}, "due_at"),
        ({"due_at": "2100-01-01T00:00:00Z"}, "reason"),
        ({"due_at": ago(days=9), "reason": "rain"}, "due_at"),
        ({"due_at": None, "reason": "rain"}, "due_at"),
    ):
        assert fields_of(desk.manager.post(path, json=body)) == [field]
    desk.give_back(sent, hq=1)
    late = {"due_at": "2100-01-01T00:00:00Z", "reason": "rain"}
    refused(desk.manager.post(path, json=late), 409, "WRONG_STATE")


# -- amending ---------------------------------------------------------------------------------------------------------


@on_every_database
def test_an_open_dispatch_is_amended_and_the_difference_posted(desk: Desk) -> None:
    world = desk.world
    sent = desk.dispatch(hq=4)
    path = f"/dispatches/{sent['id']}"
    lines = [{"tray_size": "HQ", "quantity": 6}, {"tray_size": "NQ", "quantity": 1}]
    body = {
        "version": 1,
        "driver": "Yaw",
        "lines": lines,
        "drillhole_id": world.hole_id,
        "notes": None,
        "vehicle": "GT 1",
    }
    row = told(desk.operator.put(path, json=body))
    assert (row["driver"], row["drillhole_id"], row["vehicle"], row["quantity"]) == ("Yaw", world.hole_id, "GT 1", 7)
    assert (world.stock("HQ").outstanding, world.stock("NQ").outstanding) == (6, 1)
    assert told(desk.operator.get(path)) == row
    problem = refused(
        desk.operator.put(path, json={"version": 2, "lines": [{"tray_size": "HQ", "quantity": 51}]}),
        409,
        "INSUFFICIENT_STOCK",
    )
    assert problem["shortages"] == [{"tray_size": "HQ", "requested": 45, "available": 44}]
    for name, value in (
        ("company_id", world.other_company_id),
        ("shed_id", 1),
        ("dispatched_at", ago(hours=1)),
    ):
        assert fields_of(desk.manager.put(path, json={"version": 2, name: value})) == [name]
    as_it_is = {"version": 2, **{name: row[name] for name in ("company_id", "shed_id", "dispatched_at")}}
    assert told(desk.manager.put(path, json=as_it_is))["version"] == 2
    desk.give_back(sent, hq=1)
    refused(desk.manager.put(path, json={"version": 3, "lines": lines}), 409, "WRONG_STATE")
    told(desk.manager.put(path, json={"version": 3, "technician": "Esi"}))
    told(desk.operator.post(f"{path}/return", json=return_body(hq=5, nq=1)), 201)
    refused(desk.manager.put(path, json={"version": 5, "technician": "Ama"}), 409, "WRONG_STATE")


def test_an_operator_amends_his_own_of_today_only(desk: Desk) -> None:
    theirs = desk.dispatch(role="manager", hq=1)
    refused(desk.operator.put(f"/dispatches/{theirs['id']}", json={"version": 1, "driver": "Yaw"}), 403, "FORBIDDEN")
    mine = desk.dispatch(hq=1)
    told(desk.operator.put(f"/dispatches/{mine['id']}", json={"version": 1, "driver": "Yaw"}))
    other = desk.as_user(Role.OPERATOR)
    refused(other.put(f"/dispatches/{mine['id']}", json={"version": 2, "driver": "Kofi"}), 403, "FORBIDDEN")
    told(desk.manager.put(f"/dispatches/{mine['id']}", json={"version": 2, "driver": "Kofi"}))


def test_the_ledger_fits_after_all_of_this(desk: Desk) -> None:
    desk.world.settle()
