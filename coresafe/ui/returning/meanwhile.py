"""Somebody changed what a form is about while it was open: what, field by field, and by whom; what was typed stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from coresafe.errors import Conflict, StaleVersion, UserError, ValidationFailed
from coresafe.services.audit_trail import dispatch_history
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import get_dispatch
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.returning.fields import Change, what_changed
from coresafe.ui.theme import GRID
from coresafe.ui.trail import by_whom
from coresafe.ui.widgets import label, line
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class Meanwhile(QFrame):
    """A card that lists what changed: the field, and what it was and is."""

    def __init__(self, changes: Sequence[Change], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("What changed meanwhile"))
        self.changes = tuple(changes)
        self._who = label("", "muted", wrap=True)
        self._who.hide()
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        for at, change in enumerate(changes):
            said = label(tr("{old} → {new}", old=change.old or "–", new=change.new or "–"), wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            said.setAccessibleName(change.told)
            grid.addWidget(label(change.title, "muted", wrap=True), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, at, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addWidget(label(tr("What changed meanwhile"), "section"))
        column.addWidget(self._who)
        column.addWidget(line())
        column.addLayout(grid)

    def say_who(self, people: Sequence[str]) -> None:
        """Who did it, and from where."""
        self._who.setText(tr("By {people}", people="; ".join(people)))
        show_if(self._who, bool(people))


class OneDocumentForm(OperationForm):
    """Base of the forms about one document: they go on with it as it is, and show what somebody else changed of it."""

    def __init__(self, workspace: Workspace, title: str, row: Any, *, save: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, title, save=save, parent=parent)
        self._row = row
        self.meanwhile: Meanwhile | None = None

    # -- for the subclasses ---------------------------------------------------------------------------------------

    def readers(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The services that read the document, and its trail (whose ``entries`` come newest first)."""
        raise NotImplementedError

    def differences(self, before: Any, now: Any) -> Sequence[Change]:
        """What differs between two states of the document, field by field."""
        raise NotImplementedError

    def renew(self, row: Any) -> str:
        """Fit the fields to the document as it is now (``_row``); what was typed stays. What to do next, as a sentence."""
        raise NotImplementedError

    # -- what each of them does -----------------------------------------------------------------------------------

    def take_current(self, current: object) -> str:
        """The document as it is now: what differs is shown, and it is this version that is saved from now on."""
        if not isinstance(current, type(self._row)) or current.version <= self._row.version:
            return ""
        before, self._row = self._row, current
        self._show_changes(before, current)
        return self.renew(current)

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """Also where it is refused for another reason, somebody may have been there: it is read again."""
        told = super().show_failure(error, again)
        if isinstance(error, (Conflict, ValidationFailed)) and not isinstance(error, StaleVersion):
            self._workspace.read(
                self.readers()[0],
                self._row.id,
                owner=self,
                lane="current",
                done=lambda row: self._read_again(row, error),
            )
        return told

    def _read_again(self, row: Any, error: UserError) -> None:
        """A conflict says itself what is wrong; what was malformed only because of others' work is so no longer."""
        hint = self.take_current(row)
        if hint and isinstance(error, ValidationFailed):
            self.say_changed(hint)

    def _show_changes(self, before: Any, now: Any) -> None:
        if self.meanwhile is not None:
            self.body.removeWidget(self.meanwhile)
            self.meanwhile.setParent(None)
            self.meanwhile.deleteLater()
            self.meanwhile = None
        changes = self.differences(before, now)
        if not changes:
            return
        card = self.meanwhile = Meanwhile(changes)
        self.body.insertWidget(0, card)
        self._scroll.verticalScrollBar().setValue(0)

        def came(found: Any) -> None:
            if self.meanwhile is card:
                since = [entry for entry in found.entries if entry.at > before.updated_at]
                card.say_who(list(dict.fromkeys(by_whom(entry) for entry in reversed(since))))

        self._workspace.read(self.readers()[1], now.id, owner=self, lane="who", done=came)


class OneDispatchForm(OneDocumentForm):
    """Base of the forms about one dispatch."""

    _row: DispatchRow

    def readers(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return get_dispatch, dispatch_history

    def differences(self, before: DispatchRow, now: DispatchRow) -> Sequence[Change]:
        """What somebody changed, with what came back or was declared lost."""
        return what_changed(before, now)
