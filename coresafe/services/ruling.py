"""The rules of the installation: read by every window when somebody signs in, changed by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError

from coresafe.errors import StaleVersion
from coresafe.models import Setting
from coresafe.services import failures
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import sent_fields
from coresafe.services.rules import Checks
from coresafe.services.settings import RULES_ROW, Rules
from coresafe.services.sheds import ShedRow, read_sheds
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

_SETTINGS: Any = Setting.__table__

#: What is sensible of each rule, from and to; what a person calls it.
BOUNDS: dict[str, tuple[int, int, str]] = {
    "due_days": (1, 365, "Days until due"),
    "amber_days": (1, 365, "Days until amber"),
    "red_days": (2, 366, "Days until red"),
    "back_date_days": (1, 365, "Days of back-dating"),
    "idle_minutes": (1, 480, "Minutes until the window locks"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesRow:
    """The rules with the version to change them under; 0 and None while nobody has changed any."""

    rules: Rules
    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """Change the rules that are set; ``version`` is the one they were read with. The meanings stand in ``Rules``."""

    version: int
    back_date_days: int | Unset = UNSET
    due_days: int | Unset = UNSET
    amber_days: int | Unset = UNSET
    red_days: int | Unset = UNSET
    idle_minutes: int | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What a window must know to show anything rightly: the rules, and the sheds in use, the first one first."""

    rules: Rules
    sheds: tuple[ShedRow, ...]


@reads(Permission.LOOK)
def read_installation(tx: Reading) -> Installation:
    """The rules and the sheds in use: one round trip."""
    sheds = read_sheds(tx, active_only=True)
    return Installation(rules=tx.rules, sheds=sheds)


@reads(Permission.LOOK)
def get_rules(tx: Reading) -> RulesRow:
    """The rules, with their version."""
    return _built(_find(tx))


@writes(Permission.SETTINGS)
def change_rules(tx: Writing, command: ChangeRules) -> RulesRow:
    """Change rules for everybody, from now on; what is entered already keeps its due date.

    Raises ValidationFailed, naming each field, and StaleVersion with the rules as they are.
    """
    found = _find(tx, hold=True)
    there = _built(found)
    checks = Checks()
    sent = sent_fields(command, leave_out=("version",))
    for name, value in sent.items():
        least, most, label = BOUNDS[name]
        if value is None:
            checks.fail(name, f"{label} is missing. Enter a whole number from {least} to {most}.")
        else:
            checks.whole(name, value, least=least, most=most, label=label)
    if not checks.errors:
        _require_order(checks, there.rules, sent)
    if isinstance(command.version, bool) or not isinstance(command.version, int):
        checks.fail("version", "The version is missing. Send the one the rules were read with.")
    checks.done()
    if command.version != there.version:
        raise StaleVersion("The rules were changed by somebody else meanwhile. Nothing was changed.", current=there)
    now = there.rules.as_dict()
    changed = {name: value for name, value in sent.items() if now[name] != value}
    return _store(tx, found, changed) if changed else there


def _require_order(checks: Checks, rules: Rules, sent: Mapping[str, int]) -> None:
    """Amber comes before red, whichever of them is changed."""
    wanted = replace(rules, **sent)
    if wanted.amber_days >= wanted.red_days:
        if "red_days" in sent:
            checks.fail("red_days", f"Red must come after amber: later than {wanted.amber_days} days.")
        else:
            checks.fail("amber_days", f"Amber must come before red: earlier than {wanted.red_days} days.")


def _find(tx: Reading | Writing, *, hold: bool = False) -> Row[Any] | None:
    statement = sa.select(_SETTINGS.c.value, _SETTINGS.c.version, _SETTINGS.c.updated_at)
    statement = statement.where(_SETTINGS.c.name == RULES_ROW)
    return tx.first(statement.with_for_update() if hold else statement)


def _built(found: Row[Any] | None) -> RulesRow:
    if found is None:
        return RulesRow(rules=Rules())
    return RulesRow(rules=Rules.of(found.value or {}), version=found.version, updated_at=found.updated_at)


def _store(tx: Writing, found: Row[Any] | None, changed: Mapping[str, int]) -> RulesRow:
    there = _built(found)
    before, now = there.rules.as_dict(), replace(there.rules, **changed)
    # What a newer version of CoreSafe keeps there stays.
    value = {**((found.value or {}) if found is not None else {}), **now.as_dict()}
    row = {"value": value, "version": there.version + 1, "updated_at": tx.now}
    if found is not None:
        tx.change(sa.update(_SETTINGS).where(_SETTINGS.c.name == RULES_ROW).values(**row))
    else:
        try:
            tx.change(sa.insert(_SETTINGS).values(name=RULES_ROW, **row))
        except DBAPIError as error:
            if failures.is_duplicate(error):  # somebody was the first at the same moment
                raise failures.TryAgain from error
            raise
    tx.audit("change", "setting", RULES_ROW, old={name: before[name] for name in changed}, new=changed)
    return RulesRow(rules=now, version=there.version + 1, updated_at=tx.now)
