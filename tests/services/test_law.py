"""Sentences of the domain that are easily broken, each tried from outside."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from coresafe.errors import AccountLocked, Forbidden, OperationIdReused, PeriodClosed, Unauthenticated, ValidationFailed
from coresafe.models import AuditSeal, Balance, Counter, Dispatch, DispatchLine, Shed, SignInThrottle
from coresafe.models.enums import MovementKind
from coresafe.services.database import Database
from coresafe.services.dispatching import AmendDispatch, amend_dispatch, list_dispatches
from coresafe.services.facts import utc_now
from coresafe.services.inventory import SetBase, StockQuery, list_movements, set_base, stock
from coresafe.services.listing import Query
from coresafe.services.proving import prove
from coresafe.services.returning import LostLine, ResolveLost, VoidReturn, recoverable, resolve_lost, void_return
from coresafe.services.sealing import seal_now
from coresafe.services.sheds import ChangeShed, change_shed, list_sheds
from coresafe.services.signing_in import ChangePassword, _note_sign_in, change_password
from coresafe.services.users import AddUser, add_user
from tests.crowds import at_once
from tests.databases import Databases
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, World, a_user, make_people, make_world


def close_month(world: World, through: int) -> None:
    with world.database.writing() as connection:
        connection.execute(sa.update(Shed).where(Shed.id == world.shed_id).values(closed_through=through))


def this_month() -> int:
    now = datetime.now(UTC)
    return now.year * 100 + now.month


def test_true_is_no_id(world: World) -> None:
    row = world.dispatch(hq=2)
    with pytest.raises(ValidationFailed, match="no such shed"):
        world.give_back(row, hq=1, shed_id=True)
    with pytest.raises(ValidationFailed, match="no such shed"):
        set_base(world.manager, SetBase(tray_size="HQ", base_quantity=50, reason="r", shed_id=True))


def test_an_empty_final_return_is_an_entry_of_its_month_too(world: World) -> None:
    row = world.dispatch(hq=2)
    said = world.give_back(row, final=True)
    close_month(world, this_month())
    with pytest.raises(PeriodClosed):
        world.give_back(row, final=True)
    with pytest.raises(PeriodClosed):
        void_return(world.manager, VoidReturn(dispatch_id=row.id, return_id=said.returns[0].id, reason="he has more"))


def test_more_lines_of_losses_than_are_read_are_refused(world: World) -> None:
    row = world.dispatch(hq=2)
    lines = [LostLine(tray_size="HQ", quantity=1)] * 51
    with pytest.raises(ValidationFailed, match="At most 50"):
        resolve_lost(world.manager, ResolveLost(dispatch_id=row.id, lines=lines, reason="fell off"))


def test_an_amendment_needs_the_version(world: World) -> None:
    row = world.dispatch(hq=2)
    with pytest.raises(ValidationFailed, match="version"):
        amend_dispatch(world.manager, AmendDispatch(dispatch_id=row.id, version=None, driver="Z"))  # type: ignore[arg-type]


@on_every_database
def test_questions_that_cannot_be_asked_are_told_so(world: World) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    for name, value in (("dispatched_from", naive), ("due_to", "yesterday")):
        with pytest.raises(ValidationFailed, match="time zone"):
            list_dispatches(world.operator, Query(filters={name: value}))
    assert list_movements(world.operator, Query(filters={"tray_size": "\ud800"})).items == ()
    assert recoverable(world.operator, 2**70) == ()


def test_the_first_base_is_the_opening_even_after_a_purchase(world: World) -> None:
    fresh = make_world(world.people, hq=0)
    fresh.move("purchase", 5)
    for base in (8, 9):
        set_base(fresh.manager, SetBase(tray_size="HQ", base_quantity=base, reason="counted", shed_id=fresh.shed_id))
    posted = list_movements(fresh.operator, Query(filters={"shed_id": fresh.shed_id, "tray_size": "hq"}, sort="id"))
    assert [m.kind for m in posted.items] == [MovementKind.PURCHASE, MovementKind.OPENING, MovementKind.ADJUSTMENT]


@on_every_database
def test_first_bases_at_once_where_no_account_is_open_yet(world: World) -> None:
    fresh = make_world(world.people, hq=0)
    with world.database.writing() as connection:
        connection.execute(sa.delete(Balance).where(Balance.shed_id == fresh.shed_id, Balance.quantity == 0))
    command = SetBase(tray_size="HQ", base_quantity=100, reason="counted", shed_id=fresh.shed_id)
    outcomes = at_once([lambda: set_base(fresh.manager, command)] * 8)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    posted = list_movements(fresh.operator, Query(filters={"shed_id": fresh.shed_id, "tray_size": "HQ"}))
    assert [(m.kind, m.quantity) for m in posted.items] == [(MovementKind.OPENING, 100)]


@on_every_database
def test_a_password_change_sent_twice_gets_its_first_answer(world: World) -> None:
    someone = a_user(world.admin)
    command = ChangePassword(current_password=PASSWORD, new_password="Fresh-Core-99")
    operation_id = uuid.uuid4()
    first = change_password(someone, command, operation_id)
    assert change_password(someone, command, operation_id) == first
    with pytest.raises(Unauthenticated):
        change_password(someone, ChangePassword(current_password="x", new_password="Other-Core-99"), operation_id)
    with pytest.raises(Unauthenticated):
        stock(someone, StockQuery())
    with pytest.raises(OperationIdReused):
        world.dispatch(hq=1, op=operation_id)


def tampered(world: World, statement: sa.Update | sa.Insert) -> str:
    with world.database.writing() as connection:
        connection.execute(statement)
    return " ".join(prove(world.database).problems)


def test_what_is_recovered_and_what_is_final_is_proved_too(databases: Databases) -> None:
    database = Database(databases.new("sqlite"))
    try:
        world = make_world(make_people(database))
        row = world.lose(world.dispatch(hq=3), hq=2)
        world.move("recovery", 1, dispatch_id=row.id)
        assert prove(database).problems == ()
        mine = sa.update(DispatchLine).where(DispatchLine.dispatch_id == row.id)
        assert f"{row.number}: its lines and the movements" in tampered(world, mine.values(recovered=2))
        tampered(world, mine.values(recovered=1))
        both = sa.update(Dispatch).where(Dispatch.id == row.id).values(is_final=True)
        assert f"{row.number}: whether more is to come back" in tampered(world, both)
    finally:
        database.close()


def test_numbers_beyond_six_digits_are_still_proved(databases: Databases) -> None:
    database = Database(databases.new("sqlite"))
    try:
        world = make_world(make_people(database))
        year = world.dispatch(hq=1).created_at.year
        tampered(world, sa.update(Counter).where(Counter.kind == "D").values(value=999_998))
        for _ in range(2):
            world.dispatch(hq=1)
        assert "the last is 1000000, the counter says 1000000" in " ".join(prove(database).problems), year
    finally:
        database.close()


def test_who_may_not_ask_is_told_so_before_his_operation_id_is_looked_at(world: World) -> None:
    command = VoidReturn(dispatch_id=1, return_id=1, reason="r")
    with pytest.raises(Forbidden):
        void_return(world.operator, command, "no uuid")
    with pytest.raises(ValidationFailed):
        void_return(world.manager, command, "no uuid")


def test_a_word_is_no_yes_or_no(world: World) -> None:
    with pytest.raises(ValidationFailed):
        world.give_back(world.dispatch(hq=2), final="false")
    wanted = AddUser(username="zoe", email="zoe@example.com", password=PASSWORD, is_active="false")  # type: ignore[arg-type]
    with pytest.raises(ValidationFailed):
        add_user(world.admin, wanted)


def test_entries_whose_newest_seals_were_taken_away_are_pointed_at(databases: Databases) -> None:
    database = Database(databases.new("sqlite"))
    try:
        with database.playing(lambda: datetime.now(UTC) - timedelta(hours=1)):
            make_people(database)
            seal_now(database)
        assert prove(database).warnings == ()
        with database.writing() as connection:
            connection.execute(sa.delete(AuditSeal))
        assert "are not sealed" in " ".join(prove(database).warnings)
    finally:
        database.close()


@on_every_database
def test_a_name_locked_while_the_right_password_is_looked_at_stays_locked(world: World) -> None:
    """Twenty guesses at once are no way around five: the right one that ends after the fifth wrong one is refused."""
    someone = a_user(world.admin)
    name = someone.actor.username
    values = {"failures": 0, "last_failure_at": utc_now(), "locked_until": datetime.now(UTC) + timedelta(minutes=15)}
    with world.database.writing() as connection:
        connection.execute(sa.insert(SignInThrottle).values(username_key=name, **values))
    with pytest.raises(AccountLocked):
        _note_sign_in(someone, name, had_failures=False)


@on_every_database
def test_nothing_is_taken_back_into_a_shed_that_was_switched_off(world: World) -> None:
    other = make_world(world.people, hq=0, nq=0)
    row = world.dispatch(hq=2)
    world.give_back(row, hq=1, shed_id=world.shed_id)
    version = next(shed.version for shed in list_sheds(world.admin) if shed.id == other.shed_id)
    change_shed(world.admin, ChangeShed(shed_id=other.shed_id, version=version, is_active=False))
    with pytest.raises(ValidationFailed, match="not in use"):
        world.give_back(row, hq=1, shed_id=other.shed_id)
