"""The API while its database dies, hangs or is not there yet, and while it dies itself: nothing lost, nothing doubled."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from coresafe.models import Dispatch, Movement, Operation, Return
from coresafe.services.database import Database
from tests.crowds import LONG
from tests.databases import migrate
from tests.served import Caller, Served, returned, wanted
from tests.servers import Server
from tests.worlds import World, make_people, make_world

pytestmark = pytest.mark.leaves_transactions("the server dies under open connections")

WRITERS = 8
KILLS = 2
#: Answers between two kills: each writer is somewhere in the middle of something.
ANSWERS_BETWEEN = 24
#: What /health/ready takes at most to say that nothing answers (5 s), and some for a busy machine.
READY_SECONDS = 8.0
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A MySQL of these tests' own: every commit is on the disk before it is acknowledged. Each leaves it running."""
    with Server("mysql", durable=True) as server:
        yield server


@pytest.fixture
def world(server: Server) -> Iterator[World]:
    """A shed with a tray for every writer; the ledger is proved at the end."""
    name = f"coresafe_test_api_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    url = server.url(name)
    migrate(url)
    database = Database(url)
    try:
        made = make_world(make_people(database), hq=WRITERS)
        yield made
        made.settle()
    finally:
        database.close()


def url_of(world: World) -> str:
    return world.database.url.render_as_string(hide_password=False)


@dataclass(slots=True)
class Diary:
    """What a writer was told: key → number. ``odd``: every answer that is neither 201 nor a reason to ask again."""

    dispatched: dict[str, str] = field(default_factory=dict)
    returned: dict[str, str] = field(default_factory=dict)
    asked_again: int = 0
    odd: list[str] = field(default_factory=list)


class Writers:
    """Programs that send a tray out and take it back, over and over; each asks again under its key until it is told."""

    def __init__(self, served: Served, world: World, token: str) -> None:
        self._served, self._world, self._token = served, world, token
        self.answered = threading.Semaphore(0)
        self._stop = threading.Event()
        self.diaries = [Diary() for _ in range(WRITERS)]
        self._threads = [
            threading.Thread(target=self._write, args=(diary,), name=f"writer {n}")
            for n, diary in enumerate(self.diaries)
        ]

    def _write(self, diary: Diary) -> None:
        with self._served.client(token=self._token) as caller:
            while not self._stop.is_set():
                dispatch = self._told(caller, diary, "/dispatches", wanted(self._world, hq=1))
                if dispatch:
                    self._told(caller, diary, f"/dispatches/{dispatch}/return", returned(hq=1))

    def _told(self, caller: Caller, diary: Diary, path: str, body: object) -> int:
        key = str(uuid.uuid4())
        answer, again = caller.persist(path, body, key=key)
        diary.asked_again += again
        if answer.status_code != 201:
            diary.odd.append(f"{answer.status_code} {answer.text}")
            return 0
        row = answer.json()
        if path.endswith("/return"):
            diary.returned[key] = row["returns"][-1]["number"]
        else:
            diary.dispatched[key] = row["number"]
        self.answered.release()
        return int(row["id"])

    def wait(self, answers: int = ANSWERS_BETWEEN) -> None:
        """Wait until so many more were told."""
        for _ in range(answers):
            assert self.answered.acquire(timeout=LONG), "the writers do not recover"

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive(), "a writer hangs"


def compare(world: World, diaries: list[Diary]) -> None:
    """What the writers were told is in the database, once, and nothing else is; numbers have no gaps."""
    assert [diary.odd for diary in diaries] == [[]] * len(diaries)
    for table, told in (
        (Dispatch.__table__, [diary.dispatched for diary in diaries]),
        (Return.__table__, [diary.returned for diary in diaries]),
    ):
        numbers = [number for each in told for number in each.values()]
        keys = {key for each in told for key in each}
        with world.database.connect() as connection:
            found = sorted(row.number for row in connection.execute(sa.select(table.c.number)))
            kept = set(connection.execute(sa.select(Operation.id).where(Operation.id.in_(keys))).scalars())
            moved = connection.execute(
                sa.select(sa.func.count()).select_from(Movement).where(Movement.operation_id.in_(keys))
            ).scalar_one()
        assert found == sorted(numbers)
        assert [int(number.rsplit("-", 1)[1]) for number in found] == list(range(1, len(found) + 1))
        assert kept == keys
        assert moved == len(numbers)
    assert world.stock().available == WRITERS


def told_away(answer: httpx.Response, word: str = "database") -> None:
    """The answer of a program whose database is away."""
    assert answer.status_code == 503, answer.text
    told = answer.json()
    assert told["error_code"] == "DATABASE_UNAVAILABLE"
    assert int(answer.headers["retry-after"]) > 0
    assert word in told["detail"]
    assert not {"pymysql", "Traceback", "SELECT", "coresafe_test"} & set(told["detail"].split())


