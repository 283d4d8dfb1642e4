"""A dispatch and its return through the services, against bare PyMySQL sending the same statements."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from functools import partial

from benchmarks.bench import Bench, bare_connection
from benchmarks.documents import play, record, wanted
from benchmarks.results import Line, at_most, median_ratio, milliseconds

ROUNDS = 25
A_ROUND = 12


def measure(bench: Bench) -> list[Line]:
    """Alternate short rounds of both, so that whatever else the machine does strikes both alike."""
    lines = []
    for sizes in (2, 10):
        database, world = bench.world(f"bench_writing_{sizes}")
        work = record(database, world, sizes)
        command = wanted(world.shed_id, world.company_id, world.project_id, sizes)
        connection = bare_connection(database.url.render_as_string(hide_password=False))
        ours: list[float] = []
        bare: list[float] = []
        for number in range(-2, ROUNDS):  # two rounds to get warm
            pair = _timed(partial(play, world.operator, command)), _timed(partial(work.send, connection))
            if number >= 0:
                ours.append(pair[0])
                bare.append(pair[1])
        connection.close()
        lines.append(
            at_most(
                f"dispatch + return of {sizes} sizes, against bare PyMySQL",
                median_ratio(ours, bare),
                1.5,
                detail=f"{milliseconds(statistics.median(ours))} against {milliseconds(statistics.median(bare))}",
            )
        )
    return lines


def _timed(work: Callable[[], object]) -> float:
    """Seconds a piece, over one round."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(A_ROUND):
        work()
    return (time.perf_counter() - start) / A_ROUND
