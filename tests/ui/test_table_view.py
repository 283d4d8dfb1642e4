"""The table in a window: states, selection and scroll by row, copying, columns."""

from __future__ import annotations

import gc
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from coresafe.errors import DatabaseUnavailable
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable, Phase
from coresafe.ui.tables import columns as c
from coresafe.ui.tables.clipboard import html_table, tab_separated
from coresafe.ui.tasks import TaskRunner
from tests.ui.rows import Shelf, Tray, tray

COLUMNS = (
    c.text("number", "Number", sort="number"),
    c.text("company", "Company"),
    c.count("quantity", "Trays", sort="quantity"),
    c.state("status", "Status"),
    c.moment("left", "Left", shown=False),
)


@pytest.fixture
def shown(qtbot, runner: TaskRunner):
    def shown(shelf: Shelf, **more: Any) -> PagedTable:
        table = PagedTable(COLUMNS, shelf, runner, name="trays", kinds=["tray"], empty="No trays yet.", **more)
        qtbot.addWidget(table)
        table.resize(900, 600)
        table.show()
        qtbot.waitUntil(lambda: runner.idle and table.model.phase not in (Phase.LOADING, Phase.WAITING))
        return table

    return shown


def select(table: PagedTable, *rows: int) -> None:
    # Told to the selection itself: the view would look which keys are down.
    flag = QItemSelectionModel.SelectionFlag
    model = table.view.selectionModel()
    model.setCurrentIndex(table.model.index(rows[0], 0), flag.ClearAndSelect | flag.Rows)
    for row in rows[1:]:
        table.view.selectionModel().select(table.model.index(row, 0), flag.Select | flag.Rows)


def ids(rows: list[Tray]) -> list[int]:
    return [row.id for row in rows]


def test_it_loads_when_it_is_first_shown(qtbot, runner) -> None:
    shelf = Shelf(10)
    table = PagedTable(COLUMNS, shelf, runner)
    qtbot.addWidget(table)
    assert shelf.asked == []
    with qtbot.waitSignal(table.as_of):
        table.show()
    assert len(shelf.asked) == 1


def test_an_empty_table_says_what_to_do_next(qtbot, runner, shown) -> None:
    done: list[str] = []
    table = shown(Shelf(0), empty_hint="Dispatch the first ones.")
    table.offer_when_empty("Dispatch trays", lambda: done.append("new"))
    assert table.empty_state.isVisible()
    assert table.empty_state.accessibleName() == "No trays yet. Dispatch the first ones."


def test_nothing_found_is_told_from_nothing_there(qtbot, runner, shown) -> None:
    table = shown(Shelf(10))
    table.ask(q="no such number")
    qtbot.waitUntil(lambda: table.model.phase is Phase.EMPTY)
    assert table._nothing_found.isVisible()
    assert not table.empty_state.isVisible()


