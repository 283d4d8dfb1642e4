"""How a dispatch stands: locked, changed and stored as one thing, with its status derived and never set by hand."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import Bug, Forbidden, NotFound, StaleVersion, WrongState
from coresafe.models import Dispatch, DispatchLine, Shed
from coresafe.models.enums import Contents, CountKind, DispatchStatus
from coresafe.services import counting, facts
from coresafe.services.dispatch_rows import D, DispatchRow, L, days_between, json_array, nested_columns, row_of
from coresafe.services.ledger import Gate
from coresafe.services.permissions import Permission, allows
from coresafe.services.rules import Checks, identifier
from coresafe.services.statements import Prepared
from coresafe.services.work import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a dispatch as a use case works on it."""

    position: int
    tray_size_id: int
    tray_size: str
    contents: Contents
    quantity: int
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    lost: int = 0
    recovered: int = 0
    surplus: int = 0
    outstanding: int = 0

    def with_changes(self, **changes: int) -> Line:
        """The line with amounts added (negative: taken away) to its fields."""
        return replace(self, **{name: getattr(self, name) + amount for name, amount in changes.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A dispatch locked for a change: as it is, its lines, and the sheds concerned."""

    row: DispatchRow
    lines: tuple[Line, ...]
    gate: Gate
    to_gate: Gate | None
    created_by: int
    month: int

    @property
    def has_standing_entries(self) -> bool:
        """Whether a return or a resolution stands."""
        returned = any(entry.voided_at is None for entry in self.row.returns)
        return returned or any(entry.voided_at is None for entry in self.row.resolutions)


def gate_column(shed_id: Any, label: str) -> sa.Label[str]:
    """The shed under a shared lock: who closes its month waits for us, and we for him."""
    shed = Shed.__table__.alias()
    found = sa.select(json_array(shed.c.id, shed.c.time_zone, shed.c.closed_through, shed.c.name, shed.c.is_active))
    return found.where(shed.c.id == shed_id).with_for_update(read=True).scalar_subquery().label(label)


def gate_from(text: str | None) -> Gate | None:
    """A gate from its column."""
    if text is None:
        return None
    import json

    shed_id, zone, closed, name, active = json.loads(text)
    return Gate(shed_id=shed_id, time_zone=zone, closed_through=closed, shed_name=name, is_active=bool(active))


@functools.cache
def _lock_statement(many: bool = False) -> sa.Select[Any]:
    """Built once: putting it together costs more than sending it. Several are locked in the order of their ids."""
    columns = [*nested_columns(), gate_column(D.c.shed_id, "gate"), *facts.clock_columns()]
    columns.append(gate_column(sa.func.coalesce(sa.bindparam("to_shed", type_=sa.BigInteger), D.c.shed_id), "to_gate"))
    return (
        sa.select(*columns)
        .select_from(D.join(L, L.c.dispatch_id == D.c.id))
        .where(D.c.id.in_(sa.bindparam("wanted", expanding=True)) if many else D.c.id == sa.bindparam("wanted"))
        .order_by(*([D.c.id] if many else []), L.c.position)
        .with_for_update()
    )


def lock_dispatch(tx: Writing, dispatch_id: object, *, to_shed_id: int | None = None) -> Locked:
    """Lock a dispatch and its lines, and its shed (and the one that receives) shared. One statement.

    Raises NotFound.
    """
    rows = tx.all(_lock_statement(), {"wanted": identifier(dispatch_id), "to_shed": to_shed_id})
    if not rows:
        raise NotFound("There is no such dispatch.")
    return _locked(tx, rows)


def lock_dispatches(tx: Writing, dispatch_ids: Sequence[object]) -> dict[int, Locked]:
    """Lock several dispatches at once, with their lines and sheds; those that there are, by their ids. One statement."""
    if not dispatch_ids:
        return {}
    rows = tx.all(_lock_statement(True), {"wanted": [identifier(each) for each in dispatch_ids], "to_shed": None})
    grouped: dict[int, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return {dispatch_id: _locked(tx, mine) for dispatch_id, mine in grouped.items()}


def _locked(tx: Writing, rows: Sequence[Row[Any]]) -> Locked:
    gate = gate_from(rows[0].gate)
    if gate is None:
        raise Bug("a dispatch without a shed")
    return Locked(
        row=row_of(rows, tx.now),
        lines=tuple(_line(row) for row in rows),
        gate=gate,
        to_gate=gate_from(rows[0].to_gate),
        created_by=rows[0].created_by,
        month=rows[0].month,
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        position=row.position,
        tray_size_id=row.tray_size_id,
        tray_size=row.tray_size,
        contents=Contents(row.contents),
        quantity=row.line_quantity,
        good=row.good,
        occupied=row.occupied,
        damaged=row.damaged,
        lost=row.lost,
        recovered=row.recovered,
        surplus=row.surplus,
        outstanding=row.line_outstanding,
    )


def require_version(locked: Locked, version: int | None) -> None:
    """Refuse a form that was opened on an older version of the dispatch."""
    if version is not None and version != locked.row.version:
        raise StaleVersion(
            f"{locked.row.number} was changed by somebody else meanwhile. Nothing was changed.",
            current=locked.row,
        )


def require_not_voided(locked: Locked) -> None:
    """Refuse a dispatch that was voided."""
    if locked.row.status is DispatchStatus.VOIDED:
        raise WrongState(f"{locked.row.number} was voided. Nothing was changed.")


def require_recent(tx: Writing, checks: Checks, at: datetime, reason: str | None, *, field: str = "reason") -> None:
    """Back-dating past the installation's limit takes a manager and a reason (domain: What must always hold 9).

    Call after every other check of the command: what is malformed is told first.
    """
    if at >= tx.now - timedelta(days=tx.rules.back_date_days):
        checks.done()
        return
    if not allows(tx.actor.role, Permission.BACK_DATE):
        checks.done()
        raise Forbidden(
            f"This happened more than {tx.rules.back_date_days} days ago. Nothing was changed. "
            "Ask a supervisor to enter it, with a reason."
        )
    if not reason:
        checks.fail(field, f"This happened more than {tx.rules.back_date_days} days ago. Give a reason.")
    checks.done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a dispatch stands once its lines are what they are: derived, never set by hand."""

    status: DispatchStatus
    outstanding: int
    matched: bool
    discrepancy: bool

    @property
    def kinds(self) -> dict[CountKind, int]:
        """1 for each kind that the dispatch is counted among, 0 for the others."""
        return {
            CountKind.CLOSED: int(self.status is DispatchStatus.CLOSED),
            CountKind.MATCHED: int(self.matched),
            CountKind.DISCREPANCY: int(self.discrepancy),
            CountKind.VOIDED: int(self.status is DispatchStatus.VOIDED),
        }


def outcome(lines: Sequence[Line], *, final: bool, voided: bool = False) -> Outcome:
    """What follows from the lines (domain: Dispatch states)."""
    outstanding = sum(line.outstanding for line in lines)
    status = _status(lines, outstanding, voided)
    spoiled = sum(line.damaged + line.lost + line.surplus for line in lines)
    return Outcome(
        status=status,
        outstanding=outstanding,
        matched=status is DispatchStatus.CLOSED and not spoiled,
        discrepancy=not voided and ((final and outstanding > 0) or spoiled > 0),
    )


def count_changes(locked: Locked, after: Outcome, *, project_id: int | None = None) -> dict[counting.Key, int]:
    """The counts that change when the dispatch comes to stand so (and under another project, where one is named)."""
    row = locked.row
    before = Outcome(
        status=row.status, outstanding=row.outstanding, matched=row.matched, discrepancy=row.discrepancy
    ).kinds
    place = {"shed_id": row.shed_id, "month": locked.month}
    if project_id is None or project_id == row.project_id:
        changes = {kind: now - before[kind] for kind, now in after.kinds.items()}
        return counting.of_dispatch(changes, project_id=row.project_id, **place)
    leaving = {CountKind.SENT: -1, **{kind: -was for kind, was in before.items()}}
    joining = {CountKind.SENT: 1, **after.kinds}
    return counting.together(
        counting.of_dispatch(leaving, project_id=row.project_id, **place),
        counting.of_dispatch(joining, project_id=project_id, **place),
    )


def store(
    tx: Writing,
    locked: Locked,
    lines: Sequence[Line],
    *,
    at: datetime,
    final: bool,
    counted: bool = False,
    **header: Any,
) -> DispatchRow:
    """Write the lines and the header that follows from them, raise the version, and return the dispatch as it stands.

    ``at`` is when what happened did; ``final``: a standing return said that nothing more comes; ``header``: columns of
    the header that change besides. One statement on MySQL and MariaDB, and one more where the dispatch comes to be
    counted otherwise, unless it was ``counted`` already.
    """
    row = locked.row
    after = outcome(lines, final=final, voided=bool(header.get("voided_at")) or row.status is DispatchStatus.VOIDED)
    closed_at = (row.closed_at or _last_of(row, at)) if after.status is DispatchStatus.CLOSED else None
    values: dict[str, Any] = {
        "status": after.status.value,
        "quantity": sum(line.quantity for line in lines),
        "outstanding": after.outstanding,
        "is_open": after.outstanding > 0,
        "is_final": final,
        "matched": after.matched,
        "discrepancy": after.discrepancy,
        "closed_at": closed_at,
        "updated_at": tx.now,
        "version": row.version + 1,
        **header,
    }
    _update(tx, row, values, lines)
    if not counted:
        counting.count(tx, count_changes(locked, after, project_id=header.get("project_id")))
    told = {name: value for name, value in values.items() if name in DispatchRow.__dataclass_fields__}
    told["status"] = after.status
    until = closed_at or values.get("voided_at") or tx.now
    told["days_out"] = days_between(row.dispatched_at, until, row.time_zone)
    return replace(
        row,
        **told,
        final=final,
        overdue=after.outstanding > 0 and values.get("due_at", row.due_at) < tx.now,
        lines=tuple(line_row for line_row in map(_line_row, lines) if line_row.quantity),
    )


def store_headers(tx: Writing, locked: Sequence[Locked], **header: Any) -> tuple[DispatchRow, ...]:
    """Write the same columns of several headers, on which nothing else hangs, and raise their versions. One statement.

    A column may be an expression of the row's own; how it then reads is for the caller to say.
    """
    if not locked:
        return ()
    ids = [each.row.id for each in locked]
    values = {**header, "updated_at": tx.now, "version": D.c.version + 1}
    changed = tx.change(sa.update(D).where(D.c.id.in_(ids)).values(values)).rowcount
    if changed != len(ids):
        raise Bug("a locked dispatch was changed by somebody else")
    return tuple(
        replace(
            each.row,
            version=each.row.version + 1,
            updated_at=tx.now,
            **{name: value for name, value in header.items() if not isinstance(value, sa.ColumnElement)},
            overdue=each.row.outstanding > 0 and header.get("due_at", each.row.due_at) < tx.now,
        )
        for each in locked
    )


def _last_of(row: DispatchRow, at: datetime) -> datetime:
    """When the last of what closes a dispatch happened: what is entered last may have happened before something else."""
    returned = [entry.returned_at for entry in row.returns if entry.voided_at is None]
    resolved = [entry.resolved_at for entry in row.resolutions if entry.voided_at is None]
    return max(at, *returned, *resolved) if returned or resolved else at


def _status(lines: Sequence[Line], outstanding: int, voided: bool) -> DispatchStatus:
    if voided:
        return DispatchStatus.VOIDED
    if outstanding == 0:
        return DispatchStatus.CLOSED
    untouched = all(line.outstanding == line.quantity for line in lines)
    return DispatchStatus.OUTSTANDING if untouched else DispatchStatus.PARTIALLY_RETURNED


_PARTS = ("quantity", "good", "occupied", "damaged", "lost", "recovered", "surplus", "outstanding")


def _update(tx: Writing, row: DispatchRow, values: dict[str, Any], lines: Sequence[Line]) -> None:
    params = {f"h_{name}": value for name, value in values.items()}
    params |= {"p_id": row.id, "p_version": row.version}
    for index, line in enumerate(lines):
        params[f"at_{index}"] = line.position
        for name in _PARTS:
            params[f"{name}_{index}"] = getattr(line, name)
    header, both, parts = _update_statements(tuple(values), len(lines))
    if tx.flavour == "sqlite":
        changed = tx.change_prepared(header, params, table=Dispatch.__tablename__).rowcount
        tx.change_prepared(parts, params, table=DispatchLine.__tablename__)
    else:
        changed = tx.change_prepared(both, params, table=Dispatch.__tablename__).rowcount
    if not changed:
        raise StaleVersion(f"{row.number} was changed by somebody else meanwhile. Nothing was changed.", current=row)


@functools.cache
def _update_statements(columns: tuple[str, ...], lines: int) -> tuple[Prepared, Prepared, Prepared]:
    """For so many lines: the header alone, header and lines together, the lines alone. Built once for each shape."""

    def bind(name: str, column: sa.Column[Any]) -> sa.BindParameter[Any]:
        return sa.bindparam(name, type_=column.type)

    amounts = {
        L.c[part]: sa.case(
            *((L.c.position == sa.bindparam(f"at_{n}"), bind(f"{part}_{n}", L.c[part])) for n in range(lines))
        )
        for part in _PARTS
    }
    header = {D.c[name]: bind(f"h_{name}", D.c[name]) for name in columns}
    mine = (D.c.id == sa.bindparam("p_id"), D.c.version == sa.bindparam("p_version"))
    return (
        Prepared(sa.update(D).where(*mine).values(header)),
        Prepared(sa.update(D).where(*mine, L.c.dispatch_id == D.c.id).values({**header, **amounts})),
        Prepared(sa.update(L).where(L.c.dispatch_id == sa.bindparam("p_id")).values(amounts)),
    )


def _line_row(line: Line) -> Any:
    from coresafe.services.dispatch_rows import DispatchLineRow

    return DispatchLineRow(
        tray_size=line.tray_size,
        contents=line.contents,
        **{name: getattr(line, name) for name in _PARTS},
    )


def standing_figures(row: DispatchRow) -> dict[str, Any]:
    """What the audit trail says of a dispatch before and after an entry."""
    return {
        "status": row.status,
        "outstanding": row.outstanding,
        "lines": [
            {
                "tray_size": line.tray_size,
                "quantity": line.quantity,
                "good": line.good,
                "occupied": line.occupied,
                "damaged": line.damaged,
                "lost": line.lost,
                "surplus": line.surplus,
                "outstanding": line.outstanding,
            }
            for line in row.lines
        ],
    }
