"""Pure checks of what people enter. No session, no clock but the one handed in.

Every check collects its error under the field's name, so that a form shows all of them at once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from coresafe.errors import FieldError, ValidationFailed
from coresafe.models.base import KEY_LENGTH, NAME_LENGTH, NOTE_LENGTH

#: Trays in one line of one document (interfaces: Conventions).
MAX_QUANTITY = 1_000_000
#: How far a client's clock may be ahead of the database's (domain: The clock).
CLOCK_TOLERANCE = timedelta(minutes=2)
#: Nothing that CoreSafe keeps happened before this.
EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)

_BLANKS = re.compile(r"\s+")
_Word = TypeVar("_Word", bound=StrEnum)


def key_of(text: str) -> str:
    """What names are compared by: NFKC, trimmed, inner blanks collapsed, casefolded; the same on every database."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BLANKS.sub(" ", folded).strip()


def identifier(value: object) -> int:
    """An id as a row can have it, or 0, which no row has."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0


def month_of(moment: datetime, zone: str) -> int:
    """The month (yyyymm) of a moment in the time zone (IANA name) of a shed."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.year * 100 + local.month


class Checks:
    """Collects what is wrong with a command; ``done()`` raises ValidationFailed with all of it."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def fail(self, field: str, message: str) -> None:
        """Add an error of one field."""
        self.errors.append(FieldError(field, message))

    def done(self) -> None:
        """Raise what was collected, if anything was."""
        if self.errors:
            raise ValidationFailed(self.errors)

    def text(self, field: str, value: object, *, limit: int = NAME_LENGTH, label: str = "") -> str:
        """A short text that must be there: trimmed, NFC, without control characters, at most ``limit`` characters."""
        cleaned = self.optional_text(field, value, limit=limit, label=label)
        if cleaned is None and not any(error.field == field for error in self.errors):
            self.fail(field, f"{label or _label(field)} is missing. Enter it.")
        return cleaned or ""

    def optional_text(
        self, field: str, value: object, *, limit: int = NAME_LENGTH, notes: bool = False, label: str = ""
    ) -> str | None:
        """A text that may be left out: None when blank. ``notes`` may hold line breaks and tabs."""
        label = label or _label(field)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fail(field, f"{label} must be text.")
            return None
        if any(unicodedata.category(c) == "Cs" for c in value):
            self.fail(field, f"{label} holds a broken character. Type it again.")
            return None
        cleaned = unicodedata.normalize("NFC", value.replace("\r\n", "\n") if notes else value).strip()
        allowed = "\n\t" if notes else ""
        if any(unicodedata.category(c) == "Cc" and c not in allowed for c in cleaned):
            self.fail(field, f"{label} holds a character that cannot be shown. Type it again.")
            return None
        if len(cleaned) > limit:
            self.fail(field, f"{label} is {len(cleaned):,} characters long; at most {limit:,} fit. Shorten it.")
            return None
        return cleaned or None

    def notes(self, field: str, value: object, *, label: str = "") -> str | None:
        """A longer text with line breaks, or None."""
        return self.optional_text(field, value, limit=NOTE_LENGTH, notes=True, label=label)

    def reason(self, field: str, value: object) -> str:
        """A reason that must be given."""
        cleaned = self.notes(field, value, label="Reason")
        if cleaned is None and not any(error.field == field for error in self.errors):
            self.fail(field, "A reason is missing. Say why, so that it can be understood later.")
        return cleaned or ""

    def name(self, field: str, value: object, *, limit: int = NAME_LENGTH, label: str = "") -> tuple[str, str]:
        """A name and the key it is unique by."""
        cleaned = self.text(field, value, limit=limit, label=label)
        key = key_of(cleaned)
        if len(key) > KEY_LENGTH or (cleaned and not key):
            self.fail(field, f"{label or _label(field)} cannot be used as a name. Use letters and digits.")
        return cleaned, key[:KEY_LENGTH]

    def quantity(self, field: str, value: object, *, least: int = 1, label: str = "Quantity") -> int:
        """Whole trays from ``least`` to a million."""
        whole = self.whole(field, value, least=least, most=MAX_QUANTITY, label=label)
        return whole if whole is not None else 0

    def whole(self, field: str, value: object, *, least: int, most: int, label: str = "") -> int | None:
        """A whole number in a range, or None when it is left out."""
        label = label or _label(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(field, f"{label} must be a whole number.")
            return None
        if not least <= value <= most:
            self.fail(field, f"{label} must be from {least:,} to {most:,}; {shown(value)} was entered.")
            return None
        return value

    def number(
        self,
        field: str,
        value: object,
        *,
        least: float,
        most: float,
        label: str = "",
        unit: str = "",
        below: float | None = None,
    ) -> float | None:
        """A finite number in a range (``below``: an upper end that is itself excluded), or None when left out."""
        label = label or _label(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(field, f"{label} must be a number.")
            return None
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        top = below if below is not None else most
        if not math.isfinite(number) or not least <= number <= most or (below is not None and number >= below):
            upto = "to under" if below is not None else "to"
            self.fail(field, f"{label} must be from {least:g} {upto} {top:g}{f' {unit}' if unit else ''}.")
            return None
        return number

    def word(self, field: str, value: object, words: type[_Word], *, label: str = "") -> _Word | None:
        """One word of a closed list, or None when it is left out."""
        if value is None:
            return None
        try:
            return words(str(value))
        except ValueError:
            choices = ", ".join(word.value for word in words)
            self.fail(field, f"{label or _label(field)} must be one of: {choices}.")
            return None

    def moment(
        self, field: str, value: object, *, now: datetime, future: bool = False, label: str = ""
    ) -> datetime | None:
        """A moment with its time zone, not in the future unless ``future``; None when it is left out."""
        label = label or _label(field)
        if value is None:
            return None
        if not isinstance(value, datetime):
            self.fail(field, f"{label} must be a date and time.")
            return None
        if value.tzinfo is None:
            self.fail(field, f"{label} must say its time zone.")
            return None
        try:
            moment = value.astimezone(UTC)
        except (OverflowError, ValueError):
            self.fail(field, f"{label} is not a date that can be used.")
            return None
        if moment < EARLIEST or moment.year > 2200:
            self.fail(field, f"{label} must lie between 1950 and 2200.")
            return None
        if not future and moment > now + CLOCK_TOLERANCE:
            self.fail(field, f"{label} lies in the future. Enter when it really happened.")
            return None
        return moment if future else min(moment, now) if moment > now else moment


def shown(value: int) -> str:
    """A number as a person can read it back, however long."""
    if abs(value) < 10**15:
        return f"{value:,}"
    return "a far larger number" if value > 0 else "a far smaller number"


def _label(field: str) -> str:
    """'condition_notes' reads 'Condition notes'; the path before the last name is left out."""
    word = field.rsplit(".", 1)[-1].replace("_id", "").replace("_", " ")
    return word[:1].upper() + word[1:]


def clean_float32(value: float) -> float:
    """Undo the tail a 32-bit float gets when it is printed as a 64-bit one: 81.80000305175781 is 81.8.

    Only a value that *is* a 32-bit float, and has a shorter way to be written as one, is changed.
    """
    import struct

    try:
        if struct.unpack("f", struct.pack("f", value))[0] != value:
            return value
    except OverflowError:
        return value
    for digits in range(1, 9):
        candidate = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", candidate))[0] == value:
            return candidate
    return value
