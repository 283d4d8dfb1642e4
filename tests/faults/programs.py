"""A writer that goes on through anything: it asks again under the same operation id until it is answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from coresafe.errors import CoreSafeError, Trouble
from coresafe.services.context import Context
from coresafe.services.dispatching import DispatchTrays, dispatch_trays
from coresafe.services.returning import TakeReturn, take_return
from coresafe.services.transaction import WriteUseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """What a writer was told: operation id → number of the dispatch or return. ``refused``: what should never be."""

    dispatched: dict[str, str]
    returned: dict[str, str]
    asked_again: int
    refused: list[str]


def write_on(context: Context, command: DispatchTrays, returned: TakeReturn, answered: Any, stop: Any) -> Diary:
    """Dispatch one tray and take it back, over and over, until ``stop``; ``answered`` is released at each answer."""
    diary: dict[str, dict[str, str]] = {"D": {}, "R": {}}
    again = 0
    refused: list[str] = []

    def persist(use_case: WriteUseCase[Any, Any], command: Any) -> Any:
        nonlocal again
        op = str(uuid.uuid4())
        while True:
            try:
                row = use_case(context, command, op)
            except Trouble:
                again += 1
                continue
            except CoreSafeError as error:
                refused.append(repr(error))
                return None
            number = row.returns[-1].number if use_case is take_return else row.number
            diary[number[0]][op] = number
            answered.release()
            return row

    while not stop.is_set():
        sent = persist(dispatch_trays, command)
        if sent is not None:
            persist(take_return, replace(returned, dispatch_id=sent.id))
    return Diary(dispatched=diary["D"], returned=diary["R"], asked_again=again, refused=refused)
