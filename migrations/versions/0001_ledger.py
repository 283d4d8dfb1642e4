"""The tables of the ledger, and the first rows: a shed, the tray sizes, the installation's key.

Revision: 0001
Follows: nothing
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from tzlocal import get_localzone_name

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
JSON = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
}

#: name, core mm, hole mm, rows, capacity m, empty mass kg, in use (domain: Core sizes shipped as defaults;
#: masses are those of common steel trays of a metre, and editable)
TRAY_SIZES = (
    ("PQ", 85.0, 122.6, 3, 3, 4.8, False),
    ("PQ3", 83.0, 122.6, 3, 3, 4.8, False),
    ("HQ", 63.5, 96.0, 4, 4, 4.4, True),
    ("HQ3", 61.1, 96.0, 4, 4, 4.4, False),
    ("NQ", 47.6, 75.7, 5, 5, 4.0, True),
    ("NQ2", 50.6, 75.7, 5, 5, 4.0, False),
    ("NQ3", 45.0, 75.7, 5, 5, 4.0, False),
    ("BQ", 36.5, 60.0, 6, 6, 3.6, False),
)
STATES = ("available", "occupied", "damaged", "out", "in_transit", "lost", "scrapped", "external")


def upgrade() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("ids", JSON, nullable=False),
        sa.Column("gaps", JSON, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_seals_previous")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "counters",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_counters")),
        **OPTIONS,
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sheds",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("code_key", sa.String(length=190), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("closed_through", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheds")),
        sa.UniqueConstraint("code_key", name=op.f("uq_sheds_code_key")),
        sa.UniqueConstraint("name_key", name=op.f("uq_sheds_name_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_throttles",
        sa.Column("username_key", sa.String(length=190), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("last_failure_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("username_key", name=op.f("pk_sign_in_throttles")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sign_in_throttles_last_failure_at"), "sign_in_throttles", ["last_failure_at"], unique=False
    )
    op.create_table(
        "tray_sizes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("core_mm", sa.Numeric(precision=6, scale=1, asdecimal=False), nullable=True),
        sa.Column("hole_mm", sa.Numeric(precision=6, scale=1, asdecimal=False), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("capacity_m", sa.Numeric(precision=6, scale=2, asdecimal=False), nullable=True),
        sa.Column("empty_mass_kg", sa.Numeric(precision=6, scale=2, asdecimal=False), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tray_sizes")),
        sa.UniqueConstraint("name_key", name=op.f("uq_tray_sizes_name_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("username_key", sa.String(length=190), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("password_hash", sa.String(length=100), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("last_sign_in_at", MOMENT, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_users_role_is_active", "users", ["role", "is_active"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("username", sa.String(length=60), nullable=True),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("machine", sa.String(length=120), nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("record_type", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=60), nullable=False),
        sa.Column("old", JSON, nullable=True),
        sa.Column("new", JSON, nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "id"], unique=False)
    op.create_index("ix_audit_entries_at", "audit_entries", ["at", "id"], unique=False)
    op.create_index(op.f("ix_audit_entries_operation_id"), "audit_entries", ["operation_id"], unique=False)
    op.create_index("ix_audit_entries_record", "audit_entries", ["record_type", "record_id", "id"], unique=False)
    op.create_index("ix_audit_entries_user_id", "audit_entries", ["user_id", "id"], unique=False)
    op.create_table(
        "balances",
        sa.Column("shed_id", ID, autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity >= 0 OR state = 'external'", name=op.f("ck_balances_not_negative")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_balances_shed_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_balances_tray_size_id")),
        sa.PrimaryKeyConstraint("shed_id", "tray_size_id", "state", name=op.f("pk_balances")),
        **OPTIONS,
    )
    op.create_index("ix_balances_tray_size_id", "balances", ["tray_size_id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("record_type", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mapping", JSON, nullable=True),
        sa.Column("rows_added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_imports_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_imports_created_by"), "imports", ["created_by"], unique=False)
    op.create_index("ix_imports_record_type", "imports", ["record_type", "id"], unique=False)
    op.create_table(
        "monthly_totals",
        sa.Column("shed_id", ID, autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("company_id", ID, autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_monthly_totals_shed_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_monthly_totals_tray_size_id")),
        sa.PrimaryKeyConstraint(
            "shed_id", "tray_size_id", "state", "company_id", "month", "kind", name=op.f("pk_monthly_totals")
        ),
        **OPTIONS,
    )
    op.create_index("ix_monthly_totals_company_id", "monthly_totals", ["company_id", "month"], unique=False)
    op.create_index("ix_monthly_totals_month", "monthly_totals", ["month", "shed_id"], unique=False)
    op.create_table(
        "operations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("action", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_stock", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("answer", JSON, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        **OPTIONS,
    )
    op.create_index("ix_operations_is_stock", "operations", ["is_stock", "created_at"], unique=False)
    op.create_index(op.f("ix_operations_user_id"), "operations", ["user_id"], unique=False)
    op.create_table(
        "periods",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("reopened_at", MOMENT, nullable=True),
        sa.Column("reopened_by", ID, nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_periods_closed_by")),
        sa.ForeignKeyConstraint(["reopened_by"], ["users.id"], name=op.f("fk_periods_reopened_by")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_periods_shed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periods")),
        sa.UniqueConstraint("shed_id", "month", name=op.f("uq_periods_shed_id_month")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_periods_closed_by"), "periods", ["closed_by"], unique=False)
    op.create_index(op.f("ix_periods_reopened_by"), "periods", ["reopened_by"], unique=False)
    op.create_table(
        "companies",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("contact_phone", sa.String(length=60), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_companies_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("name_key", name=op.f("uq_companies_name_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_companies_import_id"), "companies", ["import_id"], unique=False)
    op.create_index(op.f("ix_companies_is_active"), "companies", ["is_active"], unique=False)
    op.create_table(
        "projects",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("code_key", sa.String(length=190), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=190), nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("location", sa.String(length=120), nullable=True),
        sa.Column("crs", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_projects_company_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_projects_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("code_key", name=op.f("uq_projects_code_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_projects_company_id", "projects", ["company_id", "code_key"], unique=False)
    op.create_index(op.f("ix_projects_import_id"), "projects", ["import_id"], unique=False)
    op.create_index("ix_projects_name_key", "projects", ["name_key"], unique=False)
    op.create_index("ix_projects_status", "projects", ["status", "code_key"], unique=False)
    op.create_table(
        "drillholes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("hole_id", sa.String(length=60), nullable=False),
        sa.Column("hole_key", sa.String(length=190), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("eoh_depth", sa.Numeric(precision=9, scale=3, asdecimal=False), nullable=True),
        sa.Column("core_size", sa.String(length=20), nullable=True),
        sa.Column("easting", sa.Double(), nullable=True),
        sa.Column("northing", sa.Double(), nullable=True),
        sa.Column("elevation", sa.Double(), nullable=True),
        sa.Column("azimuth", sa.Numeric(precision=7, scale=3, asdecimal=False), nullable=True),
        sa.Column("dip", sa.Numeric(precision=6, scale=3, asdecimal=False), nullable=True),
        sa.Column("drilled_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_drillholes_import_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_drillholes_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drillholes")),
        sa.UniqueConstraint("project_id", "hole_key", name=op.f("uq_drillholes_project_id_hole_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drillholes_core_size", "drillholes", ["core_size", "hole_key"], unique=False)
    op.create_index("ix_drillholes_eoh_depth", "drillholes", ["eoh_depth", "id"], unique=False)
    op.create_index("ix_drillholes_hole_key", "drillholes", ["hole_key"], unique=False)
    op.create_index(op.f("ix_drillholes_import_id"), "drillholes", ["import_id"], unique=False)
    op.create_index("ix_drillholes_status", "drillholes", ["status", "hole_key"], unique=False)
    op.create_table(
        "dispatches",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("drillhole_id", ID, nullable=True),
        sa.Column("dispatched_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("driver", sa.String(length=120), nullable=False),
        sa.Column("technician", sa.String(length=120), nullable=False),
        sa.Column("vehicle", sa.String(length=60), nullable=True),
        sa.Column("destination", sa.String(length=120), nullable=True),
        sa.Column("samples_collected", sa.Integer(), nullable=True),
        sa.Column("sample_type", sa.String(length=20), nullable=True),
        sa.Column("notes", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("outstanding", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_final", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("matched", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("discrepancy", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("void_reason", sa.String(length=4000), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_dispatches_company_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_dispatches_created_by")),
        sa.ForeignKeyConstraint(["drillhole_id"], ["drillholes.id"], name=op.f("fk_dispatches_drillhole_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_dispatches_project_id")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_dispatches_shed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("number", name=op.f("uq_dispatches_number")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dispatches_company_id", "dispatches", ["company_id", "dispatched_at", "id"], unique=False)
    op.create_index(op.f("ix_dispatches_created_by"), "dispatches", ["created_by"], unique=False)
    op.create_index("ix_dispatches_discrepancy", "dispatches", ["discrepancy", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_dispatched_at", "dispatches", ["dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_drillhole_id", "dispatches", ["drillhole_id", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_driver", "dispatches", ["driver", "id"], unique=False)
    op.create_index("ix_dispatches_due_at", "dispatches", ["due_at", "id"], unique=False)
    op.create_index("ix_dispatches_is_open", "dispatches", ["is_open", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_is_open_due", "dispatches", ["is_open", "due_at", "id"], unique=False)
    op.create_index("ix_dispatches_outstanding", "dispatches", ["outstanding", "id"], unique=False)
    op.create_index("ix_dispatches_project_id", "dispatches", ["project_id", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_quantity", "dispatches", ["quantity", "id"], unique=False)
    op.create_index("ix_dispatches_shed_id", "dispatches", ["shed_id", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_status", "dispatches", ["status", "dispatched_at", "id"], unique=False)
    op.create_index("ix_dispatches_technician", "dispatches", ["technician", "id"], unique=False)
    op.create_table(
        "dispatch_lines",
        sa.Column("dispatch_id", ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("contents", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("occupied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("damaged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("recovered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("surplus", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outstanding", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0",
            name=op.f("ck_dispatch_lines_parts"),
        ),
        sa.CheckConstraint(
            "outstanding >= 0 AND recovered >= 0 AND recovered <= lost", name=op.f("ck_dispatch_lines_not_negative")
        ),
        sa.CheckConstraint(
            "quantity = good + occupied + damaged + lost + outstanding "
            "OR good + occupied + damaged + lost + outstanding = 0",
            name=op.f("ck_dispatch_lines_accounted"),
        ),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_dispatch_lines_dispatch_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_dispatch_lines_tray_size_id")),
        sa.PrimaryKeyConstraint("dispatch_id", "position", name=op.f("pk_dispatch_lines")),
        sa.UniqueConstraint(
            "dispatch_id", "tray_size_id", "contents", name=op.f("uq_dispatch_lines_dispatch_id_tray_size_id_contents")
        ),
        **OPTIONS,
    )
    op.create_index("ix_dispatch_lines_tray_size_id", "dispatch_lines", ["tray_size_id", "outstanding"], unique=False)
    op.create_table(
        "resolutions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("dispatch_id", ID, nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=False),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("void_reason", sa.String(length=4000), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_resolutions_created_by")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_resolutions_dispatch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_resolutions_created_by"), "resolutions", ["created_by"], unique=False)
    op.create_index("ix_resolutions_dispatch_id", "resolutions", ["dispatch_id", "id"], unique=False)
    op.create_index("ix_resolutions_resolved_at", "resolutions", ["resolved_at", "id"], unique=False)
    op.create_table(
        "returns",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dispatch_id", ID, nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("returned_at", MOMENT, nullable=False),
        sa.Column("driver", sa.String(length=120), nullable=False),
        sa.Column("technician", sa.String(length=120), nullable=False),
        sa.Column("is_final", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("condition_notes", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("void_reason", sa.String(length=4000), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_returns_created_by")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_returns_dispatch_id")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_returns_shed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("number", name=op.f("uq_returns_number")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_returns_created_by"), "returns", ["created_by"], unique=False)
    op.create_index("ix_returns_dispatch_id", "returns", ["dispatch_id", "id"], unique=False)
    op.create_index("ix_returns_returned_at", "returns", ["returned_at", "id"], unique=False)
    op.create_index("ix_returns_shed_id", "returns", ["shed_id", "returned_at", "id"], unique=False)
    op.create_table(
        "movements",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("to_month", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("of_kind", sa.String(length=20), nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("to_shed_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=True),
        sa.Column("dispatch_id", ID, nullable=True),
        sa.Column("return_id", ID, nullable=True),
        sa.Column("resolution_id", ID, nullable=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.CheckConstraint("from_state <> to_state OR shed_id <> to_shed_id", name=op.f("ck_movements_moves")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_movements_positive")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_movements_company_id")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_movements_dispatch_id")),
        sa.ForeignKeyConstraint(["resolution_id"], ["resolutions.id"], name=op.f("fk_movements_resolution_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_movements_return_id")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_movements_shed_id")),
        sa.ForeignKeyConstraint(["to_shed_id"], ["sheds.id"], name=op.f("fk_movements_to_shed_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_movements_tray_size_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_movements_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_movements_at", "movements", ["at", "id"], unique=False)
    op.create_index("ix_movements_company_id", "movements", ["company_id", "at", "id"], unique=False)
    op.create_index(op.f("ix_movements_dispatch_id"), "movements", ["dispatch_id"], unique=False)
    op.create_index("ix_movements_kind", "movements", ["kind", "at", "id"], unique=False)
    op.create_index(op.f("ix_movements_resolution_id"), "movements", ["resolution_id"], unique=False)
    op.create_index(op.f("ix_movements_return_id"), "movements", ["return_id"], unique=False)
    op.create_index("ix_movements_shed_id", "movements", ["shed_id", "at", "id"], unique=False)
    op.create_index("ix_movements_to_shed_id", "movements", ["to_shed_id", "at", "id"], unique=False)
    op.create_index("ix_movements_tray_size_id", "movements", ["tray_size_id", "at", "id"], unique=False)
    op.create_index(op.f("ix_movements_user_id"), "movements", ["user_id"], unique=False)
    op.create_table(
        "resolution_lines",
        sa.Column("resolution_id", ID, autoincrement=False, nullable=False),
        sa.Column("dispatch_position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dispatch_id", ID, nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_resolution_lines_positive")),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "dispatch_position"],
            ["dispatch_lines.dispatch_id", "dispatch_lines.position"],
            name="fk_resolution_lines_dispatch_line",
        ),
        sa.ForeignKeyConstraint(["resolution_id"], ["resolutions.id"], name=op.f("fk_resolution_lines_resolution_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_resolution_lines_tray_size_id")),
        sa.PrimaryKeyConstraint("resolution_id", "dispatch_position", name=op.f("pk_resolution_lines")),
        **OPTIONS,
    )
    op.create_index(
        "ix_resolution_lines_dispatch_line", "resolution_lines", ["dispatch_id", "dispatch_position"], unique=False
    )
    op.create_index(op.f("ix_resolution_lines_tray_size_id"), "resolution_lines", ["tray_size_id"], unique=False)
    op.create_table(
        "return_lines",
        sa.Column("return_id", ID, autoincrement=False, nullable=False),
        sa.Column("dispatch_position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dispatch_id", ID, nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("occupied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("damaged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("surplus", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND surplus >= 0", name=op.f("ck_return_lines_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "dispatch_position"],
            ["dispatch_lines.dispatch_id", "dispatch_lines.position"],
            name="fk_return_lines_dispatch_line",
        ),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_return_lines_tray_size_id")),
        sa.PrimaryKeyConstraint("return_id", "dispatch_position", name=op.f("pk_return_lines")),
        **OPTIONS,
    )
    op.create_index("ix_return_lines_dispatch_line", "return_lines", ["dispatch_id", "dispatch_position"], unique=False)
    op.create_index(op.f("ix_return_lines_tray_size_id"), "return_lines", ["tray_size_id"], unique=False)
    _first_rows()


def _first_rows() -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    stamp = {"version": 1, "created_at": now, "updated_at": now}
    bind = op.get_bind()
    meta = sa.MetaData()
    sheds, sizes, balances, settings = (
        sa.Table(name, meta, autoload_with=bind, resolve_fks=False)
        for name in ("sheds", "tray_sizes", "balances", "settings")
    )
    shed = {"name": "Main shed", "name_key": "main shed", "code": "MAIN", "code_key": "main"}
    op.bulk_insert(
        sheds,
        [
            {
                "id": 1,
                **shed,
                "time_zone": get_localzone_name() or "UTC",
                "is_active": True,
                "closed_through": 0,
                **stamp,
            }
        ],
    )
    rows = []
    for position, (name, core, hole, tray_rows, capacity, mass, in_use) in enumerate(TRAY_SIZES, start=1):
        size = {"id": position, "name": name, "name_key": name.lower(), "core_mm": core, "hole_mm": hole}
        more = {"rows": tray_rows, "capacity_m": capacity, "empty_mass_kg": mass, "position": position}
        rows.append({**size, **more, "is_active": in_use, **stamp})
    op.bulk_insert(sizes, rows)
    op.bulk_insert(
        balances,
        [
            {"shed_id": 1, "tray_size_id": row["id"], "state": state, "quantity": 0}
            for row in rows
            if row["is_active"]
            for state in STATES
        ],
    )
    # Keys the digests of operation ids; whoever can read this table can read the answers anyway.
    secret = json.dumps({"operation_key": secrets.token_hex(32)})
    op.bulk_insert(settings, [{"name": "secrets", "value": secret, "version": 1, "updated_at": now}])


def downgrade() -> None:
    op.drop_table("return_lines")
    op.drop_table("resolution_lines")
    op.drop_table("movements")
    op.drop_table("returns")
    op.drop_table("resolutions")
    op.drop_table("dispatch_lines")
    op.drop_table("dispatches")
    op.drop_table("drillholes")
    op.drop_table("projects")
    op.drop_table("companies")
    op.drop_table("periods")
    op.drop_table("operations")
    op.drop_table("monthly_totals")
    op.drop_table("imports")
    op.drop_table("balances")
    op.drop_table("audit_entries")
    op.drop_table("users")
    op.drop_table("tray_sizes")
    op.drop_table("sign_in_throttles")
    op.drop_table("sheds")
    op.drop_table("settings")
    op.drop_table("counters")
    op.drop_table("audit_seals")
