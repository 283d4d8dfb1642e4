"""How long the window hangs while programs call the API beside it: eight of them, as fast as they are answered."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import httpx

from benchmarks.bench import Bench
from benchmarks.results import Line, at_most
from benchmarks.stalls import Watch
from coresafe.models.enums import Door
from coresafe.services.signing_in import sign_in
from tests.served import Caller
from tests.servers.ports import free_port
from tests.worlds import MACHINE, PASSWORD

CLIENTS = 8
SECONDS = 5.0
RUNS = 3
#: So that a page of 50 is a full one, for the window and for the programs.
DISPATCHES = 100
_GIVE_UP_SECONDS = 120.0

ALONE = "the window with nobody calling"
CALLED = f"the window while {CLIENTS} programs call the API beside it"
AT_WORK = "the same, its page loaded again and again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The longest stall of each stage in seconds, what of it was not waiting for a processor, and answers a second."""

    stalls: dict[str, float]
    own: dict[str, float]
    answers: float


def measure(bench: Bench) -> list[Line]:
    """The median of some runs, each in a process of its own, and what the programs were answered meanwhile."""
    _, world = bench.world("embedded")
    for _ in range(DISPATCHES):
        world.dispatch(hq=3)
    runs: list[Run] = []
    for _ in range(RUNS):
        # Not a Pool: its workers may not have children, and the API is one.
        with (
            tempfile.TemporaryDirectory() as home,
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process,
        ):
            runs.append(process.submit(_play, bench.server.url("embedded"), home).result())
    lines = []
    for what in (ALONE, CALLED, AT_WORK):
        worst = [run.stalls[what] * 1000 for run in runs]
        own = statistics.median(run.own[what] for run in runs) * 1000
        detail = f"runs: {', '.join(f'{one:.0f}' for one in worst)}; {own:.0f} without waiting for a processor"
        if what is CALLED:
            detail += f"; {statistics.median(run.answers for run in runs):.0f} answers/s"
        lines.append(
            at_most(f"longest stall: {what}", statistics.median(worst), 50, unit=" ms", digits=0, detail=detail)
        )
    return lines


def _play(url: str, home: str) -> Run:
    """Open the window and the API beside it, and let the programs call."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen", "CORESAFE_HOME": home}
    from PySide6.QtCore import QTimer

    from coresafe import config
    from coresafe.app import application
    from coresafe.services import database as database_module
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.messages import Messages
    from coresafe.ui.settings import Access, Phase
    from coresafe.ui.state import Memory
    from coresafe.ui.tables.model import Phase as Loading
    from coresafe.ui.tasks import TaskRunner
    from coresafe.ui.theme import theme

    app = application()
    theme().choose("light")
    database = database_module.Database(url)
    context = sign_in(database, "boss", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    runner, messages, memory = TaskRunner(app), Messages(app), Memory()
    access = Access(config.load(), memory, app)
    database_module.forbid_thread()
    window = MainWindow(context, runner, messages, memory, access=access)
    window.show()
    watch = Watch(app)
    page: Any = window.pages["go.dispatches"]
    watch.stage("opening", lambda: None, lambda: runner.idle and page.table.model.phase is Loading.READY)
    access.use_port(free_port())
    watch.stage("starting", lambda: access.switch(True), lambda: access.phase is Phase.ON)
    reloading = QTimer(app)
    reloading.timeout.connect(page.reload)
    watch.stage(ALONE, lambda: None, _for(SECONDS))
    with _calling(access.address) as clients:
        started = time.monotonic()
        watch.stage(CALLED, lambda: None, _for(SECONDS))
        reloading.start(250)
        watch.stage(AT_WORK, lambda: None, _for(SECONDS))
        reloading.stop()
        seconds = time.monotonic() - started
        answers = sum(client.count() for client in clients)
    window.close_for_good()
    assert access.close(), "the API did not end"
    runner.close()
    database_module.allow_thread()
    database.close()
    return Run(stalls=watch.found, own=watch.own, answers=answers / seconds)


def _for(seconds: float) -> Any:
    """True once so many seconds have passed since it was first asked."""
    until: list[float] = []

    def passed() -> bool:
        if not until:
            until.append(time.monotonic() + seconds)
        return time.monotonic() >= until[0]

    return passed


class _Client:
    """A program that calls, in a process of its own: its work is not the window's."""

    def __init__(self, address: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_call, args=(theirs, address))
        self._process.start()
        theirs.close()

    def ready(self) -> None:
        """Wait until it calls."""
        assert self._pipe.poll(_GIVE_UP_SECONDS)
        assert self._pipe.recv() == "ready"

    def count(self) -> int:
        """How many answers it got since it was ready; it goes on."""
        self._pipe.send("count")
        assert self._pipe.poll(_GIVE_UP_SECONDS)
        return int(self._pipe.recv())

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self._process.join(_GIVE_UP_SECONDS)


@contextlib.contextmanager
def _calling(address: str) -> Iterator[list[_Client]]:
    clients = [_Client(address) for _ in range(CLIENTS)]
    try:
        for client in clients:
            client.ready()
        yield clients
    finally:
        for client in clients:
            client.close()


def _call(pipe: Connection, address: str) -> None:
    """Sign in, then ask for the first page of dispatches over and over."""
    answers = 0
    with Caller(address) as caller:
        assert caller.sign_in("boss").status_code == httpx.codes.OK
        pipe.send("ready")
        while True:
            if pipe.poll():
                try:
                    pipe.recv()
                except EOFError:
                    return
                pipe.send(answers)
            answer = caller.get("/dispatches")
            assert answer.status_code == httpx.codes.OK, answer.text
            answers += 1
