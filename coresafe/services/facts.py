"""What nearly every use case must know and no statement of its own should be spent on: who, the time, the rules.

They ride as scalar columns on the first statement of a use case, so that a page costs the round trips of its rows.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from coresafe.models import ApiSession, User
from coresafe.models.base import UtcDateTime
from coresafe.services.settings import rules_column


class utc_now(FunctionElement[datetime]):  # noqa: N801  # reads as the SQL function it is
    """The database server's clock, in UTC with microseconds: the only clock of the ledger (domain: The clock)."""

    type = UtcDateTime()
    inherit_cache = True
    name = "utc_now"


@compiles(utc_now)
def _utc_now_mysql(_element: utc_now, _compiler: Any, **_kw: Any) -> str:
    return "UTC_TIMESTAMP(6)"


@compiles(utc_now, "sqlite")
def _utc_now_sqlite(_element: utc_now, _compiler: Any, **_kw: Any) -> str:
    return "coresafe_now()"  # made known to every connection by ``database``


@functools.cache
def clock_columns() -> tuple[sa.Label[Any], ...]:
    """The time and the rules."""
    return utc_now().label("fact_now"), rules_column().label("fact_rules")


def session_stands(session_id: sa.ColumnElement[str], user_id: Any) -> sa.ColumnElement[bool]:
    """Whether a session of the API is the user's and was not ended."""
    session = ApiSession.__table__
    return sa.exists().where(session.c.id == session_id, session.c.user_id == user_id, session.c.ended_at.is_(None))


@functools.cache
def guard_columns(*, with_session: bool) -> tuple[sa.Label[Any], ...]:
    """The user's role and epoch as they are now; null where he is gone, switched off, or his session was ended.

    The statement they ride on takes ``guard_values``.
    """
    user = User.__table__
    who = (user.c.id == sa.bindparam("fact_user", type_=sa.BigInteger)) & user.c.is_active
    if with_session:
        who &= session_stands(sa.bindparam("fact_session", type_=sa.String), user.c.id)
    return (
        sa.select(user.c.role).where(who).scalar_subquery().label("fact_role"),
        sa.select(user.c.epoch).where(who).scalar_subquery().label("fact_epoch"),
        sa.select(user.c.must_change_password).where(who).scalar_subquery().label("fact_must_change"),
    )


def guard_values(user_id: int, session_id: str | None) -> dict[str, Any]:
    """Whom ``guard_columns`` ask for."""
    return {"fact_user": user_id} if session_id is None else {"fact_user": user_id, "fact_session": session_id}
