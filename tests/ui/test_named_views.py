"""Views under names: what a person narrowed a table to, one click away, his own, and there again after a restart."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit

from coresafe.models.enums import Role
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, PagedTable
from coresafe.ui.tables.model import Phase
from coresafe.ui.tasks import TaskRunner
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.rows import Shelf
from tests.ui.test_table_view import COLUMNS


class Corner:
    """A page as small as can be: a search, a table, and its named views."""

    def __init__(self, qtbot: Any, runner: TaskRunner, memory: Memory) -> None:
        self.runner, self.qtbot = runner, qtbot
        self.search = QLineEdit()
        self.table = PagedTable(COLUMNS, Shelf(300), runner, name="trays", memory=memory, sort="number")
        self.views = NamedViews(self.table, lambda: {"q": self.search.text()}, self.narrow, self.table)
        self.views.began()
        qtbot.addWidget(self.search)
        qtbot.addWidget(self.table)
        self.table.resize(900, 600)
        self.table.show()
        self.settle()

    def narrow(self, wanted: dict[str, Any]) -> None:
        self.search.setText(wanted["q"])
        self.table.ask(q=wanted["q"])

    def settle(self) -> None:
        phases = (Phase.READY, Phase.EMPTY)
        self.qtbot.waitUntil(lambda: self.runner.idle and self.table.model.phase in phases)

    def entries(self) -> dict[str, Any]:
        self.views._fill()
        return {entry.text(): entry for entry in self.views._menu.actions() if entry.text()}

    def type_name(self, name: str) -> Any:
        self.entries()["Save this view…"].trigger()
        dialog: Any = self.views.dialog
        dialog.name.edit.setText(name)
        return dialog

    def save(self, name: str) -> None:
        self.type_name(name).save_button.click()

    def shown(self) -> list[str]:
        return [column.key for column in self.table.view.shown_columns()]


@pytest.fixture
def corner(qtbot, runner: TaskRunner, tmp_path: Path) -> Any:
    return lambda who="ama": Corner(qtbot, runner, Memory(tmp_path / "layout.ini").of(who))


def test_a_view_comes_back_with_search_sort_and_columns_after_a_restart(corner) -> None:
    here = corner()
    here.narrow({"q": "00012"})
    here.table.ask(sort="-quantity")
    here.table.view.head.show_column(1, False)
    here.table.view.head.show_column(4, True)
    here.table.view.head.moveSection(0, 2)
    here.table.view.head.resizeSection(2, 200)
    here.settle()
    here.save("Twelves")
    arranged = here.table.view.head.arrangement()
    again = corner()
    again.entries()["As at the beginning"].trigger()
    again.table.view.head.as_declared()
    again.narrow({"q": ""})
    again.settle()
    assert again.shown() == ["number", "company", "quantity", "status"]
    assert not again.entries()["Twelves"].isChecked()
    again.entries()["Twelves"].trigger()
    again.settle()
    assert again.search.text() == "00012" and again.table.model.query.q == "00012"
    assert again.table.model.query.sort == "-quantity"
    assert again.table.view.head.arrangement() == arranged
    assert again.entries()["Twelves"].isChecked()


def test_nobody_sees_the_views_of_somebody_else(corner) -> None:
    corner("ama").save("Mine")
    assert "Mine" in corner("Ama").entries()  # names of users are the same in small and capital letters
    assert "Mine" not in corner("kofi").entries()


def test_everything_is_as_at_the_beginning_with_one_click(corner) -> None:
    here = corner()
    before = here.views.now()
    here.narrow({"q": "1"})
    here.table.ask(sort="-number")
    here.table.view.head.show_column(1, False)
    here.settle()
    here.entries()["As at the beginning"].trigger()
    here.settle()
    assert here.views.now().shows(before)


def test_a_name_that_is_there_is_replaced_on_purpose_only(corner) -> None:
    here = corner()
    here.save("Mine")
    here.narrow({"q": "7"})
    dialog = here.type_name("mine")
    assert dialog.save_button.accessibleName() == "Replace"
    assert "it will show what you see now" in dialog.hint.text()
    dialog.save_button.click()
    assert [(view.name, view.narrowing) for view in here.views.views] == [("mine", {"q": "7"})]


def test_a_view_needs_a_name(corner) -> None:
    here = corner()
    dialog = here.type_name("   ")
    dialog.save_button.click()
    assert dialog.name.error == "Fill this in."
    assert here.views.views == []
    dialog.reject()


def test_views_are_renamed_and_deleted_and_the_last_deletion_undone(corner) -> None:
    here = corner()
    here.save("One")
    here.save("Two")
    here.entries()["Rename or delete…"].trigger()
    dialog: Any = here.views.dialog
    first, second = dialog.names
    first.edit.setText("two")
    first.edit.editingFinished.emit()
    assert first.error == "Another view has this name."
    dialog.accept()
    assert dialog.isVisible()
    first.edit.setText("First")
    first.edit.editingFinished.emit()
    assert [view.name for view in here.views.views] == ["First", "Two"]
    dialog._delete(second)
    assert [view.name for view in here.views.views] == ["First"]
    assert dialog.said.text() == "“Two” is deleted."
    dialog.undo_button.click()
    assert [field.value() for field in dialog.names] == ["First", "Two"]
    dialog.accept()
    assert "Two" in here.entries()


def test_what_cannot_be_read_does_no_harm(corner, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "layout.ini").of("ama")
    for rubbish in ("{", "[1]", '[["a", [], "", 5]]', '[["a", {}, "gone", [["no such column", "wide"]]]]'):
        memory.remember("views/trays", rubbish)
        assert corner().views.views == []
    memory.remember("views/trays", '[["Old", {"q": ""}, "gone", [["no such column", 90]]]]')
    here = corner()
    here.entries()["Old"].trigger()
    here.settle()
    assert here.table.model.query.sort == "number" and len(here.shown()) == 4


def test_the_page_of_dispatches_shows_a_named_view_after_the_window_was_restarted(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.others_dispatch(hq=4)
    desk.others_dispatch(nq=2, driver="Esi")
    page = desk.dispatches
    page.filter.setCurrentIndex(1)
    page.filter.activated.emit(1)
    page.search.setText("Esi")
    page.table.ask(q="Esi")
    desk.settle()
    assert desk.window.actions_["view.named"].isEnabled()
    page.views.ask_name()
    dialog: Any = page.views.dialog
    dialog.name.edit.setText("Esi, still out")
    dialog.save_button.click()
    desk.window.close_for_good()
    desk.runner.close(10)
    again = make_desk(role=Role.MANAGER)
    page = again.dispatches
    assert page.search.text() == "" and page.filter.currentIndex() == 0
    page.views.show_view(page.views.views[0])
    again.until(lambda: again.runner.idle and page.table.model.rowCount() == 1)
    assert (page.search.text(), page.filter.currentText()) == ("Esi", "Still out")
    assert page.table.model.row(0).driver == "Esi"


def test_every_page_comes_back_to_what_it_was_narrowed_to(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=4)
    changed: dict[str, dict[str, Any]] = {
        "go.returns": {"q": "ashanti"},
        "go.samples": {"q": "A-1", "type": "assay", "status": "collected", "dispatch": [sent.id, sent.number]},
        "go.drillholes": {"q": "ARG", "status": "active", "project": desk.place.project_id},
        "go.inventory": {"size": "HQ", "state": None, "kind": "dispatch", "period": "week"},
    }
    for name, wanted in changed.items():
        desk.window.go(name)
        page: Any = desk.window.page
        desk.until(lambda: desk.runner.idle)
        before = page.views.now()
        page.views._show(wanted)
        desk.until(partial(_shows, desk, page, wanted))
        page.views.show_view(before)
        desk.until(partial(_shows, desk, page, before.narrowing))


def _shows(desk: Desk, page: Any, narrowing: dict[str, Any]) -> bool:
    return desk.runner.idle and bool(page.views.now().narrowing == narrowing)
