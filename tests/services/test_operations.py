"""Operation ids: every write happens once, however often it is sent."""

from __future__ import annotations

import json
import uuid

import pytest
import sqlalchemy as sa

from coresafe.errors import InsufficientStock, OperationIdReused
from coresafe.models import Operation
from coresafe.services.dispatching import ExtendDispatch, extend_dispatch
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.registry import AddCompany, add_company
from coresafe.services.users import AddUser, ChangeUser, add_user, change_user
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, World, row_counts


def stored(world: World, op: uuid.UUID) -> sa.Row[tuple[object, ...]] | None:
    table = Operation.__table__
    with world.database.connect() as connection:
        return connection.execute(sa.select(table).where(table.c.id == str(op))).first()


@on_every_database
def test_the_second_try_gets_the_first_ones_answer(proved: World) -> None:
    world = proved
    first, second, third = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    sent = world.dispatch(hq=10, op=first)
    back = world.give_back(sent, hq={"good": 3, "surplus": 1}, op=second)
    command = SetBase(tray_size="NQ", base_quantity=70, reason="new ones", shed_id=world.shed_id)
    stock = set_base(world.manager, command, third)
    rows = row_counts(world.database)
    assert world.dispatch(hq=10, op=first) == sent  # as it was then, not as it stands now
    assert world.give_back(sent, hq={"good": 3, "surplus": 1}, op=second) == back
    assert set_base(world.manager, command, str(third).upper()) == stock
    assert row_counts(world.database) == rows


def test_other_content_another_action_or_another_person_is_refused(proved: World) -> None:
    world = proved
    op = uuid.uuid4()
    sent = world.dispatch(hq=10, op=op)
    rows = row_counts(world.database)
    for again in (
        lambda: world.dispatch(hq=11, op=op),
        lambda: world.dispatch(hq=10, notes="x", op=op),
        lambda: world.give_back(sent, hq=1, op=op),
        lambda: world.dispatch(who=world.manager, hq=10, op=op),
    ):
        with pytest.raises(OperationIdReused):
            again()
    assert row_counts(world.database) == rows


def test_a_refusal_is_not_stored_and_judged_anew(proved: World) -> None:
    world = proved
    op = uuid.uuid4()
    with pytest.raises(InsufficientStock):
        world.dispatch(hq=60, op=op)
    assert stored(world, op) is None
    world.move("purchase", 20)
    assert world.dispatch(hq=60, op=op).quantity == 60


def test_what_is_kept_for_ever_is_told_apart_and_no_secret_is_kept(proved: World) -> None:
    world = proved
    stock_op, other_op, user_op = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    world.dispatch(hq=1, op=stock_op)
    add_company(world.manager, AddCompany(name=f"Tarkwa {stock_op}"), other_op)
    secret = f"Hidden-{user_op.hex[:8]}"
    name = f"u{user_op.hex[:8]}"
    add_user(world.admin, AddUser(username=name, email=f"{name}@example.com", password=secret), user_op)
    found = [stored(world, op) for op in (stock_op, other_op, user_op)]
    assert [row.is_stock for row in found if row] == [True, False, False]
    assert all(row is not None and row.answer for row in found)
    assert secret not in json.dumps([list(map(str, row)) for row in found if row])


def test_a_password_in_the_content_is_part_of_it(proved: World) -> None:
    world = proved
    name = f"u{uuid.uuid4().hex[:8]}"
    user = add_user(world.admin, AddUser(username=name, email=f"{name}@example.com", password=PASSWORD))
    op = uuid.uuid4()
    change = ChangeUser(user_id=user.id, version=1, password="Another-Core-78")
    first = change_user(world.admin, change, op)
    assert change_user(world.admin, change, op) == first
    with pytest.raises(OperationIdReused):
        change_user(world.admin, ChangeUser(user_id=user.id, version=1, password="Another-Core-79"), op)


def test_the_answer_of_a_stored_extension_reads_back_whole(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=1)
    world.lose(sent, hq=1)
    open_one = world.give_back(world.dispatch(hq=2), hq={"occupied": 1}, final=True)
    op = uuid.uuid4()
    command = ExtendDispatch(dispatch_id=open_one.id, due_at=open_one.due_at, reason="again")
    assert extend_dispatch(world.manager, command, op) == extend_dispatch(world.manager, command, op)
