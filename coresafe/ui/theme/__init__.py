"""How CoreSafe looks: tokens, palette, style sheet, icons and fonts, in light and dark.

theme().tokens.accent      theme().icon("truck")      theme().dress(button, "plus")      theme().changed.connect(...)
"""

from coresafe.ui.theme.statuses import STATUSES, Status, status
from coresafe.ui.theme.theme import Scheme, Theme, theme
from coresafe.ui.theme.tokens import GRID, ICON, ICON_EMPTY, ICON_LARGE, LARGE, RADIUS, TARGET, TARGET_GLOVES, Tokens

__all__ = [
    "GRID",
    "ICON",
    "ICON_EMPTY",
    "ICON_LARGE",
    "LARGE",
    "RADIUS",
    "STATUSES",
    "TARGET",
    "TARGET_GLOVES",
    "Scheme",
    "Status",
    "Theme",
    "Tokens",
    "status",
    "theme",
]