def test_a_failure_is_said_in_the_table_and_can_be_tried_again(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    shelf.failure = DatabaseUnavailable("The server does not answer.", hint="Is the cable in?")
    table = shown(shelf)
    assert table._failed.isVisible()
    assert "Is the cable in?" in table._failed.accessibleName()
    shelf.failure = None
    table.reload()
    qtbot.waitUntil(lambda: table.model.phase is Phase.READY)
    assert not table._failed.isVisible()


def test_a_table_that_could_not_be_read_tries_again_by_itself(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    shelf.failure = DatabaseUnavailable("The server does not answer.")
    table = shown(shelf)
    assert table._later.isActive()
    table._later.timeout.emit()
    qtbot.waitUntil(lambda: len(shelf.asked) == 2 and runner.idle)
    assert table._failed.isVisible()
    shelf.failure = None
    table._later.timeout.emit()
    qtbot.waitUntil(lambda: table.model.phase is Phase.READY)
    assert not table._later.isActive()


def test_rows_that_cannot_be_read_again_are_dated(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    table = shown(shelf)
    shelf.failure = DatabaseUnavailable("The server does not answer.")
    with qtbot.waitSignal(table.trouble):
        table.reload()
    assert table.model.index(0, 0).data() == "D-2026-000001"
    assert "Not up to date: as of 2026-03-01" in table._moment.text()
    assert table._again.isVisible()


def test_a_write_of_its_kind_reloads_it(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    table = shown(shelf)
    runner.run(lambda token: None, owner=table, changes=["company"])
    qtbot.waitUntil(lambda: runner.idle)
    assert len(shelf.asked) == 1
    shelf.add(tray(11))
    runner.run(lambda token: None, owner=table, changes=["tray"])
    qtbot.waitUntil(lambda: table.model.rowCount() == 11)


def test_a_hidden_table_reloads_when_it_is_looked_at_again(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    table = shown(shelf)
    table.hide()
    runner.run(lambda token: None, owner=table, changes=["tray"])
    qtbot.waitUntil(lambda: runner.idle)
    assert len(shelf.asked) == 1
    table.show()
    qtbot.waitUntil(lambda: len(shelf.asked) == 2 and runner.idle)


def test_what_the_mouse_does_to_a_heading_keys_do_too(qtbot, runner, shown) -> None:
    table = shown(Shelf(30), sort="-number")
    view, head = table.view, table.view.head
    select(table, 0)
    column = view.currentIndex().column()
    sort = table.model.columns[column].sort
    alt, shift = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
    for key, wanted in ((Qt.Key.Key_Up, sort), (Qt.Key.Key_Down, f"-{sort}")):
        qtbot.keyClick(view, key, alt)
        qtbot.waitUntil(lambda wanted=wanted: runner.idle and table.model.query.sort == wanted)
    qtbot.keyClick(view, Qt.Key.Key_Right, alt)
    assert head.visualIndex(column) == 1
    qtbot.keyClick(view, Qt.Key.Key_Left, alt)
    qtbot.keyClick(view, Qt.Key.Key_Left, alt)  # it stays the first
    assert head.visualIndex(column) == 0
    wide = head.sectionSize(column)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view, key, alt | shift)
    assert head.sectionSize(column) == wide + 16
    assert len(view.selected_ids()) == 1  # nothing of it moved the selection


def test_the_menu_of_the_cell_that_has_the_keyboard_sorts_by_its_column(qtbot, runner, shown, monkeypatch) -> None:
    menus: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _at: menus.append(menu))
    table = shown(Shelf(30), sort="-number")
    select(table, 3)
    asked_of: list[Any] = []
    table.menu_asked.connect(lambda _menu, row: asked_of.append(row.id))
    column = table.model.columns[table.view.currentIndex().column()]
    for more, wanted in (("", column.sort), (", the last first", f"-{column.sort}")):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
        QApplication.sendEvent(table.view, event)
        next(action for action in menus[-1].actions() if action.text() == f"Sort by {column.heading}{more}").trigger()
        qtbot.waitUntil(lambda wanted=wanted: runner.idle and table.model.query.sort == wanted)
    assert asked_of[0] == ids(table.selected_rows())[0]


def test_the_selected_rows_are_told(qtbot, runner, shown) -> None:
    table = shown(Shelf(100))
    with qtbot.waitSignal(table.selected) as told:
        select(table, 4)
    assert ids(told.args[0]) == [5]
    assert table.current_row().id == 5
    select(table, 4, 2, 9)
    assert ids(table.selected_rows()) == [3, 5, 10]


def test_selection_and_what_it_holds_survive_a_reload(qtbot, runner, shown) -> None:
    shelf = Shelf(1_000)
    table = shown(shelf, sort="-number")
    select(table, 3, 5)
    told: list[list[Tray]] = []
    table.selected.connect(told.append)
    shelf.add(tray(1_001))
    shelf.changed[997] = tray(997, quantity=42)
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.row(0).id == 1_001)
    assert ids(table.selected_rows()) == [997, 995]
    assert told[-1][0].quantity == 42
    assert [index.row() for index in table.view.selectionModel().selectedRows()] == [4, 6]
    assert table.view.currentIndex().row() == 4


def test_a_row_that_is_gone_is_no_longer_selected(qtbot, runner, shown) -> None:
    shelf = Shelf(20)
    table = shown(shelf)
    select(table, 3, 5)
    shelf.remove(4)
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.rowCount() == 19)
    assert ids(table.selected_rows()) == [6]
    assert [index.row() for index in table.view.selectionModel().selectedRows()] == [4]


def test_a_row_that_is_gone_from_a_long_list_is_no_longer_selected(qtbot, runner, shown) -> None:
    shelf = Shelf(1_000)
    table = shown(shelf)
    select(table, 150)
    told: list[list[Tray]] = []
    table.selected.connect(told.append)
    shelf.remove(151)
    table.reload()
    qtbot.waitUntil(lambda: table.view.selected_ids() == [])
    assert told[-1] == []
    assert not table.view.selectionModel().hasSelection()


def test_a_selected_row_that_only_moved_out_of_what_is_loaded_stays_selected(qtbot, runner, shown) -> None:
    shelf = Shelf(2_000)
    table = shown(shelf, sort="-number")
    select(table, 10)
    for row_id in range(2_001, 2_500):
        shelf.add(tray(row_id))
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.row(0).id == 2_499)
    assert table.model.index_of(1_990) is None and table.view.selected_ids() == [1_990]
    shelf.remove(1_990)
    table.reload()
    qtbot.waitUntil(lambda: table.view.selected_ids() == [])


