"""The charts' figures: the same as the dashboard's, the reconciliation's and the analytics', and cheap to read."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from benchmarks.recorded import recording
from coresafe.errors import ValidationFailed
from coresafe.services.analytics import AnalyticsQuery, analytics
from coresafe.services.chart_figures import (
    Shown,
    by_month,
    outstanding_by_age,
    samples_by_type,
    trays_by_state,
    who_owes,
)
from coresafe.services.charting import ChartsQuery, charts
from coresafe.services.dashboard import DashboardQuery, dashboard
from coresafe.services.reconciliation import Age, ReconciliationQuery, reconcile
from coresafe.services.samples import AddSample, AddSamples, add_samples
from tests.services.kinds import on_every_database
from tests.worlds import World, make_world

NOW = datetime.now(UTC)


def played(world: World) -> World:
    """Something of everything, in a shed of its own and in another."""
    other = make_world(world.people)
    world.give_back(world.dispatch(hq=5), hq=5)
    world.give_back(world.dispatch(hq=4, nq=2), hq={"good": 3, "damaged": 1}, nq=2)
    for days, trays in ((1, 3), (5, 4), (9, 2), (40, 6)):
        left = NOW - timedelta(days=days)
        row = world.dispatch(
            who=world.manager, hq=trays, dispatched_at=left, due_at=left + timedelta(days=7), reason="from the book"
        )
        if days == 9:
            world.give_back(row, hq=1)
    world.dispatch(nq=1, company_id=world.other_company_id, project_id=world.other_project_id)
    other.dispatch(hq=8)
    rows = [
        AddSample(sample_id=f"C{world.shed_id}-{n}", sample_type=kind, drillhole_id=world.hole_id)
        for n, kind in enumerate(("blank", "blank", "crm_standard"))
    ]
    add_samples(world.operator, AddSamples(samples=rows))
    return other


@on_every_database
def test_the_figures_equal_those_of_dashboard_reconciliation_and_analytics(proved: World) -> None:
    world = proved
    other = played(world)
    data = charts(world.operator, ChartsQuery())
    for shed_id in (world.shed_id, other.shed_id, None):
        shown = Shown(shed_id=shed_id)
        board = dashboard(world.operator, DashboardQuery(shed_id=shed_id))
        assert [
            (row.tray_size, row.available, row.occupied, row.damaged, row.out) for row in trays_by_state(data, shown)
        ] == [(row.tray_size, row.available, row.occupied, row.damaged, row.outstanding) for row in board.inventory]
        report = reconcile(world.operator, ReconciliationQuery(shed_id=shed_id))
        ages, owed = Counter[Age](), Counter[str]()
        for row in report.outstanding:
            ages[row.age] += row.outstanding
            owed[row.company] += row.outstanding
        mine = Counter[Age]()
        for band in outstanding_by_age(data, shown):
            mine[band.age] += band.trays
        assert +mine == +ages
        assert {debt.company: debt.trays for debt in who_owes(data, shown)} == dict(owed)
        assert sum(band.dispatches for band in outstanding_by_age(data, shown)) == len(report.outstanding)
        told = analytics(world.operator, AnalyticsQuery(shed_id=shed_id))
        assert [
            (
                f"{row.month // 100}-{row.month % 100:02d}",
                row.out,
                row.back,
                row.lost,
                row.closed,
                row.matched,
                row.match_rate,
            )
            for row in by_month(data, shown)
        ] == [
            (row.month, row.trays_out, row.trays_returned, row.lost, row.closed, row.matched, row.match_rate)
            for row in told.by_month
        ]
        assert [
            (row.sample_type, row.collected, row.processing, row.completed) for row in samples_by_type(data, shown)
        ] == [(row.sample_type, row.collected, row.processing, row.completed) for row in told.by_sample_type]


@on_every_database
def test_a_company_and_a_period_narrow_what_was_read(proved: World) -> None:
    world = proved
    played(world)
    data = charts(world.operator, ChartsQuery())
    theirs = Shown(shed_id=world.shed_id, company_id=world.other_company_id)
    assert [(row.tray_size, row.out) for row in trays_by_state(data, theirs) if row.out] == [("NQ", 1)]
    assert sum(row.available for row in trays_by_state(data, theirs)) == 0
    assert [debt.trays for debt in who_owes(data, theirs)] == [1]
    assert sum(row.out for row in by_month(data, theirs)) == 1
    this = NOW.year * 100 + NOW.month
    ours = Shown(shed_id=world.shed_id, company_id=world.company_id, first=this)
    told = analytics(world.operator, AnalyticsQuery(shed_id=world.shed_id, since=NOW.date().replace(day=1)))
    (mine,) = [row for row in told.by_company if row.company_id == world.company_id]
    (month,) = by_month(data, ours)
    assert (month.out, month.back, month.closed, month.matched) == (
        mine.trays_out,
        mine.trays_returned,
        mine.closed,
        mine.matched,
    )
    assert by_month(data, Shown(last=200001)) == []


@on_every_database
def test_days_out_fall_into_bands_that_follow_the_rules(proved: World) -> None:
    world = proved
    played(world)
    bands = outstanding_by_age(charts(world.operator, ChartsQuery()), Shown(shed_id=world.shed_id))
    assert [(band.first_day, band.last_day, band.age.value) for band in bands] == [
        (0, 3, "green"),
        (4, 7, "amber"),
        (8, 14, "red"),
        (15, 30, "red"),
        (31, 90, "red"),
        (91, None, "red"),
    ]
    assert [band.trays for band in bands] == [4, 4, 1, 0, 6, 0]


@on_every_database
def test_months_before_a_day_are_not_read(world: World) -> None:
    played(world)
    data = charts(world.operator, ChartsQuery(since=NOW.date()))
    this = NOW.year * 100 + NOW.month
    assert data.since == this
    assert {row.month for row in data.sums[None]} == {this}
    assert (
        sum(line.outstanding for line in data.still_out if line.days_out == 40 and line.shed_id == world.shed_id) == 6
    )


@on_every_database
def test_everything_is_read_in_six_round_trips_at_most(world: World) -> None:
    played(world)
    charts(world.operator, ChartsQuery())
    with recording(world.database) as steps:
        charts(world.operator, ChartsQuery())
    assert len(steps) <= 4


@pytest.mark.parametrize("since", ["2026-01", date(1900, 1, 1), 202601])
def test_a_day_that_is_none_is_refused(world: World, since: object) -> None:
    with pytest.raises(ValidationFailed) as refused:
        charts(world.operator, ChartsQuery(since=since))  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == ["since"]
