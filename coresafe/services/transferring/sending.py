"""Sending trays to another shed, and taking a transfer back that should not have been entered."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from coresafe.errors import ValidationFailed, WrongState
from coresafe.models import Shed, Transfer, TransferLine, TraySize
from coresafe.models.enums import TransferStatus
from coresafe.services import counting, facts
from coresafe.services.allotting import countered
from coresafe.services.dispatch_rows import days_between
from coresafe.services.dispatching import Size, check_lines, line_keys, state_for
from coresafe.services.ledger import Gate, Posting, Source
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, identifier
from coresafe.services.standing import Line, require_recent
from coresafe.services.transaction import writes
from coresafe.services.transferring.answers import SendTransfer, TransferRow, VoidTransfer
from coresafe.services.transferring.standing import (
    line_row,
    lock_transfer,
    require_not_voided,
    require_version,
    send_moves,
    standing_figures,
    store,
)
from coresafe.services.work import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What a transfer refers to, as found under shared locks; None where it does not exist."""

    gate: Gate | None
    to_gate: Gate | None
    sizes: dict[str, Size]


@functools.cache
def _references_statement(first_shed: bool) -> sa.Select[Any]:
    """Both sheds, whichever there are, each with the sizes named. Built once."""
    shed, size = Shed.__table__, TraySize.__table__
    first = sa.select(sa.func.min(shed.c.id)).where(shed.c.is_active).scalar_subquery()
    sender = first if first_shed else sa.bindparam("p_shed", type_=sa.BigInteger)
    columns = [
        shed.c.id, shed.c.name, shed.c.time_zone, shed.c.closed_through, shed.c.is_active,
        (shed.c.id == sender).label("sends"),
        size.c.id.label("size_id"), size.c.name.label("size_name"), size.c.name_key.label("size_key"),
        size.c.is_active.label("size_active"),
    ]  # fmt: skip
    joined = shed.outerjoin(size, size.c.name_key.in_(sa.bindparam("p_keys", expanding=True)))
    wanted = (shed.c.id == sender) | (shed.c.id == sa.bindparam("p_to", type_=sa.BigInteger))
    statement = sa.select(*columns, *facts.clock_columns()).select_from(joined).where(wanted).order_by(shed.c.id)
    return statement.with_for_update(read=True)


def _look_up(tx: Writing, command: SendTransfer) -> _References:
    """Everything a transfer refers to, with one statement, under shared locks."""
    wanted: dict[str, Any] = {"p_to": identifier(command.to_shed_id), "p_keys": line_keys(command.lines)}
    if command.shed_id is not None:
        wanted["p_shed"] = identifier(command.shed_id)
    rows = tx.all(_references_statement(command.shed_id is None), wanted)
    gates = {
        row.id: Gate(
            shed_id=row.id,
            time_zone=row.time_zone,
            closed_through=row.closed_through,
            shed_name=row.name,
            is_active=bool(row.is_active),
        )
        for row in rows
    }
    return _References(
        gate=next((gates[row.id] for row in rows if row.sends), None),
        to_gate=gates.get(identifier(command.to_shed_id)),
        sizes={
            row.size_key: Size(id=row.size_id, name=row.size_name, is_active=bool(row.size_active))
            for row in rows
            if row.size_id
        },
    )


def _checked_sheds(checks: Checks, found: _References) -> tuple[Gate, Gate]:
    """The shed that sends and the one it goes to; raises ValidationFailed where one is not there at all."""
    for field, gate in (("shed_id", found.gate), ("to_shed_id", found.to_gate)):
        if gate is None:
            checks.fail(field, "There is no such shed. Choose one from the list.")
        elif not gate.is_active:
            checks.fail(field, f"{gate.shed_name} is not in use any more. Choose another shed.")
    if found.gate is None or found.to_gate is None:
        raise ValidationFailed(checks.errors)
    if found.gate.shed_id == found.to_gate.shed_id:
        checks.fail("to_shed_id", f"The trays are at {found.gate.shed_name} already. Choose another shed.")
    return found.gate, found.to_gate


