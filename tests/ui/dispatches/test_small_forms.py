"""The supervisor's short forms: lost, extend, recover, void; each with its reason, each offered only where it makes sense."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from coresafe.models.enums import Role
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import get_dispatch
from tests.ui.desk import Desk

ON_ONE = ("dispatch.return", "dispatch.lost", "dispatch.extend", "dispatch.recover", "dispatch.void",
           "return.void", "resolution.void")  # fmt: skip


@pytest.fixture
def sent(desk: Desk) -> DispatchRow:
    """Ten HQ are out, and selected."""
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    return desk.select(row.id)


def now(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def offered(desk: Desk) -> set[str]:
    return {
        name for name in ON_ONE if desk.window.actions_[name].isEnabled() and desk.window.actions_[name].isVisible()
    }


def save(desk: Desk, reason: str = "washed away") -> None:
    if reason:
        desk.small_form["reason"].edit.setPlainText(reason)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()


def test_lost_needs_a_reason_takes_them_off_the_account_and_can_be_voided(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.lost")
    form = desk.small_form
    lost = form["lost HQ"]
    assert lost.value() == 10
    desk.type(lost.edit, "3")
    desk.save_by_keys()
    assert form["reason"].error == "Fill this in."
    save(desk)
    row = now(desk, sent)
    assert (row.outstanding, row.lines[0].lost) == (7, 3)
    assert offered(desk) == set(ON_ONE) - {"dispatch.void", "return.void"}
    desk.do("resolution.void")
    save(desk, "they stood behind the rack")
    assert now(desk, sent).outstanding == 10
    desk.prove()


@pytest.mark.parametrize(
    ("typed", "told"),
    [("11", "Only 10 HQ are out."), ("-1", "below zero"), ("1.5", "fraction"), ("2147483648", "from 0 to")],
)
def test_numbers_that_cannot_be_lost(desk: Desk, sent: DispatchRow, typed: str, told: str) -> None:
    desk.do("dispatch.lost")
    form = desk.small_form
    lost = form["lost HQ"]
    desk.type(lost.edit, typed)
    form["reason"].edit.setPlainText("washed away")
    desk.save_by_keys()
    desk.until(lambda: bool(lost.error))
    desk.settle()
    assert told in lost.error
    assert now(desk, sent) == sent


def test_lost_trays_that_turn_up_are_recovered(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.lost")
    save(desk)
    desk.do("dispatch.recover")
    desk.type(desk.small_form["quantity"].edit, "4")
    save(desk, "found at the camp")
    row = now(desk, sent)
    assert (row.lines[0].lost, row.lines[0].recovered) == (10, 4)
    assert desk.available() == 44
    desk.prove()


def test_recovering_more_than_was_lost_is_told_at_its_number(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.lost")
    save(desk)
    desk.do("dispatch.recover")
    form = desk.small_form
    desk.type(form["quantity"].edit, "11")
    form["reason"].edit.setPlainText("found")
    desk.save_by_keys()
    desk.settle()
    assert form["quantity"].error == "Only 10 HQ are lost."
    assert now(desk, sent).lines[0].recovered == 0


def test_extending_moves_the_due_date(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.extend")
    form = desk.small_form
    form["due_at"].set_value(sent.dispatched_at - timedelta(days=1))
    form["reason"].edit.setPlainText("the rig broke down")
    desk.save_by_keys()
    desk.until(lambda: bool(form["due_at"].error))
    assert now(desk, sent) == sent
    form["due_at"].set_value(sent.due_at + timedelta(days=3))
    save(desk, "the rig broke down")
    moved = now(desk, sent).due_at - sent.due_at
    assert timedelta(days=2, hours=23) < moved <= timedelta(days=3)


def test_a_dispatch_and_a_return_are_voided(desk: Desk, sent: DispatchRow) -> None:
    desk.others_return(sent, hq=4)
    desk.window.workspace.look()
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.outstanding == 6)
    desk.settle()
    assert "dispatch.void" not in offered(desk)
    desk.do("return.void")
    save(desk, "entered twice")
    assert now(desk, sent).outstanding == 10
    desk.do("dispatch.void")
    save(desk, "wrong company")
    row = now(desk, sent)
    assert (row.status, row.void_reason) == ("voided", "wrong company")
    assert offered(desk) == set()
    assert desk.available() == 50
    desk.prove()


@pytest.mark.parametrize("words", ["wash\0ed", "w" * 100_000], ids=["nul", "100,000"])
def test_reasons_that_cannot_be_kept(desk: Desk, sent: DispatchRow, words: str) -> None:
    desk.do("dispatch.void")
    desk.small_form["reason"].set_value(words)
    desk.save_by_keys()
    assert desk.small_form["reason"].error
    desk.settle()
    assert now(desk, sent) == sent


def test_a_stale_version_keeps_the_reason(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.lost")
    form = desk.small_form
    desk.window.workspace.stop()
    desk.type(form["lost HQ"].edit, "2")
    form["reason"].edit.setPlainText("washed away")
    desk.others_return(sent, hq=4)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert "Somebody changed this meanwhile" in form.banner.message.text
    assert (form["lost HQ"].typed(), form["reason"].value()) == ("2", "washed away")
    save(desk, "")
    row = now(desk, sent)
    assert (row.outstanding, row.lines[0].lost) == (4, 2)


def test_a_size_that_came_back_meanwhile_is_not_mistaken_for_another(desk: Desk) -> None:
    row = desk.others_dispatch(hq=5, nq=3)
    desk.window.workspace.look()
    desk.select(row.id)
    desk.do("dispatch.lost")
    form = desk.small_form
    desk.window.workspace.stop()
    desk.others_return(row, hq=5)
    desk.type(form["lost HQ"].edit, "0")
    desk.type(form["lost NQ"].edit, "2")
    form["reason"].edit.setPlainText("washed away")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    save(desk, "")
    assert {line.tray_size: line.lost for line in now(desk, row).lines} == {"HQ": 0, "NQ": 2}


def test_a_technician_is_not_shown_what_he_may_not_do(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(role=Role.OPERATOR)
    row = desk.others_dispatch(hq=2)
    desk.window.workspace.look()
    desk.select(row.id)
    assert offered(desk) == {"dispatch.return"}
