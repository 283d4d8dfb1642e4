"""The end of a stocktake: approved, and its variances posted, or cancelled, and nothing posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import StaleVersion, WrongState
from coresafe.models import Balance, Shed, StocktakeLine
from coresafe.models.base import NOTE_LENGTH
from coresafe.models.enums import MovementKind, State, StocktakeStatus
from coresafe.services.ledger import Gate, Move, Posting, Source, open_accounts
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, key_of
from coresafe.services.stocktaking.answers import (
    COUNTED_STATES,
    ApproveStocktake,
    CancelStocktake,
    SizeProgress,
    StocktakeDetail,
    StocktakeRow,
    VarianceRow,
)
from coresafe.services.stocktaking.entering import T, checked_state, lock_stocktake, raise_version, require_open
from coresafe.services.stocktaking.expecting import read_variances
from coresafe.services.stocktaking.reading import (
    header_of,
    read_detail,
    read_header,
    read_progress,
)
from coresafe.services.transaction import writes
from coresafe.services.work import Writing

B = Balance.__table__
SHED = Shed.__table__

#: A line of a stocktake: the size and the state.
Key = tuple[str, State]


@writes(Permission.APPROVE, stock=True)
def approve_stocktake(tx: Writing, command: ApproveStocktake) -> StocktakeDetail:
    """Post the variances of every declared size, dated at the moment it was declared; other sizes are left alone.

    Raises NotFound, ValidationFailed where a variance has no reason, WrongState where nothing was declared or somebody
    was first, StaleVersion where more was declared or the ledger changed since it was looked at, InsufficientStock where
    a balance would go below zero, PeriodClosed. Nothing is posted then.
    """
    checks = Checks()
    row = lock_stocktake(tx, command.stocktake_id, alone=True)
    reason = checks.notes("reason", command.reason, label="Reason")
    checks.whole("version", command.version, least=1, most=2**31 - 1)
    said = _checked_lines(checks, command.lines)
    checks.done()
    require_open(tx, row)
    if command.version is not None and command.version != row.version:
        raise StaleVersion(
            f"{row.number} was changed since you looked at it. Nothing was changed. Look at its variances again.",
            current=header_of(read_header(tx, row.id)),
        )
    gate = _gate(tx, row.shed_id)
    header, sizes, counts = read_progress(tx, row.id)
    declared = [size for size in sizes if size.declared_at is not None]
    if not declared:
        raise WrongState(
            f"Nothing of {row.number} has been declared counted. Nothing was changed.",
            hint="Declare the sizes that were counted, or cancel the stocktake.",
        )
    ids = {one.name: one.id for one in tx.all(sa.select(T.c.id, T.c.name))}
    _hold_balances(tx, row.shed_id, [ids[size.tray_size] for size in declared])
    lines = read_variances(tx, header, sizes, counts)
    _require_known(tx, row, said, lines, checks)
    reasons = _reasons(checks, lines, said, reason)
    checks.done()
    moves = _moves(declared, lines, reasons, ids=ids, gate=gate)
    posting = Posting(tx, moves, at=tx.now)
    posting.take()
    tx.insert_all(
        StocktakeLine,
        [
            {
                "stocktake_id": row.id,
                "tray_size_id": ids[line.tray_size],
                "state": line.state.value,
                "expected": line.expected,
                "counted": line.counted,
                "reason": reasons.get((line.tray_size, line.state)),
            }
            for line in lines
        ],
    )
    posting.record(Source(stocktake_id=row.id))
    _end(tx, row, StocktakeStatus.APPROVED, reason)
    answer = read_detail(tx, row.id)
    new = {
        "status": StocktakeStatus.APPROVED,
        "lines": [
            {"tray_size": line.tray_size, "state": line.state, "expected": line.expected, "counted": line.counted}
            for line in lines
        ],
        "left_alone": answer.left_alone,
    }
    tx.audit("approve", "stocktake", row.id, old={"status": StocktakeStatus.OPEN}, new=new, reason=reason)
    return answer


@writes(Permission.APPROVE)
def cancel_stocktake(tx: Writing, command: CancelStocktake) -> StocktakeRow:
    """Give a stocktake up, with a reason: nothing is posted, what was counted is kept.

    Raises NotFound, ValidationFailed, StaleVersion, and WrongState where it ended already.
    """
    checks = Checks()
    row = lock_stocktake(tx, command.stocktake_id, alone=True)
    reason = checks.reason("reason", command.reason)
    checks.whole("version", command.version, least=1, most=2**31 - 1)
    checks.done()
    require_open(tx, row)
    if command.version is not None and command.version != row.version:
        raise StaleVersion(
            f"{row.number} was changed since you looked at it. Nothing was changed.",
            current=header_of(read_header(tx, row.id)),
        )
    _end(tx, row, StocktakeStatus.CANCELLED, reason)
    old, new = {"status": StocktakeStatus.OPEN}, {"status": StocktakeStatus.CANCELLED}
    tx.audit("cancel", "stocktake", row.id, old=old, new=new, reason=reason)
    return header_of(read_header(tx, row.id))


def _end(tx: Writing, row: Row[Any], status: StocktakeStatus, reason: str | None) -> None:
    raise_version(tx, row, status=status.value, ended_at=tx.now, ended_by=tx.actor.user_id, end_reason=reason)


def _gate(tx: Writing, shed_id: int) -> Gate:
    """The shed, under a shared lock, so that no month is closed meanwhile."""
    statement = sa.select(SHED.c.id, SHED.c.name, SHED.c.time_zone, SHED.c.closed_through).where(SHED.c.id == shed_id)
    shed = tx.all(statement.with_for_update(read=True))[0]
    return Gate(shed_id=shed.id, time_zone=shed.time_zone, closed_through=shed.closed_through, shed_name=shed.name)


def _hold_balances(tx: Writing, shed_id: int, size_ids: Sequence[int]) -> None:
    """Lock the balances that are compared, in key order: nothing moves between the comparison and the posting."""
    states = [state.value for state in COUNTED_STATES]
    held = (
        sa.select(B)
        .where(B.c.shed_id == shed_id, B.c.tray_size_id.in_(sorted(size_ids)), B.c.state.in_(states))
        .order_by(B.c.tray_size_id, B.c.state)
        .with_for_update()
    )
    there = {(row.tray_size_id, row.state) for row in tx.all(held)}
    accounts = [(shed_id, size, state) for size in sorted(size_ids) for state in sorted(states)]
    missing = [account for account in accounts if account[1:] not in there]
    if missing:  # a row that is not there cannot be held
        open_accounts(tx, missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A line of the command: where it stands in it, its reason, and the variance that was seen."""

    at: int
    reason: str | None
    variance: int | None


