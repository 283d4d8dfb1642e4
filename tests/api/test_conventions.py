"""What is sent and what is answered: strict types, the shape of errors, statuses, times, for every endpoint."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.desk import Desk, fields_of, refused, return_body, told
from tests.worlds import PASSWORD, balances, row_counts

JSON = {"Content-Type": "application/json"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def raw(value: Any) -> bytes:
    """JSON as a careless program writes it: NaN, infinity and lone surrogates as they are."""
    return json.dumps(value, allow_nan=True).encode()


# -- strict types -----------------------------------------------------------------------------------------------------

#: kind of field → what it never is.
WRONG: dict[str, list[Any]] = {
    "whole": [
        "5", 5.5, True, False, [5], {"n": 5}, float("nan"), float("inf"), float("-inf"), -(2**31), 2**31, 2**63, 10**400,
    ],
    "id": ["1", 1.5, True, 0, -1, 2**63, 10**400, [1], {}, float("nan")],
    "text": [5, 1.5, True, ["x"], {"x": 1}, "a\0b", "\ud800", "\x07", "\x1b[31m", "x" * 5000],
    "name": [None, "", "  ", "\n", "\u00a0", "a\nb", "x" * 121],
    "moment": [
        "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", 1767225600,
        1.5, True, {}, "", "2026-01-01T00:00:00+99:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "\u0662026-01-01T00:00:00Z",
    ],
    "flag": ["true", "false", 0, 1, "yes", None, []],
    "number": ["1.5", True, [1.5], {}, float("nan"), float("inf"), 10**400],
    "word": ["nonsense", "", 5, True, [], "EMPTY ", "\0"],
}  # fmt: skip


def check(client: httpx.Client, method: str, path: str, body: Any, field: str, value: Any) -> None:
    """A body with one field as it must not be is refused, naming that field."""
    spoiled = json.loads(json.dumps(body))
    place: Any = spoiled
    *steps, last = [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", field)]
    for step in steps:
        place = place[step]
    place[last] = value
    answer = client.request(method, path, content=raw(spoiled), headers=JSON)
    shown = repr(value)[:60]
    assert answer.status_code == 400, f"{field} = {shown}: {answer.status_code} {answer.text[:500]}"
    assert fields_of(answer) == [field], f"{field} = {shown}"


def test_a_dispatch_takes_nothing_that_is_not_what_it_should_be(desk: Desk) -> None:
    body = desk.dispatch_body(hq=1, nq=1, reason="late")
    kinds = {
        "lines[0].quantity": "whole",
        "lines[1].tray_size": "name",
        "lines[1].contents": "word",
        "samples_collected": "whole",
        "company_id": "id",
        "project_id": "id",
        "shed_id": "id",
        "drillhole_id": "id",
        "driver": "name",
        "technician": "text",
        "vehicle": "text",
        "destination": "text",
        "notes": "text",
        "reason": "text",
        "dispatched_at": "moment",
        "due_at": "moment",
        "sample_type": "word",
    }
    before, held = row_counts(desk.database), balances(desk.database)
    for field, kind in kinds.items():
        for value in WRONG[kind]:
            check(desk.manager, "POST", "/dispatches", body, field, value)
        if kind == "name":
            for value in WRONG["text"]:
                check(desk.manager, "POST", "/dispatches", body, field, value)
    check(desk.manager, "POST", "/dispatches", body, "notes", "x" * 900_000)
    for value in (0, -1, 1_000_001, None):
        check(desk.manager, "POST", "/dispatches", body, "lines[0].quantity", value)
    for value in ([], {}, "HQ", None, 5, [[]], [5], ["HQ"], [None]):
        spoiled = desk.dispatch_body(lines=value)
        answer = desk.manager.post("/dispatches", json=spoiled)
        assert all(field.startswith("lines") for field in fields_of(answer)), value
    assert row_counts(desk.database) == before
    assert balances(desk.database) == held


def test_other_bodies_take_nothing_that_is_not_what_it_should_be(desk: Desk) -> None:
    world = desk.world
    sent = desk.dispatch(hq=5)
    move = {"kind": "purchase", "tray_size": "HQ", "quantity": 1, "reason": "r", "shed_id": world.shed_id}
    base = {"tray_size": "HQ", "base_quantity": 60, "reason": "r", "shed_id": world.shed_id}
    hole = {"hole_id": "H", "project_id": world.project_id}
    sample = {
        "sample_id": "S",
        "sample_type": "assay",
        "drillhole_id": world.hole_id,
        "from_depth": 1.0,
        "to_depth": 2.0,
    }
    person = {"username": "n", "email": "n@example.com", "role": "operator", "password": PASSWORD}
    returned = return_body(hq=1)
    cases: list[tuple[str, str, Any, dict[str, str]]] = [
        ("POST", f"/dispatches/{sent['id']}/return", returned, {
            "lines[0].good": "whole", "lines[0].occupied": "whole", "lines[0].damaged": "whole", "lines[0].surplus": "whole",
            "driver": "name", "technician": "name", "final": "flag", "returned_at": "moment", "shed_id": "id",
            "condition_notes": "text",
        }),
        ("POST", f"/dispatches/{sent['id']}/extend", {"due_at": "2100-01-01T00:00:00Z", "reason": "r"}, {
            "due_at": "moment", "reason": "text",
        }),
        ("POST", f"/dispatches/{sent['id']}/void", {"reason": "r"}, {"reason": "text"}),
        ("POST", f"/dispatches/{sent['id']}/resolve", {
            "lines": [{"tray_size": "HQ", "quantity": 1}], "disposition": "lost", "reason": "r",
        }, {"lines[0].quantity": "whole", "disposition": "word", "reason": "text"}),
        ("POST", "/inventory/moves", move, {
            "quantity": "whole", "kind": "word", "reason": "text", "shed_id": "id", "tray_size": "name",
        }),
        ("PUT", "/inventory", base, {"base_quantity": "whole", "reason": "text", "shed_id": "id", "tray_size": "name"}),
        ("POST", "/companies", {"name": "N"}, {
            "name": "name", "contact_phone": "text", "contact_email": "text", "is_active": "flag",
        }),
        ("POST", "/projects", {"code": "C", "name": "N", "company_id": world.company_id}, {
            "code": "text", "name": "name", "company_id": "id", "location": "text", "crs": "whole", "status": "word",
        }),
        ("POST", "/drillholes", hole, {
            "hole_id": "text", "project_id": "id", "eoh_depth": "number", "azimuth": "number", "dip": "number",
            "easting": "number", "status": "word", "core_size": "text",
        }),
        ("POST", "/samples", sample, {
            "sample_id": "text", "sample_type": "word", "dispatch_id": "id", "from_depth": "number", "to_depth": "number",
            "status": "word",
        }),
        ("POST", "/sheds", {"name": "N", "code": "C"}, {
            "name": "name", "code": "text", "time_zone": "text", "is_active": "flag",
        }),
        ("PUT", "/tray-sizes", {"name": "New"}, {"name": "text", "core_mm": "number", "rows": "whole", "is_active": "flag"}),
        ("POST", "/users", person, {
            "username": "text", "email": "text", "role": "word", "is_active": "flag", "password": "text",
        }),
    ]  # fmt: skip
    before = row_counts(desk.database)
    for method, path, body, kinds in cases:
        for field, kind in kinds.items():
            for value in WRONG[kind]:
                check(desk.admin, method, path, body, field, value)
    assert row_counts(desk.database) == before


def test_numbers_out_of_their_range_name_their_field(desk: Desk) -> None:
    hole = {"hole_id": "H", "project_id": desk.world.project_id}
    for field, values in {
        "azimuth": [-0.1, 360, 1e300],
        "dip": [-90.1, 90.1],
        "eoh_depth": [0, -5, 15_001, -1e-300],
        "easting": [1e9 + 1, -1e10],
    }.items():
        for value in values:
            check(desk.manager, "POST", "/drillholes", hole, field, value)
    project = {"code": "C", "name": "N", "company_id": desk.world.company_id}
    for value in (0, 1023, 32768, -1):
        check(desk.manager, "POST", "/projects", project, "crs", value)


@pytest.mark.parametrize(
    "extra", ["nonsense", "id", "version", "status", "created_at", "number", "", "driver ", "DRIVER", "__class__"]
)
def test_a_field_that_is_not_known_is_refused_by_its_name(desk: Desk, extra: str) -> None:
    body = desk.dispatch_body(hq=1)
    (field,) = fields_of(desk.operator.post("/dispatches", json=body | {extra: 1}))
    assert extra in (field, "")
    line = {"tray_size": "HQ", "quantity": 1, extra: 1}
    (field,) = fields_of(desk.operator.post("/dispatches", json=body | {"lines": [line]}))
    assert field.startswith("lines[0]")
    assert desk.world.stock().outstanding == 0


def test_what_is_missing_is_named_all_at_once(desk: Desk) -> None:
    assert fields_of(desk.operator.post("/dispatches", json={})) == [
        "project_id",
        "company_id",
        "driver",
        "technician",
        "lines",
    ]
    answer = desk.operator.post("/dispatches", json=desk.dispatch_body(lines=[{}, {"tray_size": "HQ"}]))
    assert fields_of(answer) == ["lines[0].tray_size", "lines[0].quantity", "lines[1].quantity"]
    answer = desk.operator.post(
        "/dispatches", json=desk.dispatch_body(lines=[{"tray_size": "XX", "quantity": 0}], driver=" ")
    )
    assert sorted(fields_of(answer)) == ["driver", "lines[0].quantity", "lines[0].tray_size"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"5", b'"x"', b"[]", b"{}{}", b"\xff\xfe", b"{'name': 'x'}", b"[" * 200_000, b'{"a":' * 100_000,
     b'{"name": "\xff"}', b"\x00", b'{"name": ' + b"9" * 10_000 + b"}"],
    ids=lambda content: repr(content)[:20],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_a_plain_400(desk: Desk, content: bytes) -> None:
    for path in ("/companies", "/dispatches", "/samples"):
        answer = desk.manager.post(path, content=content, headers=JSON)
        assert refused(answer, 400, "VALIDATION_ERROR")
    told(desk.manager.get("/companies?limit=1"))


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""],
)
def test_a_body_that_says_it_is_no_json_is_not_guessed_at(desk: Desk, kind: str) -> None:
    content = json.dumps({"name": f"c{uuid.uuid4().hex}"}).encode()
    before = row_counts(desk.database)
    refused(desk.manager.post("/companies", content=content, headers={"Content-Type": kind}), 400, "VALIDATION_ERROR")
    assert row_counts(desk.database) == before
    told(
        desk.manager.post("/companies", content=content, headers={"Content-Type": "application/json; charset=utf-8"}),
        201,
    )


def test_text_is_kept_trimmed_and_composed_as_it_was_meant(desk: Desk) -> None:
    mark = uuid.uuid4().hex[:8]
    row = told(desk.manager.post("/companies", json={"name": f"  Caf\u0065\u0301 {mark}\u00a0 "}), 201)
    assert row["name"] == f"Caf\u00e9 {mark}"
    again = desk.manager.post("/companies", json={"name": f"CAF\u00c9  {mark}"})
    problem = refused(again, 409, "DUPLICATE")
    assert [error["field"] for error in problem["errors"]] == ["name"]
    sent = desk.dispatch(hq=1, notes=" first line\r\n\tsecond \U0001faa8 ", driver="O'Brien; DROP TABLE trays --")
    assert sent["notes"] == "first line\n\tsecond \U0001faa8"
    assert sent["driver"] == "O'Brien; DROP TABLE trays --"
    assert told(desk.operator.get(f"/dispatches/{sent['id']}"))["notes"] == sent["notes"]


def test_times_of_any_zone_are_kept_as_one_moment(desk: Desk) -> None:
    sent = desk.dispatch(hq=1, due_at="2100-01-01T08:30:00.5+08:00")
    assert sent["due_at"] == "2100-01-01T00:30:00.500000Z"
    assert desk.dispatch(hq=1, due_at="2100-01-01 00:00:00z")["due_at"] == "2100-01-01T00:00:00Z"


# -- statuses ---------------------------------------------------------------------------------------------------------


def test_what_is_added_is_told_with_its_address(desk: Desk) -> None:
    world, name = desk.world, f"n{uuid.uuid4().hex[:10]}"
    person = {"username": name, "email": f"{name}@example.com", "role": "operator", "password": PASSWORD}
    for path, body in (
        ("/companies", {"name": name}),
        ("/projects", {"code": name, "name": name, "company_id": world.company_id}),
        ("/drillholes", {"hole_id": name, "project_id": world.project_id}),
        ("/dispatches", desk.dispatch_body(hq=1)),
        ("/samples", {"sample_id": name, "sample_type": "blank"}),
        ("/users", person),
    ):
        answer = desk.admin.post(path, json=body)
        row = told(answer, 201)
        assert answer.headers["location"] == f"/api/v1{path}/{row['id']}"
        root = desk.address.removesuffix("/api/v1")
        there = told(desk.admin.get(f"{root}{answer.headers['location']}"))
        assert {**row, "warnings": None} == {**there, "warnings": None}


def test_every_post_to_something_answers_created(desk: Desk) -> None:
    sent = desk.dispatch(hq=4)
    path = f"/dispatches/{sent['id']}"
    row = told(desk.operator.post(f"{path}/return", json=return_body(hq=1)), 201)
    told(desk.manager.post(f"{path}/returns/{row['returns'][0]['id']}/void", json={"reason": "r"}), 201)
    lost = {"lines": [{"tray_size": "HQ", "quantity": 1}], "disposition": "lost", "reason": "r"}
    row = told(desk.manager.post(f"{path}/resolve", json=lost), 201)
    told(desk.manager.post(f"{path}/resolutions/{row['resolutions'][0]['id']}/void", json={"reason": "r"}), 201)
    told(desk.manager.post(f"{path}/extend", json={"due_at": "2100-01-01T00:00:00Z", "reason": "r"}), 201)
    told(desk.manager.post(f"{path}/void", json={"reason": "r"}), 201)
    move = {"kind": "purchase", "tray_size": "HQ", "quantity": 1, "reason": "r", "shed_id": desk.world.shed_id}
    told(desk.manager.post("/inventory/moves", json=move), 201)
    told(
        desk.manager.put(
            "/inventory", json={"tray_size": "HQ", "base_quantity": 60, "reason": "r", "shed_id": desk.world.shed_id}
        )
    )
    company = told(desk.manager.post("/companies", json={"name": f"n{uuid.uuid4().hex}"}), 201)
    gone = desk.admin.delete(f"/companies/{company['id']}")
    assert (gone.status_code, gone.content) == (204, b"")


def test_no_answer_of_the_document_is_a_422(desk: Desk) -> None:
    text = desk.nobody.get("/openapi.json").text
    assert '"422"' not in text
    assert "HTTPValidationError" not in text


# -- every answer -----------------------------------------------------------------------------------------------------


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of an answer, with where it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]")
    else:
        yield path, value


def test_every_moment_of_every_answer_is_utc_and_says_so(desk: Desk) -> None:
    world = desk.world
    sent = desk.dispatch(hq=4, drillhole_id=world.hole_id)
    desk.give_back(sent, hq={"good": 1, "damaged": 1}, final=True)
    world.lose(world.read(sent["id"]), hq=1)
    sample = told(
        desk.operator.post("/samples", json={"sample_id": f"s{uuid.uuid4().hex}", "sample_type": "blank"}), 201
    )
    shed = {"shed_id": world.shed_id}
    answers = [
        desk.operator.get(f"/dispatches/{sent['id']}"),
        desk.operator.get("/dispatches", params=shed),
        desk.operator.get("/dispatches/outstanding", params=shed),
        desk.operator.get(f"/samples/{sample['id']}"),
        desk.operator.get("/inventory/movements", params=shed),
        desk.operator.get("/sheds"),
        desk.operator.get("/tray-sizes"),
        desk.operator.get(f"/companies/{world.company_id}"),
        desk.operator.get(f"/projects/{world.project_id}"),
        desk.operator.get(f"/drillholes/{world.hole_id}"),
        desk.operator.get("/auth/me"),
        desk.admin.get("/users"),
        desk.admin.get("/audit", params={"limit": 500}),
        desk.operator.get("/reports/dashboard", params=shed),
        desk.operator.get("/reports/reconciliation", params=shed),
        desk.operator.get("/reports/analytics", params=shed),
        desk.operator.get("/dispatches/999999999"),
    ]
    moments = 0
    for answer in answers:
        for where, value in walk(answer.json()):
            if isinstance(value, str) and MOMENT.match(value):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", value), (
                    f"{answer.url}: {where} {value}"
                )
                moments += 1
            assert "password" not in where.replace("must_change_password", "") or where == ".detail"
            assert not (isinstance(value, str) and value.startswith("$2b$")), where
            assert isinstance(value, (str, int, float, bool, type(None)))
    assert moments > 50


def test_depths_and_coordinates_are_numbers_as_they_were_sent(desk: Desk) -> None:
    body = {
        "hole_id": f"h{uuid.uuid4().hex[:10]}",
        "project_id": desk.world.project_id,
        "eoh_depth": 312.45,
        "easting": 634512.123,
        "northing": 712345.5,
        "elevation": -12.25,
        "azimuth": 0,
        "dip": -60.5,
        "drilled_on": "2026-02-28",
        "core_size": "HQ",
    }
    row = told(desk.manager.post("/drillholes", json=body), 201)
    assert {name: row[name] for name in body} == body
    assert told(desk.operator.get(f"/drillholes/{row['id']}")) == row
