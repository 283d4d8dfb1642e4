"""Signing in: one answer for a wrong password and an unknown user, in the same time; five wrong ones lock for a while.

Wrong tries are counted by the name as it was typed, so that an unknown name locks just as a known one does.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from coresafe.errors import AccountLocked, Forbidden, Unauthenticated, ValidationFailed
from coresafe.models import AuditEntry, SignInThrottle, User
from coresafe.models.enums import Door, Role
from coresafe.services import auditing, failures, passwords
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.facts import utc_now
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, key_of
from coresafe.services.transaction import WriteUseCase, persist, writes
from coresafe.services.work import Writing

WRONG_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
REFUSED = "User name or password is wrong."

U = User.__table__
T = SignInThrottle.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Change one's own password."""

    current_password: str
    new_password: str


def sign_in(
    database: Database, username: str, password: str, *, door: Door, machine: str, patience: float | None = None
) -> Context:
    """Sign a user in; four round trips besides BEGIN and COMMIT. ``patience``: as in ``Context``.

    Raises Unauthenticated for a wrong name or password (which of both is not said), AccountLocked after five, and
    Forbidden for an account that waits for approval. Slow by design: never call it on the window's thread.
    """
    if not isinstance(username, str) or not isinstance(password, str):
        raise ValidationFailed.of("username", "Enter your user name and password.")
    typed = username.encode("utf-8", "ignore").decode().replace("\0", "")
    key = key_of(typed)[:190]
    nobody = Actor(user_id=0, username=typed[:60], full_name=None, role=Role.OPERATOR, epoch=0)
    context = Context(database=database, actor=nobody, door=door, machine=machine[:120], patience=patience)
    found = persist(lambda: _look(database, key), patience=patience)
    _refuse_locked(found)
    right = passwords.matches(password[: passwords.LONGEST], found.password_hash or passwords.NOBODY)
    if not right or found.user_id is None:
        locked = persist(lambda: _count_failure(context, key, found.user_id), patience=patience)
        if locked:
            raise _locked(LOCKED_FOR)
        raise Unauthenticated(REFUSED)
    if not found.is_active:
        if found.approved_at is None:
            raise Forbidden("An administrator has to approve your account first.")
        raise Unauthenticated("Your account has been switched off. Ask an administrator.")
    actor = Actor(
        user_id=found.user_id,
        username=found.username,
        full_name=found.full_name,
        role=Role(found.role),
        epoch=found.epoch,
        must_change_password=bool(found.must_change_password),
    )
    signed_in = replace(context, actor=actor)
    persist(lambda: _note_sign_in(signed_in, key, had_failures=bool(found.failures)), patience=patience)
    database.after_commit()
    return signed_in


def _look(database: Database, key: str) -> Row[Any]:
    """The user, the wrong tries under that name and the time: one statement, whether there is such a user or not."""
    one = sa.select(sa.literal(key).label("wanted"), utc_now().label("now")).subquery("one")
    statement = sa.select(
        one.c.now,
        U.c.id.label("user_id"),
        U.c.username,
        U.c.full_name,
        U.c.role,
        U.c.epoch,
        U.c.is_active,
        U.c.approved_at,
        U.c.must_change_password,
        U.c.password_hash,
        T.c.failures,
        T.c.locked_until,
        T.c.last_failure_at,
        database.secret_column(),
    ).select_from(one.outerjoin(U, U.c.username_key == key).outerjoin(T, T.c.username_key == key))
    with database.connect() as connection:
        found = connection.execute(statement).one()
    database.know_secret(found.secrets)
    return cast("Row[Any]", found)


def _refuse_locked(found: Row[Any]) -> None:
    if found.locked_until is not None and found.locked_until > found.now:
        raise _locked(found.locked_until - found.now)


