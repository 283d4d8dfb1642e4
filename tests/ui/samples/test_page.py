"""The page of samples: found, filtered, scanned and told; the QC meter; many at once; others' work shows by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from sqlalchemy.engine import make_url

from coresafe.models.enums import Role
from coresafe.ui.messages import Level
from coresafe.ui.samples import SamplesPage
from coresafe.ui.samples.edit_form import EditForm, StatusForm
from coresafe.ui.samples.record_form import RecordForm
from coresafe.ui.tables.model import Phase
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.ui.samples.hands import (
    keyboard,
    open_page,
    others_change,
    others_record,
    said,
    select,
    settle,
    shown,
    stored,
)

MakeDesk = Callable[..., Desk]
WRITING = ("sample.record", "sample.edit", "sample.status")


def scan(desk: Desk, page: SamplesPage, words: str) -> None:
    """A scanner is a fast keyboard that ends in Enter; it types where the keyboard is."""
    if not page.search.hasFocus():
        desk.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    keyboard(words)
    desk.key(Qt.Key.Key_Return)
    settle(desk, page)


# -- finding ----------------------------------------------------------------------------------------------------------


def test_an_empty_table_says_what_to_do_next_and_does_it(desk: Desk, page: SamplesPage) -> None:
    assert page.table.model.phase is Phase.EMPTY
    (offered,) = page.table.empty_state.findChildren(QPushButton)
    offered.click()
    assert isinstance(page.form, RecordForm)


def test_samples_are_told_with_their_interval_dispatch_and_history(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=1)
    (row,) = others_record(desk, "THA-1", first=12.5, dispatch_id=sent.id)
    changed = others_change(desk, row, status="processing", to_depth=14.125)
    page.reload()
    select(desk, page, row.id)
    words = said(page)
    assert words[0] == "THA-1"
    assert {"ARG26-001", sent.number, "12.50\N{NO-BREAK SPACE}m", "14.125\N{NO-BREAK SPACE}m"} <= set(words)
    told = next(text for text in words if "Collected → Processing" in text)
    assert "To: 13.5\N{NO-BREAK SPACE}m → 14.125\N{NO-BREAK SPACE}m" in told and "mary" in told
    assert changed.version == 2


def test_filters_ask_the_database_together(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=1)
    others_record(desk, "A-1", "A-2", dispatch_id=sent.id)
    others_record(desk, "A-3", sample_type="assay", status="completed")
    others_record(desk, "B-1", sample_type="blank", dispatch_id=sent.id, drillhole_id=None)
    others_record(desk, "C-1", drillhole_id=desk.place.nq_hole_id)
    page.reload()
    desk.until(lambda: sorted(shown(page)) == ["A-1", "A-2", "A-3", "B-1", "C-1"])
    for box, value, expected in (
        (page.type, "assay", ["A-3"]),
        (page.status, "collected", []),
        (page.type, "core", ["A-1", "A-2", "C-1"]),
    ):
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
        settle(desk, page)
        assert sorted(shown(page)) == expected
    assert page.table.model.phase is Phase.READY
    desk.complete(page.hole, "ARG26-002")
    settle(desk, page)
    assert shown(page) == ["C-1"]
    assert page.clear_button.isVisible()
    page.clear_button.click()
    settle(desk, page)
    assert len(shown(page)) == 5 and not page.clear_button.isVisible()
    desk.complete(page.dispatch, sent.number)
    settle(desk, page)
    assert sorted(shown(page)) == ["A-1", "A-2", "B-1"]
    desk.type(page.search, "a-")
    desk.until(lambda: sorted(shown(page)) == ["A-1", "A-2"])


def test_sorting_is_done_in_the_database(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "A-2", first=30.0)
    others_record(desk, "A-1", first=70.0)
    others_record(desk, "A-3", first=50.0)
    page.reload()
    desk.until(lambda: shown(page) == ["A-3", "A-1", "A-2"])
    head, down = page.table.view.head, Qt.SortOrder.DescendingOrder
    head.sort_asked.emit(0, down)
    desk.until(lambda: shown(page) == ["A-3", "A-2", "A-1"])
    head.sort_asked.emit(4, down)  # from
    desk.until(lambda: shown(page) == ["A-1", "A-3", "A-2"])


# -- scanning ---------------------------------------------------------------------------------------------------------


def test_a_scanned_sample_opens_and_the_next_scan_takes_its_place(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-10", "THA-11", "THA-110")
    scan(desk, page, "tha-11")
    assert said(page)[0] == "THA-11"
    assert [row.sample_id for row in page.table.selected_rows()] == ["THA-11"]
    scan(desk, page, "THA-10")
    assert page.search.text() == "THA-10"
    assert said(page)[0] == "THA-10"
    assert not desk.said


def test_a_scan_finds_a_sample_that_the_filters_hide(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-10", "THA-11")
    page.type.setCurrentIndex(page.type.findData("blank"))
    page.type.activated.emit(0)
    settle(desk, page)
    assert shown(page) == []
    scan(desk, page, "THA-10")
    assert said(page)[0] == "THA-10"
    assert page.type.currentData() is None
    assert [row.sample_id for row in page.table.selected_rows()] == ["THA-10"]


def test_an_unknown_scan_is_said_in_words_and_can_be_recorded(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-10")
    scan(desk, page, "THA-1")
    assert desk.said[-1].level is Level.WARNING
    assert desk.said[-1].text == "No sample has the id “THA-1”."
    assert shown(page) == ["THA-10"]  # those whose id holds it
    (banner,) = desk.window.host.banners
    banner.choices[0].click()
    assert isinstance(page.form, RecordForm) and page.form.sample_id.value() == "THA-1"
    page.form.left.emit()
    scan(desk, page, "THA-2")
    scan(desk, page, "THA-10")
    assert not desk.window.host.banners  # it no longer holds
    assert said(page)[0] == "THA-10"


def test_a_scan_does_not_take_a_form_in_which_something_is_typed(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-10")
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = page.form
    assert isinstance(form, RecordForm)
    desk.type(form.sample_id.edit, "X-1")
    scan(desk, page, "THA-10")
    assert page.form is form and form.sample_id.value() == "X-1"
    assert form.banner is not None and form.banner.message.level is Level.QUESTION


# -- the QC meter -----------------------------------------------------------------------------------------------------


def test_the_meter_says_of_a_batch_how_it_is_checked_and_warns_of_what_is_missing(
    desk: Desk, page: SamplesPage
) -> None:
    sent = desk.others_dispatch(hq=1)
    rows = others_record(desk, *(f"A-{at:02d}" for at in range(30)), dispatch_id=sent.id)
    others_record(desk, "S-1", sample_type="crm_standard", dispatch_id=sent.id)
    others_record(desk, "D-1", "D-2", sample_type="field_duplicate", dispatch_id=sent.id)
    page.reload()
    assert not page.meter.isVisible()
    select(desk, page, rows[0].id)
    desk.do("sample.batch")
    settle(desk, page)
    assert page.meter.isVisible()
    told = [kind.accessibleName() for kind in page.meter.kinds.values()]
    assert told == ["CRM standards: 1, Few", "Blanks: 0, None", "Field duplicates: 2, Enough"]
    assert page.meter.warnings == [f"{sent.number} has no blank. Add one for every 20 samples or so."]
    others_record(desk, "B-1", "B-2", sample_type="blank", dispatch_id=sent.id)
    desk.until(lambda: page.meter.kinds["blanks"].accessibleName() == "Blanks: 2, Enough", 5_000)
    assert page.meter.warnings == []
    page.clear_filters()
    assert not page.meter.isVisible()


def test_the_meter_of_a_dispatch_without_samples_warns_of_nothing(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=1)
    desk.complete(page.dispatch, sent.number)
    settle(desk, page)
    assert page.meter.warnings == []
    assert page.meter.kinds["blanks"].accessibleName() == "Blanks: 0, nothing to check"
    assert page.table.empty_state.isVisible()
    assert sent.number in page.table.empty_state.accessibleName()


# -- correcting -------------------------------------------------------------------------------------------------------


def test_a_sample_is_corrected_by_keyboard(desk: Desk, page: SamplesPage) -> None:
    (row,) = others_record(desk, "THA-1")
    page.reload()
    select(desk, page, row.id)
    page.table.view.setFocus()
    page.table.view.selectRow(0)
    desk.key(Qt.Key.Key_Return)
    form = page.form
    assert isinstance(form, EditForm)
    desk.type(form["to_depth"].control, "0.75")
    form["status"].set_value("completed")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    (now,) = stored(desk)
    assert (now.to_depth, now.status.value, now.version, now.sample_id) == (0.75, "completed", 2, "THA-1")
    assert "0.75\N{NO-BREAK SPACE}m" in said(page)


def test_a_sample_that_becomes_a_qc_sample_loses_its_interval(desk: Desk, page: SamplesPage) -> None:
    (row,) = others_record(desk, "THA-1")
    page.reload()
    select(desk, page, row.id)
    desk.do("sample.edit")
    assert isinstance(page.form, EditForm)
    page.form.sample_type.set_value("blank")
    assert not page.form["from_depth"].isVisible()
    page.form.sample_type.box.setFocus()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    (now,) = stored(desk)
    assert (now.sample_type.value, now.from_depth, now.to_depth) == ("blank", None, None)


def test_two_people_edit_the_same_sample_the_second_chooses_field_by_field(desk: Desk, page: SamplesPage) -> None:
    (row,) = others_record(desk, "THA-1")
    page.reload()
    select(desk, page, row.id)
    desk.window.workspace.stop()
    desk.do("sample.edit")
    form = page.form
    assert isinstance(form, EditForm)
    desk.type(form["from_depth"].control, "0.25")
    others_change(desk, row, from_depth=0.5, status="processing")
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    assert form.comparison is not None
    assert set(form.comparison.rows) == {"from_depth", "status"}
    assert form["from_depth"].typed() == "0.25"
    assert form["status"].value() == "processing"  # changed by them alone
    assert stored(desk)[0].from_depth == 0.5
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    (now,) = stored(desk)
    assert (now.from_depth, now.status.value, now.version) == (0.25, "processing", 3)


def test_a_sample_just_recorded_can_be_edited_over_somebody_elses_change(desk: Desk, page: SamplesPage) -> None:
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(page.form, RecordForm)
    for name, words in (("sample_id", "N-1"), ("from_depth", "1"), ("to_depth", "2")):
        desk.type(page.form[name].control, words)
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    desk.window.workspace.stop()
    desk.do("sample.edit")
    form = page.form
    assert isinstance(form, EditForm)
    desk.type(form["to_depth"].control, "3")
    others_change(desk, stored(desk)[0], status="completed")
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)


# -- many at once -----------------------------------------------------------------------------------------------------


def test_many_get_a_status_and_each_refusal_is_told_with_its_reason(desk: Desk, page: SamplesPage) -> None:
    rows = others_record(desk, "A-1", "A-2", "A-3", "A-4")
    page.reload()
    select(desk, page, *(row.id for row in rows))
    assert "4 samples selected" in said(page)
    desk.window.workspace.stop()
    desk.do("sample.status")
    form = page.form
    assert isinstance(form, StatusForm)
    assert form.status.value() == "processing"
    others_change(desk, rows[1], status="completed")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form.banner is not None
    assert form.banner.message.text == "3 were changed. One was refused."
    assert "A-2: changed by somebody else meanwhile" in form._refused.text()
    assert {row.sample_id: row.status.value for row in stored(desk)} == {
        "A-1": "processing",
        "A-2": "completed",
        "A-3": "processing",
        "A-4": "processing",
    }
    assert form.title and form._head.text() == "Set the status of one sample"
    desk.save_by_keys()  # seen, and wanted all the same: as the sample is now
    desk.until(lambda: page.form is None)
    assert {row.status.value for row in stored(desk)} == {"processing"}
    assert desk.said[-1].text == "4 samples are processing now."


def test_one_selected_sample_gets_a_status_too(desk: Desk, page: SamplesPage) -> None:
    (row,) = others_record(desk, "A-1")
    page.reload()
    select(desk, page, row.id)
    desk.do("sample.status")
    page.form.status.set_value("completed")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert stored(desk)[0].status.value == "completed"


# -- the others -------------------------------------------------------------------------------------------------------


def test_others_samples_appear_by_themselves_and_move_nothing(desk: Desk, page: SamplesPage) -> None:
    (first,) = others_record(desk, "A-1")
    page.reload()
    select(desk, page, first.id)
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = page.form
    assert isinstance(form, RecordForm)
    desk.type(form.sample_id.edit, "MINE-1")
    others_record(desk, "A-2", first=5.0)
    others_change(desk, first, status="completed")
    desk.until(lambda: "A-2" in shown(page) and any("Completed" in t for t in said(page)), 5_000)
    assert page.table.view.selected_ids() == [first.id]
    assert page.form is form and form.sample_id.typed() == "MINE-1" and form.sample_id.edit.hasFocus()


def test_what_others_did_while_the_page_was_not_seen_shows_when_it_is(desk: Desk, page: SamplesPage) -> None:
    (row,) = others_record(desk, "A-1")
    page.reload()
    select(desk, page, row.id)
    desk.do("go.inventory")
    others_change(desk, row, status="completed")
    others_record(desk, "A-2", first=9.0)
    desk.window.workspace.look()
    desk.until(lambda: page._out_of_date)
    desk.do("go.samples")
    desk.until(lambda: "A-2" in shown(page) and page.detail.row is not None and page.detail.row.version == 2)


# -- who may what -----------------------------------------------------------------------------------------------------


def test_a_technician_records_and_sees_no_audit_trail(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    page = open_page(desk)
    (row,) = others_record(desk, "A-1")
    page.reload()
    select(desk, page, row.id)
    assert all(desk.window.actions_[name].isEnabled() for name in WRITING)
    assert "History" not in said(page)


def test_actions_wait_for_a_selection_and_are_off_on_other_pages(desk: Desk, page: SamplesPage) -> None:
    actions = desk.window.actions_
    assert not actions["sample.edit"].isEnabled() and not actions["sample.status"].isEnabled()
    rows = others_record(desk, "A-1", "A-2")
    page.reload()
    select(desk, page, rows[0].id)
    assert actions["sample.edit"].isEnabled() and not actions["sample.batch"].isEnabled()
    select(desk, page, rows[0].id, rows[1].id)
    assert not actions["sample.edit"].isEnabled() and actions["sample.status"].isEnabled()
    desk.do("go.inventory")
    assert not actions["sample.status"].isEnabled()
    desk.do("sample.record")  # from anywhere
    assert desk.window.page is page and isinstance(page.form, RecordForm)


def test_every_control_has_a_name_and_is_tall_enough(desk: Desk, page: SamplesPage) -> None:
    parts = [page.search, page.type, page.status, page.dispatch.edit, page.hole.edit, page.header.primary]
    assert all(part is not None and part.accessibleName() and part.height() >= 32 for part in parts)
    page.search.setFocus()
    order = [
        page.header.primary,
        page.type,
        page.status,
        page.dispatch.edit,
        page.hole.edit,
        page.views,
        page.table.view,
    ]
    for widget in order:
        desk.key(Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is widget


# -- a long line ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled_server(databases: Databases) -> Place:
    """The same place on the run's MySQL."""
    return make_place(databases.new("mysql"))


