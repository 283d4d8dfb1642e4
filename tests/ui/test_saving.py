"""Save stands in the menu while a form is open, and its key works from anywhere on the page."""

from __future__ import annotations

from PySide6.QtCore import Qt

from coresafe.ui.actions import BY_ID, keyboard_list, native
from tests.ui.desk import Desk


def test_save_is_offered_while_a_form_is_open(desk: Desk) -> None:
    save = desk.window.actions_["form.save"]
    assert save.isVisible() and not save.isEnabled()
    desk.fill_dispatch(hq=2)
    desk.do("form.save")
    desk.until(lambda: desk.dispatches.form is None)
    assert [sum(line.quantity for line in row.lines) for row in desk.all_dispatches()] == [2]
    assert not save.isEnabled()


def test_ctrl_enter_saves_from_the_table_beside_the_form_too_and_once_from_within(desk: Desk) -> None:
    desk.fill_dispatch(hq=2)
    desk.dispatches.table.view.setFocus()
    desk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: desk.dispatches.form is None)
    form = desk.fill_dispatch(hq=3)
    form.driver.edit.setFocus()
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    assert [sum(line.quantity for line in row.lines) for row in desk.all_dispatches()] == [3, 2]


def test_the_key_has_one_name_everywhere(qapp: object) -> None:
    assert native(BY_ID["form.save"].shortcut).endswith("Enter")
    assert not [keys for _menu, _words, keys in keyboard_list() if "Return" in keys]
