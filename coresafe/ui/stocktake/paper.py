"""A blank count sheet: what to count and where to write it, never what is expected. A4, or whatever the printer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QBuffer, QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)

from coresafe.errors import UserError
from coresafe.services.exporting.writing import unfinished
from coresafe.services.stocktaking import COUNTED_STATES, Counting
from coresafe.ui import clock
from coresafe.ui.stocktake.words import state_word
from coresafe.ui.theme import theme
from coresafe.ui.words import tr

#: Tenths of a millimetre: what everything on the page is measured in.
_MM = 10
_MARGIN = 12.0  # millimetres
_HEAD, _FOOT = 34 * _MM, 24 * _MM
_TITLE, _HEADING, _ROW, _GAP = 9 * _MM, 7 * _MM, 11 * _MM, 6 * _MM
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_INK, _GREY = QColor("#17212b"), QColor("#50606f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on a count sheet. ``printed`` and ``opened`` in words."""

    number: str
    shed: str
    opened: str
    printed: str
    sizes: tuple[str, ...]
    places: tuple[str, ...]
    family: str = ""

    @classmethod
    def of(cls, seen: Counting, printed: str) -> Sheet:
        """The sheet of an open stocktake. Of the numbers in it, none is taken over."""
        row = seen.stocktake
        return cls(
            number=row.number,
            shed=row.shed_name,
            opened=tr("Opened {when} by {who}", when=clock.local(row.opened_at), who=row.opened_by),
            printed=printed,
            sizes=tuple(size.tray_size for size in seen.sizes),
            places=seen.places,
            family=theme().font().family(),
        )


@dataclass(slots=True)
class _Block:
    """The lines of one place on one page. ``place`` is "" for one to be written down."""

    place: str
    sizes: list[str]
    top: float
    goes_on: bool = False


@dataclass(slots=True)
class _Page:
    blocks: list[_Block] = field(default_factory=list)


