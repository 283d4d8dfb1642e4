"""One user beside the table: how he stands, his history, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from coresafe.services.audit_trail import AuditRow
from coresafe.services.users import UserRow
from coresafe.ui.admin.columns import locked, state_of
from coresafe.ui.admin.history import section_of
from coresafe.ui.clock import local
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import ActionButton, DetailPane, Pairs
from coresafe.ui.words import role_word, tr


class PersonPane(QWidget):
    """The detail above, the buttons of ``actions`` below; those that make no sense for the person are hidden."""

    def __init__(self, actions: Sequence[QAction], primary: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.detail = DetailPane(tr("Nobody selected"), tr("Select somebody to see the account and its history."))
        self._foot = QFrame()
        self._foot.setProperty("kind", "card")
        grid = QGridLayout(self._foot)
        grid.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        grid.setSpacing(GRID)
        self.buttons = {action: ActionButton(action, "primary" if action is primary else "") for action in actions}
        for each in self.buttons.values():
            each.setParent(self._foot)  # now: Tab goes from one to the next in this order
        self._grid = grid
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.detail, 1)
        column.addWidget(self._foot)
        self.clear()

    def clear(self) -> None:
        """Nobody is selected."""
        self.detail.clear()
        self._foot.setVisible(False)

    def show_person(self, row: UserRow, entries: Sequence[AuditRow] | None, *, more: bool, now: datetime) -> None:
        """Show somebody; ``entries`` None: the history is still being read."""
        key_pairs = [
            (tr("User name"), row.username),
            (tr("E-mail"), row.email),
            (tr("Role"), role_word(row.role)),
            (tr("Last sign-in"), local(row.last_sign_in_at) if row.last_sign_in_at else tr("never")),
            (tr("Locked until"), local(row.locked_until) if row.locked_until and locked(row, now) else ""),
            (tr("Password"), tr("temporary, to be changed at the next sign-in") if row.must_change_password else ""),
            (tr("Added"), local(row.created_at)),
        ]
        sections: list[object] = [Pairs(tr("Account"), key_pairs)]
        if entries is not None:
            sections.append(section_of(entries, row, more=more))
        self.detail.show_record(
            row.full_name or row.username,
            states=[state_of(row, now)],
            sections=sections,  # type: ignore[arg-type]  # both are sections
        )
        self._lay_out()
        self._foot.setVisible(True)

    def _lay_out(self) -> None:
        """Two to a line, those that are there."""
        for each in self.buttons.values():
            self._grid.removeWidget(each)
        shown = [each for action, each in self.buttons.items() if action.isVisible()]
        for at, each in enumerate(shown):
            self._grid.addWidget(each, at // 2, at % 2)
