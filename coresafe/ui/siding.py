"""The part at the right of a page, with the detail of what is selected: shown, or put away for a wider table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QWidget

from coresafe.ui.actions import Actions
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable
from coresafe.ui.widgets import DetailPane

_ACTION = "view.detail"


class Siding(QObject):
    """Shows the detail of each page as the person left it there. A form is shown all the same: it is being typed in.

    ``page``: the page that is shown; ``name``: the action that goes there.
    """

    def __init__(
        self,
        actions: Actions,
        memory: Memory,
        page: Callable[[], QWidget],
        name: Callable[[], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._action = actions.on(_ACTION, self._toggle)
        self._action.setCheckable(True)
        self._memory = memory
        self._page, self._name = page, name
        self._watched: set[QStackedWidget] = set()
        app = QApplication.instance()
        if isinstance(app, QApplication):  # a page may show other parts than before
            app.focusChanged.connect(self._focus_changed)

    def follow(self) -> None:
        """Another page is shown."""
        page, name = self._page(), self._name()
        side = _side(page)
        if side is not None and side not in self._watched:
            self._watched.add(side)
            side.currentChanged.connect(lambda _at: self._settle(page, name, side))
        self._settle(page, name, side)

    def _focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self._name():
            self.follow()

    def _toggle(self) -> None:
        page, name = self._page(), self._name()
        side = _side(page)
        if side is None or not _is_detail(side):
            self._settle(page, name, side)
            return
        had = side.isAncestorOf(QApplication.focusWidget() or page)
        self._memory.remember(_key(name), not self._wanted(name))
        self._settle(page, name, side)
        if side.isHidden() and had:
            table = getattr(page, "table", None)
            (table.view if isinstance(table, PagedTable) else page).setFocus()

    def _wanted(self, name: str) -> bool:
        return bool(self._memory.recall(_key(name), True))

    def _settle(self, page: QWidget, name: str, side: QStackedWidget | None) -> None:
        """Show it or not; the tick in the menu says which."""
        if side is not None and _is_detail(side):
            side.setVisible(self._wanted(name))
        elif side is not None and side.currentWidget() is not None and not self._wanted(name):
            side.show()
        if page is self._page():
            self._action.setChecked(side is not None and not side.isHidden())
            self._action.setEnabled(side is not None and _is_detail(side))


def _key(name: str) -> str:
    return f"details/{name.removeprefix('go.')}"


def _side(page: QWidget) -> QStackedWidget | None:
    splitter = getattr(page, "splitter", None)
    last = splitter.widget(splitter.count() - 1) if isinstance(splitter, QSplitter) else None
    return last if isinstance(last, QStackedWidget) else None


def _is_detail(side: QStackedWidget) -> bool:
    return isinstance(side.currentWidget(), DetailPane)
