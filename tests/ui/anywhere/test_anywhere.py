"""Go anywhere: by typing alone, to every kind of thing, on a slow line and without the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.services import transaction
from coresafe.services.samples import AddSample, add_sample
from coresafe.ui.anywhere import Palette
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place

MakeDesk = Callable[..., Desk]
CONTROL = Qt.KeyboardModifier.ControlModifier


def ask(desk: Desk, words: str = "", *, wait: bool = True) -> Palette:
    """Ctrl+K, and type."""
    desk.key(Qt.Key.Key_K, CONTROL)
    palette = desk.window.going.palette
    assert palette.isVisible()
    assert QApplication.focusWidget() is palette.edit
    desk.qtbot.keyClicks(palette.edit, words)
    if wait:
        desk.until(lambda: not palette.waiting and desk.runner.idle)
    return palette


def texts(palette: Palette) -> list[str]:
    return [entry.text for entry in palette.list.entries]


def enter(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Return)


def page_of(desk: Desk, name: str) -> Any:
    assert desk.window._page_name() == name
    return desk.window.pages[name]


def test_it_offers_the_pages_and_what_can_be_done_now_with_their_keys(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    palette = ask(desk)
    offered = {entry.text: entry for entry in palette.list.entries}
    assert offered["Dispatches"].group == "Pages"
    assert offered["Dispatch trays"].keys == "Ctrl+D"
    assert not offered.keys() & {"Void the dispatch", "Users", "New hole", "Go anywhere"}
    assert offered["Charts"].keys == "Ctrl+Shift+G"
    assert "Take a return" not in offered, "no dispatch is selected"
    assert palette.list.chosen == palette.list.entries[0]


def test_a_page_is_gone_to_by_a_few_letters_and_enter(desk: Desk) -> None:
    palette = ask(desk, "inv", wait=False)
    assert texts(palette)[0] == "Inventory", "at once, without the database"
    enter(desk)
    assert not palette.isVisible()
    assert desk.window.page is desk.inventory


def test_an_action_is_done_as_its_menu_entry_does_it(desk: Desk) -> None:
    ask(desk, "dispatch tr", wait=False)
    enter(desk)
    assert desk.dispatches.form is desk.dispatch_form


def test_the_arrows_choose_and_pass_over_headings(desk: Desk) -> None:
    palette = ask(desk)
    entries = palette.list.entries
    pages = sum(1 for entry in entries if entry.group == "Pages")
    for _ in range(pages):
        desk.key(Qt.Key.Key_Down)
    assert palette.list.chosen == entries[pages]
    assert entries[pages].group == "Actions"
    desk.key(Qt.Key.Key_Up)
    assert palette.list.chosen == entries[pages - 1]
    assert entries[pages - 1].text in palette.edit.accessibleDescription()
    for _ in range(pages):
        desk.key(Qt.Key.Key_Up)
    assert palette.list.chosen == entries[-1], "from the first one up to the last"
    desk.key(Qt.Key.Key_PageUp)
    assert palette.list.chosen != entries[-1]
    assert palette.edit.hasFocus()


def test_esc_closes_it_and_the_keyboard_is_back_where_it_was(desk: Desk) -> None:
    form = desk.fill_dispatch()
    form.driver.edit.setFocus()
    palette = ask(desk, "dri")
    desk.key(Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert form.driver.edit.hasFocus()
    assert form.driver.value() == "Kofi"
    assert desk.dispatches.form is form, "Esc closed the palette and nothing else"


def test_a_click_beside_it_and_going_on_elsewhere_close_it(desk: Desk) -> None:
    palette = ask(desk)
    desk.qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    assert not palette.isVisible()
    ask(desk)
    desk.key(Qt.Key.Key_5, CONTROL)
    assert not palette.isVisible()
    assert desk.window.page is desk.inventory


def test_tab_stays_in_it(desk: Desk) -> None:
    palette = ask(desk)
    desk.key(Qt.Key.Key_Tab)
    assert palette.edit.hasFocus()


def test_a_dispatch_is_found_by_its_number_and_selected(desk: Desk) -> None:
    wanted, *_others = [desk.others_dispatch(hq=1) for _ in range(3)]
    palette = ask(desk, wanted.number)
    assert palette.list.entries[0].group == "Dispatches"
    assert "Ashanti Gold" in palette.list.entries[0].detail
    enter(desk)
    page = page_of(desk, "go.dispatches")
    desk.until(lambda: page._current is not None and page._current.id == wanted.id)
    assert [row.id for row in page.table.selected_rows()] == [wanted.id]


def test_a_hole_a_project_and_a_company_are_shown_on_the_drillholes_page(desk: Desk) -> None:
    palette = ask(desk, "bib26")
    assert [entry.text for entry in palette.list.entries] == ["BIB26-001"]
    enter(desk)
    page = page_of(desk, "go.drillholes")
    desk.until(lambda: [row.id for row in page.table.selected_rows()] == [desk.place.other_hole_id])
    ask(desk, "south pit")
    enter(desk)
    desk.until(lambda: page.outline.wanted is not None and page.outline.wanted.id == desk.place.other_project_id)
    desk.settle()
    assert page.outline.wanted.code == "BIB"
    assert page.search.text() == ""
    palette = ask(desk, "ashanti")
    assert palette.list.chosen is not None
    assert palette.list.chosen.group == "Companies"
    enter(desk)
    desk.until(lambda: getattr(page.outline.wanted, "name", "") == "Ashanti Gold")
    desk.until(lambda: {row.hole_id for _at, row in page.table.model.known()} == {"ARG26-001", "ARG26-002"})


def test_a_sample_is_opened(desk: Desk) -> None:
    command = AddSample(
        sample_id="THA-000451", sample_type="assay", drillhole_id=desk.place.hole_id, from_depth=1.0, to_depth=2.0
    )
    sample = desk.aside(lambda: add_sample(desk.other, command))
    palette = ask(desk, "451")
    assert [entry.group for entry in palette.list.entries] == ["Samples"]
    enter(desk)
    page = page_of(desk, "go.samples")
    desk.until(lambda: page.detail.row is not None and page.detail.row.id == sample.id)


def test_enter_before_the_answer_goes_when_it_has_come_as_a_scanner_needs(desk: Desk) -> None:
    wanted = desk.others_dispatch(hq=1)
    palette = ask(desk, wanted.number, wait=False)
    enter(desk)
    assert palette.isVisible()
    page = desk.dispatches
    desk.until(lambda: page._current is not None and page._current.id == wanted.id)
    assert not palette.isVisible()


def test_something_typed_in_a_form_is_not_left_by_going_to_a_record(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=1)
    form = desk.fill_dispatch()
    ask(desk, sent.number)
    enter(desk)
    assert desk.dispatches.form is form
    assert form.banner is not None, "the form asks"
    assert form.driver.value() == "Kofi"


def test_nothing_found_is_said(desk: Desk) -> None:
    palette = ask(desk, "no such thing")
    assert texts(palette) == []
    assert palette.nothing.isVisible()
    assert "no such thing" in palette.nothing.accessibleName()
    enter(desk)
    assert palette.isVisible()
    desk.qtbot.keyClick(palette.edit, Qt.Key.Key_Backspace, CONTROL)
    assert not palette.nothing.isVisible()


def test_it_is_covered_with_the_window_when_that_is_locked(desk: Desk) -> None:
    palette = ask(desk, "ashanti")
    desk.window.locking.lock()
    assert not palette.isVisible()


# -- a real server, far away and away --------------------------------------------------------------------------------


@pytest.fixture
def server_place(databases: Databases) -> Place:
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(server_place: Place) -> Iterator[Proxy]:
    with Proxy(make_url(server_place.url).port or 0) as proxy:
        yield proxy


def test_a_late_answer_of_older_words_is_dropped(make_desk: MakeDesk, server_place: Place, line: Proxy) -> None:
    desk = make_desk(place=server_place, port=line.port)
    line.delay = 0.4
    palette = ask(desk, "bibiani", wait=False)
    desk.until(lambda: palette._asked == "bibiani")
    assert palette.waiting
    desk.until(palette.spinner.isVisible, 5_000)
    palette.edit.selectAll()
    desk.qtbot.keyClicks(palette.edit, "ashanti")
    seen: set[str] = set()

    def answered() -> bool:
        seen.update(texts(palette))
        return "Ashanti Gold" in texts(palette)

    desk.until(answered)
    assert "Bibiani Mines" not in seen
    line.delay = 0.0


def test_without_the_database_pages_go_on_and_try_again_finds(
    make_desk: MakeDesk, server_place: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.5)
    desk = make_desk(place=server_place, port=line.port)
    line.refuse()
    palette = ask(desk, "as", wait=False)
    desk.until(palette.again.isVisible)
    assert "reached" in palette.said.text()
    palette.edit.setFocus()
    desk.key(Qt.Key.Key_Tab)
    assert palette.again.hasFocus()
    line.accept()
    desk.key(Qt.Key.Key_Space)
    desk.until(lambda: "Ashanti Gold" in texts(palette))
    assert not palette.again.isVisible()


def test_the_desk_uses_no_file_of_the_person(tmp_path: Path, desk: Desk) -> None:
    """The palette keeps nothing on the disk: what was looked for is nobody's business."""
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix == ".ini"}
    ask(desk, "ashanti")
    desk.key(Qt.Key.Key_Escape)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix == ".ini"} == before


def test_a_dispatch_is_found_in_the_state_that_its_page_tells(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=5)
    desk.others_return(sent, hq=2)
    palette = ask(desk, sent.number)
    desk.until(lambda: sent.number in texts(palette))
    assert next(entry for entry in palette.list.entries if entry.text == sent.number).detail.endswith("partly returned")
