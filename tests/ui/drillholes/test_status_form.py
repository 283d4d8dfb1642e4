"""One status for many holes: each by itself under its version; what was refused is told, the rest is done."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from coresafe.services import registry
from coresafe.services.audit_trail import list_audit
from coresafe.services.listing import Query
from coresafe.services.registry import ChangeDrillhole
from coresafe.ui.drillholes import DrillholesPage
from coresafe.ui.drillholes.status_form import StatusForm
from tests.ui.desk import Desk
from tests.ui.drillholes.hands import hole, said, select, settle

ALL = ("ARG26-001", "ARG26-002", "BIB26-001")


@pytest.fixture
def form(desk: Desk, page: DrillholesPage) -> StatusForm:
    """Three holes are selected, their status is to be set."""
    select(desk, page, *ALL)
    desk.do("hole.status")
    assert isinstance(page.form, StatusForm)
    page.form.reason.edit.setPlainText("the programme is drilled")
    return page.form


def reasons(desk: Desk) -> list[tuple[str, str | None]]:
    query = Query(filters={"record_type": "drillhole", "action": "change"})
    rows = desk.aside(lambda: list_audit(desk.admin, query)).items
    return [(row.record_id, row.reason) for row in reversed(rows)]


def states(desk: Desk) -> list[str]:
    return [hole(desk, name).status.value for name in ALL]


def test_several_holes_are_told_together(desk: Desk, page: DrillholesPage) -> None:
    select(desk, page, *ALL)
    words = said(page)
    assert words[0] == "3 holes selected"
    assert "3 active" in words and "ARG, BIB" in words
    assert not desk.window.actions_["register.edit"].isEnabled()


def test_all_get_the_status_each_with_its_reason_in_the_trail(
    desk: Desk, page: DrillholesPage, form: StatusForm
) -> None:
    assert form.status.value() == "completed"
    form.reason.setFocus()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert states(desk) == ["completed"] * 3
    assert [reason for _id, reason in reasons(desk)] == ["the programme is drilled"] * 3
    assert any(message.text == "3 holes are completed now." for message in desk.said)
    desk.until(lambda: all(row.status == "completed" for _at, row in page.table.model.known()))
    assert len(page.table.selected_rows()) == 3


def test_a_reason_is_needed(desk: Desk, page: DrillholesPage, form: StatusForm) -> None:
    form.reason.edit.setPlainText("")
    form.reason.setFocus()
    desk.save_by_keys()
    assert form.reason.error == "Fill this in."
    settle(desk, page)
    assert states(desk) == ["active"] * 3


def test_what_somebody_else_changed_is_refused_told_and_tried_again_alone(
    desk: Desk, page: DrillholesPage, form: StatusForm
) -> None:
    desk.window.workspace.stop()
    command = ChangeDrillhole(drillhole_id=desk.place.nq_hole_id, version=1, status="abandoned")
    desk.aside(lambda: registry.change_drillhole(desk.other, command))
    form.reason.setFocus()
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    settle(desk, page)
    assert page.form is form
    assert form.banner is not None and form.banner.message.text == "2 holes were changed. One was refused."
    assert form._refused.text() == "ARG26-002: changed by somebody else meanwhile, abandoned now"
    assert form._about.text() == "ARG26-002"
    assert states(desk) == ["completed", "abandoned", "completed"]
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert states(desk) == ["completed"] * 3
    assert [hole(desk, name).version for name in ALL] == [2, 3, 2]
    assert any(message.text == "3 holes are completed now." for message in desk.said)


def test_a_hole_that_was_removed_meanwhile_does_not_keep_the_others(
    desk: Desk, page: DrillholesPage, form: StatusForm
) -> None:
    desk.window.workspace.stop()
    gone = registry.RemoveDrillhole(drillhole_id=desk.place.other_hole_id)
    desk.aside(lambda: registry.remove_drillhole(desk.admin, gone))
    form.reason.setFocus()
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form._refused.text().startswith("BIB26-001: There is no such drillhole.")
    assert [hole(desk, name).status.value for name in ALL[:2]] == ["completed"] * 2
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None


def test_it_can_be_stopped_and_what_was_not_tried_is_said(
    desk: Desk, page: DrillholesPage, form: StatusForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coresafe.ui.drillholes import status_form

    real = registry.change_drillhole

    def stopping(*wanted):  # the first hole is under way when the person presses Cancel
        form._stop.set()
        return real(*wanted)

    monkeypatch.setattr(status_form, "change_drillhole", stopping)
    form.reason.setFocus()
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form._refused.text() == "2 holes were not tried."
    assert states(desk) == ["completed", "active", "active"]
    monkeypatch.undo()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert states(desk) == ["completed"] * 3
