"""Counts kept with what they count: the last number given out, and how many documents stand how."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import TABLE_OPTIONS, Base, Id


class Counter(Base):
    """One count. For numbers: ``kind`` is the letter, ``period`` the year of entry (UTC), shed and project are 0.

    For dispatches: ``kind`` is a word of ``CountKind``, ``period`` the month (yyyymm, in the shed's time zone) they left
    in, with shed and project; and the same for all months and projects of a shed together, with period and project 0.
    For samples: ``kind`` is ``type/status``, ``period`` the month they were entered in (UTC) or 0 for all.
    """

    __tablename__ = "counters"
    __table_args__ = (
        Index("ix_counters_period", "period", "kind"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    shed_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(Integer, nullable=False)
