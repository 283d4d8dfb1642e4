"""Short forms on one user that are looked over before they are saved: switch off, sign out everywhere, reset the password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coresafe.services.users import ChangeUser, UserRow, change_user
from coresafe.ui.admin.temporary import TemporaryField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.widgets import label
from coresafe.ui.words import role_word, tr
from coresafe.ui.workspace import Workspace


class OneChange(OperationForm):
    """One change of one user, with a sentence of what it means."""

    changes = ("users",)

    def __init__(self, workspace: Workspace, row: UserRow, title: str, about: str, save: str) -> None:
        super().__init__(workspace, title, save=save)
        self.row = row
        self.add_widget(label(about, wrap=True))

    def use_case(self) -> Callable[..., Any]:
        return change_user

    def take_current(self, current: object) -> str:
        """Somebody else changed him: say how he stands now; saving again is then meant."""
        if not isinstance(current, UserRow):
            return ""
        self.row = current
        state = tr("active") if current.is_active else tr("switched off")
        return tr(
            "Now: {name}, {role}, {state}. Look it over, then do it again.",
            name=current.full_name or current.username,
            role=role_word(current.role),
            state=state,
        )

    def focus_first(self) -> None:
        """Where there is nothing to fill in, the keyboard is on the way out: nothing happens by a stray Enter."""
        if self.fields:
            super().focus_first()
        else:
            self.leave_button.setFocus()


class SwitchOffForm(OneChange):
    """Switching somebody off."""

    def __init__(self, workspace: Workspace, row: UserRow) -> None:
        name = row.full_name or row.username
        about = tr(
            "{name} is signed out at once, in every window and every program, and cannot sign in again until switched on. "
            "What {name} has entered stays.",
            name=name,
        )
        super().__init__(workspace, row, tr("Switch {name} off", name=name), about, tr("Switch off"))

    def command(self) -> object:
        """Off."""
        return ChangeUser(user_id=self.row.id, version=self.row.version, is_active=False)


class SignOutForm(OneChange):
    """Ending every session of somebody."""

    def __init__(self, workspace: Workspace, row: UserRow) -> None:
        name = row.full_name or row.username
        about = tr(
            "Every window and every program in which {name} is signed in ends its session at once; something typed there "
            "and not saved is lost. {name} can sign in again.",
            name=name,
        )
        super().__init__(workspace, row, tr("Sign {name} out everywhere", name=name), about, tr("Sign out everywhere"))

    def command(self) -> object:
        """Out."""
        return ChangeUser(user_id=self.row.id, version=self.row.version, sign_out=True)


class ResetForm(OneChange):
    """A temporary password for somebody who forgot his."""

    def __init__(self, workspace: Workspace, row: UserRow) -> None:
        name = row.full_name or row.username
        about = tr(
            "The old password no longer works, and {name} is signed out everywhere. A lock by wrong passwords is lifted.",
            name=name,
        )
        super().__init__(workspace, row, tr("Reset {name}'s password", name=name), about, tr("Reset the password"))
        self.password = TemporaryField("password", lambda: self.row.username)
        self.add(self.password)
        self.settle()

    def command(self) -> object:
        """The password that stands there."""
        return ChangeUser(user_id=self.row.id, version=self.row.version, password=self.password.value() or "")


def switch_on(row: UserRow) -> ChangeUser:
    """Let somebody in again, or for the first time: switching on approves."""
    return ChangeUser(user_id=row.id, version=row.version, is_active=True)
