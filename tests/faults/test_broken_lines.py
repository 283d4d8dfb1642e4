"""A line that breaks at the worst moment: every write is done once, and the program goes on by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from coresafe.errors import DatabaseUnavailable
from coresafe.models import Dispatch, Return
from coresafe.models.enums import Door
from coresafe.services import database as database_module
from coresafe.services import transaction
from coresafe.services.context import Context
from coresafe.services.dashboard import DashboardQuery, dashboard
from coresafe.services.database import Database
from coresafe.services.dispatching import dispatch_trays, list_dispatches
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.listing import Query
from coresafe.services.returning import take_return
from coresafe.services.signing_in import sign_in
from tests.databases import Databases
from tests.servers import Proxy
from tests.worlds import PASSWORD, Populations, World, make_world, row_counts

pytestmark = pytest.mark.leaves_transactions("lines are cut in the middle")


@pytest.fixture(scope="module")
def populations(databases: Databases) -> Iterator[Populations]:
    """The people of a database of each kind."""
    made = Populations(lambda kind: Database(databases.new(kind)))
    yield made
    made.close()


@pytest.fixture(params=["mysql", "mariadb"])
def world(request: pytest.FixtureRequest, populations: Populations) -> Iterator[World]:
    """A world seen over a good line; the ledger is proved at the end."""
    made = make_world(populations.of(request.param))
    yield made
    made.settle()


@pytest.fixture
def line(world: World) -> Iterator[Proxy]:
    """The line that is going to break."""
    with Proxy(world.database.url.port or 0) as proxy:
        yield proxy


@pytest.fixture
def far(world: World, line: Proxy) -> Iterator[Context]:
    """The manager at the other end of the line."""
    database = Database(world.database.url.set(port=line.port))
    yield Context(database=database, actor=world.manager.actor, door=Door.WINDOW, machine="far-pc")
    database.close()


def count(world: World, model: Any) -> int:
    with world.database.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(model).where(model.shed_id == world.shed_id)
        return int(connection.execute(statement).scalar_one())


@pytest.mark.parametrize("moment", ["after", "before"])
def test_a_commit_whose_answer_is_cut_off_is_done_once(world: World, line: Proxy, far: Context, moment: Any) -> None:
    line.cut_commits(1, moment)
    sent = dispatch_trays(far, world.wanted(hq=10))
    assert (line.cuts, count(world, Dispatch)) == (1, 1)
    assert world.read(sent) == sent
    line.cut_commits(1, moment)
    back = take_return(far, world.returned(sent, hq=4))
    assert (line.cuts, count(world, Return)) == (2, 1)
    assert world.read(sent) == back
    line.cut_commits(1, moment)
    command = SetBase(tray_size="NQ", base_quantity=60, reason="more", shed_id=world.shed_id)
    rows = set_base(far, command)
    assert next(row for row in rows if row.tray_size == "NQ").base == 60
    assert (line.cuts, world.stock("NQ").base, world.stock("HQ").available) == (3, 60, 44)


@pytest.mark.parametrize("at", range(1, 13))
def test_a_line_lost_at_any_statement_of_a_dispatch(world: World, line: Proxy, far: Context, at: int) -> None:
    _drop_at(far, line, at)
    sent = dispatch_trays(far, world.wanted(hq=10, nq=3))
    assert count(world, Dispatch) == 1
    assert world.read(sent) == sent
    assert world.stock().available == 40


@pytest.mark.parametrize("at", range(1, 13, 3))
def test_a_line_lost_at_any_statement_of_a_return(world: World, line: Proxy, far: Context, at: int) -> None:
    sent = world.dispatch(hq=10)
    _drop_at(far, line, at)
    back = take_return(far, world.returned(sent, hq=10))
    assert count(world, Return) == 1
    assert world.read(sent) == back


def _drop_at(far: Context, line: Proxy, at: int) -> None:
    """Cut the line before the statement of that number, once."""
    seen = 0

    def look(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            line.drop()

    event.listen(far.database.engine, "before_cursor_execute", look)


def test_a_connection_killed_by_the_server_in_mid_transaction(world: World, far: Context) -> None:
    killed: list[int] = []

    def kill(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if "INTO movements" in statement and not killed:
            killed.append(connection.connection.driver_connection.thread_id())
            with world.database.connect() as other:
                other.exec_driver_sql(f"KILL {killed[0]}")

    event.listen(far.database.engine, "before_cursor_execute", kill)
    sent = dispatch_trays(far, world.wanted(hq=10))
    assert killed
    assert (count(world, Dispatch), world.stock().available) == (1, 40)
    assert world.read(sent) == sent


def test_a_read_over_a_line_that_was_lost_meanwhile(world: World, line: Proxy, far: Context) -> None:
    sent = world.dispatch(hq=1)
    mine = Query(filters={"shed_id": world.shed_id})
    assert [row.id for row in list_dispatches(far, mine).items] == [sent.id]
    line.drop()
    assert [row.id for row in list_dispatches(far, mine).items] == [sent.id]


def test_a_server_that_is_away_is_told_and_works_again_without_a_restart(
    world: World, line: Proxy, far: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    op = uuid.uuid4()
    sent = dispatch_trays(far, world.wanted(hq=1))
    line.refuse()
    rows = row_counts(world.database)
    calls: list[Callable[[], object]] = [
        lambda: dispatch_trays(far, world.wanted(hq=1), op),
        lambda: list_dispatches(far, Query()),
        lambda: sign_in(far.database, "mary", PASSWORD, door=Door.WINDOW, machine="far-pc"),
    ]
    for call in calls:
        with pytest.raises(DatabaseUnavailable) as told:
            call()
        assert not told.value.in_doubt
        assert "Nothing you typed is lost" in told.value.message
    assert row_counts(world.database) == rows
    line.accept()
    again = dispatch_trays(far, world.wanted(hq=1), op)
    assert count(world, Dispatch) == 2
    assert {row.id for row in list_dispatches(far, Query(filters={"shed_id": world.shed_id})).items} == {
        sent.id,
        again.id,
    }


def test_what_stays_in_doubt_says_so_and_is_asked_again(
    world: World, line: Proxy, far: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    op = uuid.uuid4()
    line.cut_commits(1_000, "before")
    with pytest.raises(DatabaseUnavailable) as told:
        dispatch_trays(far, world.wanted(hq=10), op)
    assert told.value.in_doubt
    assert count(world, Dispatch) == 0
    line.cut_commits(0)
    sent = dispatch_trays(far, world.wanted(hq=10), op)
    assert (count(world, Dispatch), world.stock().available) == (1, 40)
    assert world.read(sent) == sent


def test_a_line_on_which_everything_vanishes(world: World, line: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "READ_SECONDS", 1)
    monkeypatch.setattr(database_module, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 1.0)
    op = uuid.uuid4()
    database = Database(world.database.url.set(port=line.port))
    far = Context(database=database, actor=world.operator.actor, door=Door.WINDOW, machine="far-pc")
    try:
        dispatch_trays(far, world.wanted(hq=1))
        line.hold()
        with pytest.raises(DatabaseUnavailable):
            dispatch_trays(far, world.wanted(hq=2), op)
        line.release()
        dispatch_trays(far, world.wanted(hq=2), op)
        assert (count(world, Dispatch), world.stock().available) == (2, 47)
    finally:
        line.release()
        database.close()


def test_a_report_waits_as_long_as_it_takes_and_what_comes_after_it_does_not(
    world: World, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "READ_SECONDS", 1)
    monkeypatch.setattr(database_module, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 1.0)
    database = Database(world.database.url.set(port=line.port))
    far = Context(database=database, actor=world.operator.actor, door=Door.WINDOW, machine="far-pc")
    try:
        dashboard(far, DashboardQuery())
        line.hold()
        with pytest.raises(DatabaseUnavailable):
            list_dispatches(far, Query())
    finally:
        line.release()
        database.close()
