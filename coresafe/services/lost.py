"""Trays that are counted as lost and have not turned up yet: what a recovery chooses from (domain: Recovery)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from coresafe.models import Company, TraySize
from coresafe.services.dispatch_rows import D, L
from coresafe.services.listing import contains, searchable
from coresafe.services.permissions import Permission
from coresafe.services.rules import identifier
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

C = Company.__table__
T = TraySize.__table__

#: Offered at once; a number or a company finds the others.
_OFFERED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LostQuery:
    """Whose lost trays are looked for: those that left a shed, of a size; None: of any. ``q``: number, or company."""

    shed_id: int | None = None
    tray_size: str | None = None
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTrays:
    """Trays of a size that were lost on a dispatch: ``quantity`` of them have not turned up."""

    dispatch_id: int
    number: str
    company_name: str
    shed_id: int
    dispatched_at: datetime
    tray_size: str
    quantity: int


@reads(Permission.LOOK)
def find_lost(tx: Reading, query: LostQuery) -> tuple[LostTrays, ...]:
    """What is lost and has not turned up, by the dispatch it was lost on, the oldest first."""
    left = sa.func.sum(L.c.lost - L.c.recovered).label("left")
    shown = (D.c.id, D.c.number, D.c.shed_id, D.c.dispatched_at)
    statement = (
        sa.select(*shown, C.c.name.label("company_name"), T.c.name.label("tray_size"), left)
        .select_from(
            D.join(L, L.c.dispatch_id == D.c.id).join(T, T.c.id == L.c.tray_size_id).join(C, C.c.id == D.c.company_id)
        )
        .where(
            D.c.discrepancy, L.c.lost > L.c.recovered
        )  # what has lost trays is a discrepancy, and those have an index
        .group_by(*shown, C.c.name, T.c.name, T.c.position, T.c.id)
        .order_by(D.c.dispatched_at, D.c.id, T.c.position, T.c.id)
        .limit(_OFFERED)
    )
    if query.shed_id is not None:
        statement = statement.where(D.c.shed_id == identifier(query.shed_id))
    if query.tray_size is not None:
        statement = statement.where(T.c.name_key == searchable(query.tray_size))
    words = searchable(query.q)
    if words:
        statement = statement.where(contains(sa.func.lower(D.c.number), words) | contains(C.c.name_key, words))
    return tuple(
        LostTrays(
            dispatch_id=row.id,
            number=row.number,
            company_name=row.company_name,
            shed_id=row.shed_id,
            dispatched_at=row.dispatched_at,
            tray_size=row.tray_size,
            quantity=int(row.left),
        )
        for row in tx.all(statement)
    )
