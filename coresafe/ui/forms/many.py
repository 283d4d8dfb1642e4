"""One change for many records: each is written by itself under its version, and what was refused is told with its reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtWidgets import QWidget

from coresafe.errors import StaleVersion, Trouble, Unauthenticated, UserError
from coresafe.ui.forms.form import Form
from coresafe.ui.messages import Level
from coresafe.ui.tasks import Token, Work
from coresafe.ui.widgets.labels import label
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

#: Refusals told one by one; the rest is counted.
_TOLD = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the records written, those refused with the reason, those not tried because it was stopped."""

    changed: tuple[Any, ...]
    refused: tuple[tuple[Any, str], ...]
    left: tuple[Any, ...]


class ManyForm(Form):
    """Base of the forms that change many records alike. A subclass adds its fields after this, and says how one is changed.

    ``title`` says what is done to so many. It stays open over what was refused, and a second try is about that.
    """

    def __init__(
        self,
        workspace: Workspace,
        title: Callable[[int], str],
        rows: Sequence[Any],
        *,
        save: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace.runner, title(len(rows)), save=save, parent=parent)
        self._workspace, self._title = workspace, title
        self._stop = threading.Event()
        self._operations: dict[object, UUID] = {}
        self.rows = tuple(rows)
        self.changed: tuple[Any, ...] = ()
        self._about = label("", "muted", wrap=True)
        self.add_widget(self._about)
        self._refused = label("", wrap=True)
        self._refused.hide()
        self.body.addWidget(self._refused)
        self._say_about()

    # -- for the subclasses ---------------------------------------------------------------------------------------

    def use_case(self) -> Callable[..., Any]:
        """The service that changes one."""
        raise NotImplementedError

    def command(self, row: Any) -> object:
        """The change of one, under its version; equal for what is typed alike."""
        raise NotImplementedError

    def name_of(self, row: Any) -> str:
        """What a record is told by."""
        raise NotImplementedError

    # -- saving ---------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """Write one after the other; what was written once is not written again when it is tried again."""
        workspace, stop, rows, use_case = self._workspace, self._stop, self.rows, self.use_case()
        names = [self.name_of(row) for row in rows]
        commands = [self.command(row) for row in rows]
        operations = self._operations
        for command in commands:
            operations.setdefault(command, uuid4())
        stop.clear()

        def save(token: Token) -> Outcome:
            changed: list[Any] = []
            refused: list[tuple[Any, str]] = []
            for at, (row, command) in enumerate(zip(rows, commands, strict=True)):
                if stop.is_set():
                    return Outcome(tuple(changed), tuple(refused), rows[at:])
                token.progress(at, len(rows), names[at])
                try:
                    changed.append(use_case(workspace.context, command, operations[command]))
                except Unauthenticated:
                    raise
                except StaleVersion as error:
                    refused.append((error.current or row, tr("changed by somebody else meanwhile")))
                except UserError as error:
                    refused.append((row, error.message))
                except Trouble as error:
                    if not changed and not refused:
                        raise
                    return Outcome(tuple(changed), (*refused, (row, error.message)), rows[at + 1 :])
            return Outcome(tuple(changed), tuple(refused), ())

        return save

    def leave(self) -> None:
        """While it is written, leaving stops it after the record it is at."""
        if self.saving:
            self._stop.set()
        else:
            super().leave()

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """A session that was ended ends here too."""
        return self._workspace.heed(error) or super().show_failure(error, again)

    def finished(self, done: Outcome) -> bool:
        """Take the outcome in: True when all was written, else it is told here and the form is about the rest."""
        self.changed = (*self.changed, *done.changed)
        if not done.refused and not done.left:
            return True
        self.rows = (*(row for row, _why in done.refused), *done.left)
        self._say_about()
        lines = [f"{self.name_of(row)}: {why}" for row, why in done.refused[:_TOLD]]
        if len(done.refused) > _TOLD:
            lines.append(tr("and {count} more", count=number(len(done.refused) - _TOLD)))
        if done.left:
            lines.append(trn("One was not tried.", "{count} were not tried.", len(done.left)))
        self._refused.setText("\n".join(lines))
        self._refused.setVisible(True)
        said = [trn("One was changed.", "{count} were changed.", len(done.changed))]
        if not done.changed:
            said = [tr("Nothing was changed.")]
        if done.refused:
            said.append(trn("One was refused.", "{count} were refused.", len(done.refused)))
        self.say(Level.WARNING, " ".join(said), tr("The reasons stand below. Save again for those, or leave."))
        return False

    def _say_about(self) -> None:
        self._head.setText(self._title(len(self.rows)))
        shown = ", ".join(self.name_of(row) for row in self.rows[:_TOLD])
        more = len(self.rows) - _TOLD
        self._about.setText(tr("{names} and {count} more", names=shown, count=number(more)) if more > 0 else shown)
