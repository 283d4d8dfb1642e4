"""Companies ▸ projects ▸ holes: looked up, added, changed, made inactive."""

from coresafe.ui.drillholes.page import NEW, DrillholesPage

__all__ = ["NEW", "DrillholesPage"]