def write_pdf(sheet: Sheet, path: Path) -> Path:
    """Write the sheet as a PDF of A4 pages; what was there before stays until the new one is whole. Raises UserError."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(300)
    writer.setTitle(tr("Count sheet {number}", number=sheet.number))
    writer.setCreator("CoreSafe")
    margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            margins,
            QPageLayout.Unit.Millimeter,
        )
    )
    draw(sheet, writer)
    del writer  # it writes the end of the file
    with unfinished(path) as part:
        part.write_bytes(buffer.data().data())
    return path


def draw(sheet: Sheet, device: QPagedPaintDevice) -> int:
    """Draw the sheet on a file or a printer; the number of pages."""
    area = device.pageLayout().paintRect(QPageLayout.Unit.Millimeter)
    width, height = area.width() * _MM, area.height() * _MM
    pages = _paginated(sheet, height)
    painter = QPainter(device)
    if not painter.isActive():
        raise UserError(tr("The count sheet cannot be printed. Look at the printer, then try again."))
    painter.scale(device.logicalDpiX() / 25.4 / _MM, device.logicalDpiY() / 25.4 / _MM)
    pen = _Pen(painter, sheet, width, height)
    for at, page in enumerate(pages):
        if at:
            device.newPage()
        pen.page(page, at + 1, len(pages))
    painter.end()
    return len(pages)


def _paginated(sheet: Sheet, height: float) -> list[_Page]:
    """Which place stands on which page: whole where it fits on one, else its heading is repeated.

    After them comes a place without a name, to be written down, and more of those as far as the page reaches.
    """
    # One line more than there are sizes, for what nobody thought of.
    sizes = [*sheet.sizes, ""]
    bottom = height - _FOOT
    pages = [_Page()]
    top = float(_HEAD)
    whole = _TITLE + _HEADING + _ROW * len(sizes)
    places = [*sheet.places, ""]
    while places:
        place = places.pop(0)
        if top + whole > bottom and top > _HEAD:
            pages.append(_Page())
            top = float(_HEAD)
        left, goes_on = list(sizes), False
        while left:
            fits = max(1, int((bottom - top - _TITLE - _HEADING) // _ROW))
            pages[-1].blocks.append(_Block(place, left[:fits], top, goes_on))
            top += _TITLE + _HEADING + _ROW * len(left[:fits]) + _GAP
            left, goes_on = left[fits:], True
            if left:
                pages.append(_Page())
                top = float(_HEAD)
        if not places and top + whole <= bottom:
            places.append("")
    return pages


class _Pen:
    """Draws the parts of a page, in tenths of a millimetre from the corner of what can be printed."""

    def __init__(self, painter: QPainter, sheet: Sheet, width: float, height: float) -> None:
        self._painter, self._sheet = painter, sheet
        self._width, self._height = width, height

    def page(self, page: _Page, at: int, of: int) -> None:
        """One page: its head, its places, its foot."""
        self._head()
        for block in page.blocks:
            self._block(block)
        self._foot(at, of)

    def _font(self, millimetres: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        made = QFont(self._sheet.family) if self._sheet.family else QFont()
        made.setPixelSize(round(millimetres * _MM))
        made.setWeight(weight)
        return made

    def _say(self, box: QRectF, words: str, font: QFont, where: Qt.AlignmentFlag = _LEFT, ink: QColor = _INK) -> None:
        self._painter.setFont(font)
        self._painter.setPen(ink)
        shown = QFontMetricsF(font, self._painter.device()).elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        self._painter.drawText(box, int(where), shown)

    def _line(self, left: float, top: float, right: float, *, thick: float = 2) -> None:
        self._painter.setPen(QPen(_INK, thick))
        self._painter.drawLine(round(left), round(top), round(right), round(top))

    def _head(self) -> None:
        sheet, bold = self._sheet, QFont.Weight.DemiBold
        half = self._width / 2
        self._say(QRectF(0, 0, half, 90), tr("Count sheet"), self._font(6.4, bold))
        self._say(QRectF(0, 92, half - 300, 60), sheet.shed, self._font(4.6, bold))
        self._say(QRectF(0, 156, half, 46), sheet.opened, self._font(3.2), ink=_GREY)
        self._say(QRectF(half, 0, half, 110), sheet.number, self._font(9, bold), _RIGHT)
        told = tr("Write 0 where there are none. Leave a box empty where nobody has counted.")
        self._say(QRectF(half - 300, 118, half + 300, 46), told, self._font(2.9), _RIGHT, _GREY)
        self._say(QRectF(half, 160, half, 46), sheet.printed, self._font(3), _RIGHT, _GREY)
        self._line(0, 220, self._width, thick=4)
        column = self._width / 3
        for at, words in enumerate((tr("Counted by"), tr("Signature"), tr("Date and time"))):
            left = at * column
            self._say(QRectF(left, 240, column, 40), words, self._font(3), ink=_GREY)
            self._line(left, 330, left + column - 40)

    def _block(self, block: _Block) -> None:
        bold = QFont.Weight.DemiBold
        top = block.top + 20
        title = tr("Place")
        self._say(QRectF(0, top, 140, _TITLE - 20), title, self._font(3.4), ink=_GREY)
        if block.place:
            words = tr("{place} (continued)", place=block.place) if block.goes_on else block.place
            self._say(QRectF(140, top, self._width - 140, _TITLE - 20), words, self._font(4.4, bold))
        else:
            self._line(140, block.top + _TITLE - 6, self._width * 0.6)
        top = block.top + _TITLE
        columns = self._columns()
        for (left, wide), words in zip(columns, (tr("Size"), *map(state_word, COUNTED_STATES)), strict=True):
            side = _LEFT if left == 0 else _CENTRE
            self._say(QRectF(left + (20 if left == 0 else 0), top, wide, _HEADING), words, self._font(3.2, bold), side)
        top += _HEADING
        self._painter.setPen(QPen(_INK, 3))
        for size in block.sizes:
            for left, wide in columns:
                self._painter.setPen(QPen(_INK, 3))
                self._painter.drawRect(QRectF(left, top, wide, _ROW))
            self._say(QRectF(20, top, columns[0][1] - 20, _ROW), size, self._font(4.8, bold))
            top += _ROW

    def _columns(self) -> Sequence[tuple[float, float]]:
        """Left and width: the size, and a box for each state."""
        first = self._width * 0.22
        wide = (self._width - first) / len(COUNTED_STATES)
        return [(0.0, first), *[(first + at * wide, wide) for at in range(len(COUNTED_STATES))]]

    def _foot(self, at: int, of: int) -> None:
        top = self._height - _FOOT + 8 * _MM
        self._say(QRectF(0, top, 120, 60), tr("Notes"), self._font(3), ink=_GREY)
        self._line(120, top + 50, self._width)
        shown = f"{self._sheet.number}   {self._sheet.shed}"
        bottom = QRectF(0, self._height - 60, self._width, 60)
        self._say(bottom, shown, self._font(3), _LEFT, _GREY)
        self._say(bottom, tr("Page {at} of {of}", at=at, of=of), self._font(3), _RIGHT, _GREY)
