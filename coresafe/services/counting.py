"""Counts kept with what they count: numbers given out, how many dispatches stand how, how many samples there are.

They change in one statement, the last lock a write takes, so that a dashboard does not read all of history and a
document still costs the round trips it always did.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from coresafe.models.enums import CountKind
from coresafe.services.work import Writing

#: kind, period, shed, project.
Key = tuple[str, int, int, int]
Counts = Mapping[Key, int]

#: Kinds of dispatches that a dispatch is counted among, besides having been sent.
STANDINGS = (CountKind.CLOSED, CountKind.MATCHED, CountKind.DISCREPANCY, CountKind.VOIDED)


def of_dispatch(kinds: Mapping[CountKind, int], *, shed_id: int, project_id: int, month: int) -> dict[Key, int]:
    """The counts that change where a dispatch joins (1) or leaves (-1) a kind: of its month, and of all together."""
    changes: dict[Key, int] = {}
    for kind, change in kinds.items():
        if change:
            changes[kind.value, month, shed_id, project_id] = change
            changes[kind.value, 0, shed_id, 0] = change
    return changes


def of_sample(sample_type: str, status: str, entered_at: datetime, change: int) -> dict[Key, int]:
    """The counts that change where a sample joins (1) or leaves (-1) a type and status; months in UTC."""
    kind = f"{sample_type}/{status}"
    return {(kind, entered_at.year * 100 + entered_at.month, 0, 0): change, (kind, 0, 0, 0): change}


def together(*parts: Counts) -> dict[Key, int]:
    """Several changes as one, what cancels out left out."""
    total: dict[Key, int] = defaultdict(int)
    for part in parts:
        for key, change in part.items():
            total[key] += change
    return {key: change for key, change in total.items() if change}


def count(tx: Writing, changes: Counts) -> None:
    """Keep the changes, if there are any. One statement."""
    if changes:
        _send(tx, sorted(changes.items()), "")


def next_number(tx: Writing, letter: str, changes: Counts | None = None) -> str:
    """The next number of a kind of document, such as D-2026-000123: without gaps in the year of entry (UTC).

    ``changes`` are kept in the same statement. Its locks are the last ones taken, so call it as late as possible.
    """
    year = tx.now.year
    rows = sorted([*(changes or {}).items(), ((letter, year, 0, 0), 1)])
    return f"{letter}-{year}-{_send(tx, rows, letter):06d}"


def _send(tx: Writing, rows: list[tuple[Key, int]], letter: str) -> int:
    values = [part for key, change in rows for part in (*key, change)]
    if tx.flavour == "sqlite":
        found = tx.change_by_text(_sqlite_statement(len(rows)), tuple(values), table="counters").all()
        return next((int(row.value) for row in found if row.kind == letter), 0)
    statement = _mysql_statement(len(rows), tx.flavour)
    # LAST_INSERT_ID tells the number where there was one before; a first one of its year tells nothing.
    return tx.change_by_text(statement, (*values, letter), table="counters").lastrowid or 1


@functools.cache
def _sqlite_statement(rows: int) -> str:
    return (
        "INSERT INTO counters (kind, period, shed_id, project_id, value) "  # noqa: S608  # only marks are put in
        f"VALUES {', '.join(['(?, ?, ?, ?, ?)'] * rows)} "
        "ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING kind, value"
    )


@functools.cache
def _mysql_statement(rows: int, flavour: str) -> str:
    insert = (
        "INSERT INTO counters (kind, period, shed_id, project_id, value) "  # noqa: S608
        f"VALUES {', '.join(['(%s, %s, %s, %s, %s)'] * rows)}"
    )
    alias, fresh = ("", "VALUES(value)") if flavour == "mariadb" else (" AS fresh", "fresh.value")
    return (
        f"{insert}{alias} ON DUPLICATE KEY UPDATE value = "
        f"IF(counters.kind = %s, LAST_INSERT_ID(counters.value + 1), counters.value + {fresh})"
    )
