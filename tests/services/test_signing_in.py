"""Signing in, wrong passwords, locked names, and sessions that end at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from coresafe.errors import AccountLocked, Forbidden, Unauthenticated, ValidationFailed
from coresafe.models import AuditEntry, SignInThrottle, User
from coresafe.models.enums import Door, Role
from coresafe.services.context import Context
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.listing import Query
from coresafe.services.signing_in import LOCKED_FOR, REFUSED, ChangePassword, change_password, sign_in, with_epoch
from coresafe.services.users import AddUser, ChangeUser, UserRow, add_user, change_user, list_users
from tests.services.kinds import on_every_database
from tests.worlds import PASSWORD, World, a_user


def enter(world: World, name: str, password: str = PASSWORD) -> Context:
    return sign_in(world.database, name, password, door=Door.WINDOW, machine="gate")


def row_of(world: World, name: str) -> UserRow:
    return next(row for row in list_users(world.admin, Query(q=name)).items if row.username == name)


@pytest.fixture
def name(world: World) -> str:
    return a_user(world.admin).actor.username


@on_every_database
def test_signed_in_without_case_and_blanks_and_written_down(world: World, name: str) -> None:
    ctx = enter(world, f"  {name.upper()} ")
    assert (ctx.actor.username, ctx.actor.role, ctx.machine) == (name, Role.OPERATOR, "gate")
    row = row_of(world, name)
    assert row.last_sign_in_at is not None
    table = AuditEntry.__table__
    with world.database.connect() as connection:
        where = (table.c.record_type == "user") & (table.c.record_id == str(row.id))
        actions = connection.execute(sa.select(table.c.action).where(where).order_by(table.c.id)).scalars().all()
    assert actions == ["add", "sign_in", "sign_in"]


@pytest.mark.parametrize(
    "password", ["", "wrong-Password-1", PASSWORD.lower(), f"{PASSWORD} ", "x" * 100_000, "a\0b", "\ud800"], ids=ascii
)
def test_a_wrong_password_is_refused(world: World, name: str, password: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        enter(world, name, password)
    assert refused.value.message == REFUSED


@pytest.mark.parametrize(
    "who", ["", "nobody", "o' OR 1=1 --", "n" * 100_000, "no\0body", "\ud800", "🪨"], ids=lambda t: ascii(t)[:12]
)
def test_an_unknown_name_is_refused_with_the_same_words(world: World, who: str) -> None:
    with pytest.raises((Unauthenticated, AccountLocked)) as refused:
        enter(world, f"{who}{world.shed_id}")
    assert refused.value.message == REFUSED


def test_what_is_no_text_is_refused(world: World) -> None:
    with pytest.raises(ValidationFailed):
        enter(world, None)  # type: ignore[arg-type]


@on_every_database
def test_five_wrong_ones_lock_known_and_unknown_names_alike(world: World, name: str) -> None:
    for who in (name, f"ghost{world.shed_id}"):  # the second is nobody's name
        for _ in range(4):
            with pytest.raises(Unauthenticated):
                enter(world, who, "wrong-Password-1")
        with pytest.raises(AccountLocked) as locked:
            enter(world, who, "wrong-Password-1")
        assert "15 minutes" in locked.value.message
        assert locked.value.retry_after == LOCKED_FOR.total_seconds()
        with pytest.raises(AccountLocked):  # the right one does not help while it is locked
            enter(world, who)
    throttle = SignInThrottle.__table__
    with world.database.connect() as connection:  # a quarter of an hour later
        until = connection.execute(
            sa.select(throttle.c.locked_until).where(throttle.c.username_key == name)
        ).scalar_one()
        earlier = until - LOCKED_FOR - timedelta(minutes=1)
        values = {"locked_until": earlier + timedelta(seconds=30), "last_failure_at": earlier}
        connection.execute(sa.update(throttle).where(throttle.c.username_key == name).values(values))
    assert enter(world, name).actor.username == name


def test_a_good_sign_in_forgets_earlier_mistakes(world: World, name: str) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Unauthenticated):
                enter(world, name, "wrong-Password-1")
        enter(world, name)


def test_an_administrator_unlocks_by_a_new_password(world: World, name: str) -> None:
    for _ in range(5):
        with pytest.raises((Unauthenticated, AccountLocked)):
            enter(world, name, "wrong-Password-1")
    row = row_of(world, name)
    change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, password="Fresh-Core-99"))
    ctx = enter(world, name, "Fresh-Core-99")
    assert ctx.actor.must_change_password


def test_switched_off_or_not_yet_approved_is_told_only_to_who_knows_the_password(world: World, name: str) -> None:
    row = row_of(world, name)
    change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, is_active=False))
    with pytest.raises(Unauthenticated) as refused:
        enter(world, name)
    assert "switched off" in refused.value.message
    with pytest.raises(Unauthenticated) as refused:
        enter(world, name, "wrong-Password-1")
    assert refused.value.message == REFUSED
    waiting = f"w{world.shed_id}"
    add_user(world.admin, AddUser(username=waiting, email=f"{waiting}@example.com", password=PASSWORD, is_active=False))
    with pytest.raises(Forbidden):
        enter(world, waiting)


@on_every_database
def test_a_new_password_ends_every_other_session(world: World, name: str) -> None:
    here, there = enter(world, name), enter(world, name)
    epoch = change_password(here, ChangePassword(current_password=PASSWORD, new_password="Fresh-Core-99"))
    stock(with_epoch(here, epoch), StockQuery())
    for old in (here, there):
        with pytest.raises(Unauthenticated):
            stock(old, StockQuery())
    with pytest.raises(Unauthenticated):
        enter(world, name)
    assert enter(world, name, "Fresh-Core-99").actor.epoch == epoch


@on_every_database
def test_wrong_current_passwords_lock_as_wrong_sign_ins_do(world: World, name: str) -> None:
    here = enter(world, name)

    def change(current: str, new: str = "Fresh-Core-99") -> int:
        return change_password(here, ChangePassword(current_password=current, new_password=new))

    for new in ("Fresh-Core-99", "short"):  # a bad new password does not make a guess free
        with pytest.raises(ValidationFailed):
            change("wrong-Password-1", new)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            enter(world, name, "wrong-Password-1")
    with pytest.raises(AccountLocked) as locked:
        change("wrong-Password-1")
    assert locked.value.retry_after == LOCKED_FOR.total_seconds()
    with pytest.raises(AccountLocked):  # the right one does not help while it is locked
        change(PASSWORD)
    with pytest.raises(AccountLocked):
        enter(world, name)
    assert row_of(world, name).locked_until is not None
    stock(here, StockQuery())  # who is at work stays at work
    table = AuditEntry.__table__
    with world.database.connect() as connection:
        where = (table.c.record_type == "user") & (table.c.record_id == str(here.actor.user_id))
        actions = connection.execute(sa.select(table.c.action).where(where).order_by(table.c.id)).scalars().all()
    assert actions[-5:] == ["sign_in_refused"] * 4 + ["lock"]


def test_the_right_current_password_forgets_earlier_mistakes(world: World, name: str) -> None:
    here = enter(world, name)
    for _ in range(4):
        with pytest.raises(ValidationFailed):
            change_password(here, ChangePassword(current_password="wrong-Password-1", new_password="Fresh-Core-99"))
    change_password(here, ChangePassword(current_password=PASSWORD, new_password="Fresh-Core-99"))
    for _ in range(4):
        with pytest.raises(Unauthenticated):
            enter(world, name, "wrong-Password-1")
    enter(world, name, "Fresh-Core-99")


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not-it-at-all-1", "Fresh-Core-99", "current_password"),
        (PASSWORD, "short-1", "new_password"),
        (PASSWORD, "x1" * 101, "new_password"),
        (PASSWORD, "onlyletters", "new_password"),
        (PASSWORD, "1234567890", "new_password"),
        (PASSWORD, "aaaaaaaaaa1", "new_password"),
        (PASSWORD, "Password123!", "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
        (PASSWORD, None, "new_password"),
        (PASSWORD, "Fresh-\0Core-99", "new_password"),
        (PASSWORD, "Fresh-\ud800Core-99", "new_password"),
    ],
    ids=ascii,
)
def test_passwords_that_are_refused(world: World, current: str, new: str, field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        change_password(world.operator, ChangePassword(current_password=current, new_password=new))
    assert [error.field for error in refused.value.errors] == [field]


def test_long_passwords_differ_beyond_what_bcrypt_reads(world: World) -> None:
    name = f"long{world.shed_id}"
    password = "Ä1" * 60
    add_user(world.admin, AddUser(username=name, email=f"{name}@example.com", password=f"{password}abc"))
    enter(world, name, f"{password}abc")
    with pytest.raises(Unauthenticated):
        enter(world, name, f"{password}abd")


def test_passwords_are_kept_as_bcrypt_of_twelve_rounds(world: World, name: str) -> None:
    with world.database.connect() as connection:
        stored = connection.execute(sa.select(User.password_hash).where(User.username_key == name)).scalar_one()
    assert stored.startswith("$2b$12$")
