"""Cells as text that pastes into a spreadsheet, and never runs there."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QMimeData

from coresafe.ui.tables.columns import Column

#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def mime(columns: Sequence[Column], rows: Sequence[Any], *, headed: bool = False) -> QMimeData:
    """The cells as tab-separated text and as an HTML table whose text cells are marked as text."""
    made = QMimeData()
    made.setText(tab_separated(columns, rows, headed=headed))
    made.setHtml(html_table(columns, rows, headed=headed))
    return made


def tab_separated(columns: Sequence[Column], rows: Sequence[Any], *, headed: bool = False) -> str:
    """Rows as lines, cells with tabs between them; words that look like a formula are quoted as text."""
    lines = ["\t".join(_quoted(column.heading) for column in columns)] if headed else []
    lines.extend("\t".join(_cell(column, row) for column in columns) for row in rows)
    return "\n".join(lines)


def html_table(columns: Sequence[Column], rows: Sequence[Any], *, headed: bool = False) -> str:
    """The same as a table; Excel and LibreOffice read this first and keep text as text, leading zeros among it."""
    body = []
    if headed:
        body.append("<tr>" + "".join(f"<th>{html.escape(column.heading)}</th>" for column in columns) + "</tr>")
    for row in rows:
        cells = []
        for column in columns:
            value = column.of(row)
            if _is_number(value):
                cells.append(f'<td x:num="{value}">{value}</td>')
            else:
                words = html.escape(column.words(row)).replace("\n", "<br>")
                cells.append(f"<td style=\"mso-number-format:'\\@'\">{words}</td>")
        body.append("<tr>" + "".join(cells) + "</tr>")
    return (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head>'
        "<body><table>" + "".join(body) + "</table></body></html>"
    )


def _cell(column: Column, row: Any) -> str:
    value = column.of(row)
    if _is_number(value):
        return str(value)  # a number stays a number, a negative one too
    return _quoted(column.words(row))


def _quoted(words: str) -> str:
    if words.startswith(_FORMULA):
        words = "'" + words
    if any(sign in words for sign in '\t\n\r"'):
        words = '"' + words.replace('"', '""') + '"'
    return words


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
