"""Who acts, through which door, from which machine: what every use case is told besides its command."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coresafe.models.enums import Door, Role
from coresafe.services.permissions import Permission, allows

if TYPE_CHECKING:
    from coresafe.services.database import Database


def this_machine() -> str:
    """The name of this machine as it is written into the audit trail (at most 120 characters)."""
    return (platform.node() or "unknown")[:120]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in user as he was at sign-in. ``epoch`` must still be the user's, or the session has ended.

    ``session_id``: at the API, the session that must not have been ended; None at the other doors.
    """

    user_id: int
    username: str
    full_name: str | None
    role: Role
    epoch: int
    must_change_password: bool = False
    session_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether to offer an action; the services check again with the role of the moment."""
        return allows(self.role, permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One signed-in session on one database."""

    database: Database
    actor: Actor
    door: Door
    machine: str
    #: Seconds a write may be tried again while the database is away; None: as long as a window waits.
    patience: float | None = None

    def renew(self, actor: Actor) -> None:
        """The same session after its own password change, for every form and search that holds this context."""
        object.__setattr__(self, "actor", actor)  # frozen against everything else
