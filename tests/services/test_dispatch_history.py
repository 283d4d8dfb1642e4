"""What happened to one dispatch: its own entries and those of its returns and losses, for everybody who may look."""

from __future__ import annotations

from coresafe.services.audit_trail import DispatchHistory, dispatch_history
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, ExtendDispatch, amend_dispatch, extend_dispatch
from coresafe.services.registry import AddDrillhole, add_drillhole
from coresafe.services.returning import VoidReturn, void_return
from tests.services.kinds import on_every_database
from tests.worlds import World


def told(found: DispatchHistory) -> list[tuple[str, str]]:
    return [(entry.record_type, entry.action) for entry in found.entries]


@on_every_database
def test_everything_that_was_done_to_a_dispatch_is_read_newest_first_and_nothing_else(world: World) -> None:
    sent, other = world.dispatch(hq=10), world.dispatch(hq=3)
    world.give_back(other, hq=1)
    row = world.give_back(sent, hq=4)
    row = void_return(world.manager, VoidReturn(dispatch_id=sent.id, return_id=row.returns[0].id, reason="twice"))
    world.lose(row, hq=2)
    found = dispatch_history(world.operator, sent.id)  # a technician may look at it
    assert told(found) == [
        ("dispatch", "resolve"),
        ("resolution", "add"),
        ("dispatch", "void"),
        ("return", "void"),
        ("dispatch", "return"),
        ("return", "add"),
        ("dispatch", "dispatch"),
    ]
    assert not found.more
    assert [entry.user for entry in found.entries] == ["mary"] * 4 + ["otto"] * 3
    assert dispatch_history(world.operator, 10**12).entries == ()


@on_every_database
def test_a_project_or_hole_that_was_changed_is_named(world: World) -> None:
    sent = world.dispatch(hq=1)
    hole = add_drillhole(world.manager, AddDrillhole(hole_id=f"NEW{sent.id}", project_id=sent.project_id))
    command = AmendDispatch(dispatch_id=sent.id, version=1, drillhole_id=hole.id)
    amend_dispatch(world.manager, command)
    found = dispatch_history(world.operator, sent.id)
    assert found.drillholes[hole.id] == hole.hole_id
    assert sent.drillhole_id is None or found.drillholes[sent.drillhole_id] == sent.hole_id


def test_what_is_left_out_is_said(world: World, monkeypatch: object) -> None:
    from coresafe.services import audit_trail

    sent: DispatchRow = world.dispatch(hq=1)
    for days in (1, 2):
        due = sent.due_at.replace(microsecond=days)
        extend_dispatch(world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=due, reason="late"))
    monkeypatch.setattr(audit_trail, "HISTORY_LIMIT", 2)  # type: ignore[attr-defined]
    found = dispatch_history(world.operator, sent.id)
    assert found.more
    assert told(found) == [("dispatch", "extend")] * 2
