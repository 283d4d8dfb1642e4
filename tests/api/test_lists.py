"""Lists: pages by key, sorting, chosen fields, free text, filters and totals, the same for all of them."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from coresafe.services.registry import AddCompany, AddDrillhole, AddProject, add_company, add_drillhole, add_project
from coresafe.services.samples import AddSample, AddSamples, add_samples
from tests.api.desk import Desk, Offices, fields_of, refused, told
from tests.worlds import World, make_world

#: Rows of each list at least, enough for several pages of ``STEP``.
ROWS = 23
STEP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A world with many of everything, and the filter that keeps each list to it."""

    world: World
    mark: str
    dispatch_id: int
    lists: dict[str, str]


@pytest.fixture(scope="module")
def crowd(offices: Offices) -> Crowd:
    """Many rows of every kind, of which several share each value they are sorted by."""
    world = make_world(offices.of("mysql").people, hq=400)
    mark = f"zq{uuid.uuid4().hex[:8]}"
    manager, now = world.manager, datetime.now(UTC)
    for n in range(ROWS):
        add_company(manager, AddCompany(name=f"{mark} {n % 7} company {n}", is_active=n % 2 == 0))
        add_project(manager, AddProject(code=f"{mark}{n:02d}", name=f"Name {n % 4}", company_id=world.company_id))
        depth = None if n % 3 == 0 else 100.0 + n % 5
        hole = AddDrillhole(hole_id=f"{mark}-{n:02d}", project_id=world.project_id, eoh_depth=depth)
        add_drillhole(manager, hole)
        at = now - timedelta(hours=6 * (n // 3))
        row = world.dispatch(
            who=manager,
            hq=1 + n % 4,
            driver=f"Driver {n % 5}",
            technician=f"Technician {n % 2}",
            dispatched_at=at,
            due_at=at + timedelta(days=n % 6),
            reason="from the book",
        )
        if n % 6 == 0:
            world.give_back(row, hq=1)
    batch = [
        AddSample(
            sample_id=f"{mark}-{n:03d}",
            sample_type="assay",
            dispatch_id=row.id,
            drillhole_id=world.hole_id,
            from_depth=float(n % 6),
            to_depth=n % 6 + 0.5,
        )
        for n in range(ROWS)
    ]
    add_samples(manager, AddSamples(samples=batch))
    shed = f"shed_id={world.shed_id}"
    lists = {
        "/companies": f"q={mark}",
        "/projects": f"q={mark}",
        "/drillholes": f"q={mark}",
        "/dispatches": shed,
        "/dispatches/outstanding": shed,
        f"/dispatches/{row.id}/samples": "",
        "/samples": f"q={mark}",
        "/inventory/movements": shed,
        "/users": "",
        "/audit": f"record_type=sample&user={manager.actor.username}",
    }
    return Crowd(world=world, mark=mark, dispatch_id=row.id, lists=lists)


#: Every list, as the OpenAPI document names it.
LISTS = (
    "/companies",
    "/projects",
    "/drillholes",
    "/dispatches",
    "/dispatches/outstanding",
    "/dispatches/{dispatch_id}/samples",
    "/samples",
    "/inventory/movements",
    "/users",
    "/audit",
)
every_list = pytest.mark.parametrize("name", LISTS)


def get(desk: Desk, crowd: Crowd, name: str, **more: Any) -> httpx.Response:
    """A page of the crowd's rows of a list."""
    path = name.format(dispatch_id=crowd.dispatch_id)
    query = dict(pair.split("=") for pair in crowd.lists[path].split("&") if pair)
    return desk.admin.get(path, params={**query, **more})


def walk(desk: Desk, crowd: Crowd, name: str, limit: int = STEP, **more: Any) -> Iterator[dict[str, Any]]:
    """Every row, page by page."""
    cursor: dict[str, str] = {}
    for _ in range(1000):
        page = told(get(desk, crowd, name, limit=limit, **more, **cursor))
        assert set(page) == {"items", "next_cursor"}
        assert len(page["items"]) == limit or page["next_cursor"] is None
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the list has no end")


def documented(desk: Desk, name: str) -> dict[str, dict[str, Any]]:
    """The query parameters of a list, from the OpenAPI document."""
    operation = told(desk.nobody.get("/openapi.json"))["paths"][f"/api/v1{name}"]["get"]
    return {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}


def words(schema: dict[str, Any]) -> list[str]:
    """The words that a parameter may be."""
    return next((branch["enum"] for branch in [schema, *schema.get("anyOf", [])] if "enum" in branch), [])


def test_every_list_of_the_document_is_tried_here(desk: Desk) -> None:
    paths = told(desk.nobody.get("/openapi.json"))["paths"]
    there = {
        path.removeprefix("/api/v1")
        for path, methods in paths.items()
        if any(each["name"] == "cursor" for each in methods.get("get", {}).get("parameters", []))
    }
    assert there == set(LISTS)


@every_list
def test_a_list_takes_what_all_lists_take(desk: Desk, name: str) -> None:
    assert {"limit", "cursor", "sort", "fields", "q", "total"} <= set(documented(desk, name))


@every_list
def test_pages_hold_each_row_once(desk: Desk, crowd: Crowd, name: str) -> None:
    whole = told(get(desk, crowd, name, limit=500))
    assert whole["next_cursor"] is None
    expected = [row["id"] for row in whole["items"]]
    assert len(expected) >= (3 if name == "/users" else ROWS - 2)  # two came back whole
    assert len(set(expected)) == len(expected)
    limit = 50 if name == "/users" else STEP
    assert [row["id"] for row in walk(desk, crowd, name, limit=limit)] == expected


@every_list
def test_a_page_has_fifty_rows_unless_more_or_fewer_are_asked_for(desk: Desk, crowd: Crowd, name: str) -> None:
    assert documented(desk, name)["limit"]["default"] == 50
    assert len(told(get(desk, crowd, name, limit=1))["items"]) == 1
    for bad in ("0", "501", "-1", "x", "1.5", "", "9" * 30, "true", " 5", "1e2", "٣"):
        assert fields_of(get(desk, crowd, name, limit=bad)) == ["limit"], bad


@every_list
def test_nothing_is_shown_twice_or_left_out_because_somebody_writes_meanwhile(
    desk: Desk, crowd: Crowd, name: str
) -> None:
    before = [row["id"] for row in told(get(desk, crowd, name, limit=500))["items"]]
    seen = []
    for number, row in enumerate(walk(desk, crowd, name, limit=STEP if name != "/users" else 100)):
        seen.append(row["id"])
        if number % STEP == 0 and number < 3 * STEP:
            _write(desk, crowd, name)
    assert len(set(seen)) == len(seen)
    assert [each for each in seen if each in set(before)] == before


def _write(desk: Desk, crowd: Crowd, name: str) -> None:
    """One more row of a list, somewhere among the others."""
    world, mark, fresh = crowd.world, crowd.mark, uuid.uuid4().hex[:6]
    if name == "/companies":
        add_company(world.manager, AddCompany(name=f"{mark} 3 company {fresh}"))
    elif name == "/projects":
        add_project(world.manager, AddProject(code=f"{mark}0{fresh}", name="More", company_id=world.company_id))
    elif name == "/drillholes":
        add_drillhole(world.manager, AddDrillhole(hole_id=f"{mark}-1{fresh}", project_id=world.project_id))
    elif "samples" in name or name == "/audit":
        more = AddSample(
            sample_id=f"{mark}-0{fresh}",
            sample_type="assay",
            dispatch_id=crowd.dispatch_id,
            drillhole_id=world.hole_id,
            from_depth=50.0,
            to_depth=51.0,
        )
        add_samples(world.manager, AddSamples(samples=[more]))
    elif name == "/users":
        desk.new_user()
    else:
        world.dispatch(hq=1)


@every_list
def test_a_list_is_sorted_both_ways_by_every_word_it_names(desk: Desk, crowd: Crowd, name: str) -> None:
    sorts = words(documented(desk, name)["sort"])
    assert sorts
    limit = 100 if name == "/users" else 9
    for sort in sorts:
        if sort.startswith("-"):
            continue
        assert f"-{sort}" in sorts
        up = list(walk(desk, crowd, name, limit=limit, sort=sort))
        down = list(walk(desk, crowd, name, limit=limit, sort=f"-{sort}"))
        assert [row["id"] for row in up] == [row["id"] for row in reversed(down)], sort
        values = [row[sort] for row in up]
        shown = [("", value) if value is None else ("x", _comparable(value)) for value in values]
        assert shown == sorted(shown), f"{sort}: {values}"
        assert len(up) == len({row["id"] for row in up})


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


@every_list
def test_a_sort_that_does_not_exist_is_refused(desk: Desk, crowd: Crowd, name: str) -> None:
    for bad in ("nonsense", "--id", "ID", "id,version", "id;drop", "-", "x" * 5000):
        assert fields_of(get(desk, crowd, name, sort=bad)) == ["sort"], bad


@every_list
def test_only_the_fields_asked_for_are_sent(desk: Desk, crowd: Crowd, name: str) -> None:
    whole = told(get(desk, crowd, name, limit=2))["items"]
    some = told(get(desk, crowd, name, limit=2, fields="id"))["items"]
    assert some == [{"id": row["id"]} for row in whole]
    keys = sorted(whole[0])
    for chosen in (keys[:2], keys[::-1], [keys[0], keys[0]]):
        found = told(get(desk, crowd, name, limit=2, fields=", ".join(chosen)))["items"]
        assert [set(row) for row in found] == [set(chosen)] * len(found)
        assert all(found[n][key] == whole[n][key] for n in range(len(found)) for key in chosen if key != "as_of")
    for bad in ("nonsense", "id,nonsense", "", "id,", "*", "password_hash", "__class__", "items"):
        assert fields_of(get(desk, crowd, name, fields=bad)) == ["fields"], bad


@every_list
def test_a_total_is_told_only_when_asked_for_and_counts_what_the_filters_let_through(
    desk: Desk, crowd: Crowd, name: str
) -> None:
    assert "total" not in told(get(desk, crowd, name, limit=1))
    assert "total" not in told(get(desk, crowd, name, limit=1, total="false"))
    page = told(get(desk, crowd, name, limit=500, total="true"))
    assert page["total"] == len(page["items"])
    assert told(get(desk, crowd, name, limit=1, total="true"))["total"] == page["total"]
    for bad in ("1", "yes", "", "TRUE"):
        assert fields_of(get(desk, crowd, name, total=bad)) == ["total"], bad


@every_list
def test_a_cursor_that_is_none_or_of_another_order_is_refused(desk: Desk, crowd: Crowd, name: str) -> None:
    first, other = [word for word in words(documented(desk, name)["sort"]) if not word.startswith("-")][:2]
    cursor = told(get(desk, crowd, name, limit=1, sort=first))["next_cursor"]
    assert fields_of(get(desk, crowd, name, sort=other, cursor=cursor)) == ["cursor"]
    told(get(desk, crowd, name, sort=first, cursor=cursor))
    value: Any = json.loads(base64.urlsafe_b64decode(cursor + "=="))[1]
    wrong: list[Any] = [[], {}, True, {"moment": "x"}, {"moment": None}, {"date": "2026-02-30"}, "\ud800"]
    wrong += [5] if not isinstance(value, int) else ["5", 2**70, float("nan"), float("inf")]
    made_up = [*([first, each, 1] for each in wrong), [first, value, "1"], [first, value, 2**70], [first, value], {}, 5]
    forged = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in made_up]
    for bad in ("nonsense", "a", "\u00e9", "=" * 9, *forged):
        assert fields_of(get(desk, crowd, name, sort=first, cursor=bad)) == ["cursor"], bad
    assert fields_of(get(desk, crowd, name, cursor="x" * 5000)) == ["cursor"]


@every_list
def test_a_question_that_is_not_known_is_refused(desk: Desk, crowd: Crowd, name: str) -> None:
    assert fields_of(get(desk, crowd, name, nonsense="1")) == ["nonsense"]
    assert fields_of(get(desk, crowd, name, skip="1")) == ["skip"]
    assert fields_of(get(desk, crowd, name, LIMIT="1")) == ["LIMIT"]


@every_list
def test_every_filter_of_the_document_is_taken_and_strict(desk: Desk, crowd: Crowd, name: str) -> None:
    path = name.format(dispatch_id=crowd.dispatch_id)
    for filter_, schema in documented(desk, name).items():
        if filter_ in ("limit", "cursor", "sort", "fields", "q", "total"):
            continue
        branches = [schema, *schema.get("anyOf", [])]
        kinds = {branch.get("type") for branch in branches}
        formats = {branch.get("format") for branch in branches}
        choices = words(schema) or next((words(desk_schema(desk, b["$ref"])) for b in branches if "$ref" in b), [])
        if choices:
            good, bad = choices, ["nonsense", choices[0].upper()]
        elif "integer" in kinds:
            good, bad = ["1", str(2**63 - 1)], ["0", "-1", "x", "1.5", str(2**63), "true", ""]
        elif "boolean" in kinds:
            good, bad = ["true", "false"], ["1", "yes", ""]
        elif "date-time" in formats:
            good = ["2026-01-01T00:00:00Z", "2026-01-01T08:30:00.5+08:00"]
            bad = ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1767225600"]
        else:
            good, bad = ["x", "%", "' OR 1=1 --", "\u00e9", "a\x00b", "_"], ["x" * 300]
        for value in good:
            answer = desk.admin.get(path, params={filter_: value, "limit": 1})
            assert answer.status_code == 200, f"{filter_}={value!r}: {answer.text}"
        for value in bad:
            assert fields_of(desk.admin.get(path, params={filter_: value})) == [filter_], value


def desk_schema(desk: Desk, reference: str) -> dict[str, Any]:
    """A schema by its reference."""
    schema: dict[str, Any] = told(desk.nobody.get("/openapi.json"))
    for part in reference.removeprefix("#/").split("/"):
        schema = schema[part]
    return schema


@every_list
def test_free_text_means_itself(desk: Desk, crowd: Crowd, name: str) -> None:
    path = name.format(dispatch_id=crowd.dispatch_id)
    for text in ("%", "_", "\\", "'", "a\x00b", "\U0001faa8", "x" * 90):
        found = told(desk.admin.get(path, params={"q": f"{text}{crowd.mark}{text}", "limit": 5}))
        assert found["items"] == [], text
    assert fields_of(desk.admin.get(path, params={"q": "x" * 201})) == ["q"]


def test_filters_hold_together(desk: Desk, crowd: Crowd) -> None:
    rows = told(get(desk, crowd, "/dispatches", limit=500))["items"]
    for query in (
        {"status": "partially_returned"},
        {"driver": "Driver 3"},
        {"technician": "Technician 1", "driver": "Driver 1"},
        {"overdue": "true"},
        {"overdue": "false", "status": "outstanding"},
        {"open": "true"},
        {"open": "false"},
        {"company_id": str(crowd.world.company_id)},
        {"company_id": str(crowd.world.other_company_id)},
        {"number": rows[3]["number"]},
        {"id": str(rows[4]["id"])},
        {"dispatched_from": rows[9]["dispatched_at"]},
        {"dispatched_to": rows[9]["dispatched_at"]},
        {"due_to": rows[9]["due_at"], "due_from": rows[15]["due_at"]},
    ):
        expected = [row["id"] for row in rows if _fits(row, query)]
        found = told(get(desk, crowd, "/dispatches", limit=500, total="true", **query))
        assert [row["id"] for row in found["items"]] == expected, query
        assert found["total"] == len(expected), query


def _fits(row: dict[str, Any], query: dict[str, str]) -> bool:
    for name, value in query.items():
        if name == "open":
            kept = (row["status"] in ("outstanding", "partially_returned")) == (value == "true")
        elif name.endswith("_from"):
            kept = row[name.replace("_from", "_at")] >= value
        elif name.endswith("_to"):
            kept = row[name.replace("_to", "_at")] < value
        else:
            kept = str(row[name]).casefold() == value.casefold()
        if not kept:
            return False
    return True


def test_free_text_finds_numbers_people_and_places(desk: Desk) -> None:
    mark = f"q{uuid.uuid4().hex[:8]}"
    driver = desk.dispatch(hq=1, driver=f"Kwame {mark.upper()}")
    notes = desk.dispatch(hq=1, destination="elsewhere")
    found = told(desk.operator.get("/dispatches", params={"q": mark}))["items"]
    assert [row["id"] for row in found] == [driver["id"]]
    found = told(desk.operator.get("/dispatches", params={"q": f" {notes['number'].lower()} "}))["items"]
    assert [row["id"] for row in found] == [notes["id"]]


def test_outstanding_comes_oldest_first_and_only_what_is_out(desk: Desk) -> None:
    world = desk.world
    now = datetime.now(UTC)
    old = world.dispatch(hq=1, dispatched_at=now - timedelta(days=2), due_at=now - timedelta(days=1))
    new = desk.dispatch(hq=2)
    gone = desk.dispatch(hq=1)
    desk.give_back(gone, hq=1)
    page = told(desk.operator.get("/dispatches/outstanding", params={"shed_id": world.shed_id}))
    assert [row["id"] for row in page["items"]] == [old.id, new["id"]]
    assert [row["days_out"] for row in page["items"]] == [2, 0]
    assert [row["overdue"] for row in page["items"]] == [True, False]
    late = told(desk.operator.get("/dispatches/outstanding", params={"shed_id": world.shed_id, "overdue": "true"}))
    assert [row["id"] for row in late["items"]] == [old.id]


def test_the_samples_of_a_dispatch_that_is_not_there_are_not_an_empty_list(desk: Desk) -> None:
    refused(desk.operator.get("/dispatches/999999999/samples"), 404, "NOT_FOUND")
    sent = desk.dispatch(hq=1)
    assert told(desk.operator.get(f"/dispatches/{sent['id']}/samples")) == {"items": [], "next_cursor": None}
