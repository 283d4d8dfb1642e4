"""Reports as streams of bytes, for whoever sends them on.

What can be refused is refused before the first byte: each function checks, opens the report and reads its first rows,
and only then returns. What it returns is closed by whoever stops listening, or when nobody holds it any more.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from coresafe.errors import Trouble, ValidationFailed
from coresafe.models.enums import Door
from coresafe.services import failures
from coresafe.services.children import Child, ChildToken
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.exporting import csv_file
from coresafe.services.exporting.reading import Rows, open_rows
from coresafe.services.exporting.reports import ReportFilter
from coresafe.services.exporting.writing import write_report
from coresafe.services.transaction import READ_PATIENCE_SECONDS, persist

#: Seconds after which a stream that waits says so with nothing, so that its listener can be found gone.
BREATH = 0.5


def stream_csv(
    context: Context, report: str = "dispatches", wanted: ReportFilter | None = None
) -> Generator[bytes, None, None]:
    """A report as CSV in UTF-8, in pieces of about 64 kB, all of one moment.

    Raises Unauthenticated, Forbidden, ValidationFailed, DatabaseUnavailable; while it runs only the last.
    """
    rows = persist(lambda: open_rows(context, report, wanted), patience=READ_PATIENCE_SECONDS)
    stream = _csv(rows)
    next(stream)  # from here on its close gives the connection back, also before the first piece
    return stream


def _csv(rows: Rows) -> Generator[bytes, None, None]:
    try:
        yield b""
        for chunk, _rows in csv_file.chunks(rows.report, rows):
            yield chunk
    except Exception as error:
        told = failures.translated(error)
        if told is None:
            raise
        raise told from error
    finally:
        rows.close()


def stream_xlsx(
    context: Context, report: str = "dispatches", wanted: ReportFilter | None = None
) -> Generator[bytes, None, None]:
    """A report as a workbook. It is made in a child process, and then handed on in pieces of 64 kB.

    While it is being made, pieces of no bytes come twice a second; closing the stream then ends the child. Raises
    Unauthenticated, Forbidden, ValidationFailed, DatabaseUnavailable; while it runs only the last, and Trouble where
    the child was ended from outside.
    """
    stream = _xlsx(context, report, wanted)
    next(stream)  # the child has opened the report; from here on closing the stream ends it
    return stream


def _xlsx(context: Context, report: str, wanted: ReportFilter | None) -> Generator[bytes, None, None]:
    try:
        yield from _made_in_child(context, report, wanted)
    except ValidationFailed as error:
        if error.errors[0].field != "file":
            raise
        raise Trouble(error.message, hint="Ask whoever looks after this machine to make room on its disk.") from error


def _made_in_child(context: Context, report: str, wanted: ReportFilter | None) -> Generator[bytes, None, None]:
    with tempfile.TemporaryDirectory(prefix="coresafe-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "report.xlsx"
        with Child(
            f"{__name__}:write_in_child", path=str(path), report=report, wanted=wanted, **door_of(context)
        ) as child:
            said = None
            while said is None:
                said = child.said(BREATH)
            yield b""
            while said is None or said[0] != "result":
                said = _listen(child)
                yield b""
        with path.open("rb") as whole:
            while chunk := whole.read(csv_file.CHUNK):
                yield chunk


def _listen(child: Child) -> tuple[str, Any] | None:
    """The result, or None where it takes longer than a breath."""
    until = time.monotonic() + BREATH
    while (left := until - time.monotonic()) > 0:
        said = child.said(left)
        if said is not None and said[0] == "result":
            return said
    return None


def door_of(context: Context) -> dict[str, Any]:
    """What a child needs to open the same database as the same user; the password goes through the pipe only."""
    database = context.database
    return {
        "database": {
            "url": database.url,
            "hosts": database.hosts,
            "ca": database.ca,
            "require_tls": database.require_tls,
        },
        "actor": context.actor,
        "door": context.door,
        "machine": context.machine,
    }


def write_in_child(
    token: ChildToken,
    *,
    database: dict[str, Any],
    actor: Actor,
    door: Door,
    machine: str,
    path: str,
    report: str,
    wanted: ReportFilter | None,
    format: str = "xlsx",  # noqa: A002  # what the API calls it
) -> int:
    """The child's half: write a report to ``path``; returns how many rows. Progress is in rows.

    Called through ``in_child`` by whoever has a file to write and a token.
    """
    # What makes the file may keep pieces of it on the disk: they go with the folder, however this process ends.
    tempfile.tempdir = str(Path(path).parent)
    opened = Database(**database)
    with contextlib.closing(opened):
        context = Context(database=opened, actor=actor, door=door, machine=machine, patience=READ_PATIENCE_SECONDS)
        return write_report(context, Path(path), report, format, wanted, told=token.progress).rows