@writes(Permission.TRANSFER, stock=True)
def send_transfer(tx: Writing, command: SendTransfer) -> TransferRow:
    """Send trays to another shed; returns the transfer with its number. They belong to the sender until they arrive.

    Raises ValidationFailed naming every field, Forbidden for back-dating beyond one's right, PeriodClosed where the month
    is closed at either shed, and InsufficientStock naming each size, what was asked and what is there.
    """
    found = _look_up(tx, command)
    checks = Checks()
    gate, to_gate = _checked_sheds(checks, found)
    driver = checks.text("driver", command.driver)
    technician = checks.text("technician", command.technician)
    vehicle = checks.optional_text("vehicle", command.vehicle, limit=60)
    notes = checks.notes("notes", command.notes)
    reason = checks.notes("reason", command.reason)
    at = checks.moment("sent_at", command.sent_at, now=tx.now) or tx.now
    wanted = check_lines(checks, command.lines, found.sizes, noun="transfer")
    require_recent(tx, checks, at, reason)
    to_gate.month(at)
    lines = [
        Line(
            position=position,
            tray_size_id=size.id,
            tray_size=size.name,
            contents=contents,
            quantity=quantity,
            outstanding=quantity,
        )
        for position, (size, quantity, contents) in enumerate(wanted, start=1)
    ]
    posting = Posting(tx, send_moves(lines, gate), at=at, reason=reason)
    posting.take()
    total = sum(line.quantity for line in lines)
    header: dict[str, Any] = {
        "number": counting.next_number(tx, "T"),
        "status": TransferStatus.IN_TRANSIT.value,
        "shed_id": gate.shed_id,
        "to_shed_id": to_gate.shed_id,
        "sent_at": at,
        "driver": driver,
        "technician": technician,
        "vehicle": vehicle,
        "notes": notes,
        "quantity": total,
        "in_transit": total,
        "created_by": tx.actor.user_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    transfer_id = tx.insert(Transfer, header)
    tx.insert_all(TransferLine, [_line_values(transfer_id, line) for line in lines])
    posting.record(Source(transfer_id=transfer_id))
    said = ("number", "shed_id", "to_shed_id", "sent_at", "driver", "technician", "vehicle", "notes")
    sent = [{"tray_size": line.tray_size, "contents": line.contents, "quantity": line.quantity} for line in lines]
    new = {**{name: header[name] for name in said}, "lines": sent}
    tx.audit("send", "transfer", transfer_id, new=new, reason=reason)
    shown = {name: value for name, value in header.items() if name not in ("status", "created_by")}
    return TransferRow(
        id=transfer_id,
        version=1,
        status=TransferStatus.IN_TRANSIT,
        shed_name=gate.shed_name,
        time_zone=gate.time_zone,
        to_shed_name=to_gate.shed_name,
        to_time_zone=to_gate.time_zone,
        discrepancy=False,
        days=days_between(at, tx.now, gate.time_zone),
        ended_at=None,
        void_reason=None,
        entered_by=tx.actor.username,
        lines=tuple(line_row(line) for line in lines),
        **shown,
    )


def _line_values(transfer_id: int, line: Line) -> dict[str, Any]:
    return {
        "transfer_id": transfer_id,
        "position": line.position,
        "tray_size_id": line.tray_size_id,
        "state": state_for(line.contents).value,
        "quantity": line.quantity,
        "in_transit": line.outstanding,
    }


@writes(Permission.VOID, stock=True)
def void_transfer(tx: Writing, command: VoidTransfer) -> TransferRow:
    """Void a transfer by counter-movements dated now: its trays never left. Only while no receipt or loss stands.

    Raises WrongState, StaleVersion, PeriodClosed.
    """
    locked = lock_transfer(tx, command.transfer_id)
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    row = locked.row
    require_not_voided(locked)
    if row.standing_entries:
        raise WrongState(f"Receipts or losses stand on {row.number}. Void those first. Nothing was changed.")
    require_version(locked, command.version)
    locked.require_open_months(tx.now)
    posting = Posting(tx, countered(send_moves(locked.lines, locked.gate)), at=tx.now, reason=reason)
    posting.take()
    answer = store(tx, locked, locked.lines, row.entries, void_reason=reason)
    posting.record(Source(transfer_id=row.id))
    old, new = standing_figures(row), standing_figures(answer)
    tx.audit("void", "transfer", row.id, old=old, new=new, reason=reason)
    return answer
