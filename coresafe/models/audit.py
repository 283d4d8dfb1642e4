"""The audit trail: who changed what, when, from where; and the seals that make tampering show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import TABLE_OPTIONS, Base, Id, Json, UtcDateTime, name_column, word_column


class AuditEntry(Base):
    """One change of one record; append-only. ``old`` and ``new`` hold the fields that changed.

    ``hash`` covers all other columns but the id, which the database gives out after it was computed.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_record", "record_type", "record_id", "id"),
        Index("ix_audit_entries_user_id", "user_id", "id"),
        Index("ix_audit_entries_action", "action", "id"),
        Index("ix_audit_entries_at", "at", "id"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    user_id: Mapped[int | None] = mapped_column(Id, ForeignKey("users.id"))
    username: Mapped[str | None] = name_column(60, nullable=True)
    door: Mapped[str] = word_column()
    machine: Mapped[str] = name_column(nullable=False)
    operation_id: Mapped[str] = mapped_column(String(36), nullable=False, index=True)
    action: Mapped[str] = word_column(40)
    record_type: Mapped[str] = word_column(40)
    record_id: Mapped[str] = mapped_column(String(60), nullable=False)
    old: Mapped[Any | None] = mapped_column(Json)
    new: Mapped[Any | None] = mapped_column(Json)
    reason: Mapped[str | None] = mapped_column(String(4000))
    hash: Mapped[str] = mapped_column(String(64), nullable=False)


class AuditSeal(Base):
    """A link of the chain: the ids it covers (as ranges), their digest, and the digest of the seal before.

    ``gaps`` are ids below ``last_id`` that had not been committed when it was made (or never will be): the next seals
    look there again.
    """

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    last_id: Mapped[int] = mapped_column(Id, nullable=False)
    entries: Mapped[int] = mapped_column(Integer, nullable=False)
    ids: Mapped[Any] = mapped_column(Json, nullable=False)
    gaps: Mapped[Any] = mapped_column(Json, nullable=False)
    previous: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)
