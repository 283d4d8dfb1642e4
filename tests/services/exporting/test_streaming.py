"""Reports as streams: refused before the first byte, of one moment, and nothing held once nobody listens."""

from __future__ import annotations

import contextlib
import gc
import io
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import DatabaseUnavailable, Trouble, Unauthenticated, ValidationFailed
from coresafe.models import Dispatch, DispatchLine
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.exporting import REPORTS, ReportFilter, stream_csv, stream_xlsx
from coresafe.services.exporting.csv_file import CHUNK
from coresafe.services.users import ChangeUser, change_user
from tests.databases import Databases, Kind
from tests.servers import Proxy
from tests.services.exporting.reading_back import from_csv, from_xlsx, numbers
from tests.services.kinds import on_both_servers, on_every_database
from tests.worlds import World, a_user, make_people, make_world

Stream = Callable[..., Any]
STREAMS = pytest.mark.parametrize("stream", [stream_csv, stream_xlsx])
#: Enough for several pieces, and for a result that does not fit into what lies between server and client.
MANY = 30_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's temporary files are, so that none is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@STREAMS
@on_every_database
def test_a_stream_is_the_whole_file(world: World, stream: Stream, folder: Path) -> None:
    sent = world.dispatch(hq=2, nq=1, driver="=1+1")
    content = b"".join(stream(world.operator, "dispatches", ReportFilter(shed_id=world.shed_id)))
    rows = from_csv("dispatches", content) if stream is stream_csv else from_xlsx(io.BytesIO(content))
    assert [(row["number"], row["tray_size"]) for row in rows] == [(sent.number, "HQ"), (sent.number, "NQ")]
    assert list(folder.iterdir()) == []


@STREAMS
@on_every_database
def test_who_may_not_and_what_is_wrong_is_told_before_the_first_byte(
    world: World, stream: Stream, folder: Path
) -> None:
    gone = a_user(world.admin)
    command = ChangeUser(user_id=gone.actor.user_id, version=1, is_active=False)
    change_user(world.admin, command)
    with pytest.raises(Unauthenticated, match="switched off"):
        stream(gone)
    with pytest.raises(Unauthenticated):  # who may not ask is told so before what is wrong with the question
        stream(gone, "nothing")
    with pytest.raises(ValidationFailed) as refused:
        stream(world.operator, "nothing")
    assert refused.value.errors[0].field == "report"
    with pytest.raises(ValidationFailed):
        stream(world.operator, "dispatches", ReportFilter(shed_id=10**9))
    assert list(folder.iterdir()) == []
    assert multiprocessing.active_children() == []


@STREAMS
def test_an_empty_report_has_its_header(world: World, stream: Stream) -> None:
    content = b"".join(stream(world.operator, "samples", ReportFilter(shed_id=world.shed_id)))
    rows = from_csv("samples", content) if stream is stream_csv else from_xlsx(io.BytesIO(content))
    assert rows == []
    assert b"sample_id" in content or stream is stream_xlsx


@pytest.fixture(scope="module")
def crowded(databases: Databases) -> Iterator[dict[str, World]]:
    """Worlds with many dispatches, made in bulk at their first use."""
    made = _Crowded(databases)
    yield made
    for world in made.values():
        world.database.close()


@pytest.fixture
def many(crowded: dict[str, World], flavour: str) -> World:
    """A world with many dispatches that no test changes."""
    return crowded[flavour]


@on_every_database
def test_a_stream_is_of_one_moment_and_comes_in_pieces(many: World) -> None:
    last = Dispatch.__table__.c.id == MANY
    stream = stream_csv(many.operator)
    pieces = [next(stream)]
    with many.database.writing() as connection:
        connection.execute(sa.update(Dispatch.__table__).where(last).values(driver="Somebody else"))
    pieces += stream
    rows = from_csv("dispatches", b"".join(pieces))
    assert len(rows) == len(numbers(rows)) == MANY
    assert {row["driver"] for row in rows} == {"Kofi"}
    (row,) = from_csv("dispatches", b"".join(stream_csv(many.operator)))[-1:]
    assert row["driver"] == "Somebody else"
    with many.database.writing() as connection:
        connection.execute(sa.update(Dispatch.__table__).where(last).values(driver="Kofi"))
    assert all(CHUNK <= len(piece) < 2 * CHUNK for piece in pieces[:-1])