def _checked_lines(checks: Checks, lines: object) -> dict[tuple[str, State], _Said]:
    """The lines by size key and state."""
    if isinstance(lines, str) or not isinstance(lines, (list, tuple)):
        checks.fail("lines", "Lines must be a list.")
        return {}
    said: dict[tuple[str, State], _Said] = {}
    for at, line in enumerate(lines):
        field = f"lines[{at}]"
        name = checks.text(f"{field}.tray_size", line.tray_size, limit=60, label="Tray size")
        state = checked_state(checks, f"{field}.state", line.state)
        reason = checks.notes(f"{field}.reason", line.reason, label="Reason")
        seen = checks.whole(f"{field}.variance", line.variance, least=-(2**31), most=2**31 - 1)
        if state is None or not name:
            continue
        if (key_of(name), state) in said:
            checks.fail(f"{field}.tray_size", f"{name} {state.value} stands in two lines. Put it into one.")
        said[key_of(name), state] = _Said(at=at, reason=reason, variance=seen)
    return said


def _require_known(
    tx: Writing,
    row: Row[Any],
    said: Mapping[tuple[str, State], _Said],
    lines: Iterable[VarianceRow],
    checks: Checks,
) -> None:
    """Refuse lines of sizes that were not declared, and numbers that are not the ones that were looked at."""
    known = {(key_of(line.tray_size), line.state): line for line in lines}
    for key, one in said.items():
        line = known.get(key)
        if line is None:
            checks.fail(f"lines[{one.at}].tray_size", "This size has not been declared counted.")
        elif one.variance is not None and one.variance != line.variance:
            raise StaleVersion(
                f"{line.tray_size} {line.state.value} varies by {line.variance:+,} by now, not by {one.variance:+,}: "
                "somebody entered trays that came or went before it was counted. Nothing was changed. "
                "Look at the variances again.",
                current=header_of(read_header(tx, row.id)),
            )
    checks.done()


def _reasons(
    checks: Checks, lines: Iterable[VarianceRow], said: Mapping[tuple[str, State], _Said], common: str | None
) -> dict[Key, str]:
    """Why each line that varies does; an error at the line's own reason, or at the one for all."""
    reasons: dict[Key, str] = {}
    missing = []
    for line in lines:
        if not line.variance:
            continue
        own = said.get((key_of(line.tray_size), line.state))
        why = (own.reason if own is not None else None) or common
        if why:
            reasons[line.tray_size, line.state] = why
        elif own is not None:
            checks.fail(
                f"lines[{own.at}].reason",
                f"{line.tray_size} {line.state.value} varies by {line.variance:+,}. Say why.",
            )
        else:
            missing.append(f"{line.tray_size} {line.state.value} by {line.variance:+,}")
    if missing:
        named = ", ".join(missing)
        checks.fail("reason", f"A reason is missing: {named}. Give one for all, or one for each.")
    return reasons


def _moves(
    declared: Iterable[SizeProgress],
    lines: Sequence[VarianceRow],
    reasons: Mapping[Key, str],
    *,
    ids: Mapping[str, int],
    gate: Gate,
) -> list[Move]:
    """What has to be posted: trays that only changed their state as one move, the others with the outside."""
    moves = []
    for size in declared:
        left = {line.state: line.variance for line in lines if line.tray_size == size.tray_size and line.variance}
        pairs = paired(left)
        for source, target, quantity in pairs:
            mine = [reasons[size.tray_size, state] for state in (source, target) if state is not State.EXTERNAL]
            moves.append(
                Move(
                    kind=MovementKind.STOCKTAKE,
                    tray_size_id=ids[size.tray_size],
                    tray_size=size.tray_size,
                    quantity=quantity,
                    from_state=source,
                    to_state=target,
                    gate=gate,
                    at=_declared_at(size),
                    reason="; ".join(dict.fromkeys(mine))[:NOTE_LENGTH],
                )
            )
    return moves


def _declared_at(size: SizeProgress) -> datetime:
    assert size.declared_at is not None  # noqa: S101  # only declared sizes are posted
    return size.declared_at


def paired(variances: Mapping[State, int]) -> list[tuple[State, State, int]]:
    """(from, to, quantity) of one size: equal and opposite variances go between their states, the rest with external."""
    left = {state: variances.get(state, 0) for state in COUNTED_STATES}
    moves = []
    for one in COUNTED_STATES:
        for other in COUNTED_STATES:
            if left[one] < 0 and left[other] == -left[one]:
                moves.append((one, other, left[other]))
                left[one] = left[other] = 0
    for state, variance in left.items():
        if variance > 0:
            moves.append((State.EXTERNAL, state, variance))
        elif variance < 0:
            moves.append((state, State.EXTERNAL, -variance))
    return moves
