"""Help: the keyboard, the guide, and what this CoreSafe works with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton
from sqlalchemy.engine import make_url

import coresafe
from coresafe import paths
from coresafe.models.enums import Role
from coresafe.services import schema, transaction
from coresafe.services.database import Database
from coresafe.services.examining import describe
from coresafe.ui.actions import BY_ID, native, plain
from coresafe.ui.help import AboutDialog, GuideDialog, KeyboardDialog
from coresafe.ui.help.guide import parse, read_guide
from coresafe.ui.theme import TARGET
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, make_place

MakeDesk = Callable[..., Desk]


def opened(desk: Desk, action: str, kind: type[Any]) -> Any:
    desk.do(action)
    desk.until(lambda: any(dialog.isVisible() for dialog in desk.window.findChildren(kind)))
    dialog = next(dialog for dialog in desk.window.findChildren(kind) if dialog.isVisible())
    desk.until(lambda: QApplication.focusWidget() is not None and dialog.isAncestorOf(QApplication.focusWidget()))
    return dialog


# -- the keyboard -----------------------------------------------------------------------------------------------------


def test_the_keyboard_lists_what_works_for_this_role_by_menu(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    dialog = opened(desk, "help.keyboard", KeyboardDialog)
    keys = {(entry.group, entry.text): entry.keys for entry in dialog.list.entries}
    assert keys["Dispatch", "Dispatch trays"] == native("Ctrl+D")
    assert keys["Go", "Go anywhere"] == native("Ctrl+K")
    assert ("Samples", "Edit") in keys, "its page is not made yet"
    assert ("Everywhere", "Open the selected row") in keys
    assert ("Drillholes", "New hole") not in keys, "a technician may not"
    assert ("View", "Charts") in keys
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: not desk.window.findChildren(KeyboardDialog))


def test_the_keyboard_is_searched_by_words_and_by_keys(desk: Desk) -> None:
    dialog = opened(desk, "help.keyboard", KeyboardDialog)
    desk.qtbot.keyClicks(dialog.search, "ctrl+d")
    assert "Dispatch trays" in [entry.text for entry in dialog.list.entries]
    dialog.search.selectAll()
    desk.qtbot.keyClicks(dialog.search, "no such thing")
    assert dialog.nothing.isVisible()
    desk.key(Qt.Key.Key_Escape)
    assert dialog.search.text() == ""
    first = dialog.list.chosen
    desk.key(Qt.Key.Key_Down)
    assert dialog.list.chosen != first
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: not desk.window.findChildren(KeyboardDialog))


# -- the guide --------------------------------------------------------------------------------------------------------


def test_the_guide_opens_at_the_page_that_fits_and_leaves_the_window_free(desk: Desk) -> None:
    desk.do("go.inventory")
    desk.key(Qt.Key.Key_F1)
    guide = desk.window.help.guide
    desk.until(guide.isVisible)
    assert guide.contents.currentItem().text() == "Stock"
    assert "Inventory page" in guide.text.toPlainText()
    assert not guide.isModal()
    desk.do("go.dispatches")
    desk.do("help.guide")
    assert guide.contents.currentItem().text() == "Send trays out"
    assert len(desk.window.findChildren(GuideDialog)) == 1
    desk.until(guide.contents.hasFocus)
    desk.key(Qt.Key.Key_Down)
    assert "Take a return" in guide.text.toPlainText()
    desk.key(Qt.Key.Key_Escape)
    assert not guide.isVisible()


def test_the_guide_has_a_page_for_each_job_and_names_only_what_there_is(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    desk.add_shed("North shed", "NORTH")  # between two there are transfers
    desk.until(lambda: desk.window.workspace.house.several)
    titles = [page.title for page in read_guide("en")]
    for job in ("Send trays out", "Take a return", "What is missing", "Stock", "Samples", "Who may do what"):
        assert job in titles
    assert read_guide("xx") == read_guide("en"), "a language without a guide gets the English one"
    for page in desk.window.pages.makers:
        desk.window.go(page)
    desk.settle()
    text = (paths.resources() / "guide" / "en.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\{([a-z_.]+)\}", text)):
        assert desk.window.help.works(name), name
        assert BY_ID[name].shortcut, name
    words = {(plain(d.menu), plain(d.text)) for d in BY_ID.values() if desk.window.help.works(d.id)}
    for menu, entry in re.findall(
        r"(File|Dispatch|Stock|Transfers|Help) ▸ ([A-Z][a-z A-Z]+?)(?=[,.;:]| \(| ▸| puts)", text
    ):
        assert (menu, entry) in words, f"{menu} ▸ {entry}"
    assert "{" not in "".join(page.text for page in read_guide("en"))


def test_a_guide_that_names_an_action_there_is_not_is_found_out() -> None:
    with pytest.raises(KeyError):
        parse("# Page <!-- -->\nPress {no.such}.")


# -- about ------------------------------------------------------------------------------------------------------------


def values(dialog: AboutDialog) -> dict[str, str]:
    return {name: said.text() for name, said in dialog._values.items()}


def test_about_says_what_this_is_and_copies_it_without_a_password(make_desk: MakeDesk, databases: Databases) -> None:
    place = make_place(databases.new("mariadb"))
    desk = make_desk(place=place)
    dialog = opened(desk, "help.about", AboutDialog)
    desk.until(lambda: "MariaDB" in values(dialog)["Server"])
    said = values(dialog)
    assert said["Version"] == f"CoreSafe {coresafe.__version__}"
    assert said["Schema"] == f"version {schema.HEAD}"
    assert said["Delay"].endswith(" ms")
    assert "to the second" in said["Clock"]
    assert said["User"].endswith("supervisor")
    assert said["Log folder"] == str(paths.log_folder())
    dialog.check_button.click()
    assert not dialog.check_button.isEnabled()
    desk.until(lambda: dialog.verdict.text() == "Everything is in order.")
    assert {"ledger", "clock", "schema", "privileges"} <= {finding.name for finding in dialog.findings.findings}
    dialog.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert "Ledger: ok: everything fits" in copied
    assert f"CoreSafe {coresafe.__version__}" in copied
    password = make_url(place.url).password
    assert password
    assert password not in copied
    assert dialog.copy_button.accessibleName() == "Copied"
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: not desk.window.findChildren(AboutDialog))


def test_the_log_folder_is_opened(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: went.append(url.toLocalFile()))
    dialog = opened(desk, "help.about", AboutDialog)
    dialog.folder_button.click()
    assert went == [str(paths.log_folder())]
    assert paths.log_folder().is_dir()


def test_everything_in_the_dialogs_can_be_hit_and_has_a_name(desk: Desk) -> None:
    for action, kind in (("help.about", AboutDialog), ("help.keyboard", KeyboardDialog), ("help.guide", GuideDialog)):
        dialog = opened(desk, action, kind)
        for one in dialog.findChildren(QPushButton):
            if one.isVisible():
                assert one.height() >= TARGET, one.text()
                assert one.accessibleName()
        dialog.close()


def test_about_says_when_the_database_is_away(
    make_desk: MakeDesk, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.5)
    place = make_place(databases.new("mysql"))
    with Proxy(make_url(place.url).port or 0) as line:
        desk = make_desk(place=place, port=line.port)
        line.refuse()
        dialog = opened(desk, "help.about", AboutDialog)
        desk.until(dialog.trouble.isVisible)
        assert values(dialog)["Server"] == "not known now"
        dialog.check_button.click()
        desk.until(dialog.check_button.isEnabled)
        assert dialog.verdict.text() == "One thing is not in order."
        assert not dialog.findings.findings[-1].ok
        line.accept()


@pytest.mark.parametrize("flavour", ["mysql", "mariadb", "sqlite"])
def test_a_database_is_described(database_url: Callable[[str], str], flavour: str) -> None:
    database = Database(database_url(flavour))
    try:
        found = describe(database)
    finally:
        database.close()
    assert found.server.lower().startswith(flavour)
    assert found.schema == schema.HEAD
    assert abs(found.ahead.total_seconds()) < 2
