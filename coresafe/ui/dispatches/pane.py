"""The right of the page: the dispatch that is selected, with its history as soon as that is read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.services.audit_trail import DispatchHistory, dispatch_history
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.ui.dispatches.columns import states_of
from coresafe.ui.dispatches.detail import many, sections_of, subtitle_of
from coresafe.ui.dispatches.history import history_of
from coresafe.ui.widgets import DetailPane
from coresafe.ui.words import tr, trn
from coresafe.ui.workspace import Workspace


class DispatchPane(DetailPane):
    """Shows a dispatch at once, and who did what to it when: read once for each version of it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(tr("No dispatch selected"), tr("Select one to see where its trays are."), parent)
        self._workspace = workspace
        self._row: DispatchRow | None = None
        self._actions_shown: Sequence[QAction] = ()
        self._history: DispatchHistory | None = None
        self._asked: tuple[int, int] | None = None

    def nothing(self) -> None:
        """Nothing is selected."""
        self._row = self._history = self._asked = None
        self.clear()

    def forget_history(self) -> None:
        """Something happened to it that may not have changed the dispatch, as a call: read its history along next time."""
        self._asked = None

    def show_many(self, rows: Sequence[DispatchRow], actions: Sequence[QAction]) -> None:
        """Several together."""
        self._row = self._history = self._asked = None
        title = trn("{count} dispatch selected", "{count} dispatches selected", len(rows))
        self.show_record(title, sections=many(rows), actions=actions)

    def show_row(self, row: DispatchRow, actions: Sequence[QAction]) -> None:
        """One dispatch; of an older version its history stays until the newer one is there."""
        if self._row is None or self._row.id != row.id:
            self._history = None
        self._row, self._actions_shown = row, actions
        self._draw()
        if self._asked != (row.id, row.version):
            self._asked = (row.id, row.version)
            self._workspace.read(
                dispatch_history, row.id, owner=self, lane="history", done=lambda found: self._came(row.id, found)
            )

    def _came(self, dispatch_id: int, found: DispatchHistory) -> None:
        if self._row is not None and self._row.id == dispatch_id:
            self._history = found
            self._draw()

    def _draw(self) -> None:
        row = self._row
        if row is None:
            return
        history = [history_of(self._history, row)] if self._history is not None else []
        self.show_record(
            row.number,
            subtitle=subtitle_of(row),
            states=states_of(row),
            sections=[*sections_of(row), *history],
            actions=self._actions_shown,
        )
