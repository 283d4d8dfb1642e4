"""Recording samples: one by hand, a range by keyboard; what is wrong stands at its place before and after saving."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from coresafe.services import registry
from coresafe.services.registry import AddDrillhole
from coresafe.ui.messages import Level
from coresafe.ui.samples import SamplesPage
from coresafe.ui.samples.record_form import RecordForm
from tests.ui.desk import Desk
from tests.ui.samples.hands import end_hole, keyboard, others_record, record_form, said, settle, shown, stored

TAB = Qt.Key.Key_Tab


def fill(desk: Desk, form: RecordForm, **typed: str) -> None:
    """Type into fields by their names, in the order given."""
    for name, words in typed.items():
        desk.type(form[name].control, words)


def as_range(desk: Desk, form: RecordForm, **typed: str) -> None:
    form.range.click()
    fill(desk, form, **typed)


def intervals(desk: Desk) -> list[tuple[str, float | None, float | None]]:
    return [(row.sample_id, row.from_depth, row.to_depth) for row in stored(desk)]


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_one_sample_is_recorded_by_keyboard_alone(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=2)
    form = record_form(desk, page)
    assert form.dispatch.edit.hasFocus()
    keyboard(sent.number)
    desk.until(lambda: form.dispatch.suggestions.open and form.dispatch.suggestions.answers == sent.number)
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: form.hole.choice is not None)
    assert form.hole.choice is not None and form.hole.choice.text == "ARG26-001"
    assert form.sample_id.edit.hasFocus()  # Enter goes on to what is to be filled in
    keyboard("tha-000451")
    desk.key(Qt.Key.Key_Return)  # as a scanner ends
    assert form.from_depth.edit.hasFocus()
    keyboard("12,5")
    desk.key(TAB)
    keyboard("13.25")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    (row,) = stored(desk)
    assert (row.sample_id, row.sample_type.value, row.status.value) == ("tha-000451", "core", "collected")
    assert (row.dispatch_number, row.hole_id, row.from_depth, row.to_depth) == (sent.number, "ARG26-001", 12.5, 13.25)
    assert said(page)[0] == "tha-000451"
    assert page.table.view.selected_ids() == [row.id]
    assert desk.said[-1].level is Level.SUCCESS and "tha-000451 is recorded" in desk.said[-1].text


def test_a_qc_sample_has_no_interval_and_what_was_typed_there_is_not_sent(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    fill(desk, form, sample_id="STD-1", from_depth="1", to_depth="2")
    form.sample_type.box.setFocus()
    form.sample_type.set_value("crm_standard")
    assert not form.from_depth.isVisible() and not form.to_depth.isVisible()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert intervals(desk) == [("STD-1", None, None)]


def test_back_from_a_qc_type_the_interval_is_as_it_was_typed(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    fill(desk, form, sample_id="X-1", from_depth="1", to_depth="2")
    form.sample_type.set_value("blank")
    form.sample_type.set_value("assay")
    assert form.from_depth.isVisible()
    assert (form.from_depth.typed(), form.to_depth.typed()) == ("1", "2")


@pytest.mark.parametrize(
    ("start", "end", "field", "told"),
    [
        ("5", "5", "from_depth", "Must be less than 5"),
        ("6", "5", "from_depth", "Must be less than 5"),
        ("-1", "5", "from_depth", "below zero"),
        ("1", "100.01", "to_depth", "end at 100"),
        ("1", "16000", "to_depth", "At most 15"),
        ("", "5", "from_depth", "Fill this in."),
        ("1", "", "to_depth", "Fill this in."),
        ("one", "5", "from_depth", "Enter a number"),
    ],
)
def test_what_is_wrong_with_an_interval_stands_at_its_field_before_saving(
    desk: Desk, page: SamplesPage, start: str, end: str, field: str, told: str
) -> None:
    end_hole(desk, 100.0)
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    fill(desk, form, sample_id="X-1", from_depth=start, to_depth=end)
    asked = desk.runner._numbers.__reduce__()
    desk.save_by_keys()
    assert told in form[field].error
    assert not form.saving and desk.runner._numbers.__reduce__() == asked
    assert stored(desk) == []
    assert (form.from_depth.typed(), form.to_depth.typed()) == (start, end)


def test_the_end_of_the_hole_that_a_dispatch_brings_is_known_too(desk: Desk, page: SamplesPage) -> None:
    end_hole(desk, 40.0)
    sent = desk.others_dispatch(hq=1)
    form = record_form(desk, page)
    desk.complete(form.dispatch, sent.number)
    desk.until(lambda: form.to_depth._note_text != "")
    fill(desk, form, from_depth="1", to_depth="41")
    desk.key(TAB)
    assert "end at 40" in form.to_depth.error
    desk.type(form.to_depth.edit, "40")
    assert form.to_depth.error == ""


def test_an_overlap_is_warned_of_in_the_page_and_in_the_detail(desk: Desk, page: SamplesPage) -> None:
    (there,) = others_record(desk, "OLD-1", first=10.0)
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    fill(desk, form, sample_id="NEW-1", from_depth="10.5", to_depth="12")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    warned = desk.said[-1]
    assert warned.level is Level.WARNING and "NEW-1 is recorded" in warned.text
    assert "overlaps OLD-1 (10 to 11 m)" in warned.hint
    assert any("overlaps OLD-1" in words for words in said(page))
    # Once the other one is put right by us, it is told no longer.
    page.table.select_id(there.id)
    settle(desk, page)
    desk.do("sample.edit")
    assert page.form is not None
    desk.type(page.form["to_depth"].control, "10.5")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    page.table.select_id(next(row.id for row in stored(desk) if row.sample_id == "NEW-1"))
    settle(desk, page)
    assert not any("overlaps" in words for words in said(page))


def test_an_id_that_is_taken_is_told_at_the_field_and_nothing_typed_is_lost(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-1")
    form = record_form(desk, page)
    fill(desk, form, sample_id="tha-1", from_depth="50", to_depth="51")
    desk.save_by_keys()
    desk.until(lambda: bool(form.sample_id.error))
    assert "already" in form.sample_id.error
    assert form.to_depth.typed() == "51"
    assert len(stored(desk)) == 1


# -- by range ---------------------------------------------------------------------------------------------------------


def test_a_range_is_recorded_by_keyboard_alone(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    form.one.setFocus()
    desk.key(Qt.Key.Key_Right)
    assert form.by_range
    for _ in range(5):  # dispatch, hole, type, status, first id
        desk.key(TAB)
    keyboard("THA-000451")
    desk.key(TAB)
    desk.key(TAB)
    keyboard("20")
    assert form.last_id.typed() == "THA-000470"
    desk.key(TAB)
    keyboard("100")
    desk.key(TAB)
    keyboard("1.5")
    assert form.to_depth.typed() == "130"
    words = form.preview.words()
    assert words[0] == "20 samples will be recorded"
    assert {"THA-000451", "THA-000470", "100.00", "128.50", "130.00"} <= set(words)
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    rows = intervals(desk)
    assert len(rows) == 20
    assert rows[0] == ("THA-000451", 100.0, 101.5)
    assert rows[-1] == ("THA-000470", 128.5, 130.0)
    assert desk.said[-1].text == "20 samples are recorded: THA-000451 to THA-000470."
    assert len(shown(page)) == 20
    desk.prove()


def test_first_and_last_scanned_give_the_count_and_the_end_gives_the_length(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    as_range(desk, form, sample_id="A-08")
    desk.key(Qt.Key.Key_Return)
    assert form.last_id.edit.hasFocus()
    keyboard("A-11")
    desk.key(Qt.Key.Key_Return)
    assert form.count.typed() == "4"
    fill(desk, form, from_depth="10", to_depth="20")
    assert form.length.typed() == "2.5"
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert intervals(desk) == [("A-08", 10, 12.5), ("A-09", 12.5, 15), ("A-10", 15, 17.5), ("A-11", 17.5, 20)]


def test_an_end_that_does_not_divide_leaves_no_gap(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    as_range(desk, form, sample_id="A-1", count="3", from_depth="0", to_depth="10")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert intervals(desk) == [("A-1", 0, 3.333), ("A-2", 3.333, 6.667), ("A-3", 6.667, 10)]


def test_a_range_of_blanks_has_ids_only(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    form.sample_type.set_value("blank")
    as_range(desk, form, sample_id="BLK-9", last_id="11")
    assert not form.length.isVisible()
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert [(r.sample_id, r.sample_type.value, r.from_depth) for r in stored(desk)] == [
        ("BLK-10", "blank", None),
        ("BLK-11", "blank", None),
        ("BLK-9", "blank", None),
    ]


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"sample_id": "THA"}, "sample_id", "ends in a number"),
        ({"last_id": "THB-9"}, "last_id", "begins like the first id"),
        ({"last_id": "THA-0"}, "last_id", "before the first id"),
        ({"count": "0"}, "count", "At least one"),
        ({"count": "1001"}, "count", "At most 1"),
        ({"count": "2.5"}, "count", "whole number"),
        ({"length": "0"}, "length", "More than zero"),
        ({"from_depth": "50", "to_depth": "50"}, "from_depth", "Must be less than 50"),
        ({"length": "30"}, "to_depth", "end at 100"),
    ],
)
def test_what_is_wrong_with_a_range_stands_at_its_field(
    desk: Desk, page: SamplesPage, typed: dict[str, str], field: str, told: str
) -> None:
    end_hole(desk, 100.0)
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    as_range(desk, form, sample_id="THA-1", count="10", from_depth="0", length="1")
    fill(desk, form, **typed)
    desk.save_by_keys()
    assert told in form[field].error
    assert not form.saving
    assert stored(desk) == []


def test_a_thousand_go_in_at_once(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    as_range(desk, form, sample_id="M-0001", count="1000", from_depth="0", length="0.25")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    settle(desk, page)
    assert desk.said[-1].text.endswith("M-0001 to M-1000.")
    assert page.table.model.total == 1000
    desk.prove()


def test_a_batch_is_refused_whole_and_the_reason_stands_at_its_row(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, "THA-0013", first=500.0)
    form = record_form(desk, page)
    as_range(desk, form, sample_id="THA-0010", count="10", from_depth="0", length="1")
    desk.save_by_keys()
    desk.until(lambda: bool(form.preview.wrong))
    assert list(form.preview.wrong) == [3]
    words = form.preview.words()
    assert "THA-0013" in words and any("already" in told for told in words)
    assert form.banner is not None and form.banner.message.level is Level.ERROR
    assert [row.sample_id for row in stored(desk)] == ["THA-0013"]
    assert form.dirty
    pane = form._scroll.viewport()
    desk.until(lambda: form.preview.mapTo(pane, form.preview.rect().bottomLeft()).y() <= pane.height())
    desk.type(form.sample_id.edit, "THA-0020")  # put right: the row is no longer wrong, and it goes in
    assert not form.preview.wrong
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    assert len(stored(desk)) == 11


def test_what_holds_for_all_rows_is_told_once_at_its_field(desk: Desk, page: SamplesPage) -> None:
    from coresafe.services.dispatching import VoidDispatch, void_dispatch

    sent = desk.others_dispatch(hq=1)
    form = record_form(desk, page)
    desk.complete(form.dispatch, sent.number)
    as_range(desk, form, sample_id="THA-10", count="3", from_depth="0", length="1")
    command = VoidDispatch(dispatch_id=sent.id, version=sent.version, reason="wrong lorry")
    desk.aside(lambda: void_dispatch(desk.other, command))
    desk.save_by_keys()
    desk.until(lambda: bool(form.dispatch.error))
    assert "was voided" in form.dispatch.error
    assert not form.preview.wrong
    assert stored(desk) == []


def test_depths_that_a_hole_ends_above_meanwhile_stand_at_their_rows(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    as_range(desk, form, sample_id="THA-10", count="5", from_depth="0", length="10")
    end_hole(desk, 35.0)
    desk.save_by_keys()
    desk.until(lambda: bool(form.preview.wrong))
    assert list(form.preview.wrong) == [3, 4]
    assert "beyond the end of hole ARG26-001" in form.preview.wrong[3]
    assert form.banner is not None and "2 samples cannot be recorded" in form.banner.message.text
    assert stored(desk) == []


def test_overlaps_of_a_range_are_told_for_the_first_of_them(desk: Desk, page: SamplesPage) -> None:
    others_record(desk, *(f"OLD-{at}" for at in range(1, 10)))
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-001")
    as_range(desk, form, sample_id="NEW-1", count="6", from_depth="0.5", length="1")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    warned = desk.said[-1]
    assert warned.level is Level.WARNING and "6 of them overlap others" in warned.text
    assert warned.hint.count("overlaps") == 3 and "and 3 more" in warned.hint
    assert warned.details.count("overlaps") == 6


# -- around it --------------------------------------------------------------------------------------------------------


def test_esc_asks_only_when_something_typed_would_be_lost(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=1)
    page.dispatch.choose(page.dispatch.choice)
    desk.complete(page.dispatch, sent.number)
    form = record_form(desk, page)
    desk.until(lambda: form.hole.choice is not None)  # begun with what is looked at, which is nothing typed
    settle(desk, page)
    assert not form.dirty
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None
    form = record_form(desk, page)
    keyboard("X")
    desk.key(Qt.Key.Key_Escape)
    assert page.form is form and form.banner is not None
    assert form.banner.message.text == "Leave without saving?"
    form.banner.choices[1].click()
    assert page.form is None


def test_the_next_form_begins_where_the_last_one_ended(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-002")
    form.sample_type.set_value("assay")
    fill(desk, form, sample_id="X-1", from_depth="1", to_depth="2")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    form = record_form(desk, page)
    assert (form.sample_type.value(), form.hole.choice and form.hole.choice.text) == ("assay", "ARG26-002")
    assert form.sample_id.empty and form.from_depth.empty
    assert form.sample_id.edit.hasFocus()
    assert not form.dirty


def test_a_hole_chosen_by_hand_is_not_taken_by_a_dispatch(desk: Desk, page: SamplesPage) -> None:
    sent = desk.others_dispatch(hq=1)  # of ARG26-001
    form = record_form(desk, page)
    desk.complete(form.hole, "ARG26-002")
    desk.complete(form.dispatch, sent.number)
    settle(desk, page)
    assert form.hole.choice is not None and form.hole.choice.text == "ARG26-002"


def test_another_dispatch_brings_another_hole(desk: Desk, page: SamplesPage) -> None:
    def send(**changes: Any) -> Any:
        from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays

        fields: dict[str, Any] = {
            "company_id": desk.place.company_id,
            "project_id": desk.place.project_id,
            "driver": "Yaw",
            "technician": "Ama",
            "lines": [WantedLine(tray_size="HQ", quantity=1)],
        }
        return desk.aside(lambda: dispatch_trays(desk.other, DispatchTrays(**(fields | changes))))

    first, second = send(drillhole_id=desk.place.hole_id), send(drillhole_id=desk.place.nq_hole_id)
    none = send()
    form = record_form(desk, page)
    for sent, hole in ((first, "ARG26-001"), (second, "ARG26-002"), (none, ""), (first, "ARG26-001")):
        desk.complete(form.dispatch, sent.number)
        settle(desk, page)
        assert (form.hole.choice.text if form.hole.choice else "") == hole


def test_tab_goes_in_the_order_of_reading(desk: Desk, page: SamplesPage) -> None:
    form = record_form(desk, page)
    form.range.click()
    form.range.setFocus()
    order = [
        form.dispatch.edit, form.hole.edit, form.sample_type.box, form.status.box, form.sample_id.edit,
        form.last_id.edit, form.count.edit, form.from_depth.edit, form.length.edit, form.to_depth.edit, form.save_button,
    ]  # fmt: skip
    for widget in order:
        desk.key(TAB)
        assert QApplication.focusWidget() is widget


def test_a_hole_is_found_by_another_part_of_its_id(desk: Desk, page: SamplesPage) -> None:
    desk.aside(
        lambda: registry.add_drillhole(desk.other, AddDrillhole(hole_id="ARG26-W7", project_id=desk.place.project_id))
    )
    form = record_form(desk, page)
    desk.complete(form.hole, "w7")
    assert form.hole.choice is not None and form.hole.choice.text == "ARG26-W7"
