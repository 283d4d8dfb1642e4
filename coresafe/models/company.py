"""Companies: the clients that own projects and owe trays."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, Base, Id, Versioned, name_column


class Company(Versioned, Base):
    """A client company. Its name is unique by key."""

    __tablename__ = "companies"

    name: Mapped[str] = name_column()
    name_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    contact_email: Mapped[str | None] = name_column(254, nullable=True)
    contact_phone: Mapped[str | None] = name_column(60, nullable=True)
    is_active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True, server_default=true(), index=True)
    import_id: Mapped[int | None] = mapped_column(Id, ForeignKey("imports.id"), index=True)
