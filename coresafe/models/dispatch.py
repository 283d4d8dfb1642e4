"""Dispatches: consignments leaving a shed, with what stands open on each line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
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
    word_column,
)


class Dispatch(Versioned, Base):
    """Header of a dispatch. ``outstanding`` and ``quantity`` are the sums of its lines, kept with them in one transaction.

    ``is_open`` (something outstanding, not voided) leads the index of the outstanding list; ``matched`` and
    ``discrepancy`` are kept as they stand now (domain: Dispatch states). ``month`` (yyyymm) is the month of
    ``dispatched_at`` in the shed's time zone, under which the dispatch is counted.
    """

    __tablename__ = "dispatches"
    __table_args__ = (
        Index("ix_dispatches_dispatched_at", "dispatched_at", "id"),
        Index("ix_dispatches_is_open", "is_open", "dispatched_at", "id"),
        Index("ix_dispatches_is_open_due", "is_open", "due_at", "id"),
        Index("ix_dispatches_status", "status", "dispatched_at", "id"),
        Index("ix_dispatches_company_id", "company_id", "dispatched_at", "id"),
        Index("ix_dispatches_project_id", "project_id", "dispatched_at", "id"),
        Index("ix_dispatches_drillhole_id", "drillhole_id", "dispatched_at", "id"),
        Index("ix_dispatches_shed_id", "shed_id", "dispatched_at", "id"),
        Index("ix_dispatches_discrepancy", "discrepancy", "dispatched_at", "id"),
        Index("ix_dispatches_due_at", "due_at", "id"),
        Index("ix_dispatches_driver", "driver", "id"),
        Index("ix_dispatches_technician", "technician", "id"),
        Index("ix_dispatches_outstanding", "outstanding", "id"),
        Index("ix_dispatches_quantity", "quantity", "id"),
        Index("ix_dispatches_updated_at", "updated_at", "dispatched_at", "id"),
        TABLE_OPTIONS,
    )

    number: Mapped[str] = mapped_column(String(20), nullable=False, unique=True)
    status: Mapped[str] = word_column()
    shed_id: Mapped[int] = mapped_column(Id, ForeignKey("sheds.id"), nullable=False)
    company_id: Mapped[int] = mapped_column(Id, ForeignKey("companies.id"), nullable=False)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"), nullable=False)
    drillhole_id: Mapped[int | None] = mapped_column(Id, ForeignKey("drillholes.id"))
    dispatched_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    month: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    driver: Mapped[str] = name_column()
    technician: Mapped[str] = name_column()
    vehicle: Mapped[str | None] = name_column(60, nullable=True)
    destination: Mapped[str | None] = name_column(nullable=True)
    samples_collected: Mapped[int | None] = mapped_column(Integer)
    sample_type: Mapped[str | None] = word_column(nullable=True)
    notes: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    outstanding: Mapped[int] = mapped_column(Integer, nullable=False)
    is_open: Mapped[bool] = flag_column()
    is_final: Mapped[bool] = flag_column()
    matched: Mapped[bool] = flag_column()
    discrepancy: Mapped[bool] = flag_column()
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)


class DispatchLine(Base):
    """One size of a dispatch: quantity = good + occupied + damaged + lost + outstanding; all five are 0 once voided.

    ``surplus`` came back beyond what was sent, ``recovered`` turned up after it was declared lost (part of ``lost``).
    """

    __tablename__ = "dispatch_lines"
    __table_args__ = (
        UniqueConstraint("dispatch_id", "tray_size_id", "contents"),
        CheckConstraint(
            "quantity = good + occupied + damaged + lost + outstanding "
            "OR good + occupied + damaged + lost + outstanding = 0",
            name="accounted",
        ),
        CheckConstraint("outstanding >= 0 AND recovered >= 0 AND recovered <= lost", name="not_negative"),
        CheckConstraint("good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0", name="parts"),
        Index("ix_dispatch_lines_tray_size_id", "tray_size_id", "outstanding"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    dispatch_id: Mapped[int] = mapped_column(Id, ForeignKey("dispatches.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tray_size_id: Mapped[int] = mapped_column(Id, ForeignKey("tray_sizes.id"), nullable=False)
    contents: Mapped[str] = word_column(10)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    good: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    damaged: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    lost: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    recovered: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    surplus: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    outstanding: Mapped[int] = mapped_column(Integer, nullable=False)
