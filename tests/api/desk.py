"""The API as another program meets it: a real server on a free port, callers over real HTTP, and bodies to send."""

from __future__ import annotations

import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, Self

import httpx
import uvicorn
from fastapi import FastAPI

from coresafe.api import PREFIX
from coresafe.api.app import create_app
from coresafe.api.server import bound
from coresafe.models.enums import Role
from coresafe.services.database import Database
from coresafe.services.users import AddUser, UserRow, add_user
from tests.worlds import PASSWORD, People, Populations, World, make_world

#: A key as an administrator would set it.
KEY = b"mJ3vQ8xR2tN6wY9zB4cF7gH1kL5pS0dA-test-only"
#: Long enough for a processor that others use too.
TIMEOUT_SECONDS = 60.0
THREAD = "test-api-server"
NAMES: Mapping[Role, str] = {Role.OPERATOR: "otto", Role.MANAGER: "mary", Role.ADMIN: "boss"}
RoleName = Literal["none", "operator", "manager", "admin"]


class Serving:
    """An application served on this machine by a thread of its own, until the block ends."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._socket = bound("127.0.0.1", 0)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name=THREAD, daemon=True)

    @property
    def address(self) -> str:
        """``http://127.0.0.1:port/api/v1``."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def caller(self, token: str = "", **options: Any) -> httpx.Client:
        """A program that calls it; the one who asks closes it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return httpx.Client(base_url=self.address, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False, **options)

    def start(self) -> Self:
        """Serve; returns when it listens."""
        self._thread.start()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.005)  # uvicorn has no event to wait for
        return self

    def stop(self) -> None:
        """End it; its worker threads end with it."""
        self._server.should_exit = True
        self._thread.join(TIMEOUT_SECONDS)
        self._socket.close()
        assert not self._thread.is_alive(), "the server does not end"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Office:
    """One server over one shared database, and a signed-in caller of each role: made once, lent to many tests."""

    def __init__(self, people: People, key: bytes = KEY) -> None:
        self.people = people
        self.key = key
        self.serving = Serving(create_app(people.database, key)).start()
        self._clients = {role: self._signed_in(role) for role in ("none", *Role)}

    @property
    def database(self) -> Database:
        return self.people.database

    def client(self, role: Role | RoleName) -> httpx.Client:
        """A caller of a role, signed in by its password once; ``"none"`` sends no token. It belongs to the office."""
        return self._clients[role]

    def _signed_in(self, role: str) -> httpx.Client:
        if role == "none":
            return self.serving.caller()
        with self.serving.caller() as client:
            pair = signed_in(client, NAMES[Role(role)])
        return self.serving.caller(pair["access_token"])

    def close(self) -> None:
        """End the server."""
        for client in self._clients.values():
            client.close()
        self.serving.stop()


class Offices:
    """The office of the shared database of each kind, opened at its first use."""

    def __init__(self, populations: Populations) -> None:
        self._populations = populations
        self._open: dict[str, Office] = {}

    def of(self, flavour: str) -> Office:
        """The office on the database of a kind."""
        if flavour not in self._open:
            self._open[flavour] = Office(self._populations.of(flavour))
        return self._open[flavour]

    def close(self) -> None:
        """End every server."""
        for office in self._open.values():
            office.close()


class Desk:
    """What one test works at: the office's callers, and a world of its own, made when it is asked for."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.people = office.people
        self._extra: list[httpx.Client] = []

    @cached_property
    def world(self) -> World:
        """A shed with 50 HQ and 50 NQ, a company with a project and a hole, another company."""
        return make_world(self.people)

    @property
    def address(self) -> str:
        """``http://127.0.0.1:port/api/v1``."""
        return self.office.serving.address

    @property
    def app(self) -> FastAPI:
        return self.office.serving.app

    @property
    def database(self) -> Database:
        return self.office.database

    @property
    def key(self) -> bytes:
        """What the tokens are signed with."""
        return self.office.key

    def client(self, role: Role | RoleName) -> httpx.Client:
        """A caller with the token of a role (``"none"``: without one); paths are relative to ``/api/v1``."""
        return self.office.client(role)

    @property
    def nobody(self) -> httpx.Client:
        return self.client("none")

    @property
    def operator(self) -> httpx.Client:
        return self.client("operator")

    @property
    def manager(self) -> httpx.Client:
        return self.client("manager")

    @property
    def admin(self) -> httpx.Client:
        return self.client("admin")

    def caller(self, token: str = "", **options: Any) -> httpx.Client:
        """A caller of this test's own, with a connection of its own, closed after the test."""
        self._extra.append(self.office.serving.caller(token, **options))
        return self._extra[-1]

    def new_user(self, role: Role = Role.OPERATOR, **changes: Any) -> UserRow:
        """One more user with ``PASSWORD``, who is not signed in."""
        name = f"u{uuid.uuid4().hex[:12]}"
        wanted = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "role": role, **changes}
        return add_user(self.people.admin, AddUser(**wanted))

    def sign_in(self, username: str, password: str = PASSWORD) -> dict[str, Any]:
        """The pair of tokens of a user."""
        return signed_in(self.nobody, username, password)

    def as_user(self, role: Role = Role.OPERATOR, **changes: Any) -> httpx.Client:
        """A caller of this test's own, signed in as a new user: for tests that end his sessions."""
        return self.caller(self.sign_in(self.new_user(role, **changes).username)["access_token"])

    def close(self) -> None:
        """Close this test's own callers."""
        for client in self._extra:
            client.close()

    # -- bodies -------------------------------------------------------------------------------------------------------

    def dispatch_body(self, *, hq: int = 0, nq: int = 0, **changes: Any) -> dict[str, Any]:
        """A dispatch from the world's shed; HQ and NQ by number, other fields as they are given."""
        world = self.world
        body = {
            "company_id": world.company_id,
            "project_id": world.project_id,
            "shed_id": world.shed_id,
            "driver": "Kofi",
            "technician": "Ama",
            "lines": [{"tray_size": size, "quantity": n} for size, n in (("HQ", hq), ("NQ", nq)) if n],
        }
        return body | changes

    def dispatch(self, *, role: RoleName = "operator", hq: int = 0, nq: int = 0, **changes: Any) -> dict[str, Any]:
        """Send trays out over HTTP; the row that was answered."""
        answer = self.client(role).post("/dispatches", json=self.dispatch_body(hq=hq, nq=nq, **changes))
        row: dict[str, Any] = told(answer, 201)
        return row

    def give_back(self, dispatch: Mapping[str, Any], *, role: RoleName = "operator", **sizes: Any) -> dict[str, Any]:
        """Take trays back over HTTP (``return_body``); the dispatch that was answered."""
        answer = self.client(role).post(f"/dispatches/{dispatch['id']}/return", json=return_body(**sizes))
        row: dict[str, Any] = told(answer, 201)
        return row


