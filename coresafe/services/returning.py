"""Taking trays back: returns, losses declared and trays recovered, and the voids of each.

A shortage does not come back by itself: what is not in a return stays outstanding on the company's account until
somebody gives it a disposition (domain: What must always hold 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.errors import AlreadyReturned, NotFound, OverReturn, Shortage, WrongState
from coresafe.models import Resolution, ResolutionLine, Return, ReturnLine, TraySize
from coresafe.models.enums import Disposition, MovementKind, State
from coresafe.services import counting
from coresafe.services.allotting import (
    ARRIVES_IN,
    Amounts,
    Part,
    allot,
    allot_lost,
    applied,
    beyond,
    check_amounts,
    check_lost,
    countered,
)
from coresafe.services.dispatch_rows import (
    RL,
    SL,
    D,
    DispatchRow,
    L,
    R,
    ResolutionLineRow,
    ResolutionRow,
    ReturnLineRow,
    ReturnRow,
    S,
)
from coresafe.services.ledger import Gate, Move, Posting, Source
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, identifier
from coresafe.services.standing import (
    Line,
    Locked,
    count_changes,
    lock_dispatch,
    outcome,
    require_not_voided,
    require_recent,
    require_version,
    standing_figures,
    store,
)
from coresafe.services.transaction import reads, writes
from coresafe.services.work import Reading, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """What came back of one size: good, occupied (holding core), damaged; ``surplus`` beyond what was sent."""

    tray_size: str
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    surplus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReturn:
    """Take a delivery back. ``final``: "that is all he has"; ``shed_id`` receives it (default: the one that sent)."""

    dispatch_id: int
    driver: str
    technician: str
    lines: Sequence[ReturnedLine] = ()
    returned_at: datetime | None = None
    shed_id: int | None = None
    final: bool = False
    condition_notes: str | None = None
    reason: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidReturn:
    """Take a return back that was entered wrongly."""

    dispatch_id: int
    return_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLine:
    """So many outstanding trays of a size that will not come back."""

    tray_size: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveLost:
    """Declare outstanding trays lost, with the reason."""

    dispatch_id: int
    lines: Sequence[LostLine]
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidResolution:
    """Take a declaration of loss back."""

    dispatch_id: int
    resolution_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoverable:
    """Trays of a size that a company lost on a dispatch and that have not turned up yet."""

    dispatch_id: int
    number: str
    tray_size: str
    quantity: int


@writes(Permission.RETURN, stock=True)
def take_return(tx: Writing, command: TakeReturn) -> DispatchRow:
    """Take trays back against a dispatch; returns the dispatch as it now stands.

    Raises ValidationFailed, AlreadyReturned where nothing is outstanding, OverReturn where more comes back than is out
    and nobody said that the surplus is real, StaleVersion, PeriodClosed.
    """
    elsewhere = identifier(command.shed_id) or None
    locked = lock_dispatch(tx, command.dispatch_id, to_shed_id=elsewhere)
    row = locked.row
    checks = Checks()
    driver = checks.text("driver", command.driver)
    technician = checks.text("technician", command.technician)
    notes = checks.notes("condition_notes", command.condition_notes)
    reason = checks.notes("reason", command.reason)
    at = checks.moment("returned_at", command.returned_at, now=tx.now) or tx.now
    if at < row.dispatched_at:
        checks.fail(
            "returned_at", f"The return lies before the dispatch, which left at {row.dispatched_at:%Y-%m-%d %H:%M} UTC."
        )
    if command.shed_id is not None and (elsewhere is None or locked.to_gate is None):
        checks.fail("shed_id", "There is no such shed.")
    elif locked.to_gate and locked.to_gate.shed_id != row.shed_id and not locked.to_gate.is_active:
        checks.fail("shed_id", f"{locked.to_gate.shed_name} is not in use any more. Choose another shed.")
    entered = check_amounts(checks, command.lines, locked.lines, number=row.number, noun="return")
    if not isinstance(command.final, bool):
        checks.fail("final", "Whether this is all he has must be yes or no.")
    if not command.final and not any(sum(amounts) for amounts in entered.values()) and not checks.errors:
        checks.fail("lines", "Nothing comes back in this return. Enter what came back, or say that it is final.")
    require_recent(tx, checks, at, reason)
    _check_outstanding(locked, entered)
    require_version(locked, command.version)
    parts = allot(locked.lines, entered)
    gate, to_gate = locked.gate, locked.to_gate or locked.gate
    gate.month(at)  # an empty final return moves nothing, and yet is an entry of its month
    posting = Posting(tx, _return_moves(parts, gate, to_gate, row.company_id), at=at, reason=reason)
    posting.take()
    lines_after = applied(locked.lines, parts, 1)
    final = row.final or bool(command.final)
    counts = count_changes(locked, outcome(lines_after, final=final))
    header = {
        "number": counting.next_number(tx, "R", counts),
        "dispatch_id": row.id,
        "shed_id": to_gate.shed_id,
        "returned_at": at,
        "driver": driver,
        "technician": technician,
        "is_final": bool(command.final),
        "condition_notes": notes,
        "reason": reason,
        "created_by": tx.actor.user_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    return_id = tx.insert(Return, header)
    tx.insert_all(
        ReturnLine,
        [
            {
                "return_id": return_id,
                "dispatch_id": row.id,
                "dispatch_position": part.line.position,
                "tray_size_id": part.line.tray_size_id,
                "good": part.good,
                "occupied": part.occupied,
                "damaged": part.damaged,
                "surplus": part.surplus,
            }
            for part in parts
        ],
    )
    answer = store(tx, locked, lines_after, at=at, final=final, counted=True)
    posting.record(Source(dispatch_id=row.id, return_id=return_id))
    lines = tuple(
        ReturnLineRow(tray_size=size, good=a[0], occupied=a[1], damaged=a[2], surplus=a[3])
        for size, a in sorted(entered.items())
        if sum(a)
    )
    said = {name: header[name] for name in ("number", "dispatch_id", "shed_id", "returned_at", "driver", "technician")}
    figures = [{"tray_size": n.tray_size, "good": n.good, "occupied": n.occupied, "damaged": n.damaged,
                "surplus": n.surplus} for n in lines]  # fmt: skip
    tx.audit("add", "return", return_id, new={**said, "final": header["is_final"], "lines": figures}, reason=reason)
    tx.audit("return", "dispatch", row.id, old=standing_figures(row), new=standing_figures(answer))
    fresh = ReturnRow(
        id=return_id,
        number=str(header["number"]),
        returned_at=at,
        entered_at=tx.now,
        shed_id=to_gate.shed_id,
        driver=driver,
        technician=technician,
        final=bool(command.final),
        condition_notes=notes,
        reason=reason,
        voided_at=None,
        void_reason=None,
        entered_by=tx.actor.username,
        lines=lines,
    )
    return replace(answer, returns=(*row.returns, fresh))


def _check_outstanding(locked: Locked, entered: dict[str, Amounts]) -> None:
    """Refuse what is not out any more, and more than is out (domain: What must always hold 2 and 5)."""
    require_not_voided(locked)
    coming = sum(sum(amounts[:3]) for amounts in entered.values())
    surplus = sum(amounts[3] for amounts in entered.values())
    if not locked.row.outstanding and (coming or not surplus):
        raise AlreadyReturned(
            f"Everything on {locked.row.number} is accounted for already. Nothing was changed.",
            hint="Lost trays that turn up are recovered in the inventory; real surplus is entered as surplus.",
        )
    over = beyond({size: sum(amounts[:3]) for size, amounts in entered.items()}, locked.lines, "outstanding")
    if over:
        _refuse_over(locked, over, "come back")


def _refuse_over(locked: Locked, over: Sequence[Shortage], what: str) -> None:
    parts = "; ".join(f"{o.requested:,} {o.tray_size} entered, {o.available:,} outstanding" for o in over)
    raise OverReturn(
        f"More would {what} on {locked.row.number} than is out: {parts}. Nothing was changed.",
        shortages=over,
    )


def _return_moves(parts: Sequence[Part], gate: Gate, to_gate: Gate, company_id: int) -> list[Move]:
    """Out at the shed that sent → its state there; and, where another shed received them, at once on to that one."""
    moves = []
    for part in parts:
        about: dict[str, Any] = {
            "tray_size_id": part.line.tray_size_id,
            "tray_size": part.line.tray_size,
            "company_id": company_id,
        }
        for name, state in ARRIVES_IN:
            quantity = getattr(part, name)
            moves.append(
                Move(
                    kind=MovementKind.RETURN,
                    quantity=quantity,
                    from_state=State.OUT,
                    to_state=state,
                    gate=gate,
                    **about,
                )
            )
            if to_gate.shed_id != gate.shed_id:
                moves.append(
                    Move(
                        kind=MovementKind.TRANSFER, quantity=quantity, from_state=state, to_state=state, gate=gate,
                        to_gate=to_gate, **about,
                    )
                )  # fmt: skip
        moves.append(
            Move(
                kind=MovementKind.FOUND, quantity=part.surplus, from_state=State.EXTERNAL, to_state=State.AVAILABLE,
                gate=to_gate, **about,
            )
        )  # fmt: skip
    return [move for move in moves if move.quantity]


@writes(Permission.VOID, stock=True)
def void_return(tx: Writing, command: VoidReturn) -> DispatchRow:
    """Void a return: its trays are out again. Raises InsufficientStock where they have gone out since."""
    locked = lock_dispatch(tx, command.dispatch_id)
    row = locked.row
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    entry = next((e for e in row.returns if e.id == command.return_id), None)
    if entry is None:
        raise NotFound(f"{row.number} has no such return.")
    if entry.voided_at is not None:
        raise WrongState(f"{entry.number} was voided already. Nothing was changed.")
    require_version(locked, command.version)
    to_gate = locked.gate
    if entry.shed_id != locked.gate.shed_id:
        to_gate = lock_dispatch(tx, row.id, to_shed_id=entry.shed_id).to_gate or locked.gate
    by_position = {line.position: line for line in locked.lines}
    found = tx.all(sa.select(RL).where(RL.c.return_id == entry.id).order_by(RL.c.dispatch_position))
    parts = [
        Part(
            line=by_position[line.dispatch_position], good=line.good, occupied=line.occupied, damaged=line.damaged,
            surplus=line.surplus,
        )
        for line in found
    ]  # fmt: skip
    moves = countered(_return_moves(parts, locked.gate, to_gate, row.company_id))
    locked.gate.month(tx.now)
    posting = Posting(tx, moves, at=tx.now, reason=reason)
    posting.take()
    stamp = {"voided_at": tx.now, "void_reason": reason, "updated_at": tx.now, "version": R.c.version + 1}
    changed = tx.change(sa.update(R).where(R.c.id == entry.id, R.c.voided_at.is_(None)).values(stamp))
    if changed.rowcount != 1:
        raise WrongState(f"{entry.number} was voided already. Nothing was changed.")
    others = [e for e in row.returns if e.id != entry.id]
    final = any(e.final for e in others if e.voided_at is None)
    answer = store(tx, locked, applied(locked.lines, parts, -1), at=tx.now, final=final)
    posting.record(Source(dispatch_id=row.id, return_id=entry.id))
    tx.audit("void", "return", entry.id, old={"voided_at": None}, new={"voided_at": tx.now}, reason=reason)
    tx.audit("void", "dispatch", row.id, old=standing_figures(row), new=standing_figures(answer), reason=reason)
    voided = replace(entry, voided_at=tx.now, void_reason=reason)
    return replace(answer, returns=tuple(voided if e.id == entry.id else e for e in row.returns))


@writes(Permission.RESOLVE, stock=True)
def resolve_lost(tx: Writing, command: ResolveLost) -> DispatchRow:
    """Declare outstanding trays lost. Raises AlreadyReturned where nothing is out, OverReturn beyond what is."""
    locked = lock_dispatch(tx, command.dispatch_id)
    row = locked.row
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    wanted = check_lost(checks, command.lines, locked.lines, number=row.number)
    checks.done()
    require_not_voided(locked)
    if not row.outstanding:
        raise AlreadyReturned(f"Nothing of {row.number} is outstanding any more. Nothing was changed.")
    over = beyond(wanted, locked.lines, "outstanding")
    if over:
        _refuse_over(locked, over, "be lost")
    require_version(locked, command.version)
    shares = allot_lost(locked.lines, wanted)
    lost = [(line, shares[line.position]) for line in locked.lines if shares.get(line.position)]
    posting = Posting(tx, _loss_moves(lost, locked.gate, row.company_id), at=tx.now, reason=reason)
    posting.take()
    resolution_id = tx.insert(
        Resolution,
        {
            "dispatch_id": row.id,
            "disposition": Disposition.LOST.value,
            "resolved_at": tx.now,
            "reason": reason,
            "created_by": tx.actor.user_id,
            "created_at": tx.now,
            "updated_at": tx.now,
        },
    )
    tx.insert_all(
        ResolutionLine,
        [
            {
                "resolution_id": resolution_id,
                "dispatch_id": row.id,
                "dispatch_position": line.position,
                "tray_size_id": line.tray_size_id,
                "quantity": quantity,
            }
            for line, quantity in lost
        ],
    )
    lines = [
        line.with_changes(lost=shares.get(line.position, 0), outstanding=-shares.get(line.position, 0))
        for line in locked.lines
    ]
    answer = store(tx, locked, lines, at=tx.now, final=row.final)
    posting.record(Source(dispatch_id=row.id, resolution_id=resolution_id))
    figures = [{"tray_size": size, "quantity": quantity} for size, quantity in wanted.items()]
    tx.audit("add", "resolution", resolution_id, new={"disposition": "lost", "lines": figures}, reason=reason)
    tx.audit("resolve", "dispatch", row.id, old=standing_figures(row), new=standing_figures(answer), reason=reason)
    fresh = ResolutionRow(
        id=resolution_id,
        disposition=Disposition.LOST,
        resolved_at=tx.now,
        reason=reason,
        voided_at=None,
        void_reason=None,
        entered_by=tx.actor.username,
        lines=tuple(ResolutionLineRow(tray_size=size, quantity=quantity) for size, quantity in sorted(wanted.items())),
    )
    return replace(answer, resolutions=(*row.resolutions, fresh))


def _loss_moves(lost: Sequence[tuple[Line, int]], gate: Gate, company_id: int) -> list[Move]:
    return [
        Move(
            kind=MovementKind.LOSS,
            tray_size_id=line.tray_size_id,
            tray_size=line.tray_size,
            quantity=quantity,
            from_state=State.OUT,
            to_state=State.LOST,
            gate=gate,
            company_id=company_id,
        )
        for line, quantity in lost
    ]


@writes(Permission.VOID, stock=True)
def void_resolution(tx: Writing, command: VoidResolution) -> DispatchRow:
    """Void a declaration of loss: its trays are outstanding again.

    Raises InsufficientStock, or WrongState, where some of them have been recovered since.
    """
    locked = lock_dispatch(tx, command.dispatch_id)
    row = locked.row
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    entry = next((e for e in row.resolutions if e.id == command.resolution_id), None)
    if entry is None:
        raise NotFound(f"{row.number} has no such entry of loss.")
    if entry.voided_at is not None:
        raise WrongState("This entry of loss was voided already. Nothing was changed.")
    require_version(locked, command.version)
    found = tx.all(sa.select(SL).where(SL.c.resolution_id == entry.id))
    shares = {line.dispatch_position: line.quantity for line in found}
    lost = [(line, shares[line.position]) for line in locked.lines if line.position in shares]
    for line, quantity in lost:
        if line.lost - quantity < line.recovered:
            raise WrongState(
                f"{line.recovered:,} of the lost {line.tray_size} trays were recovered since. Nothing was changed."
            )
    posting = Posting(tx, countered(_loss_moves(lost, locked.gate, row.company_id)), at=tx.now, reason=reason)
    posting.take()
    stamp: dict[str, Any] = {
        "voided_at": tx.now,
        "void_reason": reason,
        "updated_at": tx.now,
        "version": S.c.version + 1,
    }
    tx.change(sa.update(S).where(S.c.id == entry.id).values(stamp))
    lines = [
        line.with_changes(lost=-shares.get(line.position, 0), outstanding=shares.get(line.position, 0))
        for line in locked.lines
    ]
    answer = store(tx, locked, lines, at=tx.now, final=row.final)
    posting.record(Source(dispatch_id=row.id, resolution_id=entry.id))
    tx.audit("void", "resolution", entry.id, old={"voided_at": None}, new={"voided_at": tx.now}, reason=reason)
    tx.audit("void", "dispatch", row.id, old=standing_figures(row), new=standing_figures(answer), reason=reason)
    voided = replace(entry, voided_at=tx.now, void_reason=reason)
    return replace(answer, resolutions=tuple(voided if e.id == entry.id else e for e in row.resolutions))


@reads(Permission.LOOK)
def recoverable(tx: Reading, company_id: int) -> tuple[Recoverable, ...]:
    """What a company lost and has not brought back, the oldest first: its surplus may be these (domain: Recovery)."""
    left = (L.c.lost - L.c.recovered).label("left")
    statement = (
        sa.select(D.c.id, D.c.number, TraySize.name.label("tray_size"), left)
        .select_from(D.join(L, L.c.dispatch_id == D.c.id).join(TraySize.__table__, TraySize.id == L.c.tray_size_id))
        .where(D.c.company_id == identifier(company_id), L.c.lost > L.c.recovered)
        .order_by(D.c.dispatched_at, D.c.id, L.c.position)
        .limit(50)
    )
    return tuple(
        Recoverable(dispatch_id=row.id, number=row.number, tray_size=row.tray_size, quantity=row.left)
        for row in tx.all(statement)
    )
