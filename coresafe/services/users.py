"""Users: the first administrator, and the management of all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from coresafe.errors import Conflict, Duplicate, Forbidden, NotFound, StaleVersion
from coresafe.models import SignInThrottle, User
from coresafe.models.enums import Door, Role
from coresafe.services import auditing, failures, passwords
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.facts import utc_now
from coresafe.services.listing import Listing, Page, Query, checked_limit, contains, equals
from coresafe.services.permissions import Permission
from coresafe.services.registry.companies import checked_flag
from coresafe.services.rules import Checks, identifier, key_of
from coresafe.services.transaction import persist, reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

U = User.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A user as administrators see him; never his password's hash."""

    id: int
    version: int
    username: str
    email: str
    full_name: str | None
    role: Role
    is_active: bool
    must_change_password: bool
    approved_at: datetime | None
    locked_until: datetime | None
    last_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """A new user. ``temporary``: the password must be changed at the first sign-in."""

    username: str
    email: str
    password: str
    role: Role | str = Role.OPERATOR
    full_name: str | None = None
    is_active: bool = True
    temporary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Somebody who asks for an account: an operator whom an administrator must approve."""

    username: str
    email: str
    password: str
    full_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeUser:
    """Change what is set. A new ``password`` is temporary; ``sign_out`` ends every session."""

    user_id: int
    version: int
    username: str | Unset = UNSET
    email: str | Unset = UNSET
    full_name: str | None | Unset = UNSET
    role: Role | str | Unset = UNSET
    is_active: bool | Unset = UNSET
    password: str | Unset = UNSET
    sign_out: bool = False


def _row(found: Row[Any]) -> UserRow:
    return UserRow(
        id=found.id,
        version=found.version,
        username=found.username,
        email=found.email,
        full_name=found.full_name,
        role=Role(found.role),
        is_active=bool(found.is_active),
        must_change_password=bool(found.must_change_password),
        approved_at=found.approved_at,
        locked_until=found.locked_until,
        last_sign_in_at=found.last_sign_in_at,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def check_email(checks: Checks, field: str, value: object) -> str:
    """An address that could receive mail, as to its form; nothing is looked up."""
    text = checks.text(field, value, limit=254, label="E-mail")
    if not text:
        return ""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        checks.fail(field, "That is not an e-mail address. Enter one like name@company.com.")
    return text


def _checked(command: AddUser, now: datetime) -> dict[str, Any]:
    checks = Checks()
    username, key = checks.name("username", command.username, limit=60, label="User name")
    email = check_email(checks, "email", command.email)
    full_name = checks.optional_text("full_name", command.full_name, label="Full name")
    role = checks.word("role", command.role, Role)
    if command.role is None:
        checks.fail("role", "Role is missing. Choose operator, manager or admin.")
    password = passwords.check_password(checks, "password", command.password, username=username)
    is_active = checked_flag(checks, "is_active", command.is_active)
    checks.done()
    return {
        "username": username,
        "username_key": key,
        "email": email,
        "email_key": key_of(email),
        "full_name": full_name,
        "role": role.value if role else Role.OPERATOR.value,
        "is_active": is_active,
        "password_hash": passwords.hash_password(password),
        "must_change_password": bool(command.temporary),
        "approved_at": now if is_active else None,
        "created_at": now,
        "updated_at": now,
    }


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """What the audit trail says of a user: never his password."""
    return {k: values[k] for k in ("username", "email", "full_name", "role", "is_active") if k in values}


def _insert(insert: Callable[[], int], values: dict[str, Any], taken: Callable[[], Row[Any] | None]) -> int:
    found = taken()
    if found is not None:
        field = "username" if found.username_key == values["username_key"] else "email"
        what = "user name" if field == "username" else "e-mail address"
        raise Duplicate(f"Another user has this {what}. Choose another.", field=field)
    try:
        return insert()
    except sa.exc.DBAPIError as error:
        if failures.is_duplicate(error):
            raise Duplicate("Another user has this user name or e-mail address.", field="username") from error
        raise


def _taken(values: dict[str, Any]) -> sa.Select[Any]:
    return sa.select(U.c.username_key).where(
        (U.c.username_key == values["username_key"]) | (U.c.email_key == values["email_key"])
    )


def has_admin(database: Database) -> bool:
    """Whether somebody can administrate: until then the first administrator is added without signing in."""
    return persist(lambda: _has_admin(database))


def _has_admin(database: Database) -> bool:
    with database.connect() as connection:
        return connection.execute(_active_admins().limit(1)).first() is not None


def _active_admins() -> sa.Select[Any]:
    return sa.select(U.c.id).where(U.c.role == Role.ADMIN.value, U.c.is_active)


def add_first_admin(database: Database, command: AddUser, *, door: Door, machine: str) -> UserRow:
    """Add the first administrator; refused with Forbidden as soon as there is an active one."""
    nobody = Actor(user_id=0, username="", full_name=None, role=Role.ADMIN, epoch=0)
    context = Context(database=database, actor=nobody, door=door, machine=machine[:120])
    return persist(lambda: _add_first_admin(context, replace(command, role=Role.ADMIN, is_active=True)))


def _add_first_admin(context: Context, command: AddUser) -> UserRow:
    from coresafe.models import Setting

    database = context.database
    with database.writing() as connection:
        # Two first administrators at once queue here, at a row that is always there.
        connection.execute(sa.select(Setting.name).where(Setting.name == "secrets").with_for_update())
        if connection.execute(_active_admins().limit(1)).first() is not None:
            raise Forbidden("There is an administrator already. Sign in as one to add users.")
        added = _add_unsigned(connection, context, command, "add")
    database.after_commit()
    return _row(added)


def _add_unsigned(connection: Connection, context: Context, command: AddUser, action: str) -> Row[Any]:
    """Add a user where nobody is signed in who could do it."""
    import uuid

    from coresafe.models import AuditEntry

    now = connection.execute(sa.select(utc_now())).scalar_one()
    values = _checked(command, now)
    user_id = _insert(
        lambda: int(connection.execute(sa.insert(U).values(**values)).inserted_primary_key[0]),  # type: ignore[index]
        values,
        lambda: connection.execute(_taken(values)).first(),
    )
    entry = auditing.Entry(
        action=action, record_type="user", record_id=str(user_id), old=None, new=_told(values), reason=None
    )
    row = auditing.row_of(entry, context, str(uuid.uuid4()), now)
    connection.execute(sa.insert(AuditEntry.__table__).values(row))
    return connection.execute(sa.select(U).where(U.c.id == user_id)).one()


def register(
    database: Database, command: Register, *, door: Door, machine: str, patience: float | None = None
) -> UserRow:
    """Ask for an account: an inactive operator. Raises ValidationFailed, Duplicate."""
    nobody = Actor(user_id=0, username="", full_name=None, role=Role.OPERATOR, epoch=0)
    context = Context(database=database, actor=nobody, door=door, machine=machine[:120])
    wanted = AddUser(
        username=command.username,
        email=command.email,
        password=command.password,
        full_name=command.full_name,
        role=Role.OPERATOR,
        is_active=False,
    )

    def attempt() -> Row[Any]:
        with database.writing() as connection:
            return _add_unsigned(connection, context, wanted, "register")

    added = persist(attempt, patience=patience)
    database.after_commit()
    return _row(added)


@writes(Permission.USERS)
def add_user(tx: Writing, command: AddUser) -> UserRow:
    """Add a user. Raises Duplicate for a user name or e-mail that is taken."""
    values = _checked(command, tx.now)
    user_id = _insert(lambda: tx.insert(User, values), values, lambda: tx.first(_taken(values)))
    tx.audit("add", "user", user_id, new=_told(values))
    return _row(tx.all(sa.select(U).where(U.c.id == user_id))[0])


def _sent(command: ChangeUser, found: Row[Any], *, own: bool) -> dict[str, Any]:
    """The columns that were sent, checked."""
    checks = Checks()
    values: dict[str, Any] = {}
    if not isinstance(command.username, Unset):
        values["username"], values["username_key"] = checks.name(
            "username", command.username, limit=60, label="User name"
        )
    if not isinstance(command.email, Unset):
        values["email"] = check_email(checks, "email", command.email)
        values["email_key"] = key_of(values["email"])
    if not isinstance(command.full_name, Unset):
        values["full_name"] = checks.optional_text("full_name", command.full_name, label="Full name")
    if not isinstance(command.role, Unset):
        role = checks.word("role", command.role, Role)
        if command.role is None:
            checks.fail("role", "Role is missing. Choose operator, manager or admin.")
        values["role"] = role.value if role else found.role
    if not isinstance(command.is_active, Unset):
        values["is_active"] = checked_flag(checks, "is_active", command.is_active)
    if not isinstance(command.password, Unset):
        new = passwords.check_password(checks, "password", command.password, username=found.username)
        checks.done()
        values |= {"password_hash": passwords.hash_password(new), "must_change_password": not own}
    checks.done()
    return values


@writes(Permission.USERS)
def change_user(tx: Writing, command: ChangeUser) -> UserRow:
    """Change a user; switching off, a new role or password end his sessions at once.

    Raises StaleVersion, and Conflict where it would leave no active administrator or switch off one's own account.
    """
    admins = [row.id for row in tx.all(_active_admins().order_by(U.c.id).with_for_update())]
    wanted = command.user_id if isinstance(command.user_id, int) and 0 < command.user_id < 2**63 else 0
    found = tx.first(sa.select(U).where(U.c.id == wanted).with_for_update())
    if found is None:
        raise NotFound("There is no such user.")
    values = _sent(command, found, own=wanted == tx.actor.user_id)
    if command.version != found.version:
        raise StaleVersion("Somebody changed this user meanwhile. Nothing was changed.", current=_row(found))
    stays_admin = values.get("role", found.role) == Role.ADMIN and values.get("is_active", bool(found.is_active))
    if admins == [found.id] and not stays_admin:
        raise Conflict("This is the last active administrator. Make somebody else administrator first.")
    if found.id == tx.actor.user_id and values.get("is_active") is False:
        raise Conflict("You cannot switch off your own account. Ask another administrator.")
    changed = {name: value for name, value in values.items() if value != getattr(found, name)}
    if not changed and not command.sign_out:
        return _row(found)
    if values.get("is_active") and not found.is_active and found.approved_at is None:
        changed["approved_at"] = tx.now
    ends = {"username", "role", "is_active", "password_hash"} & changed.keys()
    stamp = {"version": found.version + 1, "updated_at": tx.now}
    if ends or command.sign_out:
        stamp["epoch"] = found.epoch + 1
    if "password_hash" in changed or changed.get("is_active"):
        changed["locked_until"] = None
        tx.forget_throttle(SignInThrottle, found.username_key)
    try:
        tx.change(sa.update(U).where(U.c.id == found.id, U.c.version == found.version).values(**changed, **stamp))
    except sa.exc.DBAPIError as error:
        if failures.is_duplicate(error):
            field, what = (
                ("username", "user name") if "username_key" in str(error.orig) else ("email", "e-mail address")
            )
            raise Duplicate(f"Another user has this {what}. Choose another.", field=field) from error
        raise
    _audit_change(tx, found, changed, signed_out=command.sign_out)
    return _row(tx.all(sa.select(U).where(U.c.id == found.id))[0])


def _audit_change(tx: Writing, found: Row[Any], changed: dict[str, Any], *, signed_out: bool) -> None:
    told = _told(changed)
    if "password_hash" in changed:
        tx.audit("password", "user", found.id)
    if told:
        tx.audit("change", "user", found.id, old={k: getattr(found, k) for k in told}, new=told)
    if signed_out:
        tx.audit("sign_out", "user", found.id)


def _waiting(wanted: object) -> sa.ColumnElement[bool]:
    """Asked for an account and was not let in yet; or, for False, has been let in at some time."""
    return U.c.approved_at.is_(None) if wanted else U.c.approved_at.is_not(None)


LISTING = Listing(
    table=U,
    sorts={"username": U.c.username_key, "id": U.c.id},
    filters={
        "id": equals(U.c.id),
        "role": equals(U.c.role),
        "is_active": equals(U.c.is_active),
        "waiting": _waiting,
    },
    default_sort="username",
    search=lambda text: (
        contains(U.c.username_key, text)
        | contains(U.c.email_key, text)
        | contains(sa.func.lower(sa.func.coalesce(U.c.full_name, "")), text)
    ),
)


@reads(Permission.USERS)
def list_users(tx: Reading, query: Query) -> Page[UserRow]:
    """A page of users by name."""
    ids = LISTING.ids(query).subquery("page")
    _name, column, descending = LISTING.order(query)
    down = descending != query.backwards
    ends = (ids.c.sort_value.desc(), ids.c.id.desc()) if down else (ids.c.sort_value.asc(), ids.c.id.asc())
    found = tx.all(sa.select(U).select_from(ids.join(U, U.c.id == ids.c.id)).order_by(*ends))
    keys = [(row.id, getattr(row, column.name)) for row in found]
    page = LISTING.page(query, keys, [_row(row) for row in found][: checked_limit(query.limit)], tx.now)
    return replace(page, total=tx.all(LISTING.count(query))[0].rows) if query.total else page


@reads(Permission.USERS)
def get_user(tx: Reading, user_id: int) -> UserRow:
    """One user. Raises NotFound."""
    found = tx.first(sa.select(U).where(U.c.id == identifier(user_id)))
    if found is None:
        raise NotFound("There is no such user.")
    return _row(found)


@reads(Permission.OWN_ACCOUNT)
def myself(tx: Reading) -> UserRow:
    """The signed-in user as he is now."""
    return _row(tx.all(sa.select(U).where(U.c.id == tx.actor.user_id))[0])
