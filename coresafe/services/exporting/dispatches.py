"""All dispatches, one row for each size, as a CSV file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.errors import ValidationFailed
from coresafe.models import Shed
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import D, L, days_between, joined_columns, joined_tables
from coresafe.services.exporting.csv_file import write_file
from coresafe.services.facts import utc_now
from coresafe.services.permissions import Permission
from coresafe.services.rules import key_of
from coresafe.services.transaction import persist, reads
from coresafe.services.work import Reading

#: Rows fetched at a time; memory stays flat however many there are.
BATCH = 2000

COLUMNS = (
    "number", "status", "dispatched_at", "due_at", "days_out", "overdue", "shed", "company", "project", "hole_id",
    "driver", "technician", "vehicle", "destination", "tray_size", "contents", "quantity", "good", "occupied",
    "damaged", "lost", "recovered", "surplus", "outstanding", "final", "matched", "discrepancy", "closed_at",
    "voided_at", "void_reason", "samples_collected", "sample_type", "notes", "reason", "entered_by", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFilter:
    """Which dispatches: sent from ``since`` to before ``until`` (UTC), from one shed (its code or name)."""

    since: datetime | None = None
    until: datetime | None = None
    shed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What was written: the file and how many rows it holds below its header."""

    file: str
    rows: int


@reads(Permission.LOOK)
def _may_look(tx: Reading) -> None:
    """Whether the user may still look; raises what the boundary raises."""
    tx.require_checked()


def export_dispatches(
    source: Context | Database, path: Path | None, wanted: DispatchFilter | None = None
) -> ExportOutcome:
    """Write all dispatches of one moment to ``path`` (None: standard output), oldest first.

    ``source``: whoever is signed in, or the database alone for who holds its credentials. Raises ValidationFailed for a
    shed that does not exist or a file that cannot be written.
    """
    wanted = wanted or DispatchFilter()
    if isinstance(source, Context):
        _may_look(source)
    database = source.database if isinstance(source, Context) else source

    def attempt() -> int:
        with database.snapshot() as connection:
            return write_file(target, COLUMNS, _rows(connection, wanted))

    if path is not None:
        target = path
        return ExportOutcome(file=str(path), rows=persist(attempt))
    # A second try must not repeat what the first one said: the output gets the whole file at its end.
    with tempfile.TemporaryDirectory(prefix="coresafe-") as folder:
        target = Path(folder) / "dispatches.csv"
        count = persist(attempt)
        with target.open(encoding="utf-8-sig", newline="") as whole:
            shutil.copyfileobj(whole, sys.stdout)
    return ExportOutcome(file="-", rows=count)


def _rows(connection: Connection, wanted: DispatchFilter) -> Generator[list[Any], None, None]:
    now = connection.execute(sa.select(utc_now())).scalar_one()
    statement = sa.select(*joined_columns(history=False)).select_from(joined_tables(D))
    if wanted.since is not None:
        statement = statement.where(D.c.dispatched_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(D.c.dispatched_at < wanted.until)
    if wanted.shed:
        statement = statement.where(D.c.shed_id == _shed_id(connection, wanted.shed))
    statement = statement.order_by(D.c.dispatched_at, D.c.id, L.c.position)
    # Left early, the result is closed first: a stream that is cut off may not be followed by another statement.
    with connection.execute(statement, execution_options={"stream_results": True, "yield_per": BATCH}) as found:
        for row in found:
            yield _cells(row, now)


def _shed_id(connection: Connection, name: str) -> int:
    key = key_of(name)
    shed = connection.execute(sa.select(Shed.id).where((Shed.code_key == key) | (Shed.name_key == key))).scalar()
    if shed is None:
        raise ValidationFailed.of("shed", f"There is no shed {name[:60]!r}.")
    return int(shed)


def _cells(row: Any, now: datetime) -> list[Any]:
    ended = row.closed_at or row.voided_at
    return [
        row.number, row.status, row.dispatched_at, row.due_at,
        days_between(row.dispatched_at, ended or now, row.time_zone), bool(row.is_open and row.due_at < now),
        row.shed_name, row.company_name, row.project_code, row.hole_id, row.driver, row.technician, row.vehicle,
        row.destination, row.tray_size, row.contents, row.line_quantity, row.good, row.occupied, row.damaged, row.lost,
        row.recovered, row.surplus, row.line_outstanding, bool(row.is_final), bool(row.matched), bool(row.discrepancy),
        row.closed_at, row.voided_at, row.void_reason, row.samples_collected, row.sample_type, row.notes, row.reason,
        row.entered_by, row.created_at,
    ]  # fmt: skip
