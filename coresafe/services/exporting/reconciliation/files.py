"""The file of a reconciliation: a workbook, one CSV file with its tables one below the other, or a ZIP of six of them."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from coresafe.errors import Cancelled, ValidationFailed
from coresafe.models.enums import Door
from coresafe.services.children import ChildToken, TaskToken, in_child
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.exporting.csv_file import MARK, safe
from coresafe.services.exporting.reconciliation import sheets
from coresafe.services.exporting.reconciliation.contents import Contents, open_contents
from coresafe.services.exporting.streaming import door_of
from coresafe.services.exporting.writing import ExportOutcome, Told, refusals, unfinished
from coresafe.services.reconciliation import ReconciliationQuery
from coresafe.services.transaction import READ_PATIENCE_SECONDS, persist

FORMATS = ("xlsx", "csv", "zip")
_TELL_EVERY = 5_000


def write_reconciliation(
    source: Context | Database, path: Path, query: ReconciliationQuery, *, shed: str = "", told: Told | None = None
) -> ExportOutcome:
    """Write the reconciliation of one moment to ``path``, as the kind of file that its name ends in.

    ``source``: whoever is signed in, or the database alone for who holds its credentials. ``shed``: code or name, in
    place of the query's id. A file that is there stays as it
    is until the new one is complete. Raises Unauthenticated, Forbidden, ValidationFailed (at ``from``, ``to``,
    ``shed_id``, ``format``, and at ``file`` where it cannot be written), DatabaseUnavailable.
    """
    kind = _kind_of(path)
    patience = source.patience if isinstance(source, Context) else None
    with unfinished(path) as part:
        rows = persist(lambda: _write(source, part, kind, query, told, shed), patience=patience)
    return ExportOutcome(file=str(path), rows=rows)


def make_reconciliation(context: Context, path: Path, query: ReconciliationQuery, token: TaskToken) -> ExportOutcome:
    """The same in a child process, so that no window stalls. Raises Cancelled and Trouble, too."""
    kind = _kind_of(path)
    with unfinished(path) as part:
        part.touch(exist_ok=True)  # a place that cannot be written is told at once, not after the work
        made = f"{__name__}:write_in_child"
        rows = in_child(made, token, part=str(part), path=str(path), kind=kind, query=query, **door_of(context))
        if token.cancelled:
            raise Cancelled
    return ExportOutcome(file=str(path), rows=int(rows))


def _kind_of(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValidationFailed.of("format", "Choose a name that ends in .xlsx, .csv, or .zip for one CSV file a table.")
    return kind


def _write(
    source: Context | Database, part: Path, kind: str, query: ReconciliationQuery, told: Told | None, shed: str = ""
) -> int:
    with open_contents(source, query, shed) as contents:
        return _write_contents(part, kind, contents, told)


def _write_contents(part: Path, kind: str, contents: Contents, told: Told | None) -> int:
    if kind == "xlsx":
        from coresafe.services.exporting.reconciliation.book import write_book

        return write_book(part, contents, told)
    if kind == "zip":
        return _write_zip(part, contents, told)
    with part.open("wb") as target, io.TextIOWrapper(target, "utf-8", newline="") as lines:
        target.write(MARK)
        return _write_tables(lines, contents, told)


def _write_tables(lines: io.TextIOWrapper, contents: Contents, told: Told | None) -> int:
    """All tables in one file, each under its name."""
    writer = csv.writer(lines, lineterminator="\r\n")
    count = 0
    for layout in sheets.LAYOUTS:
        writer.writerow([layout.title])
        writer.writerow(layout.header)
        for row in _rows(contents, layout.title):
            writer.writerow(row)
            count = _counted(count, told)
        writer.writerow([])
    return count


def _write_zip(part: Path, contents: Contents, told: Told | None) -> int:
    count = 0
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for layout in sheets.LAYOUTS:
            with (
                archive.open(f"{layout.title}.csv", "w", force_zip64=True) as target,
                io.TextIOWrapper(target, "utf-8", newline="") as lines,
            ):
                lines.write(MARK.decode())
                writer = csv.writer(lines, lineterminator="\r\n")
                writer.writerow(layout.header)
                for row in _rows(contents, layout.title):
                    writer.writerow(row)
                    count = _counted(count, told)
    return count


def _counted(count: int, told: Callable[[int], None] | None) -> int:
    if told is not None and count % _TELL_EVERY == 0:
        told(count + 1)
    return count + 1


def _rows(contents: Contents, title: str) -> Iterator[list[Any]]:
    for row in sheets.ROWS[title](contents):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else value


def write_in_child(
    token: ChildToken,
    *,
    database: dict[str, Any],
    actor: Actor,
    door: Door,
    machine: str,
    part: str,
    path: str,
    kind: str,
    query: ReconciliationQuery,
) -> int:
    """The child's half: write to ``part``, which becomes ``path``; returns how many rows. Progress is in rows."""
    with (
        tempfile.TemporaryDirectory(prefix="coresafe-", ignore_cleanup_errors=True) as folder,
        contextlib.closing(Database(**database)) as opened,
        refusals(Path(path)),
    ):
        # What makes the file keeps pieces of it on the disk: they go with the folder.
        tempfile.tempdir = folder
        context = Context(database=opened, actor=actor, door=door, machine=machine, patience=READ_PATIENCE_SECONDS)
        return persist(lambda: _write(context, Path(part), kind, query, token.progress), patience=READ_PATIENCE_SECONDS)
