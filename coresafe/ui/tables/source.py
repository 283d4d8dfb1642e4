"""Where a table's rows come from: the services' contract for lists, seen from the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from coresafe.services.listing import Page, Query

__all__ = ["Page", "PageSource", "Query", "Source"]


class PageSource(Protocol):
    """Asked on the task runner's threads, never on the window's. Each row has an ``id`` that is its own for ever."""

    def fetch(self, query: Query) -> Page[Any]:
        """One page of rows."""

    def count(self, query: Query) -> int:
        """How many rows the filters let through; -1 where that costs too much to be known."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source made of a use case. Without ``counting`` the page is asked for its total."""

    listing: Callable[[Query], Page[Any]]
    counting: Callable[[Query], int] | None = None

    def fetch(self, query: Query) -> Page[Any]:
        """One page of rows."""
        return self.listing(query)

    def count(self, query: Query) -> int:
        """How many rows the filters let through."""
        if self.counting is not None:
            return self.counting(query)
        asked = Query(filters=query.filters, q=query.q, limit=1, total=True)
        total = self.listing(asked).total
        return -1 if total is None else total
