"""Projects: a company's exploration projects."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from coresafe.models.base import KEY_LENGTH, TABLE_OPTIONS, Base, Id, Versioned, name_column, word_column


class Project(Versioned, Base):
    """A project with its short unique code; ``crs`` is an EPSG code."""

    __tablename__ = "projects"
    __table_args__ = (
        Index("ix_projects_company_id", "company_id", "code_key"),
        Index("ix_projects_status", "status", "code_key"),
        Index("ix_projects_name_key", "name_key"),
        TABLE_OPTIONS,
    )

    code: Mapped[str] = name_column(20)
    code_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False, unique=True)
    name: Mapped[str] = name_column()
    name_key: Mapped[str] = mapped_column(String(KEY_LENGTH), nullable=False)
    company_id: Mapped[int] = mapped_column(Id, ForeignKey("companies.id"), nullable=False)
    location: Mapped[str | None] = name_column(nullable=True)
    crs: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = word_column()
    import_id: Mapped[int | None] = mapped_column(Id, ForeignKey("imports.id"), index=True)
