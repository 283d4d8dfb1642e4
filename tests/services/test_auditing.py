"""Every change says who, when, from where and what; nothing is written without an entry."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import Bug
from coresafe.models import AuditEntry, Base, Company
from coresafe.models.enums import Door, MovementKind, State
from coresafe.services import auditing
from coresafe.services.dispatching import AmendDispatch, VoidDispatch, amend_dispatch, void_dispatch
from coresafe.services.ledger import Gate, Move, Posting, Source
from coresafe.services.permissions import Permission
from coresafe.services.proving import prove
from coresafe.services.transaction import writes
from coresafe.services.work import Writing
from tests.services.kinds import on_every_database
from tests.worlds import World, row_counts

E = AuditEntry.__table__


def entries(world: World, op: uuid.UUID) -> list[Any]:
    with world.database.connect() as connection:
        return list(connection.execute(sa.select(E).where(E.c.operation_id == str(op)).order_by(E.c.id)))


@on_every_database
def test_an_entry_says_who_when_whence_what(proved: World) -> None:
    world = proved
    op, second = uuid.uuid4(), uuid.uuid4()
    ctx = replace(world.operator, door=Door.API, machine="gate-terminal")
    sent = world.dispatch(who=ctx, hq=5, op=op, notes="=🪨")
    (entry,) = entries(world, op)
    assert (entry.user_id, entry.username) == (ctx.actor.user_id, "otto")
    assert (entry.door, entry.machine) == ("api", "gate-terminal")
    assert (entry.action, entry.record_type, entry.record_id) == ("dispatch", "dispatch", str(sent.id))
    assert abs(entry.at - sent.created_at) < timedelta(seconds=1)
    assert entry.old is None
    assert entry.new["number"] == sent.number
    assert entry.new["notes"] == "=🪨"
    assert entry.new["lines"] == [{"tray_size": "HQ", "contents": "empty", "quantity": 5}]
    command = AmendDispatch(dispatch_id=sent.id, version=1, driver="Kwame")
    amend_dispatch(world.manager, command, second)
    (entry,) = entries(world, second)
    assert (entry.old, entry.new) == ({"driver": "Kofi"}, {"driver": "Kwame"})


def test_old_and_new_figures_and_the_reason_of_a_void(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5)
    op = uuid.uuid4()
    void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="wrong rig"), op)
    (entry,) = entries(world, op)
    assert (entry.old["status"], entry.new["status"], entry.reason) == ("outstanding", "voided", "wrong rig")
    assert (entry.old["outstanding"], entry.new["outstanding"]) == (5, 0)


def test_a_refused_write_leaves_no_entry_and_a_repeated_one_no_second(proved: World) -> None:
    world = proved
    op = uuid.uuid4()
    with pytest.raises(Exception, match="Not enough trays"):
        world.dispatch(hq=51, op=op)
    assert entries(world, op) == []
    world.dispatch(hq=1, op=op)
    world.dispatch(hq=1, op=op)
    assert len(entries(world, op)) == 1


@on_every_database
def test_the_hash_covers_everything_an_entry_says(proved: World) -> None:
    world = proved
    op = uuid.uuid4()
    world.dispatch(hq=1, op=op, driver="Zoë")
    (entry,) = entries(world, op)
    row = {name: getattr(entry, name) for name in auditing.HASHED}
    assert auditing.hash_of(row) == entry.hash
    assert set(auditing.HASHED) == {column.name for column in E.c} - {"id", "hash"}
    for name in auditing.HASHED:
        changed = {"at": entry.at + timedelta(microseconds=1), "user_id": 0, "old": {}, "new": {}}.get(name, "x")
        assert auditing.hash_of({**row, name: changed}) != entry.hash, name


@pytest.mark.parametrize("flavour", ["mysql", "sqlite"])
def test_an_entry_changed_by_hand_is_found(world: World) -> None:
    op = uuid.uuid4()
    world.dispatch(hq=1, op=op)
    (entry,) = entries(world, op)
    row = E.c.id == entry.id

    def put(new: Any) -> None:
        with world.database.connect() as connection:
            connection.execute(sa.update(E).where(row).values(new=new))

    put({**entry.new, "driver": "nobody"})
    assert f"Audit entry {entry.id} was changed after it was written." in prove(world.database).problems
    put(entry.new)
    world.settle()


def a_write(body: Any) -> Any:
    """A use case made of ``body``; its answer is nothing."""

    def bare(tx: Writing, command: object) -> None:
        body(tx)

    return writes(Permission.LOOK)(bare)


def company(tx: Writing) -> dict[str, Any]:
    name = f"c{uuid.uuid4().hex}"
    return {"name": name, "name_key": name, "created_at": tx.now, "updated_at": tx.now}


@on_every_database
def test_a_write_without_an_entry_is_an_error_and_is_undone(proved: World) -> None:
    world = proved
    rows = row_counts(world.database)

    def silent(tx: Writing) -> None:
        tx.insert(Company, company(tx))

    def wrong_kind(tx: Writing) -> None:
        tx.insert(Company, company(tx))
        tx.audit("add", "project", 1)

    def unknown_kind(tx: Writing) -> None:
        tx.audit("ad", "company", 1)

    def undeclared(tx: Writing) -> None:
        tx.change_by_text("DELETE FROM alembic_version WHERE 1 = 0", (), table="alembic_version")
        tx.audit("add", "company", 1)

    def unposted(tx: Writing) -> None:
        gate = Gate(shed_id=world.shed_id, time_zone="UTC", closed_through=0)
        move = Move(
            kind=MovementKind.FILL, tray_size_id=_hq(tx), tray_size="HQ", quantity=1, from_state=State.AVAILABLE,
            to_state=State.OCCUPIED, gate=gate,
        )  # fmt: skip
        Posting(tx, [move], at=tx.now).take()
        tx.audit("fill", "stock", "x")

    for body in (silent, wrong_kind, unknown_kind, undeclared, unposted):
        with pytest.raises(Bug):
            a_write(body)(world.manager, None)
        assert row_counts(world.database) == rows, body.__name__
    assert world.stock().occupied == 0


def _hq(tx: Writing) -> int:
    return int(tx.all(sa.text("SELECT id FROM tray_sizes WHERE name = 'HQ'"))[0].id)  # type: ignore[arg-type]


def test_a_posting_that_is_recorded_passes(proved: World) -> None:
    def posted(tx: Writing) -> None:
        gate = Gate(shed_id=proved.shed_id, time_zone="UTC", closed_through=0)
        move = Move(
            kind=MovementKind.FILL, tray_size_id=_hq(tx), tray_size="HQ", quantity=1, from_state=State.AVAILABLE,
            to_state=State.OCCUPIED, gate=gate,
        )  # fmt: skip
        posting = Posting(tx, [move], at=tx.now)
        posting.take()
        posting.record(Source())
        tx.audit("fill", "stock", "x")

    a_write(posted)(proved.manager, None)
    assert proved.stock().occupied == 1


def test_every_table_is_either_covered_or_not_written_by_use_cases() -> None:
    others = {"operations", "audit_entries", "audit_seals", "sign_in_throttles"}
    assert set(Base.metadata.tables) == set(auditing.COVERED_BY) | others


def test_no_entry_holds_a_password_or_its_hash(world: World) -> None:
    with world.database.connect() as connection:
        rows = connection.execute(sa.select(E.c.old, E.c.new).where(E.c.record_type == "user")).all()
    assert "$2b$" not in json.dumps([list(row) for row in rows])
    assert "password_hash" not in json.dumps([list(row) for row in rows])
