"""What holds for every answer, whatever it is about: compression, validators, origins, addresses, sizes, ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from coresafe.api.access import LARGEST_BODY
from coresafe.services.database import Database
from coresafe.services.sheds import AddShed, ChangeTraySize, add_shed, change_tray_size, list_tray_sizes
from tests.api.desk import Desk, Office, Serving, fields_of, refused, serving, told

ORIGIN = "https://dashboard.example.com"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


# -- short lists ------------------------------------------------------------------------------------------------------

SHORT = ("/sheds", "/tray-sizes")
every_short_list = pytest.mark.parametrize("path", SHORT)


def change_something(desk: Desk, path: str, through: Database | None = None) -> None:
    """Change the table of a short list, through the services."""
    admin = desk.people.admin if through is None else replace(desk.people.admin, database=through)
    if path == "/sheds":
        name = f"s{uuid.uuid4().hex[:10]}"
        add_shed(admin, AddShed(name=name, code=name, time_zone="UTC"))
    else:
        row = list_tray_sizes(admin)[-1]
        mass = 1.0 if row.empty_mass_kg != 1.0 else 2.0
        change_tray_size(admin, ChangeTraySize(tray_size_id=row.id, version=row.version, empty_mass_kg=mass))


@every_short_list
def test_a_short_list_that_is_known_already_is_not_sent_again(desk: Desk, path: str) -> None:
    first = desk.operator.get(path)
    tag = first.headers["etag"]
    assert told(first)["items"]
    assert re.fullmatch(r'"[^"]+"', tag)
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = desk.operator.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
    for unknown in ('"x"', "x", "", '""', tag.strip('"')):
        again = desk.operator.get(path, headers={"If-None-Match": unknown})
        assert (again.status_code, again.content) == (200, first.content), unknown
    refused(desk.nobody.get(path, headers={"If-None-Match": tag}), 401, "UNAUTHENTICATED")


@every_short_list
@pytest.mark.parametrize("by", ["the api", "a window", "another program"])
def test_a_short_list_is_sent_anew_as_soon_as_anybody_changes_it(desk: Desk, path: str, by: str) -> None:
    first = desk.operator.get(path)
    if by == "the api":
        name = f"s{uuid.uuid4().hex[:10]}"
        if path == "/sheds":
            told(desk.admin.post("/sheds", json={"name": name, "code": name}), 201)
        else:
            told(desk.admin.put("/tray-sizes", json={"name": name, "is_active": False}))
    elif by == "a window":
        change_something(desk, path)
    else:
        elsewhere = Database(desk.database.url)
        try:
            change_something(desk, path, elsewhere)
        finally:
            elsewhere.close()
    second = desk.operator.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert told(second) != first.json()
    assert second.headers["etag"] != first.headers["etag"]
    third = desk.operator.get(path)
    assert (third.content, third.headers["etag"]) == (second.content, second.headers["etag"])


# -- compression ------------------------------------------------------------------------------------------------------


def test_answers_over_a_kilobyte_are_packed_when_asked_and_only_then(desk: Desk) -> None:
    plain = desk.operator.get("/tray-sizes", headers={"Accept-Encoding": "identity"})
    assert len(plain.content) > 1000
    assert "content-encoding" not in plain.headers
    packed = desk.operator.get("/tray-sizes", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.content == plain.content
    assert "accept-encoding" in packed.headers["vary"].lower()
    small = desk.operator.get("/auth/me", headers={"Accept-Encoding": "gzip"})
    assert len(small.content) < 1000
    assert "content-encoding" not in small.headers
    refusal = desk.operator.get("/users", headers={"Accept-Encoding": "gzip"})
    assert refused(refusal, 403, "FORBIDDEN")


# -- origins ----------------------------------------------------------------------------------------------------------


def _break_one(app: FastAPI) -> None:
    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("a secret of /work/main")


@pytest.fixture(scope="module")
def named(offices: Any) -> Iterator[Serving]:
    """A server that one origin may call."""
    with serving(offices.of("mysql").database, change=_break_one, cors_origins=[ORIGIN]) as made:
        yield made


def test_a_named_origin_may_read_answers_with_its_credentials(desk: Desk, named: Serving) -> None:
    with named.caller() as client:
        client.headers["Authorization"] = desk.operator.headers["Authorization"]
        for answer in (client.get("/sheds", headers={"Origin": ORIGIN}), client.get("/x", headers={"Origin": ORIGIN})):
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert "origin" in answer.headers["vary"].lower()
            assert "etag" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.expects_log("GET /api/v1/broken failed")
def test_a_named_origin_may_read_of_a_defect_too(named: Serving) -> None:
    with named.caller() as client:
        answer = client.get("/broken", headers={"Origin": ORIGIN})
        refused(answer, 500, "INTERNAL_ERROR")
        assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", "null", f"{ORIGIN}.evil.com", "http://dashboard.example.com", f"{ORIGIN}:8443"],
)
def test_another_origin_is_named_nowhere(desk: Desk, named: Serving, origin: str) -> None:
    with named.caller() as client:
        client.headers["Authorization"] = desk.operator.headers["Authorization"]
        answer = client.get("/sheds", headers={"Origin": origin})
        told(answer)  # a program may say what it likes; a browser shows the answer to nobody
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        refusal = client.options("/sheds", headers=asked)
        assert fields_of(refusal) == ["Origin"]
        for each in (answer, refusal):
            assert not [name for name in each.headers if name.startswith("access-control")]
        assert "origin" in answer.headers["vary"].lower()


def test_a_named_origin_is_told_what_it_may_send(named: Serving) -> None:
    with named.caller() as client:
        for method in ("GET", "POST", "PUT", "DELETE"):
            asked = {
                "Origin": ORIGIN,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match,if-none-match",
            }
            answer = client.options("/companies", headers=asked)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert method in answer.headers["access-control-allow-methods"]
            assert "idempotency-key" in answer.headers["access-control-allow-headers"].lower()
        for more in ({"Access-Control-Request-Method": "PATCH"}, {"Access-Control-Request-Headers": "x-evil"}):
            asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", **more}
            assert fields_of(client.options("/companies", headers=asked)) == list(more)


def test_no_origin_is_named_by_default(desk: Desk) -> None:
    answer = desk.operator.get("/sheds", headers={"Origin": ORIGIN})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    answer = desk.operator.options("/sheds", headers=asked)
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert not [name for name in answer.headers if name.startswith("access-control")]


# -- addresses and methods --------------------------------------------------------------------------------------------


def test_an_address_takes_the_methods_of_the_document_and_says_so_of_others(desk: Desk) -> None:
    paths: dict[str, dict[str, Any]] = told(desk.nobody.get("/openapi.json"))["paths"]
    for template, operations in paths.items():
        path = re.sub(r"\{\w+\}", "999999999", template).removeprefix("/api/v1")
        there = sorted(method.upper() for method in operations)
        for method in METHODS:
            if method in there:
                continue
            answer = desk.admin.request(method, path)
            problem = refused(answer, 405, "METHOD_NOT_ALLOWED")
            assert answer.headers["allow"] == ", ".join(there), f"{method} {path}"
            assert all(each in problem["detail"] for each in there)


@pytest.mark.parametrize(
    "path",
    ["/", "", "/nonsense", "/companies/", "/companies/1/2", "/../../etc/passwd", "/docs/files/../app.py", "/Companies",
     "/docs/files/nonsense.js", "/docs/files/%2e%2e/__init__.py", "/%00", "/companies/%c3%a9/x"],
)  # fmt: skip
def test_there_is_nothing_at_other_addresses(desk: Desk, path: str) -> None:
    for client in (desk.nobody, desk.admin):
        refused(client.get(path), 404, "NOT_FOUND")
        if not path.startswith("/docs/files/"):
            refused(client.post(path, json={}), 404, "NOT_FOUND")


def test_the_root_and_other_versions_are_nothing_either(desk: Desk) -> None:
    root = desk.address.removesuffix("/api/v1")
    for path in ("/", "/api", "/api/v2/companies", "/docs", "/openapi.json", "/redoc", "/metrics"):
        refused(desk.nobody.get(f"{root}{path}"), 404, "NOT_FOUND")


# -- sizes ------------------------------------------------------------------------------------------------------------


def _pieces(size: int) -> Iterator[bytes]:
    yield b'{"name": "'
    for _ in range(size // 10_000):
        yield b"x" * 10_000
    yield b'"}'


def test_a_body_over_a_megabyte_is_refused_whether_it_says_its_size_or_not(desk: Desk) -> None:
    before = desk.admin.get("/companies?total=true&limit=1").json()["total"]
    large = b'{"name": "' + b"x" * LARGEST_BODY + b'"}'
    for _ in range(5):
        for content in (large, large * 5, _pieces(LARGEST_BODY), _pieces(10 * LARGEST_BODY)):
            answer = desk.manager.post("/companies", content=content, headers={"Content-Type": "application/json"})
            problem = refused(answer, 413, "PAYLOAD_TOO_LARGE")
            assert "1,000,000" in problem["detail"]
    for path in ("/auth/login", "/auth/register", "/auth/refresh"):
        for content in (large, _pieces(2 * LARGEST_BODY)):
            answer = desk.nobody.post(path, content=content, headers={"Content-Type": "application/json"})
            refused(answer, 413, "PAYLOAD_TOO_LARGE")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(desk.nobody.post("/auth/login", content=large, headers=form), 413, "PAYLOAD_TOO_LARGE")
    refused(desk.nobody.post("/auth/login", content=_pieces(2 * LARGEST_BODY), headers=form), 413, "PAYLOAD_TOO_LARGE")
    assert desk.admin.get("/companies?total=true&limit=1").json()["total"] == before
    told(desk.manager.get("/companies?limit=1"))


def test_a_body_of_just_a_megabyte_is_read(desk: Desk) -> None:
    start, end = b'{"name": "', b'"}'
    for content in (
        start + b"x" * (LARGEST_BODY - len(start) - len(end)) + end,
        b'{"name": "  "}' + b" " * (LARGEST_BODY - 14),
    ):
        assert len(content) == LARGEST_BODY
        answer = desk.manager.post("/companies", content=content, headers={"Content-Type": "application/json"})
        assert fields_of(answer) == ["name"]


# -- ids and other headers --------------------------------------------------------------------------------------------


def test_every_answer_has_an_id_the_caller_s_own_where_he_sends_a_good_one(desk: Desk) -> None:
    answers = [
        desk.operator.get("/companies?limit=1"),
        desk.operator.get("/users"),
        desk.nobody.get("/companies"),
        desk.nobody.get("/nonsense"),
        desk.nobody.patch("/companies"),
        desk.nobody.get("/health/live"),
        desk.nobody.get("/docs"),
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    mine = f"call.{uuid.uuid4()}:1_x"
    assert desk.operator.get("/auth/me", headers={"X-Request-ID": mine}).headers["x-request-id"] == mine
    for bad in ("", "x" * 65, "a b", 'a"b', "<script>", "\u00e9"):
        sent = [(b"X-Request-ID", bad.encode())]
        answer = desk.operator.get("/auth/me", headers=sent)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"]), bad


def test_answers_are_for_whoever_asked_and_nobody_on_the_way(desk: Desk) -> None:
    for path in ("/companies", "/auth/me", "/inventory", "/nonsense", "/health/ready"):
        answer = desk.operator.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
    assert "no-cache" in desk.operator.get("/sheds").headers["cache-control"]


# -- defects ----------------------------------------------------------------------------------------------------------


@pytest.mark.expects_log("GET /api/v1/broken failed", "GET /api/v1/sql failed", "GET /api/v1/bug failed")
def test_a_defect_tells_nothing_of_the_inside(office: Office) -> None:
    import sqlalchemy as sa

    from coresafe.errors import Bug

    def spoil(app: FastAPI) -> None:
        _break_one(app)

        @app.get("/api/v1/sql")
        def broken_sql() -> None:
            with office.database.connect() as connection:
                connection.execute(sa.text("SELECT password_hash FROM nowhere"))

        @app.get("/api/v1/bug")
        async def bug() -> None:
            raise Bug("a movement in /work/main says SELECT secret")

    with serving(office.database, change=spoil) as broken, broken.caller() as client:
        for path in ("/broken", "/sql", "/bug"):
            answer = client.get(path, headers={"X-Request-ID": "told-to-the-desk"})
            problem = refused(answer, 500, "INTERNAL_ERROR")
            assert set(problem) == {"detail", "error_code", "timestamp"}
            assert "secret" not in answer.text and "nowhere" not in answer.text
            assert answer.headers["x-request-id"] == "told-to-the-desk"
        assert client.get("/health/live").status_code == 200


def test_a_caller_that_hangs_up_in_the_middle_of_his_body_disturbs_nobody(desk: Desk) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"name": '
        raise httpx.ReadError("the caller is gone")

    for _ in range(3):
        client = desk.caller(desk.manager.headers["Authorization"].split()[1])
        with pytest.raises(httpx.ReadError):
            client.post("/companies", content=pieces(), headers={"Content-Type": "application/json"})
        client.close()
    told(desk.manager.get("/companies?limit=1"))
