"""The dashboard: every figure of a small shed, played through the services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.models.enums import SampleStatus
from coresafe.services.analytics import AnalyticsQuery, analytics
from coresafe.services.dashboard import Dashboard, DashboardQuery, dashboard
from coresafe.services.dispatching import ExtendDispatch, VoidDispatch, extend_dispatch, void_dispatch
from coresafe.services.inventory import StockQuery, stock
from coresafe.services.samples import AddSample, add_sample
from tests.services.kinds import on_every_database
from tests.worlds import World, make_world


def look(world: World) -> Dashboard:
    return dashboard(world.operator, DashboardQuery(shed_id=world.shed_id))


@on_every_database
def test_every_figure_of_a_small_shed(proved: World) -> None:
    world = proved
    empty = look(world)
    assert (empty.dispatches.total, empty.match_rate, empty.overdue.oldest_days) == (0, None, 0)
    now = datetime.now(UTC)
    matched = world.dispatch(hq=5)
    world.give_back(matched, hq=5)
    spoiled = world.dispatch(hq=4, nq=2)
    world.give_back(spoiled, hq={"good": 3, "damaged": 1}, nq={"good": 2, "surplus": 1})
    partly = world.dispatch(hq=6)
    world.give_back(partly, hq=2, final=True)
    world.dispatch(nq=3)
    gone = world.dispatch(hq=1)
    void_dispatch(world.manager, VoidDispatch(dispatch_id=gone.id, reason="wrong rig"))
    late = world.dispatch(
        who=world.manager, hq=7, dispatched_at=now - timedelta(days=30), due_at=now - timedelta(days=2), reason="slip"
    )
    shown = look(world)
    counts = shown.dispatches
    assert (counts.total, counts.open, counts.outstanding, counts.partially_returned) == (6, 3, 2, 1)
    assert (counts.closed, counts.voided, counts.matched, counts.discrepancy) == (2, 1, 1, 2)
    assert shown.match_rate == 0.5
    assert (shown.overdue.dispatches, shown.overdue.trays) == (1, 7)
    assert shown.overdue.oldest_days == 30  # Accra's days are those of UTC
    assert (shown.today.dispatches, shown.today.dispatched) == (4, 20)
    assert (shown.today.returns, shown.today.returned, shown.today.day) == (3, 14, now.date())
    assert shown.inventory == stock(world.operator, StockQuery(shed_id=world.shed_id))
    extend_dispatch(
        world.manager,
        ExtendDispatch(dispatch_id=late.id, due_at=now + timedelta(days=9), reason="the rig stands still"),
    )
    assert look(world).overdue.dispatches == 0


@on_every_database
def test_all_sheds_are_the_sum_of_each(world: World) -> None:
    other = make_world(world.people)
    before = dashboard(world.operator, DashboardQuery())
    world.give_back(world.dispatch(hq=3), hq=1)
    other.give_back(other.dispatch(hq=2), hq=2)
    after = dashboard(world.operator, DashboardQuery())
    assert after.shed_id is None
    assert after.inventory == stock(world.operator, StockQuery())
    grown = {
        name: getattr(after.dispatches, name) - getattr(before.dispatches, name)
        for name in ("total", "open", "partially_returned", "closed", "matched", "voided")
    }
    assert grown == {"total": 2, "open": 1, "partially_returned": 1, "closed": 1, "matched": 1, "voided": 0}
    assert after.today.dispatched - before.today.dispatched == 5
    assert after.today.returned - before.today.returned == 3
    assert look(other).dispatches.total == 1


@on_every_database
def test_a_return_elsewhere_is_todays_at_the_shed_that_received_it(world: World) -> None:
    other = make_world(world.people)
    world.give_back(world.dispatch(hq=3), hq=3, shed_id=other.shed_id)
    assert (look(world).today.dispatched, look(world).today.returned) == (3, 0)
    assert (look(other).today.dispatched, look(other).today.returned) == (0, 3)


@on_every_database
def test_samples_are_counted_by_type_and_status(world: World) -> None:
    before = look(world).samples
    mark = world.hole_id
    kinds = [("assay", "collected"), ("assay", "completed"), ("blank", "collected")]
    for number, (kind, status) in enumerate(kinds):
        depths: dict[str, Any] = {} if kind == "blank" else {"from_depth": float(number), "to_depth": number + 0.5}
        add_sample(
            world.operator,
            AddSample(sample_id=f"DB-{mark}-{number}", sample_type=kind, status=status, drillhole_id=mark, **depths),
        )
    after = look(world).samples
    assert after.total - before.total == 3
    assert {kind: n - before.by_type[kind] for kind, n in after.by_type.items() if n != before.by_type[kind]} == {
        "assay": 2, "blank": 1,
    }  # fmt: skip
    assert {kind: n - before.by_status[kind] for kind, n in after.by_status.items() if n != before.by_status[kind]} == {
        "collected": 2, "completed": 1,
    }  # fmt: skip
    by_type = {row.sample_type: row for row in analytics(world.operator, AnalyticsQuery()).by_sample_type}
    assert {kind: row.total for kind, row in by_type.items()} == after.by_type
    for status in SampleStatus:
        assert sum(getattr(row, status) for row in by_type.values()) == after.by_status[status]


@on_every_database
def test_a_dashboard_costs_three_questions(world: World) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        look(world)
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 3


@pytest.mark.parametrize("shed_id", [2**40, 0, -1, True, "1"])
def test_a_shed_that_does_not_exist_is_named(world: World, shed_id: object) -> None:
    with pytest.raises(ValidationFailed) as refused:
        dashboard(world.operator, DashboardQuery(shed_id=shed_id))  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == ["shed_id"]
