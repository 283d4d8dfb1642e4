"""What is overdue now, grouped by company: the list that a supervisor works, and the day's digest tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Chase, Company, Drillhole, Project, Shed, TraySize
from coresafe.services import facts
from coresafe.services.dispatch_rows import D, L, days_between
from coresafe.services.listing import contains, searchable
from coresafe.services.permissions import Permission
from coresafe.services.reporting import find_places
from coresafe.services.rules import identifier
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

C = Company.__table__
K = Chase.__table__
P = Project.__table__
H = Drillhole.__table__
S = Shed.__table__
T = TraySize.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueQuery:
    """Of one shed, or with None of all; of one company, or of all. ``q``: number, company, project, hole or driver."""

    shed_id: int | None = None
    company_id: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRow:
    """A dispatch that is past its due date; ``trays`` are those still out, by size.

    ``days_overdue``: whole days since it was due, in the shed's time zone. ``called``, ``chased_at`` and ``note`` are of
    the last of its ``chases``.
    """

    id: int
    version: int
    number: str
    company_id: int
    company: str
    project_code: str
    hole: str | None
    driver: str
    shed: str
    time_zone: str
    dispatched_at: datetime
    due_at: datetime
    days_out: int
    days_overdue: int
    trays: tuple[tuple[str, int], ...]
    outstanding: int
    chases: int
    chased_at: datetime | None
    called: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyOverdue:
    """A company with all that is overdue of it, the oldest first; ``trays`` by size, and how many together."""

    company_id: int
    company: str
    contact_email: str | None
    contact_phone: str | None
    rows: tuple[OverdueRow, ...]
    trays: tuple[tuple[str, int], ...]
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Everything overdue at ``as_of``; the company that owes most comes first."""

    companies: tuple[CompanyOverdue, ...]
    dispatches: int
    outstanding: int
    as_of: datetime


@reads(Permission.LOOK)
def list_overdue(tx: Reading, query: OverdueQuery) -> Overdue:
    """What is overdue now, grouped by company. One statement, two for one shed; raises ValidationFailed at ``shed_id``."""
    conditions = []
    if query.shed_id is not None:
        conditions.append(D.c.shed_id == find_places(tx, query.shed_id).shed_id)
    if query.company_id is not None:
        conditions.append(D.c.company_id == identifier(query.company_id))
    words = searchable(query.q)
    if words:
        conditions.append(
            sa.or_(
                contains(sa.func.lower(D.c.number), words),
                contains(C.c.name_key, words),
                contains(P.c.code_key, words),
                contains(H.c.hole_key, words),
                contains(sa.func.lower(D.c.driver), words),
            )
        )
    found = tx.all(overdue_statement(*conditions))
    return overdue_of(found, tx.now)


def overdue_statement(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """A row for each size of each dispatch that is overdue, with the last call about it."""
    mine = K.c.dispatch_id == D.c.id
    last = sa.select(sa.func.max(K.c.id)).where(mine).correlate(D).scalar_subquery()
    how_many = sa.select(sa.func.count()).select_from(K).where(mine).correlate(D).scalar_subquery()
    latest = K.alias("latest")
    return (
        sa.select(
            D.c.id,
            D.c.version,
            D.c.number,
            D.c.company_id,
            D.c.driver,
            D.c.dispatched_at,
            D.c.due_at,
            D.c.outstanding,
            C.c.name.label("company"),
            C.c.contact_email,
            C.c.contact_phone,
            P.c.code.label("project_code"),
            H.c.hole_id.label("hole"),
            S.c.name.label("shed"),
            S.c.time_zone,
            T.c.name.label("tray_size"),
            T.c.position,
            L.c.outstanding.label("of_size"),
            how_many.label("chases"),
            latest.c.chased_at,
            latest.c.called,
            latest.c.note,
        )
        .select_from(
            D.join(L, L.c.dispatch_id == D.c.id)
            .join(T, T.c.id == L.c.tray_size_id)
            .join(C, C.c.id == D.c.company_id)
            .join(P, P.c.id == D.c.project_id)
            .join(S, S.c.id == D.c.shed_id)
            .outerjoin(H, H.c.id == D.c.drillhole_id)
            .outerjoin(latest, latest.c.id == last)
        )
        .where(D.c.is_open, D.c.due_at < facts.utc_now(), L.c.outstanding > 0, *conditions)
        .order_by(D.c.due_at, D.c.id, T.c.position, L.c.position)
    )


def overdue_of(found: Sequence[Row[Any]], now: datetime) -> Overdue:
    """The rows put together by dispatch and by company."""
    rows = [_row(list(sizes), now) for _id, sizes in groupby(found, key=lambda row: row.id)]
    heads = {row.company_id: row for row in found}
    positions = {row.tray_size: row.position for row in found}
    grouped: dict[int, list[OverdueRow]] = {}
    for row in rows:
        grouped.setdefault(row.company_id, []).append(row)
    companies = [_company(heads[company_id], tuple(mine), positions) for company_id, mine in grouped.items()]
    companies.sort(key=lambda each: (-each.outstanding, each.company.casefold()))
    return Overdue(
        companies=tuple(companies),
        dispatches=len(rows),
        outstanding=sum(row.outstanding for row in rows),
        as_of=now,
    )


def _row(sizes: Sequence[Row[Any]], now: datetime) -> OverdueRow:
    head = sizes[0]
    trays: dict[str, int] = {}
    for row in sizes:
        trays[row.tray_size] = trays.get(row.tray_size, 0) + row.of_size
    same = ("id", "version", "number", "company_id", "company", "project_code", "hole", "driver", "shed", "time_zone",
            "dispatched_at", "due_at", "outstanding", "chased_at", "called", "note")  # fmt: skip
    return OverdueRow(
        **{name: getattr(head, name) for name in same},
        days_out=days_between(head.dispatched_at, now, head.time_zone),
        days_overdue=days_between(head.due_at, now, head.time_zone),
        trays=tuple(trays.items()),
        chases=int(head.chases),
    )


def _company(head: Row[Any], rows: tuple[OverdueRow, ...], positions: dict[str, int]) -> CompanyOverdue:
    trays: dict[str, int] = {}
    for row in rows:
        for size, count in row.trays:
            trays[size] = trays.get(size, 0) + count
    return CompanyOverdue(
        company_id=head.company_id,
        company=head.company,
        contact_email=head.contact_email,
        contact_phone=head.contact_phone,
        rows=rows,
        trays=tuple(sorted(trays.items(), key=lambda each: positions[each[0]])),
        outstanding=sum(row.outstanding for row in rows),
    )
