"""Samples taken from core, and those that check the laboratory."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, TABLE_OPTIONS, Base, Id, Versioned, name_column, word_column


class Sample(Versioned, Base):
    """A sample. Its id is its barcode; ``from_depth`` and ``to_depth`` are metres down the hole, none for QC samples."""

    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint("from_depth IS NULL OR (from_depth >= 0 AND from_depth < to_depth)", name="interval"),
        Index("ix_samples_drillhole_id", "drillhole_id", "sample_type", "from_depth", "id"),
        Index("ix_samples_dispatch_id", "dispatch_id", "id"),
        Index("ix_samples_sample_type", "sample_type", "id"),
        Index("ix_samples_status", "status", "id"),
        Index("ix_samples_from_depth", "from_depth", "id"),
        Index("ix_samples_created_at", "created_at", "id"),
        TABLE_OPTIONS,
    )

    sample_id: Mapped[str] = name_column(60)
    sample_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    sample_type: Mapped[str] = word_column()
    status: Mapped[str] = word_column()
    dispatch_id: Mapped[int | None] = mapped_column(Id, ForeignKey("dispatches.id"))
    drillhole_id: Mapped[int | None] = mapped_column(Id, ForeignKey("drillholes.id"))
    from_depth: Mapped[float | None] = mapped_column(Numeric(9, 3, asdecimal=False))
    to_depth: Mapped[float | None] = mapped_column(Numeric(9, 3, asdecimal=False))
    import_id: Mapped[int | None] = mapped_column(Id, ForeignKey("imports.id"), index=True)
    created_by: Mapped[int] = mapped_column(Id, ForeignKey("users.id"), nullable=False, index=True)
