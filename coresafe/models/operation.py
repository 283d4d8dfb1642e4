"""Operations: each write once, however often it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import TABLE_OPTIONS, Base, Id, Json, UtcDateTime, flag_column


class Operation(Base):
    """A committed write: who asked for what (as a keyed digest) and what was answered.

    The row is the first thing a write inserts, so that the same operation sent twice waits for the first. ``is_stock``
    rows are kept for ever, others 30 days.
    """

    __tablename__ = "operations"
    __table_args__ = (
        Index("ix_operations_is_stock", "is_stock", "created_at"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(String(120), nullable=False)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)
    is_stock: Mapped[bool] = flag_column()
    answer: Mapped[Any | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
