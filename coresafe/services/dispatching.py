"""Dispatching trays: sending them out, amending, extending and voiding what was sent, and listing it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from coresafe.errors import Forbidden, NotFound, ValidationFailed, WrongState
from coresafe.models import Company, Dispatch, DispatchLine, Drillhole, Project, Shed, TraySize
from coresafe.models.base import NAME_LENGTH
from coresafe.models.enums import (
    Contents,
    CountKind,
    DispatchStatus,
    MovementKind,
    ProjectStatus,
    Role,
    SampleType,
    State,
)
from coresafe.services import counting, facts
from coresafe.services.dispatch_rows import (
    D,
    DispatchLineRow,
    DispatchRow,
    L,
    days_between,
    histories_of,
    joined_columns,
    joined_tables,
    resolutions_column,
    returns_column,
    row_of,
    rows_of,
)
from coresafe.services.ledger import Gate, Move, Posting, Source
from coresafe.services.listing import (
    Listing,
    Page,
    Query,
    checked_limit,
    contains,
    equals,
    from_page,
    searchable,
    since,
    starts,
    until,
)
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, identifier, key_of
from coresafe.services.standing import (
    Line,
    Locked,
    lock_dispatch,
    require_not_voided,
    require_recent,
    require_version,
    standing_figures,
    store,
)
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

#: Lines of one dispatch at most; a lorry carries fewer.
MAX_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """So many trays of a size to send: ``empty`` ones from the available, ``core`` from the occupied."""

    tray_size: str
    quantity: int
    contents: Contents | str = Contents.EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchTrays:
    """Send trays out.

    ``dispatched_at`` defaults to now, ``due_at`` to the installation's days later, the shed to the first; ``reason`` is
    needed where it happened longer ago than the installation allows.
    """

    company_id: int
    project_id: int
    driver: str
    technician: str
    lines: Sequence[WantedLine]
    shed_id: int | None = None
    drillhole_id: int | None = None
    dispatched_at: datetime | None = None
    due_at: datetime | None = None
    vehicle: str | None = None
    destination: str | None = None
    samples_collected: int | None = None
    sample_type: SampleType | str | None = None
    notes: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendDispatch:
    """Correct an open dispatch: only the fields that are set change; lines only while nothing has come back.

    ``company_id``, ``shed_id`` and ``dispatched_at`` may be sent as they are, and never change: the ledger hangs on them.
    """

    dispatch_id: int
    version: int
    project_id: int | Unset = UNSET
    drillhole_id: int | None | Unset = UNSET
    driver: str | Unset = UNSET
    technician: str | Unset = UNSET
    vehicle: str | None | Unset = UNSET
    destination: str | None | Unset = UNSET
    samples_collected: int | None | Unset = UNSET
    sample_type: SampleType | str | None | Unset = UNSET
    due_at: datetime | Unset = UNSET
    notes: str | None | Unset = UNSET
    lines: Sequence[WantedLine] | Unset = UNSET
    reason: str | None = None
    company_id: int | Unset = UNSET
    shed_id: int | Unset = UNSET
    dispatched_at: datetime | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendDispatch:
    """A new due date, with the reason."""

    dispatch_id: int
    due_at: datetime
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidDispatch:
    """Take a dispatch back that should not have been entered; only while no return or resolution stands."""

    dispatch_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A tray size as it was looked up."""

    id: int
    name: str
    is_active: bool


def state_for(contents: Contents) -> State:
    """The account that trays of a line leave from."""
    return State.AVAILABLE if contents is Contents.EMPTY else State.OCCUPIED


@dataclass(frozen=True, slots=True, kw_only=True)
class _References:
    """What a dispatch refers to, as found under shared locks; None where it does not exist."""

    gate: Gate | None
    shed_active: bool
    company: Any
    project: Any
    drillhole: Any
    sizes: dict[str, Size]


