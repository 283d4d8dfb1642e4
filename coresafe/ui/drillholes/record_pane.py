"""The right of the page: the record that is selected, with what is read about it bit by bit as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.errors import NotFound
from coresafe.services.audit_trail import AuditRow, list_audit
from coresafe.services.context import Context
from coresafe.services.dispatching import count_dispatches, list_dispatches
from coresafe.services.listing import Page, Query
from coresafe.services.permissions import Permission
from coresafe.services.registry import (
    CompanyRow,
    DrillholeRow,
    ProjectRow,
    get_company,
    get_drillhole,
    get_project,
)
from coresafe.ui.drillholes.detail import (
    Dispatched,
    Record,
    dispatched,
    kind_of,
    many,
    sections_of,
    states_of,
    subtitle_of,
    title_of,
)
from coresafe.ui.drillholes.history import Naming, history_of
from coresafe.ui.drillholes.words import Capacities
from coresafe.ui.trail import SHOWN
from coresafe.ui.widgets import DetailPane, History
from coresafe.ui.words import tr, trn
from coresafe.ui.workspace import Workspace

_GETTERS: dict[type, Callable[..., Record]] = {
    CompanyRow: get_company,
    ProjectRow: get_project,
    DrillholeRow: get_drillhole,
}
_FILTERS = {CompanyRow: "company_id", ProjectRow: "project_id", DrillholeRow: "drillhole_id"}
_KINDS = {CompanyRow: "companies", ProjectRow: "projects", DrillholeRow: "drillholes"}
#: Dispatches still out whose trays are summed up.
_SUMMED = 50
_REST_MS = 120


class RecordPane(DetailPane):
    """Shows a company, project or hole at once, its dispatches and its history as soon as they are read.

    Who may not see the audit trail is shown no history, and it is not asked for.
    """

    def __init__(
        self,
        workspace: Workspace,
        name_of: Naming,
        project_by_id: Callable[[int], ProjectRow | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Nothing selected"), tr("Select a hole, a project or a company to see it here."), parent)
        self._workspace, self._name_of, self._project_by_id = workspace, name_of, project_by_id
        workspace.date(self)
        self._sees_history = workspace.may(Permission.SEE_AUDIT)
        self._actions_shown: Sequence[QAction] = ()
        self._out: Dispatched | None = None
        self._history: History | None = None
        self._about: tuple[type, int] | None = None
        self._shown: Record | None = None
        #: The keyboard may run through the table: what else there is to know is read when it rests.
        self.rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self.rest.timeout.connect(self._read_about)
        self.row: Record | None = None
        self.capacities: Capacities = {}

    @property
    def title(self) -> str:
        """What the record is told by, "" where none is shown."""
        return title_of(self.row) if self.row is not None else ""

    def nothing(self) -> None:
        """Nothing is selected."""
        self._forget()
        self.clear()

    def show_many(self, rows: Sequence[DrillholeRow], actions: Sequence[QAction]) -> None:
        """Several holes together."""
        self._forget()
        self.show_record(
            trn("{count} hole selected", "{count} holes selected", len(rows)), sections=many(rows), actions=actions
        )

    def show_row(self, row: Record, actions: Sequence[QAction]) -> None:
        """A record; what is not known of it yet is read."""
        about, changed = (type(row), row.id), self.row is None or self._about != (type(row), row.id)
        if not changed and row == self._shown:
            return
        self.row, self._actions_shown, self._about = row, actions, about
        if changed:
            self._out = self._history = None
        self._draw()
        self.rest.start()

    def know(self, capacities: Capacities) -> None:
        """The capacities of the tray sizes have been read."""
        self.capacities = capacities
        if self._about is not None:
            self._draw()

    def read_again(self) -> None:
        """Read everything about the record that is shown."""
        row = self.row
        if row is None or self._about is None:
            return
        self._workspace.read(_GETTERS[type(row)], row.id, owner=self, lane="record", done=self._came, failed=self._gone)
        self._read_dispatches()
        self._read_history()

    def follow(self, kinds: frozenset[str]) -> None:
        """Something was changed; read what concerns the record."""
        if self.row is None or self._about is None:
            return
        if _KINDS[type(self.row)] in kinds:
            self.read_again()
        elif "dispatches" in kinds:
            self._read_dispatches()

    # -- reading --------------------------------------------------------------------------------------------------

    def _read_about(self) -> None:
        self._read_dispatches()
        self._read_history()

    def _forget(self) -> None:
        self.row = self._about = self._out = self._history = None
        self._shown = None

    def _came(self, row: Record) -> None:
        if self._about == (type(row), row.id):
            self.row = row
            self._draw()

    def _gone(self, error: BaseException) -> bool:
        """Somebody removed it: the table and the tree tell that by themselves."""
        return isinstance(error, NotFound)

    def _read_dispatches(self) -> None:
        row, about = self.row, self._about
        if row is None:
            return
        wanted = {_FILTERS[type(row)]: row.id}

        def ask(context: Context) -> Dispatched:
            still_out = list_dispatches(context, Query(filters={**wanted, "open": True}, limit=_SUMMED, total=True))
            return dispatched(count_dispatches(context, Query(filters=wanted)), still_out)

        def came(out: Dispatched) -> None:
            if self._about == about:
                self._out = out
                self._draw()

        self._workspace.read(ask, owner=self, lane="dispatches", done=came)

    def _read_history(self) -> None:
        row, about = self.row, self._about
        if row is None or not self._sees_history:
            return
        query = Query(filters={"record_type": kind_of(row), "record_id": str(row.id)}, limit=SHOWN + 1)

        def came(page: Page[AuditRow]) -> None:
            if self._about == about:
                self._history = history_of(page.items, self._name_of)
                self._draw()

        self._workspace.read(list_audit, query, owner=self, lane="history", done=came)

    def _draw(self) -> None:
        row = self.row
        if row is None:
            return
        self._shown = row
        project = self._project_by_id(row.project_id) if isinstance(row, DrillholeRow) else None
        self.show_record(
            title_of(row),
            subtitle=subtitle_of(row),
            states=states_of(row),
            sections=sections_of(row, self.capacities, project, self._out, self._history),
            actions=self._actions_shown,
        )
