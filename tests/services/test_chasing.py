"""Chases: who was called about trays that are out, when, and what was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.errors import Forbidden, NotFound, ValidationFailed, WrongState
from coresafe.services.audit_trail import dispatch_history, list_audit
from coresafe.services.chasing import AddChase, add_chase, list_chases
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.feed import Mark, poll
from coresafe.services.listing import Query
from tests.services.kinds import on_every_database
from tests.services.test_bad_input import BROKEN_TEXTS, refused
from tests.worlds import World


def called(dispatch_id: int, **changes: Any) -> AddChase:
    return replace(AddChase(dispatch_id=dispatch_id, called="Kojo Mensah", note="Brings them on Friday."), **changes)


@on_every_database
def test_a_call_is_kept_with_who_when_and_what_and_leaves_the_dispatch_as_it_is(proved: World) -> None:
    sent = proved.dispatch(hq=5)
    earlier = datetime.now(UTC)
    first = add_chase(proved.manager, called(sent.id, chased_at=earlier))
    second = add_chase(proved.manager, called(sent.id, called="Ama", note="No answer.\nTry again."))
    chases = list_chases(proved.operator, sent.id)
    assert chases == (second, first)
    assert (first.number, first.called, first.note, first.entered_by) == (
        sent.number, "Kojo Mensah", "Brings them on Friday.", "mary",
    )  # fmt: skip
    assert first.chased_at == earlier and second.chased_at == second.entered_at
    assert proved.read(sent) == replace(sent, days_out=proved.read(sent).days_out)


def test_a_call_stands_in_the_trail_the_history_of_its_dispatch_and_the_feed(world: World) -> None:
    sent = world.dispatch(hq=5)
    mark = Mark()
    poll(world.operator, mark)
    chase = add_chase(world.manager, called(sent.id))
    entry = list_audit(world.manager, Query(filters={"record_type": "chase", "record_id": str(chase.id)})).items[0]
    assert (entry.action, entry.user, (entry.new or {})["called"]) == ("add", "mary", "Kojo Mensah")
    newest = dispatch_history(world.operator, sent.id).entries[0]
    assert (newest.record_type, (newest.new or {})["note"]) == ("chase", "Brings them on Friday.")
    assert "dispatches" in poll(world.operator, mark).kinds


def test_no_call_was_made_twice_however_often_it_is_sent(world: World) -> None:
    sent = world.dispatch(hq=5)
    operation = "7a1f6d0e-98b0-4a53-9a6e-6f1c2f6f0a11"
    assert add_chase(world.manager, called(sent.id), operation) == add_chase(world.manager, called(sent.id), operation)
    assert len(list_chases(world.operator, sent.id)) == 1


def test_a_dispatch_without_chases_says_so_and_one_that_is_not_there_too(world: World) -> None:
    assert list_chases(world.operator, world.dispatch(hq=1).id) == ()
    for wrong in (0, -1, 10**9, 2**70, "1", None):
        with pytest.raises(NotFound):
            list_chases(world.operator, wrong)  # type: ignore[arg-type]
        refused(world, lambda wrong=wrong: add_chase(world.manager, called(wrong)), NotFound)  # type: ignore[misc]


def test_what_is_wrong_with_a_call_is_named_at_its_field(world: World) -> None:
    sent = world.dispatch(hq=5)
    now = datetime.now(UTC)
    for changes, fields in (
        ({"called": " ", "note": ""}, {"called", "note"}),
        ({"note": None}, {"note"}),
        ({"called": "K" * 121}, {"called"}),
        ({"note": "n" * 4001}, {"note"}),
        ({"chased_at": now + timedelta(minutes=5)}, {"chased_at"}),
        ({"chased_at": now - timedelta(days=1)}, {"chased_at"}),
        ({"chased_at": now.replace(tzinfo=None)}, {"chased_at"}),
    ):
        found = refused(world, lambda changes=changes: add_chase(world.manager, called(sent.id, **changes)))  # type: ignore[misc]
        assert set(found) == fields, changes
    for name, text in BROKEN_TEXTS.items():
        both = {"called": text} if name == "line break" else {"called": text, "note": text}
        found = refused(world, lambda both=both: add_chase(world.manager, called(sent.id, **both)))  # type: ignore[misc]
        assert set(found) == set(both)


def test_nobody_is_called_about_what_is_back_or_voided_and_a_technician_calls_nobody(world: World) -> None:
    back, gone, out = (world.dispatch(hq=1) for _ in range(3))
    world.give_back(back, hq=1)
    void_dispatch(world.manager, VoidDispatch(dispatch_id=gone.id, reason="wrong rig"))
    for dispatch in (back, gone):
        refused(world, lambda dispatch=dispatch: add_chase(world.manager, called(dispatch.id)), WrongState)  # type: ignore[misc]
    refused(world, lambda: add_chase(world.operator, called(out.id)), Forbidden)
    with pytest.raises(ValidationFailed):
        add_chase(world.manager, called(out.id), "not an id")
