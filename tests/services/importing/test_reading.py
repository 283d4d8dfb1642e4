"""Files as they come: separators, encodings, headers and cells."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from coresafe.errors import ValidationFailed
from coresafe.services.importing import prepare
from coresafe.services.importing.cleaning import Unreadable, date_of, number_of, text_of
from tests.services.importing.conftest import WriteFile


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_any_separator_and_encoding(write: WriteFile, separator: str, encoding: str) -> None:
    text = "BHID|Este|Prof\nÑA-1|100.5|12\n\n   \nÑA-2|101|13\n".replace("|", separator)
    command = prepare(write(text, encoding=encoding), "drillholes", project="THA")
    assert [(row.row, row.values) for row in command.rows] == [
        (2, {"hole_id": "ÑA-1", "easting": 100.5, "eoh_depth": 12.0}),
        (5, {"hole_id": "ÑA-2", "easting": 101.0, "eoh_depth": 13.0}),
    ]


@pytest.mark.parametrize(
    "header",
    ["HOLE_ID", "HoleID", "BHID", "HOLE-ID", "DDH", "DHID", "Drillhole ID", "DRILLHOLE_NUMBER", "Hole Id ", "dh_id"],
)
@pytest.mark.parametrize(
    "depth", ["DEPTH", "Max_Depth", "Length_m", "LENGTH", "Hole_Depth", "TOTAL_DEPTH", "EOH", "Depth (m)", "EOH_Depth"]
)
def test_names_seen_for_the_same_thing(write: WriteFile, header: str, depth: str) -> None:
    command = prepare(write(f"{depth},{header}\n12.5,A1\n"), "drillholes", project="THA")
    assert command.rows[0].values == {"hole_id": "A1", "eoh_depth": 12.5}


def test_coordinates_are_found_among_grid_names(write: WriteFile) -> None:
    text = "Hole,Easting_MGA94,Northing_MGA94_Z55,Collar RL,Azi,Dip\nA,1,2,3,90,-60\n"
    values = prepare(write(text), "drillholes", project="THA").rows[0].values
    assert values == {"hole_id": "A", "easting": 1, "northing": 2, "elevation": 3, "azimuth": 90, "dip": -60}


def test_a_header_may_stand_below_a_title(write: WriteFile) -> None:
    command = prepare(write("Collars of Thalanga,,\nas of July,,\nHOLE_ID,DEPTH,X\nA,1,2\n"), "drillholes", project="T")
    assert [(row.row, row.values["hole_id"]) for row in command.rows] == [(4, "A")]


def test_decimal_commas_where_cells_are_separated_otherwise(write: WriteFile) -> None:
    command = prepare(write("DDH;Este;Largo\nA;189710,521;1.234,5\n"), "drillholes", project="T")
    assert command.rows[0].values == {"hole_id": "A", "easting": 189710.521, "eoh_depth": 1234.5}


def test_an_explicit_mapping_wins(write: WriteFile) -> None:
    path = write('Name,"Depth, final",DEPTH,Tag\nx,50,60,A\n')
    command = prepare(path, "drillholes", project="T", mapping='hole_id=Tag,"eoh_depth=Depth, final",easting=')
    assert command.rows[0].values == {"hole_id": "A", "eoh_depth": 50}
    assert command.mapping == {"hole_id": "Tag", "eoh_depth": "Depth, final"}


@pytest.mark.parametrize(
    ("mapping", "word"),
    [("colour=X", "colour"), ("hole_id=NOPE", "NOPE"), ("hole_id", "field=COLUMN"), ("depth_unit=yards", "depth_unit"),
     ("first_row=x", "first_row"), ("sheet=Nope", "Nope")],
)  # fmt: skip
def test_a_mapping_that_is_not_understood_is_named(write: WriteFile, mapping: str, word: str) -> None:
    with pytest.raises(ValidationFailed, match=word):
        prepare(write("HOLE_ID\nA\n"), "drillholes", project="T", mapping=mapping)


def test_a_file_without_hole_ids_says_how_to_help(write: WriteFile) -> None:
    with pytest.raises(ValidationFailed, match="--mapping hole_id=COLUMN"):
        prepare(write("colour,shape\nred,round\n"), "drillholes", project="T")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", b"PK\x03\x04 broken"])
def test_what_cannot_be_read_is_refused_in_a_sentence(write: WriteFile, content: bytes) -> None:
    with pytest.raises(ValidationFailed):
        prepare(write(content), "drillholes", project="T")


def test_feet_become_metres(write: WriteFile) -> None:
    asked = prepare(write("BHID,DEPTH\nA,100\n"), "drillholes", project="T", mapping="depth_unit=ft")
    seen = prepare(write("BHID,Depth (ft)\nA,100\n"), "drillholes", project="T")
    assert asked.rows[0].values["eoh_depth"] == seen.rows[0].values["eoh_depth"] == 30.48
    assert "feet" in seen.warnings[0].message


def test_positive_dips_are_asked_about(write: WriteFile) -> None:
    path = write("BHID,DIP\nA,60\nB,0\nC,-99\n")
    with pytest.raises(ValidationFailed, match="dip=down-positive"):
        prepare(path, "drillholes", project="T")
    down = prepare(path, "drillholes", project="T", mapping="dip=down-positive")
    up = prepare(path, "drillholes", project="T", mapping="dip=DIP,dip=down-negative")
    assert [row.values.get("dip") for row in down.rows] == [-60, 0, None]
    assert [row.values.get("dip") for row in up.rows] == [60, 0, None]


def test_minus_99_is_an_elevation_where_others_are_near(write: WriteFile) -> None:
    mine = prepare(write("BHID,RL\nA,-99\nB,-98.5\n"), "drillholes", project="T")
    hill = prepare(write("BHID,RL\nA,-99\nB,120\n"), "drillholes", project="T")
    assert [row.values.get("elevation") for row in mine.rows] == [-99, -98.5]
    assert [row.values.get("elevation") for row in hill.rows] == [None, 120]


def test_workbooks_with_titles_dates_and_numeric_holes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Notes about nothing"])
    sheet = book.create_sheet("Collars")
    sheet.append(["Drillhole ID", "Start Date", "Max_Depth", "Hole Size"])
    sheet.append([11980, date(2021, 7, 1), 81.80000305175781, "nq2"])
    sheet.append([None, None, None, None])
    sheet.append([11981.0, 44378, "#REF!", None])
    path = tmp_path / "book.xlsx"
    book.save(path)
    command = prepare(path, "drillholes", project="T")
    assert [(row.row, row.values) for row in command.rows] == [
        (2, {"hole_id": "11980", "drilled_on": date(2021, 7, 1), "eoh_depth": 81.8, "core_size": "nq2"}),
        (4, {"hole_id": "11981", "drilled_on": date(2021, 7, 1)}),
    ]
    assert command.tails_cleaned == 1


@pytest.mark.parametrize("cell", ["", " ", "-", "NA", "n/a", "UNK", -99, "-999", "-9999.0", "NaN", None, "null"])
def test_missing_numbers(cell: str | int | None) -> None:
    assert number_of(cell) is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [("81.80000305175781", 81.8), ("1,234.5", 1234.5), (" 12 m", 12), ("-60°", -60), ("\u22125", -5), ("1e3", 1000)],
)
def test_numbers(cell: str, number: float) -> None:
    assert number_of(cell) == number


@pytest.mark.parametrize("cell", ["abc", "12 a", "1/2", "1e999", "0x10", True])
def test_what_is_no_number(cell: str | bool) -> None:
    with pytest.raises(Unreadable):
        number_of(cell)


@pytest.mark.parametrize(
    "cell",
    ["2021-07-31", "31/07/2021", "31.7.21", "31-Jul-2021", "20210731", "2021-07-31 00:00:00", "44408", 44408.0,
     datetime.fromisoformat("2021-07-31T12:00"), date(2021, 7, 31)],
)  # fmt: skip
def test_dates(cell: str | float | date) -> None:
    assert date_of(cell) == date(2021, 7, 31)


@pytest.mark.parametrize("cell", ["07/31/2021", "2021-02-30", "soon", 5e9])
def test_what_is_no_date(cell: str | float) -> None:
    with pytest.raises(Unreadable):
        date_of(cell)


def test_texts() -> None:
    assert [text_of(cell) for cell in (" a ", "NA", 7.0, 63.5, True, None)] == ["a", None, "7", "63.5", "yes", None]
