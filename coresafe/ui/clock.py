"""The clock on the wall of the shed this computer stands in: by it the windows show every time that has none of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo


class _Wall:
    """The zone of the clock; None, before anybody is signed in: this machine's."""

    zone: ZoneInfo | None = None


def set_wall(zone: ZoneInfo | None) -> None:
    """From now on times are shown by the clock of this zone."""
    _Wall.zone = zone


def wall() -> ZoneInfo:
    """The zone of the clock on the wall."""
    return _Wall.zone or machine_zone()


@cache
def machine_zone() -> ZoneInfo:
    """The time zone of this machine."""
    from tzlocal import get_localzone_name

    return ZoneInfo(get_localzone_name() or "UTC")


def local(value: datetime, zone: ZoneInfo | str | None = None) -> str:
    """A moment as people read it, ``2026-03-01 06:00``, by the clock of ``zone`` or else of the wall.

    ``value``: an aware time, or a naive one taken as UTC.
    """
    return _at(value, zone).strftime("%Y-%m-%d %H:%M")


def on_the_wall(value: datetime, zone: ZoneInfo | str | None = None) -> datetime:
    """What clock and calendar show at a moment, to the second and without a zone."""
    return _at(value, zone).replace(tzinfo=None, microsecond=0)


def exact(value: datetime, zone: ZoneInfo | str | None = None) -> str:
    """The same where it is read alone: by another clock than the wall's it says so, ``2026-03-01 06:00 (UTC+08:00)``."""
    there, here = _at(value, zone), _at(value, None)
    if there.utcoffset() == here.utcoffset():
        return local(value, zone)
    offset = there.strftime("%z")
    return f"{local(value, zone)} (UTC{offset[:3]}:{offset[3:5]})"


def day(value: datetime, zone: ZoneInfo | str | None = None) -> str:
    """``2026-03-01``."""
    return _at(value, zone).strftime("%Y-%m-%d")


def minute(value: datetime) -> str:
    """``06:00`` on the wall."""
    return _at(value, None).strftime("%H:%M")


def second(value: datetime) -> str:
    """``06:00:00`` on the wall."""
    return _at(value, None).strftime("%H:%M:%S")


def dated(value: datetime) -> str:
    """The same, with the day where it is not today."""
    return second(value) if day(value) == day(datetime.now(UTC)) else f"{day(value)} {second(value)}"


def _at(value: datetime, zone: ZoneInfo | str | None) -> datetime:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone or wall())
