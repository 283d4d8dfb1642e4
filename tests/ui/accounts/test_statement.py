"""The statement of a company from its page: as PDF and as a workbook, never half written, and what stands on the paper."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coresafe.models.enums import Role
from coresafe.services.accounts import AccountQuery, Statement, StatementLine, company_statement
from coresafe.ui.accounts import AccountsPage
from coresafe.ui.accounts.paper import _Paper, drawn
from coresafe.ui.messages import Level
from tests.ui.accounts.hands import MakeDesk, came_back, choose, look_back, lost, open_page, sent_before
from tests.ui.desk import Desk


@pytest.fixture
def page(desk: Desk) -> AccountsPage:
    first = sent_before(desk, 20, hq=10, nq=4)
    came_back(desk, first, 15, hq=3)
    lost(desk, first, hq=1)
    page = open_page(desk)
    look_back(page, 30)
    desk.settle()
    return page


def save(desk: Desk, page: AccountsPage, action: str, path: Path) -> None:
    """Choose the action, and the place in its dialog."""
    desk.do(action)
    dialog = page.saver.dialog
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).suffix == path.suffix
    dialog.fileSelected.emit(str(path))
    dialog.close()
    desk.settle()


def statement_of(desk: Desk) -> Statement:
    query = AccountQuery(company_id=desk.place.company_id)
    return desk.aside(lambda: company_statement(desk.other, query))


@pytest.mark.parametrize(("action", "suffix"), [("account.pdf", ".pdf"), ("account.excel", ".xlsx")])
def test_it_is_written_where_the_person_says_and_said_with_the_way_to_it(
    desk: Desk, page: AccountsPage, tmp_path: Path, action: str, suffix: str
) -> None:
    path = tmp_path / f"ashanti{suffix}"
    save(desk, page, action, path)
    desk.until(lambda: bool(desk.said))
    assert (desk.said[-1].level, desk.said[-1].text) == (Level.SUCCESS, f"{path.name} is written.")
    assert [choice.text for choice in desk.said[-1].choices] == ["Open the file", "Open the folder"]
    if suffix == ".pdf":
        assert path.read_bytes().startswith(b"%PDF-")
    else:
        assert openpyxl.load_workbook(path).sheetnames == ["Account", "Dispatches"]
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("action", ["account.pdf", "account.excel"])
def test_a_place_that_cannot_be_written_is_told_and_another_is_offered(
    desk: Desk, page: AccountsPage, tmp_path: Path, action: str
) -> None:
    suffix = ".pdf" if action == "account.pdf" else ".xlsx"
    there = tmp_path / f"there{suffix}"
    there.write_bytes(b"before")
    there.chmod(0o400)
    save(desk, page, action, tmp_path / "no folder" / f"a{suffix}")
    desk.until(lambda: bool(desk.said))
    said = desk.said[-1]
    assert said.level is Level.ERROR and "its folder is not there" in said.text
    assert "Nothing was written" in said.hint
    assert [choice.text for choice in said.choices] == ["Choose another place…"]
    said.choices[0].do()
    assert page.saver.dialog is not None and page.saver.dialog.isVisible()
    page.saver.dialog.close()
    if os.geteuid():  # root may write everywhere
        save(desk, page, action, there)
        desk.until(lambda: "you may not write there" in desk.said[-1].text)
    assert there.read_bytes() == b"before"


def test_a_full_disk_leaves_what_was_there(
    desk: Desk, page: AccountsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there.pdf"
    there.write_bytes(b"before")

    def full(path: Path, _data: bytes) -> int:
        path.open("wb").close()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    save(desk, page, "account.pdf", there)
    desk.until(lambda: bool(desk.said))
    assert "no space left on device" in desk.said[-1].text
    assert there.read_bytes() == b"before"
    assert [path.name for path in tmp_path.glob("*.p*")] == ["there.pdf"]
    assert not list(tmp_path.glob(".*.part"))


def test_it_is_offered_where_an_account_is_shown_and_nowhere_else(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    sent_before(desk, 20, hq=3)
    page = open_page(desk)
    actions = desk.window.actions_
    assert actions["account.pdf"].isEnabled() and actions["account.excel"].isEnabled()
    choose(page.view, "work")
    desk.settle()
    assert not actions["account.pdf"].isEnabled()
    desk.do("go.dispatches")
    assert not actions["account.excel"].isEnabled()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every piece of words that is put on paper: once while the pages are counted, and once for good."""
    found: list[str] = []
    words, paragraph = _Paper._words, _Paper._paragraph

    def put(paper: _Paper, font: str, said: str, *rest: Any) -> None:
        found.append(said)
        words(paper, font, said, *rest)

    def tell(paper: _Paper, said: str) -> None:
        found.append(said)
        paragraph(paper, said)

    monkeypatch.setattr(_Paper, "_words", put)
    monkeypatch.setattr(_Paper, "_paragraph", tell)
    return found


def test_the_paper_says_whose_it_is_what_is_owed_and_every_dispatch(
    desk: Desk, page: AccountsPage, written: list[str]
) -> None:
    statement = statement_of(desk)
    assert drawn(statement).startswith(b"%PDF-")
    told = "\n".join(written)
    assert "has 10 trays out: 6 HQ, 4 NQ, on 1 dispatch." in told
    assert "1 tray did not come back in this period" in told
    for said in ("Tray account statement", statement.lines[0].number, "Still out", "Page 1 of 1"):
        assert said in written


def test_a_long_one_goes_over_pages_with_its_headings_again(desk: Desk, page: AccountsPage, written: list[str]) -> None:
    statement = statement_of(desk)
    line: StatementLine = statement.lines[0]
    lines = tuple(replace(line, number=f"D-2026-{at:06d}", driver="Ω" * 60) for at in range(300))
    pages = len(re.findall(rb"/Type /Page\b", drawn(replace(statement, lines=lines))))
    assert pages > 5
    assert f"Page {pages} of {pages}" in written
    assert written.count("Driver") == 2 * pages
    assert "D-2026-000299" in written
