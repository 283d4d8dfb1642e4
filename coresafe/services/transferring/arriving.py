"""What becomes of a transfer: what really arrived, what never will, and taking either back.

The shed that receives says what arrived. A shortage never comes back by itself: what nobody received stays on its way, on
the account of the shed that sent it, until it arrives or is declared lost (domain: What must always hold 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.errors import AlreadyReturned, NotFound, OverReturn, Shortage, WrongState
from coresafe.models import TransferEntry, TransferEntryLine
from coresafe.models.enums import MovementKind, State, TransferEntryKind
from coresafe.services.allotting import (
    ARRIVES_IN,
    Part,
    allot,
    allot_lost,
    applied,
    beyond,
    check_amounts,
    check_lost,
    countered,
)
from coresafe.services.ledger import Gate, Move, Posting, Source
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks
from coresafe.services.standing import Line, require_recent
from coresafe.services.transaction import writes
from coresafe.services.transferring.answers import (
    LoseTransfer,
    ReceiveTransfer,
    TransferEntryLineRow,
    TransferEntryRow,
    TransferRow,
    VoidEntry,
)
from coresafe.services.transferring.reading import AMOUNTS, EL, E
from coresafe.services.transferring.standing import (
    Locked,
    lock_transfer,
    require_not_voided,
    require_version,
    standing_figures,
    store,
)
from coresafe.services.work import Writing

#: Amounts of an entry, by the position of the line they belong to.
_Amounts = Mapping[int, Mapping[str, int]]


@writes(Permission.TRANSFER, stock=True)
def receive_transfer(tx: Writing, command: ReceiveTransfer) -> TransferRow:
    """Take what arrived into the shed it was sent to; returns the transfer as it now stands.

    Raises ValidationFailed, AlreadyReturned where nothing is on its way, OverReturn where more arrives than is and nobody
    said that the surplus is real, StaleVersion, PeriodClosed where the month is closed at either shed.
    """
    locked = lock_transfer(tx, command.transfer_id)
    row = locked.row
    checks = Checks()
    technician = checks.text("technician", command.technician)
    reason = checks.notes("reason", command.reason)
    at = checks.moment("received_at", command.received_at, now=tx.now) or tx.now
    if at < row.sent_at:
        checks.fail(
            "received_at", f"The trays arrive before they were sent, which was at {row.sent_at:%Y-%m-%d %H:%M} UTC."
        )
    entered = check_amounts(checks, command.lines, locked.lines, number=row.number, noun="receipt")
    if not any(sum(amounts) for amounts in entered.values()) and not checks.errors:
        checks.fail("lines", "Nothing arrives in this receipt. Enter what arrived.")
    require_recent(tx, checks, at, reason)
    require_not_voided(locked)
    coming = {size: sum(amounts[:3]) for size, amounts in entered.items()}
    surplus = sum(amounts[3] for amounts in entered.values())
    if not row.in_transit and (any(coming.values()) or not surplus):
        raise AlreadyReturned(
            f"Everything on {row.number} has arrived or is accounted for already. Nothing was changed.",
            hint="What arrived besides is entered as surplus.",
        )
    _refuse_beyond(locked, coming, "arrive")
    require_version(locked, command.version)
    parts = allot(locked.lines, entered)
    return _enter(
        tx,
        locked,
        kind=TransferEntryKind.RECEIPT,
        moves=_receipt_moves(parts, locked),
        lines=applied(locked.lines, parts, 1),
        amounts={p.line.position: {name: getattr(p, name) for name in AMOUNTS if name != "lost"} for p in parts},
        at=at,
        technician=technician,
        reason=reason,
    )


def _refuse_beyond(locked: Locked, wanted: dict[str, int], what: str) -> None:
    """Refuse more than is on its way, naming each size. Raises OverReturn."""
    over: Sequence[Shortage] = beyond(wanted, locked.lines, "on their way")
    if over:
        parts = "; ".join(f"{o.requested:,} {o.tray_size} entered, {o.available:,} on their way" for o in over)
        raise OverReturn(
            f"More would {what} of {locked.row.number} than is on its way: {parts}. Nothing was changed.",
            shortages=over,
        )


def _receipt_moves(parts: Sequence[Part], locked: Locked) -> list[Move]:
    """From the sender's account of what is on its way to the states it arrived in; surplus is found where it arrived."""
    moves = []
    for part in parts:
        about: dict[str, Any] = {"tray_size_id": part.line.tray_size_id, "tray_size": part.line.tray_size}
        moves += [
            Move(
                kind=MovementKind.TRANSFER,
                quantity=getattr(part, name),
                from_state=State.IN_TRANSIT,
                to_state=state,
                gate=locked.gate,
                to_gate=locked.to_gate,
                **about,
            )
            for name, state in ARRIVES_IN
        ]
        moves.append(
            Move(
                kind=MovementKind.FOUND, quantity=part.surplus, from_state=State.EXTERNAL, to_state=State.AVAILABLE,
                gate=locked.to_gate, **about,
            )
        )  # fmt: skip
    return [move for move in moves if move.quantity]


