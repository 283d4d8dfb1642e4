"""What was out as at a moment: from the lines where that is now, else from the movements of the dispatches concerned."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Company, Dispatch, DispatchLine, Drillhole, Movement, Project, Return, TraySize
from coresafe.models.enums import MovementKind, State
from coresafe.services.dispatch_rows import days_between
from coresafe.services.reconciliation.answers import Age, OutstandingLine, OutstandingRow
from coresafe.services.reporting import Period, Places
from coresafe.services.settings import Rules
from coresafe.services.work import Reading

D = Dispatch.__table__
L = DispatchLine.__table__
M = Movement.__table__
R = Return.__table__

#: A write waits for a lock at most so long after it read the clock: it may say that it changed a row that much earlier.
CLOCKS_APART = timedelta(minutes=1)


def read_outstanding(tx: Reading, places: Places, period: Period) -> list[Row[Any]]:
    """Rows of a dispatch and a size with trays out as at the end of the period, oldest dispatch first. One statement.

    ``final_at``: the latest return of the period that was final, if one was.
    """
    out = _as_at(places, period.until) if period.ended else _now(places)
    statement = (
        sa.select(
            D.c.id,
            D.c.number,
            D.c.shed_id,
            D.c.company_id,
            Company.name.label("company"),
            Project.code.label("project_code"),
            Drillhole.hole_id.label("hole"),
            D.c.dispatched_at,
            D.c.due_at,
            out.c.tray_size_id,
            TraySize.position,
            TraySize.name.label("tray_size"),
            out.c.quantity,
            out.c.outstanding,
            _final_at(period).label("final_at"),
        )
        .select_from(
            out.join(D, D.c.id == out.c.dispatch_id)
            .join(TraySize.__table__, TraySize.id == out.c.tray_size_id)
            .join(Company.__table__, Company.id == D.c.company_id)
            .join(Project.__table__, Project.id == D.c.project_id)
            .outerjoin(Drillhole.__table__, Drillhole.id == D.c.drillhole_id)
        )
        .order_by(D.c.dispatched_at, D.c.id, TraySize.position, TraySize.id)
    )
    return [
        row
        for _dispatch, sizes in groupby(tx.all(statement), key=lambda row: row.id)
        for row in _with_trays_out(list(sizes))
    ]


def _with_trays_out(sizes: list[Row[Any]]) -> list[Row[Any]]:
    """The sizes of a dispatch, none where nothing of it is out."""
    return sizes if any(row.outstanding for row in sizes) else []


def _here(places: Places) -> tuple[sa.ColumnElement[bool], ...]:
    """In the shed asked for. Written so that no index serves it: what is open or changed lately is far less."""
    return (D.c.shed_id + 0 == places.shed_id,) if places.shed_id is not None else ()


def _now(places: Places) -> sa.Subquery:
    return (
        sa.select(
            L.c.dispatch_id,
            L.c.tray_size_id,
            sa.func.sum(L.c.quantity).label("quantity"),
            sa.func.sum(L.c.outstanding).label("outstanding"),
        )
        .select_from(D.join(L, L.c.dispatch_id == D.c.id))
        .where(D.c.is_open, *_here(places), L.c.quantity > 0)
        .group_by(L.c.dispatch_id, L.c.tray_size_id)
        .subquery("still_out")
    )


def _as_at(places: Places, until: datetime) -> sa.Subquery:
    """Dispatches that left before, and are open or have changed since; what their movements before say is out.

    Whatever was posted for a dispatch later than the moment changed it later than the moment, so none is left out.
    """
    left = (D.c.dispatched_at < until, *_here(places))
    still_open = sa.select(D.c.id).where(D.c.is_open, *left)
    changed = sa.select(D.c.id).where(D.c.updated_at >= until - CLOCKS_APART, *left)
    concerned = sa.union(still_open, changed).subquery("concerned")
    went = sa.case((M.c.to_state == State.OUT.value, M.c.quantity), else_=0)
    came = sa.case((M.c.from_state == State.OUT.value, M.c.quantity), else_=0)
    sent = sa.case((M.c.of_kind == MovementKind.DISPATCH.value, went - came), else_=0)
    quantity, outstanding = sa.func.sum(sent), sa.func.sum(went - came)
    return (
        sa.select(
            M.c.dispatch_id, M.c.tray_size_id, quantity.label("quantity"), outstanding.label("outstanding")
        )
        .select_from(concerned.join(M, M.c.dispatch_id == concerned.c.id))
        .where(M.c.at < until)
        .group_by(M.c.dispatch_id, M.c.tray_size_id)
        .having((quantity != 0) | (outstanding != 0))
        .subquery("was_out")
    )  # fmt: skip


def _final_at(period: Period) -> sa.ScalarSelect[Any]:
    """When a return of the period, not voided in it, last said that nothing more comes."""
    mine = (R.c.dispatch_id == D.c.id, R.c.is_final, R.c.returned_at >= period.since)
    if not period.ended:
        return sa.select(sa.func.max(R.c.returned_at)).where(*mine, R.c.voided_at.is_(None)).scalar_subquery()
    stood = R.c.voided_at.is_(None) | (R.c.voided_at >= period.until)
    return sa.select(sa.func.max(R.c.returned_at)).where(*mine, R.c.returned_at < period.until, stood).scalar_subquery()


def outstanding_rows(found: list[Row[Any]], places: Places, period: Period, rules: Rules) -> tuple[OutstandingRow, ...]:
    """The rows as they are shown, by the last day of the period."""
    end = period.until - timedelta(microseconds=1) if period.ended else period.until
    answer = []
    for _dispatch, group in groupby(found, key=lambda row: row.id):
        sizes = list(group)
        head = sizes[0]
        lines = tuple(
            OutstandingLine(tray_size=row.tray_size, quantity=int(row.quantity), outstanding=int(row.outstanding))
            for row in sizes
        )
        days = days_between(head.dispatched_at, end, places.zones[head.shed_id])
        answer.append(
            OutstandingRow(
                dispatch_id=head.id,
                number=head.number,
                shed_id=head.shed_id,
                company_id=head.company_id,
                company=head.company,
                project_code=head.project_code,
                hole=head.hole,
                dispatched_at=head.dispatched_at,
                due_at=head.due_at,
                days_out=days,
                overdue=head.due_at < period.until,
                age=age_of(days, rules),
                quantity=sum(line.quantity for line in lines),
                outstanding=sum(line.outstanding for line in lines),
                lines=lines,
            )
        )
    return tuple(answer)


def age_of(days: int, rules: Rules) -> Age:
    """Green, amber or red (domain: Days out)."""
    if days >= rules.red_days:
        return Age.RED
    return Age.AMBER if days >= rules.amber_days else Age.GREEN
