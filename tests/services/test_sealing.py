"""The chain of seals over the audit trail: it covers each entry once, and shows what was tampered with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from coresafe.models import AuditEntry, AuditSeal
from coresafe.services import sealing
from coresafe.services.database import Database
from coresafe.services.proving import prove
from coresafe.services.sealing import FIRST, gaps_between, ranges_of, seal_now
from tests.crowds import at_once
from tests.databases import KINDS, Databases
from tests.worlds import World, make_people, make_world

SEAL = AuditSeal.__table__
ENTRY = AuditEntry.__table__


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, databases: Databases) -> Iterator[World]:
    """A world in a database of its own: its seals are tampered with."""
    database = Database(databases.new(request.param))
    yield make_world(make_people(database))
    database.close()


def run(database: Database, statement: sa.Executable) -> list[sa.Row[tuple[object, ...]]]:
    with database.connect() as connection:
        result = connection.execute(statement)
        return list(result) if result.returns_rows else []


def test_ranges_and_gaps() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert ranges_of([]) == []
    assert gaps_between([(2, 3), (7, 7)], 1, 9) == [(1, 1), (4, 6), (8, 9)]
    assert gaps_between([], 4, 5) == [(4, 5)]
    assert gaps_between([(1, 9)], 1, 9) == []


def test_a_chain_covers_every_entry_once(world: World) -> None:
    database = world.database
    first = seal_now(database)
    assert first > 0
    assert seal_now(database) == 0
    world.dispatch(hq=1)
    assert seal_now(database) == 1
    seals = run(database, sa.select(SEAL).order_by(SEAL.c.id))
    assert [seal.previous for seal in seals] == [FIRST, seals[0].digest]
    entries = run(database, sa.select(ENTRY.c.id))
    covered = [n for seal in seals for low, high in seal.ids for n in range(low, high + 1)]
    assert sorted(covered) == sorted(row.id for row in entries)
    proof = prove(database)
    assert proof.problems == ()
    assert proof.figures["not_yet_sealed"] == 0


def test_tampering_shows(world: World) -> None:
    database = world.database
    world.dispatch(hq=1)
    seal_now(database)
    world.dispatch(hq=1)
    seal_now(database)
    rows = run(database, sa.select(ENTRY).order_by(ENTRY.c.id))
    victim = rows[-3]
    run(database, sa.delete(ENTRY).where(ENTRY.c.id == victim.id))
    assert any("covers" in problem for problem in prove(database).problems)
    run(database, sa.insert(ENTRY).values(**victim._mapping))
    world.settle()
    run(database, sa.update(ENTRY).where(ENTRY.c.id == victim.id).values(hash="0" * 64))
    assert len(prove(database).problems) == 2  # the entry itself, and the seal over it
    run(database, sa.update(ENTRY).where(ENTRY.c.id == victim.id).values(hash=victim.hash))
    seals = run(database, sa.select(SEAL).order_by(SEAL.c.id))
    run(database, sa.delete(SEAL).where(SEAL.c.id == seals[0].id))
    assert any("does not follow" in problem for problem in prove(database).problems)


def test_many_at_once_seal_each_entry_once(world: World) -> None:
    for _ in range(3):
        world.dispatch(hq=1)
    outcomes = at_once([lambda: seal_now(world.database)] * 6)
    assert [o.error for o in outcomes] == [None] * 6
    seal_now(world.database)
    proof = prove(world.database)
    assert proof.problems == ()
    assert proof.figures["not_yet_sealed"] == 0
    assert sum(o.answer for o in outcomes) <= proof.figures["audit_entries"]


def test_an_entry_that_commits_late_is_sealed_later(world: World) -> None:
    """Its id is lower than those sealed already: the gap is remembered."""
    database = world.database
    newest = run(database, sa.select(ENTRY).order_by(ENTRY.c.id.desc()).limit(1))[0]
    run(database, sa.delete(ENTRY).where(ENTRY.c.id == newest.id))
    world.dispatch(hq=1)
    seal_now(database)
    assert prove(database).figures["not_yet_sealed"] == 0
    run(database, sa.insert(ENTRY).values(**newest._mapping))
    assert prove(database).figures["not_yet_sealed"] == 1
    assert seal_now(database) == 1
    proof = prove(database)
    assert (proof.problems, proof.figures["not_yet_sealed"]) == ((), 0)


def test_closing_seals_what_is_left(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "ENTRIES_A_SEAL", 3)
    url = databases.new("sqlite")
    database = Database(url)
    make_world(make_people(database)).dispatch(hq=1)
    database.close()
    again = Database(url)
    proof = prove(again)
    assert (proof.problems, proof.figures["not_yet_sealed"]) == ((), 0)
    assert len(run(again, sa.select(SEAL))) > 1
    again.close()
