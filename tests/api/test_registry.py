"""Companies, projects, drillholes, sheds, tray sizes and users over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.desk import Desk, fields_of, refused, told
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, row_counts

ROW = {"id", "version", "created_at", "updated_at"}


def fresh(prefix: str = "n") -> str:
    return f"{prefix}{uuid.uuid4().hex[:10]}"


# -- companies, projects, drillholes ----------------------------------------------------------------------------------


def bodies(desk: Desk) -> dict[str, dict[str, Any]]:
    """Every field of the interface."""
    return {
        "/companies": {"name": fresh(), "contact_email": "office@example.com", "contact_phone": "+233 30 1"},
        "/projects": {
            "code": fresh(),
            "name": "North",
            "company_id": desk.world.company_id,
            "location": "Obuasi",
            "crs": 32630,
            "status": "inactive",
        },
        "/drillholes": {
            "hole_id": fresh(),
            "project_id": desk.world.project_id,
            "eoh_depth": 312.4,
            "core_size": "HQ",
            "easting": 634512.1,
            "northing": 712345.5,
            "elevation": 210.0,
            "azimuth": 270.0,
            "dip": -60.0,
            "status": "completed",
        },
    }


@on_every_database
@pytest.mark.parametrize("path", ["/companies", "/projects", "/drillholes"])
def test_a_record_is_answered_as_it_was_sent_and_read_so(desk: Desk, path: str) -> None:
    body = bodies(desk)[path]
    row = told(desk.manager.post(path, json=body), 201)
    assert set(row) >= ROW | set(body)
    assert {name: row[name] for name in body} == body
    assert row["version"] == 1
    answer = desk.operator.get(f"{path}/{row['id']}")
    assert told(answer) == row
    assert answer.headers["etag"] == '"1"'
    (listed,) = told(desk.operator.get(path, params={"id": row["id"]}))["items"]
    assert listed == row


@pytest.mark.parametrize("path", ["/companies", "/projects", "/drillholes"])
def test_only_what_must_be_there_must_be_sent(desk: Desk, path: str) -> None:
    needed = {
        "/companies": ["name"],
        "/projects": ["code", "name", "company_id"],
        "/drillholes": ["hole_id", "project_id"],
    }[path]
    body = {name: value for name, value in bodies(desk)[path].items() if name in needed}
    row = told(desk.manager.post(path, json=body), 201)
    if path != "/companies":
        assert row["status"] == "active"
    for name in needed:
        less = {key: value for key, value in body.items() if key != name}
        assert fields_of(desk.manager.post(path, json=less)) == [name]
        assert fields_of(desk.manager.put(f"{path}/{row['id']}", json={"version": 1, name: None})) == [name]
    assert fields_of(desk.manager.post(path, json={})) == needed


@pytest.mark.parametrize("path", ["/companies", "/projects", "/drillholes"])
def test_a_key_is_there_once_however_it_is_written(desk: Desk, path: str) -> None:
    key = {"/companies": "name", "/projects": "code", "/drillholes": "hole_id"}[path]
    body = bodies(desk)[path]
    told(desk.manager.post(path, json=body), 201)
    again = bodies(desk)[path] | {key: f"  {body[key].upper()} "}
    problem = refused(desk.manager.post(path, json=again), 409, "DUPLICATE")
    assert [error["field"] for error in problem["errors"]] == [key]
    other = told(desk.manager.post(path, json=bodies(desk)[path]), 201)
    problem = refused(desk.manager.put(f"{path}/{other['id']}", json={"version": 1, key: body[key]}), 409, "DUPLICATE")
    assert [error["field"] for error in problem["errors"]] == [key]


def test_one_hole_id_may_be_in_two_projects(desk: Desk) -> None:
    name = fresh()
    for project_id in (desk.world.project_id, desk.world.other_project_id):
        told(desk.manager.post("/drillholes", json={"hole_id": name, "project_id": project_id}), 201)


def test_what_is_referred_to_must_be_there(desk: Desk) -> None:
    answer = desk.manager.post("/projects", json={"code": fresh(), "name": "N", "company_id": 999_999_999})
    assert fields_of(answer) == ["company_id"]
    answer = desk.manager.post("/drillholes", json={"hole_id": fresh(), "project_id": 999_999_999})
    assert fields_of(answer) == ["project_id"]


@on_every_database
def test_only_what_nothing_refers_to_is_deleted(desk: Desk) -> None:
    company = told(desk.manager.post("/companies", json={"name": fresh()}), 201)
    body = {"code": fresh(), "name": "N", "company_id": company["id"]}
    project = told(desk.manager.post("/projects", json=body), 201)
    refused(desk.admin.delete(f"/companies/{desk.world.company_id}"), 409, "IN_USE")
    before = row_counts(desk.database)
    assert company["name"] in refused(desk.admin.delete(f"/companies/{company['id']}"), 409, "IN_USE")["detail"]
    refused(desk.admin.delete(f"/companies/{desk.world.company_id}"), 409, "IN_USE")
    assert row_counts(desk.database) == before
    stale = desk.admin.delete(f"/projects/{project['id']}", headers={"If-Match": '"2"'})
    assert refused(stale, 409, "STALE_VERSION")["current"] == project
    bad = desk.admin.delete(f"/projects/{project['id']}", headers={"If-Match": "x"})
    assert fields_of(bad) == ["If-Match"]
    gone = desk.admin.delete(f"/projects/{project['id']}", headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert desk.admin.delete(f"/companies/{company['id']}").status_code == 204
    for path in (f"/projects/{project['id']}", f"/companies/{company['id']}"):
        refused(desk.admin.get(path), 404, "NOT_FOUND")
        refused(desk.admin.delete(path), 404, "NOT_FOUND")


def test_what_is_inactive_stays_and_takes_no_more_dispatches(desk: Desk) -> None:
    company = told(desk.operator.get(f"/companies/{desk.world.company_id}"))
    told(desk.manager.put(f"/companies/{company['id']}", json={"version": company["version"], "is_active": False}))
    assert fields_of(desk.operator.post("/dispatches", json=desk.dispatch_body(hq=1))) == ["company_id"]
    found = told(desk.operator.get("/companies", params={"id": company["id"], "is_active": "false"}))["items"]
    assert [row["id"] for row in found] == [company["id"]]


def test_a_field_that_is_sent_as_null_is_emptied_and_one_that_is_not_sent_stays(desk: Desk) -> None:
    row = told(desk.manager.post("/companies", json=bodies(desk)["/companies"]), 201)
    changed = told(desk.manager.put(f"/companies/{row['id']}", json={"version": 1, "contact_phone": None}))
    assert (changed["contact_phone"], changed["contact_email"]) == (None, "office@example.com")


# -- sheds and tray sizes ---------------------------------------------------------------------------------------------


def test_a_shed_has_a_name_a_code_and_a_time_zone(desk: Desk) -> None:
    body = {"name": fresh("Shed "), "code": fresh("s"), "time_zone": "Australia/Perth"}
    row = told(desk.admin.post("/sheds", json=body), 201)
    assert set(row) >= ROW | set(body)
    assert {name: row[name] for name in body} == body
    there = told(desk.operator.get("/sheds"))
    assert set(there) == {"items"}
    assert row in there["items"]
    assert fields_of(desk.admin.post("/sheds", json={**body, "time_zone": "Perth"})) == ["time_zone"]
    assert fields_of(desk.admin.post("/sheds", json={"time_zone": "UTC"})) == ["name", "code"]
    for key in ("name", "code"):
        again = {"name": fresh("Shed "), "code": fresh("s"), "time_zone": "UTC"} | {key: body[key].upper()}
        problem = refused(desk.admin.post("/sheds", json=again), 409, "DUPLICATE")
        assert [error["field"] for error in problem["errors"]] == [key]
    changed = told(desk.admin.put(f"/sheds/{row['id']}", json={"version": 1, "time_zone": "UTC"}))
    assert (changed["time_zone"], changed["name"]) == ("UTC", body["name"])


def test_a_shed_with_trays_stays_in_use(desk: Desk) -> None:
    shed_id = desk.world.shed_id
    shed = next(row for row in told(desk.operator.get("/sheds"))["items"] if row["id"] == shed_id)
    path, off = f"/sheds/{shed['id']}", {"version": shed["version"], "is_active": False}
    refused(desk.admin.put(path, json=off), 409, "IN_USE")
    for size in ("HQ", "NQ"):
        told(
            desk.manager.put(
                "/inventory", json={"tray_size": size, "base_quantity": 0, "reason": "moved", "shed_id": shed["id"]}
            )
        )
    assert told(desk.admin.put(path, json=off))["is_active"] is False


def test_tray_sizes_are_the_shipped_ones_and_can_be_changed_and_added(desk: Desk) -> None:
    rows = told(desk.operator.get("/tray-sizes"))["items"]
    shipped = {row["name"]: (row["core_mm"], row["hole_mm"], row["rows"], row["capacity_m"]) for row in rows}
    assert shipped["HQ"] == (63.5, 96.0, 4, 4.0)
    assert {"PQ", "PQ3", "HQ", "HQ3", "NQ", "NQ2", "NQ3", "BQ"} <= set(shipped)
    name = fresh("T")[:20]
    body = {
        "name": name,
        "core_mm": 27.0,
        "hole_mm": 48.0,
        "rows": 7,
        "capacity_m": 7.0,
        "empty_mass_kg": 1.5,
        "is_active": False,
    }
    answer = told(desk.admin.put("/tray-sizes", json=body))
    assert answer == told(desk.operator.get("/tray-sizes"))
    added = next(row for row in answer["items"] if row["name"] == name)
    assert {key: added[key] for key in body} == body
    assert set(added) >= ROW
    assert fields_of(desk.admin.put("/tray-sizes", json={"name": name, "rows": 8})) == ["version"]
    stale = refused(desk.admin.put("/tray-sizes", json={"name": name, "rows": 8, "version": 2}), 409, "STALE_VERSION")
    assert stale["current"] == added
    several = {
        "items": [{"name": f" {name.lower()}", "version": 1, "rows": 8}, {"name": fresh("U")[:20], "is_active": False}]
    }
    answer = told(desk.admin.put("/tray-sizes", json=several))
    changed = next(row for row in answer["items"] if row["id"] == added["id"])
    assert (changed["rows"], changed["version"], changed["core_mm"]) == (8, 2, 27.0)


def test_several_tray_sizes_are_changed_all_or_none(desk: Desk) -> None:
    before = told(desk.operator.get("/tray-sizes"))
    good = {"name": fresh("T")[:20], "is_active": False}
    for items, fields in (
        ([good, {"name": "HQ"}], ["items[1].version"]),
        ([good, {"name": fresh("T")[:20], "rows": 0}], ["items[1].rows"]),
        ([good, good], ["items[1].name"]),
        ([good, {"nonsense": 1}], ["items[1].name", "items[1].nonsense"]),
        ([], ["items"]),
        ("HQ", ["items"]),
    ):
        assert fields_of(desk.admin.put("/tray-sizes", json={"items": items})) == fields
    assert told(desk.operator.get("/tray-sizes")) == before


def test_a_tray_size_of_which_trays_are_owned_stays_in_use(desk: Desk) -> None:
    desk.world.stock()
    row = next(each for each in told(desk.operator.get("/tray-sizes"))["items"] if each["name"] == "HQ")
    body = {"name": "HQ", "version": row["version"], "is_active": False}
    refused(desk.admin.put("/tray-sizes", json=body), 409, "IN_USE")


# -- users ------------------------------------------------------------------------------------------------------------


def person(**changes: Any) -> dict[str, Any]:
    name = fresh()
    body = {
        "username": name,
        "email": f"{name}@example.com",
        "full_name": "Ama A.",
        "role": "operator",
        "password": PASSWORD,
    }
    return body | changes


def test_a_user_is_answered_without_his_password_and_can_sign_in(desk: Desk) -> None:
    body = person(role="manager", is_active=True)
    row = told(desk.admin.post("/users", json=body), 201)
    shown = {name: value for name, value in body.items() if name != "password"}
    assert set(row) >= ROW | set(shown)
    assert {name: row[name] for name in shown} == shown
    assert "hash" not in str(row) and PASSWORD not in str(row)
    assert told(desk.admin.get(f"/users/{row['id']}")) == row
    assert row in told(desk.admin.get("/users", params={"q": body["username"]}))["items"]
    token = desk.sign_in(body["username"])["access_token"]
    mine = told(desk.caller(token).get("/auth/me"))
    assert (mine["id"], mine["role"], mine["last_sign_in_at"] is None) == (row["id"], "manager", False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"email": "x"}, "email"),
        ({"password": "short-1"}, "password"),
        ({"username": None}, "username"),
        ({"username": "x" * 61}, "username"),
        ({"is_active": "true"}, "is_active"),
        ({"must_change_password": False}, "must_change_password"),
        ({"password_hash": "x"}, "password_hash"),
    ],
    ids=str,
)
def test_a_user_that_cannot_be_is_refused_at_his_field(desk: Desk, changes: dict[str, Any], field: str) -> None:
    before = row_counts(desk.database)["users"]
    assert fields_of(desk.admin.post("/users", json=person(**changes))) == [field]
    assert row_counts(desk.database)["users"] == before


def test_a_name_and_an_address_are_there_once(desk: Desk) -> None:
    body = person()
    told(desk.admin.post("/users", json=body), 201)
    for key in ("username", "email"):
        problem = refused(desk.admin.post("/users", json=person(**{key: body[key].upper()})), 409, "DUPLICATE")
        assert [error["field"] for error in problem["errors"]] == [key]


def test_a_new_password_of_an_administrator_s_is_temporary(desk: Desk) -> None:
    row = told(desk.admin.post("/users", json=person()), 201)
    changed = told(desk.admin.put(f"/users/{row['id']}", json={"version": 1, "password": "Fresh-Core-99"}))
    assert (changed["must_change_password"], changed["version"]) == (True, 2)
    client = desk.caller(desk.sign_in(row["username"], "Fresh-Core-99")["access_token"])
    refused(client.get("/companies"), 403, "FORBIDDEN")


def test_nobody_switches_himself_off_and_the_last_administrator_stays(desk: Desk) -> None:
    me = told(desk.admin.get("/auth/me"))
    problem = refused(
        desk.admin.put(f"/users/{me['id']}", json={"version": me["version"], "is_active": False}), 409, "WRONG_STATE"
    )
    assert problem["detail"]
    told(desk.admin.get("/auth/me"))