@pytest.fixture
def line(filled_server: Place) -> Iterator[Proxy]:
    """The line to the server."""
    with Proxy(make_url(filled_server.url).port or 0) as proxy:
        yield proxy


def asked(line: Proxy) -> list[str]:
    """What went over the line; the sealer works in its own time."""
    return [s for s in line.statements if "audit_seals" not in s and "coresafe_seal" not in s]


def test_it_opens_with_two_round_trips_at_most(make_desk: MakeDesk, filled_server: Place, line: Proxy) -> None:
    desk = make_desk(place=filled_server, port=line.port)
    others_record(desk, *(f"R-{at:03d}" for at in range(250)))
    desk.window.workspace.stop()
    desk.settle()
    line.record = True
    line.reset_counts()
    page = open_page(desk)
    assert page.table.model.total == 250
    assert len(asked(line)) <= 2, "\n".join(s[:60] for s in asked(line))


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_a_server_that_is_away_is_told_and_nothing_typed_is_lost(
    make_desk: MakeDesk, filled_server: Place, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coresafe.services import transaction

    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.5)
    desk = make_desk(place=filled_server, port=line.port)
    desk.window.workspace.stop()
    desk.settle()
    line.refuse()
    desk.do("go.samples")
    page = desk.window.page
    assert isinstance(page, SamplesPage)
    desk.until(page.table._failed.isVisible)
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = page.form
    assert isinstance(form, RecordForm)
    for name, words in (("sample_id", "AWAY-1"), ("from_depth", "1"), ("to_depth", "2")):
        desk.type(form[name].control, words)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert form.sample_id.typed() == "AWAY-1"
    line.accept()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert [row.sample_id for row in stored(desk, sample_id="AWAY-1")] == ["AWAY-1"]
