"""What needs doing now: one line each, the most pressing first, each a door to where it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from coresafe.services.overview import OpenMonth, ShortSize, Standing
from coresafe.ui.behind import Behind, given
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import number, tr, trn


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what it is, a word more about it, how it looks, and where it is done."""

    key: str
    words: str
    about: str
    icon: str
    tone: str
    behind: Behind


def tasks(standing: Standing, shed_id: int | None, shed: str) -> list[Task]:
    """What waits, the most pressing first. ``shed_id`` and ``shed``: the one that is looked at; None and "" for all."""
    return [task for make in _MAKERS for task in make(standing, shed_id, shed)]


def called(words: str, shed: str) -> str:
    """What a filter is called: of a shed, if one is chosen."""
    return f"{words}, {shed}" if shed else words


def _overdue(standing: Standing, shed_id: int | None, shed: str) -> list[Task]:
    late = standing.dashboard.overdue
    if not late.dispatches:
        return []
    words = trn("1 dispatch is overdue", "{count} dispatches are overdue", late.dispatches)
    about = tr(
        "{trays}; the first left {days} ago",
        trays=trn("1 tray out", "{count} trays out", late.trays),
        days=trn("1 day", "{count} days", late.oldest_days),
    )
    behind = Behind("go.dispatches", called(tr("Overdue"), shed), given(overdue=True, shed_id=shed_id))
    return [Task("overdue", words, about, "alarm-clock", "danger", behind)]


def _discrepancies(standing: Standing, shed_id: int | None, shed: str) -> list[Task]:
    todo = standing.todo
    if not todo.discrepancies:
        return []
    words = trn("1 discrepancy to resolve", "{count} discrepancies to resolve", todo.discrepancies)
    about = trn(
        "1 tray is missing after a final return",
        "{count} trays are missing after a final return",
        todo.discrepancy_trays,
    )
    named = called(tr("To be resolved"), shed)
    behind = Behind("go.dispatches", named, given(open=True, final=True, shed_id=shed_id))
    return [Task("discrepancies", words, about, "triangle-alert", "danger", behind)]


def _short(standing: Standing, shed_id: int | None, _shed: str) -> list[Task]:
    short = standing.todo.short
    if not short:
        return []
    if len(short) == 1:
        words = tr("{size} trays run short", size=short[0].tray_size)
        about, size = _left(short[0]), short[0].tray_size
    else:
        words = tr("{sizes} trays run short", sizes=_listed([each.tray_size for each in short]))
        about, size = tr("fewer are available than leave in a week"), ""
    behind = Behind("go.inventory", "", given(size=size, state="available", shed_id=shed_id))
    return [Task("short", words, about, "package-x", "caution", behind)]


def _left(short: ShortSize) -> str:
    if not short.weekly:
        return tr("none is available")
    leave = trn("about 1 leaves in a week", "about {count} leave in a week", short.weekly)
    return tr("{count} available, {leave}", count=number(short.available), leave=leave)


def _listed(sizes: Sequence[str]) -> str:
    if len(sizes) > 3:
        return tr("{sizes} and {count} more", sizes=", ".join(sizes[:2]), count=len(sizes) - 2)
    return tr("{sizes} and {last}", sizes=", ".join(sizes[:-1]), last=sizes[-1])


def _users(standing: Standing, _shed_id: int | None, _shed: str) -> list[Task]:
    count = standing.todo.users
    words = trn("1 person waits for approval", "{count} people wait for approval", count)
    about = tr("they cannot sign in until an administrator lets them")
    return [Task("users", words, about, "hourglass", "caution", Behind("app.users"))] if count else []


def _months(standing: Standing, _shed_id: int | None, _shed: str) -> list[Task]:
    months = standing.todo.months
    if not months:
        return []
    first = min(months, key=lambda month: month.month)
    count = sum(month.months for month in months)
    words = trn("1 month is to be closed", "{count} months are to be closed", count)
    return [Task("months", words, _first_month(first, months), "calendar", "caution", Behind("go.reconciliation"))]


