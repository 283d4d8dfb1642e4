"""Help: the guide, the keyboard, and what this CoreSafe is and works with."""

from coresafe.ui.help.about_dialog import AboutDialog
from coresafe.ui.help.guide_dialog import GuideDialog
from coresafe.ui.help.keyboard_dialog import KeyboardDialog
from coresafe.ui.help.menu import Help

__all__ = ["AboutDialog", "GuideDialog", "Help", "KeyboardDialog"]
