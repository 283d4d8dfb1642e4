"""The ledger: the only writer of stock.

A posting takes its trays first (balances, one conditional UPDATE, in key order), so that nothing goes below zero however
many people write at once; the document is inserted next, and the movements and monthly totals that explain the change
last. Locks come in the order of the domain: operation, dispatch, the shed's period (shared), balances, number counter.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coresafe.errors import Bug, InsufficientStock, PeriodClosed, Shortage
from coresafe.models import Balance, Movement
from coresafe.models.enums import MovementKind, State
from coresafe.services import failures
from coresafe.services.rules import month_of
from coresafe.services.work import Writing

#: Where trays are looked for, in words a person uses.
STATE_WORDS = {
    State.AVAILABLE: "available",
    State.OCCUPIED: "occupied",
    State.DAMAGED: "damaged",
    State.OUT: "out",
    State.IN_TRANSIT: "in transit",
    State.LOST: "lost",
    State.SCRAPPED: "scrapped",
    State.EXTERNAL: "with suppliers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A shed as a posting needs it, read under a shared lock: its time zone and the last closed month."""

    shed_id: int
    time_zone: str
    closed_through: int
    shed_name: str = ""
    is_active: bool = True

    def month(self, at: datetime) -> int:
        """The month (yyyymm) of ``at`` here; raises PeriodClosed when it is closed."""
        month = month_of(at, self.time_zone)
        if month <= self.closed_through:
            named = f"{month // 100}-{month % 100:02d}"
            raise PeriodClosed(
                f"{named} is closed for {self.shed_name or 'this shed'}. Nothing was changed. "
                "Enter a later date, or ask an administrator to re-open the month."
            )
        return month


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So many trays of one size from one account to another. ``of_kind``: what a *void* counters.

    ``at`` and ``reason``: its own, where they are not those of the whole posting.
    """

    kind: MovementKind
    tray_size_id: int
    tray_size: str
    quantity: int
    from_state: State
    to_state: State
    gate: Gate
    to_gate: Gate | None = None
    company_id: int | None = None
    of_kind: MovementKind | None = None
    at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The documents a movement comes from."""

    dispatch_id: int | None = None
    return_id: int | None = None
    resolution_id: int | None = None
    transfer_id: int | None = None
    stocktake_id: int | None = None


Account = tuple[int, int, str]


class LookClosely(Exception):  # a signal to the boundary, not an error
    """The quick posting did not go through; the transaction is run again, looking before it changes."""


class Posting:
    """Movements that belong together. ``take`` changes the balances, ``record`` writes the movements."""

    def __init__(self, tx: Writing, moves: Iterable[Move], *, at: datetime, reason: str | None = None) -> None:
        self._tx = tx
        self._moves = [move for move in moves if move.quantity]
        self._at = at
        self._reason = reason
        self._months = [
            (move.gate.month(move.at or at), (move.to_gate or move.gate).month(move.at or at)) for move in self._moves
        ]

    def take(self) -> None:
        """Change the balances; raises InsufficientStock, naming each size, where an account would go below zero."""
        if not self._moves:
            return
        self._tx.posting_opened()
        deltas = sorted(self._deltas().items())
        if not deltas:
            return
        if self._tx.careful:
            self._look_closely(dict(deltas))
        changed = _change_balances(self._tx, deltas)
        if changed == len(deltas):
            return
        if self._tx.careful:
            raise Bug("balances and the accounts of a posting do not fit")
        raise LookClosely

    def record(self, source: Source) -> None:
        """Write the movements and add them to the monthly totals."""
        if not self._moves:
            return
        tx = self._tx
        rows = []
        totals: dict[tuple[int, int, str, int, int, str], int] = defaultdict(int)
        for move, (month, to_month) in zip(self._moves, self._months, strict=True):
            of_kind = (move.of_kind or move.kind).value
            to_shed = (move.to_gate or move.gate).shed_id
            rows.append(
                {
                    "at": move.at or self._at,
                    "entered_at": tx.now,
                    "month": month,
                    "to_month": to_month,
                    "kind": move.kind.value,
                    "of_kind": of_kind,
                    "tray_size_id": move.tray_size_id,
                    "quantity": move.quantity,
                    "from_state": move.from_state.value,
                    "to_state": move.to_state.value,
                    "shed_id": move.gate.shed_id,
                    "to_shed_id": to_shed,
                    "company_id": move.company_id,
                    "dispatch_id": source.dispatch_id,
                    "return_id": source.return_id,
                    "resolution_id": source.resolution_id,
                    "transfer_id": source.transfer_id,
                    "stocktake_id": source.stocktake_id,
                    "user_id": tx.actor.user_id,
                    "operation_id": tx.operation_id,
                    "reason": move.reason or self._reason,
                }
            )
            company = move.company_id or 0
            totals[move.gate.shed_id, move.tray_size_id, move.from_state.value, company, month, of_kind] -= (
                move.quantity
            )
            totals[to_shed, move.tray_size_id, move.to_state.value, company, to_month, of_kind] += move.quantity
        tx.insert_all(Movement, rows)
        _add_totals(tx, sorted((*key, quantity) for key, quantity in totals.items()))
        tx.posting_recorded()

    def _deltas(self) -> dict[Account, int]:
        deltas: dict[Account, int] = defaultdict(int)
        for move in self._moves:
            deltas[move.gate.shed_id, move.tray_size_id, move.from_state.value] -= move.quantity
            deltas[(move.to_gate or move.gate).shed_id, move.tray_size_id, move.to_state.value] += move.quantity
        return {account: delta for account, delta in deltas.items() if delta}

    def _look_closely(self, deltas: dict[Account, int]) -> None:
        """Lock the accounts and say which is short; rows that are missing (a size new to a shed) are made."""
        table = Balance.__table__
        keys = sa.tuple_(table.c.shed_id, table.c.tray_size_id, table.c.state)
        statement = sa.select(table).where(keys.in_(sorted(deltas))).with_for_update()
        there = {(row.shed_id, row.tray_size_id, row.state): row.quantity for row in self._tx.all(statement)}
        sizes = {move.tray_size_id: move.tray_size for move in self._moves}
        short = [
            Shortage(
                tray_size=sizes[account[1]],
                requested=-delta,
                available=there.get(account, 0),
                state=STATE_WORDS[State(account[2])],
            )
            for account, delta in sorted(deltas.items())
            if account[2] != State.EXTERNAL and there.get(account, 0) + delta < 0
        ]
        if short:
            raise InsufficientStock(shortage_sentence(short), shortages=short)
        missing = [account for account in sorted(deltas) if account not in there]
        open_accounts(self._tx, missing)


