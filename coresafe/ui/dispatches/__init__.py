"""Dispatches: the table, the detail of one, sending trays out and taking them back."""

from coresafe.ui.dispatches.page import DispatchesPage

__all__ = ["DispatchesPage"]
