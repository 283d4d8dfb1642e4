"""The count sheet: every size, state and place to write in, its number, page by page, and nothing that is expected."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from coresafe.errors import UserError
from coresafe.services.stocktaking import StocktakeRow, counting
from coresafe.ui.stocktake import paper
from coresafe.ui.stocktake.paper import Sheet, write_pdf
from tests.ui.desk import Desk
from tests.ui.stocktake.hands import others_count, others_open, page_of, told


def sheet(sizes: int = 3, places: tuple[str, ...] = ("Rack 1",)) -> Sheet:
    names = tuple(f"Q{at}" for at in range(sizes))
    return Sheet(
        number="S-2026-000007", shed="Main shed", opened="Opened", printed="Printed", sizes=names, places=places
    )


class Words:
    """Writes down what a sheet says, page by page, and where, in tenths of a millimetre."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pages: list[list[tuple[QRectF, str]]] = []
        said, page = paper._Pen._say, paper._Pen.page

        def say(pen: paper._Pen, box: QRectF, words: str, *more: object, **also: object) -> None:
            self.pages[-1].append((QRectF(box), words))
            said(pen, box, words, *more, **also)  # type: ignore[arg-type]

        def turn(pen: paper._Pen, *what: object) -> None:
            self.pages.append([])
            page(pen, *what)  # type: ignore[arg-type]

        monkeypatch.setattr(paper._Pen, "_say", say)
        monkeypatch.setattr(paper._Pen, "page", turn)

    def on(self, at: int) -> list[str]:
        """The words of a page."""
        return [words for _box, words in self.pages[at]]


def test_a_sheet_has_a_box_for_each_size_and_state_of_each_place(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Words(monkeypatch)
    path = write_pdf(sheet(places=("Rack 1", "Yard")), tmp_path / "sheet.pdf")
    everything = [word for at in range(len(words.pages)) for word in words.on(at)]
    for wanted in ("Count sheet", "S-2026-000007", "Main shed", "Rack 1", "Yard", "Available", "Occupied", "Damaged"):
        assert wanted in everything
    for wanted in ("Counted by", "Signature", "Date and time"):
        assert wanted in words.on(0)
    assert [everything.count(f"Q{at}") for at in range(3)] == [everything.count("Place")] * 3
    assert everything.count("Place") >= 3  # both, and one to be written down
    assert path.read_bytes().startswith(b"%PDF-")


def test_every_page_is_a4_repeats_the_head_and_says_which_it_is(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = Words(monkeypatch)
    path = write_pdf(sheet(sizes=40, places=("Rack 1",)), tmp_path / "sheet.pdf")
    content = path.read_bytes()
    sizes = re.findall(rb"/MediaBox \[([0-9. ]+)\]", content)
    assert len(sizes) == len(words.pages) > 2
    for size in sizes:
        assert [round(float(side)) for side in size.split()] == [0, 0, 595, 842]
    for at in range(len(words.pages)):
        assert f"Page {at + 1} of {len(words.pages)}" in words.on(at)
        assert {"Count sheet", "S-2026-000007", "Signature", "Available"} <= set(words.on(at))
        for box, _word in words.pages[at]:
            assert box.left() >= 0
            assert box.right() <= 1860.5
            assert box.bottom() <= 2731
    assert "Rack 1 (continued)" in words.on(1)
    printed = [word for at in range(len(words.pages)) for word in words.on(at) if re.fullmatch(r"Q\d+", word)]
    assert printed[:40] == [f"Q{at}" for at in range(40)]  # none is lost between two pages


def test_a_long_name_stays_in_its_place(qapp: object, tmp_path: Path) -> None:
    long = Sheet(
        number="S-2026-000007", shed="W" * 120, opened="o" * 200, printed="p", sizes=("Q" * 60,), places=("P" * 120,)
    )
    assert write_pdf(long, tmp_path / "sheet.pdf").stat().st_size > 1000


def test_a_sheet_never_says_what_is_expected_or_was_counted(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row: StocktakeRow = others_open(desk)
    others_count(desk, row, available=4711)
    seen = desk.aside(lambda: counting(desk.other, row.id))
    made = page_of(desk).sheets.sheet(seen)
    words = Words(monkeypatch)
    path = write_pdf(made, tmp_path / "sheet.pdf")
    everything = [word for at in range(len(words.pages)) for word in words.on(at)]
    assert "Yard" in everything
    assert row.number in everything
    assert not {"50", "30", "4711", "4 711"} & set(everything)
    assert b"4711" not in b"".join(_streams(path.read_bytes()))


def _streams(content: bytes) -> list[bytes]:
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            found.append(packed)
    return found


def test_a_pdf_is_written_from_the_page_and_one_that_cannot_be_is_told(desk: Desk, tmp_path: Path) -> None:
    others_open(desk)
    page = page_of(desk)
    assert page._seen is not None
    assert page._seen.counting is not None
    made = page.sheets.sheet(page._seen.counting)
    page.sheets.write(made, tmp_path / "sheet.pdf")
    desk.until(lambda: "sheet.pdf is written." in told(desk))
    page.sheets.write(made, tmp_path / "nowhere" / "sheet.pdf")
    desk.until(lambda: any("cannot be written" in words for words in told(desk)))
    with pytest.raises(UserError):
        desk.aside(lambda: write_pdf(made, tmp_path))


def test_the_dialog_offers_a_name_with_the_number(desk: Desk) -> None:
    row = others_open(desk)
    page = page_of(desk)
    page.sheet_menu.actions()[0].trigger()
    dialog = page.sheets.dialog
    assert dialog is not None
    assert row.number in dialog.selectedFiles()[0]  # type: ignore[union-attr]
    dialog.close()


def test_a_sheet_drawn_on_a_picture_has_ink(qapp: object) -> None:
    """What is drawn is seen: dark lines on the whole of a page."""
    picture = QImage(620, 877, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    painter = QPainter(picture)
    painter.scale(620 / 2100, 620 / 2100)
    pen = paper._Pen(painter, sheet(), 1860, 2730)
    pages = paper._paginated(sheet(), 2730)
    pen.page(pages[0], 1, len(pages))
    painter.end()
    dark = sum(1 for x in range(0, 620, 3) for y in range(0, 877, 3) if picture.pixelColor(x, y).lightness() < 128)
    assert dark > 200
