"""A shed is counted blind and by several people; what varies is posted once, by a manager, with a reason."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import (
    Forbidden,
    InsufficientStock,
    InUse,
    NotFound,
    PeriodClosed,
    StaleVersion,
    ValidationFailed,
    WrongState,
)
from coresafe.models import Movement, Shed
from coresafe.models.enums import MovementKind, Role, State, StocktakeStatus
from coresafe.services.audit_trail import list_audit
from coresafe.services.database import Database
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.feed import Mark, poll
from coresafe.services.inventory import MovementRow, list_movements
from coresafe.services.listing import Query
from coresafe.services.months import CloseMonth, MonthQuery, close_month, hindrances
from coresafe.services.proving import prove
from coresafe.services.reconciliation import ReconciliationQuery, reconcile
from coresafe.services.sheds import ChangeShed, change_shed, list_sheds
from coresafe.services.stocktaking import (
    ApproveStocktake,
    CancelStocktake,
    ClearCount,
    Counting,
    CountRow,
    DeclareSize,
    EnterCount,
    LineReason,
    OpenStocktake,
    RecountSize,
    approve_stocktake,
    cancel_stocktake,
    clear_count,
    counting,
    declare_size,
    enter_count,
    get_stocktake,
    list_stocktakes,
    open_stocktake,
    recount_size,
    variances,
)
from tests.services.kinds import on_every_database
from tests.services.test_bad_input import BROKEN_TEXTS, refused
from tests.stocktakes import Count, begin
from tests.worlds import World, a_user, make_people, make_world


@pytest.fixture
def count(world: World) -> Count:
    return begin(world)


def posted(world: World) -> list[tuple[str, str, str, int, str | None]]:
    """The movements of stocktakes of the world's shed, oldest first: size, from, to, quantity, reason."""
    query = Query(filters={"kind": "stocktake", "shed_id": world.shed_id}, sort="id")
    return [
        (m.tray_size, m.from_account.value, m.to_account.value, m.quantity, m.reason)
        for m in list_movements(world.operator, query).items
    ]


@on_every_database
def test_what_varies_is_posted_once_it_is_approved(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=47, occupied=2)
    count.found("NQ", available=50)
    assert count.varies("HQ") == {"available": -3, "occupied": 2}
    assert proved.stock().available == 50  # nothing yet
    detail = count.approve("two were full, one is gone")
    assert (detail.stocktake.status, detail.stocktake.ended_by) == (StocktakeStatus.APPROVED, "mary")
    assert (proved.stock().available, proved.stock().occupied, proved.stock().base) == (47, 2, 49)
    assert proved.stock("NQ").available == 50
    assert sorted(posted(proved)) == [
        ("HQ", "available", "external", 3, "two were full, one is gone"),
        ("HQ", "external", "occupied", 2, "two were full, one is gone"),
    ]
    lines = {(line.tray_size, line.state.value): (line.expected, line.counted) for line in detail.lines}
    assert lines["HQ", "available"] == (50, 47)
    assert lines["NQ", "damaged"] == (0, 0)
    assert get_stocktake(proved.operator, count.id) == detail


@on_every_database
def test_numbers_run_without_gaps_and_one_shed_has_one_open_stocktake(proved: World) -> None:
    first = begin(proved).row
    with pytest.raises(WrongState, match=first.number):
        begin(proved)
    other = make_world(proved.people)
    second = begin(other).row  # another shed may be counted meanwhile
    assert first.number[:7] == f"S-{datetime.now(UTC).year}-"
    assert int(second.number[-6:]) == int(first.number[-6:]) + 1
    cancel_stocktake(proved.manager, CancelStocktake(stocktake_id=first.id, reason="rain"))
    third = begin(proved).row
    assert int(third.number[-6:]) == int(first.number[-6:]) + 2


@on_every_database
def test_entries_add_up_over_people_and_places_and_a_recount_replaces_ones_own(proved: World) -> None:
    count, other = begin(proved), a_user(proved.admin)
    count.enter(10, place="Rack 1")
    count.enter(20, place="Rack 2")
    count.enter(5, place="Rack 1", who=other)
    again = count.enter(12, place=" rack  1 ")
    assert (again.quantity, again.version) == (12, 2)
    count.declare("HQ", "occupied", "damaged")
    (row,) = [row for row in count.look().rows if (row.tray_size, row.state) == ("HQ", State.AVAILABLE)]
    assert row.counted == 12 + 20 + 5


