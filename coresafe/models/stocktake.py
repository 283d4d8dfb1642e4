"""Stocktakes: a shed counted by hand, by several people, and compared with the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import (
    KEY_LENGTH,
    NOTE_LENGTH,
    TABLE_OPTIONS,
    Base,
    Id,
    UtcDateTime,
    Versioned,
    name_column,
    word_column,
)


class Stocktake(Versioned, Base):
    """One count of a shed. ``opened_at`` is the moment it began; ``ended_at`` when it was approved or given up."""

    __tablename__ = "stocktakes"
    __table_args__ = (
        Index("ix_stocktakes_shed_id", "shed_id", "status", "opened_at"),
        Index("ix_stocktakes_opened_at", "opened_at", "id"),
        Index("ix_stocktakes_ended_at", "ended_at", "id"),
        TABLE_OPTIONS,
    )

    number: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)
    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    status: Mapped[str] = word_column()
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    opened_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
    notes: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"), index=True)
    end_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))


class StocktakeSize(Base):
    """A size that was declared counted: at ``declared_at`` everything of it in the shed had been looked at."""

    __tablename__ = "stocktake_sizes"
    __table_args__ = (TABLE_OPTIONS | {"sqlite_autoincrement": False},)

    stocktake_id: Mapped[int] = mapped_column(Id, ForeignKey("stocktakes.id"), primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(
        Id, ForeignKey("tray_sizes.id"), primary_key=True, autoincrement=False, index=True
    )
    declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declared_by: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"), index=True)


class StocktakeCount(Versioned, Base):
    """What one counter found of one size in one state at one place; ``quantity`` is empty where he took it back.

    Counts add up over counters and places. A recount replaces the counter's own.
    """

    __tablename__ = "stocktake_counts"
    __table_args__ = (
        UniqueConstraint(
            "stocktake_id", "counter_id", "place_key", "tray_size_id", "state", name="uq_stocktake_counts_entry"
        ),
        CheckConstraint("quantity IS NULL OR quantity >= 0", name="not_negative"),
        TABLE_OPTIONS,
    )

    stocktake_id: Mapped[int] = mapped_column(Id, ForeignKey("stocktakes.id"), nullable=False)
    counter_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
    place: Mapped[str] = name_column()
    place_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False, index=True)
    state: Mapped[str] = word_column()
    quantity: Mapped[int | None] = mapped_column(Integer)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)


class StocktakeLine(Base):
    """What an approved stocktake found of one size in one state, against what was expected; written at its approval."""

    __tablename__ = "stocktake_lines"
    __table_args__ = (TABLE_OPTIONS | {"sqlite_autoincrement": False},)

    stocktake_id: Mapped[int] = mapped_column(Id, ForeignKey("stocktakes.id"), primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(
        Id, ForeignKey("tray_sizes.id"), primary_key=True, autoincrement=False, index=True
    )
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    expected: Mapped[int] = mapped_column(Integer, nullable=False)
    counted: Mapped[int] = mapped_column(Integer, nullable=False)
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
