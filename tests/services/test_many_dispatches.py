"""The same change of several dispatches: all of them or none, an entry in the trail for each, every refusal named with why."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from coresafe.errors import Forbidden, SomeRefused, ValidationFailed
from coresafe.models.base import NOTE_LENGTH
from coresafe.services.audit_trail import dispatch_history
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, VoidDispatch, amend_dispatch, void_dispatch
from coresafe.services.many_dispatches import (
    MAX_DISPATCHES,
    Chosen,
    ExtendDispatches,
    NoteDispatches,
    extend_dispatches,
    note_dispatches,
)
from tests.services.kinds import on_every_database
from tests.worlds import World

WEEK = timedelta(days=7)


def chosen(rows: Sequence[DispatchRow]) -> list[Chosen]:
    return [Chosen(dispatch_id=row.id, version=row.version) for row in rows]


def extend(rows: Sequence[DispatchRow], due_at: datetime, reason: str = "the rig stays") -> ExtendDispatches:
    return ExtendDispatches(dispatches=chosen(rows), due_at=due_at, reason=reason)


def note(rows: Sequence[DispatchRow], words: str = "Kofi was told") -> NoteDispatches:
    return NoteDispatches(dispatches=chosen(rows), note=words)


def latest(world: World, row: DispatchRow) -> tuple[str, object, object, str | None]:
    entry = dispatch_history(world.manager, row.id).entries[0]
    return entry.action, entry.old, entry.new, entry.reason


@on_every_database
def test_several_get_one_later_due_date_each_with_its_entry(proved: World) -> None:
    world = proved
    rows = [world.dispatch(hq=n) for n in (1, 2, 3)]
    world.give_back(rows[1], hq=1)
    rows[1] = world.read(rows[1])
    due = rows[0].due_at + WEEK
    already = replace_due(world, rows[2], due)
    answer = extend_dispatches(world.manager, extend([already, rows[1], rows[0]], due))
    assert [row.id for row in answer] == [rows[2].id, rows[1].id, rows[0].id]
    for before in rows[:2]:
        after = world.read(before)
        assert (after.due_at, after.version) == (due, before.version + 1)
        assert replace(after, due_at=before.due_at, version=before.version, updated_at=before.updated_at) == before
        action, old, new, reason = latest(world, before)
        assert (action, reason) == ("extend", "the rig stays")
        assert (moment(old), moment(new)) == (before.due_at, due)
    assert world.read(already).version == already.version  # due then already: nothing to tell
    by_id = {row.id: row for row in answer}
    assert by_id[rows[0].id] == world.read(rows[0])


def moment(side: object) -> datetime:
    assert isinstance(side, dict)
    return datetime.fromisoformat(side["due_at"])


def replace_due(world: World, row: DispatchRow, due: datetime) -> DispatchRow:
    return amend_dispatch(world.manager, AmendDispatch(dispatch_id=row.id, version=row.version, due_at=due))


@on_every_database
def test_one_that_refuses_stops_all_and_each_is_named_with_why(proved: World) -> None:
    world = proved
    good, voided, closed, late, stale = (world.dispatch(hq=1) for _ in range(5))
    void_dispatch(world.manager, VoidDispatch(dispatch_id=voided.id, reason="never left"))
    world.give_back(closed, hq=1)
    due = good.due_at + WEEK
    late = replace_due(world, late, due + WEEK)
    changed = amend_dispatch(world.manager, AmendDispatch(dispatch_id=stale.id, version=1, driver="Esi"))
    rows = [world.read(row) for row in (good, voided, closed)] + [late, stale]
    with pytest.raises(SomeRefused) as refused:
        extend_dispatches(world.manager, extend(rows, due))
    why = {one.name: one.why for one in refused.value.refused}
    assert list(why) == [voided.number, closed.number, late.number, stale.number]
    assert why[voided.number] == "it was voided"
    assert why[closed.number] == "nothing of it is out any more"
    assert why[late.number].startswith("it is due later already")
    assert why[stale.number] == "it was changed by somebody else meanwhile"
    by_name = {one.name: one for one in refused.value.refused}
    assert by_name[stale.number].stale and by_name[stale.number].current == changed
    assert not by_name[closed.number].stale
    assert refused.value.message.startswith("4 of 5 cannot be changed so, and none was. ")
    assert refused.value.details["refused"][0] == {"id": voided.id, "name": voided.number, "why": "it was voided"}
    assert world.read(good) == good


@on_every_database
def test_a_note_is_added_below_what_stands_there(proved: World) -> None:
    world = proved
    said, silent = world.dispatch(hq=1, notes="Gate 2"), world.dispatch(nq=1)
    answer = note_dispatches(world.manager, note([said, silent], "  Kofi was told\n50% ’s  "))
    assert [world.read(row).notes for row in (said, silent)] == [
        "Gate 2\nKofi was told\n50% ’s",
        "Kofi was told\n50% ’s",
    ]
    assert [row.notes for row in answer] == ["Gate 2\nKofi was told\n50% ’s", "Kofi was told\n50% ’s"]
    assert latest(world, said) == ("amend", {"notes": "Gate 2"}, {"notes": "Gate 2\nKofi was told\n50% ’s"}, None)
    assert answer == tuple(world.read(row) for row in (said, silent))


def test_a_note_is_refused_on_what_may_not_be_amended_or_has_no_room(proved: World) -> None:
    world = proved
    own, others, closed = world.dispatch(hq=1), world.dispatch(hq=1, who=world.manager), world.dispatch(hq=1)
    full = world.dispatch(hq=1, notes="x" * (NOTE_LENGTH - 5))
    world.give_back(closed, hq=1)
    with pytest.raises(SomeRefused) as refused:
        note_dispatches(world.operator, note([own, others, world.read(closed), full]))
    assert [(one.name, one.why) for one in refused.value.refused] == [
        (others.number, "you may amend only your own, on the day you entered them"),
        (closed.number, "it is closed"),
        (full.number, f"with it its notes would be longer than {NOTE_LENGTH:,} characters"),
    ]
    assert world.read(own).notes is None
    assert note_dispatches(world.operator, note([own]))[0].notes == "Kofi was told"


def test_what_is_malformed_is_told_at_its_field(world: World) -> None:
    row = world.dispatch(hq=1)
    due = row.due_at + WEEK
    wrong: list[tuple[ExtendDispatches, set[str]]] = [
        (extend([], due), {"dispatches"}),
        (extend([row] * (MAX_DISPATCHES + 1), due), {"dispatches"}),
        (extend([row, row], due), {"dispatches[1]"}),
        (extend([row], due, reason=" "), {"reason"}),
        (extend([row], None), {"due_at"}),  # type: ignore[arg-type]
        (extend([row], due.replace(tzinfo=None)), {"due_at"}),
        (replace(extend([row], due), dispatches=[row]), {"dispatches[0]"}),  # type: ignore[list-item]
        (replace(extend([row], due), dispatches="all"), {"dispatches"}),  # type: ignore[arg-type]
    ]
    for command, fields in wrong:
        with pytest.raises(ValidationFailed) as failed:
            extend_dispatches(world.manager, command)
        assert {error.field for error in failed.value.errors} == fields
    for words in ("", " \n", "nul \0", "x" * (NOTE_LENGTH + 1)):
        with pytest.raises(ValidationFailed) as failed:
            note_dispatches(world.manager, note([row], words))
        assert {error.field for error in failed.value.errors} == {"note"}
    with pytest.raises(SomeRefused) as refused:
        extend_dispatches(world.manager, replace(extend([], due), dispatches=[Chosen(dispatch_id=10**12, version=1)]))
    assert refused.value.refused[0].why == "there is no such dispatch"
    with pytest.raises(Forbidden):
        extend_dispatches(world.operator, extend([row], due))
    assert world.read(row) == row


def test_the_second_try_of_one_operation_changes_nothing_more(world: World) -> None:
    rows = [world.dispatch(hq=1) for _ in range(2)]
    operation, command = uuid.uuid4(), note(rows)
    first = note_dispatches(world.manager, command, operation)
    assert note_dispatches(world.manager, command, operation) == first
    assert [world.read(row).notes for row in rows] == ["Kofi was told"] * 2


def test_two_who_extend_the_same_ones_at_once_neither_mix_nor_lock_each_other_out(world: World) -> None:
    rows = [world.dispatch(hq=1) for _ in range(6)]
    due = rows[0].due_at + WEEK
    outcomes: list[object] = []

    def go(who: object, order: Sequence[DispatchRow], days: int) -> None:
        try:
            extend_dispatches(who, extend(order, due + timedelta(days=days)))  # type: ignore[arg-type]
            outcomes.append(days)
        except SomeRefused as error:
            outcomes.append(error)

    threads = [
        threading.Thread(target=go, args=(who, order, days))
        for who, order, days in ((world.manager, rows, 1), (world.admin, rows[::-1], 2))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (won,) = [each for each in outcomes if isinstance(each, int)]
    (lost,) = [each for each in outcomes if isinstance(each, SomeRefused)]
    assert len(lost.refused) == 6
    assert {world.read(row).due_at for row in rows} == {due + timedelta(days=won)}
