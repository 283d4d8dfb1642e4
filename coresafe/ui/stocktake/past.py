"""Earlier stocktakes: a list of them, and beside it what the selected one found."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from coresafe.errors import CoreSafeError
from coresafe.models.enums import StocktakeStatus
from coresafe.services.stocktaking import (
    StocktakeDetail,
    StocktakeRow,
    count_stocktakes,
    get_stocktake,
    list_stocktakes,
)
from coresafe.ui import clock
from coresafe.ui.house import House
from coresafe.ui.state import Memory
from coresafe.ui.stocktake.words import joined, signed, state_word
from coresafe.ui.tables import PagedTable, Source, columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.widgets import DetailPane, History, Lines, Pairs, Scaled
from coresafe.ui.words import mark, number, tr
from coresafe.ui.workspace import Workspace

_STATUS = {"open": "count_open", "approved": "count_approved", "cancelled": "count_cancelled"}


def _zone(house: House, row: StocktakeRow) -> str | None:
    shed = house.shed(row.shed_id)
    return shed.time_zone if shed is not None else None


def columns_at(house: House) -> tuple[Column, ...]:
    """The columns; each stocktake's times are those of its own shed."""

    def zone(row: StocktakeRow) -> str | None:
        return _zone(house, row)

    return (
        columns.text("number", mark("Number"), width=118, sort="number"),
        columns.state("status", mark("State"), value=lambda row: _STATUS[row.status.value], width=120),
        columns.text("shed_name", mark("Shed"), width=112, shown=house.several),
        columns.moment("opened_at", mark("Opened"), zone=zone, sort="opened_at"),
        columns.text("opened_by", mark("By"), width=88),
        columns.count("declared", mark("Sizes"), width=64),
        columns.count("variances", mark("Variances"), width=84),
        columns.moment("ended_at", mark("Ended"), zone=zone, sort="ended_at"),
        columns.text("ended_by", mark("Ended by"), width=88, shown=False),
        columns.text("end_reason", mark("Reason"), width=160, shown=False),
    )


class PastView(QWidget):
    """All stocktakes, newest first. Signals: ``open_asked(StocktakeRow)`` one that is still counted."""

    open_asked = Signal(object)

    def __init__(self, workspace: Workspace, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        context = workspace.context
        self.table = PagedTable(
            columns_at(workspace.house),
            Source(lambda query: list_stocktakes(context, query), lambda query: count_stocktakes(context, query)),
            workspace.runner,
            name="stocktakes",
            memory=memory,
            title=tr("Stocktakes"),
            messages=workspace.messages,
            kinds=("stocktakes",),
            sort="-opened_at",
            empty=tr("No stocktake yet."),
            empty_hint=tr("A supervisor opens the first one."),
            empty_icon="clipboard-list",
            things=lambda count: tr("1 stocktake") if count == 1 else tr("{count} stocktakes", count=number(count)),
        )
        self.detail = DetailPane(icon="clipboard-list")
        Scaled(self.detail, self.detail.setMinimumWidth, 400)
        self.splitter = QSplitter()
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([766, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        self.table.selected.connect(self._selected)
        self.table.opened.connect(self._opened)
        workspace.house.changed.connect(self.table.view.viewport().update)
        workspace.date(self.detail)

    def _opened(self, row: StocktakeRow) -> None:
        if row.status is StocktakeStatus.OPEN:
            self.open_asked.emit(row)

    def _selected(self, rows: list[StocktakeRow]) -> None:
        if len(rows) != 1:
            self.detail.clear()
            return
        self._workspace.read(
            get_stocktake, rows[0].id, owner=self, lane="past", done=self.show_detail, failed=self._not_read
        )

    def _not_read(self, error: BaseException) -> bool:
        self.detail.clear()
        return not isinstance(error, CoreSafeError)

    def show_detail(self, found: StocktakeDetail) -> None:
        """What one found: its lines, and why they vary."""
        row = found.stocktake
        zone = _zone(self._workspace.house, row)
        is_open = row.status is StocktakeStatus.OPEN
        about = [
            (tr("Shed"), row.shed_name),
            (tr("Opened"), f"{clock.exact(row.opened_at, zone)}, {row.opened_by}"),
            (tr("Approved") if row.status is StocktakeStatus.APPROVED else tr("Cancelled"),
             f"{clock.exact(row.ended_at, zone)}, {row.ended_by}" if row.ended_at is not None else ""),
            (tr("Reason"), row.end_reason or ""),
            (tr("Notes"), row.notes or ""),
            (tr("Left alone"), joined(found.left_alone)),
        ]  # fmt: skip
        sections: list[Pairs | Lines | History] = [Pairs(tr("Stocktake"), about)]
        if found.lines:
            heads = (tr("Size"), tr("State"), tr("Expected"), tr("Counted"), tr("Variance"))
            sections.append(
                Lines(
                    tr("What was found"),
                    heads,
                    [
                        (line.tray_size, state_word(line.state), line.expected, line.counted, line.variance)
                        for line in found.lines
                    ],
                )
            )
        why = [
            (
                clock.local(line.at, zone) if line.at is not None else "",
                f"{line.tray_size} {state_word(line.state)} {signed(line.variance)}: {line.reason or ''}",
                tr("declared by {who}", who=line.declared_by or ""),
            )
            for line in found.lines
            if line.variance
        ]
        if why:
            sections.append(History(tr("Why it varied"), why))
        self.detail.show_record(
            row.number,
            subtitle=tr("Still being counted: nothing is compared before it is approved.") if is_open else "",
            states=[_STATUS[row.status.value]],
            sections=sections,
        )
