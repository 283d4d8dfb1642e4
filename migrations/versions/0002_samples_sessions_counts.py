"""Samples, sessions of the API, and counts kept with what they count.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}

#: What is counted of dispatches, each with its condition on a dispatch.
COUNTED = {
    "sent": "1 = 1",
    "closed": "status = 'closed'",
    "matched": "matched",
    "discrepancy": "discrepancy",
    "voided": "status = 'voided'",
}


def upgrade() -> None:
    op.create_index("ix_movements_to_state", "movements", ["to_state", "at", "id"])
    _dispatches_know_their_month()
    _counters_count_more()
    op.create_table(
        "samples",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sample_id", sa.String(length=60), nullable=False),
        sa.Column("sample_key", sa.String(length=190), nullable=False),
        sa.Column("sample_type", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("dispatch_id", ID, nullable=True),
        sa.Column("drillhole_id", ID, nullable=True),
        sa.Column("from_depth", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("to_depth", sa.Numeric(precision=9, scale=3), nullable=True),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "from_depth IS NULL OR (from_depth >= 0 AND from_depth < to_depth)", name=op.f("ck_samples_interval")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_samples_created_by")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_samples_dispatch_id")),
        sa.ForeignKeyConstraint(["drillhole_id"], ["drillholes.id"], name=op.f("fk_samples_drillhole_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_samples_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("sample_key", name=op.f("uq_samples_sample_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_samples_created_by"), "samples", ["created_by"])
    op.create_index(op.f("ix_samples_import_id"), "samples", ["import_id"])
    op.create_index("ix_samples_drillhole_id", "samples", ["drillhole_id", "sample_type", "from_depth", "id"])
    for name in ("dispatch_id", "sample_type", "status", "from_depth", "created_at"):
        op.create_index(f"ix_samples_{name}", "samples", [name, "id"])
    op.create_table(
        "api_sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("refresh_id", sa.String(length=36), nullable=False),
        sa.Column("machine", sa.String(length=120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("refreshed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_sessions")),
        **OPTIONS,
    )
    op.create_index("ix_api_sessions_user_id", "api_sessions", ["user_id", "ended_at"])
    op.create_index("ix_api_sessions_expires_at", "api_sessions", ["expires_at"])


def _dispatches_know_their_month() -> None:
    op.add_column("dispatches", sa.Column("month", sa.Integer(), server_default="0", nullable=False))
    # The month its first movement was posted under: in the time zone that the shed had then.
    op.execute(
        "UPDATE dispatches SET month = COALESCE((SELECT MIN(m.month) FROM movements m "
        "WHERE m.dispatch_id = dispatches.id AND m.kind = 'dispatch'), 0)"
    )
    op.create_index("ix_dispatches_updated_at", "dispatches", ["updated_at", "dispatched_at", "id"])


def _counters_count_more() -> None:
    bind = op.get_bind()
    numbers = [tuple(row) for row in bind.execute(sa.text("SELECT kind, year, value FROM counters"))]
    op.drop_table("counters")
    counters = op.create_table(
        "counters",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shed_id", ID, autoincrement=False, nullable=False),
        sa.Column("project_id", ID, autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "period", "shed_id", "project_id", name=op.f("pk_counters")),
        **OPTIONS,
    )
    op.create_index("ix_counters_period", "counters", ["period", "kind"])
    rows = [_counter(kind, year, 0, 0, value) for kind, year, value in numbers]
    for kind, condition in COUNTED.items():
        for keys in ("month, shed_id, project_id", "0, shed_id, 0"):
            groups = keys if keys[0] == "m" else "shed_id"
            found = bind.execute(
                sa.text(f"SELECT {keys}, COUNT(*) FROM dispatches WHERE {condition} GROUP BY {groups}")  # noqa: S608
            )
            rows += [_counter(kind, *row) for row in found]
    if rows:
        op.bulk_insert(counters, rows)


def _counter(kind: str, *rest: Any) -> dict[str, Any]:
    return dict(zip(("kind", "period", "shed_id", "project_id", "value"), (kind, *rest), strict=True))


def downgrade() -> None:
    op.drop_table("api_sessions")
    op.drop_table("samples")
    _counters_count_numbers_only()
    op.drop_index("ix_movements_to_state", "movements")
    op.drop_index("ix_dispatches_updated_at", "dispatches")
    op.drop_column("dispatches", "month")


def _counters_count_numbers_only() -> None:
    bind = op.get_bind()
    # Numbers stand for a whole year and no shed; every other count has a shed, or is of samples.
    found: Iterable[Any] = bind.execute(
        sa.text("SELECT kind, period, value FROM counters WHERE shed_id = 0 AND kind NOT LIKE '%/%'")
    )
    numbers = [dict(zip(("kind", "year", "value"), row, strict=True)) for row in found]
    op.drop_table("counters")
    counters = op.create_table(
        "counters",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_counters")),
        **OPTIONS,
    )
    if numbers:
        op.bulk_insert(counters, numbers)
