"""Rules an administrator can set for the whole installation, declared once with their defaults."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa

from coresafe.models import Setting

#: Name of the row that holds them all.
RULES_ROW = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Days and thresholds (domain: What must always hold 9, Days out)."""

    back_date_days: int = 7
    due_days: int = 7
    amber_days: int = 4
    red_days: int = 8

    @classmethod
    def from_json(cls, stored: str | None) -> Rules:
        """The rules as stored, with defaults for what is not; what this version does not know is ignored."""
        if not stored:
            return cls()
        known = {field.name for field in fields(cls)}
        return cls(**{name: int(value) for name, value in json.loads(stored).items() if name in known})

    def as_dict(self) -> dict[str, int]:
        """For storing."""
        return asdict(self)


def rules_column() -> sa.ColumnElement[str]:
    """The stored rules as one scalar that can ride on another statement."""
    table = Setting.__table__
    stored = sa.type_coerce(table.c.value, sa.Text)
    return sa.select(stored).where(table.c.name == RULES_ROW).scalar_subquery()