@writes(Permission.RESOLVE, stock=True)
def lose_transfer(tx: Writing, command: LoseTransfer) -> TransferRow:
    """Declare lost what never arrived: a loss of the shed that sent it, dated now.

    Raises AlreadyReturned where nothing is on its way, OverReturn beyond what is, StaleVersion, PeriodClosed.
    """
    locked = lock_transfer(tx, command.transfer_id)
    row = locked.row
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    wanted = check_lost(checks, command.lines, locked.lines, number=row.number)
    checks.done()
    require_not_voided(locked)
    if not row.in_transit:
        raise AlreadyReturned(f"Nothing of {row.number} is on its way any more. Nothing was changed.")
    _refuse_beyond(locked, wanted, "be lost")
    require_version(locked, command.version)
    shares = allot_lost(locked.lines, wanted)
    return _enter(
        tx,
        locked,
        kind=TransferEntryKind.LOSS,
        moves=_loss_moves(locked.lines, shares, locked.gate),
        lines=_with_lost(locked.lines, shares, 1),
        amounts={position: {"lost": quantity} for position, quantity in shares.items()},
        at=tx.now,
        technician=None,
        reason=reason,
    )


def _loss_moves(lines: Sequence[Line], shares: Mapping[int, int], gate: Gate) -> list[Move]:
    return [
        Move(
            kind=MovementKind.LOSS,
            tray_size_id=line.tray_size_id,
            tray_size=line.tray_size,
            quantity=shares[line.position],
            from_state=State.IN_TRANSIT,
            to_state=State.LOST,
            gate=gate,
        )
        for line in lines
        if shares.get(line.position)
    ]


def _with_lost(lines: Sequence[Line], shares: Mapping[int, int], sign: int) -> list[Line]:
    return [
        line.with_changes(lost=sign * shares.get(line.position, 0), outstanding=-sign * shares.get(line.position, 0))
        for line in lines
    ]


