"""Health: alive whatever the database does, ready only when requests can be served, and why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from coresafe import __version__
from coresafe.services import schema
from coresafe.services.database import Database
from tests.api.desk import Desk, refused, serving, told
from tests.conftest import MakeUrl
from tests.databases import migrate
from tests.servers import Server
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, make_people

WELL = {"status": "ok", "version": __version__}


@on_every_database
def test_all_is_well_and_nobody_has_to_say_who_he_is(desk: Desk) -> None:
    assert told(desk.nobody.get("/health/live")) == WELL
    assert told(desk.nobody.get("/health/ready")) == WELL


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A MySQL of this file's own, which a test may stop."""
    with Server("mysql") as server:
        yield server


def unready(client: httpx.Client, *words: str) -> dict[str, Any]:
    """The reason that is told."""
    answer = client.get("/health/ready")
    problem = refused(answer, 503, "DATABASE_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) >= 1
    assert all(word in problem["detail"].lower() for word in words), problem
    assert told(client.get("/health/live")) == WELL
    return problem


def _impatient(app: FastAPI) -> None:
    app.state.coresafe.patience = 0.2  # what comes of waiting longer is tried where databases die


@pytest.mark.leaves_transactions("the server is stopped under open connections")
def test_a_database_that_is_away_is_told_and_comes_back_without_a_restart(server: Server) -> None:
    server.execute("CREATE DATABASE coresafe_test_health CHARACTER SET utf8mb4")
    migrate(server.url("coresafe_test_health"))
    database = Database(server.url("coresafe_test_health"))
    try:
        make_people(database)
        with serving(database, change=_impatient) as up, up.caller() as client:
            assert told(client.get("/health/ready")) == WELL
            pair = told(client.post("/auth/login", json={"username": "otto", "password": PASSWORD}))
            client.headers["Authorization"] = f"Bearer {pair['access_token']}"
            told(client.get("/companies"))
            server.stop()
            problem = unready(client, "database")
            for secret in ("127.0.0.1", str(server.port), "coresafe_test_health", "root", "password"):
                assert secret not in problem["detail"]
            for answer in (
                client.get("/companies"),
                client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]}),
                client.post("/auth/login", json={"username": "otto", "password": PASSWORD}),
            ):
                refused(answer, 503, "DATABASE_UNAVAILABLE")
                assert int(answer.headers["retry-after"]) >= 1
            refused(client.get("/companies", headers={"Authorization": "Bearer x"}), 401, "UNAUTHENTICATED")
            server.restart()
            assert told(client.get("/health/ready")) == WELL
            told(client.get("/companies"))
            told(client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]}))
    finally:
        database.close()


@pytest.mark.parametrize("kind", ["mysql", "mariadb", "sqlite"])
def test_a_schema_that_is_not_this_program_s_is_told(database_url: MakeUrl, kind: str) -> None:
    database = Database(database_url(kind, migrated=False))
    try:
        with serving(database) as up, up.caller() as client:
            unready(client, "coresafe")
            schema.upgrade(database)
            assert told(client.get("/health/ready")) == WELL
            versions = sa.table("alembic_version", sa.column("version_num"))
            with database.writing() as connection:
                connection.execute(sa.update(versions).values(version_num="9999"))
            unready(client, "newer")
            with database.writing() as connection:
                connection.execute(sa.update(versions).values(version_num=schema.known()[-1]))
            unready(client, "upgrade")
    finally:
        database.close()
