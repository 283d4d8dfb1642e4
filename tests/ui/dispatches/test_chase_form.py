"""A call about trays that are out: noted from the dispatch, seen in its history, by us and by everybody else."""

from __future__ import annotations

from collections.abc import Callable

from coresafe.models.enums import Role
from coresafe.services.chasing import AddChase, add_chase, list_chases
from coresafe.ui.chasing import ChaseForm
from tests.ui.desk import Desk


def told(desk: Desk) -> str:
    """Everything the pane at the right says."""
    from PySide6.QtWidgets import QLabel

    return "\n".join(found.text() for found in desk.dispatches.detail.findChildren(QLabel))


def test_a_supervisor_notes_whom_he_called_and_it_stands_in_the_history(desk: Desk) -> None:
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    desk.select(row.id)
    desk.do("dispatch.chase")
    form = desk.dispatches.form
    assert isinstance(form, ChaseForm)
    desk.save_by_keys()
    assert (form["called"].error, form["note"].error) == ("Fill this in.", "Fill this in.")
    desk.type(form["called"].edit, "Kojo Mensah")
    form["note"].edit.setPlainText("Brings them on Friday.")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.until(lambda: "Kojo Mensah called: Brings them on Friday." in told(desk))
    assert desk.said[-1].text == f"{row.number}: the call to Kojo Mensah is noted."
    assert [(c.called, c.entered_by) for c in desk.aside(lambda: list_chases(desk.other, row.id))] == [
        ("Kojo Mensah", "mary")
    ]
    desk.prove()


def test_a_call_that_a_colleague_notes_shows_by_itself(desk: Desk) -> None:
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    desk.select(row.id)
    desk.aside(lambda: add_chase(desk.other, AddChase(dispatch_id=row.id, called="Ama", note="No answer.")))
    desk.window.workspace.look()
    desk.until(lambda: "Ama called: No answer." in told(desk))


def test_what_is_back_is_chased_by_nobody_and_a_technician_is_not_offered_it(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(role=Role.OPERATOR)
    row = desk.others_dispatch(hq=1)
    desk.window.workspace.look()
    desk.select(row.id)
    assert not desk.window.actions_["dispatch.chase"].isVisible()
