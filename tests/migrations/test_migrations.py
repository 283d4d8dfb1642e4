"""The schema goes up and down on all three databases, and the models are what the migrations make."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import SchemaMismatch
from coresafe.models import Base
from coresafe.services import schema, sheds
from coresafe.services.database import Database
from coresafe.services.proving import prove
from tests.worlds import make_people, make_world

MakeUrl = Callable[..., str]
KINDS = ["mysql", "mariadb", "sqlite"]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, database_url: MakeUrl) -> Iterator[Database]:
    """A database without a single table."""
    database = Database(database_url(request.param, migrated=False))
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    with database.connect() as connection:
        return {name for name in sa.inspect(connection).get_table_names() if not name.startswith("sqlite_")}


def stamp(database: Database, revision: str) -> None:
    with database.connect() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def refusal(database: Database) -> SchemaMismatch:
    with pytest.raises(SchemaMismatch) as told:
        schema.require_current(database)
    assert re.fullmatch(r"[A-Z][^.!?]*\.", told.value.message), "one sentence"
    return told.value


def test_the_models_are_what_the_migrations_make(empty: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    schema.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert tables(empty) == {*Base.metadata.tables, "alembic_version"}


def test_foreign_keys_never_cascade_into_history(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection:
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            for key in inspector.get_foreign_keys(table):
                ondelete = str(key["options"].get("ondelete", "NO ACTION")).upper()
                assert ondelete in ("NO ACTION", "RESTRICT"), (table, key)


def test_up_down_and_up_again(empty: Database) -> None:
    assert schema.current(empty) is None
    assert "empty" in refusal(empty).message
    schema.upgrade(empty)
    assert schema.current(empty) == schema.HEAD
    schema.require_current(empty)
    schema.downgrade(empty, "base")
    assert tables(empty) <= {"alembic_version"}
    assert schema.current(empty) is None
    schema.upgrade(empty)
    world = make_world(make_people(empty))
    world.dispatch(hq=1)
    assert prove(empty).problems == ()


def test_every_step_down_and_up_keeps_the_models(empty: Database) -> None:
    schema.upgrade(empty)
    for revision in schema.known():
        schema.downgrade(empty, f"{revision}-1" if len(schema.known()) > 1 else "base")
        schema.upgrade(empty)
        assert tables(empty) == {*Base.metadata.tables, "alembic_version"}


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    schema.upgrade(empty)
    people = make_people(empty)
    assert schema.upgrade(empty) is None
    assert people.admin.actor.username == "boss"
    assert prove(empty).problems == ()


def test_first_rows_come_with_the_migration(empty: Database) -> None:
    schema.upgrade(empty)
    admin = make_people(empty).admin
    (shed,) = sheds.list_sheds(admin)
    assert (shed.name, shed.is_active) == ("Main shed", True)
    sizes = {size.name: size for size in sheds.list_tray_sizes(admin)}
    assert set(sizes) == {"PQ", "PQ3", "HQ", "HQ3", "NQ", "NQ2", "NQ3", "BQ"}
    assert {name for name, size in sizes.items() if size.is_active} == {"HQ", "NQ"}
    assert (sizes["HQ"].core_mm, sizes["HQ"].hole_mm, sizes["HQ"].rows, sizes["HQ"].capacity_m) == (63.5, 96.0, 4, 4.0)


def test_head_is_the_newest_script() -> None:
    assert schema.known()[0] == schema.HEAD
    assert len(set(schema.known())) == len(schema.known())


def test_too_new_is_told_and_not_touched(empty: Database) -> None:
    schema.upgrade(empty)
    stamp(empty, "9999")
    before = tables(empty)
    told = refusal(empty)
    assert told.too_new
    assert "9999" in told.message
    with pytest.raises(SchemaMismatch):
        schema.upgrade(empty)
    assert (schema.current(empty), tables(empty)) == ("9999", before)


def test_too_old_is_told_and_not_touched(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.upgrade(empty)
    monkeypatch.setattr(schema, "HEAD", "9999")  # a program that is one migration ahead
    told = refusal(empty)
    assert not told.too_new
    assert "older" in told.message
    assert schema.current(empty) != "9999"


def test_an_embedded_database_is_backed_up_before_it_changes(
    database_url: MakeUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url("sqlite"))
    try:
        world = make_world(make_people(database))
        sent = world.dispatch(hq=3)
        assert schema.upgrade(database) is None  # nothing to do, nothing to copy
        monkeypatch.setattr(schema, "HEAD", "9999")
        copies: list[Any] = [schema.upgrade(database)]
        monkeypatch.undo()
        copies.append(schema.downgrade(database, "base"))
        for copy in copies:
            assert isinstance(copy, Path)
            assert copy.parent.name == "backups"
            with sqlite3.connect(copy) as reading:
                assert reading.execute("SELECT number FROM dispatches").fetchall() == [(sent.number,)]
                assert reading.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            reading.close()
        assert tables(database) <= {"alembic_version"}
    finally:
        database.close()


def test_every_list_is_sorted_by_an_index() -> None:
    """Whatever a list of dispatches can be sorted by leads an index, with the id or a unique key after it."""
    from coresafe.services.dispatching import LISTING

    table = Base.metadata.tables["dispatches"]
    leading = {next(iter(index.columns)).name for index in table.indexes}
    unique = {c.name for c in table.columns if c.unique} | {"id"}
    assert {column.name for column in LISTING.sorts.values()} <= leading | unique
