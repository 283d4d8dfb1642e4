"""The audit trail of a person, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coresafe.services.audit_trail import AuditRow
from coresafe.services.users import UserRow
from coresafe.ui import trail
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, role_word, tr

#: So many entries are shown; older ones are in the audit trail.
ENTRIES = 50


def section_of(entries: Sequence[AuditRow], person: UserRow, *, more: bool) -> History:
    """What happened to the account, newest first."""
    return trail.history([(trail.when(entry), what(entry), _who(entry, person)) for entry in entries], more=more)


def what(entry: AuditRow) -> str:
    """What was done, in a sentence."""
    plain = {
        "add": tr("Added as {role}", role=role_word(str((entry.new or {}).get("role", "")))),
        "register": tr("Asked for an account"),
        "sign_in": tr("Signed in"),
        "sign_in_refused": tr("Wrong password"),
        "lock": tr("Locked: too many wrong passwords"),
        "password": tr("Password changed"),
        "sign_out": tr("Signed out everywhere"),
        "token_reused": tr("A token was used twice: its session ended"),
    }
    if entry.action == "change":
        return _changes(entry.old or {}, entry.new or {})
    return plain.get(entry.action, entry.action.replace("_", " ").capitalize())


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    said = []
    if "is_active" in new:
        said.append(tr("Switched on") if new["is_active"] else tr("Switched off"))
    rest = {name: value for name, value in new.items() if name != "is_active"}
    return "\n".join([*said, *trail.changes(old, rest, TITLES, _words)]) or tr("Changed")


def _words(name: str, value: object) -> str:
    if not value:
        return ""
    return role_word(str(value)) if name == "role" else str(value)


#: What the fields of a user are called.
TITLES = {
    "username": mark("User name"),
    "full_name": mark("Full name"),
    "email": mark("E-mail"),
    "role": mark("Role"),
}


def _who(entry: AuditRow, person: UserRow) -> str:
    door = tr(trail.DOORS.get(entry.door, entry.door.value))
    where = tr("{door}, {machine}", door=door, machine=entry.machine)
    own = entry.user_id == person.id or entry.user_id in (None, 0)
    return where if own else tr("by {user}, {where}", user=entry.user or "?", where=where)
