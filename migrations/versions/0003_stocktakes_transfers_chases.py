"""Stocktakes, transfers between sheds, and who was called about trays that are out.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
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

#: What a movement may come from besides a dispatch: a column of its own for each.
SOURCES = {"transfer_id": "transfers", "stocktake_id": "stocktakes"}
#: In the order in which one refers to another.
TABLES = (
    "stocktakes",
    "stocktake_sizes",
    "stocktake_counts",
    "stocktake_lines",
    "transfers",
    "transfer_lines",
    "transfer_entries",
    "transfer_entry_lines",
    "chases",
)


def upgrade() -> None:
    _stocktakes()
    _transfers()
    _chases()
    _movements_know_where_they_come_from()


def _stocktakes() -> None:
    op.create_table(
        "stocktakes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("notes", sa.String(length=4000), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        sa.Column("end_reason", sa.String(length=4000), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_stocktakes_ended_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_stocktakes_opened_by")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_stocktakes_shed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktakes")),
        sa.UniqueConstraint("number", name=op.f("uq_stocktakes_number")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stocktakes_ended_at", "stocktakes", ["ended_at", "id"])
    op.create_index(op.f("ix_stocktakes_ended_by"), "stocktakes", ["ended_by"])
    op.create_index("ix_stocktakes_opened_at", "stocktakes", ["opened_at", "id"])
    op.create_index(op.f("ix_stocktakes_opened_by"), "stocktakes", ["opened_by"])
    op.create_index("ix_stocktakes_shed_id", "stocktakes", ["shed_id", "status", "opened_at"])
    op.create_table(
        "stocktake_counts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("stocktake_id", ID, nullable=False),
        sa.Column("counter_id", ID, nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("place_key", sa.String(length=190), nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("quantity IS NULL OR quantity >= 0", name=op.f("ck_stocktake_counts_not_negative")),
        sa.ForeignKeyConstraint(["counter_id"], ["users.id"], name=op.f("fk_stocktake_counts_counter_id")),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktakes.id"], name=op.f("fk_stocktake_counts_stocktake_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_stocktake_counts_tray_size_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_counts")),
        sa.UniqueConstraint(
            "stocktake_id", "counter_id", "place_key", "tray_size_id", "state", name="uq_stocktake_counts_entry"
        ),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_stocktake_counts_counter_id"), "stocktake_counts", ["counter_id"])
    op.create_index(op.f("ix_stocktake_counts_tray_size_id"), "stocktake_counts", ["tray_size_id"])
    op.create_table(
        "stocktake_lines",
        sa.Column("stocktake_id", ID, autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktakes.id"], name=op.f("fk_stocktake_lines_stocktake_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_stocktake_lines_tray_size_id")),
        sa.PrimaryKeyConstraint("stocktake_id", "tray_size_id", "state", name=op.f("pk_stocktake_lines")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_stocktake_lines_tray_size_id"), "stocktake_lines", ["tray_size_id"])
    op.create_table(
        "stocktake_sizes",
        sa.Column("stocktake_id", ID, autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, autoincrement=False, nullable=False),
        sa.Column("declared_at", MOMENT, nullable=True),
        sa.Column("declared_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["declared_by"], ["users.id"], name=op.f("fk_stocktake_sizes_declared_by")),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktakes.id"], name=op.f("fk_stocktake_sizes_stocktake_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_stocktake_sizes_tray_size_id")),
        sa.PrimaryKeyConstraint("stocktake_id", "tray_size_id", name=op.f("pk_stocktake_sizes")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_stocktake_sizes_declared_by"), "stocktake_sizes", ["declared_by"])
    op.create_index(op.f("ix_stocktake_sizes_tray_size_id"), "stocktake_sizes", ["tray_size_id"])


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("shed_id", ID, nullable=False),
        sa.Column("to_shed_id", ID, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("driver", sa.String(length=120), nullable=False),
        sa.Column("technician", sa.String(length=120), nullable=False),
        sa.Column("vehicle", sa.String(length=120), nullable=True),
        sa.Column("notes", sa.String(length=4000), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("in_transit", sa.Integer(), nullable=False),
        sa.Column("discrepancy", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("void_reason", sa.String(length=4000), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("in_transit >= 0", name=op.f("ck_transfers_not_negative")),
        sa.CheckConstraint("shed_id <> to_shed_id", name=op.f("ck_transfers_elsewhere")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_transfers_created_by")),
        sa.ForeignKeyConstraint(["shed_id"], ["sheds.id"], name=op.f("fk_transfers_shed_id")),
        sa.ForeignKeyConstraint(["to_shed_id"], ["sheds.id"], name=op.f("fk_transfers_to_shed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("number", name=op.f("uq_transfers_number")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_transfers_created_by"), "transfers", ["created_by"])
    op.create_index("ix_transfers_sent_at", "transfers", ["sent_at", "id"])
    op.create_index("ix_transfers_shed_id", "transfers", ["shed_id", "status", "sent_at"])
    op.create_index("ix_transfers_to_shed_id", "transfers", ["to_shed_id", "status", "sent_at"])
    op.create_table(
        "transfer_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("technician", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=4000), nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("void_reason", sa.String(length=4000), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_transfer_entries_created_by")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_entries_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_entries")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_transfer_entries_created_by"), "transfer_entries", ["created_by"])
    op.create_index("ix_transfer_entries_transfer_id", "transfer_entries", ["transfer_id", "id"])
    op.create_table(
        "transfer_lines",
        sa.Column("transfer_id", ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tray_size_id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("occupied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("damaged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("surplus", sa.Integer(), server_default="0", nullable=False),
        sa.Column("in_transit", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0 AND in_transit >= 0 "
            "AND good + occupied + damaged + lost + in_transit = quantity",
            name=op.f("ck_transfer_lines_adds_up"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_lines_positive")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_lines_transfer_id")),
        sa.ForeignKeyConstraint(["tray_size_id"], ["tray_sizes.id"], name=op.f("fk_transfer_lines_tray_size_id")),
        sa.PrimaryKeyConstraint("transfer_id", "position", name=op.f("pk_transfer_lines")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_transfer_lines_tray_size_id"), "transfer_lines", ["tray_size_id"])
    op.create_table(
        "transfer_entry_lines",
        sa.Column("entry_id", ID, autoincrement=False, nullable=False),
        sa.Column("transfer_position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("occupied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("damaged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("surplus", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND occupied >= 0 AND damaged >= 0 AND lost >= 0 AND surplus >= 0",
            name=op.f("ck_transfer_entry_lines_not_negative"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["transfer_entries.id"], name=op.f("fk_transfer_entry_lines_entry_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id", "transfer_position"],
            ["transfer_lines.transfer_id", "transfer_lines.position"],
            name="fk_transfer_entry_lines_transfer_line",
        ),
        sa.PrimaryKeyConstraint("entry_id", "transfer_position", name=op.f("pk_transfer_entry_lines")),
        **OPTIONS,
    )
    op.create_index(
        "ix_transfer_entry_lines_transfer_line", "transfer_entry_lines", ["transfer_id", "transfer_position"]
    )


def _chases() -> None:
    op.create_table(
        "chases",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("dispatch_id", ID, nullable=False),
        sa.Column("chased_at", MOMENT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("called", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_chases_created_by")),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_chases_dispatch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chases")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_chases_created_by"), "chases", ["created_by"])
    op.create_index("ix_chases_dispatch_id", "chases", ["dispatch_id", "id"])


def _movements_know_where_they_come_from() -> None:
    for name, table in SOURCES.items():
        if op.get_bind().dialect.name == "sqlite":  # it adds a key with its column only
            op.execute(
                f"ALTER TABLE movements ADD COLUMN {name} INTEGER CONSTRAINT fk_movements_{name} REFERENCES {table} (id)"
            )
        else:
            op.add_column("movements", sa.Column(name, ID, nullable=True))
            op.create_foreign_key(op.f(f"fk_movements_{name}"), "movements", table, [name], ["id"])
        op.create_index(op.f(f"ix_movements_{name}"), "movements", [name])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("movements", table_kwargs={"sqlite_autoincrement": True}) as movements:
            for name in SOURCES:
                movements.drop_index(f"ix_movements_{name}")
                movements.drop_column(name)
    else:
        for name in SOURCES:
            op.drop_constraint(op.f(f"fk_movements_{name}"), "movements", type_="foreignkey")
            op.drop_index(op.f(f"ix_movements_{name}"), "movements")
            op.drop_column("movements", name)
    for table in reversed(TABLES):
        op.drop_table(table)
