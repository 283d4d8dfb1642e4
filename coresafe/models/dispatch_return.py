"""Returns: deliveries coming back against a dispatch."""

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
)


class Return(Versioned, Base):
    """One delivery coming back. ``shed_id`` received it; ``is_final`` means "that is all he has"."""

    __tablename__ = "returns"
    __table_args__ = (
        Index("ix_returns_dispatch_id", "dispatch_id", "id"),
        Index("ix_returns_returned_at", "returned_at", "id"),
        Index("ix_returns_shed_id", "shed_id", "returned_at", "id"),
        TABLE_OPTIONS,
    )

    number: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)
    dispatch_id: Mapped[int] = mapped_column(Id, ForeignKey("dispatches.id"), nullable=False)
    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    returned_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    driver: Mapped[str] = name_column()
    technician: Mapped[str] = name_column()
    is_final: Mapped[bool] = flag_column()
    condition_notes: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)


class ReturnLine(Base):
    """What came back against one line of the dispatch, in trays; surplus stands on the first line of its size."""

    __tablename__ = "return_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dispatch_id", "dispatch_position"],
            ["dispatch_lines.dispatch_id", "dispatch_lines.position"],
            name="fk_return_lines_dispatch_line",
        ),
        CheckConstraint("good >= 0 AND occupied >= 0 AND damaged >= 0 AND surplus >= 0", name="not_negative"),
        Index("ix_return_lines_dispatch_line", "dispatch_id", "dispatch_position"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    return_id: Mapped[int] = mapped_column(Id, ForeignKey("returns.id"), primary_key=True, autoincrement=False)
    dispatch_position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dispatch_id: Mapped[int] = mapped_column(Id, nullable=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False, index=True)
    good: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    damaged: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    surplus: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
