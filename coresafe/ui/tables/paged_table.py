"""A whole table for a page: the rows, what stands in their place when there are none, and the line below them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import Cancelled, CoreSafeError, Trouble
from coresafe.ui import clock
from coresafe.ui.messages import Messages
from coresafe.ui.state import Memory
from coresafe.ui.tables.columns import Column
from coresafe.ui.tables.export import ViewExport
from coresafe.ui.tables.model import PagedModel, Phase
from coresafe.ui.tables.source import PageSource
from coresafe.ui.tables.view import SELECT_AT_MOST, TableView
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.theme import GRID
from coresafe.ui.widgets.buttons import button, icon_button
from coresafe.ui.widgets.labels import label, set_kind
from coresafe.ui.widgets.spinner import SHOW_PROGRESS, Spinner
from coresafe.ui.widgets.states import EmptyState, LoadingState
from coresafe.ui.words import number, tr

#: Milliseconds after which a table that could not be read tries again by itself.
TRY_AGAIN_EVERY = 5000


class PagedTable(QWidget):
    """Columns and a source made into a table that loads itself when it is first shown.

    ``kinds``: what kinds of thing it shows; it reloads itself when one of them changed. ``empty`` and ``empty_hint`` say
    what there is to do when there are no rows at all; ``sort`` is the order at the beginning, as the service names it.

    Signals: ``selected(list)`` the selected rows, each time they or what they hold change; ``opened(row)``;
    ``menu_asked(QMenu, row)`` before a context menu; ``as_of(datetime)`` rows of this moment came; ``trouble(error)``.
    """

    selected = Signal(list)
    opened = Signal(object)
    menu_asked = Signal(object, object)
    as_of = Signal(object)
    trouble = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        source: PageSource,
        runner: TaskRunner,
        *,
        name: str = "",
        memory: Memory | None = None,
        kinds: Sequence[str] = (),
        sort: str = "",
        filters: Mapping[str, object] | None = None,
        empty: str = "",
        empty_hint: str = "",
        empty_icon: str = "inbox",
        things: Callable[[int], str] | None = None,
        title: str = "",
        messages: Messages | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds = frozenset(kinds)
        self._start_with = {"sort": sort, "filters": dict(filters or {})}
        self._own_filters = dict(filters or {})
        self._empty = (empty or tr("There is nothing here yet."), empty_hint)
        self.memory, self.name = memory, name
        self.title = title or name.replace("_", " ").capitalize() or tr("Table")
        self.words_for = things or (
            lambda count: tr("1 row") if count == 1 else tr("{count} rows", count=number(count))
        )
        self._out_of_date = False
        self._trying_again = False
        self._later = QTimer(self, interval=TRY_AGAIN_EVERY, singleShot=True)
        self._later.timeout.connect(self._try_again)
        self.model = PagedModel(columns, source, runner, self)
        self.view = TableView(self.model, name, memory, self)
        self.view.setAccessibleName(self.title)
        self.export = ViewExport(self, runner, source, messages) if messages is not None else None
        self.view.exportable = self.export is not None
        self.empty_state = EmptyState(icon=empty_icon)
        self._nothing_found = EmptyState(
            tr("Nothing matches"), tr("Change the search or the filters."), icon="search-x"
        )
        self._failed = EmptyState(icon="triangle-alert", tone="caution")
        self._failed.offer(tr("Try again"), self.reload, kind="primary", icon="refresh-cw")
        self._loading = LoadingState(stop=self.model.stop)
        self._instead = QStackedWidget(self.view.viewport())
        for state in (self.empty_state, self._nothing_found, self._failed, self._loading):
            self._instead.addWidget(state)
        self._foot()
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        inside.addWidget(self.view, 1)
        inside.addWidget(self._foot_line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        self.setFocusProxy(self.view)

        self.view.viewport().installEventFilter(self)
        self.view.selection_changed.connect(self._selection_changed)
        self.view.opened.connect(self.opened)
        self.view.menu_asked.connect(self.menu_asked)
        self.view.export_asked.connect(self.export_view)
        self.model.phase_changed.connect(self._show_phase)
        runner.changed.connect(self._something_changed)
        self._show_phase()

    # -- what a page does with it ---------------------------------------------------------------------------------

    def ask(
        self, *, filters: Mapping[str, object] | None = None, q: str | None = None, sort: str | None = None
    ) -> None:
        """Filter, search or sort; what is None stays as it is."""
        if self.model.phase is Phase.WAITING:
            if filters is not None:
                self._start_with["filters"] = dict(filters)
            if q is not None:
                self._start_with["q"] = q
            if sort is not None:
                self._start_with["sort"] = sort
            return
        self.model.ask(filters=filters, q=q, sort=sort)

    @property
    def wanted_sort(self) -> str:
        """The order in force, or the one that the first rows will be asked for in."""
        return str(self._start_with["sort"]) if self.model.phase is Phase.WAITING else self.model.query.sort

    def show_of(
        self, own: Mapping[str, object], *, empty: str, empty_hint: str = "", more: Mapping[str, object]
    ) -> None:
        """Show the rows of something else (``own``, as filters) under the filters ``more``.

        Without a row under ``own`` alone there is nothing yet, which ``empty`` says; under more filters nothing matches.
        """
        self._own_filters = dict(own)
        self._empty = (empty, empty_hint)
        self.ask(filters={**own, **more})
        self._show_phase()

    def load(self) -> None:
        """Ask for the first rows; done by itself when the table is first shown."""
        if self.model.phase is Phase.WAITING:
            self.model.ask(**self._start_with)  # type: ignore[arg-type]

    def reload(self) -> None:
        """Read what is in sight again; selection and scroll stay."""
        if self.model.phase is Phase.WAITING:
            return
        self._trying_again = False
        self.model.reload()

    def _try_again(self) -> None:
        """The world may be better by now; what is said about it stands until it is."""
        if self.isVisible() and self.model.phase in (Phase.STALE, Phase.FAILED):
            self._trying_again = True
            self.model.reload()

    def set_as_of(self, as_of: str) -> None:
        """The database is away: the rows are greyed and dated, until "" says that they can be read again."""
        self.model.aged = bool(as_of)
        self.view.viewport().update()
        self._show_foot()

    def selected_rows(self) -> list[Any]:
        """The rows that are selected."""
        return self.view.selected_rows()

    def current_row(self) -> Any | None:
        """The row the keyboard is on."""
        return self.view.current_row()

    def select_id(self, row_id: Any) -> bool:
        """Select a row by its id, now or as soon as it is there."""
        return self.view.select_id(row_id)

    def export_view(self, only_selected: bool = False) -> None:  # a signal's slot
        """Ask where to, and write what the table shows to a file; nothing happens in a table without messages."""
        if self.export is None:
            return
        if only_selected:
            self.export.begin_selected()
        else:
            self.export.begin()

    def offer_when_empty(self, text: str, do: Callable[[], object]) -> QPushButton:
        """A button in the empty state: what to do next."""
        return self.empty_state.offer(text, do, kind="primary", icon="plus")

    # -- states ---------------------------------------------------------------------------------------------------

    def _show_phase(self) -> None:
        phase, model = self.model.phase, self.model
        filtered = bool(model.query.q) or dict(model.query.filters) != self._own_filters
        self.empty_state.say(*self._empty)
        instead: QWidget | None = None
        if phase is Phase.EMPTY:
            instead = self._nothing_found if filtered else self.empty_state
        elif phase is Phase.FAILED:
            instead = self._failed
            self._failed.say(*_sentences(model.error))
        elif phase in (Phase.LOADING, Phase.WAITING) and not model.rowCount():
            instead = self._failed if self._trying_again else self._loading
        if instead is self._loading and phase is Phase.LOADING:
            self._loading.start()
        else:
            self._loading.stop()
        if instead is not None:
            self._instead.setCurrentWidget(instead)
        self._instead.setVisible(instead is not None)
        self._show_settling()
        if phase in (Phase.STALE, Phase.FAILED) and model.error is not None:
            self.trouble.emit(model.error)
            if isinstance(model.error, Trouble):
                self._later.start()
        elif phase in (Phase.READY, Phase.EMPTY):
            self._trying_again = False
            self._later.stop()
        if phase in (Phase.READY, Phase.EMPTY) and model.as_of is not None:
            self.as_of.emit(model.as_of)
        self._show_foot()

    def _show_settling(self) -> None:
        """Rows of another filter are on their way: that it works, and after 2 s a way to stop it."""
        if not self.model.settling:
            self._spinner.stop()
            self._long.stop()
            self._stop.hide()
            return
        self._spinner.start()
        if not self._long.isActive() and self._stop.isHidden():
            self._long.start()

    def _something_changed(self, kinds: tuple[str, ...]) -> None:
        if not self._kinds.isdisjoint(kinds):
            if self.isVisible():
                self.reload()
            else:
                self._out_of_date = True  # read when it is looked at again

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.model.phase is Phase.WAITING:
            self.load()
        elif self._out_of_date or self.model.phase in (Phase.STALE, Phase.FAILED):
            self.reload()
        self._out_of_date = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._instead.setGeometry(self.view.viewport().rect())
        return super().eventFilter(watched, event)

    # -- the line below -------------------------------------------------------------------------------------------

    def _foot(self) -> None:
        self._foot_line = QWidget()
        self._foot_line.setProperty("kind", "surface")
        self._foot_line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._count = label("", "small")
        self._chosen = label("", "small")
        self._moment = label("", "small")
        self._again = button(tr("Try again"), self.reload, kind="quiet")
        self._spinner = Spinner(side=16)
        self._stop = button(tr("Cancel"), self.model.stop, kind="quiet")
        self._stop.hide()
        self._long = QTimer(self, interval=SHOW_PROGRESS, singleShot=True)
        self._long.timeout.connect(self._stop.show)
        columns = icon_button("columns-3", tr("Choose columns"), self.view.choose_columns)
        row = QHBoxLayout(self._foot_line)
        row.setContentsMargins(GRID, 2, 4, 2)
        row.setSpacing(2 * GRID)
        left: tuple[QWidget, ...] = (self._count, self._chosen, self._spinner, self._stop)
        right: tuple[QWidget, ...] = (self._moment, self._again, columns)
        for part in left:
            row.addWidget(part)
        row.addStretch(1)
        for part in right:
            row.addWidget(part)

    def retell(self) -> None:
        """Say everything anew: the clock on the wall is another one, or a rule that rows are shown by."""
        self.model.retell()
        self._show_foot()

    def _show_foot(self) -> None:
        model = self.model
        stale = model.phase is Phase.STALE or (model.aged and model.rowCount() > 0)
        self._show_chosen()
        counted = model.phase in (Phase.READY, Phase.STALE) or model.settling
        self._count.setText(self.words_for(model.total) if counted and model.exact else "")
        moment = clock.second(model.as_of) if model.as_of is not None else ""
        if stale:
            day = clock.day(model.as_of) if model.as_of is not None else ""
            self._moment.setText(tr("Not up to date: as of {moment}", moment=f"{day} {moment}".strip()))
        else:
            self._moment.setText(tr("As of {moment}", moment=moment) if moment and counted else "")
        set_kind(self._moment, "stale" if stale else "small")
        self._again.setVisible(stale)

    def _selection_changed(self) -> None:
        self._show_chosen()
        self.selected.emit(self.view.selected_rows())

    def _show_chosen(self) -> None:
        """How many of how many rows are selected; where that is not all that was wanted, why."""
        count, total = len(self.view.selected_ids()), self.model.total if self.model.exact else 0
        words = {"count": number(count), "total": number(total)}
        more = ""
        if self.view.selecting_all > count:
            said = tr("{count} of {total} selected, the rest is coming …", **words)
        elif count < 2:
            said = ""
        elif count >= SELECT_AT_MOST and count < total:
            said = tr("{count} of {total} selected, the most there can be at once", **words)
            more = tr("“Export this view” holds them all.") if self.export is not None else ""
        else:
            said = tr("{count} of {total} selected", **words) if total else tr("{count} selected", **words)
        self._chosen.setText(said)
        self._chosen.setToolTip(more)


def _sentences(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, Cancelled):
        return tr("Loading was stopped."), tr("Nothing was changed.")
    if isinstance(error, CoreSafeError):
        return error.message, error.hint
    return tr("These rows cannot be shown: something went wrong in CoreSafe itself."), tr("The rest goes on working.")
