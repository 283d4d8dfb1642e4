"""What comes back of a dispatch, or arrives of a transfer: checked size by size, and spread over the lines that were sent.

Who counts trays counts them by size and condition; what was sent has a line for each size and contents. Both kinds of
document are spread by the same rule, and undone by countering what they posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coresafe.errors import Shortage
from coresafe.models.enums import Contents, MovementKind, State
from coresafe.services.ledger import Move
from coresafe.services.rules import Checks, key_of
from coresafe.services.standing import Line

#: Lines of one entry at most; no document has more.
MAX_LINES = 50

#: What is counted of trays that are there again, and the account each goes to.
ARRIVES_IN = (("good", State.AVAILABLE), ("occupied", State.OCCUPIED), ("damaged", State.DAMAGED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of an entry belongs to one line of what was sent."""

    line: Line
    good: int
    occupied: int
    damaged: int
    surplus: int


#: Good, occupied, damaged and surplus.
Amounts = tuple[int, int, int, int]


def check_amounts(checks: Checks, lines: object, sent: Sequence[Line], *, number: str, noun: str) -> dict[str, Amounts]:
    """Good, occupied, damaged and surplus per size of what was sent; errors at the fields. ``noun``: what is entered."""
    known = {key_of(line.tray_size): line.tray_size for line in sent if line.quantity}
    entered: dict[str, Amounts] = {}
    if not isinstance(lines, (list, tuple)):
        checks.fail("lines", "The lines must be a list of sizes and quantities.")
        return entered
    if len(lines) > MAX_LINES:
        checks.fail("lines", f"A {noun} holds at most {MAX_LINES} lines.")
        return entered
    for index, line in enumerate(lines):
        field = f"lines[{index}]"
        names = ("good", "occupied", "damaged", "surplus")
        amounts = [checks.quantity(f"{field}.{n}", getattr(line, n), least=0, label=n.capitalize()) for n in names]
        text = checks.text(f"{field}.tray_size", line.tray_size, limit=60, label="Tray size")
        size = known.get(key_of(text)) if text else None
        if size is None:
            if text:
                checks.fail(f"{field}.tray_size", f"No {text} trays were on {number}. Enter what was sent.")
            continue
        if size in entered:
            checks.fail(f"{field}.tray_size", f"{size} stands in two lines. Put it into one.")
        entered[size] = (amounts[0], amounts[1], amounts[2], amounts[3])
    return {size: entered[size] for size in known.values() if size in entered}


def by_size(lines: Sequence[Line]) -> dict[str, int]:
    """What of each size is not there again yet."""
    out: dict[str, int] = defaultdict(int)
    for line in lines:
        out[line.tray_size] += line.outstanding
    return out


def beyond(wanted: dict[str, int], lines: Sequence[Line], state: str) -> list[Shortage]:
    """The sizes of which more is entered than is missing; ``state``: what missing ones are called."""
    missing = by_size(lines)
    return [
        Shortage(tray_size=size, requested=quantity, available=missing[size], state=state)
        for size, quantity in wanted.items()
        if quantity > missing[size]
    ]


def allot(lines: Sequence[Line], entered: dict[str, Amounts]) -> list[Part]:
    """Spread each size over its lines: what holds core first onto the line that was sent with core."""
    parts: list[Part] = []
    for size, (good, occupied, damaged, surplus) in entered.items():
        mine = [line for line in lines if line.tray_size == size and line.quantity]
        room = {line.position: line.outstanding for line in mine}
        given: dict[int, dict[str, int]] = {line.position: defaultdict(int) for line in mine}
        for name, amount, first in (
            ("occupied", occupied, Contents.CORE),
            ("good", good, Contents.EMPTY),
            ("damaged", damaged, Contents.EMPTY),
        ):
            for line in sorted(mine, key=lambda candidate: candidate.contents is not first):
                taken = min(amount, room[line.position])
                given[line.position][name] += taken
                room[line.position] -= taken
                amount -= taken
        for line in mine:
            share = given[line.position]
            part = Part(
                line=line, good=share["good"], occupied=share["occupied"], damaged=share["damaged"], surplus=surplus
            )
            surplus = 0
            if part.good or part.occupied or part.damaged or part.surplus:
                parts.append(part)
    return parts


def applied(lines: Sequence[Line], parts: Sequence[Part], sign: int) -> list[Line]:
    """The lines with the parts of an entry added (``sign`` 1) or taken away again (-1)."""
    by_position = {part.line.position: part for part in parts}
    changed = []
    for line in lines:
        part = by_position.get(line.position)
        if part is None:
            changed.append(line)
            continue
        back = part.good + part.occupied + part.damaged
        changed.append(
            line.with_changes(
                good=sign * part.good,
                occupied=sign * part.occupied,
                damaged=sign * part.damaged,
                surplus=sign * part.surplus,
                outstanding=-sign * back,
            )
        )
    return changed


def check_lost(checks: Checks, lines: object, sent: Sequence[Line], *, number: str) -> dict[str, int]:
    """Lost trays per size of what was sent; errors at the fields."""
    known = {key_of(line.tray_size): line.tray_size for line in sent if line.quantity}
    wanted: dict[str, int] = {}
    if not isinstance(lines, (list, tuple)) or not lines:
        checks.fail("lines", "Enter at least one tray size and how many trays are lost.")
        return wanted
    if len(lines) > MAX_LINES:
        checks.fail("lines", f"At most {MAX_LINES} lines can be declared lost at once.")
        return wanted
    for index, line in enumerate(lines):
        field = f"lines[{index}]"
        if line.quantity is None:
            checks.fail(f"{field}.quantity", "Quantity is missing. Enter how many trays.")
        quantity = checks.quantity(f"{field}.quantity", line.quantity)
        text = checks.text(f"{field}.tray_size", line.tray_size, limit=60, label="Tray size")
        size = known.get(key_of(text)) if text else None
        if size is None:
            if text:
                checks.fail(f"{field}.tray_size", f"No {text} trays were on {number}.")
            continue
        if size in wanted:
            checks.fail(f"{field}.tray_size", f"{size} stands in two lines. Put it into one.")
        wanted[size] = quantity
    return {size: wanted[size] for size in known.values() if size in wanted}


def allot_lost(lines: Sequence[Line], wanted: dict[str, int]) -> dict[int, int]:
    """Lost trays spread over what is missing of their size, by position."""
    shares: dict[int, int] = {}
    for size, quantity in wanted.items():
        for line in (candidate for candidate in lines if candidate.tray_size == size):
            taken = min(quantity, line.outstanding)
            quantity -= taken
            if taken:
                shares[line.position] = taken
    return shares


def countered(moves: Sequence[Move]) -> list[Move]:
    """The movements that undo ``moves``, last first."""
    return [
        replace(
            move,
            kind=MovementKind.VOID,
            of_kind=move.kind,
            from_state=move.to_state,
            to_state=move.from_state,
            gate=move.to_gate or move.gate,
            to_gate=move.gate,
        )
        for move in reversed(moves)
    ]
