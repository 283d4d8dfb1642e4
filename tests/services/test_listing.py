"""Pages by key: nothing twice, nothing skipped, in both directions, whoever writes meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.errors import ValidationFailed
from coresafe.services import registry
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import count_dispatches, list_dispatches, list_outstanding
from coresafe.services.inventory import list_movements
from coresafe.services.listing import Page, Query
from coresafe.services.registry import AddDrillhole, list_drillholes
from coresafe.services.returning import VoidReturn, void_return
from tests.services.conftest import MANY
from tests.services.kinds import on_every_database
from tests.worlds import World


@pytest.fixture
def many(many_dispatches: dict[str, World], flavour: str) -> World:
    """A world with dispatches of which several share each sort value."""
    return many_dispatches[flavour]


def walk(world: World, *, limit: int = 7, **query: Any) -> list[DispatchRow]:
    """Every page from the first to the last, or back."""
    rows: list[DispatchRow] = []
    filters = {"shed_id": world.shed_id, **query.pop("filters", {})}
    backwards = query.get("backwards", False)
    cursor = None
    while True:
        page: Page[DispatchRow] = list_dispatches(
            world.operator, Query(limit=limit, cursor=cursor, filters=filters, **query)
        )
        rows = [*page.items, *rows] if backwards else [*rows, *page.items]
        cursor = page.previous_cursor if backwards else page.next_cursor
        if cursor is None:
            return rows


SORTS = ["dispatched_at", "number", "due_at", "driver", "technician", "outstanding", "quantity", "id"]


@on_every_database
def test_every_sort_in_both_directions_shows_each_row_once(many: World) -> None:
    for name in SORTS:
        up = walk(many, sort=name)
        assert len(up) == MANY
        assert len({row.id for row in up}) == MANY
        keys = [(getattr(row, name), row.id) for row in up]
        assert keys == sorted(keys), name
        assert [row.id for row in walk(many, sort=f"-{name}")] == [row.id for row in reversed(up)]
        assert [row.id for row in walk(many, sort=name, backwards=True)] == [row.id for row in up]


@on_every_database
def test_back_and_forth_from_the_middle(many: World) -> None:
    mine = {"shed_id": many.shed_id}
    first = list_dispatches(many.operator, Query(limit=5, filters=mine, sort="driver"))
    assert first.previous_cursor is None
    second = list_dispatches(many.operator, Query(limit=5, filters=mine, sort="driver", cursor=first.next_cursor))
    back = list_dispatches(
        many.operator, Query(limit=5, filters=mine, sort="driver", cursor=second.previous_cursor, backwards=True)
    )
    assert back.items == first.items
    assert back.previous_cursor is None
    assert back.next_cursor is not None
    last = list_dispatches(many.operator, Query(limit=5, filters=mine, sort="driver", backwards=True))
    assert last.next_cursor is None
    assert [row.id for row in last.items] == [row.id for row in walk(many, sort="driver")[-5:]]


@on_every_database
def test_skip_jumps_from_the_start_from_a_row_and_backwards(many: World) -> None:
    mine = {"shed_id": many.shed_id}
    all_ids = [row.id for row in walk(many, sort="-id")]
    jumped = list_dispatches(many.operator, Query(limit=4, filters=mine, sort="-id", skip=10))
    assert [row.id for row in jumped.items] == all_ids[10:14]
    on = list_dispatches(many.operator, Query(limit=4, filters=mine, sort="-id", skip=3, cursor=jumped.next_cursor))
    assert [row.id for row in on.items] == all_ids[17:21]
    before = Query(limit=4, filters=mine, sort="-id", cursor=jumped.previous_cursor, backwards=True)
    back = list_dispatches(many.operator, before)
    assert [row.id for row in back.items] == all_ids[6:10]
    assert list_dispatches(many.operator, Query(filters=mine, skip=10_000)).items == ()


@on_every_database
def test_filters_and_counts(many: World) -> None:
    rows = walk(many)
    for filters, wanted in (
        ({"driver": "Driver 1"}, lambda r: r.driver == "Driver 1"),
        ({"driver": ["Driver 1", "Driver 2"]}, lambda r: r.driver in ("Driver 1", "Driver 2")),
        ({"status": "closed"}, lambda r: r.status == "closed"),
        ({"open": True}, lambda r: r.outstanding > 0),
        ({"overdue": True}, lambda r: r.overdue),
        ({"overdue": False}, lambda r: not r.overdue),
        ({"matched": True}, lambda r: r.matched),
        ({"discrepancy": True}, lambda r: r.discrepancy),
        ({"dispatched_from": rows[20].dispatched_at}, lambda r: r.dispatched_at >= rows[20].dispatched_at),
        ({"dispatched_to": rows[20].dispatched_at}, lambda r: r.dispatched_at < rows[20].dispatched_at),
        ({"company_id": many.other_company_id}, lambda _: False),
        ({"driver": "", "status": None}, lambda _: True),
    ):
        found = walk(many, filters=filters)
        assert {row.id for row in found} == {row.id for row in rows if wanted(row)}, filters
        mine = {"shed_id": many.shed_id, **filters}
        assert count_dispatches(many.operator, Query(filters=mine)) == len(found)
        assert list_dispatches(many.operator, Query(filters=mine, total=True, limit=1)).total == len(found)


def test_nulls_come_once_in_both_directions(world: World) -> None:
    """Holes without a depth, among holes with one."""
    for n in range(12):
        depth = None if n % 3 == 0 else 100.0 + n % 4
        hole = AddDrillhole(hole_id=f"N-{n:02d}", project_id=world.project_id, eoh_depth=depth)
        registry.add_drillhole(world.manager, hole)
    page = list_drillholes(world.operator, Query(filters={"project_id": world.project_id}, limit=100))
    assert len(page.items) == 13
    for name in registry.drillholes.LISTING.sorts:
        for sort in (name, f"-{name}"):
            for backwards in (False, True):
                ids: list[int] = []
                cursor = None
                for _ in range(20):
                    found = list_drillholes(
                        world.operator,
                        Query(
                            filters={"project_id": world.project_id},
                            limit=3,
                            sort=sort,
                            cursor=cursor,
                            backwards=backwards,
                        ),
                    )
                    part = [row.id for row in found.items]
                    ids = [*part, *ids] if backwards else [*ids, *part]
                    cursor = found.previous_cursor if backwards else found.next_cursor
                    if cursor is None:
                        break
                assert sorted(ids) == sorted(row.id for row in page.items), (sort, backwards)


@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
def test_nothing_twice_and_nothing_skipped_while_others_write(world: World) -> None:
    at = datetime.now(UTC)
    before = [world.dispatch(hq=1, dispatched_at=at - timedelta(minutes=n)).id for n in range(30)]
    stop = threading.Event()
    added: list[int] = []

    def write() -> None:
        while not stop.is_set() and len(added) < 15:
            added.append(world.dispatch(nq=1, dispatched_at=at - timedelta(minutes=len(added) * 2, seconds=30)).id)

    writer = threading.Thread(target=write, name="crowd writer")
    writer.start()
    try:
        for sort in ("-dispatched_at", "dispatched_at", "-id"):
            for backwards in (False, True):
                seen = [row.id for row in walk(world, limit=4, sort=sort, backwards=backwards)]
                assert len(seen) == len(set(seen))
                assert set(before) <= set(seen)
    finally:
        stop.set()
        writer.join(60)
    assert [row.id for row in walk(world, sort="id")] == sorted([*before, *added])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "password_hash"}, "sort"),
        ({"sort": "id; DROP TABLE users"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": True}, "limit"),
        ({"skip": -1}, "skip"),
        ({"skip": 2**40}, "skip"),
        ({"filters": {"nonsense": 1}}, "nonsense"),
        ({"filters": {"company_id": "1 OR 1=1"}}, "company_id"),
        ({"filters": {"company_id": 2**70}}, "company_id"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "\ud800"}, "cursor"),
        ({"cursor": "WyJpZCIsIDEsIDFd"}, "cursor"),
        ({"cursor": "bnVsbA"}, "cursor"),
        ({"cursor": "MTIz"}, "cursor"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_questions_that_make_no_sense(world: World, query: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        list_dispatches(world.operator, Query(**query))
    assert [error.field for error in refused.value.errors] == [field]


@on_every_database
def test_search_takes_whatever_is_typed(many: World) -> None:
    rows = walk(many)
    mine = {"shed_id": many.shed_id}
    number = rows[3].number
    for text in (number, number.lower(), f" {number} ", number.split("-")[2].lstrip("0")):
        assert rows[3].id in [row.id for row in list_dispatches(many.operator, Query(q=text, filters=mine)).items], text
    found = list_dispatches(many.operator, Query(q="DRIVER 2", filters=mine, limit=500)).items
    assert {row.id for row in found} == {row.id for row in rows if row.driver == "Driver 2"}
    for text in ("%", "_", "\\", "'", '"', "🪨", "x" * 100_000, "D-%", "9" * 40):
        assert list_dispatches(many.operator, Query(q=text, filters=mine)).items == (), text
    for nothing in ("\0", "\ud800", "  "):
        assert list_dispatches(many.operator, Query(q=nothing, filters=mine, total=True)).total == len(rows)


def test_movements_page_like_everything_else(many: World) -> None:
    ids: list[int] = []
    cursor = None
    while True:
        page = list_movements(many.operator, Query(filters={"shed_id": many.shed_id}, limit=11, cursor=cursor))
        ids += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) > MANY


@on_every_database
def test_a_page_with_its_history_tells_of_each_dispatch_what_it_tells_alone(world: World) -> None:
    """Returns of several lines, an empty final one, a voided one, and what was lost."""
    whole = world.give_back(world.give_back(world.dispatch(hq=9, nq=4), hq={"good": 2, "damaged": 1}, nq=1), hq=1, nq=2)
    world.lose(whole, hq=1, nq=1)
    final = world.give_back(world.dispatch(hq=2), final=True)
    undone = world.give_back(world.dispatch(nq=3), nq=3)
    void_return(
        world.manager, VoidReturn(dispatch_id=undone.id, return_id=undone.returns[0].id, reason="another lorry")
    )
    bare = world.dispatch(hq=1)
    mine = Query(filters={"shed_id": world.shed_id})
    for found in (
        list_dispatches(world.operator, mine, history=True),
        list_outstanding(world.operator, mine, history=True),
    ):
        rows = {row.id: row for row in found.items}
        assert set(rows) == {whole.id, final.id, undone.id, bare.id}
        for row in rows.values():
            alone = world.read(row.id)
            assert row == replace(alone, days_out=row.days_out, overdue=row.overdue)
    assert [row.returns for row in list_dispatches(world.operator, mine).items] == [()] * 4
