"""Sheds and tray sizes: the places that stock trays and the kinds of tray they stock."""

from __future__ import annotations

from sqlalchemy import Boolean, Integer, Numeric, String, true
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, Base, Versioned, flag_column, name_column


class Shed(Versioned, Base):
    """A place that stocks trays.

    ``closed_through`` is the last closed month (yyyymm) or 0. Every write of stock holds this row shared while it
    looks, closing a month holds it alone: no entry slips into a month that is being closed.
    """

    __tablename__ = "sheds"

    name: Mapped[str] = name_column()
    name_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    code: Mapped[str] = name_column(20)
    code_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    time_zone: Mapped[str] = name_column(60)
    is_active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True, server_default=true())
    closed_through: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")


class TraySize(Versioned, Base):
    """A kind of tray: core and hole diameter in mm, rows, capacity in metres of core, empty mass in kg."""

    __tablename__ = "tray_sizes"

    name: Mapped[str] = name_column(20)
    name_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    core_mm: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))
    hole_mm: Mapped[float | None] = mapped_column(Numeric(6, 1, asdecimal=False))
    rows: Mapped[int | None] = mapped_column(Integer)
    capacity_m: Mapped[float | None] = mapped_column(Numeric(6, 2, asdecimal=False))
    empty_mass_kg: Mapped[float | None] = mapped_column(Numeric(6, 2, asdecimal=False))
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    is_active: Mapped[bool] = flag_column()