def test_taking_an_entry_back_is_not_counting_zero(count: Count) -> None:
    row = count.enter(10)
    count.enter(0, state="occupied")
    count.enter(0, state="damaged")
    cleared = clear_count(count.world.operator, ClearCount(count_id=row.id, version=row.version))
    assert cleared.quantity is None
    seen = counting(count.world.operator, count.id)
    (hq,) = [size for size in seen.sizes if size.tray_size == "HQ"]
    assert hq.uncounted == (State.AVAILABLE,)
    assert [entry.state for entry in seen.mine] == [State.DAMAGED, State.OCCUPIED]
    with pytest.raises(ValidationFailed, match="HQ available has not been counted"):
        count.declare("HQ")
    with pytest.raises(WrongState, match="taken back already"):
        clear_count(count.world.operator, ClearCount(count_id=row.id))
    count.declare("HQ", "available")  # it is said that there is none
    assert count.varies() == {"available": -50}


def test_counted_zero_must_be_said_for_each_state_and_not_of_one_that_was_counted(count: Count) -> None:
    count.enter(3, state="damaged")
    with pytest.raises(ValidationFailed) as told:
        count.declare("HQ", "damaged")
    assert [error.field for error in told.value.errors] == ["none", "none"]
    assert "HQ available and occupied have not been counted" in told.value.message
    progress = count.declare("HQ", "available", "occupied")
    assert (progress.declared_by, progress.uncounted) == ("otto", ())


@pytest.mark.parametrize("quantity", [-1, 1.5, 10**9, True, "5", None, float("nan"), 2**63])
def test_what_is_no_number_of_trays_is_refused_at_its_field(count: Count, quantity: Any) -> None:
    assert refused(count.world, lambda: count.enter(quantity)) == ["quantity"]


@pytest.mark.parametrize("changes", [
    {"tray_size": "XQ"}, {"tray_size": ""}, {"tray_size": None}, {"tray_size": 7}, {"state": "out"}, {"state": "lost"},
    {"state": None}, {"state": 1}, {"state": "nonsense"}, {"version": 0}, {"version": True},
])  # fmt: skip
def test_what_cannot_be_counted_is_refused_at_its_field(count: Count, changes: dict[str, Any]) -> None:
    command = EnterCount(stocktake_id=count.id, tray_size="HQ", state="available", quantity=1)
    found = refused(count.world, lambda: enter_count(count.world.operator, replace(command, **changes)))
    assert found == list(changes)