def test_a_row_that_was_never_here_is_not_missed(qtbot, runner, shown) -> None:
    """A new dispatch under a filter that hides it: what shows it goes on showing it."""
    shelf = Shelf(1_000)
    table = shown(shelf)
    table.select_id(5_000)
    told: list[list[Tray]] = []
    table.selected.connect(told.append)
    table.reload()
    qtbot.waitUntil(lambda: table.view.selected_ids() == [])
    assert told == []


def test_the_foot_says_how_many_of_how_many_are_selected(qtbot, runner, shown) -> None:
    table = shown(Shelf(50))
    select(table, 1, 2, 3)
    assert table._chosen.text() == "3 of 50 selected"
    select(table, 1)
    assert table._chosen.text() == ""


def test_everything_is_selected_also_what_was_not_loaded(qtbot, runner, shown) -> None:
    shelf = Shelf(1_700)
    table = shown(shelf)
    shelf.gate = threading.Event()
    qtbot.keyClick(table.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert table._chosen.text() == "200 of 1\u202f700 selected, the rest is coming …"
    shelf.gate.set()
    qtbot.waitUntil(lambda: table._chosen.text() == "1\u202f700 of 1\u202f700 selected")
    assert ids(table.selected_rows()) == list(range(1, 1_701))
    assert len(table.view.selectionModel().selection()) == 1


def test_no_more_than_so_many_can_be_selected_and_the_foot_says_so(qtbot, runner, shown) -> None:
    table = shown(Shelf(10_450))
    table.view.selectAll()
    words = "10\u202f000 of 10\u202f450 selected, the most there can be at once"
    qtbot.waitUntil(lambda: table._chosen.text() == words, timeout=30_000)
    assert len(table.selected_rows()) == 10_000


def test_selecting_something_else_ends_the_wait_for_all(qtbot, runner, shown) -> None:
    shelf = Shelf(1_700)
    table = shown(shelf)
    shelf.gate = threading.Event()
    table.view.selectAll()
    select(table, 3)
    shelf.gate.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert ids(table.selected_rows()) == [4]


def test_the_rows_in_sight_stay_in_sight_when_others_add_some(qtbot, runner, shown) -> None:
    shelf = Shelf(1_000)
    table = shown(shelf, sort="-number")
    table.view.scrollTo(table.model.index(100, 0), table.view.ScrollHint.PositionAtTop)
    qtbot.waitUntil(lambda: runner.idle)
    top = table.model.row(table.view.rowAt(0)).id
    for row_id in range(1_001, 1_006):
        shelf.add(tray(row_id))
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.row(0).id == 1_005)
    assert table.model.row(table.view.rowAt(0)).id == top


def test_the_rows_in_sight_stay_in_sight_deep_down_too(qtbot, runner, shown) -> None:
    shelf = Shelf(100_000)
    table = shown(shelf, sort="-number")
    table.view.scrollTo(table.model.index(40_000, 0), table.view.ScrollHint.PositionAtTop)
    qtbot.waitUntil(lambda: runner.idle and table.model.row(table.view.rowAt(0)) is not None)
    top = table.model.row(table.view.rowAt(0)).id
    for row_id in range(100_001, 100_006):
        shelf.add(tray(row_id))
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.rowCount() == 100_005)
    assert table.model.row(table.view.rowAt(0)).id == top


