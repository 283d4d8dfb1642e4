"""Settings of the installation, shared by everybody who uses the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import Base, Json, UtcDateTime


class Setting(Base):
    """One setting; what is absent has the default declared in ``services/settings.py``."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