@functools.cache
def _references_statement(first_shed: bool) -> sa.Select[Any]:
    """Built once: putting it together costs as much as sending it."""
    shed, company, project, hole, size = (m.__table__ for m in (Shed, Company, Project, Drillhole, TraySize))
    first = sa.select(sa.func.min(shed.c.id)).where(shed.c.is_active).scalar_subquery()
    wanted = first if first_shed else sa.bindparam("p_shed", type_=sa.BigInteger)
    joined = (
        shed.outerjoin(company, company.c.id == sa.bindparam("p_company"))
        .outerjoin(project, project.c.id == sa.bindparam("p_project"))
        .outerjoin(hole, hole.c.id == sa.bindparam("p_hole"))
        .outerjoin(size, size.c.name_key.in_(sa.bindparam("p_keys", expanding=True)))
    )
    columns = [
        shed.c.id, shed.c.name, shed.c.time_zone, shed.c.closed_through, shed.c.is_active,
        company.c.id.label("company_id"), company.c.name.label("company_name"),
        company.c.is_active.label("company_active"),
        project.c.id.label("project_id"), project.c.code, project.c.company_id.label("owner_id"),
        project.c.status.label("project_status"),
        hole.c.id.label("drillhole_id"), hole.c.hole_id, hole.c.project_id.label("hole_project_id"),
        size.c.id.label("size_id"), size.c.name.label("size_name"), size.c.name_key.label("size_key"),
        size.c.is_active.label("size_active"),
    ]  # fmt: skip
    statement = sa.select(*columns, *facts.clock_columns()).select_from(joined).where(shed.c.id == wanted)
    return statement.with_for_update(read=True)


def _look_up(
    tx: Writing, *, shed_id: object, company_id: object, project_id: object, drillhole_id: object, keys: Sequence[str]
) -> _References:
    """Everything a dispatch refers to, with one statement, under shared locks."""
    wanted = {
        "p_company": identifier(company_id),
        "p_project": identifier(project_id),
        "p_hole": identifier(drillhole_id),
        "p_keys": list(keys),
    }
    if shed_id is not None:
        wanted["p_shed"] = identifier(shed_id)
    rows = tx.all(_references_statement(shed_id is None), wanted)
    head = rows[0] if rows else None
    gate = None
    if head is not None:
        gate = Gate(shed_id=head.id, time_zone=head.time_zone, closed_through=head.closed_through, shed_name=head.name)
    return _References(
        gate=gate,
        shed_active=bool(head and head.is_active),
        company=head if head and head.company_id else None,
        project=head if head and head.project_id else None,
        drillhole=head if head and head.drillhole_id else None,
        sizes={
            row.size_key: Size(id=row.size_id, name=row.size_name, is_active=bool(row.size_active))
            for row in rows
            if row.size_id
        },
    )


def line_keys(lines: object) -> list[str]:
    """The keys of the sizes named, as far as they can be read."""
    if not isinstance(lines, (list, tuple)):
        return []
    names = [getattr(line, "tray_size", None) for line in lines[:MAX_LINES]]
    return sorted({key_of(name)[:60] for name in names if isinstance(name, str) and printable(name.strip())})


def printable(text: str) -> bool:
    """Whether a text can be the name of anything."""
    return len(text) <= NAME_LENGTH and text.isprintable()


def check_lines(
    checks: Checks, lines: object, sizes: dict[str, Size], *, noun: str = "dispatch"
) -> list[tuple[Size, int, Contents]]:
    """The sizes, quantities and contents of what is to be sent; errors at the fields. ``noun``: what holds the lines."""
    if not isinstance(lines, (list, tuple)) or not lines:
        checks.fail("lines", "Enter at least one tray size and how many trays of it.")
        return []
    if len(lines) > MAX_LINES:
        checks.fail("lines", f"A {noun} holds at most {MAX_LINES} lines.")
        return []
    wanted: list[tuple[Size, int, Contents]] = []
    seen: set[tuple[int, Contents]] = set()
    for index, line in enumerate(lines):
        field = f"lines[{index}]"
        contents = checks.word(f"{field}.contents", line.contents, Contents) or Contents.EMPTY
        if line.quantity is None:
            checks.fail(f"{field}.quantity", "Quantity is missing. Enter how many trays.")
        quantity = checks.quantity(f"{field}.quantity", line.quantity)
        size = find_size(checks, f"{field}.tray_size", line.tray_size, sizes)
        if size is None:
            continue
        if (size.id, contents) in seen:
            checks.fail(f"{field}.tray_size", f"{size.name} stands in two lines. Put it into one.")
        seen.add((size.id, contents))
        wanted.append((size, quantity, contents))
    return wanted