@pytest.mark.parametrize("text", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_a_place_that_is_no_text_is_refused_at_its_field(count: Count, text: Any) -> None:
    assert refused(count.world, lambda: count.enter(1, place=text)) == ["place"]


@pytest.mark.parametrize("none", ["available", None, 7, ["out"], [None], [["available"]]])
def test_empty_states_that_are_none_are_refused(count: Count, none: Any) -> None:
    command = DeclareSize(stocktake_id=count.id, tray_size="HQ", none=none)
    assert all(
        field.startswith("none") for field in refused(count.world, lambda: declare_size(count.world.operator, command))
    )


def test_a_stocktake_that_is_not_there_or_a_shed_that_is_not_is_told(world: World) -> None:
    for stocktake_id in (0, -1, 2**62, 2**70, "1", None, True):
        command = EnterCount(stocktake_id=stocktake_id, tray_size="HQ", state="available", quantity=1)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            enter_count(world.operator, command)
        with pytest.raises(NotFound):
            counting(world.operator, stocktake_id)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            clear_count(world.operator, ClearCount(count_id=stocktake_id))  # type: ignore[arg-type]
    for shed_id in (0, -1, 2**62, "1", True):
        assert refused(world, lambda: open_stocktake(world.manager, OpenStocktake(shed_id=shed_id))) == ["shed_id"]  # type: ignore[arg-type]  # noqa: B023


def numbers_in(value: object) -> set[int]:
    """Every whole number somewhere in an answer."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int):
        return {value}
    if dataclasses.is_dataclass(value):
        return set().union(*(numbers_in(getattr(value, field.name)) for field in dataclasses.fields(value)))
    if isinstance(value, (tuple, list)):
        return set().union(*map(numbers_in, value))
    if isinstance(value, dict):
        return set().union(*map(numbers_in, value.values()))
    return set()


def test_whoever_counts_is_told_no_number_but_his_own(people: Any) -> None:
    """The balance is a number that stands nowhere else; nobody's answer, nor the trail, says it before an approval."""
    world = make_world(people, hq=7_919)
    count, other = begin(world), a_user(world.admin)
    mine = count.enter(40)
    theirs = count.enter(6_007, place="Rack 9", who=other)
    answers: list[Any] = [mine, count.declare("HQ", "occupied", "damaged")]
    for who in (world.operator, other):
        answers.append(counting(who, count.id))
        answers.append(get_stocktake(who, count.id))
        answers.append(list_stocktakes(who, Query(filters={"shed_id": world.shed_id})).items)
    seen = answers[2]
    assert isinstance(seen, Counting)
    assert [row.id for row in seen.mine] == [row.id for row in seen.mine if row.counter == "otto"]
    assert not {7_919, 6_007 + 40, 7_919 - 6_047} & numbers_in(answers)
    assert 6_007 not in numbers_in([seen, answers[1]])
    (hq,) = [size for size in seen.sizes if size.tray_size == "HQ"]
    assert hq.states[0].counters == ("otto", theirs.counter)
    trail = list_audit(world.admin, Query(filters={"record_type": "stocktake", "record_id": str(count.id)})).items
    assert not {7_919, 6_047, 7_919 - 6_047} & numbers_in([(entry.old, entry.new) for entry in trail])
    with pytest.raises(Forbidden):
        variances(world.operator, count.id)


def test_a_manager_sees_no_expected_number_of_a_size_that_is_not_declared(count: Count) -> None:
    count.enter(10)
    looked = count.look()
    assert (looked.rows, looked.moved) == ((), ())
    assert [entry.quantity for entry in looked.entries] == [10]
    assert {"HQ", "NQ"} <= set(looked.left_alone)
    count.declare("HQ", "occupied", "damaged")
    assert {row.tray_size for row in count.look().rows} == {"HQ"}


@on_every_database
def test_what_moves_meanwhile_is_considered_up_to_the_moment_a_size_is_declared(proved: World) -> None:
    count = begin(proved)
    sent = proved.dispatch(hq=4)
    count.found("HQ", available=45)
    proved.dispatch(hq=10)  # after it was counted
    proved.give_back(sent, hq=1)
    (row, *_rest) = count.look().rows
    assert (row.at_opening, row.moved, row.expected, row.counted, row.variance, row.later) == (50, -4, 46, 45, -1, -9)
    assert [(m.kind, m.quantity, m.counts) for m in count.look().moved] == [
        ("return", 1, False), ("dispatch", 10, False), ("dispatch", 4, True),
    ]  # fmt: skip
    assert count.look().moved[2].document == sent.number
    count.approve()
    assert proved.stock().available == 50 - 4 - 1 - 10 + 1


@on_every_database
def test_what_is_entered_late_counts_by_when_it_happened(proved: World) -> None:
    """Trays that had left before the count were not there to be counted, whenever somebody writes it down."""
    before = datetime.now(UTC) - timedelta(hours=2)
    count = begin(proved)
    count.found("HQ", available=44)
    assert count.varies() == {"available": -6}
    proved.dispatch(hq=6, dispatched_at=before)
    assert count.varies() == {}
    (row, *_rest) = count.look().rows
    assert (row.at_opening, row.moved, row.later) == (44, 0, 0)
    count.approve(None)
    assert posted(proved) == []
    assert proved.stock().available == 44


@on_every_database
def test_what_left_between_the_opening_and_the_count_counts_when_it_is_entered_after_it(proved: World) -> None:
    count = begin(proved)
    declared = count.found("HQ", available=44).declared_at
    assert declared is not None
    between = count.row.opened_at + (declared - count.row.opened_at) / 2
    proved.dispatch(hq=6, dispatched_at=between)
    proved.dispatch(hq=2, dispatched_at=declared + timedelta(microseconds=1))
    (row, *_rest) = count.look().rows
    assert (row.at_opening, row.moved, row.expected, row.variance, row.later) == (50, -6, 44, 0, -2)
    assert [(m.quantity, m.counts) for m in count.look().moved] == [(2, False), (6, True)]


def test_a_dispatch_voided_after_the_count_came_back_after_it(proved: World) -> None:
    count = begin(proved)
    sent = proved.dispatch(hq=5)
    count.found("HQ", available=45)
    void_dispatch(proved.manager, VoidDispatch(dispatch_id=sent.id, reason="the lorry turned round"))
    assert count.varies() == {}
    count.approve(None)
    assert proved.stock().available == 50


def test_equal_and_opposite_variances_of_two_states_are_one_move_between_them(proved: World) -> None:
    proved.move("fill", 10)
    count = begin(proved)
    count.found("HQ", available=38, occupied=10, damaged=2)
    count.found("NQ", available=49, occupied=2, damaged=0)
    count.approve()
    assert sorted(posted(proved)) == [
        ("HQ", "available", "damaged", 2, "miscounted before"),
        ("NQ", "available", "external", 1, "miscounted before"),
        ("NQ", "external", "occupied", 2, "miscounted before"),
    ]
    assert proved.stock().base == 50
    assert proved.stock("NQ").base == 51


def test_every_variance_needs_a_reason_one_for_all_or_one_for_each(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=47, damaged=1)
    with pytest.raises(ValidationFailed) as told:
        count.approve(None)
    assert [error.field for error in told.value.errors] == ["reason"]
    assert "HQ available by -3, HQ damaged by +1" in told.value.message
    own = (
        LineReason(tray_size="hq", state="available", reason="stolen", variance=-3),
        LineReason(tray_size="HQ", state="damaged"),
    )
    assert refused(proved, lambda: count.approve("  ", lines=own)) == ["lines[1].reason"]
    count.approve("dropped", lines=own)
    assert sorted(posted(proved)) == [
        ("HQ", "available", "external", 3, "stolen"), ("HQ", "external", "damaged", 1, "dropped"),
    ]  # fmt: skip
    lines = {line.state.value: line.reason for line in get_stocktake(proved.operator, count.id).lines}
    assert lines == {"available": "stolen", "occupied": None, "damaged": "dropped"}


@pytest.mark.parametrize(("lines", "fields"), [
    ([LineReason(tray_size="NQ", state="available", reason="x")], ["lines[0].tray_size"]),
    ([LineReason(tray_size="HQ", state="lost", reason="x")], ["lines[0].state"]),
    ([LineReason(tray_size="HQ", state="damaged", reason=5)], ["lines[0].reason"]),  # type: ignore[arg-type]
    ([LineReason(tray_size="HQ", state="damaged", variance=1.5)], ["lines[0].variance"]),  # type: ignore[arg-type]
    ([LineReason(tray_size="HQ", state="damaged", reason="x")] * 2, ["lines[1].tray_size"]),
    ("HQ", ["lines"]),
])  # fmt: skip
def test_reasons_that_fit_no_line_are_refused_at_their_field(count: Count, lines: Any, fields: list[str]) -> None:
    count.found("HQ", available=49)
    assert refused(count.world, lambda: count.approve("x", lines=lines)) == fields


def test_an_approval_is_refused_whole_where_a_balance_would_go_below_zero(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=40)
    count.found("NQ", available=49)
    proved.dispatch(hq=45)  # 5 are left, 10 would be taken
    assert refused(proved, count.approve, InsufficientStock) == []
    with pytest.raises(InsufficientStock) as told:
        count.approve()
    assert [(s.tray_size, s.requested, s.available) for s in told.value.shortages] == [("HQ", 10, 5)]
    assert get_stocktake(proved.operator, count.id).stocktake.status == StocktakeStatus.OPEN
    assert proved.stock("NQ").available == 50
    recount_size(proved.operator, RecountSize(stocktake_id=count.id, tray_size="HQ"))
    detail = count.approve()
    assert "HQ" in detail.left_alone
    assert proved.stock("NQ").available == 49


def test_a_declared_size_takes_no_more_counts_until_the_declaration_is_taken_back(proved: World) -> None:
    count = begin(proved)
    row = count.enter(10)
    count.declare("HQ", "occupied", "damaged")
    for call in (
        lambda: count.enter(12),
        lambda: clear_count(proved.operator, ClearCount(count_id=row.id)),
        lambda: count.declare("HQ"),
    ):
        with pytest.raises(WrongState, match="HQ was declared counted by otto"):
            call()
    recount_size(a_user(proved.admin), RecountSize(stocktake_id=count.id, tray_size="HQ"))
    with pytest.raises(WrongState, match="not declared"):
        recount_size(proved.operator, RecountSize(stocktake_id=count.id, tray_size="HQ"))
    assert count.look().rows == ()
    count.enter(50)
    count.declare("HQ")
    assert count.varies() == {}


def test_only_a_manager_takes_back_what_somebody_else_counted(proved: World) -> None:
    count = begin(proved)
    row = count.enter(10)
    with pytest.raises(Forbidden, match="Only a manager"):
        clear_count(a_user(proved.admin), ClearCount(count_id=row.id))
    assert clear_count(proved.manager, ClearCount(count_id=row.id)).quantity is None


def test_a_recount_over_an_entry_changed_elsewhere_is_refused(count: Count) -> None:
    row = count.enter(10)
    count.enter(11)
    command = EnterCount(stocktake_id=count.id, tray_size="HQ", state="available", quantity=12, version=row.version)
    with pytest.raises(StaleVersion) as told:
        enter_count(count.world.operator, command)
    assert isinstance(told.value.current, CountRow)
    assert told.value.current.quantity == 11


def test_an_approval_of_what_was_not_looked_at_is_refused(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=49)
    seen = count.look().stocktake.version
    count.found("NQ", available=49)
    with pytest.raises(StaleVersion):
        count.approve(version=seen)
    looked = count.look()
    lines = [
        LineReason(tray_size=row.tray_size, state=row.state, variance=row.variance, reason="x") for row in looked.rows
    ]
    proved.dispatch(hq=1, dispatched_at=datetime.now(UTC) - timedelta(hours=3))
    with pytest.raises(StaleVersion, match=r"HQ available varies by \+0 by now, not by -1"):
        count.approve(lines=lines, version=looked.stocktake.version)
    assert posted(proved) == []


def test_nothing_declared_is_nothing_to_approve_and_an_end_is_an_end(proved: World) -> None:
    count = begin(proved)
    count.enter(3)
    with pytest.raises(WrongState, match="Nothing of S-"):
        count.approve()
    count.declare("HQ", "occupied", "damaged")
    count.approve()
    ended: list[Any] = [
        count.approve,
        lambda: count.enter(1),
        lambda: count.declare("NQ", "available", "occupied", "damaged"),
        lambda: recount_size(proved.operator, RecountSize(stocktake_id=count.id, tray_size="HQ")),
        lambda: cancel_stocktake(proved.manager, CancelStocktake(stocktake_id=count.id, reason="x")),
        count.look,
    ]
    for call in ended:
        with pytest.raises(WrongState, match="has been approved by mary"):
            call()
    assert proved.stock().available == 3


def test_a_cancelled_stocktake_posts_nothing_and_needs_a_reason(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=3)
    for reason in ("", "  ", None, 5):
        command = CancelStocktake(stocktake_id=count.id, reason=reason)  # type: ignore[arg-type]
        assert refused(proved, lambda: cancel_stocktake(proved.manager, command)) == ["reason"]  # noqa: B023
    with pytest.raises(StaleVersion):
        cancel_stocktake(proved.manager, CancelStocktake(stocktake_id=count.id, reason="rain", version=99))
    row = cancel_stocktake(proved.manager, CancelStocktake(stocktake_id=count.id, reason="rain"))
    assert (row.status, row.end_reason) == (StocktakeStatus.CANCELLED, "rain")
    assert proved.stock().available == 50
    assert get_stocktake(proved.operator, count.id).lines == ()


def test_only_managers_open_approve_and_cancel(world: World) -> None:
    count = begin(world)
    for call in (
        lambda: open_stocktake(world.operator, OpenStocktake(shed_id=world.shed_id)),
        lambda: approve_stocktake(world.operator, ApproveStocktake(stocktake_id=count.id)),
        lambda: cancel_stocktake(world.operator, CancelStocktake(stocktake_id=count.id, reason="x")),
    ):
        with pytest.raises(Forbidden):
            call()


def test_a_movement_names_the_stocktake_it_comes_from(proved: World) -> None:
    count = begin(proved)
    count.found("HQ", available=49)
    count.approve()
    (row,) = list_movements(proved.operator, Query(filters={"stocktake_id": count.id})).items
    assert (row.stocktake_number, row.kind, row.quantity) == (count.row.number, "stocktake", 1)


def movements_of(world: World) -> list[MovementRow]:
    return list(list_movements(world.operator, Query(filters={"kind": "stocktake", "shed_id": world.shed_id})).items)


def test_variances_are_dated_at_the_moment_their_size_was_declared(proved: World) -> None:
    count = begin(proved)
    declared = {size: count.found(size, available=49).declared_at for size in ("HQ", "NQ")}
    count.approve()
    rows = movements_of(proved)
    assert {row.tray_size: row.at for row in rows} == declared
    assert declared["HQ"] != declared["NQ"]
    assert all(row.entered_at > row.at for row in rows)


def test_a_month_with_an_open_stocktake_is_not_closed(proved: World) -> None:
    now = datetime.now(UTC)
    count = begin(proved)
    (in_the_way,) = hindrances(proved.manager, MonthQuery(shed_id=proved.shed_id, month=now.year * 100 + now.month))
    assert (in_the_way.kind, in_the_way.number) == ("stocktake", count.row.number)
    last = (now.replace(day=1) - timedelta(days=1)).strftime("%Y%m")
    close_month(proved.manager, CloseMonth(shed_id=proved.shed_id, month=int(last)))  # the one before does not mind


def test_an_approval_dated_in_a_closed_month_is_refused(proved: World) -> None:
    """On its last day a month may be closed first and counted afterwards: then what varies has no month to go to."""
    count = begin(proved)
    count.found("HQ", available=49)
    now = datetime.now(UTC)
    shed = Shed.__table__
    with proved.database.connect() as connection, connection.begin():
        connection.execute(
            sa.update(shed).where(shed.c.id == proved.shed_id).values(closed_through=now.year * 100 + now.month)
        )
    assert refused(proved, count.approve, PeriodClosed) == []
    with proved.database.connect() as connection, connection.begin():
        connection.execute(sa.update(shed).where(shed.c.id == proved.shed_id).values(closed_through=0))
    count.approve()


def test_an_operation_is_done_once_however_often_it_is_sent(proved: World) -> None:
    count = begin(proved)
    op = uuid.uuid4()
    command = EnterCount(stocktake_id=count.id, tray_size="HQ", state="available", quantity=49)
    assert enter_count(proved.operator, command, op) == enter_count(proved.operator, command, op)
    count.declare("HQ", "occupied", "damaged")
    op = uuid.uuid4()
    approval = ApproveStocktake(stocktake_id=count.id, reason="one is gone")
    first = approve_stocktake(proved.manager, approval, op)
    assert approve_stocktake(proved.manager, approval, op) == first
    assert len(movements_of(proved)) == 1


def test_every_step_is_in_the_trail_and_in_the_feed(world: World) -> None:
    mark = Mark()
    poll(world.manager, mark)
    count = begin(world)
    row = count.enter(49)
    clear_count(world.operator, ClearCount(count_id=row.id))
    count.enter(49)
    count.declare("HQ", "occupied", "damaged")
    recount_size(world.operator, RecountSize(stocktake_id=count.id, tray_size="HQ"))
    count.declare("HQ")
    count.approve("gone")
    filters = {"record_type": "stocktake", "record_id": str(count.id)}
    trail = list_audit(world.admin, Query(filters=filters, sort="id")).items
    assert [entry.action for entry in trail] == [
        "open", "count", "count", "count", "count", "count", "declare", "recount", "declare", "approve",
    ]  # fmt: skip
    assert trail[-1].new is not None
    assert trail[-1].new["lines"][0] == {"tray_size": "HQ", "state": "available", "expected": 50, "counted": 49}
    assert trail[-1].reason == "gone"
    news = poll(world.manager, mark)
    assert "stocktakes" in news.kinds
    assert ("stocktake", str(count.id)) in news.records


@on_every_database
def test_the_reconciliation_shows_what_varied_and_its_column_agrees(proved: World) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    count = begin(proved)
    count.found("HQ", available=45, damaged=2)
    count.approve("two dropped, three gone")
    told = reconcile(proved.operator, ReconciliationQuery(shed_id=proved.shed_id, since=since))
    assert [(v.number, v.tray_size, v.state.value, v.expected, v.counted, v.variance, v.reason) for v in told.stocktakes] == [
        (count.row.number, "HQ", "available", 50, 45, -5, "two dropped, three gone"),
        (count.row.number, "HQ", "damaged", 0, 2, 2, "two dropped, three gone"),
    ]  # fmt: skip
    (hq,) = [row for row in told.totals if row.tray_size == "HQ"]
    assert (hq.stocktake, hq.difference) == (-3, 0)
    before = reconcile(
        proved.operator, ReconciliationQuery(shed_id=proved.shed_id, since=since, until=count.row.opened_at)
    )
    assert before.stocktakes == ()


def test_the_list_says_how_far_each_is_and_can_be_filtered(world: World) -> None:
    count = begin(world)
    count.found("HQ", available=49)
    (row,) = list_stocktakes(world.operator, Query(filters={"shed_id": world.shed_id, "status": "open"})).items
    assert (row.number, row.declared, row.variances, row.opened_by) == (count.row.number, 1, 0, "mary")
    count.approve()
    (row,) = list_stocktakes(world.operator, Query(filters={"shed_id": world.shed_id})).items
    assert (row.status, row.declared, row.variances) == ("approved", 1, 1)
    assert list_stocktakes(world.operator, Query(q=row.number.lower())).items == (row,)


def test_a_size_that_is_not_in_use_can_be_counted_where_it_stands(proved: World) -> None:
    count = begin(proved)
    count.found("BQ", available=4)
    assert count.varies("BQ") == {"available": 4}
    count.approve()
    assert ("BQ", "external", "available", 4, "miscounted before") in posted(proved)


def test_the_proof_names_a_stocktake_whose_movements_are_not_its_lines(flavour: str, databases: Any) -> None:
    database = Database(databases.new(flavour))
    try:
        world = make_world(make_people(database))
        count = begin(world)
        count.found("HQ", available=49)
        count.approve()
        m = Movement.__table__
        with database.connect() as connection, connection.begin():
            kept = m.c.kind == MovementKind.STOCKTAKE.value
            connection.execute(sa.update(m).where(kept).values(stocktake_id=None))
        named = prove(database).problems
        assert any(f"{count.row.number}: HQ available varies by -1, its movements say +0" in line for line in named)
        assert any("is of a stocktake and names none" in line for line in named)
    finally:
        database.close()


def test_every_role_counts(world: World) -> None:
    count = begin(world)
    for at, who in enumerate((world.operator, world.manager, world.admin, a_user(world.admin, Role.MANAGER))):
        count.enter(at, who=who)
    (hq,) = [size for size in counting(world.operator, count.id).sizes if size.tray_size == "HQ"]
    assert len(hq.states[0].counters) == 4


@on_every_database
def test_a_shed_that_is_being_counted_stays_in_use(people: Any) -> None:
    """Approved after it was put out of use, a count would bring trays where no page shows them."""
    world = make_world(people, hq=0, nq=0)
    count = begin(world)
    count.found(available=5)
    (shed,) = [each for each in list_sheds(world.admin) if each.id == world.shed_id]
    off = ChangeShed(shed_id=shed.id, version=shed.version, is_active=False)
    with pytest.raises(InUse, match=count.row.number):
        change_shed(world.admin, off)
    cancel_stocktake(world.manager, CancelStocktake(stocktake_id=count.id, reason="the shed is given up"))
    assert not change_shed(world.admin, off).is_active
