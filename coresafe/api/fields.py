"""Types of what is sent: strict, so that nothing is guessed, and described in the OpenAPI document as they are checked.

Lengths, ranges and what refers to what are checked by the services, which know the words for it; what stands here about
them is for readers and generated clients.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

#: Names of the two shapes that some bodies have; no field is called so.
ONE, MANY = "(one)", "(many)"
_INTEGER = re.compile(r"-?[0-9]{1,25}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|z|[+-]\d{2}:?\d{2})")
MOST_ID = 2**63 - 1
# What is sent is trimmed, then it is looked at: blanks around it do no harm. Written without classes such as \\s, which
# mean something else in every language that reads the OpenAPI document.
_BLANK = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROL = r"\x00-\x1f\x7f-\x9f"
#: (may be blank, may hold line breaks and tabs) → what a text looks like.
_PATTERNS = {
    (False, False): rf"^[{_BLANK}]*[^{_BLANK}{_CONTROL}][^{_CONTROL}]*[{_BLANK}]*$",
    (True, False): rf"^[{_BLANK}]*[^{_CONTROL}]*[{_BLANK}]*$",
    (False, True): rf"^[{_BLANK}]*[^{_BLANK}{_CONTROL}](?:[^{_CONTROL}]|[\t\n]|\r\n)*[{_BLANK}]*$",
    (True, True): rf"^[{_BLANK}]*(?:[^{_CONTROL}]|[\t\n]|\r\n)*[{_BLANK}]*$",
}


class Body(BaseModel):
    """A body: fields that are not declared are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("moment", "must be a date and time with its time zone, such as 2026-10-20T12:00:00Z")
    try:
        return datetime.fromisoformat(value.replace("z", "Z").replace(",", ".")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("moment", "is not a date and time that can be used") from None


def _day(value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("day", "must be a date such as 2026-10-20")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "is not a date of the calendar") from None


def _day_or_moment(value: Any) -> date | datetime:
    return _day(value) if isinstance(value, str) and len(value) == len("2026-10-20") else _moment(value)


def whole(value: Any) -> int:
    """A whole number that arrives as text."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise PydanticCustomError("int_type", "must be a whole number")


def _counted(value: Any) -> Any:
    """A whole number, however it is written: 3.0 is 3 in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _flag(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    raise PydanticCustomError("bool_type", "must be true or false")


def _number(value: Any) -> Any:
    """A JSON number, whole or not, but not true, not text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("float_type", "must be a number")
    return value


def text(most: int, *, blank: bool = False, notes: bool = False) -> Any:
    """A text of at most ``most`` characters; ``blank``: it may say nothing; ``notes`` may hold line breaks and tabs."""
    about: dict[str, Any] = {"maxLength": most, "minLength": 0 if blank else 1, "pattern": _PATTERNS[blank, notes]}
    return Field(json_schema_extra=about)


class _NotNull:
    """A field that may be left out, but is not null. Of what is sent, the services say so in their words."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        told = handler(core)
        choices = [each for each in told.pop("anyOf") if each != {"type": "null"}]
        return {**choices[0], **told}


T = TypeVar("T")
#: Not there, or a value; of a change: what is not there stays as it is, and cannot be made empty.
Unless = Annotated[T | None, _NotNull()]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, BeforeValidator(_day)]
DayOrMoment = Annotated[date | datetime, BeforeValidator(_day_or_moment)]
Name = Annotated[StrictStr, text(120)]
ShortName = Annotated[StrictStr, text(60)]
Code = Annotated[StrictStr, text(20)]
#: Texts that may be blank, which is as if they had been left out.
AnyName = Annotated[StrictStr, text(120, blank=True)]
AnyShortName = Annotated[StrictStr, text(60, blank=True)]
AnyCode = Annotated[StrictStr, text(20, blank=True)]
Email = Annotated[StrictStr, Field(json_schema_extra={"maxLength": 254, "format": "email"})]
Notes = Annotated[StrictStr, text(4000, blank=True, notes=True)]
Reason = Annotated[StrictStr, text(4000, notes=True)]
Password = Annotated[StrictStr, Field(json_schema_extra={"minLength": 1, "maxLength": 200, "format": "password"})]
NewPassword = Annotated[StrictStr, Field(json_schema_extra={"minLength": 10, "maxLength": 200, "format": "password"})]
Flag = StrictBool
Whole = Annotated[StrictInt, BeforeValidator(_counted)]
Id = Annotated[StrictInt, Field(ge=1, le=MOST_ID), BeforeValidator(_counted)]
Version = Annotated[StrictInt, Field(ge=1, le=2**31 - 1), BeforeValidator(_counted)]
Quantity = Annotated[Whole, Field(json_schema_extra={"minimum": 1, "maximum": 1_000_000})]
Amount = Annotated[Whole, Field(json_schema_extra={"minimum": 0, "maximum": 1_000_000})]


@dataclass(frozen=True, slots=True)
class _Between:
    """A number to a reader, whether it is whole or not, and its range."""

    least: float
    most: float
    below: bool

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        told = handler(core)
        bounds = {"minimum": self.least, "exclusiveMaximum" if self.below else "maximum": self.most}
        return ({"type": "number"} if "anyOf" in told else told) | bounds


def number(least: float, most: float, *, below: bool = False) -> Any:
    """A JSON number in a range; ``below``: its upper end is itself excluded."""
    return _Between(least, most, below)


Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_number)]
Depth = Annotated[Number, number(0, 15_000)]


def list_or_one(sent: Any) -> str:
    """Which of two shapes a body has, so that errors speak of the one that was meant: a list, or one."""
    return MANY if isinstance(sent, list) else ONE


def items_or_one(sent: Any) -> str:
    """Which of two shapes a body has: `{"items": [...]}`, or one."""
    return MANY if isinstance(sent, dict) and "items" in sent else ONE


#: In a path or a query everything arrives as text.
PathId = Annotated[int, Field(ge=1, le=MOST_ID), BeforeValidator(whole)]
QueryId = Annotated[int, Field(ge=1, le=MOST_ID), BeforeValidator(whole)]
QueryFlag = Annotated[bool, BeforeValidator(_flag)]