def find_size(checks: Checks, field: str, name: object, sizes: dict[str, Any]) -> Any:
    """The size of that name, if there is one in use; otherwise an error at the field."""
    text = checks.text(field, name, limit=60, label="Tray size")
    if not text:
        return None
    size = sizes.get(key_of(text))
    if size is None:
        checks.fail(field, f"There is no tray size {text!r}. Choose one from the list.")
    elif not size.is_active:
        checks.fail(field, f"{size.name} is not in use here. An administrator can switch it on.")
        return None
    return size


def _check_references(checks: Checks, found: _References, command: Any, company_id: object) -> None:
    if found.gate is not None and not found.shed_active:
        checks.fail("shed_id", f"{found.gate.shed_name} is not in use any more. Choose another shed.")
    if found.company is None:
        checks.fail("company_id", "There is no such company. Choose one from the list.")
    elif not found.company.company_active:
        checks.fail("company_id", f"{found.company.company_name} is inactive. Choose another company.")
    _check_project(checks, found, command.drillhole_id, company_id)


def _check_project(checks: Checks, found: _References, drillhole_id: object, company_id: object) -> None:
    if found.project is None:
        checks.fail("project_id", "There is no such project. Choose one from the list.")
        return
    project = found.project
    if found.company is not None and project.owner_id != company_id:
        checks.fail("project_id", f"Project {project.code} belongs to another company.")
    elif project.project_status != ProjectStatus.ACTIVE:
        checks.fail("project_id", f"Project {project.code} is {project.project_status}. Choose an active one.")
    if drillhole_id is None:
        return
    if found.drillhole is None:
        checks.fail("drillhole_id", "There is no such drillhole. Choose one from the list.")
    elif found.drillhole.hole_project_id != project.project_id:
        checks.fail("drillhole_id", f"Hole {found.drillhole.hole_id} does not belong to project {project.code}.")