def _locked(left: timedelta) -> AccountLocked:
    seconds = max(1, int(left.total_seconds()))
    minutes = -(-seconds // 60)
    return AccountLocked(
        f"Too many wrong passwords. Try again in {minutes} minute{'s' if minutes != 1 else ''}, or ask an administrator.",
        retry_after=seconds,
    )


def _count_failure(context: Context, key: str, user_id: int | None) -> bool:
    """Count a wrong try; whether it locked the name. Tries more than a lock's time apart do not add up."""
    database = context.database
    try:
        with database.writing() as connection:
            now: datetime = connection.execute(sa.select(utc_now())).scalar_one()
            row = connection.execute(sa.select(T).where(T.c.username_key == key).with_for_update()).first()
            fresh = row is None or now - row.last_failure_at > LOCKED_FOR
            if row is not None and row.locked_until is not None and row.locked_until > now:
                return True
            failures_now = 1 if fresh or row is None else row.failures + 1
            locked = failures_now >= WRONG_TRIES
            values = {
                "failures": 0 if locked else failures_now,
                "locked_until": now + LOCKED_FOR if locked else None,
                "last_failure_at": now,
            }
            if row is None:
                connection.execute(sa.insert(T).values(username_key=key, **values))
            else:
                connection.execute(sa.update(T).where(T.c.username_key == key).values(**values))
            if user_id is not None:
                note = {"failed_sign_ins": failures_now, "locked_until": values["locked_until"]}
                connection.execute(sa.update(U).where(U.c.id == user_id).values(**note))
            _audit(connection, context, "lock" if locked else "sign_in_refused", user_id or 0, now)
            return locked
    except BaseException as error:
        if failures.is_duplicate(error):
            raise failures.TryAgain from error
        raise


def _note_sign_in(context: Context, key: str, *, had_failures: bool) -> None:
    database = context.database
    with database.writing() as connection:
        noted = sa.update(U).where(U.c.id == context.actor.user_id)
        connection.execute(noted.values(last_sign_in_at=utc_now(), failed_sign_ins=0, locked_until=None))
        until = sa.select(T.c.locked_until).where(T.c.username_key == key).scalar_subquery().label("until")
        noted_now = sa.select(U.c.last_sign_in_at, until).where(U.c.id == context.actor.user_id)
        found = connection.execute(noted_now).one()
        now: datetime = found.last_sign_in_at
        if found.until is not None and found.until > now:  # many guesses at once: the right one came after the fifth
            raise _locked(found.until - now)
        if had_failures:
            connection.execute(sa.delete(T).where(T.c.username_key == key))
        _audit(connection, context, "sign_in", context.actor.user_id, now)


def _audit(connection: Connection, context: Context, action: str, user_id: int, now: datetime) -> None:
    entry = auditing.Entry(action=action, record_type="user", record_id=str(user_id), old=None, new=None, reason=None)
    connection.execute(sa.insert(AuditEntry.__table__).values(auditing.row_of(entry, context, str(uuid.uuid4()), now)))


def _counting_wrong_ones(use_case: WriteUseCase[ChangePassword, int]) -> WriteUseCase[ChangePassword, int]:
    """Count wrong current passwords as wrong tries to sign in: a session left open is no place to guess from."""

    @functools.wraps(use_case)
    def counted(context: Context, command: ChangePassword, operation_id: uuid.UUID | str | None = None) -> int:
        try:
            return use_case(context, command, operation_id)
        except _WrongPassword as error:
            # Only now, in a transaction of its own: the one that refused was rolled back.
            key, user_id = error.username_key, context.actor.user_id
            if persist(lambda: _count_failure(context, key, user_id), patience=context.patience):
                raise _locked(LOCKED_FOR) from error
            raise

    return counted  # type: ignore[return-value]


class _WrongPassword(ValidationFailed):
    """The current password was wrong, whatever else was."""

    username_key = ""


@_counting_wrong_ones
@writes(Permission.OWN_ACCOUNT)
def change_password(tx: Writing, command: ChangePassword) -> int:
    """Change one's own password; every other session of the user ends. Returns the new epoch of the session.

    Raises ValidationFailed where the current one is wrong or the new one breaks the rules, and AccountLocked after five
    wrong ones, those at the sign-in counted too.
    """
    user = tx.first(sa.select(U).where(U.c.id == tx.actor.user_id).with_for_update())
    assert user is not None  # noqa: S101  # the claim found him active
    checks = Checks()
    right = isinstance(command.current_password, str) and passwords.matches(
        command.current_password[: passwords.LONGEST], user.password_hash
    )
    # After the slow part: of many guesses at once, those after the fifth are told nothing.
    wrong = tx.first(sa.select(T.c.locked_until, utc_now().label("now")).where(T.c.username_key == user.username_key))
    if wrong is not None:
        _refuse_locked(wrong)
    if not right:
        checks.fail("current_password", "That is not your current password.")
    new = passwords.check_password(checks, "new_password", command.new_password, username=user.username)
    if new and new == command.current_password:
        checks.fail("new_password", "That is your password already. Choose another.")
    if not right:
        refusal = _WrongPassword(checks.errors)
        refusal.username_key = user.username_key
        raise refusal
    checks.done()
    if wrong is not None:
        tx.forget_throttle(SignInThrottle, user.username_key)
    epoch = int(user.epoch) + 1
    values = {
        "password_hash": passwords.hash_password(new),
        "must_change_password": False,
        "failed_sign_ins": 0,
        "epoch": epoch,
        "version": user.version + 1,
        "updated_at": tx.now,
    }
    tx.change(sa.update(U).where(U.c.id == user.id).values(**values))
    tx.audit("password", "user", user.id)
    return epoch


def require_admin(database: Database, username: str, password: str) -> None:
    """Raise Unauthenticated or Forbidden unless these are an active administrator's: before an upgrade, on any schema.

    It reads only columns that the very first schema had, and counts nothing.
    """
    key = key_of(username.encode("utf-8", "ignore").decode().replace("\0", ""))[:190]
    columns = (U.c.role, U.c.is_active, U.c.password_hash)

    def look() -> Row[Any, Any, Any] | None:
        with database.connect() as connection:
            return connection.execute(sa.select(*columns).where(U.c.username_key == key)).first()

    found = persist(look)
    stored = found.password_hash if found is not None else passwords.NOBODY
    if not passwords.matches(password[: passwords.LONGEST], stored) or found is None or not found.is_active:
        raise Unauthenticated(REFUSED)
    if found.role != Role.ADMIN:
        raise Forbidden("Only an administrator upgrades the database. Nothing was changed.")


def with_epoch(context: Context, epoch: int) -> Context:
    """The same session after its own password change."""
    return replace(context, actor=replace(context.actor, epoch=epoch, must_change_password=False))
