"""The longest time the window hangs while a slow server answers: 200 ms are added to each of its answers."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.million import many
from benchmarks.results import Line, at_most
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.signing_in import sign_in
from tests.servers import Proxy
from tests.worlds import MACHINE, PASSWORD

DELAY_SECONDS = 0.2
RUNS = 3
ROWS = 10_000
#: A scroll as fast as a wheel is turned: so many rows at a time, so often.
_ROWS_A_STEP, _STEP_MS = 25, 15
_GIVE_UP_SECONDS = 60
#: What opens something for the first time may take longer.
FIRST = "first opening of "


def measure(bench: Bench) -> list[Line]:
    """The median of some runs, each in a process of its own: what it does costs, not what else the machine does."""
    spawn = multiprocessing.get_context("spawn")
    runs: list[dict[str, float]] = []
    with many(bench) as server, Proxy(server.port) as proxy:
        _stock(server.url("million"))
        for _ in range(RUNS):
            proxy.delay = DELAY_SECONDS
            with tempfile.TemporaryDirectory() as home, spawn.Pool(1) as pool:
                runs.append(pool.apply(_play, (server.url("million", port=proxy.port), home)))
    lines = []
    for what in runs[0]:
        worst = [run[what] * 1000 for run in runs]
        limit = 100 if what.startswith(FIRST) else 50
        detail = "runs: " + ", ".join(f"{one:.0f}" for one in worst)
        lines.append(
            at_most(f"longest stall: {what}", statistics.median(worst), limit, unit=" ms", digits=0, detail=detail)
        )
    return lines


def _stock(url: str) -> None:
    """Trays in the shed that the form sends from when nobody says another."""
    database = Database(url)
    manager = sign_in(database, "mary", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    set_base(manager, SetBase(tray_size="HQ", base_quantity=1000, reason="counted"))
    database.close()


def _play(url: str, home: str) -> dict[str, float]:
    """What a person does, one after the other, with the longest stall of each."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "CORESAFE_HOME": home}
    from coresafe.app import application
    from coresafe.services import database as database_module
    from coresafe.services.listing import Query
    from coresafe.services.registry import list_companies, list_projects
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.messages import Messages
    from coresafe.ui.state import Memory
    from coresafe.ui.tables.model import Phase
    from coresafe.ui.tasks import TaskRunner
    from coresafe.ui.theme import theme

    app = application()
    theme().choose("light")
    database = database_module.Database(url)
    context = sign_in(database, "boss", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    company = next(row for row in list_companies(context, Query(limit=50)).items if row.name == "Company 01")
    project = list_projects(context, Query(filters={"company_id": company.id}, limit=1)).items[0]
    runner, messages, memory = TaskRunner(app), Messages(app), Memory()
    windows: list[Any] = []

    def open_window() -> None:
        windows.append(MainWindow(context, runner, messages, memory))
        windows[0].show()

    def settled() -> bool:
        return bool(windows) and runner.idle and table().phase is Phase.READY

    def page() -> Any:
        return windows[0].pages["go.dispatches"]

    def table() -> Any:
        return page().table.model

    database_module.forbid_thread()
    watch = Watch(app)
    watch.stage(f"{FIRST}the window with its page of dispatches", open_window, settled)
    bar = page().table.view.verticalScrollBar()
    watch.scroll(f"scrolling {ROWS:,} rows", bar, settled)
    watch.stage("sorting by quantity", lambda: table().sort(_column(table(), "quantity")), settled)
    watch.stage("loading the page again", lambda: page().reload(), settled)
    watch.stage(f"{FIRST}the form of a dispatch", page().new, lambda: runner.idle)
    _fill(page().dispatch_form, company, project)
    watch.stage("saving a dispatch", page().dispatch_form.save, lambda: settled() and page().form is None)
    watch.stage(f"{FIRST}the inventory", lambda: windows[0].go("go.inventory"), lambda: runner.idle)
    watch.stage("back to the dispatches", lambda: windows[0].go("go.dispatches"), settled)
    _other_pages(watch, windows[0], runner)
    _dialogs(watch, windows[0], runner)
    windows[0].close_for_good()
    runner.close()
    database_module.allow_thread()
    database.close()
    return watch.found


def _other_pages(watch: Watch, window: Any, runner: Any) -> None:
    """Each of the other pages, its form, and a change that somebody else made."""
    for name, new in (("returns", False), ("samples", True), ("drillholes", True)):
        watch.stage(f"{FIRST}the page {name}", partial(window.go, f"go.{name}"), lambda: runner.idle)
        watch.stage(f"going away from {name}", partial(window.go, "go.dispatches"), lambda: runner.idle)
        watch.stage(f"coming back to {name}", partial(window.go, f"go.{name}"), lambda: runner.idle)
        if new:
            watch.stage(f"{FIRST}the form of {name}", window.page.new, lambda: runner.idle)
            window.page.form.leave()
    row = _first_row(window, runner)
    watch.stage("selecting a dispatch, with its detail", row, lambda: runner.idle)
    watch.stage(f"{FIRST}the form of a return", window.actions_["dispatch.return"].trigger, lambda: runner.idle)
    window.page.form.leave()
    watch.stage("what others changed comes in, on every page", window.workspace.reload_all, lambda: runner.idle)


def _first_row(window: Any, runner: Any) -> Callable[[], None]:
    window.go("go.dispatches")
    spin(lambda: runner.idle, at_least_ms=100)
    view = window.page.table.view
    return lambda: view.selectRow(0)


def _dialogs(watch: Watch, window: Any, runner: Any) -> None:
    """Ctrl+K, the dialogs of File and Help, and light to dark and back."""
    from PySide6.QtWidgets import QDialog

    from coresafe.ui.theme import theme

    watch.stage(f"{FIRST}Ctrl+K", window.actions_["go.anywhere"].trigger, lambda: runner.idle)
    watch.stage("searching with Ctrl+K", lambda: window.going.palette.edit.setText("D-20"), lambda: runner.idle)
    window.going.palette.leave()
    for name in ("app.settings", "app.users", "app.password", "help.guide", "help.keyboard", "help.about"):
        action = window.actions_[name]
        words = action.text().replace("&", "").rstrip("…")
        watch.stage(f"{FIRST}{words}", action.trigger, lambda: runner.idle)
        for dialog in window.findChildren(QDialog):
            dialog.hide()
    watch.stage("from light to dark", partial(theme().choose, "dark"), lambda: runner.idle)
    watch.stage("from dark to light", partial(theme().choose, "light"), lambda: runner.idle)


def _column(model: Any, key: str) -> int:
    return next(at for at, column in enumerate(model.columns) if column.key == key)


def _fill(form: Any, company: Any, project: Any) -> None:
    """What a person would type."""
    from coresafe.ui.forms import Choice

    form.company.choose(Choice(company.id, company.name, row=company))
    form.project.choose(Choice(project.id, project.code, project.name, project))
    form.driver.set_value("Kofi Adjei")
    form.technician.set_value("Ama Boateng")
    form.lines.editors[0].tray_size.set_value("HQ")
    form.lines.editors[0].quantity.set_value(3)


class Watch:
    """Does one thing after the other in the event loop and notes the longest stall of each."""

    def __init__(self, app: Any) -> None:
        from benchmarks.stall_meter import StallMeter

        self.found: dict[str, float] = {}
        #: The same without what the window waited for a processor.
        self.own: dict[str, float] = {}
        self._meter = StallMeter(app)

    @contextlib.contextmanager
    def _measured(self, what: str) -> Iterator[None]:
        spin(lambda: True, at_least_ms=300)  # what came before has calmed down
        self._meter.start()
        try:
            yield
        except TimeoutError as error:
            raise TimeoutError(f"{what}: the window did not come to rest") from error
        self.found[what] = self._meter.stop()
        self.own[what] = self._meter.own

    def stage(self, what: str, do: Callable[[], object], done: Callable[[], bool]) -> None:
        """Do it and wait until all of it is shown."""
        from PySide6.QtCore import QTimer

        with self._measured(what):
            QTimer.singleShot(0, do)
            spin(done, at_least_ms=100)

    def scroll(self, what: str, bar: Any, done: Callable[[], bool]) -> None:
        """Drag the scroll bar down, step by step."""
        from PySide6.QtCore import QTimer

        end = bar.value() + ROWS
        timer = QTimer()
        timer.timeout.connect(lambda: bar.setValue(bar.value() + _ROWS_A_STEP))
        with self._measured(what):
            timer.start(_STEP_MS)
            spin(lambda: bool(bar.value() >= min(end, bar.maximum())), at_least_ms=100)
            timer.stop()
            spin(done, at_least_ms=100)


def spin(done: Callable[[], bool], *, at_least_ms: int) -> None:
    """Let the event loop run until ``done``, and so long at least. Raises TimeoutError."""
    import time

    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    start = time.monotonic()
    late: list[bool] = []

    def look() -> None:
        seconds = time.monotonic() - start
        if seconds > _GIVE_UP_SECONDS:
            late.append(True)
            loop.quit()
        elif seconds * 1000 >= at_least_ms and done():
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(10)
    loop.exec()
    if late:
        raise TimeoutError
