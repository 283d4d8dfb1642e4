"""Amending a dispatch in the window: what may change, what no longer may, and what somebody else got in before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import Role
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, WantedLine, amend_dispatch, get_dispatch
from coresafe.ui.clock import local
from coresafe.ui.dispatches.amend_form import AmendForm
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk

HQ, NQ = "trays HQ empty", "trays NQ empty"


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


def test_samples_their_type_and_the_due_date_are_amended(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    assert (form["samples_collected"].value(), form["sample_type"].value(), form["due_at"].value()) == (
        None,
        "",
        sent.due_at,
    )
    due = sent.due_at + timedelta(days=2, minutes=1)
    desk.type(form["samples_collected"].edit, "38")
    form["sample_type"].set_value("assay")
    form["due_at"].set_value(due)
    save(desk)
    row = now(desk, sent)
    assert (row.samples_collected, row.sample_type, row.due_at) == (38, "assay", due)
    form = amend(desk)
    form["samples_collected"].set_value(None)
    form["sample_type"].set_value("")
    save(desk)
    row = now(desk, sent)
    assert (row.samples_collected, row.sample_type, row.due_at) == (None, None, due)


def test_what_was_not_touched_is_not_amended(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    desk.type(form["driver"].edit, "Esi")
    save(desk)
    assert replace(now(desk, sent), driver=sent.driver, version=1, updated_at=sent.updated_at) == sent


def test_a_size_that_was_forgotten_is_put_on_the_dispatch(desk: Desk) -> None:
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    desk.select(row.id)
    form = amend(desk)
    desk.settle()
    assert form[HQ]._note.text() == "40 more available"
    form.trays.added.add_button.click()
    (line,) = form.trays.added.editors
    assert line.tray_size.value() == "NQ"  # the first that is not on it
    desk.type(line.quantity.edit, "31")
    assert line.quantity.error == "Only 30 NQ are available."
    desk.type(line.quantity.edit, "5")
    assert form.dirty
    save(desk)
    amended = now(desk, row)
    assert [(each.tray_size, each.quantity) for each in amended.lines] == [("HQ", 10), ("NQ", 5)]
    assert desk.available("NQ") == 25
    desk.prove()


def test_a_size_that_is_on_it_already_is_told_and_can_be_taken_away(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    desk.settle()
    form.trays.added.add_button.click()
    (line,) = form.trays.added.editors
    line.tray_size.set_value("HQ")
    desk.type(line.quantity.edit, "2")
    desk.save_by_keys()
    assert "on the dispatch already" in line.tray_size.error
    line.remove.click()
    assert not form.dirty
    assert now(desk, sent) == sent


def test_two_who_put_the_same_size_on_it_see_both_numbers(desk: Desk) -> None:
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    desk.select(row.id)
    form = amend(desk)
    desk.settle()
    form.trays.added.add_button.click()
    desk.type(form.trays.added.editors[0].quantity.edit, "5")
    desk.window.workspace.stop()
    lines = [WantedLine(tray_size="HQ", quantity=9), WantedLine(tray_size="NQ", quantity=3)]
    change = AmendDispatch(dispatch_id=row.id, version=1, lines=lines)
    desk.aside(lambda: amend_dispatch(desk.admin, change))
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    desk.settle()
    assert form.comparison is not None
    assert set(form.comparison.rows) == {HQ, NQ}
    assert (form[HQ].value(), form[NQ].value()) == (9, 5)  # theirs where only they were, yours where both were
    assert form.trays.added.editors == []
    save(desk)
    assert [(each.tray_size, each.quantity) for each in now(desk, row).lines] == [("HQ", 9), ("NQ", 5)]
    desk.prove()


def test_a_due_date_that_both_moved_is_compared_to_the_second(desk: Desk, sent: DispatchRow) -> None:
    form = amend(desk)
    mine, theirs = sent.due_at + timedelta(days=1), sent.due_at + timedelta(days=2)
    form["due_at"].set_value(mine)
    desk.window.workspace.stop()
    change = AmendDispatch(dispatch_id=sent.id, version=1, due_at=theirs)
    desk.aside(lambda: amend_dispatch(desk.admin, change))
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    assert form.comparison is not None
    compared = form.comparison.rows["due_at"]
    assert compared.yours.accessibleName() == f"Due, Yours: {local(mine)}"
    assert compared.theirs.accessibleName() == f"Due, Theirs: {local(theirs)}"
    assert form["due_at"].value() == mine
    compared.theirs.click()
    assert form["due_at"].value() == theirs
    compared.yours.click()
    save(desk)
    assert now(desk, sent).due_at == mine


def test_trays_that_came_back_meanwhile_fix_their_numbers_and_what_was_typed_is_said(
    desk: Desk, sent: DispatchRow
) -> None:
    form = amend(desk)
    desk.type(form[HQ].edit, "12")
    desk.type(form["driver"].edit, "Esi")
    desk.window.workspace.stop()
    desk.others_return(sent, hq=4)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form.banner is not None
    assert "their numbers stand. You had typed 12 HQ." in form.banner.message.hint
    assert (form[HQ].value(), form[HQ].isEnabled()) == (10, False)
    assert form["driver"].value() == "Esi"
    save(desk)
    row = now(desk, sent)
    assert (row.driver, row.quantity, row.outstanding) == ("Esi", 12, 8)


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
