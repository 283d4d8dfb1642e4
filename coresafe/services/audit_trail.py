"""The audit trail as it is read: who changed what, when, from where, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import AuditEntry
from coresafe.models.enums import Door, Role
from coresafe.services.listing import Listing, Page, Query, contains, equals, since, until
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import page_of
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

E: Any = AuditEntry.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One change of one record. ``old`` and ``new`` hold the fields that changed; ``at`` is UTC."""

    id: int
    at: datetime
    user_id: int | None
    user: str | None
    door: Door
    machine: str
    action: str
    record_type: str
    record_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str | None
    operation_id: str


def _row(row: Row[Any]) -> AuditRow:
    return AuditRow(
        id=row.id,
        at=row.at,
        user_id=row.user_id,
        user=row.username,
        door=Door(row.door),
        machine=row.machine,
        action=row.action,
        record_type=row.record_type,
        record_id=row.record_id,
        old=row.old,
        new=row.new,
        reason=row.reason,
        operation_id=row.operation_id,
    )


def _of_users(shown: object) -> sa.ColumnElement[bool]:
    return sa.true() if shown else E.c.record_type != "user"


LISTING = Listing(
    table=E,
    sorts={"id": E.c.id, "at": E.c.at},
    filters={
        "id": equals(E.c.id),
        "user_id": equals(E.c.user_id),
        "user": equals(E.c.username),
        "door": equals(E.c.door),
        "machine": equals(E.c.machine),
        "action": equals(E.c.action),
        "record_type": equals(E.c.record_type),
        "record_id": equals(E.c.record_id),
        "operation_id": equals(E.c.operation_id),
        "from": since(E.c.at),
        "to": until(E.c.at),
        "users_shown": _of_users,
    },
    default_sort="-id",
    search=lambda text: contains(sa.func.lower(sa.func.coalesce(E.c.reason, "")), text),
)


@reads(Permission.SEE_AUDIT)
def list_audit(tx: Reading, query: Query) -> Page[AuditRow]:
    """A page of the trail, newest first. Managers see all but the entries about users; administrators all."""
    from dataclasses import replace

    filters = {**query.filters, "users_shown": tx.actor.role is Role.ADMIN}
    return page_of(tx, LISTING, replace(query, filters=filters), tuple(E.c), _joined, _row)


def _joined(start: sa.FromClause) -> sa.FromClause:
    return start
