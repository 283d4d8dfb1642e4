"""One status for many holes: each is written by itself under its version, and what was refused is told with its reason."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtWidgets import QWidget

from coresafe.errors import StaleVersion, Trouble, Unauthenticated, UserError
from coresafe.services.registry import ChangeDrillhole, DrillholeRow, change_drillhole
from coresafe.ui.drillholes.words import HOLE_STATUS
from coresafe.ui.forms import Form, NotesField, SelectField
from coresafe.ui.messages import Level
from coresafe.ui.tasks import Token, Work
from coresafe.ui.widgets import label
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

#: Refusals told one by one; the rest is counted.
_TOLD = 8


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it: the holes written, those refused with the reason, those not tried because it was stopped."""

    changed: tuple[DrillholeRow, ...]
    refused: tuple[tuple[DrillholeRow, str], ...]
    left: tuple[DrillholeRow, ...]


class StatusForm(Form):
    """Sets the status of the selected holes. It stays open over what was refused, and a second try is about that."""

    changes = ("drillholes",)

    def __init__(self, workspace: Workspace, rows: Sequence[DrillholeRow], parent: QWidget | None = None) -> None:
        title = trn("Set the status of one hole", "Set the status of {count} holes", len(rows))
        super().__init__(workspace.runner, title, save=tr("Set the status"), parent=parent)
        self._workspace = workspace
        workspace.online.connect(self.database_is)
        self._stop = threading.Event()
        self._operations: dict[ChangeDrillhole, UUID] = {}
        self.rows = tuple(rows)
        self.changed: tuple[DrillholeRow, ...] = ()
        self._about = label("", "muted", wrap=True)
        self.add_widget(self._about)
        self.status = SelectField("status", tr("Status"), [(key, tr(word)) for key, word in HOLE_STATUS.items()])
        # What most come for; where all are completed they are opened again.
        self.status.set_value("completed" if any(row.status != "completed" for row in rows) else "active")
        self.add(self.status)
        self.reason = NotesField("reason", tr("Reason"), required=True)
        self.add(self.reason)
        self._refused = label("", wrap=True)
        self._refused.hide()
        self.add_widget(self._refused)
        self._say_about()
        self.settle()

    def work(self) -> Work:
        """Write one hole after the other; a hole that was written once is not written again when it is tried again."""
        status, reason = self.status.value(), self.reason.value()
        context, stop, rows = self._workspace.context, self._stop, self.rows
        commands = [
            ChangeDrillhole(drillhole_id=row.id, version=row.version, status=status, reason=reason) for row in rows
        ]
        operations = self._operations
        for command in commands:
            operations.setdefault(command, uuid4())
        stop.clear()

        def save(token: Token) -> Done:
            changed: list[DrillholeRow] = []
            refused: list[tuple[DrillholeRow, str]] = []
            for at, (row, command) in enumerate(zip(rows, commands, strict=True)):
                if stop.is_set():
                    return Done(tuple(changed), tuple(refused), rows[at:])
                token.progress(at, len(rows), row.hole_id)
                try:
                    changed.append(change_drillhole(context, command, operations[command]))
                except Unauthenticated:
                    raise
                except StaleVersion as error:
                    refused.append((error.current, _stale(error.current)))
                except UserError as error:
                    refused.append((row, error.message))
                except Trouble as error:
                    if not changed and not refused:
                        raise
                    return Done(tuple(changed), (*refused, (row, error.message)), rows[at + 1 :])
            return Done(tuple(changed), tuple(refused), ())

        return save

    def leave(self) -> None:
        """While it is written, leaving stops it after the hole it is at."""
        if self.saving:
            self._stop.set()
        else:
            super().leave()

    def show_failure(self, error: BaseException, again: Any = None) -> bool:
        """A session that was ended ends here too."""
        return self._workspace.heed(error) or super().show_failure(error, again)

    def finished(self, done: Done) -> bool:
        """Take the outcome in: True when every hole was written, else it is told here and the form is about the rest."""
        self.changed = (*self.changed, *done.changed)
        if not done.refused and not done.left:
            return True
        self.rows = (*(row for row, _why in done.refused), *done.left)
        self._say_about()
        lines = [f"{row.hole_id}: {why}" for row, why in done.refused[:_TOLD]]
        if len(done.refused) > _TOLD:
            lines.append(tr("and {count} more", count=number(len(done.refused) - _TOLD)))
        if done.left:
            lines.append(trn("One hole was not tried.", "{count} holes were not tried.", len(done.left)))
        self._refused.setText("\n".join(lines))
        self._refused.setVisible(True)
        changed = trn("One hole was changed.", "{count} holes were changed.", len(done.changed))
        refused = trn("One was refused.", "{count} were refused.", len(done.refused)) if done.refused else ""
        hint = tr("See the rest below. Set the status of those again, or leave.")
        self.say(Level.WARNING, f"{changed} {refused}".strip(), hint)
        return False

    def told(self) -> str:
        """What happened, in a sentence."""
        word = tr(HOLE_STATUS[self.status.value()])
        return trn("One hole is {word} now.", "{count} holes are {word} now.", len(self.changed), word=word.lower())

    def _say_about(self) -> None:
        shown = ", ".join(row.hole_id for row in self.rows[:_TOLD])
        more = len(self.rows) - _TOLD
        self._about.setText(tr("{holes} and {count} more", holes=shown, count=number(more)) if more > 0 else shown)


def _stale(row: DrillholeRow) -> str:
    word = tr(HOLE_STATUS[row.status.value]).lower()
    return tr("changed by somebody else meanwhile, {word} now", word=word)
