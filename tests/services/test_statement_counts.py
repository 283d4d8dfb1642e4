"""Round trips to the server, counted on the line: BEGIN and COMMIT yes, the pool's ping no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from coresafe.models.enums import Door
from coresafe.services import feed
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import WantedLine, dispatch_trays, get_dispatch, list_dispatches, list_outstanding
from coresafe.services.inventory import StockQuery, list_movements, stock
from coresafe.services.listing import Query
from coresafe.services.many_dispatches import Chosen, ExtendDispatches, extend_dispatches
from coresafe.services.returning import ReturnedLine, take_return
from coresafe.services.signing_in import sign_in
from coresafe.services.stocktaking import EnterCount, OpenStocktake, counting, enter_count, open_stocktake
from tests.servers import Proxy
from tests.services.kinds import on_both_servers
from tests.worlds import PASSWORD, People, World, make_world

TEN = ["HQ", "NQ", "PQ", "PQ3", "HQ3", "NQ2", "NQ3", "BQ"]


@pytest.fixture
def wide(people: People) -> World:
    """A shed with eight sizes, some of them full."""
    world = make_world(people, hq=90, nq=90, others=dict.fromkeys(TEN[2:], 90))
    for size in ("HQ", "NQ"):
        world.move("fill", 40, size=size)
    return world


class Counter:
    """Counts what one call asks of the server over a line that is looked at."""

    def __init__(self, world: World, line: Proxy) -> None:
        self._line = line
        self.asked: list[str] = []
        self.database = Database(world.database.url.set(port=line.port))
        self.context = Context(
            database=self.database, actor=world.manager.actor, door=Door.WINDOW, machine="counting-pc"
        )
        list_dispatches(self.context, Query(limit=1))  # the connection is there, the key is read
        self.database.secret()
        line.record = True

    def of(self, call: Callable[[], Any]) -> tuple[int, Any]:
        """Round trips of a call, and its answer. The sealer may come between: the least of what was sent counts."""
        self._line.reset_counts()
        answer = call()
        asked = [s for s in self._line.statements if "audit_seals" not in s and "coresafe_seal" not in s]
        self.asked = asked
        return len(asked), answer


@pytest.fixture
def counter(wide: World) -> Iterator[Counter]:
    with Proxy(wide.database.url.port or 0) as line:
        made = Counter(wide, line)
        yield made
        made.database.close()


def lines_of(n: int) -> list[WantedLine]:
    """``n`` lines: eight sizes empty, and two of them once more with core."""
    sizes = [WantedLine(tray_size=size, quantity=2) for size in TEN]
    return (sizes + [WantedLine(tray_size=size, quantity=2, contents="core") for size in TEN[:2]])[:n]


def back_of(row: DispatchRow) -> list[ReturnedLine]:
    sizes: dict[str, int] = {}
    for line in row.lines:
        sizes[line.tray_size] = sizes.get(line.tray_size, 0) + 1
    return [ReturnedLine(tray_size=size, good=n, damaged=1, surplus=1, occupied=n - 1) for size, n in sizes.items()]


@on_both_servers
def test_a_dispatch_and_a_return_cost_the_same_for_ten_lines_as_for_two(wide: World, counter: Counter) -> None:
    counts: dict[int, tuple[int, int]] = {}
    for n in (2, 10, 2, 10):
        sent, row = counter.of(lambda n=n: dispatch_trays(counter.context, wide.wanted(*lines_of(n))))  # type: ignore[misc]
        command = wide.returned(row)
        from dataclasses import replace

        filled = replace(command, lines=back_of(row), final=True)
        back, answer = counter.of(lambda filled=filled: take_return(counter.context, filled))  # type: ignore[misc]
        assert answer.outstanding == 0
        counts[n] = (sent, back)
    assert counts[2] == counts[10]
    assert counts[10][0] <= 12
    assert counts[10][1] <= 13
    wide.settle()


@on_both_servers
def test_extending_costs_the_same_for_twenty_as_for_two(wide: World, counter: Counter) -> None:
    rows = [wide.dispatch(hq=1) for _ in range(22)]
    counts = []
    for some in (rows[:2], rows[2:]):
        chosen = [Chosen(dispatch_id=row.id, version=row.version) for row in some]
        due = rows[0].due_at + timedelta(days=1)
        command = ExtendDispatches(dispatches=chosen, due_at=due, reason="the rig stays")
        count, _ = counter.of(lambda command=command: extend_dispatches(counter.context, command))  # type: ignore[misc]
        counts.append(count)
        assert sum("for update" in statement.lower() for statement in counter.asked) == 1
    assert counts[0] == counts[1] <= 7


@on_both_servers
def test_a_count_costs_eight_and_how_far_everybody_is_two(wide: World, counter: Counter) -> None:
    """Whoever counts may be at the end of a long line, and sees the others' work within five seconds."""
    row = open_stocktake(wide.manager, OpenStocktake(shed_id=wide.shed_id))
    for quantity in (7, 8):
        command = EnterCount(stocktake_id=row.id, tray_size="HQ", state="available", quantity=quantity)
        count, entered = counter.of(lambda command=command: enter_count(counter.context, command))  # type: ignore[misc]
        assert (count, entered.quantity) == (8, quantity)
    count, seen = counter.of(lambda: counting(counter.context, row.id))
    assert (count, [entry.quantity for entry in seen.mine]) == (2, [8])


@on_both_servers
def test_signing_in_costs_six(wide: World, counter: Counter) -> None:
    count, _ = counter.of(lambda: sign_in(counter.database, "mary", PASSWORD, door=Door.WINDOW, machine="counting-pc"))
    assert count <= 6


@on_both_servers
def test_a_page_costs_two(wide: World, counter: Counter) -> None:
    rows = [wide.dispatch(hq=1) for _ in range(3)]
    mine = {"shed_id": wide.shed_id}
    ctx = counter.context
    first = list_dispatches(ctx, Query(limit=1, filters=mine))
    for call in (
        lambda: list_dispatches(ctx, Query(limit=500)),
        lambda: list_dispatches(ctx, Query(limit=1, filters=mine, total=True, q="kofi")),
        lambda: list_dispatches(ctx, Query(limit=1, filters=mine, cursor=first.next_cursor)),
        lambda: list_outstanding(ctx, Query(limit=500)),
        lambda: list_movements(ctx, Query(limit=500)),
        lambda: stock(ctx, StockQuery(shed_id=wide.shed_id)),
        lambda: get_dispatch(ctx, rows[0].id),
        lambda: list_dispatches(ctx, Query(filters={"driver": "nobody at all"})),
    ):
        count, _ = counter.of(call)
        assert 1 <= count <= 2


@on_both_servers
def test_a_poll_with_nothing_new_costs_one(wide: World, counter: Counter) -> None:
    mark = feed.Mark()
    feed.poll(counter.context, mark)
    count, news = counter.of(lambda: feed.poll(counter.context, mark))
    assert (count, news.kinds) == (1, frozenset())
    sent = wide.dispatch(hq=1)
    count, news = counter.of(lambda: feed.poll(counter.context, mark))
    assert count == 1
    assert ("dispatch", str(sent.id)) in news.records
    assert {"dispatches", "stock"} <= news.kinds
    count, news = counter.of(lambda: feed.poll(counter.context, mark))
    assert (count, news.records) == (1, frozenset())
