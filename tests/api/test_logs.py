"""The log of the API: one line a request, for programs, and nothing secret in it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from coresafe import logs
from coresafe.services import sessions
from tests.api.desk import Desk, serving, told
from tests.worlds import PASSWORD

FIELDS = {"at", "level", "logger", "message", "method", "route", "status", "ms", "user", "request_id"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log file of the program, at its most talkative."""
    logs.start(tmp_path / "logs", "DEBUG", name="coresafe-api.log")
    yield tmp_path / "logs" / "coresafe-api.log"
    logs.stop()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def requests(log: Path, least: int) -> list[dict[str, Any]]:
    """The lines of requests; each comes just after its answer, so they are waited for."""
    deadline = time.monotonic() + 10.0
    while True:
        found = [line for line in lines(log) if line["logger"] == "coresafe.api.requests"]
        if len(found) >= least:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def test_each_request_is_one_line_for_programs(desk: Desk, log: Path) -> None:
    world = desk.world
    answers = [
        desk.operator.get(f"/companies/{world.company_id}"),
        desk.operator.get("/companies?limit=1&q=secret-question"),
        desk.operator.get("/users"),
        desk.nobody.get("/companies/5?token=secret-question"),
        desk.manager.post("/companies", json={"nonsense": 1}),
        desk.nobody.get("/secret-address"),
        desk.nobody.patch("/companies"),
        desk.nobody.get("/health/live"),
        desk.operator.get("/reports/export", params={"shed_id": world.shed_id}),
    ]
    found = requests(log, len(answers))
    assert len(found) == len(answers)
    for line, answer in zip(found, answers, strict=True):
        assert set(line) == FIELDS
        assert (line["status"], line["method"]) == (answer.status_code, answer.request.method)
        assert line["request_id"] == answer.headers["x-request-id"]
        assert isinstance(line["ms"], (int, float)) and 0 < line["ms"] < 60_000
        assert line["at"].endswith("Z")
    assert [line["route"] for line in found[:5]] == [
        "/api/v1/companies/{company_id}",
        "/api/v1/companies",
        "/api/v1/users",
        "/api/v1/companies/{company_id}",
        "/api/v1/companies",
    ]
    assert [line["user"] for line in found] == ["otto", "otto", "otto", None, "mary", None, None, None, "otto"]
    assert "secret" not in log.read_text("utf-8")


def test_a_caller_s_own_id_leads_from_his_log_to_ours(desk: Desk, log: Path) -> None:
    mine = f"call-{uuid.uuid4()}"
    told(desk.operator.get("/sheds", headers={"X-Request-ID": mine}))
    desk.operator.get("/sheds", headers={"X-Request-ID": 'x" }, {"level": "ERROR'})
    first, second = requests(log, 2)
    assert first["request_id"] == mine
    assert "ERROR" not in second["request_id"]


def test_nothing_secret_is_in_the_log(desk: Desk, log: Path) -> None:
    """Passwords, tokens and what was sent, in requests that succeed, are refused and cannot be understood."""
    name, fresh, wrong = f"u{uuid.uuid4().hex[:10]}", "Fresh-Core-99", "Wrong-Guess-55"
    body = {"username": name, "email": f"{name}@example.com", "role": "operator", "password": PASSWORD}
    told(desk.admin.post("/users", json=body), 201)
    first = desk.sign_in(name)
    desk.nobody.post("/auth/login", json={"username": name, "password": wrong})
    desk.nobody.post("/auth/login", data={"username": name, "password": wrong})
    desk.nobody.post("/auth/login", content=f'{{"username": "{name}", "password": "{wrong}"'.encode())
    desk.nobody.post("/auth/register", json={"username": "x", "email": "x", "password": wrong, "role": "admin"})
    second = told(desk.nobody.post("/auth/refresh", json={"refresh_token": first["refresh_token"]}))
    client = desk.caller(second["access_token"])
    client.put("/auth/password", json={"current_password": wrong, "new_password": fresh})
    third = told(client.put("/auth/password", json={"current_password": PASSWORD, "new_password": fresh}))
    desk.nobody.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    desk.nobody.get("/auth/me", headers={"Authorization": f"Basic {wrong}"})
    desk.nobody.get("/auth/me", headers={"Authorization": f"Bearer {third['access_token'][:-4]}AAAA"})
    desk.caller(third["access_token"]).post("/auth/logout")
    noted = desk.dispatch(hq=1, notes="The-Note-Nobody-Logs", driver="Driver-Nobody-Logs")
    desk.manager.post("/companies", json={"name": "Name-Nobody-Logs", "contact_email": "Mail-Nobody-Logs"})
    desk.operator.post("/samples", json=[{"sample_id": "Sample-Nobody-Logs", "sample_type": "assay"}])
    key = str(uuid.uuid4())
    desk.operator.post(
        "/dispatches", json=desk.dispatch_body(hq=99, driver="Driver-Nobody-Logs"), headers={"Idempotency-Key": key}
    )
    assert len(requests(log, 17)) == 17
    text = log.read_text("utf-8")
    secrets = [PASSWORD, fresh, wrong, desk.key.decode(), "$2b$", "Nobody-Logs", noted["driver"]]
    for pair in (first, second, third):
        for token in (pair["access_token"], pair["refresh_token"]):
            secrets += [token, token.split(".")[1], token.split(".")[2]]
    secrets.append(desk.operator.headers["Authorization"].removeprefix("Bearer "))
    for secret in secrets:
        assert secret not in text, f"{secret[:20]}…"


@pytest.mark.expects_log("GET /api/v1/broken failed")
def test_a_defect_is_logged_with_its_trace_and_its_request(desk: Desk, log: Path) -> None:
    def spoil(app: FastAPI) -> None:
        @app.get("/api/v1/broken")
        def broken() -> None:
            raise RuntimeError("the reason")

    pair = sessions.start_session(desk.people.operator, desk.key)
    with serving(desk.database, change=spoil) as up, up.caller(pair.access_token) as client:
        answer = client.get("/broken?password=secret-question")
    assert answer.status_code == 500
    (defect,) = [line for line in lines(log) if line["level"] == "ERROR"]
    assert "RuntimeError: the reason" in defect["trace"]
    (request,) = requests(log, 1)
    assert request["status"] == 500
    assert defect["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    text = log.read_text("utf-8")
    assert "secret-question" not in text
    assert pair.access_token not in text
