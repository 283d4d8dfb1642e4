"""A reconciliation recounted in plain Python over the raw movements: no totals, no balances, no query but ``SELECT *``.

What the services say of a period must be this, to the last tray, however the movements came about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.models import Base
from coresafe.services.database import Database
from coresafe.services.reconciliation import Reconciliation

OWNED = ("available", "occupied", "damaged", "out", "in_transit")
#: Columns of the control totals that one kind fills; the trays owned grow by the sign.
COLUMNS = {
    "opening": ("opened", 1), "purchase": ("purchased", 1), "found": ("found", 1), "recovery": ("recovered", 1),
    "loss": ("lost", -1), "scrap": ("scrapped", -1), "adjustment": ("adjusted", 1), "stocktake": ("stocktake", 1),
}  # fmt: skip
#: Kinds that move trays between states that are all owned.
INSIDE = ("dispatch", "return", "fill", "release", "damage", "repair")
ACCOUNT = {"dispatch": ("out", 1), "return": ("returned", -1), "loss": ("lost", -1)}


@dataclass(slots=True)
class Books:
    """Everything in the tables of stock, as it was written."""

    movements: Sequence[Any]
    returns: Sequence[Any]
    dispatch_sheds: dict[int, int]
    sizes: dict[int, str]

    @classmethod
    def read(cls, database: Database) -> Books:
        """All rows, by ``SELECT *``, in one snapshot."""
        tables = Base.metadata.tables
        with database.snapshot() as connection:
            movements = connection.execute(sa.select(tables["movements"])).all()
            returns = connection.execute(sa.select(tables["returns"])).all()
            dispatches = connection.execute(sa.select(tables["dispatches"])).all()
            sizes = connection.execute(sa.select(tables["tray_sizes"])).all()
        return cls(movements, returns, {row.id: row.shed_id for row in dispatches}, {row.id: row.name for row in sizes})


@dataclass(slots=True)
class Recount:
    """What a reconciliation must say: totals by size, what is out, accounts and discrepancies, all without zeros."""

    totals: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    outstanding: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sent: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    accounts: dict[tuple[int, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    discrepancies: dict[int, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    told_at: dict[int, datetime] = field(default_factory=dict)


def recount(books: Books, *, since: datetime, until: datetime | None, shed_id: int | None) -> Recount:
    """Count everything dated before ``until`` (None: everything), one movement after the other."""
    answer = Recount()
    upto = [m for m in books.movements if until is None or m.at < until]
    for m in upto:
        size = books.sizes[m.tray_size_id]
        _count_stock(answer, m, size, since, shed_id)
        _count_account(answer, m, size, since, shed_id)
        if m.dispatch_id is not None and shed_id in (None, books.dispatch_sheds[m.dispatch_id]):
            out = m.quantity * ((m.to_state == "out") - (m.from_state == "out"))
            answer.outstanding[m.dispatch_id][size] += out
            if m.of_kind == "dispatch":
                answer.sent[m.dispatch_id][size] += out
    for dispatch_id, sizes in list(answer.outstanding.items()):
        if not any(sizes.values()):
            del answer.outstanding[dispatch_id]
    _count_discrepancies(answer, books, upto, since, until, shed_id)
    return answer


def _count_stock(answer: Recount, m: Any, size: str, since: datetime, shed_id: int | None) -> None:
    total = answer.totals[size]
    gained = 0
    for shed, state, sign in ((m.shed_id, m.from_state, -1), (m.to_shed_id, m.to_state, 1)):
        if shed_id in (None, shed) and state in OWNED:
            total[state] += sign * m.quantity
            gained += sign * m.quantity
    total["owned"] += gained
    if m.at < since:
        total["opening"] += gained
    elif m.of_kind in COLUMNS:
        name, sign = COLUMNS[m.of_kind]
        total[name] += sign * gained
    elif m.of_kind == "transfer":
        leaves = gained < 0
        if m.kind == "void":  # what comes back by a void had been sent; what goes, received
            total["received" if leaves else "sent"] -= abs(gained)
        else:
            total["sent" if leaves else "received"] += abs(gained)
    else:
        assert m.of_kind in INSIDE and not gained


def _count_account(answer: Recount, m: Any, size: str, since: datetime, shed_id: int | None) -> None:
    for shed, state, sign in ((m.shed_id, m.from_state, -1), (m.to_shed_id, m.to_state, 1)):
        if state != "out" or shed_id not in (None, shed):
            continue
        account = answer.accounts[m.company_id, size]
        account["closing"] += sign * m.quantity
        if m.at < since:
            account["opening"] += sign * m.quantity
        else:
            account["moved"] += 1
            name, positive = ACCOUNT.get(m.of_kind, ("adjusted", 1))
            account[name] += positive * sign * m.quantity


def _count_discrepancies(
    answer: Recount, books: Books, upto: Sequence[Any], since: datetime, until: datetime | None, shed_id: int | None
) -> None:
    voided = {m.return_id for m in upto if m.kind == "void" and m.return_id}
    lifted = {m.resolution_id for m in upto if m.kind == "void" and m.resolution_id}
    for m in upto:
        if m.at < since or m.dispatch_id is None or shed_id not in (None, books.dispatch_sheds[m.dispatch_id]):
            continue
        name = None
        if m.kind == "return" and m.to_state == "damaged" and m.return_id not in voided:
            name = "damaged"
        elif m.kind == "found" and m.return_id not in voided:
            name = "surplus"
        elif m.kind == "loss" and m.resolution_id not in lifted:
            name = "lost"
        elif m.kind == "recovery":
            name = "recovered"
        if name:
            _tell(answer, m.dispatch_id, m.at, books.sizes[m.tray_size_id], name, m.quantity)
    _count_shortages(answer, books, since, until)


def _count_shortages(answer: Recount, books: Books, since: datetime, until: datetime | None) -> None:
    last: dict[int, datetime] = {}
    for r in books.returns:
        stands = r.voided_at is None or (until is not None and r.voided_at >= until)
        if r.is_final and stands and r.returned_at >= since and (until is None or r.returned_at < until):
            last[r.dispatch_id] = max(r.returned_at, last.get(r.dispatch_id, r.returned_at))
    for dispatch_id, at in last.items():
        for size, out in answer.outstanding.get(dispatch_id, Counter()).items():
            if out > 0:
                _tell(answer, dispatch_id, at, size, "short", out)


def _tell(answer: Recount, dispatch_id: int, at: datetime, size: str, name: str, quantity: int) -> None:
    answer.discrepancies[dispatch_id][size][name] += quantity
    answer.told_at[dispatch_id] = max(at, answer.told_at.get(dispatch_id, at))


def check(books: Books, told: Reconciliation, *, now: bool) -> None:
    """The reconciliation says what the recount says, and both of its sides agree. ``now``: it reaches until now."""
    wanted = recount(books, since=told.since, until=None if now else told.until, shed_id=told.shed_id)
    said = {row.tray_size: row for row in told.totals}
    for size, total in wanted.totals.items():
        if size not in said:
            assert not any(total.values())
            continue
        row = said[size]
        shown = {
            name: getattr(row, name) for name in ("opening", *(n for n, _ in COLUMNS.values()), "received", "sent")
        }
        assert shown == {name: total[name] for name in shown}, size
        counted = {"available": row.available, "occupied": row.occupied, "damaged": row.damaged, "out": row.outstanding,
                   "in_transit": row.in_transit}  # fmt: skip
        assert counted == {name: total[name] for name in counted}, size
        assert row.closing_owned == row.closing_counted == total["owned"]
    assert all(row.difference == 0 for row in told.totals)
    assert told.accounts_difference == 0
    assert _outstanding_told(told) == {key: _plain(sizes) for key, sizes in wanted.outstanding.items()}
    for out in told.outstanding:
        assert {line.tray_size: line.quantity for line in out.lines if line.quantity} == _plain(
            wanted.sent[out.dispatch_id]
        )
    assert [row.dispatched_at for row in told.outstanding] == sorted(row.dispatched_at for row in told.outstanding)
    assert _accounts_told(told) == {
        key: {name: account[name] for name in ("opening", "out", "returned", "lost", "adjusted", "closing")}
        for key, account in wanted.accounts.items()
        if any(account[name] for name in ("opening", "out", "returned", "lost", "adjusted", "closing"))
    }
    assert _discrepancies_told(told) == {
        key: {size: _plain(parts) for size, parts in sizes.items()} for key, sizes in wanted.discrepancies.items()
    }
    assert {row.dispatch_id: row.at for row in told.discrepancies} == wanted.told_at


def _plain(counter: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in counter.items() if n}


def _outstanding_told(told: Reconciliation) -> dict[int, dict[str, int]]:
    for row in told.outstanding:
        assert row.outstanding == sum(line.outstanding for line in row.lines)
    return {
        row.dispatch_id: {line.tray_size: line.outstanding for line in row.lines if line.outstanding}
        for row in told.outstanding
    }


def _accounts_told(told: Reconciliation) -> dict[tuple[int, str], dict[str, int]]:
    return {
        (row.company_id, row.tray_size): {
            name: getattr(row, name) for name in ("opening", "out", "returned", "lost", "adjusted", "closing")
        }
        for row in told.accounts
    }


def _discrepancies_told(told: Reconciliation) -> dict[int, dict[str, dict[str, int]]]:
    names = ("short", "damaged", "surplus", "lost", "recovered")
    for row in told.discrepancies:
        assert row.kinds == tuple(name for name in names if any(getattr(line, name) for line in row.lines))
    return {
        row.dispatch_id: {
            line.tray_size: {name: getattr(line, name) for name in names if getattr(line, name)} for line in row.lines
        }
        for row in told.discrepancies
    }
