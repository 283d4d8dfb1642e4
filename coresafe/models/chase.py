"""Chases: who was called about trays that are still out, and what was said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import NOTE_LENGTH, TABLE_OPTIONS, Base, Id, UtcDateTime, name_column


class Chase(Base):
    """One call, message or visit about a dispatch; append-only. ``called`` is the person who was asked."""

    __tablename__ = "chases"
    __table_args__ = (Index("ix_chases_dispatch_id", "dispatch_id", "id"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    dispatch_id: Mapped[int] = mapped_column(Id, ForeignKey("dispatches.id"), nullable=False)
    chased_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    called: Mapped[str] = name_column()
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), nullable=False)
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
