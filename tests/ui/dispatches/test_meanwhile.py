"""Mary has a form open about a dispatch while the boss changes it elsewhere: she sees what, keeps what she typed, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPoint

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    AmendDispatch,
    ExtendDispatch,
    WantedLine,
    amend_dispatch,
    extend_dispatch,
    get_dispatch,
)
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.services.returning import (
    LostLine,
    ResolveLost,
    ReturnedLine,
    TakeReturn,
    VoidResolution,
    VoidReturn,
    resolve_lost,
    take_return,
    void_resolution,
    void_return,
)
from coresafe.ui.clock import local
from coresafe.ui.forms import QuantityField, SelectField
from coresafe.ui.returning import ReturnForm
from coresafe.ui.returning.meanwhile import OneDispatchForm
from tests.ui.desk import Desk

SAID = "Somebody changed this meanwhile. What you typed is kept."


@pytest.fixture
def sent(desk: Desk) -> DispatchRow:
    """Ten HQ are out, and selected in Mary's window."""
    return select(desk, desk.others_dispatch(hq=10))


def select(desk: Desk, row: DispatchRow) -> DispatchRow:
    desk.window.workspace.look()
    found = desk.select(row.id)
    desk.until(lambda: desk.dispatches._current == now(desk, row))
    return found


def now(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def boss(desk: Desk, use_case: Callable[..., Any], command: object) -> DispatchRow:
    """The boss does something at another computer; Mary's window does not hear of it before she saves."""
    desk.window.workspace.stop()
    answer: DispatchRow = desk.aside(lambda: use_case(desk.admin, command))
    return answer


def take_back(row: DispatchRow, **good: int) -> TakeReturn:
    lines = [ReturnedLine(tray_size=size.upper(), good=count) for size, count in good.items()]
    return TakeReturn(dispatch_id=row.id, driver="Yaw", technician="Ama", lines=lines)


def lost(row: DispatchRow, count: int) -> ResolveLost:
    return ResolveLost(dispatch_id=row.id, lines=[LostLine(tray_size="HQ", quantity=count)], reason="in the river")


def refused(desk: Desk, form: OneDispatchForm) -> list[str]:
    """Mary saves and is shown what changed meanwhile, and by whom."""
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    desk.until(lambda: form.meanwhile is not None and form.meanwhile._who.text() != "")
    desk.settle()
    assert form.meanwhile is not None
    assert form.meanwhile._who.text() == "By boss, elsewhere"
    return [change.told for change in form.meanwhile.changes]


def top(form: OneDispatchForm, name: str) -> int:
    """Where a field stands, from the top."""
    return form.fields[name].mapTo(form, QPoint(0, 0)).y()


def said(form: OneDispatchForm) -> str:
    assert form.banner is not None
    return form.banner.message.text


def saved(desk: Desk, row: DispatchRow) -> DispatchRow:
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    desk.prove()
    return now(desk, row)


def returning(desk: Desk) -> ReturnForm:
    desk.do("dispatch.return")
    return desk.return_form


def field(form: ReturnForm, size: str, part: str = "good") -> QuantityField:
    return form.lines._fields[size, part]


def test_a_size_that_came_onto_the_dispatch_gets_a_line_in_its_return(desk: Desk, sent: DispatchRow) -> None:
    form = returning(desk)
    desk.type(field(form, "HQ").edit, "7")
    form.confirm.box.click()
    lines = [WantedLine(tray_size="NQ", quantity=3), WantedLine(tray_size="HQ", quantity=8)]
    boss(desk, amend_dispatch, AmendDispatch(dispatch_id=sent.id, version=1, lines=lines))
    assert refused(desk, form) == ["HQ sent: 10 → 8", "HQ out: 10 → 8", "NQ sent: 0 → 3", "NQ out: 0 → 3"]
    assert said(form) == SAID
    assert (field(form, "HQ").typed(), field(form, "NQ").typed()) == ("7", "0")
    assert "1 HQ and 3 NQ missing" in form.told.text()
    assert not form.confirm.value()  # another difference: looked at again
    desk.type(field(form, "NQ").edit, "3")
    form.confirm.box.click()
    row = saved(desk, sent)
    assert [(line.tray_size, line.good, line.outstanding) for line in row.lines] == [("HQ", 7, 1), ("NQ", 3, 0)]


def test_a_size_that_is_gone_from_the_dispatch_loses_its_line_unless_it_was_typed_in(desk: Desk) -> None:
    row = select(desk, desk.others_dispatch(hq=5, nq=3))
    form = returning(desk)
    desk.type(field(form, "HQ").edit, "4")
    form.confirm.box.click()
    lines = [WantedLine(tray_size="HQ", quantity=5)]
    boss(desk, amend_dispatch, AmendDispatch(dispatch_id=row.id, version=1, lines=lines))
    assert refused(desk, form) == ["NQ sent: 3 → 0", "NQ out: 3 → 0"]
    assert list(form.lines._out) == ["HQ"]
    assert field(form, "HQ").typed() == "4"
    form.confirm.set_value(True)
    assert saved(desk, row).lines[0].good == 4


def test_a_return_of_what_is_all_back_meanwhile_says_who_took_it(desk: Desk, sent: DispatchRow) -> None:
    form = returning(desk)
    desk.type(form.driver.edit, "Kofi")
    row = boss(desk, take_return, take_back(sent, hq=10))
    told = refused(desk, form)
    assert f"Return {row.returns[0].number}: – → 10 HQ good, by boss" in told
    assert "State: Outstanding → Matched" not in told and "State: Outstanding → Closed" in told
    assert "accounted for already" in said(form)
    assert form.driver.value() == "Kofi"
    assert field(form, "HQ").error == "Only 0 out."
    assert now(desk, sent) == row


def test_trays_that_are_out_again_can_be_declared_lost_in_the_form_that_is_open(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=5, nq=3)
    back = desk.aside(lambda: take_return(desk.other, take_back(sent, nq=3)))
    row = select(desk, sent)
    desk.do("dispatch.lost")
    form = desk.small_form
    desk.type(form["lost HQ"].edit, "2")
    form["reason"].edit.setPlainText("washed away")
    command = VoidReturn(dispatch_id=row.id, return_id=back.returns[0].id, reason="counted twice")
    boss(desk, void_return, command)
    told = refused(desk, form)
    assert {"NQ good: 3 → 0", "NQ out: 0 → 3"} <= set(told)
    assert f"Return {back.returns[0].number}: 3 NQ good → voided: counted twice" in told
    assert said(form) == SAID
    assert (form["lost HQ"].typed(), form["lost NQ"].typed(), form["reason"].value()) == ("2", "0", "washed away")
    assert form["lost NQ"].title == "NQ lost, of 3 out"
    assert top(form, "lost HQ") < top(form, "lost NQ") < top(form, "reason")
    desk.type(form["lost NQ"].edit, "1")
    row = saved(desk, row)
    assert [(line.tray_size, line.lost) for line in row.lines] == [("HQ", 2), ("NQ", 1)]


def test_what_was_not_typed_follows_what_is_out_now(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.lost")
    form = desk.small_form
    form["reason"].edit.setPlainText("washed away")
    boss(desk, take_return, take_back(sent, hq=4))
    refused(desk, form)
    assert (form["lost HQ"].typed(), form["lost HQ"].title) == ("6", "HQ lost, of 6 out")
    assert form["reason"].value() == "washed away"
    assert saved(desk, sent).lines[0].lost == 6


def test_a_dispatch_that_was_changed_is_voided_only_after_another_look(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.void")
    form = desk.small_form
    form["reason"].edit.setPlainText("never left")
    boss(desk, amend_dispatch, AmendDispatch(dispatch_id=sent.id, version=1, driver="Esi", notes="He is on his way"))
    assert refused(desk, form) == ["Driver: Yaw → Esi", "Notes: – → He is on his way"]
    assert said(form) == SAID
    assert form["reason"].value() == "never left"
    assert saved(desk, sent).status == "voided"


def test_a_dispatch_of_which_something_came_back_is_not_voided_and_that_is_told(desk: Desk, sent: DispatchRow) -> None:
    desk.do("dispatch.void")
    form = desk.small_form
    form["reason"].edit.setPlainText("never left")
    row = boss(desk, take_return, take_back(sent, hq=4))
    assert "HQ out: 10 → 6" in refused(desk, form)
    assert form.banner is not None and "nothing left to do here" in form.banner.message.hint
    desk.save_by_keys()
    desk.until(lambda: "Void those first" in said(form))
    assert now(desk, sent) == row


def choice(form: OneDispatchForm, name: str) -> SelectField:
    found = form.fields[name]
    assert isinstance(found, SelectField)
    return found


def test_a_return_that_is_voided_already_is_no_longer_offered_and_no_other_taken_for_it(
    desk: Desk, sent: DispatchRow
) -> None:
    desk.aside(lambda: take_return(desk.other, take_back(sent, hq=4)))
    back = desk.aside(lambda: take_return(desk.other, take_back(sent, hq=5)))
    row = select(desk, sent)
    desk.do("return.void")
    form = desk.small_form
    form["reason"].edit.setPlainText("counted twice")
    first, second = back.returns
    assert choice(form, "return_id").value() == second.id
    boss(desk, void_return, VoidReturn(dispatch_id=row.id, return_id=second.id, reason="mine"))
    told = refused(desk, form)
    assert f"Return {second.number}: 5 HQ good → voided: mine" in told
    offered = choice(form, "return_id")
    assert [offered.box.itemData(at) for at in range(offered.box.count())] == [first.id]
    assert offered.value() is None
    desk.save_by_keys()
    assert offered.error == "Fill this in."
    offered.set_value(first.id)
    assert saved(desk, row).outstanding == 10


def test_a_return_that_was_taken_meanwhile_is_offered_too(desk: Desk, sent: DispatchRow) -> None:
    desk.aside(lambda: take_return(desk.other, take_back(sent, hq=4)))
    row = select(desk, sent)
    desk.do("return.void")
    form = desk.small_form
    form["reason"].edit.setPlainText("counted twice")
    before = choice(form, "return_id").value()
    boss(desk, take_return, take_back(sent, hq=2))
    refused(desk, form)
    assert choice(form, "return_id").box.count() == 2
    assert choice(form, "return_id").value() == before  # what was chosen stays
    assert saved(desk, row).outstanding == 8


def test_an_entry_of_loss_that_is_voided_already_is_no_longer_offered(desk: Desk, sent: DispatchRow) -> None:
    desk.aside(lambda: resolve_lost(desk.other, lost(sent, 2)))
    entered = desk.aside(lambda: resolve_lost(desk.other, lost(sent, 3)))
    row = select(desk, sent)
    desk.do("resolution.void")
    form = desk.small_form
    form["reason"].edit.setPlainText("they stood behind the rack")
    first, second = entered.resolutions
    assert choice(form, "resolution_id").value() == second.id
    boss(desk, void_resolution, VoidResolution(dispatch_id=row.id, resolution_id=second.id, reason="mine"))
    assert "Declared lost: 3 HQ → voided: mine" in refused(desk, form)
    choice(form, "resolution_id").set_value(first.id)
    assert form["reason"].value() == "they stood behind the rack"
    assert saved(desk, row).outstanding == 10


def test_a_due_date_that_was_moved_meanwhile_is_shown_beside_the_one_that_was_typed(
    desk: Desk, sent: DispatchRow
) -> None:
    desk.do("dispatch.extend")
    form = desk.small_form
    mine, theirs = sent.due_at + timedelta(days=3), sent.due_at + timedelta(days=9)
    form["due_at"].set_value(mine)
    form["reason"].edit.setPlainText("the rig broke down")
    boss(desk, extend_dispatch, ExtendDispatch(dispatch_id=sent.id, due_at=theirs, reason="the road"))
    assert refused(desk, form) == [f"Due: {local(sent.due_at)} → {local(theirs)}"]
    assert said(form) == SAID
    assert (form["due_at"].value(), form["reason"].value()) == (mine, "the rig broke down")
    assert f"Due {local(theirs)}." in form._about.text()
    assert saved(desk, sent).due_at == mine


def test_trays_that_somebody_recovered_already_are_not_recovered_twice(desk: Desk, sent: DispatchRow) -> None:
    desk.aside(lambda: resolve_lost(desk.other, lost(sent, 5)))
    row = select(desk, sent)
    desk.do("dispatch.recover")
    form = desk.small_form
    desk.type(form["quantity"].edit, "4")
    form["reason"].edit.setPlainText("found at the camp")
    recovery = MoveStock(kind="recovery", tray_size="HQ", quantity=4, reason="at the camp", dispatch_id=row.id)
    boss(desk, move_stock, recovery)
    assert refused(desk, form) == ["HQ recovered: 0 → 4"]
    assert said(form) == SAID
    assert (form["quantity"].typed(), form["quantity"].error) == ("4", "Only 1 HQ are lost.")
    assert form["reason"].value() == "found at the camp"
    desk.type(form["quantity"].edit, "1")
    assert saved(desk, row).lines[0].recovered == 5