def test_at_the_top_what_is_new_comes_into_sight(qtbot, runner, shown) -> None:
    shelf = Shelf(1_000)
    table = shown(shelf, sort="-number")
    shelf.add(tray(1_001))
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.row(0).id == 1_001)
    assert table.view.rowAt(0) == 0


def test_selection_survives_sorting_when_the_row_is_there(qtbot, runner, shown) -> None:
    table = shown(Shelf(100))
    select(table, 9)
    table.model.sort(2, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: runner.idle and not table.model.settling)
    assert ids(table.selected_rows()) == [10]
    assert table.model.row(table.view.currentIndex().row()).id == 10


def test_a_row_can_be_selected_before_it_is_there(qtbot, runner, shown) -> None:
    shelf = Shelf(10)
    table = shown(shelf, sort="-number")
    assert not table.select_id(11)
    shelf.add(tray(11))
    table.reload()
    qtbot.waitUntil(lambda: runner.idle and table.model.rowCount() == 11)
    assert ids(table.selected_rows()) == [11]


def test_a_click_on_a_head_sorts_and_a_second_one_turns_it_round(qtbot, runner, shown) -> None:
    table = shown(Shelf(100))
    head = table.view.head
    at = head.sectionViewportPosition(0) + 20

    def click() -> None:
        qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=head.rect().topLeft() + _point(at, 10))
        qtbot.waitUntil(lambda: runner.idle)

    click()
    assert table.model.query.sort == "number"
    click()
    assert table.model.query.sort == "-number"
    assert table.model.row(0).id == 100


def test_numbers_sort_from_the_largest_first(qtbot, runner, shown) -> None:
    table = shown(Shelf(100))
    table.view.head._clicked(2)
    qtbot.waitUntil(lambda: runner.idle)
    assert table.model.query.sort == "-quantity"


def test_enter_and_double_click_open_the_row(qtbot, runner, shown) -> None:
    table = shown(Shelf(10))
    select(table, 2)
    with qtbot.waitSignal(table.opened) as told:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert told.args[0].id == 3


def test_copied_cells_paste_into_a_spreadsheet_and_never_run(qtbot, runner, shown) -> None:
    rows = [tray(1, company="=1+1", quantity=-5), tray(2, company='say "hi"\nthere', quantity=0)]
    table = shown(Shelf(rows))
    table.view.selectAll()
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert text.split("\n", 1)[0] == "D-2026-000001\t'=1+1\t-5\tPartly returned"
    assert '"say ""hi""\nthere"' in text
    assert "mso-number-format" in QGuiApplication.clipboard().mimeData().html()


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx"])
def test_words_that_look_like_a_formula_are_quoted(words: str) -> None:
    row = tray(1, company=words)
    assert tab_separated([COLUMNS[1]], [row]).lstrip('"').startswith("'")
    assert "\\@" in html_table([COLUMNS[1]], [row])


def test_headings_are_copied_when_asked_for(qapp) -> None:
    assert tab_separated(COLUMNS[:2], [tray(1)], headed=True).split("\n")[0] == "Number\tCompany"


def test_columns_are_chosen_and_remembered(qtbot, runner, shown, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "layout.ini")
    table = shown(Shelf(10), memory=memory)
    entries = table.view.head.menu().actions()
    assert [entry.isChecked() for entry in entries[:5]] == [True, True, True, True, False]
    entries[4].trigger()
    entries[1].trigger()
    table.view.head.moveSection(0, 2)
    qtbot.waitUntil(lambda: memory.recall("tables/trays/header") is not None)
    again = shown(Shelf(10), memory=memory)
    assert again.view.head.isSectionHidden(1)
    assert not again.view.head.isSectionHidden(4)
    assert again.view.head.visualIndex(0) == 2
    again.view.head.as_declared()
    assert [again.view.head.visualIndex(at) for at in range(5)] == [0, 1, 2, 3, 4]
    assert again.view.head.isSectionHidden(4)


def _widths(table: PagedTable) -> list[int]:
    head = table.view.head
    return [head.sectionSize(at) for at in range(head.count()) if not head.isSectionHidden(at)]


