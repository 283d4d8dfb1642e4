"""Adding a user, and editing one while others may do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coresafe.errors import Conflict
from coresafe.models.enums import Role
from coresafe.services.users import AddUser, ChangeUser, UserRow, add_user, change_user
from coresafe.ui.admin.history import TITLES
from coresafe.ui.admin.temporary import TemporaryField
from coresafe.ui.forms import SelectField, TextField
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.messages import Level
from coresafe.ui.words import role_word, tr
from coresafe.ui.workspace import Workspace


class PersonForm(RecordForm):
    """A new user with a temporary password, or one as he is, to be changed.

    ``own``: his own account, whose sessions a new name or role ends.
    """

    changes = ("users",)

    def __init__(self, workspace: Workspace, row: UserRow | None = None, *, own: bool = False) -> None:
        title = tr("Add a user") if row is None else tr("Edit {name}", name=row.full_name or row.username)
        super().__init__(workspace, title, row)
        words = {name: tr(title) for name, title in TITLES.items()}
        self.username = TextField("username", words["username"], longest=60, required=True)
        self.full_name = TextField("full_name", words["full_name"])
        self.email = TextField("email", words["email"], longest=254, required=True)
        self.role = SelectField("role", words["role"], [(role, role_word(role)) for role in Role])
        self.role.changed.connect(self._tell_role)
        for field in (self.username, self.full_name, self.email, self.role):
            self.add(field)
        self.password: TemporaryField | None = None
        if row is None:
            self.password = TemporaryField("password", lambda: self.username.value() or "")
            self.add(self.password)
        elif own:
            self.username.set_note(tr("This is you: another user name or role signs you out everywhere."))
        else:
            self.username.set_note(tr("Another user name or role ends this person's sessions."))
        self._tell_role()
        self.begin()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return add_user, change_user

    def filled(self, row: UserRow) -> dict[str, Any]:
        """The fields of a user."""
        return {"username": row.username, "full_name": row.full_name, "email": row.email, "role": str(row.role)}

    def add_command(self, values: dict[str, Any]) -> object:
        """A user whose password is temporary."""
        return AddUser(
            username=values["username"] or "",
            email=values["email"] or "",
            full_name=values["full_name"],
            role=values["role"],
            password=values["password"] or "",
            temporary=True,
        )

    def change_command(self, row: UserRow, changed: dict[str, Any]) -> object:
        """What differs, under the version it was read with."""
        return ChangeUser(user_id=row.id, version=row.version, **changed)

    def save(self) -> None:
        """Save what was changed; where nothing was, there is nothing to save."""
        if self.row is not None and not self.saving and self._is_unchanged():
            self.settle()
            self.leave()
            return
        super().save()

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """That the last administrator must stay one is told at the role."""
        return [("role", error.message)] if self.role.dirty else []

    def meet(self, current: UserRow) -> None:
        """The row as it is now, read because somebody changed a user while the form is open."""
        if self.row is None or self.saving or current.version <= self.row.version:
            return
        if self.filled(current) == self.filled(self.row):
            self.row = current  # something else was changed: whether he may sign in, or his password
            return
        said = self.take_current(current)
        self.say(Level.WARNING, tr("Somebody changed this meanwhile. What you typed is kept."), said)

    def _is_unchanged(self) -> bool:
        return self.filled(self.row) == {name: field.value() for name, field in self.fields.items()}

    def _tell_role(self) -> None:
        may = {
            Role.OPERATOR: tr("Sends trays out, takes them back, records samples, counts."),
            Role.MANAGER: tr("All that a technician does; also companies and holes, stock, losses, voids, months."),
            Role.ADMIN: tr("Everything; also users and settings."),
        }
        self.role.set_note(may.get(self.role.value(), ""))
