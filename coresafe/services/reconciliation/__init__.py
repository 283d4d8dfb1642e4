"""Reconciliation: what the ledger says is owned against what the dispatches and balances say is there."""
