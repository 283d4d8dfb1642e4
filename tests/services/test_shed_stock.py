"""The stock of every shed at once, the movements behind a figure, and what is lost."""

from __future__ import annotations

from coresafe.models.enums import MovementKind
from coresafe.services.dispatching import list_dispatches
from coresafe.services.inventory import OWNED, MovementRow, StockQuery, list_movements, stock
from coresafe.services.listing import Query
from coresafe.services.lost import LostQuery, find_lost
from coresafe.services.shed_stock import stock_by_shed, total
from tests.services.kinds import on_every_database
from tests.worlds import World, make_world


def movements(world: World, account: object, **more: object) -> list[MovementRow]:
    query = Query(filters={"shed_id": world.shed_id, "account": account, **more}, sort="id", limit=500)
    return list(list_movements(world.operator, query).items)


@on_every_database
def test_every_shed_and_all_together_say_what_each_says_alone(world: World) -> None:
    other = make_world(world.people, hq=7, nq=0)
    world.dispatch(hq=5)
    known = stock_by_shed(world.operator)
    for shed_id in (world.shed_id, other.shed_id):
        assert known.of(shed_id) == stock(world.operator, StockQuery(shed_id=shed_id))
    assert known.of(None) == stock(world.operator, StockQuery())
    together = total(known.of(None))
    assert together is not None and together.outstanding == sum(row.outstanding for row in known.of(None))
    assert known.of(2**40) == ()
    assert (known.sheds[0].is_active, total(())) == (True, None)


@on_every_database
def test_the_movements_behind_a_figure_add_up_to_it(world: World) -> None:
    sent = world.dispatch(hq=20)
    world.give_back(sent, hq={"good": 5, "occupied": 4, "damaged": 3})
    world.lose(sent, hq=2)
    world.move("scrap", 1, from_state="damaged")
    world.move("purchase", 9)
    row = world.stock()
    for state, count in (("available", row.available), ("occupied", row.occupied), ("damaged", row.damaged),
                         ("out", row.outstanding), ("lost", row.lost)):  # fmt: skip
        found = movements(world, (world.shed_id, state), tray_size="HQ")
        assert found
        assert sum(m.quantity if m.to_account == state else -m.quantity for m in found) == count
    owned = movements(world, (world.shed_id, OWNED), tray_size="HQ")
    assert [m.kind for m in owned] == [
        MovementKind.OPENING,
        MovementKind.LOSS,
        MovementKind.SCRAP,
        MovementKind.PURCHASE,
    ]
    assert sum(-m.quantity if m.to_account in ("lost", "scrapped") else m.quantity for m in owned) == row.base
    assert [m.id for m in movements(world, "out", tray_size="HQ")] == [
        m.id for m in movements(world, (world.shed_id, "out"), tray_size="HQ")
    ]


@on_every_database
def test_what_is_out_of_a_size_is_found_by_the_dispatches_that_have_it(world: World) -> None:
    both, hq, nq = world.dispatch(hq=3, nq=4), world.dispatch(hq=5), world.dispatch(nq=6)
    world.give_back(both, nq=4)
    for size, expected in (("hq", {both.id, hq.id}), ("NQ", {nq.id}), ("no such size", set())):
        query = Query(filters={"size_out": size, "open": True, "shed_id": world.shed_id})
        assert {row.id for row in list_dispatches(world.operator, query).items} == expected


@on_every_database
def test_lost_trays_are_found_until_they_have_turned_up(world: World) -> None:
    sent = world.dispatch(hq=10, nq=2)
    world.lose(sent, hq=4, nq=2)
    asked = LostQuery(shed_id=world.shed_id)
    assert [(lost.tray_size, lost.quantity) for lost in find_lost(world.operator, asked)] == [("HQ", 4), ("NQ", 2)]
    for query, count in (
        (LostQuery(shed_id=world.shed_id, tray_size="nq"), 1),
        (LostQuery(shed_id=world.shed_id, q=sent.number.lower()), 2),
        (LostQuery(shed_id=world.shed_id, q=sent.company_name[:6].upper()), 2),
        (LostQuery(shed_id=world.shed_id, q="nobody % _"), 0),
        (LostQuery(shed_id=2**40), 0),
    ):
        assert len(find_lost(world.operator, query)) == count, query
    world.move("recovery", 4, dispatch_id=sent.id)
    assert [lost.tray_size for lost in find_lost(world.operator, asked)] == ["NQ"]
