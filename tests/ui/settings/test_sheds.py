"""Sheds are added and changed by an administrator, in the settings; everybody's window follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import Role
from coresafe.services.sheds import ChangeShed, ShedRow, change_shed, list_sheds
from coresafe.ui import clock
from coresafe.ui.settings.sheds import ShedForm, ShedsSection, find_zones
from tests.ui.desk import Desk
from tests.ui.settings.hands import go_to, open_settings

MakeDesk = Callable[..., Desk]


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever a test's shed has for a clock goes with it."""
    yield
    clock.set_wall(None)


def open_section(desk: Desk) -> ShedsSection:
    """File ▸ Settings ▸ All sheds."""
    dialog = open_settings(desk)
    go_to(dialog, "All sheds")
    assert dialog.sheds is not None
    section = dialog.sheds
    desk.until(lambda: section.list.count() > 0)
    return section


def form_of(section: ShedsSection) -> ShedForm:
    assert section.form is not None
    return section.form


def all_sheds(desk: Desk) -> tuple[ShedRow, ...]:
    return desk.aside(lambda: list_sheds(desk.other))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_only_administrators_see_them(make_desk: MakeDesk, role: Role) -> None:
    assert open_settings(make_desk(role=role)).sheds is None


def test_a_shed_is_added_and_transfers_are_offered_at_once(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    section = open_section(desk)
    section.add_button.click()
    form = form_of(section)
    desk.type(form["name"].edit, "North shed")  # type: ignore[attr-defined]
    desk.type(form["code"].edit, "NORTH")  # type: ignore[attr-defined]
    desk.type(form["time_zone"].edit, "Australia/Perth")  # type: ignore[attr-defined]
    desk.save_by_keys()
    desk.until(lambda: section.form is None and section.list.count() == 2)
    assert section.list.currentItem().text().strip() == "North shed  ·  NORTH  ·  Australia/Perth"
    assert [shed.name for shed in all_sheds(desk)] == ["Main shed", "North shed"]
    desk.until(desk.window.actions_["go.transfers"].isVisible)


def test_what_is_wrong_stands_at_its_field(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    section = open_section(desk)
    section.add_button.click()
    form = form_of(section)
    desk.type(form["name"].edit, "main  SHED")  # type: ignore[attr-defined]
    desk.type(form["code"].edit, "M2")  # type: ignore[attr-defined]
    desk.type(form["time_zone"].edit, "Mars/Olympus")  # type: ignore[attr-defined]
    desk.save_by_keys()
    desk.until(lambda: "not a time zone" in form["time_zone"].error)
    desk.type(form["time_zone"].edit, "UTC")  # type: ignore[attr-defined]
    desk.save_by_keys()
    desk.until(lambda: "already" in form["name"].error)
    assert len(all_sheds(desk)) == 1


def test_one_with_trays_stays_in_use_and_two_who_change_it_see_both(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    section = open_section(desk)
    section.list.setFocus()
    desk.qtbot.keyClick(section.list, Qt.Key.Key_Return)
    form = form_of(section)
    form["is_active"].set_value(False)
    form["name"].setFocus()
    desk.save_by_keys()
    desk.until(lambda: bool(form["is_active"].error))
    form["is_active"].set_value(True)
    desk.type(form["name"].edit, "Old shed")  # type: ignore[attr-defined]
    (row,) = all_sheds(desk)
    desk.aside(lambda: change_shed(desk.admin, ChangeShed(shed_id=row.id, version=row.version, name="Central shed")))
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    assert form["name"].value() == "Old shed"
    form["name"].setFocus()
    desk.save_by_keys()
    desk.until(lambda: section.form is None)
    assert [shed.name for shed in all_sheds(desk)] == ["Old shed"]


def test_closing_the_settings_asks_about_a_shed_that_is_not_saved(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    section = open_section(desk)
    section.add_button.click()
    form = form_of(section)
    desk.type(form["name"].edit, "North shed")  # type: ignore[attr-defined]
    section.window().close()
    assert section.isVisible() and section.form is form and form.banner is not None


def test_a_time_zone_is_found_by_its_town() -> None:
    assert find_zones("perth")[0] == "Australia/Perth"
    assert "America/Argentina/Buenos_Aires" in find_zones("buenos aires")
    assert find_zones("utc")[0] == "UTC"
