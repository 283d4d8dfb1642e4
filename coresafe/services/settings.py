"""Rules an administrator can set for the whole installation, declared once with their defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from coresafe.models import Setting

#: Name of the row that holds them all.
RULES_ROW = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Days, thresholds and minutes (domain: What must always hold 9, Days out; experience: Sign-in).

    ``back_date_days``: entering what happened longer ago takes a manager and a reason. ``due_days``: a dispatch is due so
    many days after it left. ``amber_days`` and ``red_days``: out for so many days or more. ``idle_minutes``: a window that
    nobody touches locks after so many.
    """

    back_date_days: int = 7
    due_days: int = 7
    amber_days: int = 4
    red_days: int = 8
    idle_minutes: int = 15

    @classmethod
    def from_json(cls, stored: str | None) -> Rules:
        """The rules as stored, with defaults for what is not; what this version does not know is ignored."""
        return cls.of(json.loads(stored)) if stored else cls()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Rules:
        """The same, of what was decoded already."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: int(value) for name, value in stored.items() if name in known})

    def as_dict(self) -> dict[str, int]:
        """For storing."""
        return asdict(self)


def rules_column() -> sa.ColumnElement[str]:
    """The stored rules as one scalar that can ride on another statement."""
    table = Setting.__table__
    stored = sa.type_coerce(table.c.value, sa.Text)
    return sa.select(stored).where(table.c.name == RULES_ROW).scalar_subquery()
