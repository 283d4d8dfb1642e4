"""How CoreSafe looks is for everybody to choose, and remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from coresafe.ui.settings import SettingsDialog
from coresafe.ui.theme import Scheme, theme
from tests.ui.desk import Desk


@pytest.fixture(autouse=True)
def system_scheme() -> Iterator[None]:
    """As before."""
    yield
    theme().choose(Scheme.SYSTEM)
    theme().set_scale(1.0)


def test_the_look_is_chosen_at_once_and_remembered(desk: Desk) -> None:
    desk.do("app.settings")
    dialog = desk.window.findChild(SettingsDialog)
    assert dialog is not None
    desk.until(dialog.isActiveWindow)
    look = dialog.look
    assert look.choices[Scheme.SYSTEM].isChecked()
    desk.key(Qt.Key.Key_Tab)
    assert look.choices[Scheme.SYSTEM].hasFocus()
    look.choices[Scheme.DARK].click()
    assert theme().dark
    assert desk.window._memory.recall("look/scheme", "system") == "dark"
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)
    desk.do("app.settings")
    again = desk.window.findChild(SettingsDialog)
    assert again is not None and again.look.choices[Scheme.DARK].isChecked()


def test_the_size_of_the_text_is_chosen_at_once_and_remembered(desk: Desk) -> None:
    before = desk.dispatches.table.font().pixelSize()
    desk.do("app.settings")
    dialog = desk.window.findChild(SettingsDialog)
    assert dialog is not None
    desk.until(dialog.isActiveWindow)
    assert dialog.look.sizes[1.0].isChecked()
    dialog.look.sizes[1.3].click()
    desk.settle()
    assert desk.dispatches.table.font().pixelSize() == pytest.approx(before * 1.3, abs=1)
    assert desk.window._memory.recall("look/size", 1.0) == 1.3
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)
    desk.do("app.settings")
    again = desk.window.findChild(SettingsDialog)
    assert again is not None and again.look.sizes[1.3].isChecked()
