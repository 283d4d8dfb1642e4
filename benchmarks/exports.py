"""A year of a hundred thousand dispatches as CSV and as a workbook, against bare PyMySQL, csv and openpyxl."""

from __future__ import annotations

import csv
import gc
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymysql.cursors
from sqlalchemy import event

from benchmarks.bench import Bench, bare_connection
from benchmarks.million import many
from benchmarks.results import Line, at_most, median_ratio
from coresafe.models.enums import Door
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.exporting import ReportFilter, stream_csv, stream_xlsx
from coresafe.services.exporting.declaring import Kind
from coresafe.services.exporting.dispatches import DISPATCHES
from coresafe.services.signing_in import sign_in
from tests.servers import Server
from tests.worlds import MACHINE, PASSWORD

#: A tenth of the ten years that the million covers.
SINCE = datetime(2023, 1, 1, tzinfo=UTC)
YEAR = ReportFilter(since=SINCE, until=SINCE + timedelta(days=365.25))
#: Enough to have everything loaded that an export needs.
WEEK = ReportFilter(since=SINCE, until=SINCE + timedelta(days=7))
CSV_ROUNDS, WORKBOOK_ROUNDS = 5, 3
BATCH = 1000

Asked = tuple[str, tuple[Any, ...]]


def measure(bench: Bench) -> list[Line]:
    """Each side in turns; memory in processes of their own."""
    with many(bench) as server, _signed_in(server) as who, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = _asked(who)
        url = server.url("million")
        own, bare = _in_turns(
            CSV_ROUNDS, lambda: _stream(stream_csv, who, folder), lambda: _bare_csv(url, asked, folder / "bare.csv")
        )
        size = (folder / "own").stat().st_size
        lines = [
            _line("CSV", "PyMySQL and csv", own, bare, 2.0, f"{_rows(folder / 'own'):,} rows, {size / 2**20:.0f} MB")
        ]
        grown = [_apart(_memory, url, stream) for stream in ("stream_csv", "stream_xlsx")]
        own, bare = [], []
        for _ in range(WORKBOOK_ROUNDS):
            own.append(_timed(lambda: _stream(stream_xlsx, who, folder)))
            bare.append(_apart(_bare_workbook, url, asked, str(folder / "bare.xlsx")))
        size, other = (folder / "own").stat().st_size, (folder / "bare.xlsx").stat().st_size
        lines.append(
            _line("workbook", "openpyxl", own, bare, 1.3, f"{size / 2**20:.0f} MB against {other / 2**20:.0f} MB")
        )
    for what, (parent, child) in zip(("CSV", "workbook, its child process included"), grown, strict=True):
        detail = f"{parent:.1f} MB" + (f", and {child:.1f} MB in the child" if child else "")
        lines.append(at_most(f"memory of that {what}", parent + child, 40, unit=" MB", digits=1, detail=detail))
    return lines


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run something in a process of its own, which may have children."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _line(what: str, other: str, own: list[float], bare: list[float], limit: float, detail: str) -> Line:
    middle = sorted(own)[len(own) // 2], sorted(bare)[len(bare) // 2]
    return at_most(
        f"100,000 dispatches as {what}, against bare {other}",
        median_ratio(own, bare),
        limit,
        detail=f"{middle[0]:.1f} s against {middle[1]:.1f} s; {detail}",
    )


@contextmanager
def _signed_in(server: Server) -> Iterator[Context]:
    database = Database(server.url("million"))
    try:
        yield sign_in(database, "otto", PASSWORD, door=Door.API, machine=MACHINE)
    finally:
        database.close()


def _asked(who: Context) -> Asked:
    """The statement of the report, as it reaches the driver."""
    found: list[Asked] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if " AS c0" in statement:  # not what other threads ask
            found.append((statement, parameters))

    event.listen(who.database.engine, "before_cursor_execute", hear)
    stream_csv(who, "dispatches", YEAR).close()
    event.remove(who.database.engine, "before_cursor_execute", hear)
    (asked,) = found
    return asked


def _in_turns(rounds: int, own: Callable[[], object], bare: Callable[[], object]) -> tuple[list[float], list[float]]:
    own()  # both find the pages in the server's memory
    times: tuple[list[float], list[float]] = [], []
    for _ in range(rounds):
        times[0].append(_timed(own))
        times[1].append(_timed(bare))
    return times


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _stream(stream: Callable[..., Iterator[bytes]], who: Context, folder: Path) -> None:
    with (folder / "own").open("wb") as target:
        target.writelines(stream(who, "dispatches", YEAR))


def _rows(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _bare_rows(url: str, asked: Asked) -> Iterator[tuple[tuple[Any, ...], ...]]:
    connection = bare_connection(url)
    with connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute(*asked)
        while rows := cursor.fetchmany(BATCH):
            yield rows
    connection.close()


def _bare_csv(url: str, asked: Asked, path: Path) -> None:
    """The values as they come, no day counted, no text looked at."""
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(DISPATCHES.header)
        for rows in _bare_rows(url, asked):
            writer.writerows(rows)


def _bare_workbook(url: str, asked: Asked, path: str) -> float:
    """The same cells with the same formats; what they hold is read before the clock starts."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    moments, counts = DISPATCHES.places(Kind.MOMENT), DISPATCHES.places(Kind.COUNT)
    found = []
    for rows in _bare_rows(url, asked):
        for row in map(list, rows):
            for place in moments:
                row[place] = datetime.fromisoformat(row[place]) if row[place] else None
            row[DISPATCHES.header.index("days_out")] = 3
            found.append(row)
    gc.collect()
    start = time.perf_counter()
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Dispatches")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:AJ{len(found) + 1}"
    head: list[Any] = [WriteOnlyCell(sheet, name) for name in DISPATCHES.header]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    patterns: list[Any] = [WriteOnlyCell(sheet), WriteOnlyCell(sheet)]
    patterns[0].number_format, patterns[1].number_format = "yyyy-mm-dd hh:mm", "#,##0"
    for row in found:
        for places, pattern in zip((moments, counts), patterns, strict=True):
            for place in places:
                if row[place] is not None:
                    styled: Any = WriteOnlyCell(sheet, row[place])
                    styled._style = pattern._style
                    row[place] = styled
        sheet.append(row)
    book.save(path)
    return time.perf_counter() - start


def _memory(url: str, stream: str) -> tuple[float, float]:
    """MB by which this process grew beyond what a week of dispatches had taken, and the same of its children."""
    from coresafe.services import exporting

    database = Database(url)
    who = sign_in(database, "otto", PASSWORD, door=Door.API, machine=MACHINE)
    peaks = []
    for wanted in (WEEK, YEAR):
        most = 0
        for _piece in getattr(exporting, stream)(who, "dispatches", wanted):
            for child in multiprocessing.active_children():
                most = max(most, _peak(child.pid))
        peaks.append((_peak(None), most))
    database.close()
    (own, of_child), (own_after, of_child_after) = peaks
    return (own_after - own) / 1024, (of_child_after - of_child) / 1024


def _peak(pid: int | None) -> int:
    """The most memory a process ever held, in kB; 0 where it has ended."""
    try:
        told = Path(f"/proc/{pid or 'self'}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM:")), 0)
