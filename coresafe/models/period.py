"""Closed and re-opened months of a shed: the record of who did it, when and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import NOTE_LENGTH, TABLE_OPTIONS, Base, Id, UtcDateTime, Versioned


class Period(Versioned, Base):
    """One month (yyyymm, in the shed's time zone) that was closed at least once."""

    __tablename__ = "periods"
    __table_args__ = (UniqueConstraint("shed_id", "month"), TABLE_OPTIONS)

    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    month: Mapped[int] = mapped_column(Integer, nullable=False)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"), index=True)
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_by: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
