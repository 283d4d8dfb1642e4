"""The form in which trays come back: the page of dispatches opens it for the selected one, the page of returns for a scan."""

from coresafe.ui.returning.return_form import ReturnForm, told

__all__ = ["ReturnForm", "told"]
