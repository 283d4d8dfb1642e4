"""Imports: one row for each file brought in, so that it can be told apart and undone as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import TABLE_OPTIONS, Base, Id, Json, UtcDateTime, Versioned, word_column


class ImportRun(Versioned, Base):
    """A file that was imported: what, from where, with which mapping, and how many rows."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_record_type", "record_type", "id"), TABLE_OPTIONS)

    record_type: Mapped[str] = word_column()
    file_name: Mapped[str] = mapped_column(String(255), nullable=False)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)
    mapping: Mapped[Any | None] = mapped_column(Json)
    rows_added: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    rows_updated: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