def _enter(
    tx: Writing,
    locked: Locked,
    *,
    kind: TransferEntryKind,
    moves: Sequence[Move],
    lines: Sequence[Line],
    amounts: _Amounts,
    at: datetime,
    technician: str | None,
    reason: str | None,
) -> TransferRow:
    """Post an entry, write it with its lines, and store the transfer that follows from it."""
    row = locked.row
    locked.require_open_months(at)
    posting = Posting(tx, moves, at=at, reason=reason)
    posting.take()
    entry_id = tx.insert(
        TransferEntry,
        {
            "transfer_id": row.id,
            "kind": kind.value,
            "happened_at": at,
            "technician": technician,
            "reason": reason,
            "created_by": tx.actor.user_id,
            "created_at": tx.now,
            "updated_at": tx.now,
        },
    )
    zero = dict.fromkeys(AMOUNTS, 0)
    tx.insert_all(
        TransferEntryLine,
        [
            {"entry_id": entry_id, "transfer_position": position, "transfer_id": row.id, **zero, **said}
            for position, said in sorted(amounts.items())
        ],
    )
    by_size: dict[str, dict[str, int]] = {}
    for line in locked.lines:
        for name, quantity in amounts.get(line.position, {}).items():
            sums = by_size.setdefault(line.tray_size, dict(zero))
            sums[name] += quantity
    fresh = TransferEntryRow(
        id=entry_id,
        kind=kind,
        happened_at=at,
        entered_at=tx.now,
        technician=technician,
        reason=reason,
        voided_at=None,
        void_reason=None,
        entered_by=tx.actor.username,
        lines=tuple(TransferEntryLineRow(tray_size=size, **sums) for size, sums in sorted(by_size.items())),
    )
    answer = store(tx, locked, lines, (*row.entries, fresh))
    posting.record(Source(transfer_id=row.id))
    action = "receive" if kind is TransferEntryKind.RECEIPT else "lose"
    said = {"entry_id": entry_id, "happened_at": at, "technician": technician}
    new = {**standing_figures(answer), **said, "entered": [{"tray_size": n, **sums} for n, sums in by_size.items()]}
    tx.audit(action, "transfer", row.id, old=standing_figures(row), new=new, reason=reason)
    return answer


@writes(Permission.VOID, stock=True)
def void_transfer_entry(tx: Writing, command: VoidEntry) -> TransferRow:
    """Void a receipt or a loss: its trays are on their way again, by counter-movements dated now.

    Raises InsufficientStock where those trays have gone again from the shed that received them, NotFound, WrongState,
    StaleVersion, PeriodClosed.
    """
    locked = lock_transfer(tx, command.transfer_id)
    row = locked.row
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    entry = next((e for e in row.entries if e.id == command.entry_id), None)
    if entry is None:
        raise NotFound(f"{row.number} has no such entry.")
    if entry.voided_at is not None:
        raise WrongState("This entry was voided already. Nothing was changed.")
    require_version(locked, command.version)
    locked.require_open_months(tx.now)
    found = tx.all(sa.select(EL).where(EL.c.entry_id == entry.id).order_by(EL.c.transfer_position))
    by_position = {line.position: line for line in locked.lines}
    if entry.kind is TransferEntryKind.RECEIPT:
        parts = [
            Part(
                line=by_position[line.transfer_position], good=line.good, occupied=line.occupied, damaged=line.damaged,
                surplus=line.surplus,
            )
            for line in found
        ]  # fmt: skip
        moves, lines = _receipt_moves(parts, locked), applied(locked.lines, parts, -1)
    else:
        shares = {line.transfer_position: line.lost for line in found}
        moves, lines = _loss_moves(locked.lines, shares, locked.gate), _with_lost(locked.lines, shares, -1)
    posting = Posting(tx, countered(moves), at=tx.now, reason=reason)
    posting.take()
    stamp = {"voided_at": tx.now, "void_reason": reason, "updated_at": tx.now, "version": E.c.version + 1}
    changed = tx.change(sa.update(E).where(E.c.id == entry.id, E.c.voided_at.is_(None)).values(stamp))
    if changed.rowcount != 1:
        raise WrongState("This entry was voided already. Nothing was changed.")
    voided = replace(entry, voided_at=tx.now, void_reason=reason)
    entries = tuple(voided if e.id == entry.id else e for e in row.entries)
    answer = store(tx, locked, lines, entries)
    posting.record(Source(transfer_id=row.id))
    old = {**standing_figures(row), "entry_id": entry.id, "voided_at": None}
    new = {**standing_figures(answer), "entry_id": entry.id, "voided_at": tx.now}
    tx.audit("void_entry", "transfer", row.id, old=old, new=new, reason=reason)
    return answer
