"""The paged model: a million rows, asked for in chunks, never from ``data()``."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from coresafe.errors import DatabaseUnavailable
from coresafe.ui.tables import columns as c
from coresafe.ui.tables.chunks import CHUNK
from coresafe.ui.tables.model import NOT_YET, ROW_ROLE, STATUS_ROLE, PagedModel, Phase
from coresafe.ui.tasks import TaskRunner
from tests.ui.rows import Shelf, Tray, tray

COLUMNS = (
    c.text("number", "Number", sort="number"),
    c.text("company", "Company"),
    c.count("quantity", "Trays", sort="quantity"),
    c.state("status", "Status"),
)


@pytest.fixture
def opened(qtbot, runner: TaskRunner):
    def opened(shelf: Shelf, **asked: Any) -> PagedModel:
        model = PagedModel(COLUMNS, shelf, runner, parent=runner)
        model.ask(**asked)
        qtbot.waitUntil(lambda: runner.idle and model.phase is not Phase.LOADING)
        return model

    return opened


def settled(qtbot, runner: TaskRunner, model: PagedModel, first: int, last: int) -> None:
    model.look_at(first, last)
    qtbot.waitUntil(lambda: runner.idle)


def ids(model: PagedModel, first: int, last: int) -> list[int | None]:
    return [getattr(model.row(at), "id", None) for at in range(first, last)]


@pytest.mark.parametrize("rows", [0, 1, 199, 200, 201, 1000])
def test_the_model_is_a_sound_one(qtbot, qtmodeltester, opened, rows: int) -> None:
    model = opened(Shelf(rows))
    qtmodeltester.check(model)
    assert model.rowCount() == rows
    assert model.exact
    assert model.phase is (Phase.READY if rows else Phase.EMPTY)


def test_a_million_rows_cost_one_page_and_one_count(opened) -> None:
    shelf = Shelf(1_000_000)
    model = opened(shelf)
    assert model.rowCount() == 1_000_000
    assert len(shelf.asked) == 1
    assert shelf.counts == 1
    assert threading.get_ident() not in shelf.threads


def test_a_short_list_is_not_counted(opened) -> None:
    shelf = Shelf(150)
    opened(shelf)
    assert shelf.counts == 0


def test_data_never_asks(qtbot, runner, opened) -> None:
    shelf = Shelf(10_000)
    model = opened(shelf)
    asked = len(shelf.asked)
    assert model.index(5_000, 0).data() == NOT_YET
    assert model.index(5_000, 0).data(ROW_ROLE) is None
    assert len(shelf.asked) == asked
    settled(qtbot, runner, model, 5_000, 5_030)
    assert model.index(5_000, 0).data() == "D-2026-005001"


def test_cells_say_words_figures_and_states(opened) -> None:
    model = opened(Shelf(10))
    assert model.index(0, 2).data() == "37"
    assert model.index(0, 3).data() == "Partly returned"
    assert model.index(0, 3).data(STATUS_ROLE).icon == "package-minus"
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Number: D-2026-000001"
    assert model.index(0, 2).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.headerData(2, Qt.Orientation.Horizontal) == "Trays"


def test_the_end_is_reached_from_the_end(qtbot, runner, opened) -> None:
    shelf = Shelf(1_000_000 - 77)
    model = opened(shelf)
    settled(qtbot, runner, model, 999_900, 999_922)
    assert ids(model, 999_900, 999_923) == list(range(999_901, 999_924))
    assert max(query.skip for query in shelf.asked) <= CHUNK


def test_a_jump_counts_from_the_nearest_known_row(qtbot, runner, opened) -> None:
    shelf = Shelf(1_000_000)
    model = opened(shelf)
    settled(qtbot, runner, model, 400_000, 400_030)
    assert ids(model, 400_000, 400_003) == [400_001, 400_002, 400_003]
    before = len(shelf.asked)
    settled(qtbot, runner, model, 401_000, 401_030)
    assert ids(model, 401_000, 401_003) == [401_001, 401_002, 401_003]
    assert all(query.skip <= 1_000 for query in shelf.asked[before:])


def test_scrolling_either_way_never_skips_a_row(qtbot, runner, opened) -> None:
    model = opened(Shelf(3_000))
    order = list(range(0, 3_000, 150))
    random.Random(7).shuffle(order)
    for at in order:
        settled(qtbot, runner, model, at, min(2_999, at + 40))
    for at in range(0, 3_000, 150):
        settled(qtbot, runner, model, at, min(2_999, at + 40))
        assert ids(model, at, min(3_000, at + 40)) == list(range(at + 1, min(3_000, at + 40) + 1))


def test_late_answers_of_an_older_filter_are_dropped(qtbot, runner, opened) -> None:
    shelf = Shelf(500)
    model = opened(shelf)
    gate = shelf.gate = threading.Event()
    model.ask(filters={"company": "Ashanti Deep"})
    qtbot.waitUntil(lambda: len(shelf.asked) == 2)
    shelf.gate = None
    model.ask(filters={"company": "Mount Carbine"})
    qtbot.waitUntil(lambda: model.phase is Phase.READY)
    gate.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert {model.row(at).company for at in range(model.rowCount())} == {"Mount Carbine"}
    assert model.rowCount() == 125


def test_sorting_is_done_by_the_source_and_keeps_the_count(qtbot, runner, opened) -> None:
    shelf = Shelf(1_000)
    model = opened(shelf)
    model.sort(2, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: runner.idle)
    assert shelf.asked[-1].sort == "-quantity"
    assert model.row(0).quantity >= model.row(1).quantity >= model.row(2).quantity
    assert shelf.counts == 1
    assert model.rowCount() == 1_000
    model.sort(1)
    assert model.query.sort == "-quantity"


def test_rows_of_the_older_sort_stay_in_sight_until_the_new_ones_are_there(qtbot, runner, opened) -> None:
    shelf = Shelf(300)
    model = opened(shelf)
    gate = shelf.gate = threading.Event()
    model.sort(2)
    assert model.settling
    assert model.row(0).id == 1
    gate.set()
    qtbot.waitUntil(lambda: not model.settling and runner.idle)
    assert model.row(0).quantity == min(tray(i).quantity for i in range(1, 301))


def test_a_reload_at_the_top_shows_what_is_new_and_moves_the_selected_row_along(qtbot, runner, opened) -> None:
    shelf = Shelf(1_000)
    model = opened(shelf, sort="-number")
    held = QPersistentModelIndex(model.index(3, 0))
    assert held.data(ROW_ROLE).id == 997
    shelf.add(tray(1_001))
    with qtbot.waitSignal(model.moved):
        model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.row(0).id == 1_001
    assert held.row() == 4
    assert held.data(ROW_ROLE).id == 997
    assert model.rowCount() == 1_001


def test_a_reload_deep_down_puts_every_row_where_it_belongs(qtbot, runner, opened) -> None:
    shelf = Shelf(10_000)
    model = opened(shelf, sort="-number")
    settled(qtbot, runner, model, 5_000, 5_030)
    held = QPersistentModelIndex(model.index(5_010, 0))
    row_id = held.data(ROW_ROLE).id
    shelf.add(tray(10_001))
    shelf.add(tray(10_002))
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert held.row() == 5_012
    assert held.data(ROW_ROLE).id == row_id
    assert ids(model, 5_000, 5_030) == list(range(5_002, 4_972, -1))
    assert model.rowCount() == 10_002
    for at in range(4_900, -1, -100):
        settled(qtbot, runner, model, at, at + 30)
    assert ids(model, 0, 30) == list(range(10_002, 9_972, -1))


def test_a_reload_asks_only_for_what_is_in_sight(qtbot, runner, opened) -> None:
    shelf = Shelf(10_000)
    model = opened(shelf)
    for at in range(0, 3_000, 100):
        settled(qtbot, runner, model, at, at + 30)
    before = len(shelf.asked)
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert len(shelf.asked) - before <= 3


def test_what_others_changed_and_removed_shows_after_a_reload(qtbot, runner, opened) -> None:
    shelf = Shelf(600)
    model = opened(shelf)
    shelf.changed[2] = tray(2, quantity=999)
    shelf.remove(5)
    for row_id in range(500, 600):
        shelf.remove(row_id)
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.row(1).quantity == 999
    assert model.index(1, 2).data() == "999"
    assert ids(model, 3, 6) == [4, 6, 7]
    settled(qtbot, runner, model, 470, 498)
    assert model.rowCount() == 499
    assert model.row(498).id == 600


def test_all_rows_gone_is_the_empty_state(qtbot, runner, opened) -> None:
    shelf = Shelf([tray(1), tray(2)])
    model = opened(shelf)
    shelf.ids = []
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.phase is Phase.EMPTY
    assert model.rowCount() == 0
    shelf.add(tray(9))
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.phase is Phase.READY
    assert model.rowCount() == 1


def test_the_server_away_leaves_the_rows_dated_and_a_reload_brings_it_back(qtbot, runner, opened) -> None:
    shelf = Shelf(300)
    model = opened(shelf)
    shelf.failure = DatabaseUnavailable("The server does not answer.")
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.phase is Phase.STALE
    assert model.error is shelf.failure
    assert model.row(0).id == 1
    assert model.as_of is not None
    shelf.failure = None
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.phase is Phase.READY
    assert model.error is None


def test_nothing_to_show_and_why(qtbot, runner, opened) -> None:
    shelf = Shelf(300)
    shelf.failure = DatabaseUnavailable("The server does not answer.")
    model = opened(shelf)
    assert model.phase is Phase.FAILED
    shelf.failure = None
    model.reload()
    qtbot.waitUntil(lambda: model.phase is Phase.READY and runner.idle)
    assert model.rowCount() == 300


def test_an_uncounted_list_grows_as_it_is_scrolled(qtbot, runner, opened) -> None:
    shelf = Shelf(450)
    shelf.count = lambda query: -1  # type: ignore[method-assign]
    model = opened(shelf)
    while model.row(model.rowCount() - 1) is None:
        settled(qtbot, runner, model, model.rowCount() - 2, model.rowCount() - 1)
    assert model.rowCount() == 450
    assert model.exact


def test_memory_stays_flat_over_a_long_scroll(qtbot, runner, opened) -> None:
    model = opened(Shelf(100_000))
    for at in range(0, 60_000, 400):
        settled(qtbot, runner, model, at, at + 30)
    assert len(model.known()) <= 31_000


def test_rows_without_an_optional_value_are_blank(opened) -> None:
    model = opened(Shelf([Tray(id=1, number="D-1", company="", quantity=0, status="")]))
    assert model.index(0, 2).data() == "–"
    assert model.index(0, 3).data(STATUS_ROLE) is None


def test_at_the_end_rows_that_others_add_come_into_place(qtbot, runner, opened) -> None:
    shelf = Shelf(5_077)
    model = opened(shelf)
    settled(qtbot, runner, model, 5_040, 5_076)
    shelf.add(tray(5_078))
    shelf.add(tray(5_079))
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    settled(qtbot, runner, model, 5_040, 5_078)
    assert ids(model, 5_070, 5_079) == list(range(5_071, 5_080))


@pytest.mark.parametrize("sort", ["number", "-number"])
def test_at_the_end_rows_that_others_take_away_leave_no_gap(qtbot, runner, opened, sort: str) -> None:
    shelf = Shelf(5_077)
    model = opened(shelf, sort=sort)
    settled(qtbot, runner, model, 5_040, 5_076)
    for row_id in range(3_000, 3_050):
        shelf.remove(row_id)
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    assert model.rowCount() == 5_027
    settled(qtbot, runner, model, 5_000, 5_026)
    left = shelf._ordered(model.query)
    assert ids(model, 5_000, 5_027) == list(left[5_000:])
    for at in range(5_000, -1, -100):
        settled(qtbot, runner, model, at, at + 26)
        assert ids(model, at, at + 26) == list(left[at : at + 26])


def test_whatever_others_do_the_rows_come_right_again(qtbot, runner, opened) -> None:
    """Random writes, reloads and scrolling; after each a walk from the top shows the list as it is."""
    dice = random.Random(11)
    shelf = Shelf(1_500)
    model = opened(shelf, sort="-number")
    for turn in range(12):
        for _ in range(dice.randint(0, 260)):
            shelf.remove(dice.choice(shelf.ids))
        for new in range(dice.randint(0, 260)):
            shelf.add(tray(2_000 + turn * 300 + new))
        model.reload()
        at = dice.randrange(max(1, model.rowCount()))
        settled(qtbot, runner, model, at, min(at + 30, model.rowCount() - 1))
        for at in range(model.rowCount() - 1, -1, -130):
            settled(qtbot, runner, model, max(0, at - 30), at)
        settled(qtbot, runner, model, 0, 30)
        left = list(shelf._ordered(model.query))
        assert model.rowCount() == len(left)
        for at in range(0, len(left), 100):
            last = min(at + 100, len(left)) - 1
            settled(qtbot, runner, model, at, last)
            assert ids(model, at, last + 1) == left[at : last + 1], (turn, at)


def test_a_list_that_shrank_is_not_asked_for_without_end_when_it_cannot_be_counted(qtbot, runner, opened) -> None:
    shelf = Shelf(1_000)
    model = opened(shelf)
    settled(qtbot, runner, model, 950, 999)
    shelf.ids = list(range(1, 31))
    shelf.count = lambda query: -1  # type: ignore[method-assign]
    model.reload()
    qtbot.waitUntil(lambda: runner.idle)
    settled(qtbot, runner, model, 0, 29)
    assert ids(model, 0, 30) == list(range(1, 31))
    assert model.rowCount() == 30
