"""The statement of a company on paper: A4 as PDF, headings again on every page, the pages numbered."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)

from coresafe import __version__, paths
from coresafe.services.accounts import Statement
from coresafe.services.accounts.wording import local, owed, period_of, sheds_of
from coresafe.services.exporting.writing import ExportOutcome, unfinished
from coresafe.ui import clock
from coresafe.ui.words import number, tr

#: Dots of an inch, and millimetres of the page.
_DPI = 600
_WIDE, _HIGH, _EDGE = 210.0, 297.0, 14.0
_FOOT = 10.0
_INK, _PALE, _LINE, _BAND = (QColor(c) for c in ("#15202b", "#556270", "#c3cbd3", "#eef2f5"))
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class _Column:
    """Words above it, how wide it is among the others, and whether it holds figures."""

    words: str
    share: float
    figures: bool = False


def print_statement(statement: Statement, path: Path) -> ExportOutcome:
    """Write the statement to ``path``; a file that is there stays until the new one is complete.

    May be called on any thread once there is an application; without one, as at the command line, it makes its own.
    Raises ValidationFailed at ``file`` where it cannot be written.
    """
    _require_application()
    with unfinished(path) as part:
        part.touch(exist_ok=True)
        part.write_bytes(drawn(statement))
    return ExportOutcome(file=str(path), rows=len(statement.account.rows) + len(statement.lines))


def drawn(statement: Statement) -> bytes:
    """The PDF."""
    pages = _Paper(statement, None).draw(0)  # once for how many pages there are, and once for good
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _Paper(statement, buffer).draw(pages)
    return bytes(buffer.data().data())


def _require_application() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _require_application.made = QGuiApplication(sys.argv[:1])  # type: ignore[attr-defined]  # it must stay
    if "Inter" not in QFontDatabase.families():
        for file in (paths.resources() / "fonts").glob("*.otf"):
            QFontDatabase.addApplicationFont(str(file))


class _Paper:
    """Pages from the top to the bottom. Without a device nothing is drawn, and only the pages are counted."""

    def __init__(self, statement: Statement, device: QIODevice | None) -> None:
        self._statement, self._account = statement, statement.account
        self._sink = device
        self._buffer = QBuffer()
        if device is None:
            self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = QPdfWriter(device or self._buffer)
        self._writer.setResolution(_DPI)
        self._writer.setTitle(tr("Tray account statement: {company}", company=self._account.company))
        self._writer.setCreator(f"CoreSafe {__version__}")
        layout = QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)
        )
        self._writer.setPageLayout(layout)
        self._page, self._pages, self._at = 1, 0, _EDGE
        self._fonts = {name: _font(size, bold) for name, size, bold in (
            ("title", 18, True), ("head", 11, True), ("text", 9, False), ("cell", 7.5, False), ("strong", 7.5, True),
            ("foot", 7, False),
        )}  # fmt: skip

    def draw(self, pages: int) -> int:
        """Draw it all; how many pages it took. ``pages``: what the foot of each says, known from the first time."""
        self._pages = pages
        self._painter = QPainter(self._writer)
        try:
            self._top()
            self._account_table()
            self._dispatches()
            self._foot()
        finally:
            self._painter.end()
        return self._page

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _top(self) -> None:
        account, statement = self._account, self._statement
        self._line("title", tr("Tray account statement"), 9)
        self._at += 2
        for name, value in (
            (tr("Company"), account.company),
            (tr("Shed"), sheds_of(account, tr)),
            (tr("Period"), tr("{period} ({zone} time)", period=period_of(account, tr), zone=account.zone)),
            (tr("Made by"), statement.made_by),
            (tr("Made at"), f"{local(account, account.as_of):%Y-%m-%d %H:%M}"),
        ):
            self._pair(name, value)
        self._at += 3
        self._paragraph(owed(statement, tr))
        self._at += 5

    def _account_table(self) -> None:
        account = self._account
        if not account.rows:
            return
        heads = [_Column(tr("Tray size"), 24)]
        heads += [
            _Column(words, 14, True)
            for words in (tr("At start"), tr("Out"), tr("Returned"), tr("Lost"), tr("Adjusted"), tr("At end"))
        ]
        self._line("head", tr("Account"), 7)
        rows = [
            [row.tray_size, *_figures(row.opening, row.out, row.returned, row.lost, row.adjusted, row.closing)]
            for row in account.rows
        ]
        sums = account.sums
        total = [
            tr("All sizes"),
            *_figures(sums.opening, sums.out, sums.returned, sums.lost, sums.adjusted, sums.closing),
        ]
        self._table(heads, rows, total)
        self._at += 6

    def _dispatches(self) -> None:
        lines = self._statement.lines
        if not lines:
            return
        adjusted = any(line.adjusted for line in lines)
        heads = [
            _Column(tr("Dispatch"), 25), _Column(tr("Date"), 18), _Column(tr("Hole"), 24), _Column(tr("Driver"), 27),
            _Column(tr("Size"), 11), _Column(tr("Start"), 11, True), _Column(tr("Out"), 11, True),
            _Column(tr("Returned"), 15, True), _Column(tr("Lost"), 11, True),
            *([_Column(tr("Adjusted"), 14, True)] if adjusted else []),
            _Column(tr("Still out"), 14, True), _Column(tr("Days out"), 14, True),
        ]  # fmt: skip
        rows = []
        for line in lines:
            figures = [line.opening, line.out, line.returned, line.lost, *([line.adjusted] if adjusted else [])]
            rows.append(
                [
                    line.number,
                    clock.day(line.dispatched_at, line.time_zone),
                    line.hole or line.project_code,
                    line.driver,
                    line.tray_size,
                    *_figures(*figures, line.closing),
                    "" if line.days_out is None else number(line.days_out),
                ]
            )
        sums = self._account.sums
        figures = [sums.opening, sums.out, sums.returned, sums.lost, *([sums.adjusted] if adjusted else [])]
        if self._left() < 24:
            self._next_page()
        self._line("head", tr("Dispatches behind it"), 7)
        self._table(heads, rows, [tr("All"), "", "", "", "", *_figures(*figures, sums.closing), ""])

    # -- tables -------------------------------------------------------------------------------------------------------

    def _table(self, heads: Sequence[_Column], rows: Sequence[Sequence[str]], total: Sequence[str]) -> None:
        whole = sum(head.share for head in heads)
        widths = [head.share / whole * (_WIDE - 2 * _EDGE) for head in heads]
        high = 5.6
        self._heading(heads, widths, high)
        for row in rows:
            if self._left() < high:
                self._next_page()
                self._heading(heads, widths, high)
            self._row("cell", heads, widths, row, high)
            self._rule(_LINE, 0.15)
        if self._left() < high:
            self._next_page()
            self._heading(heads, widths, high)
        self._rule(_INK, 0.3)
        self._row("strong", heads, widths, total, high)

    def _heading(self, heads: Sequence[_Column], widths: Sequence[float], high: float) -> None:
        self._painter.fillRect(_dots(_EDGE, self._at, _WIDE - 2 * _EDGE, high), _BAND)
        self._row("strong", heads, widths, [head.words for head in heads], high)
        self._rule(_INK, 0.3)

    def _row(
        self, font: str, heads: Sequence[_Column], widths: Sequence[float], cells: Sequence[str], high: float
    ) -> None:
        left = _EDGE
        for head, width, words in zip(heads, widths, cells, strict=True):
            inner = _dots(left + 0.8, self._at, width - 1.6, high)
            self._words(font, words, inner, _RIGHT if head.figures else _LEFT)
            left += width
        self._at += high

    # -- words --------------------------------------------------------------------------------------------------------

    def _words(self, font: str, words: str, area: QRectF, side: Qt.AlignmentFlag, ink: QColor = _INK) -> None:
        self._painter.setFont(self._fonts[font])
        self._painter.setPen(ink)
        metrics = QFontMetricsF(self._fonts[font], self._writer)
        said = metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        self._painter.drawText(area, int(side), said)

    def _line(self, font: str, words: str, high: float) -> None:
        self._words(font, words, _dots(_EDGE, self._at, _WIDE - 2 * _EDGE, high), _LEFT)
        self._at += high

    def _pair(self, name: str, value: str) -> None:
        wide = _WIDE - 2 * _EDGE - 26
        metrics = QFontMetricsF(self._fonts["text"], self._writer)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        needed = metrics.boundingRect(_dots(0, 0, wide, 60), flags, value)
        high = max(5.0, min(30.0, needed.height() / _PER_MM + 0.8))
        self._words("text", name, _dots(_EDGE, self._at, 25, 5), _LEFT, _PALE)
        self._painter.setFont(self._fonts["text"])
        self._painter.setPen(_INK)
        self._painter.drawText(_dots(_EDGE + 26, self._at + 0.5, wide, high), flags, value)
        self._at += high

    def _paragraph(self, words: str) -> None:
        wide = _WIDE - 2 * _EDGE
        metrics = QFontMetricsF(self._fonts["text"], self._writer)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        high = metrics.boundingRect(_dots(0, 0, wide, 200), flags, words).height() / _PER_MM
        self._painter.setFont(self._fonts["text"])
        self._painter.setPen(_INK)
        self._painter.drawText(_dots(_EDGE, self._at, wide, high + 1), flags, words)
        self._at += high

    def _rule(self, ink: QColor, wide: float) -> None:
        self._painter.setPen(QPen(ink, wide * _PER_MM))
        area = _dots(_EDGE, self._at, _WIDE - 2 * _EDGE, 0)
        self._painter.drawLine(area.topLeft(), area.topRight())

    # -- pages --------------------------------------------------------------------------------------------------------

    def _left(self) -> float:
        return _HIGH - _EDGE - _FOOT - self._at

    def _next_page(self) -> None:
        self._foot()
        self._writer.newPage()
        self._page += 1
        self._at = _EDGE

    def _foot(self) -> None:
        area = _dots(_EDGE, _HIGH - _EDGE - 5, _WIDE - 2 * _EDGE, 5)
        words = f"{self._account.company}  ·  {period_of(self._account, tr)}"
        self._words("foot", words, area.adjusted(0, 0, -40 * _PER_MM, 0), _LEFT, _PALE)
        page = tr("Page {page} of {pages}", page=self._page, pages=self._pages or self._page)
        self._words("foot", page, area, _RIGHT, _PALE)


_PER_MM = _DPI / 25.4


def _dots(left: float, top: float, wide: float, high: float) -> QRectF:
    """A place on the page in millimetres, as the device takes it."""
    return QRectF(left * _PER_MM, top * _PER_MM, wide * _PER_MM, high * _PER_MM)


def _font(points: float, bold: bool) -> QFont:
    made = QFont("Inter")
    made.setPointSizeF(points)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def _figures(*values: int) -> list[str]:
    return [number(value) if value else "–" for value in values]
