"""Twelve writing processes through the services, against twelve of bare PyMySQL sending the same statements."""

from __future__ import annotations

import contextlib
import multiprocessing
import statistics
import time
from typing import Any

import pymysql

from benchmarks.bench import Bench, bare_connection
from benchmarks.documents import play, record, wanted
from benchmarks.recorded import Work
from benchmarks.results import Line, at_least
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.signing_in import sign_in
from tests.worlds import MACHINE, PASSWORD

WRITERS = 12
ROUNDS = 5
ROUND_SECONDS = 4.0


def measure(bench: Bench) -> list[Line]:
    """Alternate rounds: all twelve of one side write at once, then all twelve of the other."""
    database, world = bench.world("bench_writers")
    work = record(database, world)
    url = database.url.render_as_string(hide_password=False)
    command = wanted(world.shed_id, world.company_id, world.project_id)
    spawn = multiprocessing.get_context("spawn")
    sides = {
        "services": _Side(spawn, _through_services, (url, command)),
        "bare": _Side(spawn, _bare, (url, work)),
    }
    done: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for number in range(-1, ROUNDS):  # one round to get warm
            for name, side in sides.items():
                rate = side.round()
                if number >= 0:
                    done[name].append(rate)
    finally:
        for side in sides.values():
            side.end()
    ratio = statistics.median(a / b for a, b in zip(done["services"], done["bare"], strict=True))
    ours, theirs = (statistics.median(done[name]) for name in ("services", "bare"))
    return [
        at_least(
            f"throughput of {WRITERS} writing processes, against bare ones",
            ratio,
            0.5,
            detail=f"{ours:.0f}/s against {theirs:.0f}/s dispatches with their returns",
        )
    ]


class _Side:
    """Twelve processes that wait for a round, write until it ends, and tell how much they did."""

    def __init__(self, spawn: Any, target: Any, arguments: tuple[Any, ...]) -> None:
        self._ends = [spawn.Pipe() for _ in range(WRITERS)]
        self._processes = [spawn.Process(target=target, args=(far, *arguments), daemon=True) for _, far in self._ends]
        for process in self._processes:
            process.start()
        for near, _far in self._ends:
            near.recv()  # it is ready

    def round(self) -> float:
        """Documents a second of all twelve together."""
        started = time.perf_counter()
        for near, _far in self._ends:
            near.send(ROUND_SECONDS)
        done = sum(near.recv() for near, _far in self._ends)
        return float(done / (time.perf_counter() - started))

    def end(self) -> None:
        """Let them go."""
        for near, _far in self._ends:
            with contextlib.suppress(OSError):
                near.send(None)
        for process in self._processes:
            process.join(30)


def _rounds(pipe: Any, once: Any) -> None:
    once()
    pipe.send("ready")
    while (seconds := pipe.recv()) is not None:
        end = time.perf_counter() + seconds
        done = 0
        while time.perf_counter() < end:
            once()
            done += 1
        pipe.send(done)


def _through_services(pipe: Any, url: str, command: Any) -> None:
    database = Database(url)
    context = sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    _rounds(pipe, lambda: play(context, command))
    database.close()


def _bare(pipe: Any, url: str, work: Work) -> None:
    connection = bare_connection(url)

    def once() -> None:
        while True:
            try:
                work.send(connection)
            except pymysql.err.OperationalError as error:
                if error.args[0] not in (1205, 1213):  # waited too long, deadlock
                    raise
                connection.rollback()
            else:
                return

    _rounds(pipe, once)
    connection.close()
