"""What a page costs with a thousand dispatches and with a million."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.bench import Bench
from benchmarks.million import OPEN, many
from benchmarks.results import Line, at_most, median_ratio, milliseconds
from coresafe.models.enums import Door
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatching import list_dispatches, list_outstanding
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.listing import Query
from coresafe.services.signing_in import sign_in
from tests.servers import Server
from tests.worlds import MACHINE, PASSWORD

ROUNDS = 30


def measure(bench: Bench) -> list[Line]:
    """Alternate the two databases of one server, so that both find it equally busy."""
    pages: dict[str, Callable[[Context], object]] = {
        "first page of dispatches": lambda who: list_dispatches(who, Query(limit=50)),
        "last page of dispatches": lambda who: list_dispatches(who, Query(limit=50, backwards=True)),
        f"outstanding list, {OPEN} rows": lambda who: list_outstanding(who, Query(limit=OPEN)),
        "inventory": lambda who: stock(who, StockQuery()),
    }
    lines = []
    with many(bench) as server, signed_in(server, "thousand") as few, signed_in(server, "million") as lots:
        found = len(list_outstanding(lots, Query(limit=OPEN)).items)
        if found != OPEN:
            raise RuntimeError(f"{found} dispatches are out, not {OPEN}.")
        for what, page in pages.items():
            at_few: list[float] = []
            at_lots: list[float] = []
            for number in range(-3, ROUNDS):
                seconds = timed(partial(page, few)), timed(partial(page, lots))
                if number >= 0:
                    at_few.append(seconds[0])
                    at_lots.append(seconds[1])
            lines.append(
                at_most(
                    f"{what}: 1,000,000 dispatches against 1,000",
                    median_ratio(at_lots, at_few),
                    1.5,
                    detail=f"{milliseconds(statistics.median(at_lots))} against {milliseconds(statistics.median(at_few))}",
                )
            )
    return lines


@contextmanager
def signed_in(server: Server, name: str) -> Iterator[Context]:
    """The operator, signed in to one of the databases."""
    database = Database(server.url(name))
    try:
        yield sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE)
    finally:
        database.close()


def timed(work: Callable[[], object]) -> float:
    """Seconds it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
