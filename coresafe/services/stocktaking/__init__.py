"""Stocktakes: a shed is counted by hand, blind and by several people, and compared with the ledger (domain: Stocktake).

``entering`` begins a count and takes the numbers, ``reading`` shows them without what is expected, ``expecting`` says what
is, to those who approve, and ``approving`` posts the difference. A stocktake is never voided: count again.
"""

from __future__ import annotations

from coresafe.services.stocktaking.answers import (
    COUNTED_STATES,
    ApproveStocktake,
    CancelStocktake,
    ClearCount,
    Counting,
    CountRow,
    DeclareSize,
    EnterCount,
    LineReason,
    LineRow,
    MovedRow,
    OpenStocktake,
    RecountSize,
    SizeProgress,
    StateProgress,
    StocktakeDetail,
    StocktakeRow,
    VarianceRow,
    Variances,
)
from coresafe.services.stocktaking.approving import approve_stocktake, cancel_stocktake
from coresafe.services.stocktaking.entering import (
    clear_count,
    declare_size,
    enter_count,
    open_stocktake,
    recount_size,
)
from coresafe.services.stocktaking.expecting import variances
from coresafe.services.stocktaking.reading import count_stocktakes, counting, get_stocktake, list_stocktakes

__all__ = [
    "COUNTED_STATES",
    "ApproveStocktake",
    "CancelStocktake",
    "ClearCount",
    "CountRow",
    "Counting",
    "DeclareSize",
    "EnterCount",
    "LineReason",
    "LineRow",
    "MovedRow",
    "OpenStocktake",
    "RecountSize",
    "SizeProgress",
    "StateProgress",
    "StocktakeDetail",
    "StocktakeRow",
    "VarianceRow",
    "Variances",
    "approve_stocktake",
    "cancel_stocktake",
    "clear_count",
    "count_stocktakes",
    "counting",
    "declare_size",
    "enter_count",
    "get_stocktake",
    "list_stocktakes",
    "open_stocktake",
    "recount_size",
    "variances",
]