@contextmanager
def timed(most: float) -> Iterator[None]:
    """It takes no longer."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < most


def test_the_database_is_killed_under_writing_programs(server: Server, world: World, tmp_path: Path) -> None:
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        with Writers(served, world, caller.token) as writers:
            writers.wait()
            for _ in range(KILLS):
                server.kill9()
                told_away(caller.get("/dispatches"))
                told_away(caller.post("/dispatches", wanted(world, hq=1)))
                told_away(caller.get("/health/ready"))
                assert caller.get("/health/live").status_code == 200
                server.restart()
                writers.wait()
                assert caller.get("/health/ready").status_code == 200
                assert caller.get("/dispatches").status_code == 200
        compare(world, writers.diaries)
        assert sum(diary.asked_again for diary in writers.diaries) > 0
    assert '"level": "ERROR"' not in served.words


def test_a_database_that_hangs_is_told_by_ready_within_its_bound(server: Server, world: World, tmp_path: Path) -> None:
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        assert caller.get("/health/ready").status_code == 200
        server.freeze()
        try:
            for _ in range(2):  # looks that hang do not pile up
                with timed(READY_SECONDS):
                    told_away(caller.get("/health/ready"))
                with timed(1.0):
                    assert caller.get("/health/live").status_code == 200
        finally:
            server.thaw()
        with timed(READY_SECONDS):
            assert caller.get("/health/ready").status_code == 200
        assert caller.get("/dispatches").status_code == 200


def test_an_api_started_while_its_database_hangs_says_so_soon(server: Server, world: World, tmp_path: Path) -> None:
    """Nobody waits for a greeting that does not come as long as for the answer to a long question."""
    server.freeze()
    try:
        with Served(url_of(world), tmp_path / "api") as served, served.client() as caller:
            with timed(15.0):
                told_away(caller.sign_in("otto"))
            server.thaw()
            assert caller.sign_in("otto").status_code == 200
    finally:
        server.thaw()


def test_the_api_ends_while_its_database_hangs(server: Server, world: World, tmp_path: Path) -> None:
    """An order to end is obeyed although a request waits for an answer that does not come; it is told to ask again."""
    answers: list[httpx.Response] = []
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        assert caller.get("/dispatches").status_code == 200
        server.freeze()
        try:
            asking = threading.Thread(target=lambda: answers.append(caller.get("/dispatches")), name="asking")
            asking.start()
            with served.client() as other:
                assert other.get("/health/live").status_code == 200
            with timed(25.0):
                served.stop()
            asking.join(LONG)
        finally:
            server.thaw()
    told_away(answers[0], "restarted")
    assert "Traceback" not in served.words


def test_an_api_started_while_its_database_is_away_works_once_it_is_there(
    server: Server, world: World, tmp_path: Path
) -> None:
    server.kill9()
    with Served(url_of(world), tmp_path / "api") as served, served.client() as caller:
        told_away(caller.get("/health/ready"))
        assert caller.get("/health/live").status_code == 200
        told_away(caller.sign_in("otto"))
        assert caller.get("/dispatches").status_code == 401
        server.restart()
        assert caller.get("/health/ready").status_code == 200
        assert caller.sign_in("otto").status_code == 200
        key = uuid.uuid4()
        sent = caller.post("/dispatches", wanted(world, hq=1), key=key)
        assert sent.status_code == 201
        server.kill9()
        told_away(caller.post("/dispatches", wanted(world, hq=1), key=key))
        server.restart()
        assert caller.post("/dispatches", wanted(world, hq=1), key=key).content == sent.content
        assert world.stock().outstanding == 1


def test_the_api_is_killed_under_writing_programs(world: World, tmp_path: Path) -> None:
    """They ask the next one, under the same keys; the sessions are the database's and go on."""
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        with Writers(served, world, caller.token) as writers:
            writers.wait()
            for _ in range(KILLS):
                served.kill9()
                served.close()
                served.start()
                writers.wait()
        compare(world, writers.diaries)
        assert sum(diary.asked_again for diary in writers.diaries) > 0


def test_told_to_end_the_api_finishes_what_is_under_way(world: World, tmp_path: Path) -> None:
    """Every write that was begun is answered or never done; a new program goes on by the same keys."""
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        with Writers(served, world, caller.token) as writers:
            writers.wait()
            for _ in range(2):
                with timed(20.0):
                    served.stop()
                served.close()
                served.start()
                writers.wait()
        compare(world, writers.diaries)


def test_a_request_under_way_is_answered_before_the_api_ends(world: World, tmp_path: Path) -> None:
    with Served(url_of(world), tmp_path / "api") as served, served.client("otto") as caller:
        sent = world.dispatch(hq=1)
        answers: list[httpx.Response] = []
        with world.database.connect() as rival:
            rival.exec_driver_sql("BEGIN")
            rival.exec_driver_sql(f"SELECT * FROM dispatches WHERE id = {sent.id} FOR UPDATE")
            path = f"/dispatches/{sent.id}/return"
            asking = threading.Thread(target=lambda: answers.append(caller.post(path, returned(hq=1))), name="asking")
            asking.start()
            _wait_until_somebody_waits(world)
            served.terminate()
            assert not _takes_calls(served)
            rival.rollback()
        asking.join(LONG)
        assert [answer.status_code for answer in answers] == [201]
        assert served.wait() == 0
        assert world.read(sent).status == "closed"
        with world.database.connect() as connection:
            seals = connection.exec_driver_sql("SELECT max(last_id) FROM audit_seals").scalar_one()
            assert seals == connection.exec_driver_sql("SELECT max(id) FROM audit_entries").scalar_one()


def _wait_until_somebody_waits(world: World) -> None:
    deadline = time.monotonic() + LONG
    with world.database.connect() as looking:
        while time.monotonic() < deadline:
            statement = "SELECT count(*) FROM performance_schema.data_lock_waits"
            if looking.exec_driver_sql(statement).scalar_one():
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits for the lock")


def _takes_calls(served: Served) -> bool:
    """Whether new callers are taken, once there was time to hear of the end."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{served.address}/health/live", timeout=5.0, trust_env=False)
        except httpx.TransportError:
            return False
        time.sleep(0.05)
    return True
