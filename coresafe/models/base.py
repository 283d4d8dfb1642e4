"""What all tables share: names of constraints, column types that mean the same on every database, versions and times."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, MetaData, String, Table, Text, false
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Longest text of a name, and of the key it is compared by (casefolding and NFKC may lengthen a name).
NAME_LENGTH = 120
KEY_LENGTH = 190
NOTE_LENGTH = 4000

#: Binary collation: texts compare the same on MySQL, MariaDB and SQLite; what must be equal without case has a key.
TABLE_OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "sqlite_autoincrement": True,
}

Id = BigInteger().with_variant(Integer(), "sqlite")
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC in the program, UTC without a zone and with microseconds in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A JSON document kept as text, so that it is byte for byte what was hashed, on every database."""

    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Parent of every model."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__: Any = TABLE_OPTIONS
    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # ours are all tables, which SQLAlchemy cannot know


class Versioned:
    """Columns of every row a person can edit: its version (raised at each change) and when it was made and changed."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True, sort_order=-10)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1", sort_order=90)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False, sort_order=92)


def name_column(length: int = NAME_LENGTH, *, nullable: bool = False) -> Mapped[Any]:
    """A short text as a person typed it."""
    return mapped_column(String(length), nullable=nullable)


def flag_column(*, index: bool = False) -> Mapped[bool]:
    """A yes or no, no by default."""
    return mapped_column(Boolean, nullable=False, default=False, server_default=false(), index=index)


def word_column(length: int = 20, *, nullable: bool = False) -> Mapped[Any]:
    """One word of a closed list (see ``enums``), stored as it is."""
    return mapped_column(String(length), nullable=nullable)
