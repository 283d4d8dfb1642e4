"""A form whose save happens once: the same content is saved under the same operation id, however often it is pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtWidgets import QWidget

from coresafe.errors import StaleVersion, Unauthenticated
from coresafe.ui.forms.form import Form
from coresafe.ui.messages import Level
from coresafe.ui.tasks import Token, Work
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class OperationForm(Form):
    """Base of the forms that write stock. A subclass names its ``use_case`` and makes its ``command``."""

    def __init__(self, workspace: Workspace, title: str, *, save: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace.runner, title, save=save, parent=parent)
        self._workspace = workspace
        self._operation: tuple[object, UUID] = (None, uuid4())
        workspace.online.connect(self.database_is)
        workspace.date(self)

    def use_case(self) -> Callable[..., Any]:
        """The service that saves."""
        raise NotImplementedError

    def command(self) -> object:
        """What is typed, as the service takes it."""
        raise NotImplementedError

    def take_current(self, current: object) -> str:
        """Somebody else changed the record: take its present state; what to say about it, or ""."""
        return ""

    def work(self) -> Work:
        """The save. Content that was not changed since the last try keeps its operation id, so it is never done twice."""
        command = self.command()
        if command != self._operation[0]:
            self._operation = (command, uuid4())
        use_case, context, operation_id = self.use_case(), self._workspace.context, self._operation[1]

        def save(_token: Token) -> Any:
            actor = context.actor
            try:
                return use_case(context, command, operation_id)
            except Unauthenticated:
                if context.actor is actor:
                    raise
                return use_case(context, command, operation_id)  # the session was renewed meanwhile

        return save

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """A stale version keeps what was typed and shows what is there now; a session that was ended ends here too."""
        if self._workspace.heed(error):
            return True
        if isinstance(error, StaleVersion):
            said = self.take_current(error.current)
            if said:
                self.say_changed(said)
                return True
        return super().show_failure(error, again)

    def say_changed(self, hint: str) -> None:
        """Somebody got in before; ``hint`` is what to do now."""
        self.say(Level.WARNING, tr("Somebody changed this meanwhile. What you typed is kept."), hint)
