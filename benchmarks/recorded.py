"""The statements of one piece of work, recorded from the services, to be sent again by bare PyMySQL with fresh values.

So the bare side sends really the same: same texts, same row sizes, same transactions; it reads all results and commits.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from sqlalchemy import event

from coresafe.services.database import Database

COMMIT = "COMMIT"


@dataclass(slots=True)
class Step:
    """One statement. ``gives`` is the id that it got when it was recorded (0: none)."""

    statement: str
    params: Any
    many: bool = False
    gives: int = 0


@contextmanager
def recording(database: Database) -> Iterator[list[Step]]:
    """Every statement and COMMIT that this thread sends; pings and resets of the pool are not among them."""
    steps: list[Step] = []
    me = threading.get_ident()

    def executed(_conn: Any, cursor: Any, statement: str, params: Any, _context: Any, many: bool) -> None:
        if threading.get_ident() == me:
            steps.append(Step(statement, params, many, int(getattr(cursor, "lastrowid", 0) or 0)))

    def committed(_conn: Any) -> None:
        if threading.get_ident() == me:
            steps.append(Step(COMMIT, ()))

    event.listen(database.engine, "after_cursor_execute", executed)
    event.listen(database.engine, "commit", committed)
    try:
        yield steps
    finally:
        event.remove(database.engine, "after_cursor_execute", executed)
        event.remove(database.engine, "commit", committed)


Fill = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)
class Work:
    """Recorded steps and the values in them that must be fresh each time.

    ``operations``: the operation ids; ``ids``: ids that a step gave, with how they are written elsewhere (such as
    'D-2026-700001' for 700001).
    """

    steps: Sequence[Step]
    operations: Sequence[str]
    ids: dict[int, str] = field(default_factory=dict)
    _plan: list[tuple[str, Any, bool, int]] = field(default_factory=list)

    def prepare(self) -> None:
        """Find the places of the fresh values once, not at every sending."""
        given = {step.gives for step in self.steps} & set(self.ids)
        for step in self.steps:
            places = [self._places(row) for row in step.params] if step.many else self._places(step.params)
            self._plan.append((step.statement, places, step.many, step.gives if step.gives in given else 0))

    def _places(self, params: Any) -> tuple[Any, list[Any]]:
        """The parameters as the driver takes them (by name or by place), and which of them must be fresh."""
        pairs = params.items() if isinstance(params, dict) else enumerate(params or ())
        return params, [place for place, value in pairs if self._is_fresh(value)]

    def _is_fresh(self, value: Any) -> bool:
        if isinstance(value, int):
            return value in self.ids
        texts = (*self.operations, *self.ids.values(), *map(str, self.ids))
        return isinstance(value, str) and any(text in value for text in texts)

    def send(self, connection: pymysql.connections.Connection) -> None:
        """Send it all with fresh values, read every result, commit."""
        fresh: dict[Any, Any] = {text: str(uuid.uuid4()) for text in self.operations}
        cursor = connection.cursor()
        for statement, places, many, gives in self._plan:
            if statement == COMMIT:
                connection.commit()
                continue
            if many:
                cursor.executemany(statement, [_filled(values, where, fresh) for values, where in places])
            else:
                values, where = places
                cursor.execute(statement, _filled(values, where, fresh) or None)
            if cursor.description is not None:
                cursor.fetchall()
            if gives:
                new = cursor.lastrowid
                text = self.ids[gives]
                fresh[gives] = new
                if text != str(gives):
                    fresh[text] = text.replace(str(gives), f"{new:06d}")
                fresh[str(gives)] = str(new)
        cursor.close()


def _filled(values: Any, where: list[Any], fresh: dict[Any, Any]) -> Any:
    if not where:
        return values
    changed = dict(values) if isinstance(values, dict) else list(values)
    for place in where:
        value = changed[place]
        if isinstance(value, int):
            changed[place] = fresh[value]
            continue
        for old, new in fresh.items():
            if isinstance(old, str):
                value = value.replace(old, new)
        changed[place] = value
    return changed
