"""Returns: trays come back, by a scan or picked from the list of what is out."""

from coresafe.ui.returns.numbers import is_number
from coresafe.ui.returns.page import ReturnsPage

__all__ = ["ReturnsPage", "is_number"]
