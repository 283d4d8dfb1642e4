"""The table of actions: whole, without two that share a key, and shown only to those who may."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from coresafe import paths
from coresafe.models.enums import Role
from coresafe.services.permissions import allows
from coresafe.ui.actions import ACTIONS, MENUS, Actions, Declared, keyboard_list


@pytest.fixture
def window(qtbot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_no_two_actions_share_a_name_or_a_key(qapp) -> None:
    assert max(Counter(declared.id for declared in ACTIONS).values()) == 1
    keys = Counter(QKeySequence(declared.shortcut).toString() for declared in ACTIONS if declared.shortcut)
    assert [key for key, times in keys.items() if times > 1 or not key] == []


@pytest.mark.parametrize("declared", ACTIONS, ids=lambda declared: declared.id)
def test_every_action_has_a_menu_and_an_icon_of_the_set(declared: Declared) -> None:
    assert declared.menu in MENUS
    assert (paths.resources() / "icons" / f"{declared.icon}.svg").is_file()


@pytest.mark.parametrize("menu", MENUS)
def test_no_two_entries_of_a_menu_share_a_letter(menu: str) -> None:
    letters = Counter(d.text[d.text.index("&") + 1].lower() for d in ACTIONS if d.menu == menu)
    assert [letter for letter, times in letters.items() if times > 1] == []


def test_an_action_is_shown_when_it_is_connected_and_allowed(window) -> None:
    actions = Actions(window, lambda permission: allows(Role.OPERATOR, permission))
    done: list[str] = []
    actions.on("dispatch.new", lambda: done.append("dispatch"))
    actions.on("dispatch.void", lambda: done.append("void"))
    assert actions["dispatch.new"].isVisible()
    assert not actions["dispatch.void"].isVisible()
    assert not actions["dispatch.extend"].isVisible()
    actions.allow(lambda permission: allows(Role.MANAGER, permission))
    assert actions["dispatch.void"].isVisible()
    actions["dispatch.new"].trigger()
    actions["dispatch.void"].trigger()
    assert done == ["dispatch", "void"]


def test_menus_show_their_keys_and_only_what_there_is(window) -> None:
    actions = Actions(window)
    actions.on("dispatch.new", lambda: None)
    actions.fill(window.menuBar())
    shown = [entry.text() for entry in window.menuBar().actions() if entry.isVisible()]
    assert shown == ["&Dispatch"]
    assert actions["dispatch.new"].shortcut() == QKeySequence("Ctrl+D")
    assert "Ctrl+D" in actions["dispatch.new"].toolTip()


def test_the_keyboard_list_names_every_shortcut() -> None:
    listed = {words for _menu, words, _keys in keyboard_list()}
    assert "Dispatch trays" in listed
    assert len(keyboard_list()) >= sum(1 for declared in ACTIONS if declared.shortcut)
