"""Who may call what: the table of the interface, endpoint by endpoint, and that it is told before anything else is."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from coresafe.models.enums import Role
from coresafe.services import sessions
from coresafe.services.users import ChangeUser, change_user, get_user
from tests.api.desk import Desk, RoleName, fields_of, refused, told

RANKS: tuple[RoleName, ...] = ("none", "operator", "manager", "admin")
#: The interface's table: endpoint → the least role that may call it. An endpoint that is not here fails a test.
TABLE: dict[str, RoleName] = {
    "POST /auth/login": "none",
    "POST /auth/register": "none",
    "POST /auth/refresh": "none",
    "POST /auth/logout": "operator",
    "GET /auth/me": "operator",
    "PUT /auth/password": "operator",
    "GET /companies": "operator",
    "POST /companies": "manager",
    "GET /companies/{company_id}": "operator",
    "PUT /companies/{company_id}": "manager",
    "DELETE /companies/{company_id}": "admin",
    "GET /projects": "operator",
    "POST /projects": "manager",
    "GET /projects/{project_id}": "operator",
    "PUT /projects/{project_id}": "manager",
    "DELETE /projects/{project_id}": "admin",
    "GET /drillholes": "operator",
    "POST /drillholes": "manager",
    "GET /drillholes/{drillhole_id}": "operator",
    "PUT /drillholes/{drillhole_id}": "manager",
    "GET /dispatches": "operator",
    "POST /dispatches": "operator",
    "GET /dispatches/outstanding": "operator",
    "GET /dispatches/{dispatch_id}": "operator",
    "PUT /dispatches/{dispatch_id}": "operator",
    "POST /dispatches/{dispatch_id}/return": "operator",
    "POST /dispatches/{dispatch_id}/resolve": "manager",
    "POST /dispatches/{dispatch_id}/void": "manager",
    "POST /dispatches/{dispatch_id}/returns/{return_id}/void": "manager",
    "POST /dispatches/{dispatch_id}/resolutions/{resolution_id}/void": "manager",
    "POST /dispatches/{dispatch_id}/extend": "manager",
    "GET /dispatches/{dispatch_id}/samples": "operator",
    "GET /samples": "operator",
    "POST /samples": "operator",
    "GET /samples/{sample_id}": "operator",
    "PUT /samples/{sample_id}": "operator",
    "GET /inventory": "operator",
    "PUT /inventory": "manager",
    "GET /inventory/available": "operator",
    "GET /inventory/movements": "operator",
    "POST /inventory/moves": "operator",  # release; the others below
    "GET /sheds": "operator",
    "POST /sheds": "admin",
    "PUT /sheds/{shed_id}": "admin",
    "GET /tray-sizes": "operator",
    "PUT /tray-sizes": "admin",
    "GET /reports/dashboard": "operator",
    "GET /reports/reconciliation": "operator",
    "GET /reports/analytics": "operator",
    "GET /reports/export": "operator",
    "GET /users": "admin",
    "POST /users": "admin",
    "GET /users/{user_id}": "admin",
    "PUT /users/{user_id}": "admin",
    "GET /audit": "manager",
    "GET /health/live": "none",
    "GET /health/ready": "none",
}
GUARDED = [name for name, least in TABLE.items() if least != "none"]
WRITING = [name for name in GUARDED if name.split()[0] in ("POST", "PUT") and not name.endswith("logout")]


def ask(client: httpx.Client, endpoint: str, **options: Any) -> httpx.Response:
    """Call an endpoint about rows that are not there."""
    method, path = endpoint.split()
    parts = ["999999999" if part.startswith("{") else part for part in path.split("/")]
    if not options and method in ("POST", "PUT"):
        options = {"json": {}}
    return client.request(method, "/".join(parts), **options)


def test_the_table_names_every_endpoint_and_no_other(desk: Desk) -> None:
    paths = told(desk.nobody.get("/openapi.json"))["paths"]
    there = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, methods in paths.items() for method in methods
    }
    assert there == set(TABLE)


@pytest.mark.parametrize(("role", "endpoint"), list(itertools.product(RANKS, TABLE)))
def test_an_endpoint_is_open_to_whom_the_table_says(desk: Desk, role: RoleName, endpoint: str) -> None:
    least = TABLE[endpoint]
    client = desk.client(role)
    if endpoint == "POST /auth/logout" and role != "none":  # the shared session stays
        context = desk.people.by_role[Role(role)]
        client = desk.caller(sessions.start_session(context, desk.key).access_token)
    answer = ask(client, endpoint)
    if RANKS.index(role) >= RANKS.index(least):
        assert answer.status_code < 500, answer.text
        assert answer.status_code not in (401, 403), answer.text
    elif role == "none":
        refused(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        assert "Your role may not" in refused(answer, 403, "FORBIDDEN")["detail"]


@pytest.mark.parametrize("kind", ["purchase", "fill", "damage", "repair", "scrap", "recovery", "found"])
def test_only_a_release_is_for_operators_among_the_moves(desk: Desk, kind: str) -> None:
    body = {"kind": kind, "tray_size": "HQ", "quantity": 1, "reason": "tried", "shed_id": desk.world.shed_id}
    refused(desk.operator.post("/inventory/moves", json=body), 403, "FORBIDDEN")
    before = desk.world.stock()
    refused(desk.operator.post("/inventory/moves", json=body | {"quantity": 0}), 403, "FORBIDDEN")
    assert desk.world.stock() == before


def test_a_release_is_for_operators_too(desk: Desk) -> None:
    desk.world.move("fill", 5)
    body = {"kind": "release", "tray_size": "HQ", "quantity": 2, "reason": "emptied", "shed_id": desk.world.shed_id}
    told(desk.operator.post("/inventory/moves", json=body), 201)
    assert (desk.world.stock().occupied, desk.world.stock().available) == (3, 47)


#: Bodies of which none could be understood.
BAD_BODIES: dict[str, dict[str, Any]] = {
    "no json": {"content": b'{"name": ', "headers": {"Content-Type": "application/json"}},
    "no text": {"content": b"\xff\xfe\x00", "headers": {"Content-Type": "application/json"}},
    "another shape": {"json": [["a"], 1, None]},
    "unknown fields": {"json": {"nonsense": 1}},
    "no body": {"content": b""},
    "too large": {"content": b"x" * 1_200_000, "headers": {"Content-Type": "application/json"}},
    "a bad key": {"json": {}, "headers": {"Idempotency-Key": "7"}},
}


@pytest.mark.parametrize("body", BAD_BODIES)
@pytest.mark.parametrize("endpoint", WRITING)
def test_who_asks_comes_before_what_was_sent(desk: Desk, endpoint: str, body: str) -> None:
    """401 without a good token, 403 in the wrong role, and only then what is wrong with the body."""
    stranger = desk.caller("no.good.token")
    refused(ask(stranger, endpoint, **BAD_BODIES[body]), 401, "UNAUTHENTICATED")
    for role in RANKS[1 : RANKS.index(TABLE[endpoint])]:
        refused(ask(desk.client(role), endpoint, **BAD_BODIES[body]), 403, "FORBIDDEN")
    answer = ask(desk.admin, endpoint, **BAD_BODIES[body])
    if body == "too large":
        refused(answer, 413, "PAYLOAD_TOO_LARGE")
    else:
        refused(answer, 400, "VALIDATION_ERROR")


@pytest.fixture
def leaver(desk: Desk) -> httpx.Client:
    """Somebody of every right who is switched off after he signed in."""
    row = desk.new_user(Role.ADMIN)
    client = desk.caller(desk.sign_in(row.username)["access_token"])
    told(client.get("/auth/me"))
    now = get_user(desk.people.admin, row.id)
    change_user(desk.people.admin, ChangeUser(user_id=row.id, version=now.version, is_active=False))
    return client


def test_who_was_switched_off_is_told_that_and_nothing_of_his_request(desk: Desk, leaver: httpx.Client) -> None:
    for endpoint in GUARDED:
        refused(ask(leaver, endpoint), 401, "UNAUTHENTICATED")
    for body, options in BAD_BODIES.items():
        answer = ask(leaver, "POST /companies", **options)
        assert answer.status_code == 401, f"{body}: {answer.text}"
    for path in (
        "/companies/x",
        "/companies?limit=0",
        "/companies?nonsense=1",
        "/companies?sort=nonsense",
        "/companies?fields=nonsense",
        "/companies?cursor=nonsense",
        "/dispatches?fields=nonsense",
        "/reports/export?from=2026-02-01&to=2026-01-01",
        "/reports/reconciliation?from=2026-02-01&to=2026-01-01",
    ):
        refused(leaver.get(path), 401, "UNAUTHENTICATED")


def test_a_role_is_told_before_a_bad_question(desk: Desk) -> None:
    for path in ("/users?limit=0", "/users?nonsense=1", "/users/x", "/audit?kind=1", "/users?fields=password_hash"):
        refused(desk.operator.get(path), 403, "FORBIDDEN")
        refused(desk.nobody.get(path), 401, "UNAUTHENTICATED")
    assert fields_of(desk.admin.get("/users?limit=0")) == ["limit"]


def test_a_demoted_user_loses_his_rights_at_once_and_not_only_at_the_next_token(desk: Desk) -> None:
    row = desk.new_user(Role.ADMIN)
    client = desk.caller(desk.sign_in(row.username)["access_token"])
    told(client.get("/users"))
    now = get_user(desk.people.admin, row.id)
    change_user(desk.people.admin, ChangeUser(user_id=row.id, version=now.version, role=Role.OPERATOR))
    refused(client.get("/users"), 401, "UNAUTHENTICATED")
    again = desk.caller(desk.sign_in(row.username)["access_token"])
    refused(again.get("/users"), 403, "FORBIDDEN")
    told(again.get("/companies"))


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic b3R0bzpvdHRv", "bearer", "Token abc", "Bearer a b", "Bearer \u00e9"]
)
def test_a_header_without_a_token_is_nobody(desk: Desk, header: str) -> None:
    answer = desk.nobody.get("/auth/me", headers=[(b"Authorization", header.encode("latin-1"))])
    refused(answer, 401, "UNAUTHENTICATED")


def test_the_scheme_is_read_without_case(desk: Desk) -> None:
    token = desk.operator.headers["authorization"].split()[1]
    assert told(desk.nobody.get("/auth/me", headers={"Authorization": f"bEARER {token}"}))["username"] == "otto"
