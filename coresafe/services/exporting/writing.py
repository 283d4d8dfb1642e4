"""Reports as files: written beside and moved into place when complete, so that none is ever seen half written."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coresafe.errors import ValidationFailed
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.exporting import csv_file
from coresafe.services.exporting.reading import Rows, open_rows
from coresafe.services.exporting.reports import ReportFilter, check_format
from coresafe.services.transaction import persist

#: Seconds after which an unfinished file is nobody's any more.
_ABANDONED = 24 * 3600
#: Told how many rows are written by now; may raise to stop.
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What was written: the file and how many rows it holds below its header."""

    file: str
    rows: int


def write_report(
    source: Context | Database,
    path: Path | None,
    report: str = "dispatches",
    format: str = "csv",  # noqa: A002  # what the API calls it
    wanted: ReportFilter | None = None,
    *,
    told: Told | None = None,
) -> ExportOutcome:
    """Write a report of one moment to ``path`` (None: a CSV to standard output), oldest first.

    ``source``: whoever is signed in, or the database alone for who holds its credentials. A file that is there stays as it
    is until the new one is complete. Raises Unauthenticated, Forbidden, ValidationFailed (also for a file that cannot be
    written), DatabaseUnavailable.
    """

    def attempt() -> int:
        with contextlib.closing(open_rows(source, report, wanted)) as rows:
            check_format(format)
            with unfinished(target) as part:
                return (
                    _write_workbook(part, rows, told)
                    if format == "xlsx"
                    else csv_file.write_csv(part, rows.report, rows, told)
                )

    patience = source.patience if isinstance(source, Context) else None
    if path is not None:
        target = path
        return ExportOutcome(file=str(path), rows=persist(attempt, patience=patience))
    # A second try must not repeat what the first one said: the output gets the whole file at its end.
    with tempfile.TemporaryDirectory(prefix="coresafe-") as folder:
        target = Path(folder) / "report.csv"
        count = persist(attempt, patience=patience)
        with target.open(encoding="utf-8-sig", newline="") as whole:
            shutil.copyfileobj(whole, sys.stdout)
    return ExportOutcome(file="-", rows=count)


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place at the end of the block, and is thrown away if that raises.

    Raises ValidationFailed where it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with refusals(path):
            if path.is_file():
                # One that is open elsewhere or may not be written is refused before the work, and never replaced.
                with path.open("r+b"):
                    pass
            _sweep(path)
            yield part
            with part.open("r+b") as whole:
                os.fsync(whole.fileno())
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Throw away what a program that was killed has left of this file: nobody works on one for a day."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime > _ABANDONED:
                left.unlink()


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """What the system has against writing ``path``, as ValidationFailed at ``file``."""
    try:
        yield
    except ConnectionError:
        raise  # the database's, not the file's
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        todo = "Choose another place."
        if isinstance(error, FileNotFoundError):
            why = "its folder is not there"
        elif isinstance(error, PermissionError):
            why, todo = (
                "it is open in another program, or you may not write there",
                "Close it, or choose another place.",
            )
        raise ValidationFailed.of("file", f"{path.name} cannot be written: {why}. {todo}") from error


def _write_workbook(part: Path, rows: Rows, told: Told | None) -> int:
    from coresafe.services.exporting.workbook import write_workbook

    return write_workbook(part, rows.report, rows, told)
