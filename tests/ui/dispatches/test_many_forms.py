"""One change of several selected dispatches: all or none, each refusal told with why, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton

from coresafe.models.enums import Role
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, amend_dispatch, get_dispatch
from coresafe.ui.clock import local
from coresafe.ui.dispatches.many_forms import ExtendManyForm, NoteForm
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk


def now(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def select_all(desk: Desk, count: int) -> None:
    """Ctrl+A in the table, once its rows are there."""
    table = desk.dispatches.table
    desk.window.workspace.look()
    desk.until(lambda: table.model.rowCount() == count)
    desk.settle()
    table.view.setFocus()
    desk.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: len(table.selected_rows()) == count)


def words(desk: Desk) -> list[str]:
    return [label.text() for label in desk.dispatches._side.currentWidget().findChildren(QLabel) if label.isVisible()]


def extend(desk: Desk) -> ExtendManyForm:
    desk.do("dispatch.extend")
    form = desk.dispatches.form
    assert isinstance(form, ExtendManyForm)
    return form


def note(desk: Desk) -> NoteForm:
    desk.do("dispatch.note")
    form = desk.dispatches.form
    assert isinstance(form, NoteForm)
    return form


def saved(desk: Desk) -> str:
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    return desk.said[-1].text


def test_several_are_extended_in_one_go_with_one_reason(desk: Desk) -> None:
    rows = [desk.others_dispatch(hq=count) for count in (1, 2, 3)]
    select_all(desk, 3)
    assert "3 dispatches selected" in words(desk)
    form = extend(desk)
    assert form.title == "Extend the due date of 3 dispatches"
    assert all(any(row.number in text for text in words(desk)) for row in rows)
    due = rows[0].due_at + timedelta(days=9)
    form.due_at.set_value(due)
    form["reason"].edit.setPlainText("the road is closed")
    assert saved(desk) == f"3 dispatches are due {local(due)} now."
    assert {now(desk, row).due_at for row in rows} == {due}
    assert {now(desk, row).version for row in rows} == {2}
    assert len(desk.dispatches.table.selected_rows()) == 3  # and may be worked on at once


def test_they_are_offered_where_one_looks_for_them(desk: Desk) -> None:
    for count in (1, 2):
        desk.others_dispatch(hq=count)
    select_all(desk, 2)
    offered = {"Extend the due date", "Add a note"}
    pane = {each.text() for each in desk.dispatches.detail.widget().findChildren(QPushButton)}
    assert offered <= pane
    menu = QMenu()
    desk.dispatches.table.menu_asked.emit(menu, desk.dispatches.table.selected_rows()[0])
    texts = [action.text() for action in menu.actions()]
    assert texts == ["&Extend the due date…", "Add a &note…"]
    assert not desk.window.actions_["dispatch.void"].isEnabled()


def test_what_somebody_changed_meanwhile_is_told_field_by_field_and_the_rest_left_out(desk: Desk) -> None:
    good, changed, closed = (desk.others_dispatch(hq=count) for count in (1, 2, 3))
    select_all(desk, 3)
    form = extend(desk)
    desk.window.workspace.stop()
    command = AmendDispatch(dispatch_id=changed.id, version=1, driver="Esi", vehicle="GR 4411")
    desk.aside(lambda: amend_dispatch(desk.admin, command))
    desk.others_return(closed, hq=3)
    form["reason"].edit.setPlainText("the road is closed")
    due = form.due_at.value()
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form.banner is not None
    assert form.banner.message.text == "Nothing was changed: 2 were refused."
    told = "\n".join(words(desk))
    assert (
        f"{changed.number}: it was changed by somebody else meanwhile. Driver: Yaw → Esi; Vehicle: – → GR 4411" in told
    )
    assert f"{closed.number}: nothing of it is out any more" in told
    assert now(desk, good) == good
    assert (form["reason"].value(), form.due_at.value()) == ("the road is closed", due)
    (leave,) = [each for each in form.findChildren(QPushButton) if each.text() == f"Leave {closed.number} out"]
    leave.click()
    assert form.title == "Extend the due date of 2 dispatches"
    assert saved(desk).startswith("2 dispatches are due")
    assert [now(desk, row).due_at for row in (good, changed, closed)] == [due, due, closed.due_at]
    assert now(desk, changed).driver == "Esi"


def test_a_later_date_than_the_new_one_is_named(desk: Desk) -> None:
    early, late = desk.others_dispatch(hq=1), desk.others_dispatch(hq=2)
    later = AmendDispatch(dispatch_id=late.id, version=1, due_at=late.due_at + timedelta(days=30))
    desk.aside(lambda: amend_dispatch(desk.admin, later))
    select_all(desk, 2)
    form = extend(desk)
    form.due_at.set_value(early.due_at + timedelta(days=2))
    form["reason"].edit.setPlainText("the road is closed")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert any(f"{late.number}: it is due later already" in text for text in words(desk))
    assert now(desk, early) == early


def test_a_note_is_added_to_one_and_to_several_and_what_is_closed_is_left_out(desk: Desk) -> None:
    first, second, closed = (desk.others_dispatch(hq=count) for count in (1, 2, 3))
    desk.others_return(closed, hq=3)
    desk.window.workspace.look()
    desk.select(first.id)
    form = note(desk)
    form["note"].edit.setPlainText("Kofi was told")
    assert saved(desk) == f"The note is added to {first.number}."
    desk.until(lambda: "Kofi was told" in words(desk))
    select_all(desk, 3)
    form = note(desk)
    assert form.title == "Add a note to 2 dispatches"
    assert any(f"{closed.number}: it is closed" in text for text in words(desk))
    desk.save_by_keys()
    assert form["note"].error == "Fill this in."
    form["note"].edit.setPlainText("He comes on Friday")
    assert saved(desk) == "The note is added to 2 dispatches."
    assert [now(desk, row).notes for row in (first, second, closed)] == [
        "Kofi was told\nHe comes on Friday",
        "He comes on Friday",
        None,
    ]


def test_a_technician_adds_notes_to_his_own_and_extends_none(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    theirs = desk.others_dispatch(hq=3)
    desk.fill_dispatch(hq=4)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    select_all(desk, 2)
    assert not desk.window.actions_["dispatch.extend"].isVisible()
    form = note(desk)
    assert any(f"{theirs.number}: you may amend only your own" in text for text in words(desk))
    form["note"].edit.setPlainText("He comes on Friday")
    saved(desk)
    assert {row.notes for row in desk.all_dispatches()} == {"He comes on Friday", None}
    assert now(desk, theirs).notes is None
    desk.select(theirs.id)
    assert not desk.window.actions_["dispatch.note"].isEnabled()


def test_a_reason_that_was_typed_is_not_lost_to_another_form(desk: Desk) -> None:
    for count in (1, 2):
        desk.others_dispatch(hq=count)
    select_all(desk, 2)
    form = extend(desk)
    form["reason"].edit.setPlainText("the road")
    desk.do("dispatch.note")
    assert desk.dispatches.form is form  # asked first
    assert form.banner is not None and form.banner.message.text == "Leave without saving?"
