"""Users: who may sign in, and as what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, true
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, TABLE_OPTIONS, Base, UtcDateTime, Versioned, flag_column, name_column


class User(Versioned, Base):
    """A person with a role. ``epoch`` rises when every session of the user must end at once."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_role_is_active", "role", "is_active"), TABLE_OPTIONS)

    username: Mapped[str] = name_column(60)
    username_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    email: Mapped[str] = name_column(254)
    email_key: Mapped[str] = mapped_column(String(254), nullable=False, unique=True)
    full_name: Mapped[str | None] = name_column(nullable=True)
    role: Mapped[str] = mapped_column(String(20), nullable=False)
    is_active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True, server_default=true())
    password_hash: Mapped[str] = mapped_column(String(100), nullable=False)
    must_change_password: Mapped[bool] = flag_column()
    failed_sign_ins: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    epoch: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")


class SignInThrottle(Base):
    """Wrong passwords counted per name as typed, so that an unknown user is answered just as a known one."""

    __tablename__ = "sign_in_throttles"

    username_key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failure_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, index=True)
