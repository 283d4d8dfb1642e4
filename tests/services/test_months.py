"""Closing a month: it takes no more entries from anybody, only an administrator re-opens it, and nothing slips in meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.errors import Forbidden, NotFound, PeriodClosed, ValidationFailed, WrongState
from coresafe.services.audit_trail import list_audit
from coresafe.services.listing import Query
from coresafe.services.months import (
    CloseMonth,
    MonthQuery,
    ReopenMonth,
    close_month,
    hindrances,
    list_months,
    month_before,
    reopen_month,
)
from tests.services.kinds import on_both_servers
from tests.worlds import World

THIS = datetime.now(UTC).year * 100 + datetime.now(UTC).month
LAST = month_before(THIS)
#: Long enough ago to be in last month in any time zone.
INTO_LAST = timedelta(days=datetime.now(UTC).day + 3)


def close(world: World, month: object = LAST) -> None:
    close_month(world.manager, CloseMonth(shed_id=world.shed_id, month=month))  # type: ignore[arg-type]


def reopen(world: World, month: int = LAST, reason: str = "the auditor asked") -> None:
    reopen_month(world.admin, ReopenMonth(shed_id=world.shed_id, month=month, reason=reason))


def test_a_closed_month_takes_no_more_entries_until_an_administrator_reopens_it(proved: World) -> None:
    world = proved
    at = datetime.now(UTC) - INTO_LAST
    old: dict[str, Any] = {"dispatched_at": at, "reason": "found the note", "who": world.manager, "hq": 1}
    world.dispatch(**old)
    close(world)
    with pytest.raises(PeriodClosed) as refused:
        world.dispatch(**old)
    assert f"{LAST // 100}-{LAST % 100:02d} is closed" in refused.value.message
    with pytest.raises(PeriodClosed):
        world.dispatch(**{**old, "who": world.admin})
    world.dispatch(hq=1)  # today is open
    reopen(world)
    world.dispatch(**old)


def test_who_closed_and_reopened_it_and_why_is_kept(world: World) -> None:
    close(world)
    reopen(world)
    close(world)
    (row,) = [row for row in list_months(world.operator, world.shed_id) if row.month == LAST]
    assert (row.closed, row.closed_by, row.reopened_by, row.reason) == (True, "mary", "boss", "the auditor asked")
    filters = {"record_type": "period", "record_id": f"{world.shed_id}/{LAST}"}
    trail = list_audit(world.admin, Query(filters=filters)).items
    assert [entry.action for entry in trail] == ["close", "reopen", "close"]


def test_closing_closes_every_month_before_and_reopening_opens_every_month_after(world: World) -> None:
    at = datetime.now(UTC) - timedelta(days=100)
    world.dispatch(hq=1, who=world.manager, dispatched_at=at, reason="found the note")
    close(world)
    months = [row.month for row in list_months(world.operator, world.shed_id) if row.closed]
    assert months[0] == LAST and months == sorted(months, reverse=True)
    before = month_before(LAST)
    assert before in months
    reopen(world, before)
    assert not any(row.closed for row in list_months(world.operator, world.shed_id) if row.month >= before)


def test_only_managers_close_and_only_administrators_reopen(world: World) -> None:
    with pytest.raises(Forbidden):
        close_month(world.operator, CloseMonth(shed_id=world.shed_id, month=LAST))
    close(world)
    with pytest.raises(Forbidden):
        reopen_month(world.manager, ReopenMonth(shed_id=world.shed_id, month=LAST, reason="mine"))


@pytest.mark.parametrize("month", [None, 0, -1, 202600, 202613, "2026-10", 10**9, 202610.5, True, 209901])
def test_a_month_that_is_none_or_has_not_begun_is_refused_at_its_field(world: World, month: object) -> None:
    with pytest.raises(ValidationFailed) as refused:
        close(world, month)
    ((field, words),) = [(error.field, error.message) for error in refused.value.errors]
    assert field == "month" and "," not in words.partition(".")[0]  # 195,001 is no month that anybody knows


def test_a_month_is_closed_once_and_reopened_with_a_reason(world: World) -> None:
    with pytest.raises(WrongState):
        reopen(world)
    close(world)
    with pytest.raises(WrongState, match="closed"):
        close(world)
    with pytest.raises(ValidationFailed) as refused:
        reopen(world, reason="  ")
    assert [error.field for error in refused.value.errors] == ["reason"]
    with pytest.raises(NotFound):
        close_month(world.manager, CloseMonth(shed_id=2**62, month=LAST))


def test_nothing_hinders_a_month_without_counts_and_transfers(world: World) -> None:
    assert hindrances(world.operator, MonthQuery(shed_id=world.shed_id, month=LAST)) == ()
    with pytest.raises(ValidationFailed):
        hindrances(world.operator, MonthQuery(shed_id=world.shed_id, month=13))


@on_both_servers
def test_an_entry_and_the_closing_of_its_month_at_once_never_both_win_unseen(world: World) -> None:
    """Either the entry was there before the month was closed, or it was refused; ten tries at both at once."""
    at = datetime.now(UTC) - INTO_LAST
    refusals = 0
    for _ in range(10):
        outcome: dict[str, BaseException | None] = {}
        together = threading.Barrier(2)

        def run(name: str, call: Callable[[], object], at_once: threading.Barrier, told: dict[str, Any]) -> None:
            at_once.wait()
            try:
                call()
                told[name] = None
            except PeriodClosed as error:
                told[name] = error

        def enter() -> object:
            return world.dispatch(hq=1, who=world.manager, dispatched_at=at, reason="found the note")

        threads = [
            threading.Thread(target=run, args=("enter", enter, together, outcome)),
            threading.Thread(target=run, args=("close", lambda: close(world), together, outcome)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(outcome) == {"enter", "close"} and outcome["close"] is None
        refusals += outcome["enter"] is not None
        with pytest.raises(PeriodClosed):
            enter()
        reopen(world)
    assert 0 <= refusals <= 10
    world.settle()
