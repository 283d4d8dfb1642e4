"""The columns of the table of users, and the state somebody is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from coresafe.services.users import UserRow
from coresafe.ui import clock
from coresafe.ui.tables import Column, moment, text
from coresafe.ui.theme import Status
from coresafe.ui.words import mark, role_word, tr


def state_of(row: UserRow, now: datetime) -> str:
    """``waiting`` for approval, ``switched_off``, ``locked`` for a while, or ``active``."""
    if not row.is_active:
        return "waiting" if row.approved_at is None else "switched_off"
    return "locked" if locked(row, now) else "active"


def locked(row: UserRow, now: datetime) -> bool:
    """Whether wrong passwords keep somebody out at this moment."""
    return row.locked_until is not None and row.locked_until > now


class _StateColumn(Column):
    """The state; of whoever is locked also until when."""

    def status(self, row: UserRow) -> Status | None:
        found = super().status(row)
        if found is None or found.key != "locked" or row.locked_until is None:
            return found
        return replace(found, word=locked_words(row.locked_until))

    def words(self, row: UserRow) -> str:
        found = self.status(row)
        return found.text if found is not None else ""


def locked_words(until: datetime) -> str:
    """``Locked until 10:42``: by the clock on the wall, for a lock lasts minutes."""
    return tr("Locked until {time}", time=clock.minute(until))


def columns(now: Callable[[], datetime]) -> tuple[Column, ...]:
    """``now``: the database's clock."""
    return (
        text("username", mark("User name"), width=104, sort="username"),
        text("full_name", mark("Name"), width=128),
        text("email", mark("E-mail"), width=152),
        text("role", mark("Role"), width=104, format=role_word),
        _StateColumn(key="state", title=mark("State"), width=172, states=True, value=lambda row: state_of(row, now())),
        moment("last_sign_in_at", mark("Last sign-in"), width=128),
        moment(
            "locked_until",
            mark("Locked until"),
            width=128,
            value=lambda row: row.locked_until if locked(row, now()) else None,
            shown=False,
        ),
    )
