"""Settings: how CoreSafe looks here, in which shed, by which thresholds, and whether other programs may use it."""

from coresafe.ui.settings.access import Access, Phase
from coresafe.ui.settings.dialog import SettingsDialog
from coresafe.ui.settings.mark import AccessMark

__all__ = ["Access", "AccessMark", "Phase", "SettingsDialog"]