@on_both_servers
@pytest.mark.parametrize("report", REPORTS)
def test_no_report_is_sorted_before_its_first_row(many: World, report: str) -> None:
    """The server walks along an index and sends what it finds."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if " AS c0" in statement:
            asked.append((statement, parameters))

    engine = many.database.engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    for wanted in (
        ReportFilter(),
        ReportFilter(since=date(2026, 1, 1), until=date(2026, 1, 31)),
        ReportFilter(shed_id=many.shed_id),
        ReportFilter(company_id=many.company_id),
        ReportFilter(shed_id=many.shed_id, company_id=many.company_id, since=date(2026, 1, 1)),
    ):
        stream_csv(many.operator, report, wanted).close()
    sa.event.remove(engine, "before_cursor_execute", hear)
    assert len(asked) == 5
    with many.database.connect() as connection:
        form = "FORMAT=TRADITIONAL " if many.database.flavour == "mysql" else ""
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN {form}{statement}", parameters).all()
            extra = " ".join(str(row.Extra) for row in plan)
            assert "filesort" not in extra, (extra, statement)
            assert "temporary" not in extra
            assert "join buffer" not in extra


@on_every_database
def test_closing_a_stream_early_gives_its_connection_back(many: World) -> None:
    database = many.database
    for leave in (_close, _forget):
        for pieces in (0, 3):
            stream = stream_csv(many.operator)
            for _ in range(pieces):
                next(stream)
            assert database.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
            leave(stream)
            del stream
            gc.collect()
            assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    with database.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(Dispatch.__table__)).scalar() == MANY
        if not database.is_embedded:
            running = connection.exec_driver_sql("SELECT COUNT(*) FROM information_schema.innodb_trx").scalar()
            assert running == 0
    assert len(from_csv("dispatches", b"".join(stream_csv(many.operator)))) == MANY


def test_closing_a_workbook_early_ends_its_child(many: World, folder: Path) -> None:
    for leave in (_close, _forget):
        for pieces in (0, 1):
            stream = stream_xlsx(many.operator)
            assert [next(stream) for _ in range(pieces)] == [b""] * pieces
            (child,) = multiprocessing.active_children()
            assert child.is_alive()
            leave(stream)
            del stream, child
            gc.collect()
            assert multiprocessing.active_children() == []
            assert list(folder.iterdir()) == []


def test_closing_a_workbook_that_is_done_throws_it_away(world: World, folder: Path) -> None:
    world.dispatch(hq=1)
    stream = stream_xlsx(world.operator)
    assert any(stream)  # up to the first bytes
    stream.close()
    assert list(folder.iterdir()) == []


def test_a_child_that_is_killed_is_trouble(many: World, folder: Path) -> None:
    stream = stream_xlsx(many.operator)
    (child,) = multiprocessing.active_children()
    child.kill()
    with pytest.raises(Trouble):
        list(stream)
    assert list(folder.iterdir()) == []


def test_nothing_secret_stands_on_the_childs_command_line(many: World) -> None:
    with contextlib.closing(stream_xlsx(many.operator)):
        (child,) = multiprocessing.active_children()
        told = Path(f"/proc/{child.pid}/cmdline").read_bytes() + Path(f"/proc/{child.pid}/environ").read_bytes()
    password = many.database.url.password
    assert password
    assert password.encode() not in told


@STREAMS
def test_a_database_that_is_away_is_told_before_the_first_byte(world: World, stream: Stream, folder: Path) -> None:
    with _over_a_line(world) as (line, far):
        line.refuse()
        with pytest.raises(DatabaseUnavailable):
            stream(far)
    assert list(folder.iterdir()) == []


@pytest.mark.leaves_transactions("cuts the line in the middle of a report")
def test_a_line_that_breaks_while_it_streams_is_told(many: World) -> None:
    with _over_a_line(many) as (line, far):
        stream = stream_csv(far)
        next(stream)
        line.drop()
        with pytest.raises(DatabaseUnavailable):
            list(stream)
        assert far.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def _close(stream: Any) -> None:
    stream.close()


def _forget(stream: Any) -> None:
    """What a server does with the answer to a client who has gone."""


class _Crowded(dict[str, World]):
    def __init__(self, databases: Databases) -> None:
        super().__init__()
        self._databases = databases

    def __missing__(self, flavour: Kind) -> World:
        world = make_world(make_people(Database(self._databases.new(flavour))), hq=0, nq=0)
        _fill(world, MANY)
        self[flavour] = world
        return world


def _fill(world: World, count: int) -> None:
    """Many dispatches of one line; for reading only, no ledger stands behind them."""
    sent = world.operator.actor.user_id
    size: Any = sa.select(sa.func.min(sa.column("id"))).select_from(sa.table("tray_sizes"))
    with world.database.writing() as connection:
        size_id = connection.execute(size).scalar()
        for start in range(0, count, 5_000):
            ids = range(start + 1, start + 5_001)
            at = "2026-01-02 03:04:05.000006"
            connection.execute(sa.insert(_plain(Dispatch)), [
                {"id": n, "number": f"D-2026-{n:06d}", "status": "closed", "shed_id": world.shed_id,
                 "company_id": world.company_id, "project_id": world.project_id, "dispatched_at": at, "month": 202601,
                 "due_at": at, "driver": "Kofi", "technician": "Ama", "quantity": 1, "outstanding": 0, "closed_at": at,
                 "created_by": sent, "created_at": at, "updated_at": at, "version": 1}
                for n in ids
            ])  # fmt: skip
            connection.execute(sa.insert(_plain(DispatchLine)), [
                {"dispatch_id": n, "position": 1, "tray_size_id": size_id, "contents": "empty", "quantity": 1,
                 "good": 1, "outstanding": 0}
                for n in ids
            ])  # fmt: skip


def _plain(model: Any) -> sa.TableClause:
    """A table without types or defaults of ours: what is put in goes in as it is."""
    return sa.table(model.__tablename__, *(sa.column(column.name) for column in model.__table__.c))


@contextlib.contextmanager
def _over_a_line(world: World) -> Iterator[tuple[Proxy, Context]]:
    """The operator at the other end of a line."""
    with Proxy(world.database.url.port or 0) as line:
        database = Database(world.database.url.set(port=line.port))
        yield line, replace(world.operator, database=database)
        database.close()
