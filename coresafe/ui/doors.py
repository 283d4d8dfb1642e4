"""From a figure of the dashboard or of a chart to the rows behind it, on the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.ui.accounts import AccountsPage
from coresafe.ui.actions import Actions
from coresafe.ui.behind import Behind
from coresafe.ui.dispatches import DispatchesPage
from coresafe.ui.inventory import InventoryPage
from coresafe.ui.samples import SamplesPage
from coresafe.ui.transfers import TransfersPage


class Doors:
    """``go(name)`` shows a page of ``pages``; what is no page is an action of its own."""

    def __init__(self, actions: Actions, go: Callable[[str], None], pages: Mapping[str, QWidget]) -> None:
        self._actions, self._go, self._pages = actions, go, pages

    def lead(self, behind: Behind) -> bool:
        """Whether there is such a place for this person."""
        action = self._actions[behind.page]
        return action.isVisible() and action.isEnabled()

    def open(self, behind: Behind) -> None:
        """Go there."""
        if behind.instead is not None and not self.lead(behind):
            self.open(behind.instead)
            return
        if not behind.page.startswith("go."):
            self._actions[behind.page].trigger()
            return
        self._go(behind.page)
        page: Any = self._pages[behind.page]
        if isinstance(page, DispatchesPage):
            page.show_only(behind.words, behind.filters)
        elif isinstance(page, InventoryPage):
            wanted: dict[str, Any] = {"shed_id": None, **behind.filters}
            page.show_only(**wanted)
        elif isinstance(page, TransfersPage):
            page.show_only(behind.filters)
        elif isinstance(page, SamplesPage):
            asked: dict[str, Any] = dict(behind.filters)
            page.show_only(words=behind.words, **asked)
        elif isinstance(page, AccountsPage):
            page.show_company(int(str(behind.filters["company_id"])))