def test_columns_that_nobody_sized_fill_the_window_however_wide_it_is(qtbot, runner, shown) -> None:
    table = shown(Shelf(10))
    for width in (900, 1200, 700):
        table.resize(width, 600)
        qtbot.waitUntil(lambda: 0 <= table.view.viewport().width() - sum(_widths(table)) < 4)
    table.view.head.show_column(1, False)
    assert 0 <= table.view.viewport().width() - sum(_widths(table)) < 4
    table.resize(300, 600)  # no column becomes narrower than it was made for
    qtbot.waitUntil(lambda: _widths(table)[0] == COLUMNS[0].width)


def test_columns_that_were_sized_by_hand_stay_so_until_all_is_as_at_the_beginning(
    qtbot, runner, shown, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "layout.ini")
    table = shown(Shelf(10), memory=memory)
    table.view.head.resizeSection(0, 222)
    by_hand = _widths(table)
    table.resize(1200, 600)
    qtbot.waitUntil(lambda: table.view.width() > 1100 and memory.recall("tables/trays/by_hand", False))
    assert _widths(table) == by_hand
    again = shown(Shelf(10), memory=memory)
    again.resize(1000, 600)
    assert _widths(again) == by_hand
    again.view.head.as_declared()
    assert 0 <= again.view.viewport().width() - sum(_widths(again)) < 4
    qtbot.waitUntil(lambda: not memory.recall("tables/trays/by_hand", True))
    last = shown(Shelf(10), memory=memory)
    last.resize(1300, 600)
    qtbot.waitUntil(lambda: 0 <= last.view.viewport().width() - sum(_widths(last)) < 4)


def test_the_last_column_cannot_be_taken_away(qtbot, runner, shown) -> None:
    table = shown(Shelf(10))
    for at in range(4):
        table.view.head.show_column(at, at == 0)
    assert not table.view.head.menu().actions()[0].isEnabled()


def test_the_count_and_the_moment_stand_below(qtbot, runner, shown) -> None:
    table = shown(Shelf(12_345), things=lambda count: f"{count} trays")
    assert table._count.text() == "12345 trays"
    assert table._moment.text().startswith("As of ")


def test_scrolling_ten_thousand_rows_never_stalls_the_window(qtbot, runner, shown) -> None:
    """The longest turn of the event loop while 10,000 rows go by, in the window's own time; the answers take 20 ms each.

    Not by the wall's clock: a test machine may be busy with something else. The benchmark measures that.
    """
    shelf = Shelf(1_000_000)
    fetch = shelf.fetch
    late = threading.Event()
    shelf.fetch = lambda query: (late.wait(0.02), fetch(query))[1]  # type: ignore[method-assign]
    table = shown(shelf)
    bar = table.view.verticalScrollBar()
    height = table.view.rowHeight(0)
    turns: list[float] = []
    beat = QTimer(interval=0)
    beat.timeout.connect(lambda: turns.append(time.thread_time()))
    step = QTimer(interval=1)
    step.timeout.connect(lambda: bar.setValue(bar.value() + 37 * height))
    gc.collect()
    gc.freeze()  # what the rest of the suite has left in memory is not this window's to sweep
    beat.start()
    step.start()
    qtbot.waitUntil(lambda: bar.value() >= 10_000 * height, timeout=60_000)
    step.stop()
    qtbot.waitUntil(lambda: runner.idle and table.model.row(table.view.rowAt(0)) is not None)
    beat.stop()
    gc.unfreeze()
    stall = max(after - before for before, after in pairwise(turns))
    assert stall < 0.05, f"the event loop was kept for {stall * 1000:.0f} ms"


def test_everything_can_be_named_by_a_screen_reader(qtbot, runner, shown) -> None:
    table = shown(Shelf(3))
    for widget in table.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and not _inner(widget):
            assert widget.accessibleName() or getattr(widget, "text", lambda: "")(), widget


def _inner(widget: QWidget) -> bool:
    return widget.objectName().startswith("qt_")


def _point(x: int, y: int) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(x, y)


def test_no_paint_asks_the_source(qtbot, runner, shown) -> None:
    shelf = Shelf(5_000)
    table = shown(shelf)
    asked = len(shelf.asked)
    table.view.viewport().repaint()
    QApplication.sendEvent(table.view.viewport(), QEvent(QEvent.Type.UpdateRequest))
    assert isinstance(table, QObject)
    assert len(shelf.asked) == asked
