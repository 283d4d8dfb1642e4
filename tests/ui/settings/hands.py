"""What hands do with the settings."""

from __future__ import annotations

from coresafe.ui.settings import SettingsDialog
from tests.ui.desk import Desk


def open_settings(desk: Desk) -> SettingsDialog:
    """File ▸ Settings."""
    desk.do("app.settings")
    dialog = desk.window.findChild(SettingsDialog)
    assert dialog is not None
    desk.until(dialog.isActiveWindow)
    return dialog


def go_to(dialog: SettingsDialog, name: str) -> None:
    """Click on the door of a section."""
    next(door for door in dialog.doors if door.accessibleName() == name).click()
