"""Go anywhere: one field that finds pages, actions and everything in the database."""

from coresafe.ui.anywhere.matching import entry_of, matching
from coresafe.ui.anywhere.palette import Palette

__all__ = ["Palette", "entry_of", "matching"]
