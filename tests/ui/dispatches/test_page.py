"""The page of dispatches: what is selected is told at the right; search and filter ask the database."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton

from coresafe.models.enums import Role
from coresafe.services.dispatching import AmendDispatch, ExtendDispatch, amend_dispatch, extend_dispatch
from coresafe.services.returning import ReturnedLine, TakeReturn, VoidReturn, take_return, void_return
from coresafe.ui.clock import local
from coresafe.ui.tables.model import Phase
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk


def said(desk: Desk) -> list[str]:
    """The words of the detail."""
    return [label.text() for label in desk.dispatches.detail.widget().findChildren(QLabel) if label.text()]


def test_an_empty_table_says_what_to_do_next_and_does_it(desk: Desk) -> None:
    table = desk.dispatches.table
    assert table.model.phase is Phase.EMPTY
    assert table.empty_state.isVisible()
    (offered,) = table.empty_state.findChildren(QPushButton)
    offered.click()
    assert desk.dispatches.form is desk.dispatch_form


def test_what_is_selected_is_told_with_its_returns(desk: Desk) -> None:
    first = desk.others_dispatch(hq=10, driver="Yaw Boateng")
    second = desk.others_dispatch(nq=2)
    desk.others_return(first, hq=4)
    desk.window.workspace.look()
    desk.select(first.id)
    words = said(desk)
    assert first.number in words
    assert any("Ashanti Gold, ARG, hole ARG26-001" in text for text in words)
    assert any("4 HQ good" in text for text in words)
    assert "Yaw Boateng" in words
    desk.select(second.id)
    assert second.number in said(desk)
    assert first.number not in said(desk)


def test_its_history_tells_who_did_what_when_in_words_old_and_new(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)  # a technician may look at it too
    sent = desk.others_dispatch(hq=10, nq=2, driver="Yaw")
    back = desk.others_return(sent, hq=4)
    return_id = back.returns[0].id
    hole = desk.place.nq_hole_id
    amendment = AmendDispatch(dispatch_id=sent.id, version=2, driver="Esi", drillhole_id=hole, reason="misread")
    desk.aside(lambda: amend_dispatch(desk.admin, amendment))
    voided = VoidReturn(dispatch_id=sent.id, return_id=return_id, reason="counted twice")
    desk.aside(lambda: void_return(desk.admin, voided))
    desk.window.workspace.look()
    desk.select(sent.id)
    words = said(desk)
    number = back.returns[0].number
    voiding = f"Return {number} voided: 4 HQ good\nHQ out: 6 → 10\nState: Partly returned → Outstanding"
    told = words[words.index("History") + 1 :]
    assert told[1::2] == [
        f"{voiding}\nReason: counted twice\nboss, elsewhere",
        "Amended\nHole: ARG26-001 → ARG26-002\nDriver: Yaw → Esi\nReason: misread\nboss, elsewhere",
        f"Return {number}: 4 HQ good\nHQ out: 10 → 6\nState: Outstanding → Partly returned\nmary, elsewhere",
        "Dispatched: 10 HQ, 2 NQ\nmary, elsewhere",
    ]
    assert told[6] == local(sent.created_at)


def test_what_others_do_is_added_to_the_history_by_itself(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=3)
    desk.window.workspace.look()
    desk.select(sent.id)
    due = sent.due_at.replace(year=sent.due_at.year + 1)
    command = ExtendDispatch(dispatch_id=sent.id, due_at=due, reason="the rig stays")
    desk.aside(lambda: extend_dispatch(desk.admin, command))
    desk.window.workspace.look()
    expected = f"Due date extended\nDue: {local(sent.due_at)} → {local(due)}\nReason: the rig stays\nboss, elsewhere"
    desk.until(lambda: expected in said(desk))


def test_search_and_filter_ask_the_database(desk: Desk) -> None:
    first = desk.others_dispatch(hq=1, driver="Kwabena")
    desk.others_dispatch(hq=2, driver="Yaw")
    desk.others_return(first, hq=1)
    desk.window.workspace.look()
    desk.until(lambda: desk.dispatches.table.model.rowCount() == 2)
    page = desk.dispatches
    desk.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    desk.qtbot.keyClicks(page.search, "kwab")
    desk.until(lambda: page.table.model.rowCount() == 1)
    assert page.table.model.row(0).driver == "Kwabena"
    page.search.clear()
    desk.until(lambda: page.table.model.rowCount() == 2)
    page.filter.setCurrentIndex(page.filter.findText("Still out"))
    page.filter.activated.emit(page.filter.currentIndex())
    desk.until(lambda: page.table.model.rowCount() == 1)
    assert page.table.model.row(0).driver == "Yaw"
    page.search.setText("nobody")
    page.search.textEdited.emit("nobody")
    desk.until(lambda: page.table.model.phase is Phase.EMPTY)
    assert page.table._nothing_found.isVisible()


def test_enter_on_a_row_takes_it_back(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=3)
    desk.window.workspace.look()
    desk.select(sent.id)
    desk.dispatches.table.view.setFocus()
    desk.key(Qt.Key.Key_Return)
    assert sent.number in desk.return_form.title


def test_a_form_with_something_typed_is_not_replaced_by_another(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=3)
    desk.window.workspace.look()
    desk.select(sent.id)
    form = desk.fill_dispatch(hq=2)
    desk.do("dispatch.return")
    assert desk.dispatches.form is form
    assert form.banner is not None and form.banner.message.text == "Leave without saving?"
    desk.do("dispatch.new")
    assert desk.dispatches.form is form
    assert form.driver.value() == "Kofi"


def test_esc_empties_the_search_and_shows_everything_again(desk: Desk) -> None:
    desk.others_dispatch(hq=3)
    desk.window.workspace.look()
    page = desk.dispatches
    desk.until(lambda: page.table.model.rowCount() == 1)
    desk.type(page.search, "nobody has this")
    desk.until(lambda: page.table.model.rowCount() == 0)
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: page.table.model.rowCount() == 1)
    assert page.search.text() == "" and page.search.hasFocus()


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_shift_f10_tells_what_can_be_done_with_the_row(desk: Desk) -> None:
    desk.select(desk.others_dispatch(hq=3).id)
    desk.dispatches.table.view.setFocus()
    desk.key(Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert "Take a return" in {action.text().replace("&", "") for action in menu.actions()}
    menu.close()


def test_what_was_noted_of_a_return_is_a_sentence_of_its_own(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=5)
    for final, good in ((False, 2), (True, 1)):
        command = TakeReturn(
            dispatch_id=sent.id, driver="Yaw", technician="Ama", lines=(ReturnedLine(tray_size="HQ", good=good),),
            final=final, condition_notes="Wet, muddy.",
        )  # fmt: skip
        sent = desk.aside(lambda command=command: take_return(desk.other, command))  # type: ignore[misc]
    desk.window.workspace.look()
    desk.select(sent.id)
    first, last = (row.number for row in sent.returns)
    told = " ".join(said(desk))
    assert f"{first}: 2 HQ good. Wet, muddy." in told
    assert f"{last}: 1 HQ good. That is all he has. Wet, muddy." in told
