"""Signing in over HTTP, and tokens: what is believed, for how long, and what ends them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr

from coresafe.api.limits import Limiter
from coresafe.config import Settings
from coresafe.errors import ValidationFailed
from coresafe.models.enums import Role
from coresafe.services import sessions, tokens
from coresafe.services.context import Context
from coresafe.services.users import ChangeUser, change_user, get_user
from tests.api.desk import Desk, Office, fields_of, refused, serving, told
from tests.crowds import at_once
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, Populations

FRESH = "Fresh-Core-99"


def pair_of(context: Context, key: bytes) -> dict[str, Any]:
    """A session of somebody who is signed in at a window, without waiting for his password again."""
    pair = sessions.start_session(context, key)
    return {"access_token": pair.access_token, "refresh_token": pair.refresh_token}


@pytest.fixture
def pair(desk: Desk) -> dict[str, Any]:
    """A session of the operator's, this test's own."""
    return pair_of(desk.people.operator, desk.key)


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(claims: Any, key: bytes, *, header: dict[str, Any] | None = None, digest: str = "sha256") -> str:
    """A token put together by hand, as a forger would."""
    text = f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    return f"{text}.{part(hmac.new(key, text.encode(), digest).digest())}"


def me(desk: Desk, token: str) -> httpx.Response:
    return desk.nobody.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


def refresh(desk: Desk, token: str) -> httpx.Response:
    return desk.nobody.post("/auth/refresh", json={"refresh_token": token})


def change(desk: Desk, user_id: int, **changes: Any) -> None:
    row = get_user(desk.people.admin, user_id)
    change_user(desk.people.admin, ChangeUser(user_id=user_id, version=row.version, **changes))


# -- the pair ---------------------------------------------------------------------------------------------------------


def test_signing_in_answers_with_a_pair_good_for_half_an_hour_and_for_a_week(desk: Desk) -> None:
    before = int(time.time())
    answer = desk.nobody.post("/auth/login", json={"username": " OTTO ", "password": PASSWORD})
    pair = told(answer, 200)
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 1800)
    assert answer.headers["cache-control"] == "no-store"
    access, renewal = claims_of(pair["access_token"]), claims_of(pair["refresh_token"])
    assert before <= access["iat"] <= time.time()
    assert access["exp"] - access["iat"] == 30 * 60
    assert renewal["exp"] - renewal["iat"] == 7 * 24 * 60 * 60
    for token in (pair["access_token"], pair["refresh_token"]):
        assert jwt.get_unverified_header(token)["alg"] == "HS256"
        assert "assword" not in json.dumps(claims_of(token))
    assert told(me(desk, pair["access_token"]))["username"] == "otto"


@pytest.mark.parametrize(
    "form",
    [{}, {"grant_type": "password", "scope": "", "client_id": "x", "client_secret": "y"}],
    ids=["two fields", "all of oauth"],
)
def test_signing_in_takes_a_form_too(desk: Desk, form: dict[str, str]) -> None:
    answer = desk.nobody.post("/auth/login", data={"username": "otto", "password": PASSWORD, **form})
    assert told(me(desk, told(answer, 200)["access_token"]))["username"] == "otto"


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"json": {}}, ["username", "password"]),
        ({"json": {"username": "otto"}}, ["password"]),
        ({"json": {"username": "otto", "password": 5}}, ["password"]),
        ({"json": {"username": None, "password": "x"}}, ["username"]),
        ({"json": {"username": "otto", "password": "x", "remember": True}}, ["remember"]),
        ({"json": ["otto", "x"]}, ["body"]),
        ({"content": b"{"}, ["body"]),
        ({"content": b""}, ["body"]),
        ({"content": b"\xff\xff"}, ["body"]),
        ({"content": b"[" * 100_000}, ["body"]),
        ({"content": b'{"username": "otto", "password": ' + b"9" * 5000 + b"}"}, ["body"]),
        ({"data": {"username": "otto"}}, ["password"]),
        ({"content": b'{"username": "otto", "password": "\\ud800"}'}, ["body"]),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_a_sign_in_that_cannot_be_understood_names_its_field(
    desk: Desk, options: dict[str, Any], fields: list[str]
) -> None:
    assert fields_of(desk.nobody.post("/auth/login", **options)) == fields


def test_a_wrong_name_and_a_wrong_password_are_told_alike(desk: Desk) -> None:
    row = desk.new_user()
    found = [
        refused(desk.nobody.post("/auth/login", json=body), 401, "UNAUTHENTICATED")
        for body in (
            {"username": row.username, "password": "wrong-Password-1"},
            {"username": f"x{row.username}", "password": PASSWORD},
            {"username": row.username, "password": ""},
        )
    ]
    assert len({json.dumps({**each, "timestamp": ""}) for each in found}) == 1


def test_five_wrong_passwords_lock_known_and_unknown_names_alike(desk: Desk) -> None:
    found = []
    for name in (desk.new_user().username, f"ghost{uuid.uuid4().hex}"):
        wrong = {"username": name, "password": "wrong-Password-1"}
        for _ in range(4):
            refused(desk.nobody.post("/auth/login", json=wrong), 401, "UNAUTHENTICATED")
        fifth = desk.nobody.post("/auth/login", json=wrong)
        problem = refused(fifth, 429, "ACCOUNT_LOCKED")
        assert fifth.headers["retry-after"] == "900"
        sixth = desk.nobody.post("/auth/login", json={"username": name, "password": PASSWORD})
        refused(sixth, 429, "ACCOUNT_LOCKED")
        assert 890 <= int(sixth.headers["retry-after"]) <= 900
        found.append({**problem, "timestamp": ""})
    assert found[0] == found[1]


def test_wrong_current_passwords_lock_the_same_way(desk: Desk) -> None:
    row = desk.new_user()
    client = desk.caller(desk.sign_in(row.username)["access_token"])
    body = {"current_password": "wrong-Password-1", "new_password": FRESH}
    for _ in range(4):
        assert fields_of(client.put("/auth/password", json=body)) == ["current_password"]
    fifth = client.put("/auth/password", json=body)
    refused(fifth, 429, "ACCOUNT_LOCKED")
    assert fifth.headers["retry-after"] == "900"
    refused(client.put("/auth/password", json=body | {"current_password": PASSWORD}), 429, "ACCOUNT_LOCKED")
    answer = desk.nobody.post("/auth/login", json={"username": row.username, "password": PASSWORD})
    refused(answer, 429, "ACCOUNT_LOCKED")
    told(client.get("/auth/me"))


def test_eight_guesses_at_once_open_no_more_than_eight_one_by_one(desk: Desk) -> None:
    name = desk.new_user().username
    wrong = {"username": name, "password": "wrong-Password-1"}
    clients = [desk.caller() for _ in range(8)]
    outcomes = at_once([lambda c=c: c.post("/auth/login", json=wrong) for c in clients])  # type: ignore[misc]
    assert sorted({outcome.answer.status_code for outcome in outcomes}) == [401, 429]
    assert sum(outcome.answer.status_code == 401 for outcome in outcomes) <= 4
    refused(desk.nobody.post("/auth/login", json={"username": name, "password": PASSWORD}), 429, "ACCOUNT_LOCKED")


# -- what is believed -------------------------------------------------------------------------------------------------


def test_forged_tokens_are_refused(desk: Desk, pair: dict[str, Any]) -> None:
    good = pair["access_token"]
    head, body, signature = good.split(".")
    claims = claims_of(good)
    as_admin = claims | {"role": "admin", "name": "boss", "sub": str(desk.people.admin.actor.user_id)}
    none = {"alg": "none", "typ": "JWT"}
    forged = {
        "another key": signed(claims, b"x" * 48),
        "an empty key": signed(claims, b""),
        "no algorithm": f"{part(none)}.{part(as_admin)}.",
        "no algorithm, a signature": f"{part(none)}.{part(as_admin)}.{signature}",
        "NONE in capitals": f"{part({'alg': 'NONE'})}.{part(as_admin)}.",
        "RS256, signed with the key as if it were public": signed(claims, desk.key, header={"alg": "RS256"}),
        "HS512 with the right key": signed(claims, desk.key, header={"alg": "HS512"}, digest="sha512"),
        "HS384 with the right key": signed(claims, desk.key, header={"alg": "HS384"}, digest="sha384"),
        "no algorithm named": signed(claims, desk.key, header={"typ": "JWT"}),
        "a key of the forger's own in the header": signed(
            claims,
            b"mine" * 12,
            header={"alg": "HS256", "jwk": {"kty": "oct", "k": part(b"mine" * 12)}, "kid": "../../x"},
        ),
        "another role under the old signature": f"{head}.{part(as_admin)}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a signature": f"{head}.{body}.{signature[:20]}",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "claims that are a list": signed([claims], desk.key),
        "claims that are no JSON": signed(b"{", desk.key),
        "claims nested too deep": signed(b"[" * 100_000, desk.key)[:60_000],
        "not base64": "a.b.c",
        "dots": "..",
        "a word": "otto",
    }
    for how, token in forged.items():
        for answer in (me(desk, token), refresh(desk, token)):
            assert refused(answer, 401, "UNAUTHENTICATED")["detail"], how
    assert told(me(desk, good))["username"] == "otto"


def test_a_token_says_everything_or_nothing(desk: Desk, pair: dict[str, Any]) -> None:
    claims = claims_of(pair["access_token"])
    assert told(me(desk, signed(claims, desk.key)))["username"] == "otto"  # by hand it is as good
    for name in claims:
        if name != "full_name":
            less = {key: value for key, value in claims.items() if key != name}
            refused(me(desk, signed(less, desk.key)), 401, "UNAUTHENTICATED")
    other: dict[str, list[Any]] = {
        "iss": ["elsewhere", None, 7],
        "typ": ["refresh", "ACCESS", None],
        "sub": ["0", "-1", "x", None, str(desk.people.admin.actor.user_id), "1e9", "9" * 40],
        "sid": [str(uuid.uuid4()), "", None, "x" * 300],
        "role": ["owner", "", None, 7, ["admin"]],
        "epoch": [claims["epoch"] + 1, -1, "x", None, [], 10**30],
        "exp": ["soon", None, -1],
        "iat": [int(time.time()) + 3600, "x", None],
    }
    for name, values in other.items():
        for value in values:
            answer = me(desk, signed(claims | {name: value}, desk.key))
            assert answer.status_code == 401, f"{name} = {value!r}: {answer.text}"
    client = desk.caller(signed(claims | {"role": "admin"}, desk.key))
    refused(client.get("/users"), 403, "FORBIDDEN")  # with the key in hand: the database knows his role
    renewal = claims_of(pair["refresh_token"])
    for name in renewal:
        less = {key: value for key, value in renewal.items() if key != name}
        refused(refresh(desk, signed(less, desk.key)), 401, "UNAUTHENTICATED")


def test_a_token_that_has_run_out_is_told_so(desk: Desk, pair: dict[str, Any]) -> None:
    now = int(time.time())
    for name, ask in (("access_token", me), ("refresh_token", refresh)):
        old = claims_of(pair[name]) | {"iat": now - 10_000_000, "exp": now - 1}
        answer = ask(desk, signed(old, desk.key))
        refused(answer, 401, "TOKEN_EXPIRED")
        assert answer.headers["www-authenticate"] == "Bearer"
        refused(ask(desk, signed(old, b"x" * 48)), 401, "UNAUTHENTICATED")
    told(me(desk, pair["access_token"]))


def test_each_token_is_good_for_its_own_purpose_only(desk: Desk, pair: dict[str, Any]) -> None:
    refused(me(desk, pair["refresh_token"]), 401, "UNAUTHENTICATED")
    refused(refresh(desk, pair["access_token"]), 401, "UNAUTHENTICATED")
    both = claims_of(pair["refresh_token"]) | claims_of(pair["access_token"])  # each says all that the other does
    refused(me(desk, signed(both | {"typ": "refresh"}, desk.key)), 401, "UNAUTHENTICATED")
    refused(refresh(desk, signed(both | {"typ": "access"}, desk.key)), 401, "UNAUTHENTICATED")
    told(me(desk, signed(both, desk.key)))


def test_a_token_of_another_database_with_the_same_key_is_refused(desk: Desk, populations: Populations) -> None:
    there = populations.of("sqlite").operator
    assert there.actor.username == desk.people.operator.actor.username
    theirs = pair_of(there, desk.key)
    refused(me(desk, theirs["access_token"]), 401, "UNAUTHENTICATED")
    refused(refresh(desk, theirs["refresh_token"]), 401, "UNAUTHENTICATED")


def test_a_token_is_taken_from_the_header_only(desk: Desk, pair: dict[str, Any]) -> None:
    token = pair["access_token"]
    refused(desk.nobody.get(f"/companies?access_token={token}"), 401, "UNAUTHENTICATED")
    refused(
        desk.nobody.get("/companies", headers={"Cookie": f"access_token={token}; token={token}"}),
        401,
        "UNAUTHENTICATED",
    )


# -- what ends a session ----------------------------------------------------------------------------------------------


def test_logging_out_ends_both_tokens_and_no_other_session(desk: Desk, pair: dict[str, Any]) -> None:
    other = pair_of(desk.people.operator, desk.key)
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    answer = desk.nobody.post("/auth/logout", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    refused(me(desk, pair["access_token"]), 401, "UNAUTHENTICATED")
    refused(refresh(desk, pair["refresh_token"]), 401, "UNAUTHENTICATED")
    refused(desk.nobody.post("/auth/logout", headers=headers), 401, "UNAUTHENTICATED")
    told(me(desk, other["access_token"]))


def test_a_new_password_ends_every_session_and_answers_with_a_new_one(desk: Desk) -> None:
    name = desk.new_user().username
    here, there = desk.sign_in(name), desk.sign_in(name)
    client = desk.caller(here["access_token"])
    body = {"current_password": PASSWORD, "new_password": FRESH}
    answer = client.put("/auth/password", json=body)
    fresh = told(answer, 200)
    assert set(fresh) == {"access_token", "refresh_token", "token_type", "expires_in"}
    for old in (here, there):
        refused(me(desk, old["access_token"]), 401, "UNAUTHENTICATED")
        refused(refresh(desk, old["refresh_token"]), 401, "UNAUTHENTICATED")
    told(me(desk, fresh["access_token"]))
    told(refresh(desk, fresh["refresh_token"]))
    refused(desk.nobody.post("/auth/login", json={"username": name, "password": PASSWORD}), 401, "UNAUTHENTICATED")
    told(me(desk, desk.sign_in(name, FRESH)["access_token"]))


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"current_password": "wrong-Password-1"}, ["current_password"]),
        ({"new_password": "short-1"}, ["new_password"]),
        ({"new_password": PASSWORD}, ["new_password"]),
        ({"new_password": None}, ["new_password"]),
        ({"new_password": 12345678901}, ["new_password"]),
        ({"username": "boss"}, ["username"]),
    ],
    ids=str,
)
def test_a_password_change_that_is_refused_ends_nothing(desk: Desk, changes: dict[str, Any], fields: list[str]) -> None:
    body = {"current_password": PASSWORD, "new_password": FRESH, **changes}
    assert fields_of(desk.operator.put("/auth/password", json=body)) == fields
    told(desk.operator.get("/auth/me"))
    if fields == ["current_password"]:
        desk.sign_in("otto")  # forgets the wrong one again


@pytest.mark.parametrize(
    "changes", [{"is_active": False}, {"role": Role.MANAGER}, {"sign_out": True}, {"username": ""}], ids=str
)
def test_what_an_administrator_does_ends_every_session_at_once(desk: Desk, changes: dict[str, Any]) -> None:
    row = desk.new_user()
    pair = desk.sign_in(row.username)
    told(me(desk, pair["access_token"]))
    if "username" in changes:
        changes = {"username": f"x{row.username}"}
    version = told(desk.admin.get(f"/users/{row.id}"))["version"]
    told(desk.admin.put(f"/users/{row.id}", json={"version": version, **changes}))
    refused(me(desk, pair["access_token"]), 401, "UNAUTHENTICATED")
    refused(refresh(desk, pair["refresh_token"]), 401, "UNAUTHENTICATED")


def test_a_change_of_what_is_no_right_leaves_sessions_alone(desk: Desk) -> None:
    row = desk.new_user()
    pair = desk.sign_in(row.username)
    change(desk, row.id, full_name="Otto O.", email=f"new-{row.email}")
    assert told(me(desk, pair["access_token"]))["full_name"] == "Otto O."
    told(refresh(desk, pair["refresh_token"]))


def test_who_was_switched_off_cannot_sign_in_and_can_again_when_switched_on(desk: Desk) -> None:
    row = desk.new_user()
    body = {"username": row.username, "password": PASSWORD}
    change(desk, row.id, is_active=False)
    assert "switched off" in refused(desk.nobody.post("/auth/login", json=body), 401, "UNAUTHENTICATED")["detail"]
    change(desk, row.id, is_active=True)
    told(desk.nobody.post("/auth/login", json=body))


# -- refreshing -------------------------------------------------------------------------------------------------------


@on_every_database
def test_a_refresh_token_works_once_and_the_second_time_ends_everything_of_its_session(desk: Desk) -> None:
    first = pair_of(desk.people.operator, desk.key)
    other = pair_of(desk.people.operator, desk.key)
    answer = refresh(desk, first["refresh_token"])
    second = told(answer, 200)
    assert set(second) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert second["refresh_token"] != first["refresh_token"]
    told(me(desk, second["access_token"]))
    third = told(refresh(desk, second["refresh_token"]))
    told(me(desk, third["access_token"]))
    refused(refresh(desk, first["refresh_token"]), 401, "UNAUTHENTICATED")
    for each in (first, second, third):
        refused(me(desk, each["access_token"]), 401, "UNAUTHENTICATED")
        refused(refresh(desk, each["refresh_token"]), 401, "UNAUTHENTICATED")
    told(me(desk, other["access_token"]))
    told(refresh(desk, other["refresh_token"]))
    (entry,) = told(desk.admin.get("/audit?action=token_reused&user=otto&limit=1"))["items"]
    assert (entry["record_type"], entry["door"], entry["machine"]) == ("user", "api", "127.0.0.1")


@on_every_database
def test_of_programs_that_refresh_one_token_at_once_exactly_one_wins(desk: Desk) -> None:
    first = pair_of(desk.people.operator, desk.key)
    clients = [desk.caller() for _ in range(4)]
    body = {"refresh_token": first["refresh_token"]}
    outcomes = at_once([lambda c=c: c.post("/auth/refresh", json=body) for c in clients])  # type: ignore[misc]
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    answers = [outcome.answer for outcome in outcomes]
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    refused(me(desk, won["access_token"]), 401, "UNAUTHENTICATED")  # two had the same token: nobody is trusted


def test_a_refreshed_token_speaks_of_the_user_as_he_is_now(desk: Desk, pair: dict[str, Any]) -> None:
    fresh = claims_of(told(refresh(desk, pair["refresh_token"]))["access_token"])
    assert (fresh["role"], fresh["name"]) == ("operator", "otto")
    assert fresh["sid"] == claims_of(pair["access_token"])["sid"]


@pytest.mark.parametrize(
    "body", [{}, {"refresh_token": None}, {"refresh_token": 5}, {"refresh_token": "x", "more": 1}], ids=str
)
def test_a_refresh_that_cannot_be_understood_names_its_field(desk: Desk, body: dict[str, Any]) -> None:
    assert fields_of(desk.nobody.post("/auth/refresh", json=body)) == ["more" if "more" in body else "refresh_token"]


# -- registering ------------------------------------------------------------------------------------------------------


def newcomer(**changes: Any) -> dict[str, Any]:
    name = f"n{uuid.uuid4().hex[:10]}"
    return {"username": name, "email": f"{name}@example.com", "full_name": "Nana N.", "password": PASSWORD, **changes}


def test_who_registers_is_an_inactive_operator_until_an_administrator_says_otherwise(desk: Desk) -> None:
    body = newcomer()
    row = told(desk.nobody.post("/auth/register", json=body), 201)
    assert (row["username"], row["email"], row["full_name"]) == (body["username"], body["email"], "Nana N.")
    assert (row["role"], row["is_active"], row["approved_at"]) == ("operator", False, None)
    assert "password" not in " ".join(row).replace("must_change_password", "")
    sign_in = {"username": body["username"], "password": PASSWORD}
    assert "approve" in refused(desk.nobody.post("/auth/login", json=sign_in), 403, "FORBIDDEN")["detail"]
    wrong = desk.nobody.post("/auth/login", json=sign_in | {"password": "wrong-Password-1"})
    assert "approve" not in refused(wrong, 401, "UNAUTHENTICATED")["detail"]
    changed = told(desk.admin.put(f"/users/{row['id']}", json={"version": row["version"], "is_active": True}))
    assert changed["approved_at"] is not None
    token = told(desk.nobody.post("/auth/login", json=sign_in))["access_token"]
    assert told(me(desk, token))["role"] == "operator"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"role": "operator"}, "role"),
        ({"is_active": True}, "is_active"),
        ({"approved_at": "2026-01-01T00:00:00Z"}, "approved_at"),
        ({"email": "nobody"}, "email"),
        ({"username": ""}, "username"),
        ({"username": "x" * 61}, "username"),
        ({"password": "short-1"}, "password"),
        ({"password": None}, "password"),
    ],
    ids=str,
)
def test_who_registers_cannot_choose_his_role(desk: Desk, changes: dict[str, Any], field: str) -> None:
    assert fields_of(desk.nobody.post("/auth/register", json=newcomer(**changes))) == [field]


def test_a_name_or_address_is_registered_once(desk: Desk) -> None:
    first = newcomer()
    told(desk.nobody.post("/auth/register", json=first), 201)
    for field in ("username", "email"):
        again = newcomer(**{field: first[field].upper()})
        problem = refused(desk.nobody.post("/auth/register", json=again), 409, "DUPLICATE")
        assert [error["field"] for error in problem["errors"]] == [field]


def test_too_many_requests_that_need_no_token_are_told_to_wait(office: Office) -> None:
    def slow_down(app: Any) -> None:
        app.state.coresafe.anonymous = Limiter(per_minute=1, at_once=2)
        app.state.coresafe.registering = Limiter(per_minute=1, at_once=1)

    with serving(office.database, change=slow_down) as slow, slow.caller() as client:
        for _ in range(2):
            refused(client.post("/auth/refresh", json={"refresh_token": "x"}), 401, "UNAUTHENTICATED")
        told(client.post("/auth/register", json=newcomer()), 201)
        for path, body in (
            ("/auth/refresh", {"refresh_token": "x"}),
            ("/auth/login", {"username": "otto", "password": PASSWORD}),
            ("/auth/register", newcomer()),
        ):
            answer = client.post(path, json=body)
            refused(answer, 429, "RATE_LIMITED")
            assert 1 <= int(answer.headers["retry-after"]) <= 61


# -- temporary passwords ----------------------------------------------------------------------------------------------


def test_a_temporary_password_opens_nothing_but_its_own_change(desk: Desk) -> None:
    row = desk.new_user(Role.ADMIN, temporary=True)
    pair = desk.sign_in(row.username)
    client = desk.caller(pair["access_token"])
    assert told(client.get("/auth/me"))["must_change_password"] is True
    for path in ("/companies", "/dispatches", "/inventory", "/users", "/audit", "/sheds", "/reports/dashboard"):
        assert "temporary" in refused(client.get(path), 403, "FORBIDDEN")["detail"]
    refused(client.post("/companies", json={"name": "X"}), 403, "FORBIDDEN")
    refused(client.post("/companies", json={"nonsense": "X"}), 403, "FORBIDDEN")
    told(refresh(desk, pair["refresh_token"]))
    other = desk.caller(desk.sign_in(row.username)["access_token"])
    assert other.post("/auth/logout").status_code == 204
    fresh = told(client.put("/auth/password", json={"current_password": PASSWORD, "new_password": FRESH}))
    client.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    assert told(client.get("/auth/me"))["must_change_password"] is False
    told(client.get("/users"))


# -- the key ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "weak", ["short", "x" * 64, "ab" * 32, "secret" * 10, "12345678" * 4, "abcdefg" * 5 + "abc", "x" * 31], ids=str
)
def test_a_weak_key_is_refused_and_never_repeated_in_words(weak: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        tokens.signing_key(Settings(secret_key=SecretStr(weak)))
    assert "CORESAFE_SECRET_KEY" in refusal.value.message
    assert weak not in refusal.value.message


def test_the_key_of_the_settings_is_used_and_no_file_made(own_home: Path) -> None:
    key = "mJ3vQ8xR2tN6wY9zB4cF7gH1kL5pS0dA"
    assert tokens.signing_key(Settings(secret_key=SecretStr(key))) == key.encode()
    assert not own_home.exists()


def test_a_key_is_made_at_the_first_start_and_kept_for_its_owner_alone(own_home: Path) -> None:
    key = tokens.signing_key(Settings())
    assert len(key) >= tokens.LEAST_KEY_BYTES
    assert tokens.signing_key(Settings()) == key
    (file,) = [path for path in own_home.rglob("*") if path.is_file()]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == key


def test_a_key_file_that_others_can_read_is_refused(own_home: Path) -> None:
    tokens.signing_key(Settings())
    (file,) = [path for path in own_home.rglob("*") if path.is_file()]
    for mode in (0o640, 0o604, 0o660, 0o606):
        file.chmod(mode)
        with pytest.raises(ValidationFailed, match="Others can"):
            tokens.signing_key(Settings())
    file.chmod(0o600)
    tokens.signing_key(Settings())


def test_a_key_file_that_was_cut_short_is_refused(own_home: Path) -> None:
    tokens.signing_key(Settings())
    (file,) = [path for path in own_home.rglob("*") if path.is_file()]
    for content in (b"", b"abc"):
        file.write_bytes(content)
        with pytest.raises(ValidationFailed):
            tokens.signing_key(Settings())


def test_programs_that_make_the_key_at_once_agree_on_it(own_home: Path) -> None:
    code = (
        "import sys; from coresafe.config import Settings; from coresafe.services import tokens; "
        "print('ready', flush=True); sys.stdin.readline(); print(tokens.signing_key(Settings()).decode())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    keys = {hashlib.sha256(each.communicate(timeout=60)[0].strip().encode()).hexdigest() for each in started}
    assert [each.returncode for each in started] == [0] * 4
    assert len(keys) == 1
    assert len([path for path in own_home.rglob("*") if path.is_file()]) == 1
