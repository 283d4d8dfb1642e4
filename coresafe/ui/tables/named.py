"""Views under names: search, filters, sort and columns, kept for each person, one click away beside the filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from coresafe.ui.state import Memory
from coresafe.ui.tables.header import Arrangement
from coresafe.ui.tables.naming import NameDialog, ViewsDialog
from coresafe.ui.theme import theme
from coresafe.ui.widgets.buttons import button
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.ui.tables.paged_table import PagedTable

#: What a page is narrowed to, as it can be written down: plain values, lists and mappings by name.
Narrowing = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view under a name. ``narrowing`` is the page's own: its search and filters; ``sort`` as the source names it."""

    name: str
    narrowing: Narrowing
    sort: str
    columns: Arrangement

    def shows(self, other: NamedView) -> bool:
        """Whether both show the same; a column may be wider."""
        columns = [[key for key, _width in view.columns] for view in (self, other)]
        return (self.narrowing, self.sort) == (other.narrowing, other.sort) and columns[0] == columns[1]


class NamedViews(QPushButton):
    """The menu of a table's named views.

    ``read`` tells what the page is narrowed to; ``show`` narrows it so, and copes with what it does not know any more.
    """

    def __init__(
        self,
        table: PagedTable,
        read: Callable[[], Narrowing],
        show: Callable[[Narrowing], None],
        parent: QWidget | None = None,
    ) -> None:
        made = button(tr("Views"), icon="list-filter")
        super().__init__(made.text(), parent)
        self.setAccessibleName(tr("Views"))
        self.setAutoDefault(False)
        self.setIconSize(QSize(16, 16))
        theme().dress(self, "list-filter", "muted")
        self.setToolTip(tr("Named views: search, filters, sort and columns, one click away"))
        self._table, self._read, self._show = table, read, show
        self.dialog: NameDialog | ViewsDialog | None = None
        self._beginning: NamedView | None = None
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)

    # -- what there is --------------------------------------------------------------------------------------------

    @property
    def views(self) -> list[NamedView]:
        """The views this person keeps, by name."""
        return _read_all(self._table.memory, self._key)

    def now(self, name: str = "") -> NamedView:
        """What is shown, under a name."""
        table = self._table
        return NamedView(name, self._read(), table.wanted_sort, table.view.head.arrangement())

    def began(self) -> None:
        """What is shown now is what "As at the beginning" comes back to; called once the page stands."""
        self._beginning = self.now()

    @property
    def _key(self) -> str:
        return f"views/{self._table.name}"

    def _keep(self, views: list[NamedView]) -> None:
        memory = self._table.memory
        if memory is not None:
            views = sorted(views, key=lambda view: view.name.casefold())
            kept = [[view.name, view.narrowing, view.sort, view.columns] for view in views]
            memory.remember(self._key, json.dumps(kept, ensure_ascii=False))
            memory.save()

    # -- what is done with them -----------------------------------------------------------------------------------

    def show_view(self, view: NamedView) -> None:
        """Search, filter, sort and arrange the columns so."""
        table = self._table
        self._show(view.narrowing)
        if not view.sort or view.sort.lstrip("-") in {column.sort for column in table.model.columns if column.sort}:
            table.ask(sort=view.sort)
        table.view.head.arrange(view.columns)

    def begin_again(self) -> None:
        """As the page is for whoever comes to it for the first time."""
        if self._beginning is not None:
            self.show_view(self._beginning)
        self._table.view.head.as_declared()

    def save(self, name: str) -> None:
        """Keep what is shown under a name; a view of that name gives way."""
        kept = [view for view in self.views if view.name.casefold() != name.casefold()]
        self._keep([*kept, self.now(name)])

    def rename(self, name: str, new: str) -> None:
        """Another name, which no other view has."""
        self._keep([replace(view, name=new) if view.name == name else view for view in self.views])

    def delete(self, name: str) -> NamedView | None:
        """Keep it no longer; what it was."""
        views = self.views
        self._keep([view for view in views if view.name != name])
        return next((view for view in views if view.name == name), None)

    def put_back(self, view: NamedView) -> None:
        """Keep one again that was deleted."""
        self._keep([*self.views, view])

    # -- the menu and its dialogs ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the menu, from the keyboard as well."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.showMenu()

    def _fill(self) -> None:
        self._menu.clear()
        now, views = self.now(), self.views
        for view in views:
            entry = self._add(view.name.replace("&", "&&"), "", partial(self.show_view, view))
            entry.setCheckable(True)
            entry.setChecked(view.shows(now))
        if not views:
            self._add(tr("No view has a name yet"), "", lambda: None).setEnabled(False)
        self._menu.addSeparator()
        self._add(tr("As at the beginning"), "undo-2", self.begin_again)
        self._add(tr("Save this view…"), "save", self.ask_name)
        if views:
            self._add(tr("Rename or delete…"), "pencil", self.manage)

    def _add(self, text: str, icon: str, do: Callable[[], object]) -> QAction:
        made = self._menu.addAction(theme().icon(icon), text) if icon else self._menu.addAction(text)
        made.triggered.connect(lambda _checked=False: do())
        return made

    def ask_name(self) -> None:
        """Ask under which name to keep what is shown."""
        self.dialog = NameDialog([view.name for view in self.views], self.window())
        self.dialog.named.connect(self.save)
        self.dialog.open()

    def manage(self) -> None:
        """Rename and delete."""
        self.dialog = ViewsDialog(self, self.window())
        self.dialog.open()


def _read_all(memory: Memory | None, key: str) -> list[NamedView]:
    """What is kept; what cannot be read is left out."""
    try:
        kept = json.loads(str(memory.recall(key, "[]"))) if memory is not None else []
        found = []
        for name, narrowing, sort, columns in kept:
            if isinstance(narrowing, dict):
                arranged: Arrangement = [[str(column), int(width)] for column, width in columns]
                found.append(NamedView(str(name), narrowing, str(sort), arranged))
        return found
    except (ValueError, TypeError):
        return []
