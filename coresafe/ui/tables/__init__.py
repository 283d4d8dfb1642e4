"""Tables of any length: columns declared once, rows by pages, states, selection by id, cells that paste.

PagedTable(COLUMNS, Source(lambda query: list_dispatches(context, query)), runner, name="dispatches", kinds=["dispatch"])
"""

from coresafe.ui.tables.columns import Align, Column, count, decimal, moment, state, text
from coresafe.ui.tables.model import PagedModel, Phase
from coresafe.ui.tables.named import NamedViews, Narrowing
from coresafe.ui.tables.paged_table import PagedTable
from coresafe.ui.tables.source import Page, PageSource, Query, Source
from coresafe.ui.tables.view import TableView

__all__ = [
    "Align",
    "Column",
    "NamedViews",
    "Narrowing",
    "Page",
    "PageSource",
    "PagedModel",
    "PagedTable",
    "Phase",
    "Query",
    "Source",
    "TableView",
    "count",
    "decimal",
    "moment",
    "state",
    "text",
]
