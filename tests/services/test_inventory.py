"""Base inventory and the moves within a shed."""

from __future__ import annotations

from typing import Any

import pytest

from coresafe.errors import InsufficientStock, StaleVersion, ValidationFailed, WrongState
from coresafe.models.enums import MovementKind
from coresafe.services.inventory import (
    MoveStock,
    SetBase,
    StockQuery,
    count_movements,
    list_movements,
    move_stock,
    set_base,
    stock,
)
from coresafe.services.listing import Query
from tests.services.kinds import on_every_database
from tests.worlds import World, make_world


def base(world: World, quantity: int, **changes: object) -> None:
    command = {"tray_size": "HQ", "base_quantity": quantity, "reason": "counted", "shed_id": world.shed_id, **changes}
    set_base(world.manager, SetBase(**command))  # type: ignore[arg-type]


@on_every_database
def test_the_first_base_opens_and_later_ones_adjust(proved: World) -> None:
    world = make_world(proved.people, hq=0, nq=0)
    base(world, 30)
    base(world, 42)
    base(world, 12)
    kinds = [(m.kind, m.quantity) for m in list_movements(
        world.operator, Query(filters={"shed_id": world.shed_id}, sort="id")).items]  # fmt: skip
    assert kinds == [(MovementKind.OPENING, 30), (MovementKind.ADJUSTMENT, 12), (MovementKind.ADJUSTMENT, 30)]
    assert (world.stock().base, world.stock().available) == (12, 12)


def test_base_moves_only_available_and_never_below_zero(proved: World) -> None:
    world = proved
    world.dispatch(hq=30)
    world.move("fill", 5)
    base(world, 35)
    assert (world.stock().available, world.stock().occupied, world.stock().outstanding) == (0, 5, 30)
    with pytest.raises(InsufficientStock) as refused:
        base(world, 34)
    assert [(s.tray_size, s.requested, s.available) for s in refused.value.shortages] == [("HQ", 1, 0)]
    assert world.stock().base == 35


def test_base_is_refused_where_it_is_no_longer_what_was_thought(proved: World) -> None:
    with pytest.raises(StaleVersion) as refused:
        base(proved, 60, expected_base=40)
    assert next(row for row in refused.value.current if row.tray_size == "HQ").base == 50
    base(proved, 60, expected_base=50)
    assert proved.stock().base == 60


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("purchase", {}, {"available": 54, "base": 54}),
        ("found", {}, {"available": 54, "base": 54}),
        ("fill", {}, {"available": 46, "occupied": 4, "base": 50}),
        ("damage", {}, {"available": 46, "damaged": 4, "base": 50}),
        ("scrap", {"from_state": "available"}, {"available": 46, "scrapped": 4, "base": 46}),
    ],
)
def test_moves_out_of_and_into_available(
    proved: World, kind: str, changes: dict[str, Any], expected: dict[str, int]
) -> None:
    row = proved.move(kind, 4, **changes)
    assert {name: getattr(row, name) for name in expected} == expected
    assert proved.stock() == row


def test_moves_among_the_others(proved: World) -> None:
    world = proved
    world.move("fill", 10)
    world.move("release", 3)
    world.move("damage", 2, from_state="occupied")
    world.move("repair", 1)
    world.move("scrap", 1)
    world.move("scrap", 1, from_state="occupied")
    row = world.stock()
    assert (row.available, row.occupied, row.damaged, row.scrapped, row.base) == (44, 4, 0, 2, 48)


@pytest.mark.parametrize("kind", ["release", "repair", "scrap"])
def test_what_is_not_there_cannot_be_moved(proved: World, kind: str) -> None:
    with pytest.raises(InsufficientStock) as refused:
        proved.move(kind, 1)
    assert refused.value.shortages[0].available == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "dispatch"}, "kind"),
        ({"kind": "nonsense"}, "kind"),
        ({"kind": None}, "kind"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": 2**31}, "quantity"),
        ({"tray_size": "XQ"}, "tray_size"),
        ({"tray_size": "PQ3"}, "tray_size"),
        ({"reason": ""}, "reason"),
        ({"shed_id": 10**9}, "shed_id"),
        ({"from_state": "out"}, "from_state"),
        ({"to_state": "lost"}, "to_state"),
        ({"dispatch_id": 1}, "dispatch_id"),
        ({"kind": "recovery"}, "dispatch_id"),
    ],
)
def test_wrong_moves_name_their_field(proved: World, changes: dict[str, object], field: str) -> None:
    command = {"kind": "damage", "tray_size": "HQ", "quantity": 1, "reason": "x", "shed_id": proved.shed_id, **changes}
    with pytest.raises(ValidationFailed) as refused:
        move_stock(proved.manager, MoveStock(**command))  # type: ignore[arg-type]
    assert field in [error.field for error in refused.value.errors]


def test_all_sheds_together_are_the_sum_of_each(proved: World) -> None:
    together = {row.tray_size: row for row in stock(proved.operator, StockQuery())}
    from coresafe.services import sheds

    parts = [stock(proved.operator, StockQuery(shed_id=shed.id)) for shed in sheds.list_sheds(proved.operator)]
    for name in ("base", "available", "occupied", "damaged", "outstanding", "lost", "scrapped"):
        found = sum(getattr(row, name) for rows in parts for row in rows if row.tray_size == "HQ")
        assert getattr(together["HQ"], name) == found
    assert together["HQ"].shed_id is None


def test_movements_are_filtered_and_counted(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=3, nq=2)
    mine = {"shed_id": world.shed_id, "tray_size": " hq "}
    assert count_movements(world.operator, Query(filters=mine)) == 2
    (row,) = list_movements(world.operator, Query(filters={**mine, "kind": "dispatch"})).items
    assert (row.quantity, row.dispatch_id, row.company_id) == (3, sent.id, world.company_id)
    assert list_movements(world.operator, Query(filters={"company_id": world.other_company_id})).items == ()


def test_a_recovery_needs_a_dispatch_that_lost_them(proved: World) -> None:
    sent = proved.dispatch(hq=3)
    with pytest.raises(WrongState):
        proved.move("recovery", 1, dispatch_id=sent.id)


def test_a_recovery_of_a_dispatch_that_was_changed_meanwhile_is_refused(proved: World) -> None:
    world = proved
    row = world.lose(world.dispatch(hq=5), hq=3)
    world.move("recovery", 1, dispatch_id=row.id, version=row.version)
    with pytest.raises(StaleVersion) as stale:
        world.move("recovery", 1, dispatch_id=row.id, version=row.version)
    assert stale.value.current == world.read(row)
    assert world.read(row).lines[0].recovered == 1
