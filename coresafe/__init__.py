"""CoreSafe: where every drill-core tray is, and who owes it."""

__version__ = "0.1.0"
