"""Users: added, changed, never left without an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import Conflict, Duplicate, Forbidden, NotFound, StaleVersion, Unauthenticated, ValidationFailed
from coresafe.models import User
from coresafe.models.enums import Door, Role
from coresafe.services import passwords
from coresafe.services.database import Database
from coresafe.services.listing import Query
from coresafe.services.rules import Checks
from coresafe.services.signing_in import sign_in
from coresafe.services.users import (
    AddUser,
    ChangeUser,
    Register,
    UserRow,
    add_first_admin,
    add_user,
    change_user,
    list_users,
    myself,
    register,
)
from tests.databases import KINDS, Databases
from tests.worlds import MACHINE, PASSWORD, World, a_user, row_counts


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """A database nobody has signed in to."""
    database = Database(databases.new(request.param))
    yield database
    database.close()


def new_user(world: World, **changes: Any) -> UserRow:
    name = f"person{world.shed_id}"
    command = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **changes}
    return add_user(world.admin, AddUser(**command))


def test_the_first_administrator_needs_nobody_the_second_does(fresh: Database) -> None:
    first = AddUser(username="Boss", email="boss@example.com", password=PASSWORD, role=Role.OPERATOR)
    row = add_first_admin(fresh, first, door=Door.COMMAND_LINE, machine=MACHINE)
    assert (row.role, row.is_active) == (Role.ADMIN, True)
    with pytest.raises((Forbidden, Conflict)):
        again = AddUser(username="Other", email="other@example.com", password=PASSWORD)
        add_first_admin(fresh, again, door=Door.COMMAND_LINE, machine=MACHINE)
    with fresh.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(User)).scalar_one() == 1


def test_the_last_active_administrator_stays(fresh: Database) -> None:
    command = AddUser(username="boss", email="boss@example.com", password=PASSWORD)
    row = add_first_admin(fresh, command, door=Door.COMMAND_LINE, machine=MACHINE)
    boss = sign_in(fresh, "boss", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    for change in ({"role": "manager"}, {"is_active": False}):
        with pytest.raises(Conflict):
            change_user(boss, ChangeUser(user_id=row.id, version=row.version, **change))
    second = a_user(boss, Role.ADMIN, "second")
    with pytest.raises(Conflict):  # not oneself
        change_user(boss, ChangeUser(user_id=row.id, version=row.version, is_active=False))
    demoted = change_user(second, ChangeUser(user_id=row.id, version=row.version, role="operator"))
    assert demoted.role is Role.OPERATOR
    with pytest.raises(Unauthenticated):
        myself(boss)


def test_added_and_read(world: World) -> None:
    row = new_user(world, full_name=" Otto  Zoë ", role="manager")
    assert (row.version, row.role, row.full_name, row.is_active, row.must_change_password) == (
        1, Role.MANAGER, "Otto  Zoë", True, False,
    )  # fmt: skip
    assert not hasattr(row, "password_hash")
    found = list_users(world.admin, Query(q=row.username, filters={"role": "manager"})).items
    assert found == (row,)


def test_names_and_addresses_are_unique_without_case(world: World) -> None:
    row = new_user(world)
    for changes, field in (
        ({"username": row.username.upper(), "email": "x@example.com"}, "username"),
        ({"username": f"other{world.shed_id}", "email": row.email.upper()}, "email"),
    ):
        with pytest.raises(Duplicate) as refused:
            new_user(world, **changes)
        assert refused.value.field == field
    other = new_user(world, username=f"third{world.shed_id}", email=f"third{world.shed_id}@example.com")
    with pytest.raises(Duplicate):
        change_user(world.admin, ChangeUser(user_id=other.id, version=1, email=row.email))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": " "}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"username": "u" * 61}, "username"),
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@b\ud800.com"}, "email"),
        ({"role": "king"}, "role"),
        ({"role": None}, "role"),
        ({"password": "short"}, "password"),
        ({"username": "kwame77", "password": "Kwame77-core"}, "password"),
        ({"full_name": "x" * 100_000}, "full_name"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_wrong_users_name_their_field(world: World, changes: dict[str, Any], field: str) -> None:
    rows = row_counts(world.database)
    with pytest.raises(ValidationFailed) as refused:
        new_user(world, **changes)
    assert [error.field for error in refused.value.errors] == [field]
    assert row_counts(world.database) == rows


@pytest.mark.parametrize("username", ["", "kwame", "-", "k", "7"])
def test_a_temporary_password_meets_the_rules_and_is_never_the_same(username: str) -> None:
    made = {passwords.temporary(username) for _ in range(200)}
    assert len(made) == 200
    for password in made:
        checks = Checks()
        passwords.check_password(checks, "password", password, username=username)
        assert not checks.errors
        assert not set(password) & set("01ilo")  # what is mistaken for one another on paper


def test_the_list_finds_by_name_and_tells_those_who_wait_from_those_switched_off(world: World) -> None:
    name = f"seeker{world.shed_id}"
    asked = register(
        world.database,
        Register(
            username=name, email=f"{name}@example.com", full_name=f"Efua {name.upper()} Asante", password=PASSWORD
        ),
        door=Door.API,
        machine=MACHINE,
    )
    left = new_user(world, username=f"{name}-left", email=f"{name}-left@example.com")
    change_user(world.admin, ChangeUser(user_id=left.id, version=left.version, is_active=False))

    def found(q: str = name, **filters: object) -> list[str]:
        return [row.username for row in list_users(world.admin, Query(q=q, filters=filters)).items]

    assert found(f"efua {name}") == [name]
    assert found(is_active=False, waiting=True) == [name]
    assert found(is_active=False, waiting=False) == [f"{name}-left"]
    let_in = change_user(world.admin, ChangeUser(user_id=asked.id, version=asked.version, is_active=True))
    assert let_in.approved_at is not None
    assert found(waiting=True) == []


def test_a_change_ends_sessions_where_it_must(world: World) -> None:
    ctx = a_user(world.admin)
    row = myself(ctx)
    kept = change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, full_name="Otto"))
    assert myself(ctx).full_name == "Otto"
    with pytest.raises(StaleVersion) as refused:
        change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, full_name="Egon"))
    assert refused.value.current == kept
    change_user(world.admin, ChangeUser(user_id=row.id, version=kept.version, sign_out=True))
    with pytest.raises(Unauthenticated):
        myself(ctx)
    with pytest.raises(NotFound):
        change_user(world.admin, ChangeUser(user_id=10**9, version=1))
