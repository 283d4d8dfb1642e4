"""Analytics: every figure of a small world, and sums that fit those of the reconciliation and the dashboard."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coresafe.errors import ValidationFailed
from coresafe.models.enums import SampleType
from coresafe.services.analytics import Analytics, AnalyticsQuery, analytics
from coresafe.services.dashboard import DashboardQuery, dashboard
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.reconciliation import ReconciliationQuery, reconcile
from coresafe.services.reporting import next_month, start_of_month
from tests.histories import History, add_shed
from tests.services.kinds import on_every_database
from tests.worlds import World

NOW = datetime.now(UTC)
#: A day in the middle of each of the last months: this one, the one before, the one before that.
THIS = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
BEFORE = (THIS - timedelta(days=1)).replace(day=15)
LONG_AGO = (BEFORE.replace(day=1) - timedelta(days=1)).replace(day=15)


def told(world: World, **asked: Any) -> Analytics:
    return analytics(world.operator, AnalyticsQuery(**{"shed_id": world.shed_id, **asked}))


def slip(at: datetime) -> dict[str, Any]:
    return {"dispatched_at": at, "reason": "found the slip"}


def played(world: World) -> None:
    """Two companies over three months."""
    who = world.manager
    first = world.dispatch(who=who, hq=10, **slip(LONG_AGO))
    world.give_back(first, who=who, hq=10, returned_at=BEFORE, reason="found the slip")
    second = world.dispatch(who=who, hq=8, nq=2, **slip(LONG_AGO))
    world.give_back(second, who=who, hq={"good": 5, "damaged": 1}, returned_at=BEFORE, reason="slip")
    world.lose(second, hq=2)
    theirs: dict[str, Any] = {"company_id": world.other_company_id, "project_id": world.other_project_id}
    world.dispatch(who=who, nq=7, **slip(BEFORE), **theirs)
    gone = world.dispatch(who=who, nq=3, **theirs)
    void_dispatch(who, VoidDispatch(dispatch_id=gone.id, reason="wrong rig"))


@on_every_database
def test_every_figure_of_three_months(proved: World) -> None:
    world = proved
    played(world)
    shown = told(world)
    ours, theirs = shown.by_company
    assert (ours.company_id, ours.dispatches, ours.closed, ours.matched, ours.discrepancies) == (
        world.company_id, 2, 1, 1, 1,
    )  # fmt: skip
    assert (ours.trays_out, ours.trays_returned, ours.lost, ours.outstanding) == (20, 16, 2, 2)
    assert ours.match_rate == 1.0
    assert (theirs.company_id, theirs.dispatches, theirs.closed, theirs.match_rate) == (
        world.other_company_id, 1, 0, None,
    )  # fmt: skip
    assert (theirs.trays_out, theirs.trays_returned, theirs.lost, theirs.outstanding) == (7, 0, 0, 7)
    assert [(p.project_id, p.company_id, p.dispatches, p.closed) for p in shown.by_project] == [
        (world.project_id, world.company_id, 2, 1),
        (world.other_project_id, world.other_company_id, 1, 0),
    ]
    assert [
        (m.month, m.dispatches, m.closed, m.matched, m.discrepancies, m.trays_out, m.trays_returned, m.lost)
        for m in shown.by_month
    ] == [
        (f"{LONG_AGO:%Y-%m}", 2, 1, 1, 1, 20, 0, 0),
        (f"{BEFORE:%Y-%m}", 1, 0, 0, 0, 7, 16, 0),
        (f"{THIS:%Y-%m}", 0, 0, 0, 0, 0, 0, 2),
    ]
    assert (shown.since, shown.until) == (None, None)


@on_every_database
def test_a_period_is_widened_to_whole_months(world: World) -> None:
    played(world)
    shown = told(world, since=BEFORE.date(), until=BEFORE)
    assert (shown.since, shown.until) == (f"{BEFORE:%Y-%m}", f"{BEFORE:%Y-%m}")
    assert [m.month for m in shown.by_month] == [f"{BEFORE:%Y-%m}"]
    assert {c.company_id: (c.dispatches, c.trays_out, c.trays_returned, c.outstanding) for c in shown.by_company} == {
        world.company_id: (0, 0, 16, 2),
        world.other_company_id: (1, 7, 0, 7),
    }
    assert [p.project_id for p in shown.by_project] == [world.other_project_id]


@on_every_database
def test_nothing_is_told_of_an_empty_shed(world: World) -> None:
    shown = told(world)
    assert (shown.by_company, shown.by_project, shown.by_month) == ((), (), ())
    assert [row.sample_type for row in shown.by_sample_type] == list(SampleType)


@on_every_database
def test_a_random_history_sums_up(world: World) -> None:
    """Months, companies and all are the same trays; a month's are those of its reconciliation."""
    sheds = [world.shed_id, add_shed(world, "America/St_Johns")]
    History(world, sheds, random.Random(7), zones_move=False).play(120)
    for shed_id in sheds:
        shown = told(world, shed_id=shed_id)
        counts = dashboard(world.operator, DashboardQuery(shed_id=shed_id)).dispatches
        for rows in (shown.by_company, shown.by_project, shown.by_month):
            assert sum(row.dispatches for row in rows) == counts.total - counts.voided
            assert sum(row.closed for row in rows) == counts.closed
            assert sum(row.matched for row in rows) == counts.matched
            assert sum(row.discrepancies for row in rows) == counts.discrepancy
        for name in ("trays_out", "trays_returned", "lost"):
            assert sum(getattr(row, name) for row in shown.by_company) == sum(getattr(r, name) for r in shown.by_month)
        zone = "America/St_Johns" if shed_id != world.shed_id else "Africa/Accra"
        for month in shown.by_month:
            number = int(month.month.replace("-", ""))
            query = ReconciliationQuery(
                since=start_of_month(number, zone),
                until=min(start_of_month(next_month(number), zone), datetime.now(UTC)),
                shed_id=shed_id,
            )
            accounts = reconcile(world.operator, query).accounts
            assert (month.trays_out, month.trays_returned, month.lost) == (
                sum(row.out for row in accounts), sum(row.returned for row in accounts), sum(row.lost for row in accounts),
            )  # fmt: skip
        last = reconcile(world.operator, ReconciliationQuery(shed_id=shed_id)).accounts
        owed = {row.company_id: 0 for row in last}
        for row in last:
            owed[row.company_id] += row.closing
        assert {row.company_id: row.outstanding for row in shown.by_company if row.outstanding} == {
            company: trays for company, trays in owed.items() if trays
        }


def test_impossible_periods_are_named(world: World) -> None:
    with pytest.raises(ValidationFailed) as refused:
        told(world, since=date(2200, 1, 1))
    assert [error.field for error in refused.value.errors] == ["from"]
    with pytest.raises(ValidationFailed, match="no such shed"):
        told(world, shed_id=2**40)
