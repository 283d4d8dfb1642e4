"""The window's round trips, page by page and from Ctrl+N to saved, and its memory after many changes of the page."""

from __future__ import annotations

import gc
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from benchmarks.bench import Bench
from benchmarks.documents import wanted
from benchmarks.results import Line, at_most
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.dispatching import dispatch_trays
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.registry import (
    AddCompany,
    AddDrillhole,
    AddProject,
    add_company,
    add_drillhole,
    add_project,
)
from coresafe.services.signing_in import sign_in
from tests.worlds import MACHINE, PASSWORD

#: page → round trips at most: three where it has two tables.
PAGES = {
    "go.dispatches": 2,
    "go.returns": 2,
    "go.samples": 2,
    "go.drillholes": 3,
    "go.inventory": 3,
    "go.dashboard": 2,
}
#: From Ctrl+N to saved.
SAVED = 13
CHANGES = 200
_SEALER = "coresafe-sealer"
_HOLE = "TRIP26-001"


def measure(bench: Bench) -> list[Line]:
    """Play it once in a process of its own: these are counts, which are the same every time."""
    database, world = bench.world("bench_pages")
    set_base(world.manager, SetBase(tray_size="HQ", base_quantity=1000, reason="counted"))
    for number in range(120):
        company = add_company(world.manager, AddCompany(name=f"Company {number:03d}"))
        add_project(world.manager, AddProject(code=f"P{number:03d}", name="Ridge", company_id=company.id))
    for number in range(210):
        add_drillhole(world.manager, AddDrillhole(project_id=world.project_id, hole_id=f"ARG26-{number:03d}"))
    add_drillhole(world.manager, AddDrillhole(project_id=world.project_id, hole_id=_HOLE, core_size="HQ"))
    for number in range(210):
        dispatch_trays(world.operator, wanted(world.shed_id, world.company_id, world.project_id, number % 3 + 1))
    url = database.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as home, spawn.Pool(1) as pool:
        found = pool.apply(_play, (url, home))
    lines = []
    for what, (trips, limit) in found["trips"].items():
        lines.append(Line(what=f"round trips: {what}", measured=str(trips), limit=f"≤ {limit}", within=trips <= limit))
    half, full = found["memory"]
    lines.append(
        at_most(
            f"memory after {CHANGES} changes of the page, against after {CHANGES // 2}",
            full / half,
            1.03,
            digits=3,
            detail=f"{full / 2**20:.1f} MB against {half / 2**20:.1f} MB",
        )
    )
    return lines


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """Every statement and COMMIT that the window waits for; the sealer works in its own time."""
    sent: list[str] = []

    def executed(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.current_thread().name != _SEALER:
            sent.append(statement)

    def committed(_conn: Any) -> None:
        if threading.current_thread().name != _SEALER:
            sent.append("COMMIT")

    event.listen(database.engine, "after_cursor_execute", executed)
    event.listen(database.engine, "commit", committed)
    try:
        yield sent
    finally:
        event.remove(database.engine, "after_cursor_execute", executed)
        event.remove(database.engine, "commit", committed)


def _play(url: str, home: str) -> dict[str, Any]:
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "CORESAFE_HOME": home}
    from benchmarks.stalls import spin
    from coresafe.app import application
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.messages import Messages
    from coresafe.ui.state import Memory
    from coresafe.ui.tasks import TaskRunner

    app = application()
    database = Database(url)
    context = sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    runner, messages = TaskRunner(app), Messages(app)
    window = MainWindow(context, runner, messages, Memory())
    window.workspace.stop()
    window.show()
    # What forms have at hand is read once, when the window has come to rest; no page opens with it.
    spin(
        lambda: runner.idle and "go.dispatches" in window.pages and bool(window.workspace.hand.stock), at_least_ms=1500
    )
    trips: dict[str, tuple[int, int]] = {}

    def rest() -> None:
        spin(lambda: runner.idle, at_least_ms=1500)

    def count(what: str, limit: int, do: Callable[[], object]) -> None:
        with counting(database) as sent:
            do()
            rest()
        trips[what] = len(sent), limit

    for name, limit in PAGES.items():
        if name == "go.dispatches":
            window.pages[name].close()
            del window.pages[name]
        count(f"page {name.removeprefix('go.')} opens", limit, partial(window.go, name))
    with counting(database) as sent:
        trips["Ctrl+N to saved"] = _dispatch(window, rest, sent), SAVED
    memory = []
    names = list(PAGES)
    for turn in range(1, CHANGES + 1):
        window.go(names[turn % len(names)])
        spin(lambda: runner.idle, at_least_ms=30)
        if turn in (CHANGES // 2, CHANGES):
            gc.collect()
            memory.append(_resident())
    window.close_for_good()
    runner.close()
    database.close()
    return {"trips": trips, "memory": memory}


def _dispatch(window: Any, rest: Callable[[], None], sent: list[str]) -> int:
    """As a technician does: scan the hole, type a number and a driver, save. What of ``sent`` was sent until it was saved."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window.go("go.dispatches")
    page = window.page
    page.new()
    rest()
    form = page.dispatch_form
    for edit, words in ((form.hole.edit, _HOLE), (form.lines.editors[0].quantity.edit, "3"), (form.driver.edit, "Yaw")):
        edit.setFocus()
        QTest.keyClicks(edit, words)
        rest()
        QTest.keyClick(edit, Qt.Key.Key_Return)
        rest()
    until_saved: list[int] = []
    form.saved.connect(lambda _answer: until_saved.append(len(sent)))
    form.save()
    rest()
    if not until_saved:
        raise RuntimeError(f"It was not saved: {[field.error for field in form.fields.values() if field.error]}")
    return until_saved[0]


def _resident() -> int:
    import resource

    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
