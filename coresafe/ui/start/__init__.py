"""What comes before the main window: the first run's three doors, setting a database up, and signing in."""

from coresafe.ui.start.window import StartWindow

__all__ = ["StartWindow"]
