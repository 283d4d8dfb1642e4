"""The control totals and the companies' tray accounts, put together from the two sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Balance, Company, TraySize
from coresafe.models.enums import MovementKind, State
from coresafe.services.reconciliation.answers import AccountRow, ControlTotal
from coresafe.services.reconciliation.flows import (
    Flows,
    Transfers,
    changed_after,
    owned_before,
    owned_by_kind,
)
from coresafe.services.reporting import Places
from coresafe.services.work import Reading

B = Balance.__table__
C = Company.__table__
T = TraySize.__table__

#: Columns of the formula that one kind of movement fills, with the sign that makes them positive.
_COLUMNS = {
    "opened": (MovementKind.OPENING, 1),
    "purchased": (MovementKind.PURCHASE, 1),
    "found": (MovementKind.FOUND, 1),
    "recovered": (MovementKind.RECOVERY, 1),
    "lost": (MovementKind.LOSS, -1),
    "scrapped": (MovementKind.SCRAP, -1),
    "adjusted": (MovementKind.ADJUSTMENT, 1),
    "stocktake": (MovementKind.STOCKTAKE, 1),
}
#: The states counted in the balances; what is out is counted on the dispatches.
_COUNTED = (State.AVAILABLE, State.OCCUPIED, State.DAMAGED, State.IN_TRANSIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A tray size with its balances now, by state."""

    id: int
    name: str
    is_active: bool
    now: Mapping[State, int]


def read_sizes(tx: Reading, places: Places) -> list[Size]:
    """All sizes in their order with what the balances hold of them now. One statement."""
    ours = B.c.tray_size_id == T.c.id
    if places.shed_id is not None:
        ours &= B.c.shed_id == places.shed_id
    by_state = [
        sa.func.coalesce(sa.func.sum(sa.case((B.c.state == state.value, B.c.quantity), else_=0)), 0).label(state.value)
        for state in _COUNTED
    ]
    statement = (
        sa.select(T.c.id, T.c.name, T.c.is_active, *by_state)
        .select_from(T.outerjoin(B, ours))
        .group_by(T.c.id, T.c.name, T.c.is_active, T.c.position)
        .order_by(T.c.position, T.c.id)
    )
    return [
        Size(
            id=row.id,
            name=row.name,
            is_active=bool(row.is_active),
            now={state: int(getattr(row, state.value)) for state in _COUNTED},
        )
        for row in tx.all(statement)
    ]


def control_totals(
    sizes: Sequence[Size], flows: Flows, transfers: Transfers, still_out: Sequence[Row[Any]]
) -> tuple[ControlTotal, ...]:
    """One row for each size in use, or of which there was anything."""
    out: dict[int, int] = defaultdict(int)
    for row in still_out:
        out[row.tray_size_id] += int(row.outstanding)
    opening, changed = owned_before(flows), owned_by_kind(flows)
    later = {state: changed_after(flows, state) for state in _COUNTED}
    totals = []
    for size in sizes:
        columns = {name: sign * changed.get((size.id, kind.value), 0) for name, (kind, sign) in _COLUMNS.items()}
        columns["received"], columns["sent"] = transfers.received.get(size.id, 0), transfers.sent.get(size.id, 0)
        start = opening.get(size.id, 0)
        owned = start + sum(-n if name in ("lost", "scrapped", "sent") else n for name, n in columns.items())
        states = {state.value: size.now[state] - later[state].get(size.id, 0) for state in _COUNTED}
        counted = sum(states.values()) + out.get(size.id, 0)
        if size.is_active or start or any(columns.values()) or any(states.values()) or out.get(size.id):
            totals.append(
                ControlTotal(
                    tray_size=size.name,
                    opening=start,
                    **columns,
                    closing_owned=owned,
                    **states,
                    outstanding=out.get(size.id, 0),
                    closing_counted=counted,
                    difference=owned - counted,
                )
            )
    return tuple(totals)


#: Columns of a tray account that one kind of movement fills, with the sign that makes them positive.
_ACCOUNT = {
    MovementKind.DISPATCH.value: ("out", 1),
    MovementKind.RETURN.value: ("returned", -1),
    MovementKind.LOSS.value: ("lost", -1),
}


def tray_accounts(tx: Reading, sizes: Sequence[Size], flows: Flows) -> tuple[AccountRow, ...]:
    """Companies by name, sizes in their order; only accounts with trays or movements. One statement, for the names."""
    wanted = sorted({company for company, _size in _figures(flows)})
    if not wanted:
        return ()
    named: sa.Select[Any] = sa.select(C.c.id, C.c.name).where(C.c.id.in_(wanted))
    names = {row.id: row.name for row in tx.all(named)}
    return account_rows(flows, {size.id: size.name for size in sizes}, names)


def account_rows(flows: Flows, sizes: Mapping[int, str], names: Mapping[int, str]) -> tuple[AccountRow, ...]:
    """The same, with the names of the sizes, in their order, and of the companies known."""
    found = _figures(flows)
    order = {size: index for index, size in enumerate(sizes)}
    rows = []
    for company, size in sorted(found, key=lambda key: (names.get(key[0], "").casefold(), key[0], order[key[1]])):
        columns = found[company, size]
        closing = columns["opening"] + columns["out"] - columns["returned"] - columns["lost"] + columns["adjusted"]
        rows.append(
            AccountRow(
                company_id=company, company=names.get(company, ""), tray_size=sizes[size], closing=closing, **columns
            )
        )
    return tuple(rows)


def _figures(flows: Flows) -> dict[tuple[int, int], dict[str, int]]:
    """By company and size, what its account had at the beginning and how it moved."""
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("opening", "out", "returned", "lost", "adjusted"), 0)
    )
    for (size, state, company), quantity in flows.opening.items():
        if state == State.OUT and quantity:
            found[company, size]["opening"] += quantity
    for (size, state, company, kind), quantity in flows.during.items():
        if state == State.OUT and quantity:
            name, sign = _ACCOUNT.get(kind, ("adjusted", 1))
            found[company, size][name] += sign * quantity
    return found


def accounts_difference(accounts: Sequence[AccountRow], totals: Sequence[ControlTotal]) -> int:
    """By how many trays the accounts and what is outstanding differ, size by size."""
    apart: dict[str, int] = defaultdict(int)
    for account in accounts:
        apart[account.tray_size] += account.closing
    for total in totals:
        apart[total.tray_size] -= total.outstanding
    return sum(abs(n) for n in apart.values())
