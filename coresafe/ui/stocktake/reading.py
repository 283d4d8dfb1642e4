"""What the page reads: whether the shed is being counted, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass

from coresafe.models.enums import StocktakeStatus
from coresafe.services.context import Context
from coresafe.services.listing import MAX_LIMIT, Query
from coresafe.services.stocktaking import Counting, counting, list_stocktakes


@dataclass(frozen=True, slots=True)
class Seen:
    """``counting``: the open stocktake of the shed that was asked for; None where nobody counts it."""

    counting: Counting | None
    shed_id: int | None


def look(context: Context, shed_id: int | None, known: int | None) -> Seen:
    """How far the shed's open stocktake is. ``known``: the one that was open last, which saves asking which one is."""
    if known is not None:
        seen = counting(context, known)
        if seen.stocktake.status is StocktakeStatus.OPEN:
            return Seen(seen, seen.stocktake.shed_id)
    filters = {"status": StocktakeStatus.OPEN.value} | ({} if shed_id is None else {"shed_id": shed_id})
    found = list_stocktakes(context, Query(filters=filters, limit=MAX_LIMIT)).items
    return Seen(counting(context, found[0].id) if found else None, shed_id)
