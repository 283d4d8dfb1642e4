"""The audit trail of a person, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coresafe.models.enums import Door
from coresafe.services.audit_trail import AuditRow
from coresafe.services.users import UserRow
from coresafe.ui.tables import local
from coresafe.ui.widgets import History
from coresafe.ui.words import role_word, tr

#: So many entries are shown; older ones are in the audit trail.
ENTRIES = 50


def section_of(entries: Sequence[AuditRow], person: UserRow, *, more: bool) -> History:
    """What happened to the account, newest first."""
    told = [(local(entry.at), what(entry), _who(entry, person)) for entry in entries]
    if more:
        told.append(("", tr("Older entries are in the audit trail."), ""))
    return History(tr("History"), told)


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
    said: list[str] = []
    for name, value in new.items():
        before = old.get(name)
        if name == "is_active":
            said.append(tr("Switched on") if value else tr("Switched off"))
            continue
        title = titles().get(name, name)
        said.append(tr("{field}: {old} → {new}", field=title, old=_words(name, before), new=_words(name, value)))
    return "\n".join(said) or tr("Changed")


def _words(name: str, value: Any) -> str:
    if not value:
        return "–"
    return role_word(str(value)) if name == "role" else str(value)


def titles() -> dict[str, str]:
    """What the fields of a user are called."""
    return {"username": tr("User name"), "full_name": tr("Full name"), "email": tr("E-mail"), "role": tr("Role")}


def _who(entry: AuditRow, person: UserRow) -> str:
    doors = {
        Door.WINDOW: tr("window"),
        Door.API: tr("API"),
        Door.IMPORT: tr("import"),
        Door.COMMAND_LINE: tr("command line"),
    }
    where = tr("{door}, {machine}", door=doors.get(entry.door, str(entry.door)), machine=entry.machine)
    own = entry.user_id == person.id or entry.user_id in (None, 0)
    return where if own else tr("by {user}, {where}", user=entry.user or "?", where=where)
