"""The ledger: movements, and what is kept beside them under the same locks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import NOTE_LENGTH, TABLE_OPTIONS, Base, Id, UtcDateTime, word_column


class Movement(Base):
    """So many trays of one size from one account to another; append-only.

    The two accounts are (``shed_id``, ``from_state``) and (``to_shed_id``, ``to_state``). ``at`` is when it happened,
    ``entered_at`` when it was entered. ``month`` and ``to_month`` (yyyymm) are the month of ``at`` in the time zone of
    either shed. A movement of kind *void* names in ``of_kind`` what it counters; elsewhere ``of_kind`` equals ``kind``.
    """

    __tablename__ = "movements"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="positive"),
        CheckConstraint("from_state <> to_state OR shed_id <> to_shed_id", name="moves"),
        Index("ix_movements_at", "at", "id"),
        Index("ix_movements_shed_id", "shed_id", "at", "id"),
        Index("ix_movements_to_shed_id", "to_shed_id", "at", "id"),
        Index("ix_movements_tray_size_id", "tray_size_id", "at", "id"),
        Index("ix_movements_kind", "kind", "at", "id"),
        Index("ix_movements_to_state", "to_state", "at", "id"),
        Index("ix_movements_company_id", "company_id", "at", "id"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    month: Mapped[int] = mapped_column(Integer, nullable=False)
    to_month: Mapped[int] = mapped_column(Integer, nullable=False)
    kind: Mapped[str] = word_column()
    of_kind: Mapped[str] = word_column()
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    from_state: Mapped[str] = word_column()
    to_state: Mapped[str] = word_column()
    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    to_shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    company_id: Mapped[int | None] = mapped_column(Id, ForeignKey("companies.id"))
    dispatch_id: Mapped[int | None] = mapped_column(Id, ForeignKey("dispatches.id"), index=True)
    return_id: Mapped[int | None] = mapped_column(Id, ForeignKey("returns.id"), index=True)
    resolution_id: Mapped[int | None] = mapped_column(Id, ForeignKey("resolutions.id"), index=True)
    transfer_id: Mapped[int | None] = mapped_column(Id, ForeignKey("transfers.id"), index=True)
    stocktake_id: Mapped[int | None] = mapped_column(Id, ForeignKey("stocktakes.id"), index=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
    operation_id: Mapped[str] = mapped_column(String(36), nullable=False)
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))


class Balance(Base):
    """How many trays of a size are in a state at a shed, now. Only suppliers (*external*) may go below zero."""

    __tablename__ = "balances"
    __table_args__ = (
        CheckConstraint("quantity >= 0 OR state = 'external'", name="not_negative"),
        Index("ix_balances_tray_size_id", "tray_size_id"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")


class MonthlyTotal(Base):
    """Net change of an account in a month by one kind of movement (a void counts as the kind it counters).

    ``company_id`` is 0 where no company is concerned, so that it can be part of the key.
    """

    __tablename__ = "monthly_totals"
    __table_args__ = (
        Index("ix_monthly_totals_month", "month", "shed_id"),
        Index("ix_monthly_totals_company_id", "company_id", "month"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    company_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
