"""The dashboard: how things stand at a glance, and what needs doing now."""

from coresafe.ui.dashboard.page import DashboardPage

__all__ = ["DashboardPage"]
