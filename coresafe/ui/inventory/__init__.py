"""The inventory: what there is of each size, in which state, and every movement that made it so."""

from coresafe.ui.inventory.page import InventoryPage
from coresafe.ui.inventory.stock_form import CHANGES

__all__ = ["CHANGES", "InventoryPage"]
