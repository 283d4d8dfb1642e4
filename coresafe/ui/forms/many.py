"""One change for many records: each by itself under its version, or all of them or none. What was refused is told with why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtWidgets import QWidget

from coresafe.errors import SomeRefused, StaleVersion, Trouble, Unauthenticated, UserError
from coresafe.ui.forms.form import Form
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.messages import Choice, Level
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
        workspace.online.connect(self.database_is)
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
        lines = _listed([f"{self.name_of(row)}: {why}" for row, why in done.refused])
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


class TogetherForm(OperationForm):
    """Base of the forms that change many records in one use case: all of them, or none where some refuse.

    What a refusal is about is told; what was only changed by somebody else is taken as it is now, the rest can be left out.
    A subclass adds its fields after this, and makes its command of ``rows``. ``apart``: selected too, and from the start no
    matter of this form.
    """

    def __init__(
        self,
        workspace: Workspace,
        title: Callable[[int], str],
        rows: Sequence[Any],
        apart: Sequence[tuple[str, str]] = (),
        *,
        save: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(workspace, title(len(rows)), save=save, parent=parent)
        self._title = title
        self.rows = tuple(rows)
        self._refusing: frozenset[int] = frozenset()
        self._about = label("", "muted", wrap=True)
        self.add_widget(self._about)
        if apart:
            said = [tr("Left out:"), *_listed([f"{name}: {why}" for name, why in apart])]
            self.add_widget(label("\n".join(said), "muted", wrap=True))
        self._refused = label("", wrap=True)
        self._refused.hide()
        self.add_widget(self._refused)
        self._say_about()

    # -- for the subclasses ---------------------------------------------------------------------------------------

    def line_of(self, row: Any) -> str:
        """What a record is told by, with what matters here."""
        raise NotImplementedError

    def changes_of(self, old: Any, new: Any) -> str:
        """What somebody else changed of a record, in words."""
        raise NotImplementedError

    # -- refusals -------------------------------------------------------------------------------------------------

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """Some refused: each with why; what was typed is kept."""
        if not isinstance(error, SomeRefused):
            return super().show_failure(error, again)
        fresh = {one.record_id: one.current for one in error.refused if one.stale}
        known = {row.id: row for row in self.rows}
        lines = []
        for one in error.refused:
            what = self.changes_of(known[one.record_id], one.current) if one.stale else ""
            lines.append(f"{one.name}: {one.why}" + (f". {what}" if what else ""))
        self._refused.setText("\n".join(_listed(lines)))
        self._refused.setVisible(True)
        self.rows = tuple(fresh.get(row.id, row) for row in self.rows)
        self._refusing = frozenset(one.record_id for one in error.refused if not one.stale)
        self._say_about()
        self._tell(len(error.refused), [one.name for one in error.refused if not one.stale])
        return True

    def _tell(self, count: int, refusing: Sequence[str]) -> None:
        said = trn("Nothing was changed: one was refused.", "Nothing was changed: {count} were refused.", count)
        left = len(self.rows) - len(self._refusing)
        if not self._refusing:
            self.say(Level.WARNING, said, tr("Below stands what changed. Look it over, then save again."))
        elif not left:
            self.say(Level.WARNING, said, tr("The reasons stand below. There is nothing left to change so."))
        else:
            words = trn("Leave {name} out", "Leave these {count} out", len(refusing), name=refusing[0])
            hint = tr("The reasons stand below. Leave out what cannot be changed so, then save again.")
            self.say(Level.WARNING, said, hint, [Choice(words, self._leave_out, primary=True)])

    def _leave_out(self) -> None:
        """Go on with the others."""
        self.rows = tuple(row for row in self.rows if row.id not in self._refusing)
        self._refusing = frozenset()
        self._refused.hide()
        self.quiet()
        self._say_about()
        self.focus_first()

    def _say_about(self) -> None:
        self.title = self._title(len(self.rows))
        self._head.setText(self.title)
        self._about.setText("\n".join(_listed([self.line_of(row) for row in self.rows])))


def _listed(lines: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = [tr("and {count} more", count=number(len(lines) - _TOLD))] if len(lines) > _TOLD else []
    return [*lines[:_TOLD], *more]
