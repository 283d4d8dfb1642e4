"""What people read about companies, projects and holes: the words of states, measures with their units."""

from __future__ import annotations

from collections.abc import Mapping

from coresafe.services.registry import trays_needed
from coresafe.ui.words import mark, number, tr

PROJECT_STATUS = {"active": mark("Active"), "inactive": mark("Inactive"), "completed": mark("Completed")}
HOLE_STATUS = {"active": mark("Active"), "completed": mark("Completed"), "abandoned": mark("Abandoned")}

#: Metres of core that a tray of a size holds, by the size's name; of sizes without a capacity nothing is known.
Capacities = Mapping[str, float]


def measure(value: float | None, places: int = 1, unit: str = "") -> str:
    """'1 234.5 m', "" where nothing is known; never less exact than it was given."""
    if value is None:
        return ""
    given = f"{value:.3f}".rstrip("0")
    places = max(places, len(given.partition(".")[2]))
    said = f"{value:,.{places}f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")
    return f"{said}\N{NO-BREAK SPACE}{unit}" if unit == "m" else f"{said}{unit}"


def trays_for(depth: float | None, size: str | None, capacities: Capacities) -> tuple[int, int] | None:
    """Trays that a hole fills, and those to spare; None where depth, size or the capacity of the size is not known."""
    capacity = capacities.get((size or "").casefold())
    return trays_needed(depth, capacity) if depth and depth > 0 and capacity else None


def trays_of(depth: float | None, size: str | None, capacities: Capacities) -> str:
    """'94 HQ: 85 filled, 9 spare', "" where it is not known."""
    found = trays_for(depth, size, capacities)
    if found is None:
        return ""
    filled, spare = found
    return tr(
        "{all} {size}: {filled} filled, {spare} spare",
        all=number(filled + spare),
        size=size,
        filled=number(filled),
        spare=number(spare),
    )


def trays_note(depth: float | None, size: str | None, capacities: Capacities) -> str:
    """The same where there is little room: '94 trays, 9 spare'."""
    found = trays_for(depth, size, capacities)
    if found is None:
        return ""
    return tr("{all} trays, {spare} spare", all=number(sum(found)), spare=number(found[1]))
