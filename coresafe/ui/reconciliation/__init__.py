"""Reconciliation: a period proved, and the months that are closed."""

from coresafe.ui.reconciliation.page import ReconciliationPage

__all__ = ["ReconciliationPage"]
