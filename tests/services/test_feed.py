"""What windows are told of others' changes: everything, once, though entries commit out of the order of their ids."""

from __future__ import annotations

import pytest

from coresafe.errors import Unauthenticated
from coresafe.models.enums import Door, Role
from coresafe.services import feed, registry
from coresafe.services.signing_in import sign_in
from coresafe.services.users import ChangeUser, change_user, myself
from tests.worlds import MACHINE, PASSWORD, World, a_user

EVERYWHERE = pytest.mark.parametrize("flavour", ["mysql", "mariadb", "sqlite"])


@EVERYWHERE
def test_a_change_is_told_once_with_what_it_touches(world: World) -> None:
    mark = feed.Mark()
    assert feed.poll(world.operator, mark).kinds == frozenset()
    row = world.dispatch(hq=1)
    told = feed.poll(world.operator, mark)
    assert ("dispatch", str(row.id)) in told.records
    assert {"dispatches", "stock"} <= told.kinds
    assert not feed.poll(world.operator, mark).records


def test_an_entry_that_commits_late_is_told_though_its_id_is_lower(world: World) -> None:
    """A transaction takes its ids early and commits after one that took later ones."""
    database = world.people.database
    with database.connect() as slow:
        database.begin_write(slow)
        slow.exec_driver_sql(
            "INSERT INTO audit_entries (at, door, machine, operation_id, action, record_type, record_id, hash) "
            "SELECT at, door, machine, operation_id, 'change', 'company', 'late', hash FROM audit_entries "
            "ORDER BY id DESC LIMIT 1"
        )
        registry.add_company(world.manager, registry.AddCompany(name="Committed first"))
        early, opened_now = feed.Mark(), feed.Mark()
        feed.poll(world.operator, early)
        feed.poll(world.operator, opened_now)
        slow.commit()
        # Out of the way again: it has no hash of its own, and a proof would rightly say so.
    try:
        for mark in (early, opened_now):
            assert ("company", "late") in feed.poll(world.operator, mark).records
    finally:
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM audit_entries WHERE record_id = 'late'")


def test_a_user_who_is_switched_off_learns_it_at_the_next_poll(world: World) -> None:
    name = "feedreader"
    a_user(world.admin, Role.OPERATOR, name)
    reader = sign_in(world.people.database, name, PASSWORD, door=Door.WINDOW, machine=MACHINE)
    mark = feed.Mark()
    feed.poll(reader, mark)
    row = myself(reader)
    change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, is_active=False))
    with pytest.raises(Unauthenticated):
        feed.poll(reader, mark)
