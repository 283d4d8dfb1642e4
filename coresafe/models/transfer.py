"""Transfers: trays on their way from one shed to another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import (
    NOTE_LENGTH,
    TABLE_OPTIONS,
    Base,
    Id,
    UtcDateTime,
    Versioned,
    flag_column,
    name_column,
    word_column,
)


class Transfer(Versioned, Base):
    """One consignment to another shed. What has not arrived belongs to ``shed_id``, which sent it; ``in_transit`` counts it."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("shed_id <> to_shed_id", name="elsewhere"),
        CheckConstraint("in_transit >= 0", name="not_negative"),
        Index("ix_transfers_sent_at", "sent_at", "id"),
        Index("ix_transfers_shed_id", "shed_id", "status", "sent_at"),
        Index("ix_transfers_to_shed_id", "to_shed_id", "status", "sent_at"),
        TABLE_OPTIONS,
    )

    number: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)
    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    to_shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    status: Mapped[str] = word_column()
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    driver: Mapped[str] = name_column()
    technician: Mapped[str] = name_column()
    vehicle: Mapped[str | None] = name_column(nullable=True)
    notes: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    in_transit: Mapped[int] = mapped_column(Integer, nullable=False)
    discrepancy: Mapped[bool] = flag_column()
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)


class TransferLine(Base):
    """Trays of one size and state that were sent, and what became of them; ``in_transit`` has not arrived."""

    __tablename__ = "transfer_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="positive"),
        CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0 AND in_transit >= 0 "
            "AND good + occupied + damaged + lost + in_transit = quantity",
            name="adds_up",
        ),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    transfer_id: Mapped[int] = mapped_column(Id, ForeignKey("transfers.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False, index=True)
    state: Mapped[str] = word_column()
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    good: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    damaged: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    lost: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    surplus: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    in_transit: Mapped[int] = mapped_column(Integer, nullable=False)


class TransferEntry(Versioned, Base):
    """What happened to a transfer after it left: a receipt, or a loss declared. ``kind``: receipt or loss."""

    __tablename__ = "transfer_entries"
    __table_args__ = (
        Index("ix_transfer_entries_transfer_id", "transfer_id", "id"),
        TABLE_OPTIONS,
    )

    transfer_id: Mapped[int] = mapped_column(Id, ForeignKey("transfers.id"), nullable=False)
    kind: Mapped[str] = word_column()
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    technician: Mapped[str | None] = name_column(nullable=True)
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)


class TransferEntryLine(Base):
    """What an entry says of one line of its transfer, in trays."""

    __tablename__ = "transfer_entry_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transfer_id", "transfer_position"],
            ["transfer_lines.transfer_id", "transfer_lines.position"],
            name="fk_transfer_entry_lines_transfer_line",
        ),
        CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0", name="not_negative"
        ),
        Index("ix_transfer_entry_lines_transfer_line", "transfer_id", "transfer_position"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    entry_id: Mapped[int] = mapped_column(Id, ForeignKey("transfer_entries.id"), primary_key=True, autoincrement=False)
    transfer_position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    transfer_id: Mapped[int] = mapped_column(Id, nullable=False)
    good: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    damaged: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    lost: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    surplus: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
