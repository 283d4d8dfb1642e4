"""The page of the reconciliation."""
