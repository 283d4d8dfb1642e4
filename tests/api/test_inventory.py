"""Inventory over HTTP: what there is, the base, moves, and the ledger."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.desk import Desk, fields_of, refused, told
from tests.services.kinds import on_every_database
from tests.worlds import balances, row_counts

FIELDS = {"shed_id", "tray_size", "base", "available", "occupied", "damaged", "in_transit", "outstanding"}
MOVEMENT = {
    "id", "at", "entered_at", "kind", "tray_size", "quantity", "from_account", "to_account", "shed_id", "dispatch_id",
    "return_id", "user", "reason",
}  # fmt: skip


def of(desk: Desk, size: str = "HQ") -> dict[str, Any]:
    """A size's figures in the world's shed."""
    rows = told(desk.operator.get("/inventory", params={"shed_id": desk.world.shed_id}))["items"]
    row: dict[str, Any] = next(each for each in rows if each["tray_size"] == size)
    return row


def move(desk: Desk, kind: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "tray_size": "HQ",
        "quantity": quantity,
        "reason": "as told",
        "shed_id": desk.world.shed_id,
        **more,
    }


@on_every_database
def test_every_size_in_use_is_listed_with_its_trays_by_state(desk: Desk) -> None:
    desk.world.move("fill", 7)
    desk.world.move("damage", 2)
    desk.dispatch(hq=10)
    answer = told(desk.operator.get("/inventory", params={"shed_id": desk.world.shed_id}))
    assert set(answer) == {"items"}
    sizes = {each["name"]: each["is_active"] for each in told(desk.operator.get("/tray-sizes"))["items"]}
    assert [each["tray_size"] for each in answer["items"]] == [name for name, active in sizes.items() if active]
    hq = of(desk)
    assert set(hq) >= FIELDS
    assert {name: hq[name] for name in FIELDS} == {
        "shed_id": desk.world.shed_id, "tray_size": "HQ", "base": 50, "available": 31, "occupied": 7, "damaged": 2,
        "in_transit": 0, "outstanding": 10,
    }  # fmt: skip
    together = told(desk.operator.get("/inventory"))["items"]
    assert {each["shed_id"] for each in together} == {None}
    whole = next(each for each in together if each["tray_size"] == "HQ")
    assert whole["base"] >= 50
    assert whole["base"] == sum(whole[n] for n in ("available", "occupied", "damaged", "in_transit", "outstanding"))


def test_a_new_shed_has_every_size_at_nothing(desk: Desk) -> None:
    code = f"N{uuid.uuid4().hex[:8]}"
    shed = told(desk.admin.post("/sheds", json={"name": code, "code": code, "time_zone": "UTC"}), 201)
    rows = told(desk.operator.get("/inventory", params={"shed_id": shed["id"]}))["items"]
    assert {each["tray_size"] for each in rows} >= {"HQ", "NQ"}
    assert all(each[name] == 0 for each in rows for name in FIELDS - {"shed_id", "tray_size"})
    free = told(desk.operator.get("/inventory/available", params={"shed_id": shed["id"]}))["items"]
    assert [each["available"] for each in free] == [0] * len(rows)


def test_a_shed_that_is_not_there_is_all_that_is_told(desk: Desk) -> None:
    for body in (move(desk, "purchase", 1), move(desk, "fill", 1)):
        assert fields_of(desk.manager.post("/inventory/moves", json=body | {"shed_id": 999_999_999})) == ["shed_id"]
    base = {"tray_size": "HQ", "base_quantity": 60, "reason": "counted", "shed_id": 999_999_999}
    assert fields_of(desk.manager.put("/inventory", json=base)) == ["shed_id"]
    for path in ("/inventory", "/inventory/available", "/reports/dashboard"):
        for bad in ("0", "x", "-1", "1.0", ""):
            assert fields_of(desk.operator.get(path, params={"shed_id": bad})) == ["shed_id"]
        assert fields_of(desk.operator.get(path, params={"nonsense": "1"})) == ["nonsense"]


def test_available_says_only_what_can_leave_now(desk: Desk) -> None:
    desk.dispatch(hq=10)
    answer = told(desk.operator.get("/inventory/available", params={"shed_id": desk.world.shed_id}))
    assert set(answer) == {"items"}
    found = {each["tray_size"]: each["available"] for each in answer["items"]}
    assert (found["HQ"], found["NQ"]) == (40, 50)
    assert all(set(each) == {"tray_size", "available"} for each in answer["items"])


@on_every_database
def test_the_base_is_set_by_posting_the_difference(desk: Desk) -> None:
    body = {"tray_size": "hq", "base_quantity": 60, "reason": "counted", "shed_id": desk.world.shed_id}
    answer = told(desk.manager.put("/inventory", json=body))
    assert answer == told(desk.operator.get("/inventory", params={"shed_id": desk.world.shed_id}))
    assert (of(desk)["base"], of(desk)["available"]) == (60, 60)
    query = {"shed_id": str(desk.world.shed_id), "kind": "adjustment"}
    (entry,) = told(desk.operator.get("/inventory/movements", params=query))["items"]
    assert (entry["quantity"], entry["from_account"], entry["to_account"], entry["reason"]) == (
        10, "external", "available", "counted",
    )  # fmt: skip
    desk.dispatch(hq=20)
    before = balances(desk.database)
    problem = refused(desk.manager.put("/inventory", json=body | {"base_quantity": 19}), 409, "INSUFFICIENT_STOCK")
    assert problem["shortages"] == [{"tray_size": "HQ", "requested": 41, "available": 40}]
    assert balances(desk.database) == before
    told(desk.manager.put("/inventory", json=body | {"base_quantity": 20}))
    assert of(desk)["available"] == 0


def test_a_base_that_somebody_changed_meanwhile_is_told(desk: Desk) -> None:
    body = {
        "tray_size": "HQ",
        "base_quantity": 60,
        "reason": "counted",
        "shed_id": desk.world.shed_id,
        "expected_base": 49,
    }
    problem = refused(desk.manager.put("/inventory", json=body), 409, "STALE_VERSION")
    assert problem["current"] == told(desk.operator.get("/inventory", params={"shed_id": desk.world.shed_id}))
    told(desk.manager.put("/inventory", json=body | {"expected_base": 50}))
    assert of(desk)["base"] == 60


@pytest.mark.parametrize("name", ["tray_size", "base_quantity", "reason"])
def test_the_base_needs_its_size_its_number_and_a_reason(desk: Desk, name: str) -> None:
    body = {"tray_size": "HQ", "base_quantity": 60, "reason": "counted", "shed_id": desk.world.shed_id}
    assert fields_of(desk.manager.put("/inventory", json={**body, name: None})) == [name]
    del body[name]
    assert fields_of(desk.manager.put("/inventory", json=body)) == [name]
    assert of(desk)["base"] == 50


@on_every_database
def test_moves_change_the_states_they_say(desk: Desk) -> None:
    found: list[tuple[Any, ...]] = []
    for body in (
        move(desk, "purchase", 10),
        move(desk, "fill", 8),
        move(desk, "release", 3),
        move(desk, "damage", 2),
        move(desk, "damage", 1, **{"from": "occupied"}),
        move(desk, "repair", 1),
        move(desk, "scrap", 1),
        move(desk, "scrap", 1, **{"from": "occupied"}),
        move(desk, "found", 4),
    ):
        answer = told(desk.manager.post("/inventory/moves", json=body), 201)
        assert answer == told(desk.operator.get("/inventory", params={"shed_id": desk.world.shed_id}))
        row = of(desk)
        found.append((row["base"], row["available"], row["occupied"], row["damaged"]))
    assert found == [
        (60, 60, 0, 0),
        (60, 52, 8, 0),
        (60, 55, 5, 0),
        (60, 53, 5, 2),
        (60, 53, 4, 3),
        (60, 54, 4, 2),
        (59, 54, 4, 1),
        (58, 54, 3, 1),
        (62, 58, 3, 1),
    ]
    desk.world.settle()


def test_a_move_of_more_than_is_there_is_refused(desk: Desk) -> None:
    desk.world.stock()
    before = row_counts(desk.database), balances(desk.database)
    for kind, there in (("release", 0), ("fill", 50), ("repair", 0), ("scrap", 0)):
        problem = refused(desk.manager.post("/inventory/moves", json=move(desk, kind, 51)), 409, "INSUFFICIENT_STOCK")
        assert problem["shortages"] == [{"tray_size": "HQ", "requested": 51, "available": there}]
    assert (row_counts(desk.database), balances(desk.database)) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "dispatch"}, "kind"),
        ({"kind": "void"}, "kind"),
        ({"kind": "opening"}, "kind"),
        ({"kind": "fill", "from": "damaged"}, "from"),
        ({"kind": "repair", "from": "occupied"}, "from"),
        ({"kind": "damage", "from": "external"}, "from"),
        ({"kind": "purchase", "to": "damaged"}, "to"),
        ({"kind": "purchase", "dispatch_id": 1}, "dispatch_id"),
        ({"kind": "recovery"}, "dispatch_id"),
        ({"from_": "occupied", "kind": "damage"}, "from_"),
    ],
    ids=str,
)
def test_a_move_that_means_nothing_is_refused_at_its_field(desk: Desk, changes: dict[str, Any], field: str) -> None:
    body = move(desk, "purchase", 1) | changes
    before = balances(desk.database)
    assert fields_of(desk.manager.post("/inventory/moves", json=body)) == [field]
    assert balances(desk.database) == before


@on_every_database
def test_the_ledger_comes_newest_first_with_what_caused_each_line(desk: Desk) -> None:
    world = desk.world
    sent = desk.dispatch(hq=5, reason="for the rig")
    back = desk.give_back(sent, hq={"good": 3, "damaged": 1})
    rows = told(desk.operator.get("/inventory/movements", params={"dispatch_id": sent["id"]}))["items"]
    assert all(set(row) >= MOVEMENT for row in rows)
    assert [(row["kind"], row["quantity"], row["from_account"], row["to_account"]) for row in rows[::-1]] == [
        ("dispatch", 5, "available", "out"),
        ("return", 3, "out", "available"),
        ("return", 1, "out", "damaged"),
    ]
    assert {row["return_id"] for row in rows[:2]} == {back["returns"][0]["id"]}
    assert (rows[2]["return_id"], rows[2]["reason"]) == (None, "for the rig")
    assert {(row["user"], row["shed_id"], row["tray_size"]) for row in rows} == {("otto", world.shed_id, "HQ")}
    every = told(desk.operator.get("/inventory/movements", params={"shed_id": world.shed_id, "total": "true"}))
    assert [row["id"] for row in every["items"]][:3] == [row["id"] for row in rows]
    assert every["items"][-1]["kind"] == "opening"
    only = told(desk.operator.get("/inventory/movements", params={"shed_id": world.shed_id, "kind": "return"}))["items"]
    assert [row["id"] for row in only] == [row["id"] for row in rows[:2]]
    moment = rows[1]["at"]
    late = told(desk.operator.get("/inventory/movements", params={"shed_id": world.shed_id, "from": moment}))["items"]
    early = told(desk.operator.get("/inventory/movements", params={"shed_id": world.shed_id, "to": moment}))["items"]
    assert [row["id"] for row in late + early] == [row["id"] for row in every["items"]]