def open_accounts(tx: Writing, accounts: Sequence[Account]) -> None:
    """Make the balances that are missing, at zero. Where somebody else makes one now, the write is run again."""
    rows = [{"shed_id": shed, "tray_size_id": size, "state": state, "quantity": 0} for shed, size, state in accounts]
    try:
        tx.insert_all(Balance, rows)
    except DBAPIError as error:
        if failures.is_duplicate(error):
            raise failures.TryAgain from error
        raise


def shortage_sentence(short: Sequence[Shortage]) -> str:
    """A sentence such as 'Not enough trays: 12 HQ asked for, 10 available. Nothing was changed.'."""
    parts = [f"{s.requested:,} {s.tray_size} asked for, {s.available:,} {s.state}" for s in short]
    return f"Not enough trays: {'; '.join(parts)}. Nothing was changed."


def _change_balances(tx: Writing, changes: Sequence[tuple[Account, int]]) -> int:
    """Add the changes to those balances that stay at zero or above; the number of balances changed.

    Fewer than asked for means that one is short or missing: the caller throws the whole transaction away.
    """
    amounts: list[object] = []
    floors: list[object] = []
    keys: list[object] = []
    for account, delta in changes:
        amounts += [*account, delta]
        floors += [*account, -delta]
        keys += account
    statement = _balance_statement(len(changes), tx.flavour)
    return tx.change_by_text(statement, (*amounts, *keys, *floors), table="balances").rowcount


@functools.cache
def _balance_statement(accounts: int, flavour: str) -> str:
    mark = "?" if flavour == "sqlite" else "%s"
    one = f"shed_id = {mark} AND tray_size_id = {mark} AND state = {mark}"
    case = " ".join([f"WHEN {one} THEN {mark}"] * accounts)
    keys = " OR ".join([f"({one})"] * accounts)
    # In SQL text, for one statement however many sizes: the dispatch of ten sizes costs what that of two costs.
    return (
        f"UPDATE balances SET quantity = quantity + CASE {case} END "  # noqa: S608  # only marks are put in
        f"WHERE ({keys}) AND (state = 'external' OR quantity >= CASE {case} END)"
    )


def _add_totals(tx: Writing, rows: Sequence[tuple[object, ...]]) -> None:
    params = tuple(value for row in rows for value in row)
    tx.change_by_text(_total_statement(len(rows), tx.flavour), params, table="monthly_totals")


@functools.cache
def _total_statement(rows: int, flavour: str) -> str:
    mark = "?" if flavour == "sqlite" else "%s"
    values = ", ".join(["(" + ", ".join([mark] * 7) + ")"] * rows)
    insert = (
        "INSERT INTO monthly_totals (shed_id, tray_size_id, state, company_id, month, kind, quantity) "  # noqa: S608
        f"VALUES {values}"
    )
    if flavour == "sqlite":
        return f"{insert} ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity"
    if flavour == "mariadb":
        return f"{insert} ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)"
    return f"{insert} AS fresh ON DUPLICATE KEY UPDATE quantity = monthly_totals.quantity + fresh.quantity"
