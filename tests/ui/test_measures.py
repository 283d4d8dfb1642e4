"""Fields for measures and days: what people type is understood or refused, never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from coresafe.ui.forms import DayField, NumberField


@pytest.fixture
def depth(qtbot) -> NumberField:
    field = NumberField("depth", "Depth (m)", unit="m", rule=lambda v: "" if v < 1000 else "Too deep.")
    qtbot.addWidget(field)
    return field


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("", None),
        ("320", 320.0),
        (" 320.5 ", 320.5),
        ("320,5", 320.5),
        ("0,125", 0.125),
        (".5", 0.5),
        ("\N{MINUS SIGN}60", -60.0),
        ("+7", 7.0),
        ("412 m", 412.0),
        ("12.", 12.0),
    ],
)
def test_numbers_are_read_as_people_write_them(depth: NumberField, typed: str, value: float | None) -> None:
    depth.set_value(typed)
    assert depth.value() == value
    assert depth.check() == ""
    assert depth.typed() == typed


@pytest.mark.parametrize(
    "typed", ["deep", "1.2.3", "1,2,3", "12e3", "nan", "inf", "--5", "5 5", "0x10", "١", "1" * 400]
)
def test_what_is_no_number_is_refused_and_kept(depth: NumberField, typed: str) -> None:
    depth.set_value(typed)
    assert depth.check()
    assert depth.value() is None
    assert depth.typed() == typed


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1 250.5", 1250.5),
        ("1\N{NARROW NO-BREAK SPACE}250", 1250.0),
        ("1,250.5", 1250.5),
        ("1.250,5", 1250.5),
        ("1'250", 1250.0),
    ],
)
def test_thousands_are_read_where_they_cannot_be_mistaken(qtbot, typed: str, value: float) -> None:
    field = NumberField("easting", "Easting")
    qtbot.addWidget(field)
    field.set_value(typed)
    assert (field.check(), field.value()) == ("", value)


def test_a_comma_that_can_be_read_in_two_ways_is_asked_about(depth: NumberField) -> None:
    depth.set_value("1,250")
    assert depth.check() == "The comma can be read in two ways. Write 1250 or 1.250."


def test_the_rule_of_a_field_is_told_below_it(depth: NumberField) -> None:
    depth.set_value(1000)
    assert depth.check() == "Too deep."
    depth.set_value(999.5)
    assert depth.error == ""


@pytest.mark.parametrize(
    ("value", "shown"), [(320.0, "320"), (0.1, "0.1"), (552731.25, "552731.25"), (-60.125, "-60.125")]
)
def test_a_number_is_shown_with_all_its_digits(depth: NumberField, value: float, shown: str) -> None:
    depth.set_value(value)
    assert depth.typed() == shown
    assert depth.value() == value


def test_a_whole_number_may_be_named_by_its_registry(qtbot) -> None:
    field = NumberField("crs", "EPSG code", whole=True, before="EPSG")
    qtbot.addWidget(field)
    for typed in ("32630", "EPSG:32630", "epsg 32630"):
        field.set_value(typed)
        assert (field.check(), field.value()) == ("", 32630)
        assert isinstance(field.value(), int)
    field.set_value("32630.5")
    assert field.check() == "Enter a whole number."


@pytest.mark.parametrize("typed", ["2026-03-31", "2026/3/31", "2026.03.31", "20260331", " 2026-03-31 "])
def test_a_day_is_read_from_the_year_on(qtbot, typed: str) -> None:
    field = DayField("on", "Date")
    qtbot.addWidget(field)
    field.set_value(typed)
    assert (field.check(), field.value()) == ("", date(2026, 3, 31))


@pytest.mark.parametrize("typed", ["31/03/2026", "2026-02-30", "2026-13-01", "yesterday", "2026-03/31", "26-03-31"])
def test_a_day_that_is_none_or_could_be_another_is_refused(qtbot, typed: str) -> None:
    field = DayField("on", "Date")
    qtbot.addWidget(field)
    field.set_value(typed)
    assert "such as 2026-03-31" in field.check()
    field.set_value(date(2026, 3, 31))
    assert field.typed() == "2026-03-31"
    field.set_value(None)
    assert (field.value(), field.check()) == (None, "")
