"""Importing a file in one transaction, undoing an import as a whole, and listing what was imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError

from coresafe.errors import Duplicate, FieldError, InUse, NotFound, StaleVersion, ValidationFailed, WrongState
from coresafe.models import AuditEntry, Dispatch, Drillhole, ImportRun, Project, User
from coresafe.models.enums import Door
from coresafe.services import facts, failures
from coresafe.services.importing.fields import RecordType
from coresafe.services.importing.parsing import MAX_PROBLEMS, ImportCommand, Problem
from coresafe.services.importing.planning import CHUNK, TABLES, Plan, make_plan
from coresafe.services.listing import Listing, Page, Query, equals
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import audited, identifier, page_of
from coresafe.services.rules import Checks, key_of
from coresafe.services.transaction import reads, writes
from coresafe.services.work import Reading, Writing

I: Any = ImportRun.__table__  # as the other tables are named by their letter

_KINDS = {
    RecordType.COMPANIES: "company",
    RecordType.PROJECTS: "project",
    RecordType.DRILLHOLES: "drillhole",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did. ``import_id`` is None where there was nothing to write; ``skipped`` rows had errors."""

    import_id: int | None
    record_type: RecordType
    file_name: str
    added: int
    updated: int
    unchanged: int
    skipped: int
    tails_cleaned: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One import that was done. Times are UTC; ``undone_at`` is None while it stands."""

    id: int
    version: int
    record_type: RecordType
    file_name: str
    rows_added: int
    rows_updated: int
    undone_at: datetime | None
    imported_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoImport:
    """Take an import back as a whole: the rows it added go, those it changed get their old values back."""

    import_id: int
    reason: str


@reads(Permission.REGISTER)
def plan_import(tx: Reading, command: ImportCommand) -> Plan:
    """What importing the file would do; nothing is written."""
    return make_plan(tx, command)


@writes(Permission.REGISTER)
def import_rows(tx: Writing, command: ImportCommand) -> ImportOutcome:
    """Import a file in one transaction. The audit trail names the door *import*.

    Raises ValidationFailed with row, column and value of every error unless ``valid_only``; then nothing is written.
    """
    tx.context = replace(tx.context, door=Door.IMPORT)
    plan = make_plan(tx, command)
    if plan.errors and not (command.valid_only and (plan.to_add or plan.to_update or plan.unchanged)):
        raise refusal(plan)
    import_id = None
    if plan.to_add or plan.to_update:
        import_id = _write(tx, command, plan)
    return ImportOutcome(
        import_id=import_id,
        record_type=command.record_type,
        file_name=command.file_name,
        added=len(plan.to_add),
        updated=len(plan.to_update),
        unchanged=plan.unchanged,
        skipped=plan.skipped,
        tails_cleaned=plan.tails_cleaned,
        errors=plan.errors[:MAX_PROBLEMS],
        warnings=plan.warnings[:MAX_PROBLEMS],
    )


def refusal(plan: Plan) -> ValidationFailed:
    """The errors of a plan as one refusal."""
    rows = plan.skipped
    return ValidationFailed(
        [
            FieldError(f"row {problem.row}, {problem.column}" if problem.row else problem.column, problem.message)
            for problem in plan.errors[:MAX_PROBLEMS]
        ],
        f"{plan.file_name}: {rows:,} {'row has' if rows == 1 else 'rows have'} errors. Nothing was imported.",
    )


def _write(tx: Writing, command: ImportCommand, plan: Plan) -> int:
    counts = {"rows_added": len(plan.to_add), "rows_updated": len(plan.to_update)}
    run = {
        "record_type": command.record_type.value,
        "file_name": command.file_name,
        "digest": command.digest,
        "mapping": command.mapping,
        **counts,
        "created_by": tx.actor.user_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    import_id = tx.insert(ImportRun, run)
    stamp = {"import_id": import_id, "created_at": tx.now, "updated_at": tx.now}
    model = TABLES[command.record_type]
    try:
        for start in range(0, len(plan.to_add), CHUNK):
            tx.insert_all(model, [row.values | stamp for row in plan.to_add[start : start + CHUNK]])
    except DBAPIError as error:
        if failures.is_duplicate(error):
            raise Duplicate(
                "Somebody else added one of these rows meanwhile. Nothing was imported. Try again.", field="file"
            ) from error
        raise
    table = model.__table__
    for change in plan.to_update:
        statement = (
            sa.update(table)
            .where(table.c.id == change.record_id, table.c.version == change.version)
            .values(**change.new, version=change.version + 1, updated_at=tx.now)
        )
        if tx.change(statement).rowcount != 1:
            raise StaleVersion("Somebody else changed one of these rows meanwhile. Nothing was imported. Try again.")
        old, new = audited(change.old), {**audited(change.new), "import_id": import_id}
        tx.audit("change", _KINDS[command.record_type], change.record_id, old=old, new=new)
    shown = {"record_type": command.record_type, "file_name": command.file_name, "digest": command.digest, **counts}
    tx.audit("add", "import", import_id, new={**shown, "mapping": command.mapping, "skipped": plan.skipped})
    return import_id


def _of_import(table: Any, import_id: int) -> sa.Select[Any]:
    return sa.select(table.c.id).where(table.c.import_id == import_id)


def _first_use(tx: Writing, record_type: RecordType, import_id: int) -> bool:
    """Whether anything refers to a row of the import."""
    table = TABLES[record_type].__table__
    ids = _of_import(table, import_id)
    if record_type is RecordType.DRILLHOLES:
        referring = [sa.select(Dispatch.id).where(Dispatch.drillhole_id.in_(ids))]
    elif record_type is RecordType.PROJECTS:
        referring = [
            sa.select(Dispatch.id).where(Dispatch.project_id.in_(ids)),
            sa.select(Drillhole.id).where(Drillhole.project_id.in_(ids)),
        ]
    else:
        referring = [
            sa.select(Dispatch.id).where(Dispatch.company_id.in_(ids)),
            sa.select(Project.id).where(Project.company_id.in_(ids)),
        ]
    return any(tx.first(statement.limit(1)) is not None for statement in referring)


def _restore(tx: Writing, record_type: RecordType, run: Row[Any]) -> int:
    """Give the rows an import changed their old values back, as its audit entries hold them."""
    entry: Any = AuditEntry.__table__
    own = sa.select(entry.c.operation_id).where(
        entry.c.record_type == "import", entry.c.record_id == str(run.id), entry.c.action == "add"
    )
    statement = sa.select(entry.c.record_id, entry.c.old, entry.c.new).where(
        entry.c.operation_id.in_(own), entry.c.record_type == _KINDS[record_type], entry.c.action == "change"
    )
    table = TABLES[record_type].__table__
    entries = tx.all(statement.order_by(entry.c.id))
    for before in entries:
        row = tx.first(sa.select(*table.c).where(table.c.id == int(before.record_id)).with_for_update())
        new = {name: value for name, value in before.new.items() if name != "import_id"}
        if row is None or audited({name: getattr(row, name) for name in new}) != new:
            raise _changed_since(run)
        old = {name: _stored(table.c[name], value) for name, value in before.old.items()}
        tx.change(
            sa.update(table)
            .where(table.c.id == row.id, table.c.version == row.version)
            .values(**old, **_keys(table, old), version=row.version + 1, updated_at=tx.now)
        )
        tx.audit("change", _KINDS[record_type], row.id, old=new, new=before.old)
    return len(entries)


def _stored(column: Any, value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) and isinstance(value, str) else value


def _keys(table: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """The keys of the names among the values."""
    return {f"{name}_key": key_of(value) for name, value in values.items() if f"{name}_key" in table.c}


def _changed_since(run: Row[Any]) -> WrongState:
    return WrongState(
        f"Rows of {run.file_name} were changed since, so the import stays whole. Nothing was changed.",
        hint="Correct or remove the rows one by one.",
    )


@writes(Permission.REGISTER)
def undo_import(tx: Writing, command: UndoImport) -> ImportRow:
    """Take an import back: rows it added are removed, rows it changed get back what they held before.

    Raises NotFound, ValidationFailed, WrongState where it was undone already. Refused as a whole: with InUse where
    anything refers to one of the rows it added, with WrongState where one of its rows was changed since.
    """
    statement = sa.select(*I.c, *facts.clock_columns()).where(I.c.id == identifier(command.import_id))
    run = tx.first(statement.with_for_update())
    if run is None:
        raise NotFound("There is no such import.")
    checks = Checks()
    reason = checks.reason("reason", command.reason)
    checks.done()
    if run.undone_at is not None:
        raise WrongState(f"The import of {run.file_name} was undone already.")
    record_type = RecordType(run.record_type)
    in_use = InUse(
        f"Other records refer to rows of {run.file_name}, so the import stays whole. Nothing was changed.",
        hint="Correct the rows one by one, or make them inactive.",
    )
    table = TABLES[record_type].__table__
    changed = tx.first(_of_import(table, run.id).where(table.c.version > 1).limit(1))
    if changed is not None:
        raise _changed_since(run)
    if _first_use(tx, record_type, run.id):
        raise in_use
    try:
        removed = tx.change(sa.delete(table).where(table.c.import_id == run.id)).rowcount
    except DBAPIError as error:
        if failures.is_referred_to(error):
            raise in_use from error
        raise
    restored = _restore(tx, record_type, run) if run.rows_updated else 0
    values = {"undone_at": tx.now, "version": run.version + 1, "updated_at": tx.now}
    if tx.change(sa.update(I).where(I.c.id == run.id, I.c.version == run.version).values(**values)).rowcount != 1:
        raise StaleVersion(f"The import of {run.file_name} was changed meanwhile. Nothing was changed.")
    tx.audit(
        "undo",
        "import",
        run.id,
        old={"rows_added": run.rows_added},
        new={"rows_removed": removed, "rows_restored": restored},
        reason=reason,
    )
    row = tx.first(sa.select(*_SHOWN).where(I.c.id == run.id))
    assert row is not None  # noqa: S101  # locked above
    return _row(row)


_SHOWN = (*I.c, sa.select(User.username).where(User.id == I.c.created_by).scalar_subquery().label("imported_by"))


def _row(row: Row[Any]) -> ImportRow:
    return ImportRow(
        id=row.id,
        version=row.version,
        record_type=RecordType(row.record_type),
        file_name=row.file_name,
        rows_added=row.rows_added,
        rows_updated=row.rows_updated,
        undone_at=row.undone_at,
        imported_by=row.imported_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


LISTING = Listing(
    table=I,
    sorts={"id": I.c.id},
    filters={"id": equals(I.c.id), "record_type": equals(I.c.record_type)},
    default_sort="-id",
)


def _alone(start: sa.FromClause) -> sa.FromClause:
    return start


@reads(Permission.LOOK)
def list_imports(tx: Reading, query: Query) -> Page[ImportRow]:
    """A page of the imports, newest first."""
    return page_of(tx, LISTING, query, _SHOWN, _alone, _row)
