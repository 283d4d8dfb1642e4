"""The sample year: believable, and its ledger proves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from coresafe.errors import Bug
from coresafe.models import Dispatch, Movement
from coresafe.models.enums import Door, MovementKind
from coresafe.services import demo, registry, schema
from coresafe.services.database import Database
from coresafe.services.listing import Query
from coresafe.services.proving import prove
from coresafe.services.signing_in import sign_in

_D = Dispatch.__table__
_M = Movement.__table__


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of 400 dispatches."""
    path = tmp_path_factory.mktemp("sample") / "sample_test.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    demo.play(database, dispatches=400)
    database.close()
    return path


@pytest.fixture
def played(sample: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{sample}")
    yield database
    database.close()


def test_the_sample_year_proves(played: Database) -> None:
    proof = prove(played)
    assert proof.problems == ()
    assert proof.warnings == ()
    assert proof.figures["dispatches"] == 400
    assert proof.figures["not_yet_sealed"] == 0


def test_the_sample_year_is_a_year_with_everything_that_happens(played: Database) -> None:
    with played.connect() as connection:
        kinds = set(connection.execute(sa.select(_M.c.kind).distinct()).scalars())
        statuses = set(connection.execute(sa.select(_D.c.status).distinct()).scalars())
        first, last = connection.execute(sa.select(sa.func.min(_D.c.created_at), sa.func.max(_D.c.created_at))).one()
        companies = connection.execute(sa.select(sa.func.count(_D.c.company_id.distinct()))).scalar_one()
        damaged = connection.execute(sa.select(sa.func.count()).where(_M.c.to_state == "damaged")).scalar_one()
        overdue = connection.execute(
            sa.select(sa.func.count()).select_from(_D).where(_D.c.is_open, _D.c.due_at < datetime.now(UTC))
        ).scalar_one()
    expected = {"opening", "dispatch", "return", "loss", "recovery", "release", "repair", "void"}
    assert expected <= kinds <= {kind.value for kind in MovementKind}
    assert {"closed", "outstanding", "partially_returned", "voided"} <= statuses
    assert last - first > timedelta(days=350)
    assert last <= datetime.now(UTC)
    assert companies == len(demo.COMPANIES)
    assert damaged and overdue


def test_every_sample_user_can_sign_in_and_see_holes(played: Database) -> None:
    for username, _full_name, role in demo.USERS:
        context = sign_in(played, username, demo.PASSWORD, door=Door.WINDOW, machine="test")
        assert context.actor.role is role
        holes = registry.list_drillholes(context, Query(limit=5))
        assert all(hole.eoh_depth and hole.easting for hole in holes.items)


def test_no_server_is_played_through_a_year(database_url: Callable[[str], str]) -> None:
    database = Database(database_url("mysql"))
    try:
        with pytest.raises(Bug), database.playing(lambda: datetime.now(UTC)):
            pass
    finally:
        database.close()
