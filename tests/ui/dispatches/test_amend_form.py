"""Amending a dispatch in the window: what may change, what no longer may, and what somebody else got in before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import Role
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, amend_dispatch, get_dispatch
from coresafe.ui.dispatches.amend_form import AmendForm
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

HQ = "trays HQ empty"


@pytest.fixture
def sent(desk: Desk) -> DispatchRow:
    """Ten HQ and two NQ are out, and selected."""
    row = desk.others_dispatch(hq=10, nq=2)
    desk.window.workspace.look()
    return desk.select(row.id)


def now(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def amend(desk: Desk) -> AmendForm:
    """F2 on the selected row."""
    desk.settle()
    desk.key(Qt.Key.Key_F2)
    desk.until(lambda: isinstance(desk.dispatches.form, AmendForm))
    form = desk.dispatches.form
    assert isinstance(form, AmendForm)
    return form


def save(desk: Desk) -> None:
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()


def test_what_was_entered_wrongly_is_amended_with_the_reason(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    assert form["driver"].value() == sent.driver
    assert (form[HQ].value(), form["trays NQ empty"].value()) == (10, 2)
    assert not form.dirty
    desk.type(form["driver"].edit, "Esi")
    desk.type(form[HQ].edit, "12")
    desk.type(form["trays NQ empty"].edit, "0")
    desk.type(form["reason"].edit, "counted at the gate")
    save(desk)
    row = now(desk, sent)
    assert (row.driver, row.version) == ("Esi", sent.version + 1)
    assert [(line.tray_size, line.quantity) for line in row.lines] == [("HQ", 12)]
    assert (desk.available("HQ"), desk.available("NQ")) == (38, 30)
    desk.prove()


def test_a_hole_brings_nothing_but_itself_and_can_be_taken_away(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    desk.complete(form.hole, "ARG26-002")
    save(desk)
    assert now(desk, sent).hole_id == "ARG26-002"
    form = amend(desk)
    form.hole.choose(None)
    save(desk)
    row = now(desk, sent)
    assert (row.hole_id, row.project_id) == (None, sent.project_id)


def test_more_than_there_is_is_told_at_its_size(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    desk.type(form[HQ].edit, "51")
    desk.save_by_keys()
    desk.until(lambda: bool(form[HQ].error))
    desk.settle()
    assert now(desk, sent) == sent
    assert form[HQ].value() == 51


def test_once_trays_came_back_their_numbers_stand_and_the_rest_may_change(desk: Desk, sent: DispatchRow) -> None:
    desk.others_return(sent, hq=4)
    desk.window.workspace.look()
    desk.until(lambda: desk.dispatches._current is not None and bool(desk.dispatches._current.returns))
    form = amend(desk)
    assert HQ not in form.fields
    form["notes"].edit.setPlainText("four came early")
    save(desk)
    assert now(desk, sent).notes == "four came early"


def test_the_second_to_amend_sees_both_and_loses_nothing(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    desk.type(form["driver"].edit, "Esi")
    desk.type(form["vehicle"].edit, "GR 4411")
    change = AmendDispatch(dispatch_id=sent.id, version=sent.version, driver="Kwame", destination="Rig 7")
    desk.aside(lambda: amend_dispatch(desk.other, change))
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    desk.settle()
    assert form.comparison is not None
    assert set(form.comparison.rows) == {"driver", "vehicle", "destination"}
    assert form["vehicle"].value() == "GR 4411"
    form.comparison.rows["driver"].theirs.click()
    save(desk)
    row = now(desk, sent)
    assert (row.driver, row.vehicle, row.destination) == ("Kwame", "GR 4411", "Rig 7")


def test_closed_and_voided_dispatches_cannot_be_amended(desk: Desk, sent: DispatchRow) -> None:
    assert desk.window.actions_["dispatch.amend"].isEnabled()
    desk.do("dispatch.void")
    desk.small_form["reason"].edit.setPlainText("never left")
    save(desk)
    assert not desk.window.actions_["dispatch.amend"].isEnabled()


def test_a_technician_amends_his_own_of_today_and_nobody_elses(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    theirs = desk.others_dispatch(hq=3)
    desk.fill_dispatch(hq=4)
    save(desk)
    assert desk.window.actions_["dispatch.amend"].isEnabled()
    form = amend(desk)
    desk.type(form["driver"].edit, "Esi")
    save(desk)
    assert {row.driver for row in desk.all_dispatches()} == {"Esi", theirs.driver}
    desk.select(theirs.id)
    desk.settle()
    assert not desk.window.actions_["dispatch.amend"].isEnabled()
