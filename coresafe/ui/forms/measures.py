"""Measures and days as they are typed: 1 234.5, 0,5 or −60; 2026-03-31. Both may be left empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from coresafe.ui.forms.field import Field
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets.buttons import button
from coresafe.ui.words import tr

#: Blanks that people and spreadsheets put between thousands.
_BLANKS = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_DAY = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})", re.ASCII)


class NumberField(Field):
    """A number with its unit in the title. ``value()``: a float, or an int where ``whole``; None when it is empty.

    ``rule`` says what is wrong with a number, "" for nothing; ``unit`` may be typed behind it and ``before`` in front.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        rule: Callable[[float], str] = lambda _value: "",
        whole: bool = False,
        unit: str = "",
        before: str = "",
        required: bool = False,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self._rule, self._whole, self._unit, self._before = rule, whole, unit, before
        self.edit = QLineEdit()
        self.edit.setMaxLength(1000)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setMinimumWidth(10 * GRID)
        self._set_figures()
        theme().changed.connect(self._set_figures)
        self.edit.textChanged.connect(self._touched)
        self._furnish(self.edit)

    def value(self) -> float | None:
        found = self._read()[0]
        return int(found) if found is not None and self._whole else found

    def typed(self) -> str:
        """The signs as they stand there."""
        return self.edit.text()

    def set_value(self, value: Any) -> None:
        """A number, or the signs that were typed."""
        self.edit.setText(plain_number(value) if isinstance(value, (int, float)) else str(value or ""))

    def _set_figures(self) -> None:
        self.edit.setFont(theme().figures())

    def _is_empty(self) -> bool:
        return not self.typed().strip()

    def _problem(self) -> str:
        found, wrong = self._read()
        return wrong if found is None else self._rule(found)

    def _read(self) -> tuple[float | None, str]:
        words = self.typed().strip().replace("\N{MINUS SIGN}", "-")
        words = words.removesuffix(self._unit).rstrip()
        if self._before and words.casefold().startswith(self._before.casefold()):
            words = words[len(self._before) :].lstrip(": ")
        words = _BLANKS.sub("", words)
        if "," in words and "." in words:
            last = max(words.rindex(","), words.rindex("."))
            mark = words[last]
            words = words.replace("." if mark == "," else ",", "")
        if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", words):
            two = (words.replace(",", ""), words.replace(",", "."))
            return None, tr("The comma can be read in two ways. Write {one} or {other}.", one=two[0], other=two[1])
        words = words.replace(",", ".")
        if not _NUMBER.fullmatch(words):
            return None, tr("Enter a whole number.") if self._whole else tr("Enter a number, such as 123.5.")
        if self._whole and not float(words).is_integer():
            return None, tr("Enter a whole number.")
        return float(words), ""


class DayField(Field):
    """A day, or none. ``value()`` is a date; typed as 2026-03-31, also with slashes, dots or nothing between."""

    def __init__(
        self, name: str, title: str, *, required: bool = False, note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.edit = QLineEdit()
        self.edit.setMaxLength(1000)
        self.edit.setPlaceholderText(tr("yyyy-mm-dd"))
        self.edit.setMinimumWidth(14 * GRID)
        self._set_figures()
        theme().changed.connect(self._set_figures)
        self.edit.textChanged.connect(self._touched)
        today = button(tr("Today"), lambda: self.set_value(date.today()))  # noqa: DTZ011 - the day on the wall
        self._furnish(self.edit, today)

    def value(self) -> date | None:
        """The day, None when there is none."""
        found = _DAY.fullmatch(self.typed().strip())
        if found is None:
            return None
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            return None

    def typed(self) -> str:
        """The signs as they stand there."""
        return self.edit.text()

    def set_value(self, value: Any) -> None:
        """A date, or the signs that were typed."""
        self.edit.setText(value.isoformat() if isinstance(value, date) else str(value or ""))

    def _set_figures(self) -> None:
        self.edit.setFont(theme().figures())

    def _is_empty(self) -> bool:
        return not self.typed().strip()

    def _problem(self) -> str:
        return "" if self.value() is not None else tr("Write the day as year, month and day, such as 2026-03-31.")


def plain_number(value: float) -> str:
    """A number as it is typed: all its digits, nothing between the thousands."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 10**15 else repr(float(value))
