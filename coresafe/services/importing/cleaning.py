"""What a cell means: missing, a number, a date, a text. Each function raises Unreadable with a sentence otherwise."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

from coresafe.services.importing.reading import Cell
from coresafe.services.rules import clean_float32

#: How files write that there is nothing; the numbers stand for missing numbers only.
_MISSING_WORDS = frozenset(
    {"", "-", "--", "---", ".", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "unk", "unknown", "tba", "tbc",
     "nd", "n.a.", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "missing", "<null>", "(null)"}
)  # fmt: skip
MISSING_NUMBERS = frozenset({-99.0, -999.0, -9999.0, -99999.0, -999999.0})
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_UNIT = re.compile(r"\s*(m|mtrs?|metres?|meters?|ft|feet|°|deg|degrees)\.?$", re.IGNORECASE)
#: A depth that is a millimetre's tenth from a whole millimetre is float noise.
_NOISE_M = 1e-4
#: Day 0 of Excel, as it counts after its leap year that never was.
_EXCEL_START = date(1899, 12, 30)


class Unreadable(ValueError):
    """The cell cannot be what the field needs; the text is a sentence for a person."""


def text_of(cell: Cell) -> str | None:
    """A text, or None where the cell says that there is none. Numbers lose the .0 a spreadsheet gave them."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # whole beyond doubt
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    text = str(cell).replace("\ufeff", "").replace("\xa0", " ").strip()
    return None if text.casefold() in _MISSING_WORDS else text


def number_of(cell: Cell, *, decimal_comma: bool = False, markers: frozenset[float] = MISSING_NUMBERS) -> float | None:
    """A number without the tail of a 32-bit float, or None where it is missing."""
    if isinstance(cell, (bool, date)):
        raise Unreadable("This is not a number.")
    if isinstance(cell, (int, float)):
        number = float(cell)
    else:
        text = text_of(cell)
        if text is None:
            return None
        number = _parsed(text, decimal_comma)
    if number in markers:
        return None
    if not math.isfinite(number):
        raise Unreadable("This is not a number that can be used.")
    return clean_float32(number)


def _parsed(text: str, decimal_comma: bool) -> float:
    plain = _UNIT.sub("", text).replace(" ", "").replace("\u2212", "-").replace("'", "")
    if "," in plain:
        if "." in plain and plain.rfind(",") > plain.rfind("."):
            plain = plain.replace(".", "").replace(",", ".")
        elif decimal_comma and "." not in plain and plain.count(",") == 1:
            plain = plain.replace(",", ".")
        elif _GROUPED.fullmatch(plain):
            plain = plain.replace(",", "")
        elif plain.count(",") == 1 and "." not in plain:
            plain = plain.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", plain):
        raise Unreadable("This is not a number.")
    return float(plain)


def without_noise(number: float) -> float:
    """A depth rounded to whole millimetres where it is that but for float noise."""
    rounded = round(number, 3)
    return rounded if abs(number - rounded) < _NOISE_M else number


def whole_of(cell: Cell) -> int | None:
    """A whole number such as an EPSG code (``EPSG:28355`` too), or None."""
    text = text_of(cell)
    if text is None:
        return None
    found = re.fullmatch(r"(?:epsg\s*:?\s*)?(\d{1,9})", text, re.IGNORECASE)
    if not found:
        raise Unreadable("This is not a whole number.")
    return int(found[1])


def flag_of(cell: Cell) -> bool | None:
    """A yes or no, or None."""
    text = text_of(cell)
    if text is None:
        return None
    word = text.casefold()
    if word in ("yes", "y", "true", "1", "active", "si", "sí", "x"):
        return True
    if word in ("no", "n", "false", "0", "inactive"):
        return False
    raise Unreadable("This is neither yes nor no.")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def date_of(cell: Cell) -> date | None:
    """A date: ISO, day/month/year (never month first), 5-Jul-2021, or an Excel day number; None where missing."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _excel_day(float(cell))
    text = text_of(cell)
    if text is None or text in ("0", "00/00/0000", "0000-00-00", "-99", "-999", "-9999"):
        return None
    try:
        return _parsed_date(text)
    except (ValueError, OverflowError):
        raise Unreadable("This is not a date. Write it as 2021-07-31 or 31/07/2021.") from None


def _parsed_date(text: str) -> date:
    first = re.split(r"[T ](?=\d{1,2}:)", text)[0].strip()
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", first):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", first):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", first):
        return date(_year(found[3]), int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{1,2})[- /.]([A-Za-z]{3})[a-z]*[- /.,]+(\d{4}|\d{2})", first):
        return date(_year(found[3]), _MONTHS.index(found[2].casefold()) + 1, int(found[1]))
    if re.fullmatch(r"\d{5}(\.\d+)?", first):
        day = _excel_day(float(first))
        if day is not None:
            return day
    raise ValueError(text)


def _year(text: str) -> int:
    """Two digits: up to 49 this century, from 50 the last one (drilling is older than the millennium)."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 50 else 1900)


def _excel_day(number: float) -> date | None:
    if number in MISSING_NUMBERS or number == 0:
        return None
    if not 1 <= number <= 109_000:  # the year 2198
        raise Unreadable("This is not a date. Write it as 2021-07-31 or 31/07/2021.")
    return _EXCEL_START + timedelta(days=int(number))
