"""The model of every table: a million rows, never a question from ``data()``.

Rows come in chunks through the task runner, those in sight first. What is not there yet reads "…". An answer to an older
filter or sort is dropped. A reload keeps the rows in sight until the new ones are there, moves what is selected along with
its row, and asks only for what is in sight.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.listing import MAX_LIMIT, Page, Query
from coresafe.ui.tables.chunks import CHUNK, Chunks, Question
from coresafe.ui.tables.columns import Align, Column
from coresafe.ui.tables.source import PageSource
from coresafe.ui.tasks import TaskRunner, Token

#: What ``data`` gives beside Qt's own roles: the row object, its status in this column, and the plain value.
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
STATUS_ROLE = Qt.ItemDataRole.UserRole + 2
VALUE_ROLE = Qt.ItemDataRole.UserRole + 3

NOT_YET = "…"
#: Questions under way at once: one for what is in sight, one for what comes next.
_AT_ONCE = 2
#: Rows before and after those in sight that are asked for ahead of time.
_AHEAD = 80
_WORDS_KEPT = 4_000

_Index = QModelIndex | QPersistentModelIndex
_ALIGN = {
    Align.LEFT: int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
    Align.RIGHT: int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
    Align.CENTRE: int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter),
}


class Phase(StrEnum):
    """What a table has to show."""

    WAITING = "waiting"  # nothing was asked for yet
    LOADING = "loading"  # asked, and there is nothing to show yet (or only rows of the older filter)
    READY = "ready"
    EMPTY = "empty"
    FAILED = "failed"  # nothing to show, and why
    STALE = "stale"  # rows as they were at ``as_of``; reading them again failed


class PagedModel(QAbstractTableModel):
    """Rows of a ``PageSource`` under one filter and one sort.

    Signals: ``phase_changed()``; ``rows_came(first, last)`` rows of these indexes were read; ``restarted()`` another
    filter or sort has its first rows; ``about_to_move()`` and ``moved()`` around rows that change place; ``gathered()`` all
    rows that ``gather`` asked for are there, or will not come; ``gone(list)`` ids that ``look_for`` did not find any more.
    """

    phase_changed = Signal()
    rows_came = Signal(int, int)
    restarted = Signal()
    about_to_move = Signal()
    moved = Signal()
    gathered = Signal()
    gone = Signal(list)

    def __init__(
        self, columns: Sequence[Column], source: PageSource, runner: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._source = source
        self._runner = runner
        self._chunks = Chunks()
        self._query = Query()
        self._counted_for: tuple[object, str] | None = None
        self._generation = 0
        self._gathering = 0  # rows from the top that are wanted whether in sight or not
        self.readings = 0  # grows whenever everything must be read anew
        self._phase = Phase.WAITING
        self._rows = 0  # what rowCount says; follows _chunks.total by inserts and removes
        self._asked: set[int] = set()
        self._sight = (0, 0)
        self._at: dict[Any, int] = {}
        self._words: dict[tuple[int, int], str] = {}
        self._settling = False
        self._exact = False
        #: The database is away: what is shown cannot be read again.
        self.aged = False
        self.error: BaseException | None = None
        self.as_of: datetime | None = None

    # -- what a view asks -----------------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        at, column = index.row(), self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[column.align]
        row = self._chunks.row(at)
        if row is None:
            return NOT_YET if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._said(at, index.column(), row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.heading}: {self._said(at, index.column(), row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(row) if column.tip is not None else None
        if role == STATUS_ROLE:
            return column.status(row)
        if role == ROW_ROLE:
            return row
        if role == VALUE_ROLE:
            return column.of(row)
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way == Qt.Orientation.Horizontal and 0 <= section < len(self.columns):
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                return self.columns[section].heading
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _ALIGN[self.columns[section].align]
        elif way == Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole:
            return str(section + 1)
        return None

    def row(self, at: int) -> Any | None:
        """The row object at an index, None while it is not there."""
        return self._chunks.row(at)

    def index_of(self, row_id: Any) -> int | None:
        """Where the row with this id stands, None if it is not among the known ones."""
        return self._at.get(row_id)

    def known(self) -> list[tuple[int, Any]]:
        """All rows that are there, with their indexes."""
        return self._chunks.rows()

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What there is to show."""
        return self._phase

    @property
    def query(self) -> Query:
        """Filter, search and sort in force: what an export of this view asks for."""
        return self._query

    @property
    def total(self) -> int:
        """How many rows there are; exact where ``exact``."""
        return self._chunks.total

    @property
    def exact(self) -> bool:
        """Whether ``total`` was counted."""
        return self._exact

    @property
    def settling(self) -> bool:
        """The rows in sight are those of the older filter or sort; the new ones are on their way."""
        return self._settling

    @property
    def pale(self) -> bool:
        """The rows in sight may not be how things stand now."""
        return self._settling or self.aged or self._phase is Phase.STALE

    # -- what the page does ---------------------------------------------------------------------------------------

    def ask(
        self, *, filters: Mapping[str, object] | None = None, q: str | None = None, sort: str | None = None
    ) -> None:
        """Another filter, search or sort (what is None stays); does nothing when it is the one in force."""
        query = Query(
            filters=dict(self._query.filters) if filters is None else dict(filters),
            q=self._query.q if q is None else q,
            sort=self._query.sort if sort is None else sort,
        )
        if query == self._query and self._phase is not Phase.WAITING:
            return
        self._query = query
        self._begin()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, in the database; a column that cannot be sorted by is left alone."""
        if 0 <= column < len(self.columns) and self.columns[column].sort:
            down = order == Qt.SortOrder.DescendingOrder
            self.ask(sort=("-" if down else "") + self.columns[column].sort)

    def reload(self) -> None:
        """Read again what is in sight, for it may have changed. Nothing moves until the new rows are there."""
        if self._phase in (Phase.WAITING, Phase.FAILED, Phase.LOADING, Phase.EMPTY) or self._settling:
            self._begin()
            return
        self._read_again()

    def stop(self) -> None:
        """The person waits no longer: nothing more is asked. Rows of an older filter are not shown under the new one."""
        if self._phase is not Phase.LOADING:
            return
        self._forget_questions()
        if self._settling:
            self.beginResetModel()
            self._chunks.clear()
            self._words.clear()
            self._at.clear()
            self._rows, self._settling, self._counted_for = 0, False, None
            self.endResetModel()
        self._failed(Cancelled())

    def look_at(self, first: int, last: int) -> None:
        """The view tells which rows are in sight; what is missing is asked for, and a little around it."""
        self._sight = (max(0, first), max(0, last))
        if not self._settling and self._phase in (Phase.READY, Phase.STALE):
            self._ask_for_sight()

    def gather(self, rows: int) -> bool:
        """Ask for the first ``rows`` rows, in sight or not. True if they are all there; else ``gathered`` tells when."""
        self._gathering = rows
        if self._settling or self._phase not in (Phase.READY, Phase.STALE):
            self._gathering = 0
        elif self._missing():
            self._ask_for_sight()
            return False
        self._gathering = 0
        return True

    def look_for(self, ids: Sequence[Any]) -> None:
        """Ask whether rows that are not among the known ones are still let through; ``gone`` tells which are not."""
        generation, source, query = self._generation, self._source, self._query
        own = query.filters.get("id")
        allowed = {own} if isinstance(own, (int, str)) else set(own) if isinstance(own, (list, tuple, set)) else None

        def work(token: Token) -> list[Any]:
            asked = [row_id for row_id in ids if allowed is None or row_id in allowed]
            there: set[Any] = set()
            for at in range(0, len(asked), MAX_LIMIT):
                token.check()
                part = asked[at : at + MAX_LIMIT]
                found = source.fetch(Query(filters={**query.filters, "id": part}, q=query.q, limit=MAX_LIMIT))
                there.update(row.id for row in found.items)
            return [row_id for row_id in ids if row_id not in there]

        def came(gone: list[Any]) -> None:
            if generation == self._generation and gone:
                self.gone.emit(gone)

        # Where it cannot be asked what is selected stays so, which does no harm.
        self._runner.run(work, owner=self, done=came, failed=lambda _error: True, quiet=True, lane="look")

    # -- asking ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._forget_questions()
        self.readings += 1
        self._stop_gathering()
        self._settling = self._rows > 0
        self.error = None
        self._set_phase(Phase.LOADING)
        fresh = Chunks()
        self._put_question(0, fresh.question(0, self._query).query, self._first_page)

    def _forget_questions(self) -> None:
        self._generation += 1
        self._asked.clear()
        self._runner.cancel_all(self)

    def _wanted(self) -> list[int]:
        last = self._chunks.last()
        first_seen, last_seen = (min(at // CHUNK, last) for at in self._sight)
        seen = list(range(first_seen, last_seen + 1))
        ahead = [(at // CHUNK) for at in (self._sight[1] + _AHEAD, self._sight[0] - _AHEAD) if at >= 0]
        near = [number for number in ahead if number <= last and number not in seen]
        near += [number for number in self._missing() if number not in seen and number not in near]
        return [number for number in seen + near if not self._chunks.fresh(number)]

    def _missing(self) -> list[int]:
        """The chunks that ``gather`` still waits for."""
        chunks = range(-(-min(self._gathering, self._chunks.total) // CHUNK))
        return [number for number in chunks if not self._chunks.fresh(number)]

    def _stop_gathering(self) -> None:
        if self._gathering:
            self._gathering = 0
            self.gathered.emit()

    def _ask_for_sight(self) -> None:
        if self._gathering and not self._missing():
            self._stop_gathering()
        for number in self._wanted():
            if len(self._asked) >= _AT_ONCE:
                return
            if number in self._asked:
                continue
            question = self._chunks.question(number, self._query)
            self._put_question(number, question.query, functools.partial(self._page_came, number, question))

    def _put_question(self, number: int, question: Query, done: Callable[[Page[Any]], None]) -> None:
        generation, source = self._generation, self._source
        self._asked.add(number)

        def work(_token: Token) -> Page[Any]:
            return source.fetch(question)

        def came(page: Page[Any]) -> None:
            if generation == self._generation:
                self._asked.discard(number)
                self.as_of = page.as_of
                self.error = None
                done(page)

        def went_wrong(error: BaseException) -> bool:
            if generation == self._generation:
                self._asked.discard(number)
                self._failed(error)
            return isinstance(error, CoreSafeError)  # a mistake of ours is logged and said by the messages port too

        self._runner.run(work, owner=self, done=came, failed=went_wrong, quiet=True, lane=f"chunk {number}")

    def _counted_by(self) -> tuple[object, str]:
        return tuple(sorted(self._query.filters.items(), key=repr)), self._query.q

    def _count(self) -> None:
        wanted = self._counted_by()
        if self._counted_for == wanted:
            return
        self._counted_for = wanted
        generation, source, query = self._generation, self._source, self._query

        def counted(total: int) -> None:
            if generation == self._generation and total >= 0:
                self._exact = True
                self._chunks.recounted(total)
                self._set_total(total)
                self.phase_changed.emit()
                self._ask_for_sight()

        # A count that fails leaves the table usable: it grows as it is scrolled.
        self._runner.run(
            lambda _token: source.count(query),
            owner=self,
            done=counted,
            failed=lambda _error: True,
            quiet=True,
            lane="count",
        )

    # -- answers --------------------------------------------------------------------------------------------------

    def _first_page(self, page: Page[Any]) -> None:
        same_rows = self._counted_for == self._counted_by()
        before = self._chunks.total if same_rows and self._exact else 0
        self.beginResetModel()
        self._chunks.clear()
        self._words.clear()
        self._at.clear()
        self._settling = False
        self._put(0, page)
        if page.next_cursor is None:
            self._chunks.total, self._exact = len(page.items), True
            self._counted_for = self._counted_by()  # these, and no longer those of the filter before
        elif page.total is not None:
            self._chunks.total, self._exact = page.total, True
        elif before:
            self._chunks.total = before
        else:
            self._chunks.total, self._exact = len(page.items) + 1, False
        self._rows = self._chunks.total
        self.endResetModel()
        self._set_phase(Phase.READY if page.items else Phase.EMPTY)
        self.restarted.emit()
        self.rows_came.emit(0, len(page.items) - 1)
        if not self._exact:
            self._counted_for = None
            self._count()

    def _page_came(self, number: int, question: Question, page: Page[Any]) -> None:
        if question.from_end and question.total != self._chunks.total:
            self._ask_for_sight()  # the list was counted meanwhile: its end is elsewhere
            return
        if question.from_end and question.query.cursor is None and len(page.items) < question.query.limit:
            total = len(page.items) + question.query.skip * bool(page.items)  # that is all there is
            self._chunks.recounted(total)
            self._set_total(total)
            self._read_again()
            return
        above = page.previous_cursor is not None and number == 0
        if question.by_key_back and (above or len(page.items) < CHUNK):
            # Read back to the top, and there are more or fewer rows above than there were: others wrote meanwhile.
            self._read_again()
            return
        first = number * CHUNK
        before = [self._id_at(first + at) for at in range(CHUNK)]
        after = [getattr(row, "id", None) for row in page.items]
        moves = any(old is not None and old != new for old, new in zip(before, after, strict=False))
        if moves:
            self.about_to_move.emit()
            self.layoutAboutToBeChanged.emit()
            held = self.persistentIndexList()
            ids = [(index, self._id_at(index.row())) for index in held]
        self._forget_words(first)
        for old in before:
            if old is not None and first <= self._at.get(old, -1) < first + CHUNK:
                del self._at[old]
        self._put(number, page, from_end=question.from_end)
        if moves:
            self._move_along(ids)
            self.layoutChanged.emit()
        if not question.from_end:
            self._settle_total(number, page)
        if not moves and page.items:
            self.dataChanged.emit(
                self.index(first, 0), self.index(min(first + len(page.items), self._rows) - 1, len(self.columns) - 1)
            )
        if not self._gathering:
            self._chunks.forget_far(self._sight[0] // CHUNK)
        self._set_phase(Phase.READY if self._rows else Phase.EMPTY)
        if moves:
            self.moved.emit()
        self.rows_came.emit(first, first + len(page.items) - 1)
        self._count_after(page, number)
        self._ask_for_sight()

    def _read_again(self) -> None:
        self._forget_questions()
        self.readings += 1
        self._counted_for = None
        self._chunks.grow_stale()
        self._ask_for_sight()

    def _move_along(self, ids: list[tuple[QModelIndex, Any]]) -> None:
        moved_from, moved_to = [], []
        for index, row_id in ids:
            at = self._at.get(row_id) if row_id is not None else index.row()
            moved_from.append(index)
            moved_to.append(QModelIndex() if at is None else self.index(at, index.column()))
        self.changePersistentIndexList(moved_from, moved_to)

    def _settle_total(self, number: int, page: Page[Any]) -> None:
        known = number * CHUNK + len(page.items)
        if page.next_cursor is None:
            self._exact = True
            self._set_total(known)
        elif known > self._chunks.total or (page.next_cursor is not None and known == self._chunks.total):
            self._set_total(known + (page.next_cursor is not None))

    def _count_after(self, page: Page[Any], number: int) -> None:
        if number == 0 and page.next_cursor is None:
            self._exact = True
            self._set_total(len(page.items))
        elif self._counted_for is None:
            self._count()

    def _failed(self, error: BaseException) -> None:
        self.error = error
        self._settling = False
        self._set_phase(Phase.STALE if self._rows else Phase.FAILED)
        self._stop_gathering()

    # -- small things ---------------------------------------------------------------------------------------------

    def _put(self, number: int, page: Page[Any], *, from_end: bool = False) -> None:
        self._chunks.put(number, page, from_end=from_end)
        for at, row in enumerate(page.items, start=number * CHUNK):
            self._at[getattr(row, "id", None)] = at
        if len(self._at) > 2 * self._chunks.known + CHUNK:
            self._at = {getattr(row, "id", None): at for at, row in self._chunks.rows()}

    def _id_at(self, at: int) -> Any:
        return getattr(self._chunks.row(at), "id", None)

    def _said(self, at: int, column: int, row: Any) -> str:
        words = self._words.get((at, column))
        if words is None:
            if len(self._words) > _WORDS_KEPT:
                self._words.clear()
            words = self._words[at, column] = self.columns[column].words(row)
        return words

    def retell(self) -> None:
        """The words of every row are made anew: what they depend on besides the row has changed."""
        self._words.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(self._rows - 1, len(self.columns) - 1))

    def _forget_words(self, first: int) -> None:
        self._words = {key: words for key, words in self._words.items() if not first <= key[0] < first + CHUNK}

    def _set_total(self, total: int) -> None:
        self._chunks.total = total
        if total > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, total - 1)
            self._rows = total
            self.endInsertRows()
        elif total < self._rows:
            self.beginRemoveRows(QModelIndex(), total, self._rows - 1)
            self._rows = total
            self._chunks.drop_beyond()
            self._at = {row_id: at for row_id, at in self._at.items() if at < total}
            self.endRemoveRows()

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self.phase_changed.emit()
