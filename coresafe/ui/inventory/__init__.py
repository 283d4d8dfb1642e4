"""The inventory: what there is of each size, in which state, and every movement that made it so."""

from coresafe.ui.inventory.page import STOCK_FORMS, InventoryPage

__all__ = ["STOCK_FORMS", "InventoryPage"]
