"""Adding and changing companies, projects and holes by keys; what is wrong is told at its field; nothing typed is lost."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from coresafe.services import registry
from coresafe.services.listing import Query
from coresafe.services.registry import ChangeCompany, ChangeDrillhole, ChangeProject
from coresafe.services.samples import AddSample, add_sample
from coresafe.ui.drillholes import DrillholesPage
from tests.ui.desk import Desk
from tests.ui.drillholes.hands import (
    company,
    form_of,
    go_to_company,
    go_to_project,
    hole,
    holes,
    project,
    select,
    settle,
    tree,
)

SAVED = 20_000


@pytest.fixture
def at_project(desk: Desk, page: DrillholesPage) -> DrillholesPage:
    go_to_project(desk, page, desk.place.company_id, desk.place.project_id)
    return page


def type_on(desk: Desk, *words: str) -> None:
    """Type into the field the keyboard is on, and Tab to the next for each of the words."""
    for at, text in enumerate(words):
        if at:
            desk.key(Qt.Key.Key_Tab)
        desk.qtbot.keyClicks(QApplication.focusWidget(), text)


def save(desk: Desk, page: DrillholesPage) -> None:
    desk.save_by_keys()
    desk.until(lambda: page.form is None, SAVED)
    settle(desk, page)


def refuse(desk: Desk, page: DrillholesPage) -> None:
    """Save, and stay."""
    form = form_of(page)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    settle(desk, page)
    assert page.form is form


def others_depth(desk: Desk, version: int, depth: float) -> None:
    """A colleague changes the depth of the first hole."""
    command = ChangeDrillhole(drillhole_id=desk.place.hole_id, version=version, eoh_depth=depth)
    desk.aside(lambda: registry.change_drillhole(desk.other, command))


# -- add, change, make inactive ---------------------------------------------------------------------------------------


def test_a_company_a_project_and_a_hole_are_added_by_keys_alone(desk: Desk, page: DrillholesPage) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    desk.key(Qt.Key.Key_N, control)
    type_on(desk, "Chirano Gold", "core@chirano.example.com", "+233 1")
    save(desk, page)
    added = company(desk, "Chirano Gold")
    assert (added.contact_email, added.contact_phone, added.is_active) == ("core@chirano.example.com", "+233 1", True)
    assert page.outline.view.currentIndex().data() == "Chirano Gold"
    assert any("Chirano Gold is added" in message.text for message in desk.said)

    desk.key(Qt.Key.Key_N, control)
    assert form_of(page)["company_id"].value() == added.id
    type_on(desk, "CHI", "North ridge", "Bibiani road", "epsg:32630")
    save(desk, page)
    of = project(desk, "CHI")
    assert (of.name, of.company_id, of.crs, of.location) == ("North ridge", added.id, 32630, "Bibiani road")
    assert page.outline.view.currentIndex().data() == "CHI"

    desk.key(Qt.Key.Key_N, control)
    form = form_of(page)
    assert (form["project_id"].value(), form["easting"]._note_text) == (of.id, "EPSG:32630")
    type_on(desk, "CHI26-001", "", "1 250,5", "HQ", "552731.25", "698 110", "359.5", "-60", "412 m", "2026-03-31")
    save(desk, page)
    row = hole(desk, "CHI26-001")
    assert (row.project_id, row.eoh_depth, row.core_size, row.easting, row.northing) == (
        of.id, 1250.5, "HQ", 552731.25, 698110,
    )  # fmt: skip
    assert (row.azimuth, row.dip, row.elevation, row.drilled_on) == (359.5, -60, 412, date(2026, 3, 31))
    desk.until(lambda: holes(page) == ["CHI26-001"])
    assert [found.hole_id for found in page.table.selected_rows()] == ["CHI26-001"]


def test_a_hole_is_changed_and_made_inactive_by_keys(desk: Desk, at_project: DrillholesPage) -> None:
    page = at_project
    select(desk, page, "ARG26-001")
    page.table.view.setFocus()
    desk.key(Qt.Key.Key_F4)
    form = form_of(page)
    desk.type(form["eoh_depth"].edit, "320")
    form["status"].setFocus(Qt.FocusReason.TabFocusReason)
    desk.key(Qt.Key.Key_End)
    save(desk, page)
    row = hole(desk, "ARG26-001")
    assert (row.eoh_depth, row.status, row.core_size, row.version) == (320, "abandoned", "HQ", 2)
    assert page.table.view.hasFocus()


def test_a_project_is_changed_and_made_inactive(desk: Desk, at_project: DrillholesPage) -> None:
    page = at_project
    desk.do("register.edit")
    form = form_of(page)
    desk.type(form["name"].edit, "Ridge west")
    form["status"].box.setCurrentIndex(form["status"].box.findData("inactive"))
    form["name"].setFocus()
    save(desk, page)
    assert (project(desk, "ARG").name, project(desk, "ARG").status) == ("Ridge west", "inactive")
    desk.until(lambda: "  ARG, Ridge west, project, Inactive" in tree(page))


def test_a_company_is_made_inactive_and_is_no_longer_offered(desk: Desk, page: DrillholesPage) -> None:
    go_to_company(desk, page, desk.place.other_company_id)
    desk.do("register.edit")
    form_of(page)["is_active"].setFocus(Qt.FocusReason.TabFocusReason)
    desk.key(Qt.Key.Key_Space)
    save(desk, page)
    assert not company(desk, "Bibiani Mines").is_active
    desk.until(lambda: "Bibiani Mines, company, Inactive" in tree(page))
    desk.do("project.new")
    form = form_of(page)
    assert form["company_id"].value() is None
    desk.type(form["company_id"].edit, "Bib")
    desk.until(lambda: form["company_id"].suggestions.answers == "Bib")
    assert form["company_id"].suggestions.choices == []


def test_only_what_was_changed_is_sent(desk: Desk, at_project: DrillholesPage) -> None:
    select(desk, at_project, "ARG26-001")
    desk.do("register.edit")
    form = form_of(at_project)
    form["dip"].set_value("-55")
    assert form.command() == ChangeDrillhole(drillhole_id=desk.place.hole_id, version=1, dip=-55.0)


# -- refusals at the fields -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("hole_id", "  ", "Fill this in."),
        ("hole_id", "h" * 61, "At most 60 characters"),
        ("eoh_depth", "0", "more than 0 m"),
        ("eoh_depth", "-3", "more than 0 m"),
        ("eoh_depth", "15000.5", "At most 15\N{NARROW NO-BREAK SPACE}000 m."),
        ("eoh_depth", "deep", "Enter a number"),
        ("eoh_depth", "1,250", "1250 or 1.250"),
        ("azimuth", "360", "From 0 to under 360 degrees."),
        ("azimuth", "-1", "From 0 to under 360 degrees."),
        ("dip", "-90.5", "From −90"),
        ("dip", "91", "to 90 degrees"),
        ("easting", "1e9", "Enter a number"),
        ("northing", "9999999999", "No grid reaches that far."),
        ("elevation", "1.2.3", "Enter a number"),
        ("drilled_on", "31/03/2026", "such as 2026-03-31"),
        ("drilled_on", "2026-02-30", "such as 2026-03-31"),
        ("core_size", "s" * 21, "At most 20 characters"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_before_saving(
    desk: Desk, at_project: DrillholesPage, field: str, typed: str, told: str
) -> None:
    select(desk, at_project, "ARG26-001")
    desk.do("register.edit")
    form = form_of(at_project)
    form[field].set_value(typed)
    refuse(desk, at_project)
    assert told in form[field].error
    assert form[field].typed() == typed
    assert hole(desk, "ARG26-001").version == 1


@pytest.mark.parametrize("crs", ["12", "32630.5", "utm30"])
def test_an_epsg_code_that_cannot_be_is_told_at_its_field(desk: Desk, at_project: DrillholesPage, crs: str) -> None:
    desk.do("register.edit")
    form = form_of(at_project)
    form["crs"].set_value(crs)
    refuse(desk, at_project)
    assert form["crs"].error


def test_an_address_that_is_none_is_told_at_its_field_by_the_service(desk: Desk, page: DrillholesPage) -> None:
    desk.do("company.new")
    form = form_of(page)
    type_on(desk, "Chirano Gold", "nobody at home")
    refuse(desk, page)
    assert "is not an e-mail address" in form["contact_email"].error
    assert form["name"].value() == "Chirano Gold"


@pytest.mark.parametrize(
    ("action", "field", "typed"),
    [("company.new", "name", " ashanti  GOLD"), ("project.new", "code", "arg"), ("hole.new", "hole_id", "arg26-002 ")],
)
def test_a_name_that_is_taken_is_told_at_its_field_and_the_typing_stays(
    desk: Desk, at_project: DrillholesPage, action: str, field: str, typed: str
) -> None:
    desk.do(action)
    form = form_of(at_project)
    form[field].set_value(typed)
    if action == "project.new":
        form["name"].set_value("Another")
    refuse(desk, at_project)
    assert "already" in form[field].error
    assert form[field].typed() == typed
    assert form[field].control.hasFocus()


def test_a_project_that_trays_went_out_for_keeps_its_company_and_that_is_told_there(
    desk: Desk, at_project: DrillholesPage
) -> None:
    desk.others_dispatch(hq=1)
    desk.do("register.edit")
    form = form_of(at_project)
    desk.complete(form["company_id"], "Bibiani")
    refuse(desk, at_project)
    assert "stays with Ashanti Gold" in form["company_id"].error
    assert form["company_id"].choice.text == "Bibiani Mines"


def test_a_hole_that_ends_above_a_sample_is_refused_at_its_depth(desk: Desk, at_project: DrillholesPage) -> None:
    sample = AddSample(
        sample_id="S1", sample_type="core", drillhole_id=desk.place.hole_id, from_depth=90.0, to_depth=100.0
    )
    desk.aside(lambda: add_sample(desk.other, sample))
    select(desk, at_project, "ARG26-001")
    desk.do("register.edit")
    form_of(at_project)["eoh_depth"].set_value("50")
    refuse(desk, at_project)
    assert "S1" in form_of(at_project)["eoh_depth"].error


def test_the_trays_that_a_hole_needs_are_counted_as_it_is_typed(desk: Desk, at_project: DrillholesPage) -> None:
    desk.do("hole.new")
    form = form_of(at_project)
    settle(desk, at_project)
    form["eoh_depth"].set_value("320.5")
    form["core_size"].set_value("hq")
    assert form["eoh_depth"]._note_text == "90 trays, 9 spare"
    form["core_size"].set_value("AQ")
    assert form["eoh_depth"]._note_text == ""
    assert form["core_size"]._note_text == "Not a tray size of this shed."
    form["dip"].set_value("60")
    assert form["dip"]._note_text == "This points upwards."


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_esc_asks_only_when_something_would_be_lost(desk: Desk, at_project: DrillholesPage) -> None:
    page = at_project
    desk.do("hole.new")
    desk.key(Qt.Key.Key_Escape)
    assert page.form is None
    desk.do("hole.new")
    form = form_of(page)
    type_on(desk, "ARG26-009")
    desk.key(Qt.Key.Key_Escape)
    assert page.form is form
    assert form.banner is not None and form.banner.message.text == "Leave without saving?"
    desk.do("company.new")
    assert page.form is form
    desk.window.close()
    assert desk.window.isVisible()
    assert form["hole_id"].value() == "ARG26-009"


# -- two people, one record -------------------------------------------------------------------------------------------


def test_two_people_change_one_hole_and_the_second_chooses_field_by_field_by_keys(
    desk: Desk, at_project: DrillholesPage
) -> None:
    page = at_project
    select(desk, page, "ARG26-001")
    desk.do("register.edit")
    form = form_of(page)
    desk.window.workspace.stop()
    desk.type(form["eoh_depth"].edit, "320")
    desk.type(form["azimuth"].edit, "45")
    desk.type(form["elevation"].edit, "410")
    theirs = ChangeDrillhole(
        drillhole_id=desk.place.hole_id, version=1, eoh_depth=300, dip=-55, azimuth=90, core_size="NQ"
    )
    desk.aside(lambda: registry.change_drillhole(desk.other, theirs))
    refuse(desk, page)
    assert "Somebody changed this meanwhile" in form.banner.message.text
    rows = form.comparison.rows
    assert list(rows) == ["eoh_depth", "core_size", "azimuth", "dip", "elevation"]
    said = {name: (row.yours.accessibleName(), row.theirs.accessibleName()) for name, row in rows.items()}
    assert said["eoh_depth"] == ("EOH depth (m), Yours: 320", "EOH depth (m), Theirs: 300")
    assert said["dip"] == ("Dip (°), Yours: nothing", "Dip (°), Theirs: -55")
    # What was typed is kept; what only they changed is theirs.
    assert [form[name].typed() for name in rows] == ["320", "NQ", "45", "-55", "410"]
    assert rows["eoh_depth"].yours.hasFocus()
    desk.key(Qt.Key.Key_Right)
    assert (rows["eoh_depth"].theirs.isChecked(), form["eoh_depth"].typed()) == (True, "300")
    desk.key(Qt.Key.Key_Left)
    assert form["eoh_depth"].typed() == "320"
    desk.key(Qt.Key.Key_Tab)
    assert rows["core_size"].theirs.hasFocus()
    desk.key(Qt.Key.Key_Tab)
    desk.key(Qt.Key.Key_Right)
    assert form["azimuth"].typed() == "90"
    assert hole(desk, "ARG26-001").version == 2
    save(desk, page)
    row = hole(desk, "ARG26-001")
    assert (row.eoh_depth, row.core_size, row.azimuth, row.dip, row.elevation) == (320, "NQ", 90, -55, 410)


def test_what_is_typed_after_the_comparison_is_yours(desk: Desk, at_project: DrillholesPage) -> None:
    select(desk, at_project, "ARG26-001")
    desk.do("register.edit")
    form = form_of(at_project)
    desk.window.workspace.stop()
    desk.type(form["eoh_depth"].edit, "320")
    theirs = ChangeDrillhole(drillhole_id=desk.place.hole_id, version=1, eoh_depth=300)
    desk.aside(lambda: registry.change_drillhole(desk.other, theirs))
    refuse(desk, at_project)
    row = form.comparison.rows["eoh_depth"]
    form.comparison.all_theirs.click()
    assert form["eoh_depth"].typed() == "300"
    assert not form.dirty
    desk.type(form["eoh_depth"].edit, "315")
    assert row.yours.isChecked()
    assert row.yours.accessibleName().endswith("Yours: 315")
    form.comparison.all_theirs.click()
    form.comparison.all_yours.click()
    assert form["eoh_depth"].typed() == "315"


def test_a_third_change_is_compared_anew(desk: Desk, at_project: DrillholesPage) -> None:
    select(desk, at_project, "ARG26-001")
    desk.do("register.edit")
    form = form_of(at_project)
    desk.window.workspace.stop()
    desk.type(form["eoh_depth"].edit, "320")
    for version, depth in ((1, 300), (2, 310)):
        others_depth(desk, version, depth)
        refuse(desk, at_project)
        assert form.comparison.rows["eoh_depth"].theirs.accessibleName().endswith(f": {depth}")
        assert form["eoh_depth"].typed() == "320"
    save(desk, at_project)
    assert hole(desk, "ARG26-001").eoh_depth == 320


def test_a_company_and_a_project_are_compared_too(desk: Desk, at_project: DrillholesPage) -> None:
    page = at_project
    desk.window.workspace.stop()
    desk.do("register.edit")
    form = form_of(page)
    desk.type(form["name"].edit, "Mine")
    theirs = ChangeProject(project_id=desk.place.project_id, version=1, name="Theirs", status="completed",
                           company_id=desk.place.other_company_id)  # fmt: skip
    desk.aside(lambda: registry.change_project(desk.other, theirs))
    refuse(desk, page)
    rows = form.comparison.rows
    assert list(rows) == ["company_id", "name", "status"]
    assert rows["company_id"].theirs.accessibleName() == "Company, Theirs: Bibiani Mines"
    assert rows["status"].theirs.accessibleName() == "Status, Theirs: Completed"
    assert form["company_id"].choice.text == "Bibiani Mines"
    save(desk, page)
    row = project(desk, "ARG")
    assert (row.name, row.status, row.company_name) == ("Mine", "completed", "Bibiani Mines")

    go_to_company(desk, page, desk.place.company_id)
    desk.do("register.edit")
    form = form_of(page)
    desk.type(form["contact_phone"].edit, "1")
    other = ChangeCompany(company_id=desk.place.company_id, version=1, is_active=False)
    desk.aside(lambda: registry.change_company(desk.other, other))
    refuse(desk, page)
    assert form.comparison.rows["is_active"].theirs.accessibleName() == "Active, Theirs: No"
    form.comparison.rows["is_active"].yours.click()
    save(desk, page)
    assert (company(desk, "Ashanti Gold").is_active, company(desk, "Ashanti Gold").contact_phone) == (True, "1")


def test_a_save_pressed_twice_adds_one_hole(desk: Desk, at_project: DrillholesPage) -> None:
    desk.do("hole.new")
    type_on(desk, "ARG26-009")
    desk.save_by_keys()
    desk.save_by_keys()
    desk.until(lambda: at_project.form is None)
    settle(desk, at_project)
    found = desk.aside(lambda: registry.list_drillholes(desk.other, Query(filters={"hole_id": "ARG26-009"})))
    assert len(found.items) == 1
