"""The audit trail over HTTP: who, when, from where and what, newest first."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from coresafe.services.registry import ChangeCompany, change_company
from tests.api.desk import Desk, fields_of, refused, told
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD

FIELDS = {"id", "at", "user", "door", "machine", "action", "record_type", "record_id", "old", "new"}


def trail(desk: Desk, role: Any = "admin", **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = told(desk.client(role).get("/audit", params=query))["items"]
    return rows


@on_every_database
def test_a_change_says_who_when_from_where_and_what(desk: Desk) -> None:
    name = f"c{uuid.uuid4().hex[:10]}"
    row = told(desk.manager.post("/companies", json={"name": name, "contact_phone": "1"}), 201)
    told(desk.manager.put(f"/companies/{row['id']}", json={"version": 1, "contact_phone": "2"}))
    change_company(desk.people.manager, ChangeCompany(company_id=row["id"], version=2, contact_phone="3"))
    of_it = {"record_type": "company", "record_id": str(row["id"])}
    window, changed, added = trail(desk, **of_it)
    assert set(changed) >= FIELDS
    assert {name: changed[name] for name in FIELDS - {"id", "at"}} == {
        "user": "mary", "door": "api", "machine": "127.0.0.1", "action": "change", "record_type": "company",
        "record_id": str(row["id"]), "old": {"contact_phone": "1"}, "new": {"contact_phone": "2"},
    }  # fmt: skip
    assert (added["action"], added["old"], added["new"]["name"], added["at"]) == ("add", None, name, row["created_at"])
    assert (window["door"], window["machine"]) == ("window", "shed-pc")
    assert window["at"] > changed["at"] > added["at"]
    told(desk.admin.delete(f"/companies/{row['id']}"), 204)
    (gone,) = trail(desk, **of_it, action="remove")
    assert (gone["user"], gone["new"], gone["old"]["contact_phone"]) == ("boss", None, "3")


def test_a_dispatch_is_followed_through_its_life(desk: Desk) -> None:
    sent = desk.dispatch(hq=5, notes="a")
    told(desk.operator.put(f"/dispatches/{sent['id']}", json={"version": 1, "notes": "b"}))
    desk.give_back(sent, hq=2)
    rows = trail(desk, "manager", record_type="dispatch", record_id=str(sent["id"]))
    assert [row["action"] for row in rows[::-1]] == ["dispatch", "amend", "return"]
    amended, returned = rows[1], rows[0]
    assert (amended["old"], amended["new"]) == ({"notes": "a"}, {"notes": "b"})
    assert returned["old"] != returned["new"]
    assert {row["user"] for row in rows} == {"otto"}
    for row in rows:
        for value in re.findall(r"\d{4}-\d\d-\d\dT[^'\"]+", str(row)):
            assert value.endswith("Z")


def test_a_refusal_leaves_no_trace_and_a_replay_no_second_one(desk: Desk) -> None:
    desk.world.stock()
    newest = trail(desk, limit=1)[0]["id"]
    refused(desk.operator.post("/dispatches", json=desk.dispatch_body(hq=51)), 409, "INSUFFICIENT_STOCK")
    refused(desk.operator.post("/companies", json={"name": "x"}), 403, "FORBIDDEN")
    assert trail(desk, limit=1)[0]["id"] == newest
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        told(desk.operator.post("/dispatches", json=desk.dispatch_body(hq=1), headers=key), 201)
    (entry,) = trail(desk, "admin", user="otto", limit=1, action="dispatch")
    assert [row["id"] for row in trail(desk, limit=500) if row["id"] > newest] == [entry["id"]]
    assert entry["operation_id"] == key["Idempotency-Key"]


def test_managers_see_all_but_what_is_about_users(desk: Desk) -> None:
    row = desk.new_user()
    told(desk.manager.post("/companies", json={"name": f"c{uuid.uuid4().hex}"}), 201)
    assert any(entry["record_type"] == "user" for entry in trail(desk, limit=500))
    seen = trail(desk, "manager", limit=500)
    assert seen and all(entry["record_type"] != "user" for entry in seen)
    assert trail(desk, "manager", record_type="user") == []
    assert trail(desk, "manager", record_type="user", record_id=str(row.id)) == []
    page = told(desk.manager.get("/audit", params={"record_type": "user", "total": "true"}))
    assert (page["items"], page["total"]) == ([], 0)
    refused(desk.operator.get("/audit"), 403, "FORBIDDEN")


def test_what_is_noted_of_users_holds_no_secret(desk: Desk) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    body = {"username": name, "email": f"{name}@example.com", "role": "operator", "password": PASSWORD}
    row = told(desk.admin.post("/users", json=body), 201)
    pair = desk.sign_in(name)
    refused(
        desk.nobody.post("/auth/login", json={"username": name, "password": "wrong-Password-1"}), 401, "UNAUTHENTICATED"
    )
    client = desk.caller(pair["access_token"])
    fresh = told(client.put("/auth/password", json={"current_password": PASSWORD, "new_password": "Fresh-Core-99"}))
    assert desk.caller(fresh["access_token"]).post("/auth/logout").status_code == 204
    version = told(desk.admin.get(f"/users/{row['id']}"))["version"]
    told(desk.admin.put(f"/users/{row['id']}", json={"version": version, "role": "manager", "sign_out": True}))
    rows = trail(desk, record_type="user", record_id=str(row["id"]))
    actions = [entry["action"] for entry in rows[::-1]]
    assert actions == ["add", "sign_in", "sign_in_refused", "password", "sign_out", "change", "sign_out"]
    assert {entry["door"] for entry in rows} == {"api"}
    change = rows[1]
    assert (change["old"], change["new"], change["user"]) == ({"role": "operator"}, {"role": "manager"}, "boss")
    for secret in (
        PASSWORD,
        "Fresh-Core-99",
        "wrong-Password-1",
        "$2b$",
        pair["refresh_token"],
        pair["access_token"][-30:],
    ):
        assert secret not in str(rows)


def test_the_trail_is_filtered_by_record_user_action_and_time(desk: Desk) -> None:
    first = told(desk.manager.post("/companies", json={"name": f"c{uuid.uuid4().hex}"}), 201)
    second = told(desk.admin.post("/companies", json={"name": f"c{uuid.uuid4().hex}"}), 201)
    since = {"from": first["created_at"], "record_type": "company"}
    assert [row["record_id"] for row in trail(desk, **since)] == [str(second["id"]), str(first["id"])]
    assert [row["record_id"] for row in trail(desk, **since, user="mary")] == [str(first["id"])]
    assert [row["record_id"] for row in trail(desk, **since, to=second["created_at"])] == [str(first["id"])]
    assert trail(desk, **since, action="remove") == []
    assert trail(desk, **since, door="window") == []
    assert len(trail(desk, **since, door="api", machine="127.0.0.1")) == 2
    assert [row["record_id"] for row in trail(desk, **since, sort="at")] == [str(first["id"]), str(second["id"])]
    assert fields_of(desk.admin.get("/audit", params={"door": "back"})) == ["door"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_writes_into_the_trail(desk: Desk, method: str) -> None:
    refused(desk.admin.request(method, "/audit"), 405, "METHOD_NOT_ALLOWED")
    refused(desk.admin.request(method, "/audit/1"), 404, "NOT_FOUND")
