"""F8 puts the detail at the right of a page away, and shows it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.desk import Desk, Place

MakeDesk = Callable[..., Desk]


def test_f8_gives_the_room_of_the_detail_to_the_table_and_back(desk: Desk) -> None:
    page = desk.dispatches
    wide = page.table.width()
    desk.select(desk.others_dispatch(hq=3).id)
    page.detail.setFocus()
    desk.key(Qt.Key.Key_F8)
    assert not page.detail.isVisible()
    desk.until(lambda: page.table.width() > wide + 300)
    assert page.table.view.hasFocus()
    assert not desk.window.actions_["view.detail"].isChecked()
    desk.key(Qt.Key.Key_F8)
    assert page.detail.isVisible()
    desk.until(lambda: page.table.width() <= wide)
    assert desk.window.actions_["view.detail"].isChecked()


def test_a_form_is_shown_though_the_detail_is_put_away_and_is_not_put_away_itself(desk: Desk) -> None:
    page = desk.dispatches
    desk.do("view.detail")
    desk.do("dispatch.new")
    form = desk.dispatch_form
    there = QApplication.focusWidget()
    assert there is not None and form.isVisible() and form.isAncestorOf(there)
    desk.key(Qt.Key.Key_F8)
    assert form.isVisible()
    form.leave()
    assert page.form is None
    assert not page.detail.isVisible()


def test_each_page_remembers_whether_its_detail_is_shown(make_desk: MakeDesk, place: Place, tmp_path: Path) -> None:
    first = make_desk()
    first.do("view.detail")
    first.window.go("go.inventory")
    assert first.inventory.detail.isVisible()
    assert first.window.close()
    again = make_desk()
    assert not again.dispatches.detail.isVisible()
    again.window.go("go.inventory")
    assert again.inventory.detail.isVisible()
    again.window.go("go.dispatches")
    again.do("view.detail")
    assert again.dispatches.detail.width() >= 400


def test_a_page_without_a_detail_does_not_offer_it(desk: Desk) -> None:
    desk.window.go("go.dashboard")
    assert not desk.window.actions_["view.detail"].isEnabled()
