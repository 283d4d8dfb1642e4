"""A list in memory with the services' own contract for pages: by key, on and back, with skips."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from coresafe.services.listing import Page, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """A row to show."""

    id: int
    number: str
    company: str
    quantity: int
    status: str
    left: datetime | None = None


def tray(number: int, **more: Any) -> Tray:
    """The row with this id."""
    states = ("outstanding", "partially_returned", "overdue", "closed", "damaged", "lost", "occupied", "good")
    companies = ("Ashanti Deep", "Thalanga Copper", "Mount Carbine", "=SUM(A1)")
    row = Tray(
        id=number,
        number=f"D-2026-{number:06d}",
        company=companies[number % 4],
        quantity=number * 37 % 1200,
        status=states[number % 8],
        left=datetime(2026, 1, 1 + number % 28, 6, number % 60, tzinfo=UTC),
    )
    return replace(row, **more)


class Shelf:
    """Rows sorted by id (or by quantity), as a ``PageSource``. Counts what it is asked."""

    def __init__(self, rows: int | list[Tray] = 0) -> None:
        self.ids: list[int] | range = range(1, rows + 1) if isinstance(rows, int) else sorted(r.id for r in rows)
        self.changed: dict[int, Tray] = {} if isinstance(rows, int) else {r.id: r for r in rows}
        self.asked: list[Query] = []
        self.threads: set[int] = set()
        self.failure: BaseException | None = None
        self.gate: threading.Event | None = None
        self.counts = 0

    def add(self, row: Tray) -> None:
        self.ids = sorted([*self.ids, row.id])
        self.changed[row.id] = row

    def remove(self, row_id: int) -> None:
        self.ids = [i for i in self.ids if i != row_id]

    def row(self, row_id: int) -> Tray:
        return self.changed.get(row_id) or tray(row_id)

    def _ordered(self, query: Query) -> Any:
        ids: Any = self.ids
        if "id" in query.filters:
            ids = [i for i in query.filters["id"] if i in set(ids)]  # type: ignore[attr-defined]
        company = query.filters.get("company")
        if company or query.q:
            ids = [i for i in ids if (not company or self.row(i).company == company) and query.q in self.row(i).number]
        if query.sort.lstrip("-") == "quantity":
            return sorted(ids, key=lambda i: (self.row(i).quantity, i), reverse=query.sort.startswith("-"))
        return ids[::-1] if query.sort.startswith("-") else ids

    def fetch(self, query: Query) -> Page[Tray]:
        self.asked.append(query)
        self.threads.add(threading.get_ident())
        gate = self.gate
        if gate is not None:
            assert gate.wait(10)
        if self.failure is not None:
            raise self.failure
        ids = self._ordered(query)
        size = len(ids)
        at = ids.index(int(query.cursor)) if query.cursor else None
        if query.backwards:
            end = max(0, (size if at is None else at) - query.skip)
            start = max(0, end - query.limit)
        else:
            start = min(size, (0 if at is None else at + 1) + query.skip)
            end = min(size, start + query.limit)
        part = ids[start:end]
        came_from = bool(query.cursor) or bool(query.skip)
        more_after = came_from if query.backwards else end < size
        more_before = start > 0 if query.backwards else came_from
        return Page(
            items=tuple(self.row(i) for i in part),
            next_cursor=str(part[-1]) if part and more_after else None,
            previous_cursor=str(part[0]) if part and more_before else None,
            as_of=datetime(2026, 3, 1, 10, 42, 7, tzinfo=UTC),
        )

    def count(self, query: Query) -> int:
        self.counts += 1
        self.threads.add(threading.get_ident())
        if self.failure is not None:
            raise self.failure
        return len(self._ordered(query))
