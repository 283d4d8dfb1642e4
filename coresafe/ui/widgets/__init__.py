"""What every page is put together from."""

from coresafe.ui.widgets.aged import AgeLine, grey
from coresafe.ui.widgets.banner import Banner
from coresafe.ui.widgets.buttons import ActionButton, button, icon_button
from coresafe.ui.widgets.chip import StatusChip
from coresafe.ui.widgets.detail import DetailPane, History, Lines, Pairs
from coresafe.ui.widgets.findings import FindingsView
from coresafe.ui.widgets.grouped_list import Entry, GroupedList
from coresafe.ui.widgets.labels import figures, label, line
from coresafe.ui.widgets.message_host import MessageHost
from coresafe.ui.widgets.page_header import PageHeader
from coresafe.ui.widgets.scaled import Scaled
from coresafe.ui.widgets.spinner import Spinner, TaskStrip
from coresafe.ui.widgets.states import EmptyState, LoadingState

__all__ = [
    "ActionButton",
    "AgeLine",
    "Banner",
    "DetailPane",
    "EmptyState",
    "Entry",
    "FindingsView",
    "GroupedList",
    "History",
    "Lines",
    "LoadingState",
    "MessageHost",
    "PageHeader",
    "Pairs",
    "Scaled",
    "Spinner",
    "StatusChip",
    "TaskStrip",
    "button",
    "figures",
    "grey",
    "icon_button",
    "label",
    "line",
]
