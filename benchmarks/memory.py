"""Memory after 20,000 operations played, against after 10,000: nothing may pile up in a program that runs for months."""

from __future__ import annotations

import gc
import multiprocessing
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.documents import play, wanted
from benchmarks.results import Line, at_most
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.dispatching import list_dispatches
from coresafe.services.feed import Mark, poll
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.listing import Query
from coresafe.services.signing_in import sign_in
from tests.worlds import MACHINE, PASSWORD

OPERATIONS = 20_000
#: Operations of one turn of ``_play``: a dispatch, a return, a page, a poll and the inventory.
_A_TURN = 5


def measure(bench: Bench) -> list[Line]:
    """Play in a process of its own, so that nothing but the services counts."""
    database, world = bench.world("bench_memory")
    url = database.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        command = wanted(world.shed_id, world.company_id, world.project_id)
        half, full = pool.apply(_play, (url, command))
    return [
        at_most(
            f"memory after {OPERATIONS:,} operations, against after {OPERATIONS // 2:,}",
            full / half,
            1.05,
            digits=3,
            detail=f"{full / 2**20:.1f} MB against {half / 2**20:.1f} MB",
        )
    ]


def _play(url: str, command: Any) -> tuple[int, int]:
    database = Database(url)
    who = sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    mark = Mark()
    found = []
    for turn in range(1, OPERATIONS // _A_TURN + 1):
        play(who, command)
        list_dispatches(who, Query(limit=50))
        poll(who, mark)
        stock(who, StockQuery())
        if turn * _A_TURN in (OPERATIONS // 2, OPERATIONS):
            gc.collect()
            found.append(_resident())
    database.close()
    return found[0], found[1]


def _resident() -> int:
    """Bytes of memory this process holds now."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