def _first_month(first: OpenMonth, months: Sequence[OpenMonth]) -> str:
    month = f"{first.month // 100}-{first.month % 100:02d}"
    if len(months) == 1 and first.months == 1:
        return tr("{month} at {shed}", month=month, shed=first.shed)
    return tr("the first is {month} at {shed}", month=month, shed=first.shed)


def _stocktakes(standing: Standing, _shed_id: int | None, _shed: str) -> list[Task]:
    count = standing.todo.stocktakes
    words = trn("1 stocktake is open", "{count} stocktakes are open", count)
    about = tr("to be counted, compared and approved")
    return [Task("stocktakes", words, about, "clipboard-list", "info", Behind("go.stocktake"))] if count else []


def _transfers(standing: Standing, _shed_id: int | None, _shed: str) -> list[Task]:
    todo = standing.todo
    if not todo.transfers:
        return []
    words = trn("1 transfer is on its way", "{count} transfers are on their way", todo.transfers)
    about = trn("1 tray has not arrived", "{count} trays have not arrived", todo.transfer_trays)
    behind = Behind("go.transfers", "", given(open=True))
    return [Task("transfers", words, about, "arrow-left-right", "info", behind)]


_MAKERS: tuple[Callable[[Standing, int | None, str], list[Task]], ...] = (
    _overdue,
    _discrepancies,
    _short,
    _users,
    _months,
    _stocktakes,
    _transfers,
)


class TaskRow(QPushButton):
    """One thing to do. Where there is no page for it, it tells and leads nowhere."""

    def __init__(self, task: Task, leads: bool) -> None:
        super().__init__()
        self.task = task
        self.setProperty("kind", "task")
        self.setAutoDefault(False)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._picture = QLabel()
        theme().dress(self._picture, task.icon, task.tone, 20)
        words = label(task.words, "strong", wrap=True)
        about = label(task.about, "small", wrap=True)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(words)
        texts.addWidget(about)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self._row.setSpacing(GRID + 4)
        self._row.addWidget(self._picture)
        self._row.addLayout(texts, 1)
        if leads:
            chevron = QLabel()
            theme().dress(chevron, "chevron-right", "muted")
            self._row.addWidget(chevron)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(task.words)
        self.setAccessibleDescription(task.about)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._row.totalHeightForWidth(width)

    def sizeHint(self) -> QSize:
        return QSize(28 * GRID, self._row.totalHeightForWidth(28 * GRID))

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 5 * GRID)

    def set_pale(self, pale: bool) -> None:
        """Without its colour, for what is not of now."""
        theme().dress(self._picture, self.task.icon, "muted" if pale else self.task.tone, 20)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class TodoCard(QFrame):
    """The list. Signals: ``asked(Behind)`` one of it was opened."""

    asked = Signal(object)

    def __init__(self, leads: Callable[[Behind], bool]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._leads = leads
        self.rows: list[TaskRow] = []
        self._shown: list[tuple[Task, bool]] | None = None
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID // 2)
        self.nothing = QWidget()
        self.nothing.setProperty("kind", "plain")
        picture = QLabel()
        theme().dress(picture, "circle-check-big", "positive", 20)
        still = QHBoxLayout(self.nothing)
        still.setContentsMargins(GRID, GRID, GRID, GRID)
        still.setSpacing(GRID + 4)
        still.addWidget(picture)
        still.addWidget(label(tr("Nothing waits. All is in order."), "muted"), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        head = label(tr("What needs doing now"), "section")
        head.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        column.addWidget(head)
        column.addWidget(self.nothing)
        column.addLayout(self._list)
        column.addStretch(1)
        show_if(self.nothing, False)

    def show_tasks(self, found: Sequence[Task]) -> None:
        """What waits now; what stays as it was is not made anew."""
        wanted = [(task, self._leads(task.behind)) for task in found]
        if wanted == self._shown:
            return
        self._shown = wanted
        held = next((row.task.key for row in self.rows if row.hasFocus()), None)
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        for task, leads in wanted:
            row = TaskRow(task, leads)
            row.clicked.connect(lambda _checked=False, behind=task.behind: self.asked.emit(behind))
            self._list.addWidget(row)
            self.rows.append(row)
            if task.key == held:
                row.setFocus()
        show_if(self.nothing, not found)
