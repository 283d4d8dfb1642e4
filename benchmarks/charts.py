"""The charts over ten years of months of fifty companies at three sheds: round trips, and the window's longest stalls."""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.documents import wanted
from benchmarks.pages import counting
from benchmarks.results import Line, at_most
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.dispatching import dispatch_trays
from coresafe.services.reporting import next_month
from coresafe.services.sheds import AddShed, add_shed
from coresafe.services.signing_in import sign_in
from tests.worlds import MACHINE, PASSWORD, World

COMPANIES, YEARS, SHEDS, OPEN = 50, 10, 3, 200
#: What the window may hang, without what it waits for a processor that other programs have; and when what draws is
#: loaded for the first time.
STALL_MS, FIRST_MS = 50, 100
#: Round trips at most: to open the window, and to look further back than was read.
OPENS, READS = 6, 6
RUNS = 3
_FIRST_MONTH = 201612
_OPEN = "charts open"


def measure(bench: Bench) -> list[Line]:
    """Count the round trips once, and take the median of some runs' longest stalls, each in a process of its own."""
    database, world = bench.world("bench_charts")
    _fill(bench, world)
    for number in range(OPEN):
        dispatch_trays(world.operator, wanted(world.shed_id, world.company_id, world.project_id, number % 3 + 1))
    url = database.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as home, spawn.Pool(1) as pool:
            runs.append(pool.apply(_play, (url, home)))
    lines = [
        Line(what=f"round trips: {what}", measured=str(trips), limit=f"≤ {limit}", within=trips <= limit)
        for what, (trips, limit) in runs[0]["trips"].items()
    ]
    for what in runs[0]["stalls"]:
        own, worst = ([run[kind][what] * 1000 for run in runs] for kind in ("own", "stalls"))
        detail = f"without waiting: {_listed(own)}; with: {_listed(worst)}"
        limit = FIRST_MS if what == _OPEN else STALL_MS
        lines.append(
            at_most(f"longest stall: {what}", statistics.median(own), limit, unit=" ms", digits=0, detail=detail)
        )
    return lines


def _listed(milliseconds: list[float]) -> str:
    return ", ".join(f"{one:.0f}" for one in milliseconds)


def _fill(bench: Bench, world: World) -> None:
    """What years of work leave in the tables that charts are read from, in bulk; nobody has the time to play them."""
    for number in range(2, SHEDS + 1):
        add_shed(world.admin, AddShed(name=f"Shed {number}", code=f"S{number}", time_zone="UTC"))
    connection = bench.server.connect("bench_charts")
    with connection.cursor() as cursor:
        stamp = (1, "2016-01-01", "2016-01-01")
        places = []
        for number in range(COMPANIES):
            row = (f"Company {number:02d}", f"company {number:02d}", *stamp)
            cursor.execute(
                "INSERT INTO companies (name, name_key, version, created_at, updated_at) VALUES (%s, %s, %s, %s, %s)",
                row,
            )
            company = cursor.lastrowid
            code = f"C{number:02d}"
            cursor.execute(
                "INSERT INTO projects (code, code_key, name, name_key, company_id, status, version, created_at, updated_at) "
                "VALUES (%s, %s, %s, %s, %s, 'active', %s, %s, %s)",
                (code, code.lower(), code, code.lower(), company, *stamp),
            )
            places.append((company, cursor.lastrowid))
        cursor.execute("SELECT id FROM sheds ORDER BY id DESC LIMIT %s", (SHEDS,))
        sheds = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id FROM tray_sizes WHERE name IN ('HQ', 'NQ')")
        sizes = [row[0] for row in cursor.fetchall()]
        totals, counts = [], []
        for shed, (company, project), month, sent in _months(sheds, places):
            for size in sizes:
                totals += [
                    (shed, size, "out", company, month, "dispatch", sent),
                    (shed, size, "out", company, month, "return", -sent),
                ]
            counts += [(kind, month, shed, project, sent // 4 + 1) for kind in ("sent", "closed")]
            counts.append(("matched", month, shed, project, sent // 5 + 1))
        for start in range(0, len(totals), 5000):
            cursor.executemany(
                "INSERT INTO monthly_totals (shed_id, tray_size_id, state, company_id, month, kind, quantity) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s)",
                totals[start : start + 5000],
            )
            cursor.executemany(
                "INSERT INTO counters (kind, period, shed_id, project_id, value) VALUES (%s, %s, %s, %s, %s)",
                counts[start : start + 5000],
            )
    connection.commit()
    connection.close()


def _months(sheds: list[int], places: list[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, int], int, int]]:
    dice = random.Random(1)
    for shed in sheds:
        for place in places:
            month = _FIRST_MONTH
            for _ in range(12 * YEARS):
                yield shed, place, month, dice.randint(5, 60)
                month = next_month(month)


def _play(url: str, home: str) -> dict[str, Any]:
    """What a supervisor does with the charts, one after the other, with the trips and the longest stall of each."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "CORESAFE_HOME": home}
    from benchmarks.stalls import Watch, spin
    from coresafe.app import application
    from coresafe.services import database as database_module
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.messages import Messages
    from coresafe.ui.state import Memory
    from coresafe.ui.tasks import TaskRunner

    app = application()
    database = Database(url)
    context = sign_in(database, "mary", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    runner = TaskRunner(app)
    window: Any = MainWindow(context, runner, Messages(app), Memory())
    database_module.forbid_thread()
    window.workspace.stop()
    window.show()
    spin(lambda: runner.idle and "go.dispatches" in window.pages, at_least_ms=1500)
    trips: dict[str, tuple[int, int]] = {}
    watch = Watch(app)

    def settled() -> bool:
        return runner.idle and window.charts is not None and window.charts.is_drawn

    def stage(what: str, do: Callable[[], object], limit: int) -> None:
        with counting(database) as sent:
            watch.stage(what, do, settled)
        trips[what] = len(sent), limit

    def choose(box: str, words: str) -> None:
        chosen: Any = getattr(window.charts.filters, box)
        at = chosen.findText(words)
        chosen.setCurrentIndex(at)
        chosen.activated.emit(at)

    stage(_OPEN, window.actions_["view.charts"].trigger, OPENS)
    window.charts.resize(1920, 1080)
    spin(settled, at_least_ms=500)
    stage("charts of ten years for the first time", lambda: choose("period", "All of history"), READS)
    stage("charts of one company", lambda: choose("company", "Company 07"), 0)
    stage("charts of one shed", lambda: choose("shed", "Shed 2"), 0)
    stage("charts of all companies again", lambda: choose("company", "All companies"), 0)
    stage("charts of the last 12 months again", lambda: choose("period", "Last 12 months"), 0)
    window.close_for_good()
    runner.close()
    database_module.allow_thread()
    database.close()
    return {"trips": trips, "stalls": watch.found, "own": watch.own}