@writes(Permission.DISPATCH, stock=True)
def dispatch_trays(tx: Writing, command: DispatchTrays) -> DispatchRow:
    """Send trays out of a shed; returns the dispatch with its number.

    Raises ValidationFailed naming every field, Forbidden for back-dating beyond one's right, PeriodClosed, and
    InsufficientStock naming each size, what was asked and what is there; nothing is changed then.
    """
    found = _look_up(
        tx,
        shed_id=command.shed_id,
        company_id=command.company_id,
        project_id=command.project_id,
        drillhole_id=command.drillhole_id,
        keys=line_keys(command.lines),
    )
    if found.gate is None:  # nothing else was looked for without it
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    checks = Checks()
    _check_references(checks, found, command, command.company_id)
    driver = checks.text("driver", command.driver)
    technician = checks.text("technician", command.technician)
    vehicle = checks.optional_text("vehicle", command.vehicle, limit=60)
    destination = checks.optional_text("destination", command.destination)
    notes = checks.notes("notes", command.notes)
    reason = checks.notes("reason", command.reason)
    samples = checks.whole("samples_collected", command.samples_collected, least=0, most=1_000_000)
    sample_type = checks.word("sample_type", command.sample_type, SampleType)
    at = checks.moment("dispatched_at", command.dispatched_at, now=tx.now) or tx.now
    due_at = checks.moment("due_at", command.due_at, now=tx.now, future=True)
    due_at = due_at or at + timedelta(days=tx.rules.due_days)
    if due_at < at:
        checks.fail("due_at", "The due date lies before the dispatch.")
    lines = check_lines(checks, command.lines, found.sizes)
    require_recent(tx, checks, at, reason)
    gate = found.gate
    posting = Posting(
        tx,
        [
            Move(
                kind=MovementKind.DISPATCH,
                tray_size_id=size.id,
                tray_size=size.name,
                quantity=quantity,
                from_state=state_for(contents),
                to_state=State.OUT,
                gate=gate,
                company_id=command.company_id,
            )
            for size, quantity, contents in lines
        ],
        at=at,
        reason=reason,
    )
    posting.take()
    total = sum(quantity for _, quantity, _ in lines)
    month = gate.month(at)
    counts = counting.of_dispatch({CountKind.SENT: 1}, shed_id=gate.shed_id, project_id=command.project_id, month=month)
    header = {
        "number": counting.next_number(tx, "D", counts),
        "status": DispatchStatus.OUTSTANDING.value,
        "shed_id": gate.shed_id,
        "company_id": command.company_id,
        "project_id": command.project_id,
        "drillhole_id": command.drillhole_id,
        "dispatched_at": at,
        "month": month,
        "due_at": due_at,
        "driver": driver,
        "technician": technician,
        "vehicle": vehicle,
        "destination": destination,
        "samples_collected": samples,
        "sample_type": sample_type.value if sample_type else None,
        "notes": notes,
        "reason": reason,
        "quantity": total,
        "outstanding": total,
        "is_open": True,
        "created_by": tx.actor.user_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    dispatch_id = tx.insert(Dispatch, header)
    tx.insert_all(
        DispatchLine,
        [
            {
                "dispatch_id": dispatch_id,
                "position": position,
                "tray_size_id": size.id,
                "contents": contents.value,
                "quantity": quantity,
                "outstanding": quantity,
            }
            for position, (size, quantity, contents) in enumerate(lines, start=1)
        ],
    )
    posting.record(Source(dispatch_id=dispatch_id))
    rows = tuple(
        DispatchLineRow(tray_size=size.name, contents=contents, quantity=quantity, outstanding=quantity)
        for size, quantity, contents in lines
    )
    shown = {name: header[name] for name in ("shed_id", "company_id", "project_id", "drillhole_id", "dispatched_at",
             "due_at", "driver", "technician", "vehicle", "destination", "notes")}  # fmt: skip
    sent = [{"tray_size": line.tray_size, "contents": line.contents, "quantity": line.quantity} for line in rows]
    tx.audit(
        "dispatch", "dispatch", dispatch_id, new={"number": header["number"], **shown, "lines": sent}, reason=reason
    )
    return _new_row(tx, dispatch_id, header, found, rows)


def _new_row(
    tx: Writing, dispatch_id: int, header: dict[str, Any], found: _References, lines: tuple[DispatchLineRow, ...]
) -> DispatchRow:
    """The row of a dispatch just inserted, without reading it again."""
    from types import SimpleNamespace

    columns = {column.name: None for column in D.c} | {"is_final": False, "matched": False, "discrepancy": False}
    gate = found.gate
    assert gate is not None  # noqa: S101  # checked before
    head = columns | header | {
        "id": dispatch_id,
        "version": 1,
        "company_name": found.company.company_name,
        "project_code": found.project.code,
        "hole_id": found.drillhole.hole_id if header["drillhole_id"] else None,
        "shed_name": gate.shed_name,
        "time_zone": gate.time_zone,
        "entered_by": tx.actor.username,
        "line_quantity": 0,
    }  # fmt: skip

    return replace(row_of([SimpleNamespace(**head)], tx.now), lines=lines)  # type: ignore[list-item]


@writes(Permission.AMEND, stock=True)
def amend_dispatch(tx: Writing, command: AmendDispatch) -> DispatchRow:
    """Correct an open dispatch (domain: Amend).

    An operator may amend his own, on the day he entered it; a manager any. What stands so already changes nothing, not even
    the version. Raises StaleVersion with the row as it is, WrongState once it is closed or, for lines, once something has come
    back.
    """
    locked = lock_dispatch(tx, command.dispatch_id)
    row = locked.row
    _require_amendable(tx, locked)
    keys = [] if isinstance(command.lines, Unset) else line_keys(command.lines)
    project_id = row.project_id if isinstance(command.project_id, Unset) else command.project_id
    hole_id = command.drillhole_id
    if isinstance(hole_id, Unset):
        hole_id = row.drillhole_id if project_id == row.project_id else None
    found = _look_up(
        tx, shed_id=row.shed_id, company_id=row.company_id, project_id=project_id, drillhole_id=hole_id, keys=keys
    )
    checks = Checks()
    if (project_id, hole_id) != (row.project_id, row.drillhole_id):
        _check_project(checks, found, hole_id, row.company_id)
    header = {"project_id": project_id, "drillhole_id": hole_id, **_amended(checks, command)}
    if not isinstance(command.due_at, Unset):
        header["due_at"] = _amended_due(checks, command.due_at, row.dispatched_at, tx.now)
    reason = checks.notes("reason", command.reason)
    for name, what in (("company_id", "company"), ("shed_id", "shed"), ("dispatched_at", "time it left")):
        sent = getattr(command, name)
        if not isinstance(sent, Unset) and sent != getattr(row, name):
            checks.fail(name, f"The {what} of a dispatch never changes. Void {row.number} and enter it again.")
    wanted = [] if isinstance(command.lines, Unset) else check_lines(checks, command.lines, found.sizes)
    if command.version is None:  # required here, unlike in what may be left out elsewhere
        checks.fail("version", "The version is missing. Read the dispatch again and amend that.")
    checks.done()
    require_version(locked, command.version)
    if row.status is not DispatchStatus.OUTSTANDING and row.status is not DispatchStatus.PARTIALLY_RETURNED:
        raise WrongState(f"{row.number} is {row.status.value}; only an open dispatch can be amended.")
    lines = locked.lines
    if not isinstance(command.lines, Unset):
        if locked.has_standing_entries:
            raise WrongState(f"Trays of {row.number} have come back already, so its lines stand. Nothing was changed.")
        as_they_are = {(line.tray_size_id, line.contents): line.quantity for line in lines if line.quantity}
        if {(size.id, contents): quantity for size, quantity, contents in wanted} != as_they_are:
            lines = _amend_lines(tx, locked, wanted, reason or "amended")
    old = {name: getattr(row, name) for name in header}
    changed = {name: value for name, value in header.items() if value != old[name]}
    if not changed and lines is locked.lines:
        return row  # it stands so already: no new version, and nothing to tell the audit trail
    stored: dict[str, Any] = {k: v.value if isinstance(v, SampleType) else v for k, v in changed.items()}
    answer = store(tx, locked, lines, at=tx.now, final=row.final, **stored)
    old_lines, new_lines = standing_figures(row), standing_figures(answer)
    both = old_lines != new_lines
    tx.audit(
        "amend",
        "dispatch",
        row.id,
        old={name: old[name] for name in changed} | (old_lines if both else {}),
        new=changed | (new_lines if both else {}),
        reason=reason,
    )

    return replace(
        answer,
        project_code=found.project.code if found.project else row.project_code,
        hole_id=found.drillhole.hole_id if hole_id and found.drillhole else None,
        sample_type=changed.get("sample_type", row.sample_type),
    )


def _amended(checks: Checks, command: AmendDispatch) -> dict[str, Any]:
    """The columns of the header that were sent, checked."""
    header: dict[str, Any] = {}
    for name in ("driver", "technician"):
        if not isinstance(value := getattr(command, name), Unset):
            header[name] = checks.text(name, value)
    for name, limit in (("vehicle", 60), ("destination", NAME_LENGTH)):
        if not isinstance(value := getattr(command, name), Unset):
            header[name] = checks.optional_text(name, value, limit=limit)
    if not isinstance(command.notes, Unset):
        header["notes"] = checks.notes("notes", command.notes)
    if not isinstance(command.samples_collected, Unset):
        header["samples_collected"] = checks.whole(
            "samples_collected", command.samples_collected, least=0, most=1_000_000
        )
    if not isinstance(command.sample_type, Unset):
        header["sample_type"] = checks.word("sample_type", command.sample_type, SampleType)
    return header


def may_amend(role: Role, *, own: bool, row: DispatchRow, now: datetime) -> bool:
    """Whether somebody may amend a dispatch: a technician his own, on the day he entered it (domain: Who may do what)."""
    return role is not Role.OPERATOR or (own and days_between(row.created_at, now, row.time_zone) == 0)


def _require_amendable(tx: Writing, locked: Locked) -> None:
    if not may_amend(tx.actor.role, own=locked.created_by == tx.actor.user_id, row=locked.row, now=tx.now):
        raise Forbidden("You may amend your own dispatches on the day you entered them. Ask a supervisor.")


def _amended_due(checks: Checks, value: object, dispatched_at: datetime, now: datetime) -> datetime | None:
    due_at = checks.moment("due_at", value, now=now, future=True, label="Due date")
    if value is None:
        checks.fail("due_at", "Due date is missing. Enter it.")
    elif due_at is not None and due_at < dispatched_at:
        checks.fail("due_at", "The due date lies before the dispatch.")
    return due_at


def _amend_lines(
    tx: Writing, locked: Locked, wanted: list[tuple[Size, int, Contents]], reason: str
) -> tuple[Line, ...]:
    """Post the difference between the lines as they are and as wanted; returns the lines as they stand."""
    now_wanted = {(size.id, contents): (size, quantity) for size, quantity, contents in wanted}
    moves: list[Move] = []
    lines: list[Line] = []
    company = locked.row.company_id
    for line in locked.lines:
        _size, quantity = now_wanted.pop((line.tray_size_id, line.contents), (None, 0))
        moves += _difference(line, quantity - line.quantity, locked.gate, company)
        lines.append(line.with_changes(quantity=quantity - line.quantity, outstanding=quantity - line.quantity))
    position = max(line.position for line in lines)
    added: list[Line] = []
    for (_, contents), (size, quantity) in now_wanted.items():
        position += 1
        fresh = Line(
            position=position, tray_size_id=size.id, tray_size=size.name, contents=contents, quantity=quantity,
            outstanding=quantity,
        )  # fmt: skip
        moves += _difference(fresh, quantity, locked.gate, company)
        added.append(fresh)
    posting = Posting(tx, moves, at=tx.now, reason=reason)
    posting.take()
    tx.insert_all(
        DispatchLine,
        [
            {
                "dispatch_id": locked.row.id,
                "position": line.position,
                "tray_size_id": line.tray_size_id,
                "contents": line.contents.value,
                "quantity": line.quantity,
                "outstanding": line.outstanding,
            }
            for line in added
        ],
    )
    posting.record(Source(dispatch_id=locked.row.id))
    return (*lines, *added)


def _difference(line: Line, more: int, gate: Gate, company_id: int) -> list[Move]:
    """The move that sends ``more`` trays of a line, or takes back fewer than none of them."""
    if more == 0:
        return []
    base = state_for(line.contents)
    return [
        Move(
            kind=MovementKind.DISPATCH if more > 0 else MovementKind.VOID,
            of_kind=MovementKind.DISPATCH,
            tray_size_id=line.tray_size_id,
            tray_size=line.tray_size,
            quantity=abs(more),
            from_state=base if more > 0 else State.OUT,
            to_state=State.OUT if more > 0 else base,
            gate=gate,
            company_id=company_id,
        )
    ]


@writes(Permission.EXTEND, stock=True)
def extend_dispatch(tx: Writing, command: ExtendDispatch) -> DispatchRow:
    """Give a dispatch a new due date. Raises WrongState where nothing is outstanding any more."""
    locked = lock_dispatch(tx, command.dispatch_id)
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    if command.due_at is None:
        checks.fail("due_at", "Due date is missing. Enter it.")
    due_at = checks.moment("due_at", command.due_at, now=tx.now, future=True, label="Due date")
    if due_at is not None and due_at < locked.row.dispatched_at:
        checks.fail("due_at", "The due date lies before the dispatch.")
    checks.done()
    require_version(locked, command.version)
    require_not_voided(locked)
    if not locked.row.outstanding:
        raise WrongState(f"Nothing of {locked.row.number} is outstanding, so there is nothing to extend.")
    answer = store(tx, locked, locked.lines, at=tx.now, final=locked.row.final, due_at=due_at)
    tx.audit(
        "extend", "dispatch", locked.row.id, old={"due_at": locked.row.due_at}, new={"due_at": due_at}, reason=reason
    )
    return answer


@writes(Permission.VOID, stock=True)
def void_dispatch(tx: Writing, command: VoidDispatch) -> DispatchRow:
    """Void a dispatch by counter-movements dated now. Raises WrongState while a return or a resolution stands."""
    locked = lock_dispatch(tx, command.dispatch_id)
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    row = locked.row
    require_not_voided(locked)
    require_version(locked, command.version)
    if locked.has_standing_entries:
        raise WrongState(f"Returns or losses stand on {row.number}. Void those first. Nothing was changed.")
    moves = [move for line in locked.lines for move in _difference(line, -line.quantity, locked.gate, row.company_id)]
    posting = Posting(tx, moves, at=tx.now, reason=reason)
    posting.take()
    lines = [line.with_changes(outstanding=-line.outstanding) for line in locked.lines]
    answer = store(tx, locked, lines, at=tx.now, final=False, voided_at=tx.now, void_reason=reason)
    posting.record(Source(dispatch_id=row.id))
    tx.audit("void", "dispatch", row.id, old=standing_figures(row), new=standing_figures(answer), reason=reason)
    return answer


def _search(text: str) -> sa.ColumnElement[bool]:
    """A number (from its beginning), or part of a company's, project's or hole's name, or of the driver's."""
    companies = sa.select(Company.id).where(contains(Company.name_key, text))
    projects = sa.select(Project.id).where(contains(Project.code_key, text) | contains(Project.name_key, text))
    holes = sa.select(Drillhole.id).where(contains(Drillhole.hole_key, text))
    people = sa.func.lower(D.c.driver).contains(text, autoescape=True)
    number = text.upper() if text.upper().startswith("D-") else None
    found = D.c.company_id.in_(companies) | D.c.project_id.in_(projects) | D.c.drillhole_id.in_(holes) | people
    if number is not None:
        return starts(D.c.number, number)
    if text.isdigit():
        return found | D.c.number.like(f"%-{text.zfill(6)}")
    return found


LISTING = Listing(
    table=D,
    sorts={
        "dispatched_at": D.c.dispatched_at,
        "number": D.c.number,
        "due_at": D.c.due_at,
        "driver": D.c.driver,
        "technician": D.c.technician,
        "outstanding": D.c.outstanding,
        "quantity": D.c.quantity,
        "id": D.c.id,
    },
    filters={
        "id": equals(D.c.id),
        "number": equals(D.c.number),
        "status": equals(D.c.status),
        "shed_id": equals(D.c.shed_id),
        "company_id": equals(D.c.company_id),
        "project_id": equals(D.c.project_id),
        "drillhole_id": equals(D.c.drillhole_id),
        "driver": equals(D.c.driver),
        "technician": equals(D.c.technician),
        "matched": equals(D.c.matched),
        "discrepancy": equals(D.c.discrepancy),
        "open": equals(D.c.is_open),
        "final": equals(D.c.is_final),
        "size_out": lambda name: D.c.id.in_(
            sa.select(L.c.dispatch_id)
            .join(TraySize.__table__, TraySize.id == L.c.tray_size_id)
            .where(TraySize.name_key == searchable(str(name)), L.c.outstanding > 0)
        ),
        "overdue": lambda wanted: (
            (D.c.is_open & (D.c.due_at < facts.utc_now())) if wanted else ~D.c.is_open | (D.c.due_at >= facts.utc_now())
        ),
        "dispatched_from": since(D.c.dispatched_at),
        "dispatched_to": until(D.c.dispatched_at),
        "due_from": since(D.c.due_at),
        "due_to": until(D.c.due_at),
    },
    default_sort="-dispatched_at",
    search=_search,
)


def _page(tx: Reading, query: Query, *, history: bool) -> Page[DispatchRow]:
    """One page: the ids by key in a derived table with its limit, then everything shown about them."""
    ids = LISTING.ids(query).cte("page")
    _name, column, descending = LISTING.order(query)
    down = descending != query.backwards
    ends = (ids.c.sort_value.desc(), ids.c.id.desc()) if down else (ids.c.sort_value.asc(), ids.c.id.asc())
    columns, tables = joined_columns(), joined_tables(ids.join(D, D.c.id == ids.c.id))
    if history:
        for past in histories_of(ids):
            columns.append(past.c[1])
            tables = tables.outerjoin(past, past.c.dispatch_id == D.c.id)
    found = tx.all(from_page(sa.select(*columns).select_from(tables).order_by(*ends, L.c.position)))
    rows = rows_of(found, tx.now)
    keys = [(row.id, getattr(row, column.name)) for row in rows]
    page = LISTING.page(query, keys, rows[: checked_limit(query.limit)], tx.now)
    if not query.total:
        return page

    return replace(page, total=tx.all(LISTING.count(query))[0].rows)


@reads(Permission.LOOK)
def list_dispatches(tx: Reading, query: Query, *, history: bool = False) -> Page[DispatchRow]:
    """A page of dispatches, newest first unless sorted otherwise; ``history`` adds returns and resolutions."""
    return _page(tx, query, history=history)


@reads(Permission.LOOK)
def list_outstanding(tx: Reading, query: Query, *, history: bool = False) -> Page[DispatchRow]:
    """A page of what is still out, oldest first unless sorted otherwise."""
    filters = {**query.filters, "open": True}
    return _page(tx, replace(query, filters=filters, sort=query.sort or "dispatched_at"), history=history)


@reads(Permission.LOOK)
def count_dispatches(tx: Reading, query: Query) -> int:
    """How many dispatches the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)


@reads(Permission.LOOK)
def get_dispatch(tx: Reading, dispatch_id: int) -> DispatchRow:
    """One dispatch with its returns and resolutions. Raises NotFound."""
    statement = sa.select(*joined_columns(), returns_column(), resolutions_column()).select_from(joined_tables(D))
    rows = tx.all(statement.where(D.c.id == identifier(dispatch_id)).order_by(L.c.position))
    if not rows:
        raise NotFound("There is no such dispatch.")
    return row_of(rows, tx.now)


@reads(Permission.LOOK)
def find_dispatch(tx: Reading, number: str) -> DispatchRow:
    """The dispatch of a number, as a scanner reads it. Raises NotFound."""
    wanted = key_of(number if isinstance(number, str) and printable(number) else "").upper()
    statement = sa.select(*joined_columns(), returns_column(), resolutions_column()).select_from(joined_tables(D))
    rows = tx.all(statement.where(D.c.number == wanted).order_by(L.c.position))
    if not rows:
        raise NotFound(f"There is no dispatch {wanted or 'with that number'}.")
    return row_of(rows, tx.now)
