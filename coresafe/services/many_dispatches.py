"""The same change of several dispatches: a later due date, a note. All of them or none, and who refuses is named with why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coresafe.errors import Refused, SomeRefused
from coresafe.models.base import NOTE_LENGTH
from coresafe.models.enums import DispatchStatus
from coresafe.services.dispatch_rows import D, DispatchRow
from coresafe.services.dispatching import may_amend
from coresafe.services.permissions import Permission
from coresafe.services.rules import Checks, identifier
from coresafe.services.standing import Locked, lock_dispatches, store_headers
from coresafe.services.transaction import writes
from coresafe.services.work import Writing

#: Dispatches changed in one go at most.
MAX_DISPATCHES = 200
#: Refusals told in the sentence; all of them stand in the error.
_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One of the dispatches, under the version that it was read with."""

    dispatch_id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendDispatches:
    """One later due date for all of them, with the reason."""

    dispatches: Sequence[Chosen]
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDispatches:
    """A note that is added below the notes of each."""

    dispatches: Sequence[Chosen]
    note: str


@writes(Permission.EXTEND, stock=True)
def extend_dispatches(tx: Writing, command: ExtendDispatches) -> tuple[DispatchRow, ...]:
    """Give several dispatches a later due date; one that is due then already stays as it is.

    The rows come in the order sent, without returns and resolutions. Raises SomeRefused naming each that is voided, has
    nothing out any more, is due later already, or was changed since it was read; none is changed then.
    """
    checks = Checks()
    chosen = _chosen(checks, command.dispatches)
    found = lock_dispatches(tx, [each.dispatch_id for each in chosen])
    reason = checks.reason("reason", command.reason)
    if command.due_at is None:
        checks.fail("due_at", "Due date is missing. Enter it.")
    due_at = checks.moment("due_at", command.due_at, now=tx.now, future=True, label="Due date")
    checks.done()
    assert due_at is not None  # noqa: S101  # checked before

    def why_not(locked: Locked) -> str:
        row = locked.row
        if not row.outstanding:
            return "nothing of it is out any more"
        if due_at < row.due_at:
            return f"it is due later already, {row.due_at.astimezone(ZoneInfo(row.time_zone)):%Y-%m-%d %H:%M}"
        return ""

    locked = _all_of(chosen, found, why_not)
    later = [each for each in locked if each.row.due_at != due_at]
    fresh = {row.id: row for row in store_headers(tx, later, due_at=due_at)}
    for each in later:
        old, new = {"due_at": each.row.due_at}, {"due_at": due_at}
        tx.audit("extend", "dispatch", each.row.id, old=old, new=new, reason=reason)
    return tuple(_plain(fresh.get(each.row.id, each.row)) for each in locked)


@writes(Permission.AMEND, stock=True)
def note_dispatches(tx: Writing, command: NoteDispatches) -> tuple[DispatchRow, ...]:
    """Add a note to several open dispatches, on a line of its own below what they say already.

    Operators may do so on their own, on the day they entered them. The rows come in the order sent, without returns and
    resolutions. Raises SomeRefused naming each that may not be amended, is voided or closed, has no room left, or was
    changed since it was read; none is changed then.
    """
    checks = Checks()
    chosen = _chosen(checks, command.dispatches)
    found = lock_dispatches(tx, [each.dispatch_id for each in chosen])
    note = checks.notes("note", command.note)
    if note is None and not any(error.field == "note" for error in checks.errors):
        checks.fail("note", "The note is missing. Enter it.")
    checks.done()
    assert note is not None  # noqa: S101  # checked before

    def noted(row: DispatchRow) -> str:
        return f"{row.notes}\n{note}" if row.notes else note

    def why_not(locked: Locked) -> str:
        row = locked.row
        if not may_amend(tx.actor.role, own=locked.created_by == tx.actor.user_id, row=row, now=tx.now):
            return "you may amend only your own, on the day you entered them"
        if not row.outstanding:
            return "it is closed"
        if len(noted(row)) > NOTE_LENGTH:
            return f"with it its notes would be longer than {NOTE_LENGTH:,} characters"
        return ""

    locked = _all_of(chosen, found, why_not)
    empty = sa.func.coalesce(D.c.notes, "") == ""
    added = sa.case((empty, note), else_=D.c.notes + sa.literal(f"\n{note}"))
    fresh = [replace(row, notes=noted(row)) for row in store_headers(tx, locked, notes=added)]
    for each, row in zip(locked, fresh, strict=True):
        tx.audit("amend", "dispatch", row.id, old={"notes": each.row.notes}, new={"notes": row.notes})
    return tuple(_plain(row) for row in fresh)


def _chosen(checks: Checks, dispatches: object) -> list[Chosen]:
    """The dispatches that were sent, each once."""
    if not isinstance(dispatches, (list, tuple)) or not dispatches:
        checks.fail("dispatches", "Choose at least one dispatch.")
        return []
    if len(dispatches) > MAX_DISPATCHES:
        checks.fail("dispatches", f"At most {MAX_DISPATCHES} dispatches are changed in one go. Choose fewer.")
        return []
    chosen: list[Chosen] = []
    seen: set[int] = set()
    for index, each in enumerate(dispatches):
        field = f"dispatches[{index}]"
        if not isinstance(each, Chosen) or not isinstance(each.version, int):
            checks.fail(field, "This is no dispatch with its version. Read it again.")
        elif identifier(each.dispatch_id) in seen:
            checks.fail(field, "This dispatch stands twice among them.")
        else:
            seen.add(identifier(each.dispatch_id))
            chosen.append(each)
    return chosen


def _all_of(chosen: Sequence[Chosen], found: dict[int, Locked], why_not: Callable[[Locked], str]) -> list[Locked]:
    """All of them, in the order sent. Raises SomeRefused where ``why_not`` has something against one, or its version is old."""
    refused: list[Refused] = []
    for each in chosen:
        locked = found.get(identifier(each.dispatch_id))
        if locked is None:
            refused.append(Refused(each.dispatch_id, f"#{each.dispatch_id}", "there is no such dispatch"))
            continue
        row = locked.row
        why = "it was voided" if row.status is DispatchStatus.VOIDED else why_not(locked)
        stale = not why and each.version != row.version
        if stale:
            why = "it was changed by somebody else meanwhile"
        if why:
            refused.append(Refused(row.id, row.number, why, current=row, stale=stale))
    if refused:
        raise SomeRefused(_sentence(refused, len(chosen)), refused=refused)
    return [found[identifier(each.dispatch_id)] for each in chosen]


def _sentence(refused: Sequence[Refused], count: int) -> str:
    told = "; ".join(f"{one.name}: {one.why}" for one in refused[:_TOLD])
    more = f"; and {len(refused) - _TOLD} more" if len(refused) > _TOLD else ""
    return f"{len(refused)} of {count} cannot be changed so, and none was. {told}{more}."


def _plain(row: DispatchRow) -> Any:
    """Without its returns and resolutions: the answer is kept with the operation, and two hundred of these are long."""
    return replace(row, returns=(), resolutions=())
