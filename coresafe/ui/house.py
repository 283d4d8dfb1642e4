"""What every window must know of the installation: its rules, its sheds, and which of them this computer stands in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal

from coresafe.services.rules import key_of
from coresafe.services.ruling import Installation
from coresafe.services.settings import Rules
from coresafe.services.sheds import ShedRow
from coresafe.ui import clock


class House(QObject):
    """The rules and the sheds as they were read last; the defaults, and no shed, until they are.

    ``named``: the code or the name of the shed this computer stands in, as its settings say; "" where they say nothing.
    Signals: ``changed()`` any of this is another one.
    """

    changed = Signal()

    def __init__(self, named: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.named = named.strip()
        self._read: Installation | None = None

    @property
    def known(self) -> bool:
        """Whether it was read."""
        return self._read is not None

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._read.rules if self._read is not None else Rules()

    @property
    def sheds(self) -> tuple[ShedRow, ...]:
        """The sheds in use, the first one first."""
        return self._read.sheds if self._read is not None else ()

    @property
    def several(self) -> bool:
        """Whether it has to be said which shed is meant."""
        return len(self.sheds) > 1

    @property
    def chosen(self) -> ShedRow | None:
        """The shed that the settings name, if there is one like that in use: by its code, or else by its name."""
        key = key_of(self.named)
        by_code = [shed for shed in self.sheds if key and key_of(shed.code) == key]
        by_name = [shed for shed in self.sheds if key and key_of(shed.name) == key]
        return next(iter(by_code + by_name), None)

    @property
    def misnamed(self) -> bool:
        """Whether the settings name a shed that there is not."""
        return bool(self.named) and self.known and self.chosen is None

    @property
    def here(self) -> ShedRow | None:
        """The shed this computer stands in: the one that is named, or else the first; None until they are read."""
        return self.chosen or next(iter(self.sheds), None)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the shed this computer stands in."""
        return zone_of(self.here)

    def shed(self, shed_id: int | None) -> ShedRow | None:
        """A shed in use by its id."""
        return next((shed for shed in self.sheds if shed.id == shed_id), None)

    def take(self, found: Installation) -> None:
        """What was read."""
        if found != self._read:
            self._read = found
            self._tell()

    def stand_in(self, named: str) -> None:
        """This computer stands in another shed from now on."""
        self.named = named.strip()
        self._tell()

    def _tell(self) -> None:
        clock.set_wall(self.zone if self.here is not None else None)
        self.changed.emit()


def zone_of(shed: ShedRow | None) -> ZoneInfo:
    """The time zone of a shed; where there is none, the clock's on the wall."""
    return ZoneInfo(shed.time_zone) if shed is not None else clock.wall()
