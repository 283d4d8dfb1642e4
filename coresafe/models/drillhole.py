"""Drillholes of a project."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Double, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, TABLE_OPTIONS, Base, Id, Versioned, name_column, word_column


class Drillhole(Versioned, Base):
    """A hole.

    ``eoh_depth`` and ``elevation`` in metres; easting and northing in the project's CRS, as they were given;
    azimuth 0 to under 360 degrees; dip -90 (down) to 90.
    """

    __tablename__ = "drillholes"
    __table_args__ = (
        UniqueConstraint("project_id", "hole_key"),
        Index("ix_drillholes_hole_key", "hole_key"),
        Index("ix_drillholes_status", "status", "hole_key"),
        Index("ix_drillholes_core_size", "core_size", "hole_key"),
        Index("ix_drillholes_eoh_depth", "eoh_depth", "id"),
        TABLE_OPTIONS,
    )

    hole_id: Mapped[str] = name_column(60)
    hole_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"), nullable=False)
    eoh_depth: Mapped[float | None] = mapped_column(Numeric(9, 3, asdecimal=False))
    core_size: Mapped[str | None] = name_column(20, nullable=True)
    easting: Mapped[float | None] = mapped_column(Double)
    northing: Mapped[float | None] = mapped_column(Double)
    elevation: Mapped[float | None] = mapped_column(Double)
    azimuth: Mapped[float | None] = mapped_column(Numeric(7, 3, asdecimal=False))
    dip: Mapped[float | None] = mapped_column(Numeric(6, 3, asdecimal=False))
    drilled_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = word_column()
    import_id: Mapped[int | None] = mapped_column(Id, ForeignKey("imports.id"), index=True)
