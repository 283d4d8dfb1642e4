"""Counting a shed: entering numbers blind and together, looking at what varies, approving it, and the sheet to count on."""

from coresafe.ui.stocktake.page import STOCKTAKES, StocktakePage, is_stocktake

__all__ = ["STOCKTAKES", "StocktakePage", "is_stocktake"]
