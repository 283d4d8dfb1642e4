"""What the programs of the tests do, each with a database connection of its own."""

from __future__ import annotations

from coresafe.errors import AlreadyReturned, CoreSafeError, InsufficientStock, OverReturn
from coresafe.services.context import Context
from coresafe.services.dispatching import DispatchTrays, dispatch_trays
from coresafe.services.returning import TakeReturn, take_return


def dispatch_until_none_are_left(context: Context, command: DispatchTrays, most: int) -> tuple[list[str], list[str]]:
    """Dispatch over and over until it is refused; the numbers, and the names of other refusals (there are none)."""
    numbers: list[str] = []
    others: list[str] = []
    for _ in range(most):
        try:
            numbers.append(dispatch_trays(context, command).number)
        except InsufficientStock:
            return numbers, others
        except CoreSafeError as error:
            others.append(repr(error))
    return numbers, others


def there_and_back(context: Context, command: DispatchTrays, returned: TakeReturn, rounds: int) -> int:
    """Dispatch and return in turns; how many rounds were done."""
    from dataclasses import replace

    done = 0
    for _ in range(rounds):
        try:
            sent = dispatch_trays(context, command)
        except InsufficientStock:
            continue
        take_return(context, replace(returned, dispatch_id=sent.id))
        done += 1
    return done


def return_one_by_one(context: Context, command: TakeReturn) -> int:
    """Return the same line over and over until nothing is out; how often it went through."""
    taken = 0
    while True:
        try:
            take_return(context, command)
        except (AlreadyReturned, OverReturn):
            return taken
        taken += 1