def return_body(*, hq: int | Mapping[str, int] = 0, nq: int | Mapping[str, int] = 0, **changes: Any) -> dict[str, Any]:
    """A return: a number is so many good ones, a mapping names good, occupied, damaged and surplus."""
    lines = [
        {"tray_size": size, **(parts if isinstance(parts, Mapping) else {"good": parts})}
        for size, parts in (("HQ", hq), ("NQ", nq))
        if parts
    ]
    return {"driver": "Yaw", "technician": "Esi", "lines": lines} | changes


def signed_in(client: httpx.Client, username: str, password: str = PASSWORD) -> dict[str, Any]:
    """The pair of tokens for a name and password."""
    pair: dict[str, Any] = told(client.post("/auth/login", json={"username": username, "password": password}))
    return pair


def told(answer: httpx.Response, status: int = 200) -> Any:
    """The content of an answer of that status. Raises AssertionError for another one, with what was said."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
    return answer.json() if answer.content else None


#: What no answer may hold: the inside of the program, of the database or of the machine.
_INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|sqlalchemy|pymysql|sqlite3|pydantic|SELECT |INSERT |UPDATE |DELETE |/work/|/home/|/root/|/tmp/"
)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The content of a refusal of that status and code, in the one shape that all have."""
    problem: dict[str, Any] = told(answer, status)
    assert problem["error_code"] == code, problem
    assert answer.headers["content-type"] == "application/json"
    assert problem["detail"].endswith(".") or status == 500, problem
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", problem["timestamp"]), problem
    assert not _INSIDE.search(answer.text), problem
    if status == 400:
        assert problem["errors"], problem
        assert all(set(error) == {"field", "message"} and error["message"] for error in problem["errors"]), problem
    return problem


def fields_of(answer: httpx.Response) -> list[str]:
    """The fields that a 400 names."""
    return [error["field"] for error in refused(answer, 400, "VALIDATION_ERROR")["errors"]]


@contextlib.contextmanager
def serving(
    database: Database, *, change: Callable[[FastAPI], None] = lambda _app: None, **options: Any
) -> Iterator[Serving]:
    """A server of a test's own over a database: other settings, other routes (``change``)."""
    app = create_app(database, options.pop("key", KEY), **options)
    change(app)
    with Serving(app) as made:
        yield made
