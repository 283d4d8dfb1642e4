"""What is asked of transfers, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coresafe.models.enums import Contents, TransferEntryKind, TransferStatus
from coresafe.services.dispatching import WantedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTransfer:
    """Send trays from a shed to another: ``empty`` ones from the available, ``core`` from the occupied.

    ``sent_at`` defaults to now, ``shed_id`` to the first shed; ``reason`` is needed where it happened longer ago than the
    installation allows.
    """

    to_shed_id: int
    driver: str
    technician: str
    lines: Sequence[WantedLine]
    shed_id: int | None = None
    vehicle: str | None = None
    notes: str | None = None
    sent_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedLine:
    """What arrived of one size: good, occupied (holding core), damaged; ``surplus`` beyond what was sent."""

    tray_size: str
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    surplus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveTransfer:
    """Say what really arrived; the rest stays on its way. ``technician`` counted it at the shed that receives."""

    transfer_id: int
    technician: str
    lines: Sequence[ArrivedLine]
    received_at: datetime | None = None
    reason: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingLine:
    """So many trays of a size that are on their way and will not arrive."""

    tray_size: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseTransfer:
    """Declare trays lost that never arrived, with the reason: they are the sending shed's loss."""

    transfer_id: int
    lines: Sequence[MissingLine]
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidEntry:
    """Take a receipt or a loss back that was entered wrongly: its trays are on their way again."""

    transfer_id: int
    entry_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidTransfer:
    """Take a transfer back that should not have been entered; only while no receipt or loss stands."""

    transfer_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLineRow:
    """One size of a transfer, in trays; quantity = good + occupied + damaged + lost + in_transit (which is 0 once voided)."""

    tray_size: str
    contents: Contents
    quantity: int
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    lost: int = 0
    surplus: int = 0
    in_transit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEntryLineRow:
    """What an entry says of one size, in trays."""

    tray_size: str
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    lost: int = 0
    surplus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEntryRow:
    """What happened to a transfer after it left: trays arrived, or were declared lost."""

    id: int
    kind: TransferEntryKind
    happened_at: datetime
    entered_at: datetime
    technician: str | None
    reason: str | None
    voided_at: datetime | None
    void_reason: str | None
    entered_by: str
    lines: tuple[TransferEntryLineRow, ...]

    @property
    def quantity(self) -> int:
        """Trays that the entry is about."""
        return sum(line.good + line.occupied + line.damaged + line.lost + line.surplus for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer as it stands. ``in_transit`` trays have not arrived and belong to ``shed_id``, which sent them.

    ``discrepancy``: some are lost, arrived damaged, or more arrived than was sent. ``days`` on the way count calendar days
    in the sending shed's time zone. ``ended_at``: when the last of it arrived, was declared lost, or it was voided.
    """

    id: int
    version: int
    number: str
    status: TransferStatus
    shed_id: int
    shed_name: str
    time_zone: str
    to_shed_id: int
    to_shed_name: str
    to_time_zone: str
    sent_at: datetime
    driver: str
    technician: str
    vehicle: str | None
    notes: str | None
    quantity: int
    in_transit: int
    discrepancy: bool
    days: int
    ended_at: datetime | None
    void_reason: str | None
    entered_by: str
    created_at: datetime
    updated_at: datetime
    lines: tuple[TransferLineRow, ...]
    entries: tuple[TransferEntryRow, ...] = ()

    @property
    def standing_entries(self) -> tuple[TransferEntryRow, ...]:
        """The entries that were not voided."""
        return tuple(entry for entry in self.entries if entry.voided_at is None)
