"""Company accounts: which company has how many trays, what is behind each figure, and the overdue list."""

from coresafe.ui.accounts.page import AccountsPage

__all__ = ["AccountsPage"]
