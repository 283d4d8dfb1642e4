"""Sessions of the HTTP API: a sign-in, the pairs of tokens that come of it, and their end.

Each refresh token works once. Using one twice means that two have it: the whole session ends (domain: interfaces, POST
/auth/refresh; RFC 9700, 4.14.2).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.errors import Unauthenticated
from coresafe.models import ApiSession, AuditEntry, User
from coresafe.models.enums import Door, Role
from coresafe.services import auditing, signing_in, tokens
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.facts import utc_now
from coresafe.services.permissions import Permission
from coresafe.services.transaction import persist, writes
from coresafe.services.work import Writing

A = ApiSession.__table__
U = User.__table__

ENDED = "This session has ended. Sign in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a program signs its requests with; ``expires_in`` seconds the access token is good for."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105  # its kind, no secret
    expires_in: int = tokens.ACCESS_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession:
    """End one's own session."""

    session_id: str


def open_session(
    database: Database, key: bytes, username: str, password: str, *, machine: str, patience: float | None = None
) -> TokenPair:
    """Sign in for programs. Raises what ``signing_in.sign_in`` raises."""
    context = signing_in.sign_in(database, username, password, door=Door.API, machine=machine, patience=patience)
    return start_session(context, key)


def start_session(context: Context, key: bytes) -> TokenPair:
    """A session for somebody who has just shown his password."""
    actor = replace(context.actor, session_id=str(uuid.uuid4()))
    refresh_id = str(uuid.uuid4())

    def start() -> None:
        with context.database.writing() as connection:
            there = sa.select(A.c.id).where(A.c.id == actor.session_id)
            if connection.execute(there).first() is not None:
                return  # the first try was committed, and its answer lost
            values = {
                "id": actor.session_id,
                "user_id": actor.user_id,
                "refresh_id": refresh_id,
                "machine": context.machine,
                "created_at": utc_now(),
                "refreshed_at": utc_now(),
                "expires_at": _end(connection),
            }
            connection.execute(sa.insert(A).values(**values))

    persist(start, patience=context.patience)
    return _pair(key, actor, refresh_id)


def refresh(database: Database, key: bytes, token: str, *, machine: str, patience: float | None = None) -> TokenPair:
    """A new pair for a refresh token that was not used before.

    Raises TokenExpired, or Unauthenticated where the token is not valid or the session has ended, which it does when the
    token was used already.
    """
    stated = tokens.read_refresh(key, token)
    new_id = str(uuid.uuid4())
    actor, reused = persist(lambda: _rotate(database, stated, new_id, machine), patience=patience)
    if reused:
        database.after_commit()
    if actor is None:
        raise Unauthenticated(ENDED)
    return _pair(key, actor, new_id)


def _rotate(database: Database, stated: tokens.Refresh, new_id: str, machine: str) -> tuple[Actor | None, bool]:
    """Who gets the new pair, or None; and whether a used token came again."""
    with database.writing() as connection:
        wanted = (A.c.id == stated.session_id, A.c.user_id == stated.user_id)
        session = connection.execute(sa.select(A, utc_now().label("now")).where(*wanted).with_for_update()).first()
        if session is None or session.ended_at is not None or session.expires_at <= session.now:
            return None, False
        user = connection.execute(sa.select(U).where(U.c.id == stated.user_id)).one()
        if not user.is_active or user.epoch != stated.epoch:
            _end_session(connection, session.id, "signed out")
            return None, False
        actor = Actor(
            user_id=user.id,
            username=user.username,
            full_name=user.full_name,
            role=Role(user.role),
            epoch=user.epoch,
            must_change_password=bool(user.must_change_password),
            session_id=session.id,
        )
        if session.refresh_id == new_id:
            return actor, False  # done by the first try, whose answer was lost
        if session.refresh_id != stated.refresh_id:
            _end_session(connection, session.id, "token used twice")
            context = Context(database=database, actor=actor, door=Door.API, machine=machine[:120])
            _note(connection, context, "token_reused", session.now)
            return None, True
        changes = {"refresh_id": new_id, "refreshed_at": utc_now(), "expires_at": _end(connection)}
        connection.execute(sa.update(A).where(A.c.id == session.id).values(**changes))
        return actor, False


def _end_session(connection: Connection, session_id: str, why: str) -> None:
    connection.execute(sa.update(A).where(A.c.id == session_id).values(ended_at=utc_now(), end_reason=why))


def _note(connection: Connection, context: Context, action: str, now: datetime) -> None:
    entry = auditing.Entry(
        action=action, record_type="user", record_id=str(context.actor.user_id), old=None, new=None, reason=None
    )
    row = auditing.row_of(entry, context, str(uuid.uuid4()), now)
    connection.execute(sa.insert(AuditEntry.__table__).values(row))


def _end(connection: Connection) -> datetime:
    now: datetime = connection.execute(sa.select(utc_now())).scalar_one()
    return now + timedelta(seconds=tokens.REFRESH_SECONDS)


def _pair(key: bytes, actor: Actor, refresh_id: str) -> TokenPair:
    return TokenPair(
        access_token=tokens.access_token(key, actor), refresh_token=tokens.refresh_token(key, actor, refresh_id)
    )


@writes(Permission.OWN_ACCOUNT)
def end_session(tx: Writing, command: EndSession) -> None:
    """Sign a program out: neither its access token nor its refresh token works any more."""
    mine = (A.c.id == command.session_id, A.c.user_id == tx.actor.user_id, A.c.ended_at.is_(None))
    tx.change(sa.update(A).where(*mine).values(ended_at=tx.now, end_reason="signed out"))
    tx.audit("sign_out", "user", tx.actor.user_id)
