"""Going anywhere from the main window: what the palette offers, and what becomes of the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from coresafe.services import registry
from coresafe.services.finding import Found, Kind
from coresafe.ui.actions import ACTIONS, Actions, native, plain
from coresafe.ui.anywhere import Palette
from coresafe.ui.dispatches import DispatchesPage
from coresafe.ui.drillholes import DrillholesPage
from coresafe.ui.samples import SamplesPage
from coresafe.ui.transfers import TransfersPage
from coresafe.ui.widgets import Entry
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

_PAGES = "go."
_ITSELF = "go.anywhere"


class Going(QObject):
    """``go(name)`` shows a page of ``pages``. The palette is made when it is first asked for, over the widget ``over``."""

    def __init__(
        self,
        workspace: Workspace,
        actions: Actions,
        go: Callable[[str], None],
        pages: Mapping[str, QWidget],
        over: QWidget,
    ) -> None:
        super().__init__(over)
        self._workspace, self._actions, self._over = workspace, actions, over
        self._show_page, self._pages = go, pages
        self._palette: Palette | None = None
        actions.on("go.anywhere", self.anywhere)

    @property
    def palette(self) -> Palette:
        """The palette."""
        if self._palette is None:
            self._palette = Palette(self._workspace, self._over)
            self._palette.gone.connect(self._go)
        return self._palette

    def anywhere(self) -> None:
        """Open the palette."""
        self.palette.begin(offered(self._actions))

    def _go(self, entry: Entry) -> None:
        if isinstance(entry.id, Found):
            self.to(entry.id)
        elif self._actions[entry.id].isEnabled():
            self._actions[entry.id].trigger()

    def _show(self, name: str) -> QWidget:
        self._show_page(name)
        return self._pages[name]

    def to(self, found: Found) -> None:
        """Show something that was found, on its page and selected."""
        if found.kind is Kind.DISPATCH:
            self.to_dispatch(found.id, found.text)
        elif found.kind is Kind.TRANSFER:
            page = self._show("go.transfers")
            assert isinstance(page, TransfersPage)
            page.show_one(found.id, found.text)
        elif found.kind is Kind.SAMPLE:
            self._to_sample(found)
        elif found.kind is Kind.HOLE:
            self._to_hole(found)
        else:
            read = registry.get_company if found.kind is Kind.COMPANY else registry.get_project
            self._workspace.read(read, found.id, owner=self, lane="go", done=self._to_owner)

    def to_dispatch(self, dispatch_id: int, number: str) -> None:
        """Show a dispatch on its page, selected."""
        page = self._show("go.dispatches")
        assert isinstance(page, DispatchesPage)
        if _left(page):
            page.search_for(number)
            page.table.select_id(dispatch_id)
            page.table.view.setFocus()

    def _to_sample(self, found: Found) -> None:
        page = self._show("go.samples")
        assert isinstance(page, SamplesPage)
        if _left(page):
            page.open_sample(found.text)

    def _to_hole(self, found: Found) -> None:
        page = self._show("go.drillholes")
        assert isinstance(page, DrillholesPage)
        if _left(page):
            page.outline.go_to(None, tell=True)
            page.filter.setCurrentIndex(0)
            page.search.setText(found.text)
            page.table.ask(q=found.text)
            page.table.select_id(found.id)
            page.table.view.setFocus()

    def _to_owner(self, row: Any) -> None:
        page = self._show("go.drillholes")
        assert isinstance(page, DrillholesPage)
        if _left(page):
            page.search.clear()
            page.outline.search.clear()
            page.outline.go_to(row, tell=True)
            page.outline.view.setFocus()


def offered(actions: Actions) -> list[Entry]:
    """The pages, then every other action that can be done now."""
    listed = [
        Entry(
            declared.id,
            tr("Pages") if declared.id.startswith(_PAGES) else tr("Actions"),
            plain(tr(declared.text)),
            "" if declared.id.startswith(_PAGES) else plain(tr(declared.menu)),
            declared.icon,
            native(declared.shortcut) if declared.shortcut else "",
        )
        for declared in ACTIONS
        if declared.id != _ITSELF and actions[declared.id].isVisible() and actions[declared.id].isEnabled()
    ]
    return sorted(listed, key=lambda entry: not entry.id.startswith(_PAGES))


def _left(page: Any) -> bool:
    """Whether no form stands in the way any more; one with something typed stays, and asks."""
    form = page.form
    if form is None:
        return True
    if form.dirty or form.saving:
        form.leave()
        return False
    form.left.emit()
    return True
