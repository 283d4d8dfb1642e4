"""The audit trail as it is read: who changed what, when, from where, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import AuditEntry, Chase, Drillhole, Project, Resolution, Return
from coresafe.models.enums import Door, Role
from coresafe.services.listing import Listing, Page, Query, contains, equals, since, until
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import page_of
from coresafe.services.rules import identifier
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


#: Entries of one dispatch that are read at most; one that lives through more is read in the audit trail.
HISTORY_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchHistory:
    """What happened to a dispatch, newest first: its own entries and those of its returns, losses and chases.

    ``more``: older ones were left out. ``projects`` and ``drillholes`` name those that the entries tell by their ids.
    """

    entries: tuple[AuditRow, ...]
    more: bool
    projects: Mapping[int, str]
    drillholes: Mapping[int, str]


@reads(Permission.LOOK)
def dispatch_history(tx: Reading, dispatch_id: int) -> DispatchHistory:
    """The trail of one dispatch, for everybody who may look at it; empty where there is none of that id.

    One statement; one more where an entry put it under another project or hole, for their names.
    """
    wanted = identifier(dispatch_id)
    parts = [sa.select(*E.c).where(E.c.record_type == "dispatch", E.c.record_id == str(wanted))]
    for kind, model in (("return", Return), ("resolution", Resolution), ("chase", Chase)):
        # Its ids first, then the trail by its index: the other way round every entry of the kind would be looked at.
        ids = sa.select(sa.cast(model.id, sa.String(60))).where(model.dispatch_id == wanted)
        parts.append(sa.select(*E.c).where(E.c.record_type == kind, E.c.record_id.in_(ids)))
    both = sa.union_all(*parts).subquery("trail")
    found = tx.all(sa.select(*both.c).order_by(both.c.id.desc()).limit(HISTORY_LIMIT + 1))
    entries = tuple(_row(row) for row in found[:HISTORY_LIMIT])
    projects, holes = _ids(entries, "project_id"), _ids(entries, "drillhole_id")
    named: dict[str, dict[int, str]] = {"project": {}, "drillhole": {}}
    if projects or holes:
        names = sa.union_all(
            sa.select(sa.literal("project").label("kind"), Project.id.label("id"), Project.code.label("name")).where(
                Project.id.in_(projects)
            ),
            sa.select(sa.literal("drillhole"), Drillhole.id, Drillhole.hole_id).where(Drillhole.id.in_(holes)),
        ).subquery("names")
        for row in tx.all(sa.select(*names.c)):
            named[row.kind][row.id] = row.name
    return DispatchHistory(
        entries=entries,
        more=len(found) > HISTORY_LIMIT,
        projects=named["project"],
        drillholes=named["drillhole"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What happened to one record, newest first. ``more``: older ones were left out."""

    entries: tuple[AuditRow, ...]
    more: bool


@reads(Permission.LOOK)
def transfer_history(tx: Reading, transfer_id: int) -> Trail:
    """The trail of one transfer, for everybody who may look at it; empty where there is none of that id."""
    own = (E.c.record_type == "transfer", E.c.record_id == str(identifier(transfer_id)))
    found = tx.all(sa.select(*E.c).where(*own).order_by(E.c.id.desc()).limit(HISTORY_LIMIT + 1))
    return Trail(entries=tuple(_row(row) for row in found[:HISTORY_LIMIT]), more=len(found) > HISTORY_LIMIT)


def _ids(entries: Iterable[AuditRow], field: str) -> list[int]:
    """The ids that a field was changed between."""
    told = [side.get(field) for row in entries if row.action == "amend" for side in (row.old or {}, row.new or {})]
    return sorted({value for value in told if isinstance(value, int)})
