"""What was expected of a size at the moment it was declared counted, and how the count varies from it.

Expected is what the ledger says was there at that moment: the balance now without the movements *dated* after it. What
was entered later for an earlier moment counts, because the trays had come or gone when they were counted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import WrongState
from coresafe.models import Balance, Dispatch, Movement, Return, Stocktake, Transfer, User
from coresafe.models.enums import MovementKind, State, StocktakeStatus
from coresafe.services.permissions import Permission
from coresafe.services.stocktaking.answers import (
    COUNTED_STATES,
    CountRow,
    MovedRow,
    SizeProgress,
    VarianceRow,
    Variances,
)
from coresafe.services.stocktaking.entering import T, Z
from coresafe.services.stocktaking.reading import header_of, read_progress
from coresafe.services.transaction import reads
from coresafe.services.work import Reading, Writing

M = Movement.__table__
B = Balance.__table__

#: Movements shown at most beside the variances; the newest.
MOVED_AT_MOST = 500

_STATES = [state.value for state in COUNTED_STATES]


def read_variances(
    tx: Reading | Writing, header: Row[Any], sizes: tuple[SizeProgress, ...], counts: list[CountRow]
) -> tuple[VarianceRow, ...]:
    """Every declared size in every state. The caller holds the balances, or reads one snapshot."""
    declared = [size.tray_size for size in sizes if size.declared_at is not None]
    balances = sa.select(T.c.name, B.c.state, B.c.quantity).select_from(B.join(T, T.c.id == B.c.tray_size_id))
    balances = balances.where(B.c.shed_id == header.shed_id, T.c.name.in_(declared), B.c.state.in_(_STATES))
    now = {(row.name, row.state): int(row.quantity) for row in tx.all(balances)}
    since: dict[tuple[str, str], int] = defaultdict(int)
    later: dict[tuple[str, str], int] = defaultdict(int)
    for row in tx.all(_changes(header)):
        since[row.name, row.state] += int(row.since_opening)
        later[row.name, row.state] += int(row.since_declared)
    counted: dict[tuple[str, State], int] = defaultdict(int)
    for count in counts:
        counted[count.tray_size, count.state] += count.quantity or 0
    rows = []
    for name in declared:
        for state in COUNTED_STATES:
            key = (name, state.value)
            expected = now.get(key, 0) - later[key]
            opening = now.get(key, 0) - since[key]
            rows.append(
                VarianceRow(
                    tray_size=name,
                    state=state,
                    at_opening=opening,
                    moved=expected - opening,
                    expected=expected,
                    counted=counted[name, state],
                    variance=counted[name, state] - expected,
                    later=later[key],
                )
            )
    return tuple(rows)


def _since_opening(header: Row[Any], shed: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    return [
        Z.c.stocktake_id == header.id,
        Z.c.declared_at.is_not(None),
        shed == header.shed_id,
        M.c.at > header.opened_at,
    ]


def _changes(header: Row[Any]) -> sa.Select[Any]:
    """What movements dated after the opening, and after each size's declaration, added to each state."""
    halves = []
    start = Z.join(M, M.c.tray_size_id == Z.c.tray_size_id).join(T, T.c.id == Z.c.tray_size_id)
    for shed, state, sign in ((M.c.shed_id, M.c.from_state, -1), (M.c.to_shed_id, M.c.to_state, 1)):
        signed = sign * M.c.quantity
        halves.append(
            sa.select(
                T.c.name,
                state.label("state"),
                sa.func.sum(signed).label("since_opening"),
                sa.func.sum(sa.case((M.c.at > Z.c.declared_at, signed), else_=0)).label("since_declared"),
            )
            .select_from(start)
            .where(*_since_opening(header, shed), state.in_(_STATES))
            .group_by(T.c.name, state)
        )
    both = sa.union_all(*halves).subquery("changes")
    return sa.select(*both.c)


def _moved(tx: Reading, header: Row[Any]) -> list[MovedRow]:
    """The movements of declared sizes since the opening, newest first, one more than are shown where there are more."""
    here = sa.or_(
        (M.c.shed_id == header.shed_id) & M.c.from_state.in_(_STATES),
        (M.c.to_shed_id == header.shed_id) & M.c.to_state.in_(_STATES),
    )
    in_shed = sa.or_(M.c.shed_id == header.shed_id, M.c.to_shed_id == header.shed_id)
    document = sa.func.coalesce(
        Return.__table__.c.number,
        Dispatch.__table__.c.number,
        Transfer.__table__.c.number,
        Stocktake.__table__.c.number,
    )
    statement = (
        sa.select(
            M.c.id,
            M.c.at,
            M.c.kind,
            M.c.quantity,
            M.c.from_state,
            M.c.to_state,
            T.c.name.label("tray_size"),
            User.username.label("user"),
            document.label("document"),
            (M.c.at <= Z.c.declared_at).label("counts"),
        )
        .select_from(
            Z.join(M, M.c.tray_size_id == Z.c.tray_size_id)
            .join(T, T.c.id == Z.c.tray_size_id)
            .join(User.__table__, User.id == M.c.user_id)
            .outerjoin(Return.__table__, Return.id == M.c.return_id)
            .outerjoin(Dispatch.__table__, Dispatch.id == M.c.dispatch_id)
            .outerjoin(Transfer.__table__, Transfer.id == M.c.transfer_id)
            .outerjoin(Stocktake.__table__, Stocktake.id == M.c.stocktake_id)
        )
        .where(Z.c.stocktake_id == header.id, Z.c.declared_at.is_not(None), in_shed, here, M.c.at > header.opened_at)
        .order_by(M.c.at.desc(), M.c.id.desc())
        .limit(MOVED_AT_MOST + 1)
    )
    return [
        MovedRow(
            id=row.id,
            at=row.at,
            kind=MovementKind(row.kind),
            tray_size=row.tray_size,
            quantity=row.quantity,
            from_state=State(row.from_state),
            to_state=State(row.to_state),
            document=row.document,
            user=row.user,
            counts=bool(row.counts),
        )
        for row in tx.all(statement)
    ]


@reads(Permission.APPROVE, snapshot=True)
def variances(tx: Reading, stocktake_id: int) -> Variances:
    """What a manager looks at before approving: counted, expected and what moved meanwhile. Raises NotFound, WrongState.

    Only sizes that were declared counted: before that there is no moment to compare with, and counting stays blind.
    """
    header, sizes, counts = read_progress(tx, stocktake_id)
    if header.status != StocktakeStatus.OPEN.value:
        raise WrongState(f"{header.number} has been {header.status} by {header.ender}. Its lines are kept with it.")
    moved = _moved(tx, header)
    return Variances(
        stocktake=header_of(header),
        sizes=sizes,
        rows=read_variances(tx, header, sizes, counts),
        moved=tuple(moved[:MOVED_AT_MOST]),
        more_moved=len(moved) > MOVED_AT_MOST,
        entries=tuple(counts),
        as_of=tx.now,
    )
