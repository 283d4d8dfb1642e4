"""The audit trail: which records are audited, what an entry holds, and that no write goes without one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from coresafe.errors import Bug
from coresafe.services.context import Context

#: Every kind of record that is audited, with what can be done to it. Screens, filters and tests read this table.
KINDS: dict[str, frozenset[str]] = {
    "company": frozenset({"add", "change", "remove"}),
    "project": frozenset({"add", "change", "remove"}),
    "drillhole": frozenset({"add", "change", "remove"}),
    "shed": frozenset({"add", "change"}),
    "tray_size": frozenset({"add", "change"}),
    "sample": frozenset({"add", "change"}),
    "dispatch": frozenset({"dispatch", "amend", "extend", "void", "return", "resolve", "recover"}),
    "return": frozenset({"add", "void"}),
    "resolution": frozenset({"add", "void"}),
    "stock": frozenset(
        {"opening", "adjustment", "purchase", "fill", "release", "damage", "repair", "scrap", "recovery", "found"}
    ),
    "period": frozenset({"close", "reopen"}),
    "stocktake": frozenset({"open", "count", "declare", "recount", "approve", "cancel"}),
    "transfer": frozenset({"send", "receive", "lose", "void_entry", "void"}),
    "chase": frozenset({"add"}),
    "setting": frozenset({"change"}),
    "user": frozenset(
        {"add", "register", "change", "sign_in", "sign_in_refused", "sign_out", "token_reused", "password", "lock"}
    ),
    "import": frozenset({"add", "undo"}),
}

#: Which entry must accompany a write to which table. ``None``: any entry does, for it never stands alone.
COVERED_BY: dict[str, frozenset[str] | None] = {
    "companies": frozenset({"company", "import"}),
    "projects": frozenset({"project", "import"}),
    "drillholes": frozenset({"drillhole", "import"}),
    "sheds": frozenset({"shed", "period"}),
    "tray_sizes": frozenset({"tray_size"}),
    "samples": frozenset({"sample", "import"}),
    "dispatches": frozenset({"dispatch"}),
    "returns": frozenset({"return"}),
    "resolutions": frozenset({"resolution"}),
    "periods": frozenset({"period"}),
    "settings": frozenset({"setting"}),
    "users": frozenset({"user"}),
    "api_sessions": frozenset({"user"}),
    "imports": frozenset({"import"}),
    "stocktakes": frozenset({"stocktake"}),
    "transfers": frozenset({"transfer"}),
    "chases": frozenset({"chase"}),
    "stocktake_sizes": None,
    "stocktake_counts": None,
    "stocktake_lines": None,
    "transfer_lines": None,
    "transfer_entries": None,
    "transfer_entry_lines": None,
    "dispatch_lines": None,
    "return_lines": None,
    "resolution_lines": None,
    "movements": None,
    "balances": None,
    "monthly_totals": None,
    "counters": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change as a use case states it; the boundary adds who, when, whence and the operation."""

    action: str
    record_type: str
    record_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reason: str | None


def check_kind(record_type: str, action: str) -> None:
    """Refuse an entry that the table above does not know: a misspelt kind would never be found again."""
    if action not in KINDS.get(record_type, frozenset()):
        raise Bug(f"audit entries know no {action!r} of a {record_type!r}")


def require_covered(tables: Iterable[str], entries: Sequence[Entry]) -> None:
    """Raise Bug where a table was written and no entry says so."""
    kinds = {entry.record_type for entry in entries}
    for table in tables:
        if table not in COVERED_BY:
            raise Bug(f"writes to {table} are not declared in the audit's table")
        needed = COVERED_BY[table]
        if not kinds or (needed is not None and not needed & kinds):
            raise Bug(f"{table} was written without an audit entry")


def plain(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as JSON keeps them."""
    return None if fields is None else {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC, ending in Z."""
    return moment.isoformat().replace("+00:00", "Z")


def row_of(entry: Entry, context: Context, operation_id: str, now: datetime) -> dict[str, Any]:
    """The row to insert, with its hash."""
    actor = context.actor
    row = {
        "at": now,
        "user_id": actor.user_id or None,
        "username": actor.username or None,
        "door": context.door.value,
        "machine": context.machine,
        "operation_id": operation_id,
        "action": entry.action,
        "record_type": entry.record_type,
        "record_id": entry.record_id,
        "old": entry.old,
        "new": entry.new,
        "reason": entry.reason,
    }
    return row | {"hash": hash_of(row)}


HASHED = (
    "at", "user_id", "username", "door", "machine", "operation_id", "action", "record_type", "record_id",
    "old", "new", "reason",
)  # fmt: skip


def hash_of(row: Mapping[str, Any]) -> str:
    """SHA-256 over everything an entry says, in a canonical form that reads the same from every database."""
    content = [moment_text(row[name]) if name == "at" else row[name] for name in HASHED]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
