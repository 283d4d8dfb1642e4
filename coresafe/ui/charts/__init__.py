"""The charts, in a window of their own. What they are drawn with is loaded when they are first opened."""

from coresafe.ui.charts.window import ChartsWindow

__all__ = ["ChartsWindow"]
