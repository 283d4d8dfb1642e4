"""Reconciliation: a period proved, and the months that are closed."""

from coresafe.ui.reconciliation.page import MONTH_END, ReconciliationPage

__all__ = ["MONTH_END", "ReconciliationPage"]
