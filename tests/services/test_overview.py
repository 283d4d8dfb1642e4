"""The first page of the day: the same figures as the dashboard's, in two statements, and what needs doing now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks.recorded import recording
from coresafe.models import Stocktake, Transfer
from coresafe.models.enums import Door
from coresafe.services.dashboard import DashboardQuery, dashboard
from coresafe.services.database import Database
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.services.months import CloseMonth, close_month, month_before
from coresafe.services.overview import ShortSize, Todo, overview
from coresafe.services.users import Register, register
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, World, make_people, make_world

LAST = month_before(datetime.now(UTC).year * 100 + datetime.now(UTC).month)


def todo(world: World) -> Todo:
    return overview(world.manager).of(world.shed_id).todo


@on_every_database
def test_the_figures_are_those_of_the_dashboard_for_each_shed_and_for_all(proved: World) -> None:
    world, other = proved, make_world(proved.people)
    world.give_back(world.dispatch(hq=5), hq=5)
    world.give_back(world.dispatch(hq=6, nq=2), hq=1, final=True)
    other.dispatch(nq=3)
    seen = overview(world.operator)
    for shed_id in (world.shed_id, other.shed_id, None):
        mine = seen.of(shed_id).dashboard
        told = dashboard(world.operator, DashboardQuery(shed_id=shed_id))
        assert (mine.dispatches, mine.match_rate, mine.overdue) == (told.dispatches, told.match_rate, told.overdue)
        assert (mine.today, mine.samples, mine.inventory) == (told.today, told.samples, told.inventory)


@on_every_database
def test_it_takes_two_statements_and_nothing_else(world: World) -> None:
    overview(world.admin)
    with recording(world.database) as steps:
        overview(world.admin)
    assert len(steps) == 2


@on_every_database
def test_a_dispatch_said_to_be_all_with_trays_out_is_to_be_resolved(world: World) -> None:
    assert todo(world).discrepancies == 0
    world.give_back(world.dispatch(hq=6), hq=4)
    assert todo(world).discrepancies == 0, "more may come"
    short = world.dispatch(hq=5)
    world.give_back(short, hq=2, final=True)
    assert (todo(world).discrepancies, todo(world).discrepancy_trays) == (1, 3)
    world.give_back(short, hq=3)
    assert todo(world).discrepancies == 0


@on_every_database
def test_a_size_is_short_when_fewer_are_there_than_leave_in_a_week(world: World) -> None:
    assert todo(world).short == ()
    available = next(row.available for row in overview(world.operator).of(world.shed_id).dashboard.inventory)
    world.dispatch(hq=available - 3)
    weekly = -(-(available - 3) // 4)
    assert todo(world).short == (ShortSize(tray_size="HQ", available=3, weekly=weekly),)
    move_stock(
        world.manager, MoveStock(kind="purchase", tray_size="HQ", quantity=weekly, reason="new", shed_id=world.shed_id)
    )
    assert todo(world).short == ()


@on_every_database
def test_a_month_that_is_over_is_to_be_closed_by_whoever_may_close_it(proved: World) -> None:
    world = proved
    assert todo(world).months == (), "nothing happened in it"
    before_last = datetime.now(UTC).replace(day=1) - timedelta(days=20)
    world.dispatch(who=world.manager, hq=1, dispatched_at=before_last, reason="found the note")
    (waiting,) = todo(world).months
    assert (waiting.shed_id, waiting.month, waiting.months) == (world.shed_id, LAST, 1)
    assert overview(world.operator).of(world.shed_id).todo.months == (), "it is not a technician's to close"
    close_month(world.manager, CloseMonth(shed_id=world.shed_id, month=LAST))
    assert todo(world).months == ()


def test_users_that_wait_are_told_to_those_who_may_approve_them(world: World) -> None:
    before = overview(world.admin).together.todo.users
    command = Register(username="efua.a", email="efua.a@example.com", full_name="Efua", password=PASSWORD)
    register(world.database, command, door=Door.API, machine="tablet")
    assert overview(world.admin).together.todo.users == before + 1
    assert todo(world).users == 0


def test_open_stocktakes_and_transfers_on_their_way_are_told_at_each_shed_they_concern(
    database_url: Callable[..., str],
) -> None:
    database = Database(database_url("sqlite"))
    people = make_people(database)
    one, other = make_world(people), make_world(people)
    now, who = datetime.now(UTC), people.manager.actor.user_id
    stamp = {"created_at": now, "updated_at": now, "version": 1}
    sent = {
        "driver": "Kofi",
        "technician": "Ama",
        "quantity": 9,
        "in_transit": 7,
        "status": "in_transit",
        "sent_at": now,
    }
    sheds = {"shed_id": one.shed_id, "to_shed_id": other.shed_id}
    with database.engine.begin() as connection:
        connection.execute(
            sa.insert(Transfer), [{"number": "T-2026-000001", **sheds, **sent, "created_by": who, **stamp}]
        )
        counted = {"number": "S-2026-000001", "shed_id": other.shed_id, "status": "open", "opened_at": now}
        connection.execute(sa.insert(Stocktake), [{**counted, "opened_by": who, **stamp}])
    seen = overview(people.manager)
    both = [seen.of(shed.shed_id).todo for shed in (one, other)]
    assert [(todo.transfers, todo.transfer_trays, todo.stocktakes) for todo in both] == [(1, 7, 0), (1, 7, 1)]
    everywhere = seen.together.todo
    assert (everywhere.transfers, everywhere.transfer_trays, everywhere.stocktakes) == (1, 7, 1)
    database.close()
