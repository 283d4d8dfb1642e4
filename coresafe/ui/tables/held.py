"""Rows that are all there already, as a source of a table: a report is read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from coresafe.services.listing import Page, Query


@dataclass(frozen=True, slots=True)
class Held:
    """A row of a report: what tells it from all others, and what it says."""

    id: Any
    row: Any


class HeldSource:
    """Holds rows. ``words`` are what a search looks in; ``sorts`` the values that can be sorted by.

    ``fits`` tells whether a row passes a filter (name, value). Asked on the task runner's threads; ``hold`` may be called
    on the window's.
    """

    def __init__(
        self,
        words: Callable[[Any], Sequence[str | None]],
        sorts: dict[str, Callable[[Any], Any]],
        fits: Callable[[Any, str, object], bool] = lambda _row, _name, _value: True,
    ) -> None:
        self._rows: tuple[Held, ...] = ()
        self._as_of = datetime.now(UTC)
        self._words, self._sorts, self._fits = words, sorts, fits

    def hold(self, rows: Sequence[Held], as_of: datetime) -> None:
        """Other rows, as they were at that moment. The table is to be told to reload."""
        self._rows, self._as_of = tuple(rows), as_of

    def fetch(self, query: Query) -> Page[Any]:
        """One page; a cursor is the place of a row."""
        rows = self._asked_for(query)
        at = int(query.cursor) if query.cursor else None
        if query.backwards:
            end = max(0, (len(rows) if at is None else at) - query.skip)
            start = max(0, end - query.limit)
        else:
            start = min(len(rows), (0 if at is None else at + 1) + query.skip)
            end = min(len(rows), start + query.limit)
        return Page(
            items=tuple(rows[start:end]),
            next_cursor=str(end - 1) if end < len(rows) and end else None,
            previous_cursor=str(start) if start and end > start else None,
            as_of=self._as_of,
            total=len(rows),
        )

    def count(self, query: Query) -> int:
        """How many rows the filters let through."""
        return len(self._asked_for(query))

    def _asked_for(self, query: Query) -> list[Held]:
        wanted = query.q.strip().casefold()
        rows = [
            held
            for held in self._rows
            if all(self._fits(held.row, name, value) for name, value in query.filters.items() if value is not None)
            and (not wanted or any(wanted in (word or "").casefold() for word in self._words(held.row)))
        ]
        key = self._sorts.get(query.sort.removeprefix("-"))
        if key is not None:
            rows.sort(key=lambda held: (key(held.row) is not None, key(held.row)), reverse=query.sort.startswith("-"))
        return rows
