"""Many programs at once at the HTTP API: the real ``coresafe serve`` on a real MySQL."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import httpx
import pytest
import sqlalchemy as sa

from coresafe.models import Dispatch, Return
from tests.crowds import at_once
from tests.served import Caller, Served, returned, wanted
from tests.worlds import Populations, World, make_world


@pytest.fixture(scope="module")
def served(populations: Populations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The program on the database of the worlds; it ends well."""
    url = populations.of("mysql").database.url.render_as_string(hide_password=False)
    with Served(url, tmp_path_factory.mktemp("served")) as program:
        yield program
    assert '"level": "ERROR"' not in program.words
    assert '"level": "WARNING"' not in program.words


@pytest.fixture
def world(populations: Populations) -> Iterator[World]:
    """A shed with 50 trays of two sizes; the ledger is proved at the end."""
    made = make_world(populations.of("mysql"))
    yield made
    made.settle()


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    """What the operator signs his requests with."""
    with served.client("otto") as client:
        return client.token


@pytest.fixture
def callers(served: Served, token: str) -> Iterator[Callable[[int], list[Caller]]]:
    """So many callers, each with a connection of its own that is open already."""
    with ExitStack() as stack:

        def make(count: int) -> list[Caller]:
            made = [stack.enter_context(served.client(token=token)) for _ in range(count)]
            for caller in made:
                assert caller.get("/health/live").status_code == 200
            return made

        yield make


def answers(calls: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """What each was answered, all let go together."""
    outcomes = at_once(calls)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return [outcome.answer for outcome in outcomes]


def told(found: Sequence[httpx.Response]) -> Counter[str]:
    """How often each answer came, by status and code."""
    return Counter(f"{a.status_code} {a.json().get('error_code', '')}".strip() for a in found)


def rows_of(world: World, table: sa.Table) -> int:
    with world.database.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(table).where(table.c.shed_id == world.shed_id)
        return int(connection.execute(statement).scalar_one())


def test_sixteen_programs_race_for_the_last_trays(world: World, callers: Callable[[int], list[Caller]]) -> None:
    body = wanted(world, hq=10)
    found = answers([lambda c=c: c.post("/dispatches", body, key=uuid.uuid4()) for c in callers(16)])  # type: ignore[misc]
    assert told(found) == {"201": 5, "409 INSUFFICIENT_STOCK": 11}
    for answer in found:
        if answer.status_code == 409:
            (shortage,) = answer.json()["shortages"]
            assert (shortage["tray_size"], shortage["requested"]) == ("HQ", 10)
            assert shortage["available"] < 10
            assert "HQ" in answer.json()["detail"]
    row = world.stock()
    assert (row.available, row.outstanding, row.base) == (0, 50, 50)
    assert rows_of(world, Dispatch.__table__) == 5


def test_eight_programs_return_one_dispatch_at_the_same_instant(
    world: World, callers: Callable[[int], list[Caller]]
) -> None:
    sent = world.dispatch(hq=20, nq=5)
    path, body = f"/dispatches/{sent.id}/return", returned(hq=20, nq=5)
    found = answers([lambda c=c: c.post(path, body, key=uuid.uuid4()) for c in callers(8)])  # type: ignore[misc]
    assert told(found) == {"201": 1, "409 ALREADY_RETURNED": 7}
    row = world.read(sent)
    assert (row.status, len(row.returns), row.lines[0].good) == ("closed", 1, 20)
    assert (world.stock("HQ").available, world.stock("NQ").available) == (50, 50)
    assert rows_of(world, Return.__table__) == 1


def test_one_key_from_eight_programs_is_one_dispatch_and_one_answer(
    world: World, callers: Callable[[int], list[Caller]]
) -> None:
    crowd = callers(8)
    key, body = uuid.uuid4(), wanted(world, hq=7)
    found = answers([lambda c=c: c.post("/dispatches", body, key=key) for c in crowd])  # type: ignore[misc]
    assert told(found) == {"201": 8}
    assert len({answer.content for answer in found}) == 1
    assert len({answer.headers["location"] for answer in found}) == 1
    assert rows_of(world, Dispatch.__table__) == 1
    back, path = uuid.uuid4(), f"/dispatches/{found[0].json()['id']}/return"
    found = answers([lambda c=c: c.post(path, returned(hq=7), key=back) for c in crowd])  # type: ignore[misc]
    assert told(found) == {"201": 8}
    assert len({answer.content for answer in found}) == 1
    assert rows_of(world, Return.__table__) == 1
    found = answers([lambda c=c: c.post("/dispatches", wanted(world, hq=8), key=key) for c in crowd])  # type: ignore[misc]
    assert told(found) == {"409 IDEMPOTENCY_KEY_REUSED": 8}


def test_sixty_four_programs_sign_in_read_and_write_without_an_error(world: World, served: Served) -> None:
    """Each signs in by itself, looks at everything, sends trays out and takes them back."""
    pages = (
        "/dispatches?limit=100",
        "/dispatches/outstanding",
        "/inventory",
        "/inventory/available",
        "/inventory/movements",
        "/companies",
        "/projects",
        "/drillholes",
        "/samples",
        "/sheds",
        "/tray-sizes",
        "/auth/me",
        "/reports/dashboard",
        "/reports/analytics",
        "/health/ready",
    )
    world.move("purchase", 100)

    def play(turn: int) -> list[str]:
        seen = []
        with Caller(served.address, timeout=120) as caller:
            seen.append(f"{caller.sign_in('otto').status_code} sign-in")
            for number, page in enumerate((*pages[turn % len(pages) :], *pages[: turn % len(pages)])):
                seen.append(f"{caller.get(page).status_code} {page}")
                if number % 8 == 0:
                    sent = caller.post("/dispatches", wanted(world, hq=1), key=uuid.uuid4())
                    back = caller.post(f"/dispatches/{sent.json()['id']}/return", returned(hq=1), key=uuid.uuid4())
                    seen += [f"{sent.status_code} dispatch", f"{back.status_code} return"]
        return seen

    outcomes = at_once([lambda n=n: play(n) for n in range(64)])  # type: ignore[misc]
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert Counter(word for outcome in outcomes for word in outcome.answer) == {
        "200 sign-in": 64,
        **{f"200 {page}": 64 for page in pages},
        "201 dispatch": 128,
        "201 return": 128,
    }
    assert world.stock().available == 150
    assert rows_of(world, Dispatch.__table__) == rows_of(world, Return.__table__) == 128
