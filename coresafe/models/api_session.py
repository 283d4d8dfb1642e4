"""Sessions of the HTTP API: one row for each sign-in, so that it can be ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import TABLE_OPTIONS, Base, Id, UtcDateTime, name_column


class ApiSession(Base):
    """A sign-in at the API and the family of refresh tokens that came of it.

    ``refresh_id`` is the id of the one refresh token that still works; another one of the family ends it.
    """

    __tablename__ = "api_sessions"
    __table_args__ = (
        Index("ix_api_sessions_user_id", "user_id", "ended_at"),
        Index("ix_api_sessions_expires_at", "expires_at"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False)
    refresh_id: Mapped[str] = mapped_column(String(36), nullable=False)
    machine: Mapped[str] = name_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(40))
