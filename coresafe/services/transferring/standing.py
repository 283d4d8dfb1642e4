"""How a transfer stands: locked, changed and stored as one thing, with its status derived and never set by hand."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.errors import Bug, NotFound, StaleVersion, WrongState
from coresafe.models.enums import MovementKind, State, TransferStatus
from coresafe.services import facts
from coresafe.services.dispatch_rows import days_between
from coresafe.services.dispatching import state_for
from coresafe.services.ledger import Gate, Move
from coresafe.services.rules import identifier
from coresafe.services.standing import Line, gate_column, gate_from
from coresafe.services.transferring.answers import TransferEntryRow, TransferLineRow, TransferRow
from coresafe.services.transferring.reading import AMOUNTS, L, X, columns, contents_of, row_of
from coresafe.services.work import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A transfer locked for a change, its lines, and both sheds; what is *outstanding* on a line is on its way."""

    row: TransferRow
    lines: tuple[Line, ...]
    gate: Gate
    to_gate: Gate

    def require_open_months(self, at: datetime) -> None:
        """Refuse what falls into a closed month of either shed. Raises PeriodClosed."""
        self.gate.month(at)
        self.to_gate.month(at)


@functools.cache
def _lock_statement() -> sa.Select[Any]:
    """The transfer and its lines alone, both sheds shared. Built once: putting it together costs more than sending it."""
    gates = (gate_column(X.c.shed_id, "gate"), gate_column(X.c.to_shed_id, "to_gate"))
    return (
        sa.select(*columns(), *gates, *facts.clock_columns())
        .select_from(X.join(L, L.c.transfer_id == X.c.id))
        .where(X.c.id == sa.bindparam("wanted"))
        .order_by(L.c.position)
        .with_for_update()
    )


def lock_transfer(tx: Writing, transfer_id: object) -> Locked:
    """Lock a transfer and its lines, and its sheds shared. One statement. Raises NotFound."""
    rows = tx.all(_lock_statement(), {"wanted": identifier(transfer_id)})
    if not rows:
        raise NotFound("There is no such transfer.")
    gate, to_gate = gate_from(rows[0].gate), gate_from(rows[0].to_gate)
    if gate is None or to_gate is None:
        raise Bug("a transfer without its sheds")
    lines = tuple(
        Line(
            position=row.position,
            tray_size_id=row.tray_size_id,
            tray_size=row.tray_size,
            contents=contents_of(row.state),
            quantity=row.line_quantity,
            outstanding=row.line_in_transit,
            **{name: getattr(row, name) for name in AMOUNTS},
        )
        for row in rows
    )
    return Locked(row=row_of(rows, tx.now), lines=lines, gate=gate, to_gate=to_gate)


def stale(row: TransferRow) -> StaleVersion:
    """The refusal of what was entered on an older version of the transfer."""
    return StaleVersion(f"{row.number} was changed by somebody else meanwhile. Nothing was changed.", current=row)


def require_version(locked: Locked, version: int | None) -> None:
    """Refuse a form that was opened on an older version of the transfer."""
    if version is not None and version != locked.row.version:
        raise stale(locked.row)


def require_not_voided(locked: Locked) -> None:
    """Refuse a transfer that was voided."""
    if locked.row.status is TransferStatus.VOIDED:
        raise WrongState(f"{locked.row.number} was voided. Nothing was changed.")


def send_moves(lines: Sequence[Line], gate: Gate) -> list[Move]:
    """From the shelves of the shed that sends onto its account of what is on its way."""
    return [
        Move(
            kind=MovementKind.TRANSFER,
            tray_size_id=line.tray_size_id,
            tray_size=line.tray_size,
            quantity=line.quantity,
            from_state=state_for(line.contents),
            to_state=State.IN_TRANSIT,
            gate=gate,
        )
        for line in lines
    ]


def store(
    tx: Writing,
    locked: Locked,
    lines: Sequence[Line],
    entries: Sequence[TransferEntryRow],
    *,
    void_reason: str | None = None,
) -> TransferRow:
    """Write the lines and the header that follows from them, raise the version, and return the transfer as it stands.

    ``void_reason``: it is voided; its lines keep what they were, so that they say what was sent.
    """
    row = locked.row
    voided = void_reason is not None
    in_transit = 0 if voided else sum(line.outstanding for line in lines)
    status = TransferStatus.IN_TRANSIT if in_transit else TransferStatus.ARRIVED
    ended_at = None if in_transit else max((e.happened_at for e in entries if e.voided_at is None), default=tx.now)
    values: dict[str, Any] = {
        "status": TransferStatus.VOIDED if voided else status,
        "in_transit": in_transit,
        "discrepancy": not voided and any(line.lost + line.damaged + line.surplus for line in lines),
        "ended_at": ended_at,
        "void_reason": void_reason,
        "updated_at": tx.now,
        "version": row.version + 1,
    }
    mine = (X.c.id == row.id, X.c.version == row.version)
    stored = {**values, "status": values["status"].value}
    if tx.change(sa.update(X).where(*mine).values(stored)).rowcount != 1:
        raise stale(row)
    for before, after in zip(locked.lines, lines, strict=True):
        if before != after:
            amounts = {name: getattr(after, name) for name in AMOUNTS}
            here = (L.c.transfer_id == row.id, L.c.position == after.position)
            tx.change(sa.update(L).where(*here).values({**amounts, "in_transit": after.outstanding}))
    return replace(
        row,
        **values,
        days=days_between(row.sent_at, ended_at or tx.now, row.time_zone),
        lines=tuple(line_row(line, voided=voided) for line in lines),
        entries=tuple(entries),
    )


def line_row(line: Line, *, voided: bool = False) -> TransferLineRow:
    """A line as it is shown."""
    return TransferLineRow(
        tray_size=line.tray_size,
        contents=line.contents,
        quantity=line.quantity,
        in_transit=0 if voided else line.outstanding,
        **{name: getattr(line, name) for name in AMOUNTS},
    )


def standing_figures(row: TransferRow) -> dict[str, Any]:
    """What the audit trail says of a transfer before and after an entry."""
    names = ("quantity", *AMOUNTS, "in_transit")
    return {
        "status": row.status,
        "in_transit": row.in_transit,
        "lines": [
            {"tray_size": line.tray_size, "contents": line.contents, **{name: getattr(line, name) for name in names}}
            for line in row.lines
        ],
    }
