"""The month's end: the workbook of the reconciliation, the window beside it, and an independent recount of 50,000 movements."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.bench import Bench
from benchmarks.million import many
from benchmarks.results import Line, at_most, median_ratio
from coresafe.models import Movement
from coresafe.models.enums import Door
from coresafe.services import schema
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.reconciliation import ReconciliationQuery, reconcile
from coresafe.services.signing_in import sign_in
from tests.histories import ZONES, History, add_shed
from tests.recount import Books, check
from tests.worlds import MACHINE, PASSWORD, make_people, make_world

#: A part of a month in the million's past that holds about 20,000 rows.
QUERY = ReconciliationQuery(since=date(2024, 5, 1), until=date(2024, 5, 17))
ROUNDS = 5
MOVEMENTS = 50_000


def measure(bench: Bench) -> list[Line]:
    """Each side in a process of its own, in turns."""
    lines = []
    with many(bench) as server, tempfile.TemporaryDirectory() as home:
        url = server.url("million")
        path = str(Path(home) / "own.xlsx")
        rows, _seconds = _apart(_own, url, path)
        own, bare = [], []
        for _ in range(ROUNDS):
            own.append(_apart(_own, url, path)[1])
            bare.append(_apart(_bare, path, str(Path(home) / "bare.xlsx")))
        middle = statistics.median(own), statistics.median(bare)
        lines.append(
            at_most(
                f"workbook of a reconciliation of {rows:,} rows, against bare openpyxl",
                median_ratio(own, bare),
                1.3,
                detail=f"{middle[0]:.1f} s, reading included, against {middle[1]:.1f} s",
            )
        )
        stalls = [_apart(_window, url, home) * 1000 for _ in range(3)]
        detail = "runs: " + ", ".join(f"{one:.0f}" for one in stalls)
        lines.append(
            at_most(
                "longest stall: the window while that workbook is written",
                statistics.median(stalls),
                50,
                unit=" ms",
                digits=0,
                detail=detail,
            )
        )
    lines.append(_recounted())
    return lines


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _own(url: str, path: str) -> tuple[int, float]:
    """Read the reconciliation and write its workbook; how many rows, and the seconds."""
    from coresafe.services.exporting.reconciliation import book, write_reconciliation

    del book  # loaded before the clock starts, as openpyxl is on the other side
    database = Database(url)
    reader = sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    gc.collect()
    start = time.perf_counter()
    rows = write_reconciliation(reader, Path(path), QUERY).rows
    seconds = time.perf_counter() - start
    database.close()
    return rows, seconds


def _bare(source: str, path: str) -> float:
    """Write the cells of a workbook anew, with their formats; they are read before the clock starts."""
    from openpyxl import Workbook, load_workbook
    from openpyxl.cell import WriteOnlyCell

    sheets = {
        sheet.title: [[(cell.value, _look(cell)) for cell in row] for row in sheet.iter_rows()]
        for sheet in load_workbook(source).worksheets
    }
    gc.collect()
    start = time.perf_counter()
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet: Any = book.create_sheet(title)
        looks: dict[Any, Any] = {}
        for row in rows:
            cells = []
            for value, look in row:
                if value is None or look is None:
                    cells.append(value)
                    continue
                if look not in looks:
                    looks[look] = _dressed(sheet, look)
                styled: Any = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # what it was read as
                styled._style = looks[look]._style
                cells.append(styled)
            sheet.append(cells)
    book.save(path)
    return time.perf_counter() - start


def _look(cell: Any) -> tuple[str, bool] | None:
    return (cell.number_format, bool(cell.font.b)) if cell.has_style else None


def _dressed(sheet: Any, look: tuple[str, bool]) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    made: Any = WriteOnlyCell(sheet)
    made.number_format, bold = look
    if bold:
        made.font = Font(bold=True)
    return made


def _window(url: str, home: str) -> float:
    """The longest stall, in seconds, of a window in which the workbook is written."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "CORESAFE_HOME": home}
    from benchmarks.stalls import Watch, spin
    from coresafe.app import application
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.messages import Messages
    from coresafe.ui.state import Memory
    from coresafe.ui.tasks import TaskRunner

    app = application()
    database = Database(url)
    context = sign_in(database, "mary", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    runner = TaskRunner(app)
    window = MainWindow(context, runner, Messages(app), Memory())
    window.show()
    spin(lambda: runner.idle and bool(window.pages), at_least_ms=2000)
    window.go("go.reconciliation")
    page: Any = window.page
    spin(lambda: runner.idle and page.found is not None, at_least_ms=2000)
    done: list[Any] = []
    page.writer.done.connect(done.append)
    watch = Watch(app)
    watch.stage("writing", lambda: page.writer.write(Path(home) / "window.xlsx", QUERY), lambda: bool(done))
    window.close_for_good()
    runner.close()
    database.close()
    return watch.found["writing"]


@dataclass(slots=True)
class _Long(History):
    """A history that goes back to the latest dispatches only: it reads all of them to choose one."""

    def send(self) -> None:
        super(_Long, self).send()
        del self.rows[:-150]

    def pick(self) -> DispatchRow:
        return self.world.read(self.dice.choice(self.rows))


def _recounted() -> Line:
    """A random history of 50,000 movements: what is said of it, now and of any past moment, is what a plain recount says."""
    dice = random.Random(20261125)
    with tempfile.TemporaryDirectory() as home:
        database = Database(f"sqlite:///{home}/history.db")
        schema.upgrade(database)
        world = make_world(make_people(database), hq=2000, nq=2000)
        sheds = [world.shed_id, *(add_shed(world, zone, hq=1500, nq=1500) for zone in ZONES)]
        history = _Long(world, sheds, dice)
        count = 0
        while count < MOVEMENTS:
            history.play(500)
            with database.connect() as connection:
                count = connection.execute(sa.select(sa.func.count()).select_from(Movement)).scalar_one()
        books = Books.read(database)
        asked = 0
        now = datetime.now(UTC)
        for shed_id in (None, *sheds):
            moments = sorted(now - timedelta(days=100) * dice.random() for _ in range(6))
            periods = [*zip(moments[::2], moments[1::2], strict=True), (moments[0], None)]
            for since, until in periods:
                told = reconcile(world.operator, ReconciliationQuery(since=since, until=until, shed_id=shed_id))
                check(books, told, now=until is None)
                asked += 1
        database.close()
    return Line(
        what=f"independent recount of a random history of {MOVEMENTS:,} movements",
        measured="equal",
        limit="equal",
        within=True,
        detail=f"{count:,} movements of {history.done:,} operations; {asked} periods of {len(sheds)} sheds and all together",
    )
