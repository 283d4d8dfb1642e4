"""SQL round trips of the everyday work, counted: BEGIN and COMMIT yes, the pool's ping and reset no."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.bench import Bench
from benchmarks.documents import returned, wanted
from benchmarks.recorded import recording
from benchmarks.results import Line
from coresafe.models.enums import Door
from coresafe.services.database import Database
from coresafe.services.dispatching import dispatch_trays, list_dispatches, list_outstanding
from coresafe.services.feed import Mark, poll
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.listing import Query
from coresafe.services.returning import take_return
from coresafe.services.signing_in import sign_in
from tests.worlds import MACHINE, PASSWORD


def measure(bench: Bench) -> list[Line]:
    """Count each in a database where everything was done once before."""
    database, world = bench.world("bench_trips")
    who = world.operator
    lines: list[Line] = []

    def count(what: str, limit: int, work: Callable[[], object]) -> None:
        trips = _count(database, work)
        lines.append(Line(what=f"round trips: {what}", measured=str(trips), limit=f"≤ {limit}", within=trips <= limit))

    for sizes in (2, 10):
        command = wanted(world.shed_id, world.company_id, world.project_id, sizes)
        take_return(who, returned(dispatch_trays(who, command)))
        count(f"a dispatch of {sizes} sizes", 12, partial(dispatch_trays, who, command))
        dispatch = dispatch_trays(who, command)
        count(f"a return of {sizes} sizes", 13, partial(take_return, who, returned(dispatch)))
    for number in range(3):
        dispatch_trays(who, wanted(world.shed_id, world.company_id, world.project_id, number + 1))
    first = list_dispatches(who, Query(limit=2))
    count("first page of dispatches", 2, lambda: list_dispatches(who, Query(limit=50)))
    count(
        "next page, with the total",
        2,
        lambda: list_dispatches(who, Query(limit=2, cursor=first.next_cursor, total=True)),
    )
    count("outstanding list", 2, lambda: list_outstanding(who, Query(limit=500)))
    count("inventory", 2, lambda: stock(who, StockQuery()))
    count("sign-in", 6, lambda: sign_in(database, "otto", PASSWORD, door=Door.WINDOW, machine=MACHINE))
    mark = Mark()
    poll(who, mark)
    count("poll with nothing new", 1, lambda: poll(who, mark))
    return lines


def _count(database: Database, work: Callable[[], object]) -> int:
    with recording(database) as steps:
        work()
    return len(steps)
