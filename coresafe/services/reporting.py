"""The sheds that a report is about: their zones, their days and their months.

Every shed lives in its own time zone: a day begins at its own midnight there, and its months are the ones its movements
are posted under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.models import Shed
from coresafe.services.rules import identifier, month_of
from coresafe.services.work import Reading

S = Shed.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The sheds a report covers, with their zones; ``shed_id`` is None where it covers all of them.

    ``zone`` is the one in which dates without a shed are understood: that of the one shed, else of the first active one.
    """

    shed_id: int | None
    zones: Mapping[int, str]
    zone: str

    def by_zone(self) -> dict[str, list[int]]:
        """The sheds of each time zone."""
        found: dict[str, list[int]] = {}
        for shed_id, zone in sorted(self.zones.items()):
            found.setdefault(zone, []).append(shed_id)
        return found


def find_places(tx: Reading, shed_id: object) -> Places:
    """The shed of that id, or with None all sheds, those no longer in use too. One statement.

    Raises ValidationFailed at ``shed_id``.
    """
    found = tx.all(sa.select(S.c.id, S.c.time_zone, S.c.is_active).order_by(S.c.id))
    if shed_id is None:
        active = [row.time_zone for row in found if row.is_active]
        zones = {row.id: row.time_zone for row in found}
        return Places(shed_id=None, zones=zones, zone=active[0] if active else "UTC")
    wanted = identifier(shed_id)
    mine = {row.id: row.time_zone for row in found if row.id == wanted}
    if not mine:
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    return Places(shed_id=wanted, zones=mine, zone=mine[wanted])


def start_of_day(day: date, zone: str) -> datetime:
    """The moment (UTC) at which a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def start_of_month(month: int, zone: str) -> datetime:
    """The moment (UTC) at which a month (yyyymm) begins in a time zone."""
    return start_of_day(date(month // 100, month % 100, 1), zone)


def today(now: datetime, zone: str) -> date:
    """The day it is in a time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def next_month(month: int) -> int:
    """The month (yyyymm) after one."""
    return month + 1 if month % 100 < 12 else month + 89


def month_before(month: int) -> int:
    """The month (yyyymm) before one."""
    return month - 1 if month % 100 > 1 else month - 89


def month_just_before(moment: datetime, zone: str) -> int:
    """The month (yyyymm) of the last instant before a moment."""
    return month_of(moment - timedelta(microseconds=1), zone)
