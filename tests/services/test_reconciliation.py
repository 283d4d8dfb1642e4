"""Reconciliation: both sides of the control totals, what is out, accounts and discrepancies, now and at any past moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    AmendDispatch,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    void_dispatch,
)
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.reconciliation import (
    AccountRow,
    ControlTotal,
    DiscrepancyLine,
    OutstandingLine,
    Reconciliation,
    ReconciliationQuery,
    reconcile,
)
from coresafe.services.reporting import start_of_day, start_of_month
from coresafe.services.returning import VoidResolution, VoidReturn, void_resolution, void_return
from tests.databases import Databases
from tests.histories import ZONES, History, add_shed
from tests.recount import Books, check
from tests.services.kinds import on_every_database
from tests.worlds import World, make_people, make_world


def told(world: World, **asked: Any) -> Reconciliation:
    return reconcile(world.operator, ReconciliationQuery(**{"shed_id": world.shed_id, **asked}))


def of(shown: Reconciliation, size: str = "HQ") -> ControlTotal:
    return next(row for row in shown.totals if row.tray_size == size)


def columns(row: ControlTotal | AccountRow) -> dict[str, int]:
    """The figures that are not zero."""
    return {n: v for n in row.__dataclass_fields__ if isinstance(v := getattr(row, n), int) and v and n != "company_id"}


@dataclass(slots=True)
class Story:
    """A shed in which everything happened once, and its dispatches."""

    world: World
    other_shed: int
    now: datetime
    spoiled: DispatchRow
    amended: DispatchRow
    reopened: DispatchRow

    @property
    def long_ago(self) -> datetime:
        return self.now - timedelta(days=60)


def tell(world: World) -> Story:
    """Purchases, finds, scrap, adjustments, damage; a spoiled, a voided, an amended, a reopened dispatch, one elsewhere."""
    now = datetime.now(UTC)
    who = world.manager
    other_shed = add_shed(world, "Australia/Perth")

    def slip(days: int, name: str) -> dict[str, Any]:
        return {name: now - timedelta(days=days), "reason": "found the slip", "who": who}

    world.move("purchase", 10)
    world.move("found", 2)
    world.move("scrap", 3, from_state="available")
    world.move("fill", 5)
    world.move("damage", 2)
    world.move("repair", 1)
    set_base(who, SetBase(tray_size="HQ", base_quantity=57, reason="counted", shed_id=world.shed_id))  # 59 before
    spoiled = world.dispatch(hq=10, nq=4, **slip(40, "dispatched_at"))
    world.give_back(
        spoiled, hq={"good": 5, "occupied": 1, "damaged": 1, "surplus": 1}, final=True, **slip(10, "returned_at")
    )
    world.lose(spoiled, nq=2)
    world.move("recovery", 1, size="NQ", dispatch_id=spoiled.id)
    gone = world.dispatch(hq=6, company_id=world.other_company_id, project_id=world.other_project_id)
    void_dispatch(who, VoidDispatch(dispatch_id=gone.id, reason="wrong rig"))
    row = world.dispatch(hq=8)
    lines = [WantedLine(tray_size="HQ", quantity=5)]
    amended = amend_dispatch(who, AmendDispatch(dispatch_id=row.id, version=row.version, lines=lines))
    elsewhere = world.dispatch(nq=3, **slip(20, "dispatched_at"))
    world.give_back(elsewhere, nq=3, shed_id=other_shed, **slip(15, "returned_at"))
    reopened = world.give_back(world.dispatch(hq=2), hq=2)
    void_return(who, VoidReturn(dispatch_id=reopened.id, return_id=reopened.returns[0].id, reason="another rig's"))
    return Story(world, other_shed, now, spoiled, amended, reopened)


@on_every_database
def test_every_figure_of_a_small_shed(proved: World) -> None:
    story = tell(proved)
    world = story.world
    shown = told(world, since=story.long_ago)
    assert columns(of(shown)) == {
        "opened": 50, "purchased": 10, "found": 3, "scrapped": 3, "adjusted": -2, "closing_owned": 58,
        "available": 40, "occupied": 6, "damaged": 2, "outstanding": 10, "closing_counted": 58,
    }  # fmt: skip
    assert columns(of(shown, "NQ")) == {
        "opened": 50, "recovered": 1, "sent": 3, "lost": 2, "closing_owned": 46,
        "available": 44, "outstanding": 2, "closing_counted": 46,
    }  # fmt: skip
    theirs = told(world, since=story.long_ago, shed_id=story.other_shed)
    assert columns(of(theirs, "NQ")) == {
        "opened": 60, "received": 3, "closing_owned": 63, "available": 63, "closing_counted": 63,
    }  # fmt: skip
    assert [(row.company_id, row.tray_size, columns(row)) for row in shown.accounts] == [
        (world.company_id, "HQ", {"out": 17, "returned": 7, "closing": 10}),
        (world.company_id, "NQ", {"out": 7, "returned": 3, "lost": 2, "closing": 2}),
    ]
    assert (shown.accounts_difference, shown.stocktakes, theirs.accounts) == (0, (), ())


@on_every_database
def test_what_is_out_and_what_went_wrong(proved: World) -> None:
    story = tell(proved)
    shown = told(story.world, since=story.long_ago)
    assert [row.dispatch_id for row in shown.outstanding] == [story.spoiled.id, story.amended.id, story.reopened.id]
    first, second, _third = shown.outstanding
    assert (first.number, first.days_out, first.overdue, first.age, first.outstanding) == (
        story.spoiled.number, 40, True, "red", 5,
    )  # fmt: skip
    assert first.lines == (
        OutstandingLine(tray_size="HQ", quantity=10, outstanding=3),
        OutstandingLine(tray_size="NQ", quantity=4, outstanding=2),
    )
    assert (second.days_out, second.overdue, second.age, second.quantity) == (0, False, "green", 5)
    assert (first.company, first.project_code, first.hole) == (
        story.spoiled.company_name, story.spoiled.project_code, None,
    )  # fmt: skip
    (spoiled,) = shown.discrepancies
    assert (spoiled.number, spoiled.kinds) == (
        story.spoiled.number, ("short", "damaged", "surplus", "lost", "recovered"),
    )  # fmt: skip
    nothing = {"short": 0, "damaged": 0, "surplus": 0, "lost": 0, "recovered": 0}
    assert spoiled.lines == (
        DiscrepancyLine(tray_size="HQ", **nothing | {"short": 3, "damaged": 1, "surplus": 1}),
        DiscrepancyLine(tray_size="NQ", **nothing | {"short": 2, "lost": 2, "recovered": 1}),
    )
    assert spoiled.at >= story.now  # the recovery was the last of its entries


@on_every_database
def test_a_past_moment_knows_nothing_of_what_came_later(proved: World) -> None:
    story = tell(proved)
    shown = told(story.world, since=story.long_ago, until=story.now - timedelta(days=12))
    # Trays left before the first count of the shed was entered: what was there then is less than nothing.
    assert columns(of(shown)) == {"available": -10, "outstanding": 10}
    assert columns(of(shown, "NQ")) == {
        "sent": 3, "closing_owned": -3, "available": -7, "outstanding": 4, "closing_counted": -3,
    }  # fmt: skip
    assert [(row.dispatch_id, row.outstanding, row.days_out) for row in shown.outstanding] == [
        (story.spoiled.id, 14, 28)
    ]
    assert shown.discrepancies == ()
    between = told(story.world, since=story.now - timedelta(days=12), until=story.now - timedelta(days=1))
    assert (of(between).opening, of(between).found, of(between).closing_owned) == (0, 1, 1)
    assert [(row.kinds, row.at) for row in between.discrepancies] == [
        (("short", "damaged", "surplus"), story.now - timedelta(days=10))
    ]


@on_every_database
def test_all_sheds_together_neither_send_nor_receive(world: World) -> None:
    before = reconcile(world.operator, ReconciliationQuery())
    story = tell(world)
    after = reconcile(world.operator, ReconciliationQuery())
    total = of(after, "NQ")
    assert (total.sent, total.received, total.difference, after.accounts_difference) == (0, 0, 0, 0)
    grown = {row.dispatch_id for row in after.outstanding} - {row.dispatch_id for row in before.outstanding}
    assert grown == {story.spoiled.id, story.amended.id, story.reopened.id}
    assert after.shed_id is None


@on_every_database
def test_each_shed_has_its_own_months(world: World) -> None:
    """An hour about midnight of the first belongs to the month it is in there."""
    this_month = datetime.now(UTC).year * 100 + datetime.now(UTC).month
    last_day = date(this_month // 100, this_month % 100, 1) - timedelta(days=1)
    for zone in ("Pacific/Auckland", "Pacific/Honolulu"):
        shed_id = add_shed(world, zone)
        turn = start_of_day(last_day, zone)  # a day that is over in every zone
        month = start_of_month(last_day.year * 100 + last_day.month, zone)
        for moment, hq in ((month - timedelta(hours=1), 1), (month + timedelta(hours=1), 2), (turn, 4)):
            world.dispatch(who=world.manager, shed_id=shed_id, hq=hq, dispatched_at=moment, reason="found the slip")
        shown = told(world, shed_id=shed_id, since=last_day.replace(day=1), until=last_day)
        assert (shown.since, shown.until) == (month, start_of_month(this_month, zone))
        assert [columns(row) for row in shown.accounts] == [{"opening": 1, "out": 6, "closing": 7}]
        whole = told(world, shed_id=shed_id, since=last_day, until=last_day)
        assert [columns(row) for row in whole.accounts] == [{"opening": 3, "out": 4, "closing": 7}]


def test_a_void_nets_in_its_own_month_and_the_month_before_keeps_its_figures(databases: Databases) -> None:
    """Played through two months on the embedded database, whose clock can be set."""
    database = Database(databases.new("sqlite"))
    clock = [datetime(2026, 3, 10, 12, tzinfo=UTC)]
    try:
        with database.playing(lambda: clock[0]):
            world = make_world(make_people(database))
            row = world.give_back(world.dispatch(hq=10), hq={"good": 6, "damaged": 1})
            lost = world.lose(row, hq=3)
            clock[0] = datetime(2026, 4, 2, tzinfo=UTC)
            march = {"since": date(2026, 3, 1), "until": date(2026, 3, 31)}
            before = told(world, **march)
            assert (of(before).opened, of(before).lost, of(before).closing_owned) == (50, 3, 47)
            void_resolution(
                world.manager,
                VoidResolution(dispatch_id=row.id, resolution_id=lost.resolutions[0].id, reason="they lie at the rig"),
            )
            void_return(
                world.manager, VoidReturn(dispatch_id=row.id, return_id=row.returns[0].id, reason="another rig's")
            )
            clock[0] = datetime(2026, 4, 20, tzinfo=UTC)
            after = told(world, **march)
            assert (after.totals, after.accounts, after.outstanding, after.discrepancies) == (
                before.totals, before.accounts, (), before.discrepancies,
            )  # fmt: skip
            assert after.discrepancies[0].kinds == ("damaged", "lost")
            april = told(world)
            assert (april.since, april.until) == (datetime(2026, 4, 1, tzinfo=UTC), clock[0])
            assert columns(of(april)) == {
                "opening": 47, "lost": -3, "closing_owned": 50, "available": 40, "outstanding": 10, "closing_counted": 50,
            }  # fmt: skip
            assert [columns(account) for account in april.accounts] == [
                {"returned": -7, "lost": -3, "closing": 10},
            ]
            assert (april.discrepancies, april.outstanding[0].days_out) == ((), 41)
            empty = told(world, since=date(2026, 1, 1), until=date(2026, 1, 31))
            assert [columns(row) for row in empty.totals] == [{}, {}]
            world.settle()
    finally:
        database.close()


def test_a_dispatch_ages_by_the_calendar_and_the_rules(databases: Databases) -> None:
    database = Database(databases.new("sqlite"))
    clock = [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)]
    try:
        with database.playing(lambda: clock[0]):
            world = make_world(make_people(database))
            world.dispatch(hq=1)
            clock[0] = datetime(2026, 4, 1, 12, tzinfo=UTC)
            ages = [
                (row.days_out, row.age.value, row.overdue)
                for day in (1, 4, 5, 8, 9, 10)
                for row in told(world, since=date(2026, 3, 1), until=date(2026, 3, day)).outstanding
            ]
            assert ages == [
                (0, "green", False), (3, "green", False), (4, "amber", False), (7, "amber", True), (8, "red", True),
                (9, "red", True),
            ]  # fmt: skip
    finally:
        database.close()


def test_a_period_is_a_month_unless_it_is_named(world: World) -> None:
    shown = told(world)
    assert (shown.until, shown.since) == (
        shown.as_of,
        shown.as_of.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
    )
    march = told(world, until=date(2026, 3, 10))
    assert (march.since, march.until) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    february = told(world, until=datetime(2026, 3, 1, tzinfo=UTC))
    assert february.since == datetime(2026, 2, 1, tzinfo=UTC)
    today = told(world, since=shown.as_of.date(), until=shown.as_of.date())
    assert today.until == today.as_of
    ahead = told(world, until=datetime.now(UTC) + timedelta(seconds=30))  # a clock may be ahead a little
    assert ahead.until == ahead.as_of
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert of(told(world, since=moment, until=moment)).difference == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 1)}, "to"),
        ({"since": datetime(2026, 3, 2, tzinfo=UTC), "until": datetime(2026, 3, 1, tzinfo=UTC)}, "to"),
        ({"until": datetime.now(UTC).date() + timedelta(days=2)}, "to"),
        ({"until": datetime.now(UTC) + timedelta(hours=1)}, "to"),
        ({"since": datetime.now(UTC).date() + timedelta(days=2)}, "from"),
        ({"since": datetime.now(UTC) + timedelta(hours=1)}, "from"),
        ({"since": datetime(2026, 3, 2)}, "from"),  # noqa: DTZ001  # without a zone, on purpose
        ({"since": date(1949, 3, 2)}, "from"),
        ({"until": date.max}, "to"),
        ({"until": datetime.max.replace(tzinfo=UTC)}, "to"),
        ({"until": "2026-03-01"}, "to"),
        ({"shed_id": 2**40}, "shed_id"),
        ({"shed_id": "1"}, "shed_id"),
    ],
)
def test_a_question_that_cannot_be_asked_names_its_field(world: World, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        told(world, **asked)
    assert [error.field for error in refused.value.errors] == [field]


@on_every_database
def test_a_report_costs_a_handful_of_statements_however_much_it_shows(world: World) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    tell(world)
    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        told(world, since=datetime(2026, 1, 5, tzinfo=UTC), until=datetime(2026, 2, 5, tzinfo=UTC))
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 8


def some_moments(books: Books, dice: random.Random, n: int) -> Iterator[datetime]:
    """At movements, just beside them, at the turns of months, at any time."""
    ats = sorted({m.at for m in books.movements})
    for _ in range(n):
        at = dice.choice(ats)
        kind = dice.random()
        if kind < 0.4:
            yield at + timedelta(microseconds=dice.choice([-1, 0, 1]))
        elif kind < 0.7:
            yield at.replace(day=1, hour=dice.choice([0, 2, 10, 11, 12, 13, 14]), minute=0, second=0, microsecond=0)
        else:
            yield at + timedelta(hours=dice.uniform(-50, 50))


@pytest.mark.timeout(600)
@on_every_database
def test_a_random_history_recounted_from_its_movements(proved: World) -> None:
    """Any period, of one shed or of all, equals what the raw movements say, to the last tray."""
    world = proved
    dice = random.Random(20261031)
    sheds = [world.shed_id, *(add_shed(world, zone) for zone in ZONES[:2])]
    history = History(world, sheds, dice)
    history.play(300)
    assert history.done > 150
    books = Books.read(world.database)
    now = datetime.now(UTC)
    moments = [moment for moment in some_moments(books, dice, 60) if moment < now]
    for since, until in zip(moments[::2], moments[1::2], strict=False):
        shed_id = dice.choice([*sheds, None])
        query = ReconciliationQuery(since=min(since, until), until=max(since, until), shed_id=shed_id)
        check(books, reconcile(world.operator, query), now=False)
    for shed_id in (*sheds, None):
        for start in (None, dice.choice(moments)):
            check(books, reconcile(world.operator, ReconciliationQuery(since=start, shed_id=shed_id)), now=True)
