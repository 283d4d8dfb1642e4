"""The statement of a company as a workbook: the account, the dispatches behind it, and a check that shows 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coresafe.errors import Unauthenticated, ValidationFailed
from coresafe.services.accounts import AccountQuery, Statement, company_statement
from coresafe.services.accounts.wording import owed, period_of
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.exporting.statement import make_statement, open_statement, write_statement
from tests.office import recalculated
from tests.services.exporting.test_reconciliation import Still, block, check_cell
from tests.services.kinds import on_every_database
from tests.services.test_reconciliation import tell
from tests.worlds import World


def asked(world: World, **changes: Any) -> AccountQuery:
    return AccountQuery(**{"company_id": world.company_id, "shed_id": world.shed_id, **changes})


def same(book: Any, statement: Statement) -> None:
    """Every figure of the workbook is the one of the statement, those of its formulas too."""
    names = {"At start": "opening", "Out": "out", "Returned": "returned", "Lost": "lost", "Adjusted": "adjusted"}
    account = block(book["Account"], "Tray size")
    assert [row["Tray size"] for row in account] == [row.tray_size for row in statement.account.rows]
    for shown, row in zip(account, statement.account.rows, strict=True):
        assert {name: shown[name] or 0 for name in names} == {n: getattr(row, f) for n, f in names.items()}
        assert shown["At end"] == row.closing
    lines = block(book["Dispatches"], "Dispatch")
    assert [(row["Dispatch"], row["Tray size"], row["Still out"], row["Days out"]) for row in lines] == [
        (line.number, line.tray_size, line.closing, line.days_out) for line in statement.lines
    ]
    assert check_cell(book["Account"]) == 0


@on_every_database
def test_the_workbook_holds_the_statement_and_its_check_shows_0_when_worked_out_anew(
    proved: World, tmp_path: Path
) -> None:
    story = tell(proved)
    world, now = story.world, story.now
    periods: dict[str, dict[str, Any]] = {
        "whole": {"since": story.long_ago},
        "ended": {"since": now - timedelta(days=30), "until": now - timedelta(days=12)},
        "empty": {"company_id": world.other_company_id},
    }
    paths, statements = [], []
    for name, period in periods.items():
        statements.append(open_statement(world.manager, asked(world, **period)))
        paths.append(tmp_path / f"{name}.xlsx")
        write_statement(statements[-1], paths[-1])
    for book, statement in zip(recalculated(tmp_path, *paths), statements, strict=True):
        same(book, statement)


def test_the_sheets_are_set_up_for_paper_and_say_whose_they_are(world: World, tmp_path: Path) -> None:
    world.dispatch(hq=3)
    path = tmp_path / "a.xlsx"
    statement = open_statement(world.manager, asked(world))
    assert write_statement(statement, path).rows == 2
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_title_rows
        foot: Any = sheet.oddFooter
        assert "&P" in foot.right.text
    head = {row[0]: row[1] for row in book["Account"].iter_rows(max_row=8, values_only=True) if row[1]}
    assert head["Company"] == statement.account.company
    assert head["Made by"] == "mary"
    assert str(head["In words"]).startswith(f"{statement.account.company} has 3 trays out: 3 HQ, on 1 dispatch.")
    assert "=SUBTOTAL" in "".join(str(cell.value) for row in book["Dispatches"].iter_rows() for cell in row)


def test_text_of_people_never_runs(world: World, tmp_path: Path) -> None:
    world.dispatch(hq=1, driver='=HYPERLINK("http://x")')
    path = tmp_path / "a.xlsx"
    write_statement(open_statement(world.manager, asked(world)), path)
    cells = [cell for row in openpyxl.load_workbook(path)["Dispatches"].iter_rows() for cell in row]
    driver = next(cell for cell in cells if "HYPERLINK" in str(cell.value))
    assert (driver.data_type, driver.quotePrefix) == ("s", True)


def test_it_never_sounds_as_if_all_were_well_over_a_missing_tray(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=4, nq=2)

    def words() -> str:
        return owed(company_statement(world.operator, asked(world)))

    world.give_back(sent, hq=3)
    assert "has 3 trays out: 1 HQ, 2 NQ, on 1 dispatch." in words()
    assert f"The oldest of them, {sent.number}, had been out for 0 days." in words()
    world.lose(sent, hq=1)
    world.give_back(sent, nq=2)
    said = words()
    assert said.startswith("No tray is out with") and "1 tray did not come back in this period" in said
    assert "all" not in said.lower().split()
    gone = world.dispatch(hq=2)
    void_dispatch(world.manager, VoidDispatch(dispatch_id=gone.id, reason="wrong rig"))
    assert words() == said
    empty = company_statement(world.operator, asked(world, company_id=world.other_company_id))
    assert owed(empty).endswith("No tray moved in this period.")


def test_a_period_says_its_days(world: World) -> None:
    today = datetime.now(UTC).date()
    account = company_statement(world.operator, asked(world, since=today, until=today)).account
    assert period_of(account).startswith(f"{today} until {today} ")
    before = today - timedelta(days=40)
    account = company_statement(world.operator, asked(world, since=before, until=before + timedelta(days=3))).account
    assert period_of(account) == f"{before} to {before + timedelta(days=3)}"


def test_a_place_that_cannot_be_written_is_told_and_what_was_there_stays(world: World, tmp_path: Path) -> None:
    statement = open_statement(world.manager, asked(world))
    there = tmp_path / "there.xlsx"
    there.write_bytes(b"before")
    for path in (tmp_path / "no folder" / "a.xlsx", tmp_path / "a.doc"):
        with pytest.raises(ValidationFailed):
            write_statement(statement, path)
    with pytest.raises(ValidationFailed):
        make_statement(world.manager, there, asked(world, company_id=10**9), Still())
    with pytest.raises(ValidationFailed) as full:
        write_statement(replace(statement), Path("/dev/full/a.xlsx"))
    assert full.value.errors[0].field == "file"
    assert there.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["there.xlsx"]


def test_a_child_writes_the_same(world: World, tmp_path: Path) -> None:
    world.dispatch(hq=3)
    outcome = make_statement(world.operator, tmp_path / "child.xlsx", asked(world), Still())
    assert outcome.rows == 2
    assert block(openpyxl.load_workbook(tmp_path / "child.xlsx")["Dispatches"], "Dispatch")


def test_by_name_from_the_command_line_and_who_is_switched_off_gets_none(world: World) -> None:
    world.dispatch(hq=3)
    name = company_statement(world.operator, asked(world)).account.company
    found = open_statement(world.database, AccountQuery(company_id=0), company=f"  {name.upper()} ")
    assert (found.account.company, found.made_by) == (name, "command line")
    for wrong in ("company", "shed"):
        with pytest.raises(ValidationFailed) as refused:
            open_statement(world.database, asked(world), **{wrong: "there is none like that"})
        assert refused.value.errors[0].field == wrong
    temporary = replace(world.operator, actor=replace(world.operator.actor, epoch=99))
    with pytest.raises(Unauthenticated):
        open_statement(temporary, asked(world))
