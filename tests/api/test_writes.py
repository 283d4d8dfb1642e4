"""Changes: versions that keep edits from being overwritten, and keys that keep a write from being done twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coresafe.models.enums import Role
from tests.api.desk import Desk, RoleName, fields_of, refused, return_body, told
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, row_counts

NO_ROW = 999_999_999


def fresh(prefix: str = "n") -> str:
    return f"{prefix}{uuid.uuid4().hex[:10]}"


# -- versions ---------------------------------------------------------------------------------------------------------


def company(desk: Desk) -> dict[str, Any]:
    row: dict[str, Any] = told(desk.manager.post("/companies", json={"name": fresh()}), 201)
    return row


def project(desk: Desk) -> dict[str, Any]:
    body = {"code": fresh(), "name": "North", "company_id": desk.world.company_id}
    row: dict[str, Any] = told(desk.manager.post("/projects", json=body), 201)
    return row


def drillhole(desk: Desk) -> dict[str, Any]:
    body = {"hole_id": fresh(), "project_id": desk.world.project_id}
    row: dict[str, Any] = told(desk.manager.post("/drillholes", json=body), 201)
    return row


def sample(desk: Desk) -> dict[str, Any]:
    row: dict[str, Any] = told(desk.operator.post("/samples", json={"sample_id": fresh(), "sample_type": "blank"}), 201)
    return {name: value for name, value in row.items() if name != "warnings"}


def shed(desk: Desk) -> dict[str, Any]:
    name = fresh()
    row: dict[str, Any] = told(desk.admin.post("/sheds", json={"name": name, "code": name, "time_zone": "UTC"}), 201)
    return row


def user(desk: Desk) -> dict[str, Any]:
    name = fresh()
    body = {"username": name, "email": f"{name}@example.com", "role": "operator", "password": PASSWORD}
    row: dict[str, Any] = told(desk.admin.post("/users", json=body), 201)
    return row


#: kind → how a row is made, what is changed in it, and to what.
ROWS: dict[str, tuple[Callable[[Desk], dict[str, Any]], str, list[str]]] = {
    "companies": (company, "contact_phone", ["+233 1", "+233 2"]),
    "projects": (project, "location", ["Obuasi", "Tarkwa"]),
    "drillholes": (drillhole, "core_size", ["HQ", "NQ"]),
    "samples": (sample, "status", ["processing", "completed"]),
    "sheds": (shed, "time_zone", ["Africa/Accra", "Australia/Perth"]),
    "users": (user, "full_name", ["Ama A.", "Ama B."]),
    "dispatches": (lambda desk: desk.dispatch(hq=2), "driver", ["Yaw", "Kwame"]),
}
every_kind = pytest.mark.parametrize("kind", ROWS)


def read(desk: Desk, kind: str, row_id: int) -> dict[str, Any]:
    """A row as it stands."""
    if kind == "sheds":
        return next(row for row in told(desk.admin.get("/sheds"))["items"] if row["id"] == row_id)
    row: dict[str, Any] = told(desk.admin.get(f"/{kind}/{row_id}"))
    return row


@every_kind
def test_a_row_tells_its_version_and_a_change_raises_it(desk: Desk, kind: str) -> None:
    make, field, values = ROWS[kind]
    row = make(desk)
    assert {"id", "version", "created_at", "updated_at"} <= set(row)
    answer = desk.admin.put(f"/{kind}/{row['id']}", json={"version": row["version"], field: values[0]})
    changed = told(answer)
    assert changed[field] == values[0]
    assert changed["version"] == row["version"] + 1
    assert answer.headers["etag"] == f'"{changed["version"]}"'
    assert changed["updated_at"] >= row["updated_at"]
    there = read(desk, kind, row["id"])
    assert {name: value for name, value in changed.items() if name != "warnings"} == there
    same = {name: value for name, value in there.items() if name not in (field, "version", "updated_at")}
    assert same == {name: row[name] for name in same}  # nothing else changed


@every_kind
def test_a_change_without_a_version_is_refused(desk: Desk, kind: str) -> None:
    make, field, values = ROWS[kind]
    row = make(desk)
    for body in ({field: values[0]}, {field: values[0], "version": None}, {}):
        assert fields_of(desk.admin.put(f"/{kind}/{row['id']}", json=body)) == ["version"]
    for bad in ("1", 1.5, True, 0, -1, 2**31, 2**70, [1]):
        answer = desk.admin.put(f"/{kind}/{row['id']}", json={field: values[0], "version": bad})
        assert fields_of(answer) == ["version"], bad
    assert read(desk, kind, row["id"]) == row


@every_kind
def test_a_stale_change_is_refused_with_the_row_as_it_is_now(desk: Desk, kind: str) -> None:
    make, field, values = ROWS[kind]
    row = make(desk)
    now = told(desk.admin.put(f"/{kind}/{row['id']}", json={"version": row["version"], field: values[0]}))
    now.pop("warnings", None)
    stale: list[dict[str, Any]] = [
        {"json": {"version": row["version"], field: values[1]}},
        {"json": {"version": row["version"] + 7, field: values[1]}},
        {"json": {field: values[1]}, "headers": {"If-Match": f'"{row["version"]}"'}},
    ]
    for options in stale:
        problem = refused(desk.admin.put(f"/{kind}/{row['id']}", **options), 409, "STALE_VERSION")
        assert problem["current"] == now
    assert read(desk, kind, row["id"])[field] == values[0]


@every_kind
def test_the_version_may_come_as_if_match(desk: Desk, kind: str) -> None:
    make, field, values = ROWS[kind]
    row = make(desk)
    path = f"/{kind}/{row['id']}"
    for bad in ("*", '""', "x", '"1.0"', '"-1"', '"1", "2"', '"\u0661"', '"' + "9" * 30 + '"'):
        headers = [(b"If-Match", bad.encode())]
        assert fields_of(desk.admin.put(path, json={field: values[0]}, headers=headers)) == ["If-Match"], bad
    both: dict[str, Any] = {
        "json": {field: values[0], "version": row["version"] + 1},
        "headers": {"If-Match": f'"{row["version"]}"'},
    }
    assert fields_of(desk.admin.put(path, **both)) == ["version"]
    assert read(desk, kind, row["id"]) == row
    tag = f'"{row["version"]}"'
    changed = told(desk.admin.put(path, json={field: values[0]}, headers={"If-Match": tag}))
    weak = {"If-Match": f'W/"{changed["version"]}"'}
    changed = told(desk.admin.put(path, json={field: values[1], "version": changed["version"]}, headers=weak))
    assert changed[field] == values[1]


@pytest.mark.parametrize("kind", [kind for kind in ROWS if kind != "dispatches"])  # saving those is noted
def test_a_change_of_nothing_is_no_change(desk: Desk, kind: str) -> None:
    make, field, _values = ROWS[kind]
    row = make(desk)
    assert read(desk, kind, row["id"]) == row
    before = row_counts(desk.database)["audit_entries"]
    told(desk.admin.put(f"/{kind}/{row['id']}", json={"version": row["version"], field: row[field]}))
    told(desk.admin.put(f"/{kind}/{row['id']}", json={"version": row["version"]}))
    assert read(desk, kind, row["id"]) == row
    assert row_counts(desk.database)["audit_entries"] == before


@every_kind
def test_a_row_that_is_not_there_is_not_found(desk: Desk, kind: str) -> None:
    _make, field, values = ROWS[kind]
    for row_id in (NO_ROW, 2**63 - 1):
        answer = desk.admin.put(f"/{kind}/{row_id}", json={"version": 1, field: values[0]})
        refused(answer, 404, "NOT_FOUND")
        if kind != "sheds":
            refused(desk.admin.get(f"/{kind}/{row_id}"), 404, "NOT_FOUND")
    for bad in ("0", "-1", "x", "1.0", str(2**63), "1e3", "\u0661", "true", "None"):
        answer = desk.admin.put(f"/{kind}/{bad}", json={"version": 1, field: values[0]})
        (named,) = fields_of(answer)
        assert named.endswith("_id"), bad


def test_documents_take_an_optional_version(desk: Desk) -> None:
    sent = desk.dispatch(hq=5)
    path = f"/dispatches/{sent['id']}"
    stale = {"version": sent["version"] + 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        (f"{path}/return", return_body(hq=1)),
        (f"{path}/resolve", {"lines": [{"tray_size": "HQ", "quantity": 1}], "disposition": "lost", "reason": "gone"}),
        (f"{path}/extend", {"due_at": "2100-01-01T00:00:00Z", "reason": "rain"}),
        (f"{path}/void", {"reason": "wrong rig"}),
    ]
    for to, body in calls:
        problem = refused(desk.manager.post(to, json=body | stale), 409, "STALE_VERSION")
        assert problem["current"] == sent
    for bad in ("1", 0, 1.5, True):
        assert fields_of(desk.manager.post(f"{path}/void", json={"reason": "x", "version": bad})) == ["version"]
    row = told(desk.manager.post(*calls[2][:1], json=calls[2][1] | {"version": sent["version"]}), 201)
    assert row["version"] == sent["version"] + 1
    told(desk.manager.post(f"{path}/return", json=return_body(hq=5)), 201)  # without one it is not asked
    gone = refused(desk.manager.post(f"{path}/return", json=return_body(hq=5) | stale), 409, "ALREADY_RETURNED")
    assert "current" not in gone


# -- keys -------------------------------------------------------------------------------------------------------------

Write = tuple[RoleName, str, str, Any]


def writes_of(desk: Desk) -> dict[str, Write]:
    """One request of each write that takes a key: who, method, path, body."""
    world = desk.world
    out, back, lost = desk.dispatch(hq=3), desk.dispatch(hq=3), desk.dispatch(hq=3)
    given = desk.give_back(back, hq=1)
    missing = {"lines": [{"tray_size": "HQ", "quantity": 2}], "disposition": "lost", "reason": "washed away"}
    resolved = told(desk.manager.post(f"/dispatches/{lost['id']}/resolve", json=missing), 201)
    gone, dropped = company(desk), project(desk)
    change = company(desk)
    person = fresh()
    void = {"reason": "entered twice"}
    of_back, of_lost = f"/dispatches/{back['id']}", f"/dispatches/{lost['id']}"
    one = {**missing, "lines": [{"tray_size": "HQ", "quantity": 1}]}
    due = {"due_at": "2100-01-01T00:00:00Z", "reason": "rain"}
    base = {"tray_size": "NQ", "base_quantity": 77, "reason": "counted", "shed_id": world.shed_id}
    move = {"kind": "purchase", "tray_size": "NQ", "quantity": 4, "reason": "bought", "shed_id": world.shed_id}
    newcomer = {"username": person, "email": f"{person}@example.com", "role": "operator", "password": PASSWORD}
    samples = [{"sample_id": fresh(), "sample_type": "blank"} for _ in range(3)]
    return {
        "dispatch": ("operator", "POST", "/dispatches", desk.dispatch_body(hq=2)),
        "amend": ("manager", "PUT", f"/dispatches/{out['id']}", {"version": 1, "driver": "Kwame"}),
        "extend": ("manager", "POST", f"{of_back}/extend", due),
        "return": ("operator", "POST", f"{of_back}/return", return_body(hq=1)),
        "resolve": ("manager", "POST", f"{of_back}/resolve", one),
        "void return": ("manager", "POST", f"{of_back}/returns/{given['returns'][0]['id']}/void", void),
        "void loss": ("manager", "POST", f"{of_lost}/resolutions/{resolved['resolutions'][0]['id']}/void", void),
        "void": ("manager", "POST", f"/dispatches/{out['id']}/void", void),
        "sample": ("operator", "POST", "/samples", {"sample_id": fresh(), "sample_type": "blank"}),
        "samples": ("operator", "POST", "/samples", samples),
        "base": ("manager", "PUT", "/inventory", base),
        "move": ("manager", "POST", "/inventory/moves", move),
        "company": ("manager", "POST", "/companies", {"name": fresh()}),
        "change": ("manager", "PUT", f"/companies/{change['id']}", {"version": 1, "contact_phone": "+233 5"}),
        "delete company": ("admin", "DELETE", f"/companies/{gone['id']}", None),
        "project": ("manager", "POST", "/projects", {"code": fresh(), "name": "N", "company_id": world.company_id}),
        "delete project": ("admin", "DELETE", f"/projects/{dropped['id']}", None),
        "drillhole": ("manager", "POST", "/drillholes", {"hole_id": fresh(), "project_id": world.project_id}),
        "shed": ("admin", "POST", "/sheds", {"name": fresh("Shed "), "code": fresh(), "time_zone": "UTC"}),
        "sizes": ("admin", "PUT", "/tray-sizes", {"name": fresh("T"), "is_active": False}),
        "user": ("admin", "POST", "/users", newcomer),
    }


def call(desk: Desk, write: Write, key: Any, **options: Any) -> httpx.Response:
    role, method, path, body = write
    headers = {"Idempotency-Key": str(key), **options.pop("headers", {})}
    if body is not None:
        options.setdefault("json", body)
    return desk.client(options.pop("role", role)).request(method, path, headers=headers, **options)


@on_every_database
def test_a_write_sent_again_under_its_key_answers_as_the_first_time_and_is_done_once(desk: Desk) -> None:
    for name, write in writes_of(desk).items():
        key = uuid.uuid4()
        first = call(desk, write, key)
        assert first.status_code == {"POST": 201, "PUT": 200, "DELETE": 204}[write[1]], f"{name}: {first.text}"
        before = row_counts(desk.database)
        for spelling in (key, str(key).upper(), key.hex):
            again = call(desk, write, spelling)
            assert (again.status_code, again.content) == (first.status_code, first.content), name
            for header in ("location", "etag", "content-type"):
                assert again.headers.get(header) == first.headers.get(header), f"{name}: {header}"
        assert row_counts(desk.database) == before, name


def test_a_replay_answers_as_the_first_time_though_the_row_has_changed(desk: Desk) -> None:
    key = uuid.uuid4()
    write: Write = ("operator", "POST", "/dispatches", desk.dispatch_body(hq=4))
    first = call(desk, write, key)
    desk.give_back(first.json(), hq=4)
    assert call(desk, write, key).content == first.content
    assert told(desk.operator.get(f"/dispatches/{first.json()['id']}"))["status"] == "closed"


def test_the_same_content_written_otherwise_is_the_same(desk: Desk) -> None:
    key, name = uuid.uuid4(), fresh()
    first = call(desk, ("manager", "POST", "/companies", {"name": name, "contact_phone": "1"}), key)
    again = f'{{ "contact_phone" : "1",\n "name": "{name}" }}'.encode()
    headers = {"Content-Type": "application/json"}
    answer = call(desk, ("manager", "POST", "/companies", None), key, content=again, headers=headers)
    assert (answer.status_code, answer.content) == (201, first.content)


def test_a_key_used_before_for_something_else_is_refused(desk: Desk) -> None:
    key = uuid.uuid4()
    row = company(desk)
    write: Write = ("manager", "PUT", f"/companies/{row['id']}", {"version": 1, "contact_phone": "1"})
    told(call(desk, write, key))
    before = row_counts(desk.database)
    others: list[Write] = [
        (*write[:3], {"version": 1, "contact_phone": "2"}),
        (*write[:3], {"version": 2, "contact_phone": "1"}),
        (*write[:3], {"version": 1, "contact_phone": "1", "contact_email": None}),
        ("manager", "PUT", f"/companies/{company(desk)['id']}", write[3]),
        ("manager", "POST", "/companies", {"name": fresh()}),
        ("admin", "DELETE", f"/companies/{row['id']}", None),
        ("admin", *write[1:]),
        ("operator", "POST", "/dispatches", desk.dispatch_body(hq=1)),
    ]
    before = row_counts(desk.database)
    for other in others:
        refused(call(desk, other, key), 409, "IDEMPOTENCY_KEY_REUSED")
    assert row_counts(desk.database) == before
    told(call(desk, write, key))


def test_one_sample_and_a_list_of_it_are_not_the_same(desk: Desk) -> None:
    key, one = uuid.uuid4(), {"sample_id": fresh(), "sample_type": "blank"}
    told(call(desk, ("operator", "POST", "/samples", [one]), key), 201)
    refused(call(desk, ("operator", "POST", "/samples", one), key), 409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    "bad", ["", "7", "x" * 36, "00000000-0000-0000-0000-00000000000g", "{%s}", "urn:uuid:%s", "%s0"]
)
def test_a_key_that_is_no_uuid_is_refused(desk: Desk, bad: str) -> None:
    key = bad.replace("%s", str(uuid.uuid4()))
    before = row_counts(desk.database)
    writes: list[Write] = [
        ("manager", "POST", "/companies", {"name": fresh()}),
        ("admin", "DELETE", f"/companies/{NO_ROW}", None),
        ("manager", "PUT", f"/companies/{NO_ROW}", {"version": 1}),
    ]
    for write in writes:
        assert fields_of(call(desk, write, key)) == ["Idempotency-Key"]
    assert row_counts(desk.database) == before


def test_a_refusal_is_not_kept_but_judged_anew(desk: Desk) -> None:
    key = uuid.uuid4()
    write: Write = ("operator", "POST", "/dispatches", desk.dispatch_body(hq=60))
    for _ in range(2):
        refused(call(desk, write, key), 409, "INSUFFICIENT_STOCK")
    desk.world.move("purchase", 10)
    told(call(desk, write, key), 201)
    assert desk.world.stock().available == 0
    told(call(desk, write, key), 201)
    other: Write = ("operator", "POST", "/dispatches", desk.dispatch_body(hq=1, driver=""))
    key = uuid.uuid4()
    assert fields_of(call(desk, other, key)) == ["driver"]
    good: Write = ("operator", "POST", "/dispatches", desk.dispatch_body(nq=1))
    told(call(desk, good, key), 201)


def test_a_key_of_somebody_else_tells_nothing_of_his_answer(desk: Desk) -> None:
    key = uuid.uuid4()
    write: Write = ("manager", "POST", "/companies", {"name": fresh()})
    first = call(desk, write, key)
    problem = refused(call(desk, write, key, role="admin"), 409, "IDEMPOTENCY_KEY_REUSED")
    assert first.json()["name"] not in str(problem)
    refused(call(desk, write, key, role="operator"), 403, "FORBIDDEN")
    refused(call(desk, write, key, role="none"), 401, "UNAUTHENTICATED")


def test_signing_in_takes_no_key(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"username": "otto", "password": PASSWORD}
    pairs = [told(desk.nobody.post("/auth/login", json=body, headers=key)) for _ in range(2)]
    assert pairs[0]["refresh_token"] != pairs[1]["refresh_token"]
    refresh = {"refresh_token": pairs[0]["refresh_token"]}
    told(desk.nobody.post("/auth/refresh", json=refresh, headers=key))
    refused(desk.nobody.post("/auth/refresh", json=refresh, headers=key), 401, "UNAUTHENTICATED")
    newcomer = {"username": fresh(), "email": f"{fresh()}@example.com", "password": PASSWORD}
    told(desk.nobody.post("/auth/register", json=newcomer, headers=key), 201)
    refused(desk.nobody.post("/auth/register", json=newcomer, headers=key), 409, "DUPLICATE")
    told(desk.nobody.post("/auth/login", json=body, headers={"Idempotency-Key": "not read"}))


def test_a_write_without_a_key_is_done_each_time(desk: Desk) -> None:
    rows = [desk.dispatch(hq=1) for _ in range(2)]
    assert rows[0]["number"] != rows[1]["number"]


def test_an_administrator_who_signs_himself_out_gets_his_answer_again(desk: Desk) -> None:
    """The write that ended his session is not done twice, nor refused, when its answer was lost."""
    me = desk.as_user(Role.ADMIN)
    row = told(me.get("/auth/me"))
    write = {"version": row["version"], "sign_out": True}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = me.put(f"/users/{row['id']}", json=write, headers=key)
    told(first)
    again = me.put(f"/users/{row['id']}", json=write, headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    refused(me.put(f"/users/{row['id']}", json=write), 401, "UNAUTHENTICATED")
    refused(me.get("/auth/me"), 401, "UNAUTHENTICATED")
