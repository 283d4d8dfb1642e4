"""The sheds of the installation: an administrator adds one, and changes its name, its code, its clock, or puts it out of use."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import Conflict, CoreSafeError, InUse
from coresafe.services.sheds import AddShed, ChangeShed, ShedRow, add_shed, change_shed, list_sheds
from coresafe.ui.forms import CheckField, HistoryField, TextField
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.theme import GRID, TARGET, theme
from coresafe.ui.widgets import button, label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

#: Names shown at most while one types: whoever does not see his place types one letter more.
_SHOWN = 20


@functools.cache
def _zones() -> tuple[str, ...]:
    """Every place that has a clock of its own, and UTC; files of the system that are no place are left out."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def find_zones(text: str) -> Sequence[str]:
    """The time zones whose name holds the words typed, those of a place that begins so first."""
    wanted = text.strip().casefold().replace(" ", "_")
    found = [name for name in _zones() if wanted in name.casefold()]

    def place(name: str) -> tuple[bool, bool]:
        return name.casefold() != wanted, not name.rpartition("/")[2].casefold().startswith(wanted)

    return sorted(found, key=place)[:_SHOWN]


class ShedForm(RecordForm):
    """A shed: what it is called, its short code, its clock, and whether it is in use."""

    changes = ("sheds", "stock")

    def __init__(self, workspace: Workspace, row: ShedRow | None = None, parent: QWidget | None = None) -> None:
        title = tr("Add a shed") if row is None else tr("Edit {name}", name=row.name)
        super().__init__(workspace, title, row, parent=parent)
        column = self.layout()
        if column is not None:
            column.setContentsMargins(3 * GRID - 2, 3 * GRID, 2 * GRID, 2 * GRID)
        self.add(TextField("name", tr("Name"), required=True))
        self.add(TextField("code", tr("Code"), longest=20, required=True, note=tr("Short, as on a label: NORTH.")))
        zone = HistoryField("time_zone", tr("Time zone"), find_zones, workspace.runner, longest=60, required=True)
        zone.set_note(
            tr("Type the nearest large town, as in Perth. Days and months of the shed are counted by its clock.")
        )
        zone.set_value(str(workspace.house.zone))
        self.add(zone)
        active = CheckField("is_active", tr("In use"), note=tr("A shed without trays can be put out of use."))
        active.set_value(True)
        self.add(active)
        self.begin()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return add_shed, change_shed

    def filled(self, row: ShedRow) -> dict[str, Any]:
        """What each field is filled with."""
        return {name: getattr(row, name) for name in self.fields}

    def add_command(self, values: dict[str, Any]) -> object:
        """A new shed."""
        return AddShed(**{**values, "name": values["name"] or "", "code": values["code"] or ""})

    def change_command(self, row: ShedRow, changed: dict[str, Any]) -> object:
        """A change of this one."""
        return ChangeShed(shed_id=row.id, version=row.version, **changed)

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """That it still has trays is told where it was to be put out of use."""
        return [("is_active", error.message)] if isinstance(error, InUse) else []


class ShedsSection(QWidget):
    """All sheds, also those out of use, and the form of one of them."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.rows: tuple[ShedRow, ...] = ()
        self._wanted: int | None = None
        self.list = QListWidget()
        self.list.setProperty("kind", "contents")
        self.list.setAccessibleName(tr("Sheds; Enter edits the selected one"))
        self.told = label("", "stale", wrap=True)
        self.add_button = button(tr("Add a shed"), self.add, icon="plus", kind="primary")
        self.edit_button = button(tr("Edit"), self.edit, icon="pencil")
        self.again_button = button(tr("Try again"), self.read, icon="refresh-cw")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._overview())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.list.itemActivated.connect(lambda _item: self.edit())
        self.list.itemSelectionChanged.connect(lambda: self.edit_button.setEnabled(self._selected() is not None))
        workspace.changed.connect(lambda kinds: self.read() if "sheds" in kinds else None)
        self.setFocusProxy(self.list)
        self._say(tr("The sheds are being read."), again=False)
        self.read()

    @property
    def form(self) -> ShedForm | None:
        """The form that is open, if one is."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, ShedForm) else None

    def read(self) -> None:
        """Read them all."""
        self._workspace.read(list_sheds, owner=self, lane="sheds", done=self._show, failed=self._not_read)

    def add(self) -> None:
        """The form of a new one."""
        self._open(ShedForm(self._workspace))

    def edit(self) -> None:
        """The form of the selected one."""
        row = self._selected()
        if row is not None:
            self._open(ShedForm(self._workspace, row))

    def _overview(self) -> QWidget:
        page = QWidget()
        page.setProperty("kind", "plain")
        column = QVBoxLayout(page)
        column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(label(tr("Sheds"), "title"))
        about = tr(
            "Every place where you keep trays. As soon as there are two, trays can be sent from one to the other, and each "
            "computer says in which it stands."
        )
        column.addWidget(label(about, "muted", wrap=True))
        column.addWidget(self.told)
        column.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.list, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.edit_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        return page

    def _selected(self) -> ShedRow | None:
        item = self.list.currentItem()
        chosen = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        return next((row for row in self.rows if row.id == chosen), None)

    def _show(self, rows: tuple[ShedRow, ...]) -> None:
        selected = self._selected()
        wanted = self._wanted if self._wanted is not None else selected.id if selected is not None else None
        self.rows, self._wanted = rows, None
        self._say("", again=False)
        self.list.clear()
        for row in rows:
            parts = [row.name, row.code, row.time_zone, *([] if row.is_active else [tr("not in use")])]
            item = QListWidgetItem("  ·  ".join(parts))
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            item.setSizeHint(QSize(0, round(TARGET * theme().scale)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(parts))
            self.list.addItem(item)
        at = next((at for at, row in enumerate(rows) if row.id == wanted), 0)
        self.list.setCurrentRow(at)

    def _not_read(self, error: BaseException) -> bool:
        if isinstance(error, CoreSafeError):
            self._say(error.message, again=True)
        return isinstance(error, CoreSafeError)

    def _say(self, words: str, *, again: bool) -> None:
        self.told.setText(words)
        show_if(self.told, bool(words))
        show_if(self.again_button, again)

    def _open(self, form: ShedForm) -> None:
        form.saved.connect(self._saved)
        form.left.connect(self._back)
        self._stack.addWidget(form)
        self._stack.setCurrentWidget(form)
        form.focus_first()

    def _saved(self, row: ShedRow) -> None:
        self._wanted = row.id
        self._workspace.messages.success(tr("{shed} is saved.", shed=row.name), owner=self)
        self._back()
        self.read()

    def _back(self) -> None:
        form = self.form
        if form is not None:
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(form)
            form.deleteLater()
            self.list.setFocus()
