"""Where the list of companies comes from: all of them are worked out at once, and given to the table in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from coresafe.services.accounts import Accounts, AccountsQuery, CompanyBalance, list_accounts
from coresafe.services.context import Context
from coresafe.services.listing import Page, Query


class AccountsSource:
    """Asked on the task runner's threads. ``last`` is what was read last, and of which period."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context
        self.last: Accounts | None = None

    def fetch(self, query: Query) -> Page[CompanyBalance]:
        """One page of the companies under the filters ``since``, ``until``, ``shed_id`` and ``overdue_only``."""
        asked = AccountsQuery(**query.filters, q=query.q, sort=query.sort)  # type: ignore[arg-type]
        found = list_accounts(self._context(), asked)
        self.last = found
        return page_of(found.items, query, found.as_of)

    def count(self, _query: Query) -> int:
        """As many as were read: it is asked right after the first page."""
        return len(self.last.items) if self.last is not None else -1


def page_of(items: Sequence[CompanyBalance], query: Query, as_of: datetime) -> Page[CompanyBalance]:
    """A part of what is known as a whole; a cursor is a place in it."""
    at = int(query.cursor) if query.cursor else (len(items) if query.backwards else 0)
    if query.backwards:
        end = max(0, at - query.skip)
        start = max(0, end - query.limit)
    else:
        start = min(len(items), at + query.skip)
        end = min(len(items), start + query.limit)
    return Page(
        items=tuple(items[start:end]),
        next_cursor=str(end) if end < len(items) else None,
        previous_cursor=str(start) if start > 0 else None,
        as_of=as_of,
        total=len(items),
    )
