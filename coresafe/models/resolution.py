"""Resolutions: somebody said what became of trays that did not come back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import NOTE_LENGTH, TABLE_OPTIONS, Base, Id, UtcDateTime, Versioned, word_column


class Resolution(Versioned, Base):
    """Missing trays of a dispatch given a disposition (today: lost), with the reason."""

    __tablename__ = "resolutions"
    __table_args__ = (
        Index("ix_resolutions_dispatch_id", "dispatch_id", "id"),
        Index("ix_resolutions_resolved_at", "resolved_at", "id"),
        TABLE_OPTIONS,
    )

    dispatch_id: Mapped[int] = mapped_column(Id, ForeignKey("dispatches.id"), nullable=False)
    disposition: Mapped[str] = word_column()
    resolved_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    reason: Mapped[str] = mapped_column(String(NOTE_LENGTH), nullable=False)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)


class ResolutionLine(Base):
    """So many trays of one line of the dispatch."""

    __tablename__ = "resolution_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dispatch_id", "dispatch_position"],
            ["dispatch_lines.dispatch_id", "dispatch_lines.position"],
            name="fk_resolution_lines_dispatch_line",
        ),
        CheckConstraint("quantity > 0", name="positive"),
        Index("ix_resolution_lines_dispatch_line", "dispatch_id", "dispatch_position"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    resolution_id: Mapped[int] = mapped_column(Id, ForeignKey("resolutions.id"), primary_key=True, autoincrement=False)
    dispatch_position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dispatch_id: Mapped[int] = mapped_column(Id, nullable=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False, index=True)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
