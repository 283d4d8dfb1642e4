"""Where and when a report looks: its sheds with their zones, and its period.

Every shed lives in its own time zone: a day begins at its own midnight there, and its months are the ones its movements
are posted under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.models import Shed
from coresafe.services.rules import CLOCK_TOLERANCE, Checks, identifier, month_of
from coresafe.services.work import Reading

S = Shed.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The sheds a report covers, with their zones; ``shed_id`` is None where it covers all of them.

    ``names`` are theirs. ``zone`` is the one in which dates are understood: that of the one shed, else of the first
    active one. ``moved`` are sheds that may have had another zone once: something of them was changed.
    """

    shed_id: int | None
    zones: Mapping[int, str]
    zone: str
    moved: frozenset[int] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)

    def by_zone(self) -> dict[str, list[int]]:
        """The sheds of each time zone."""
        found: dict[str, list[int]] = {}
        for shed_id, zone in sorted(self.zones.items()):
            found.setdefault(zone, []).append(shed_id)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` (included) to ``until`` (excluded). ``ended``: it ends before now, so that more may follow it."""

    since: datetime
    until: datetime
    ended: bool


def find_places(tx: Reading, shed_id: object) -> Places:
    """The shed of that id, or with None all sheds, those no longer in use too. One statement.

    Raises ValidationFailed at ``shed_id``.
    """
    return places_of(
        tx.all(sa.select(S.c.id, S.c.name, S.c.time_zone, S.c.is_active, S.c.version).order_by(S.c.id)), shed_id
    )


def places_of(found: Sequence[Any], shed_id: object) -> Places:
    """The same, of the sheds as they were read along with something else, by their ids."""
    wanted = None if shed_id is None else identifier(shed_id)
    mine = [row for row in found if wanted is None or row.id == wanted]
    if wanted is not None and not mine:
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    first = next((row for row in mine if row.is_active), mine[0] if mine else None)
    return Places(
        shed_id=wanted,
        zones={row.id: row.time_zone for row in mine},
        zone=first.time_zone if first else "UTC",
        moved=frozenset(row.id for row in mine if row.version > 1),
        names={row.id: row.name for row in mine},
    )


def find_period(
    since: date | datetime | None,
    until: date | datetime | None,
    *,
    zone: str,
    now: datetime,
) -> Period:
    """The period asked for: a date is a whole day in ``zone``, a moment stands for itself.

    Without ``until`` it reaches until now; without ``since`` it begins with the month in which it ends. Raises
    ValidationFailed at ``from`` and ``to``.
    """
    checks = Checks()
    start = _moment(checks, "from", since, zone=zone, now=now)
    end = _moment(checks, "to", until, zone=zone, now=now) or now
    if start is not None and not checks.errors and (start > end or _is_day_before(until, since)):
        checks.fail("to", "The period ends before it starts. Choose a later end, or an earlier start.")
    checks.done()
    if start is None:
        start = start_of_month(month_just_before(end, zone), zone)
    return Period(since=start, until=end, ended=end < now)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_day_before(value: date | None, other: date | None) -> bool:
    """Both are days, and the first is the earlier one: the end of one day is not the start of the next."""
    return value is not None and other is not None and _is_day(value) and _is_day(other) and value < other


def _moment(checks: Checks, field: str, value: object, *, zone: str, now: datetime) -> datetime | None:
    """A moment at which a period starts (``from``), or ends (``to``), no later than now."""
    if isinstance(value, date) and _is_day(value):
        if not 1950 <= value.year <= 2200:
            checks.fail(field, f"{field.capitalize()} must lie between 1950 and 2200.")
            return None
        if value > today(now, zone):
            checks.fail(field, "The period lies in the future. Choose a day until today.")
            return None
        return min(now, start_of_day(value + timedelta(days=1) if field == "to" else value, zone))
    moment = checks.moment(field, value, now=now, future=True)
    if moment is not None and moment > now + CLOCK_TOLERANCE:
        checks.fail(field, "The period lies in the future. Choose a moment until now.")
    return min(now, moment) if moment is not None else None


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


def month_just_before(moment: datetime, zone: str) -> int:
    """The month (yyyymm) of the last instant before a moment."""
    return month_of(moment - timedelta(microseconds=1), zone)


def match_rate(matched: int, closed: int) -> float | None:
    """Matched / closed; None while nothing is closed (domain: Dispatch states)."""
    return matched / closed if closed else None
