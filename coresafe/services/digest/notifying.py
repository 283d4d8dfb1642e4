"""Sending the digest once a day: the day is kept in the settings, under an entry of the audit trail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.errors import UserError
from coresafe.models import AuditEntry, Setting
from coresafe.models.enums import Door, Role
from coresafe.services import auditing
from coresafe.services.accounts import Overdue
from coresafe.services.accounts.overdue import overdue_of, overdue_statement
from coresafe.services.context import Actor, Context, this_machine
from coresafe.services.database import Database
from coresafe.services.digest.mailing import Mail, send
from coresafe.services.digest.message import message_of
from coresafe.services.facts import utc_now
from coresafe.services.reporting import find_places, today
from coresafe.services.transaction import persist
from coresafe.services.work import Reading

_ROW = "digest"
_SETTINGS: Any = Setting.__table__
#: A run that began so long ago and never said how it ended was killed.
_FORGOTTEN = timedelta(minutes=15)
_SENDING, _SENT = "sending", "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What there is to say on a day, and what became of it.

    ``already``: it was sent before, so nothing was sent now; ``refused``: addresses that the mail server did not take.
    """

    day: str
    overdue: Overdue
    sent_to: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    already: bool = False


class _Already(Exception):  # a signal between two functions of this file
    """It was sent today."""


def look(database: Database) -> Notice:
    """What the digest would say now; for who holds the database's credentials. The day is that of the first shed in use."""
    from coresafe.services.exporting.reconciliation.contents import reading_for

    def attempt() -> Notice:
        with database.snapshot() as connection:
            tx: Reading = reading_for(database, connection)
            places = find_places(tx, None)
            found = overdue_of(tx.all(overdue_statement()), tx.now)
            return Notice(day=today(tx.now, places.zone).isoformat(), overdue=found)

    return persist(attempt)


def notify(database: Database, mail: Mail, *, again: bool = False) -> Notice:
    """Send the day's digest; nothing where nothing is overdue, or where it was sent today already (unless ``again``).

    Raises UserError where another run is sending it, Trouble where the mail server does not take it: the day then counts
    as not told.
    """
    notice = look(database)
    if not notice.overdue.dispatches:
        return notice
    try:
        before = persist(lambda: _begin(database, notice.day, again=again))
    except _Already:
        return replace(notice, already=True)
    try:
        message = message_of(notice.overdue, day=notice.day, where=database.where, sender=mail.sender, to=mail.to)
        refused = send(mail, message)
    except BaseException:
        persist(lambda: _put(database, before))
        raise
    taken = tuple(address for address in mail.to if address not in refused)
    persist(lambda: _put(database, {"day": notice.day, "state": _SENT, "dispatches": notice.overdue.dispatches}))
    return replace(notice, sent_to=taken, refused=refused)


def _begin(database: Database, day: str, *, again: bool) -> dict[str, Any] | None:
    """Take the day, unless somebody has it; what stood there before."""
    with database.writing() as connection:
        now = _queue(connection)
        before = _kept(connection)
        if before is not None and before.get("day") == day:
            if before.get("state") == _SENDING and now - datetime.fromisoformat(before["since"]) < _FORGOTTEN:
                raise UserError("The digest of today is being sent by another run. Nothing was sent.")
            if before.get("state") == _SENT and not again:
                raise _Already
        _write(connection, before, {"day": day, "state": _SENDING, "since": now.isoformat()}, now)
    database.after_commit()
    return before


def _put(database: Database, value: dict[str, Any] | None) -> None:
    """Keep how it ended, or what stood there before."""
    with database.writing() as connection:
        now = _queue(connection)
        _write(connection, _kept(connection), value, now)
    database.after_commit()


def _queue(connection: Connection) -> datetime:
    """Two runs at once wait for each other, at a row that is always there; the database's clock."""
    connection.execute(sa.select(Setting.name).where(Setting.name == "secrets").with_for_update())
    now: datetime = connection.execute(sa.select(utc_now())).scalar_one()
    return now


def _kept(connection: Connection) -> dict[str, Any] | None:
    found = connection.execute(sa.select(_SETTINGS.c.value).where(_SETTINGS.c.name == _ROW)).first()
    return None if found is None else found.value


def _write(connection: Connection, before: dict[str, Any] | None, value: dict[str, Any] | None, now: datetime) -> None:
    row = {"value": value, "updated_at": now}
    there = connection.execute(sa.select(_SETTINGS.c.name).where(_SETTINGS.c.name == _ROW)).first()
    if there is None:
        connection.execute(sa.insert(_SETTINGS).values(name=_ROW, version=1, **row))
    else:
        changed = sa.update(_SETTINGS).where(_SETTINGS.c.name == _ROW)
        connection.execute(changed.values(version=_SETTINGS.c.version + 1, **row))
    entry = auditing.Entry(
        action="change",
        record_type="setting",
        record_id=_ROW,
        old=before,
        new=value or {"state": "not sent"},
        reason=None,
    )
    nobody = Actor(user_id=0, username="", full_name=None, role=Role.ADMIN, epoch=0)
    context = Context(database=None, actor=nobody, door=Door.COMMAND_LINE, machine=this_machine())  # type: ignore[arg-type]
    connection.execute(sa.insert(AuditEntry.__table__).values(auditing.row_of(entry, context, str(uuid.uuid4()), now)))
