"""Pictures of everything the windows are put together from: ``python -m tests.ui.gallery FOLDER`` writes them as PNG.

To be looked at, in light and dark, after every change of tokens, style sheet or widgets.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QSplitter,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from coresafe.errors import DatabaseUnavailable, NotFound
from coresafe.ui.actions import Actions
from coresafe.ui.forms import (
    CheckField,
    Choice,
    ChoiceField,
    DateField,
    DateTimeField,
    Form,
    HistoryField,
    NotesField,
    QuantityField,
    SelectField,
)
from coresafe.ui.messages import Messages
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable
from coresafe.ui.tables import columns as c
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.theme import GRID, STATUSES, Scheme, theme
from coresafe.ui.widgets import (
    ActionButton,
    DetailPane,
    EmptyState,
    History,
    Lines,
    MessageHost,
    PageHeader,
    Pairs,
    Spinner,
    StatusChip,
    TaskStrip,
    button,
    icon_button,
    label,
    line,
)
from tests.ui.rows import Shelf

COLUMNS = (
    c.text("number", "Number", sort="number", width=130),
    c.state("status", "Status"),
    c.text("company", "Company", width=160),
    c.count("quantity", "Out", sort="quantity"),
    c.count("id", "Back"),
    c.moment("left", "Left the shed", sort="left"),
)
SIZE = (1366, 768)
HOLES = [Choice(i, f"THA-{i:03d}", "Thalanga Copper ▸ Thalanga East") for i in range(1, 12)]


def main(folder: Path) -> None:
    """Draw every picture in both schemes."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    for scheme in (Scheme.LIGHT, Scheme.DARK):
        theme().choose(scheme)
        for make in MAKES:
            runner = TaskRunner()
            window = make(runner)
            window.show()
            _settle(app, runner)
            window.grab().save(str(folder / f"{make.__name__}-{scheme}.png"))
            window.close()
            window.deleteLater()
            runner.close()
            theme().set_scale(1.0)


def page(runner: TaskRunner) -> QWidget:
    """A whole page: navigation, header, messages, table, detail, status bar."""
    window = QMainWindow()
    window.resize(*SIZE)
    actions = Actions(window)
    for action in actions:
        actions.on(action.objectName(), lambda: None)
    actions.fill(window.menuBar())
    navigation = QWidget()
    navigation.setProperty("kind", "navigation")
    navigation.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    navigation.setFixedWidth(25 * GRID)
    column = QVBoxLayout(navigation)
    column.setContentsMargins(GRID, 2 * GRID, GRID, GRID)
    column.setSpacing(2)
    for name in ("dashboard", "dispatches", "returns", "samples", "drillholes", "inventory", "stocktake"):
        entry = QToolButton()
        entry.setProperty("kind", "page")
        entry.setDefaultAction(actions[f"go.{name}"])
        entry.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        entry.setCheckable(True)
        entry.setChecked(name == "dispatches")
        entry.setMinimumWidth(23 * GRID)
        column.addWidget(entry)
    column.addStretch(1)
    header = PageHeader("Dispatches", "What left the shed, and what is still out")
    search = QLineEdit()
    search.setAccessibleName("Search")
    search.setPlaceholderText("Search number, hole, driver")
    search.setFixedWidth(30 * GRID)
    header.add(search)
    header.add(ActionButton(actions["dispatch.return"], icon="package-check"))
    header.set_primary(actions["dispatch.new"], "truck")
    messages = Messages()
    host = MessageHost(messages)
    memory = Memory(Path(tempfile.mkdtemp()) / "layout.ini")
    table = PagedTable(
        COLUMNS,
        Shelf(12_345),
        runner,
        name="dispatches",
        memory=memory,
        sort="-number",
        things=lambda n: f"{n:,} dispatches",
    )
    table.model.rows_came.connect(lambda *_: table.view.setCurrentIndex(table.model.index(3, 0)))
    split = QSplitter()
    split.addWidget(table)
    split.addWidget(_detail(actions))
    split.setSizes([760, 360])
    main_part = QWidget()
    inside = QVBoxLayout(main_part)
    inside.setContentsMargins(3 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
    inside.setSpacing(2 * GRID)
    for part in (header, host, split):
        inside.addWidget(part, 1 if part is split else 0)
    middle = QWidget()
    row = QHBoxLayout(middle)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(navigation)
    row.addWidget(main_part, 1)
    window.setCentralWidget(middle)
    bar = QStatusBar()
    bar.addWidget(label("shed-db.mine.example · 38 ms", "muted"))
    bar.addPermanentWidget(label("Kofi Mensah, operator", "muted"))
    window.setStatusBar(bar)
    messages.success("D-2026-012346 has left with 42 trays.", hint="Kofi Mensah drives; it is due back on 8 March.")
    messages.report(
        DatabaseUnavailable("The server does not answer.", hint="What you see is as of 10:42:07."), again=lambda: None
    )
    window.messages = messages
    return window


def _detail(actions: Actions) -> DetailPane:
    pane = DetailPane()
    pane.show_record(
        "D-2026-012342",
        subtitle="Thalanga Copper ▸ THA-East ▸ THA-0117",
        states=("partially_returned", "overdue"),
        actions=[actions["dispatch.return"], actions["dispatch.extend"]],
        sections=[
            Pairs(
                "Journey",
                [
                    ("Driver", "Kofi Mensah"),
                    ("Technician", "Ama Owusu"),
                    ("Left the shed", "2026-03-01 06:12"),
                    ("Due back", "2026-03-08"),
                    ("Days out", "9"),
                    ("Note", "Rig 4, behind the second gate; call before you come."),
                ],
            ),
            Lines(
                "Trays",
                ["Size", "Sent", "Good", "Damaged", "Lost", "Out"],
                [["HQ", 40, 31, 2, 0, 7], ["NQ", 12, 12, 0, 0, 0]],
                ["", 52, 43, 2, 0, 7],
            ),
            History(
                "History",
                [
                    ("03-06 14:02", "43 trays came back, 2 damaged", "Ama Owusu"),
                    ("03-01 06:12", "52 trays left", "Kofi Mensah"),
                ],
            ),
        ],
    )
    return pane


def parts(runner: TaskRunner) -> QWidget:
    """Buttons, chips, banners, words."""
    window = QWidget()
    window.setProperty("kind", "canvas")
    window.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    window.resize(*SIZE)
    column = QVBoxLayout(window)
    column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
    column.setSpacing(2 * GRID)
    column.addWidget(label("Buttons", "section"))
    row = QHBoxLayout()
    off = button("Disabled", icon="x")
    off.setEnabled(False)
    primary_off = button("Primary, disabled", icon="check", kind="primary")
    primary_off.setEnabled(False)
    spinner = Spinner(side=20)
    for widget in (
        button("Dispatch trays", icon="truck", kind="primary"),
        button("Plain", icon="pencil"),
        button("Quiet", kind="quiet"),
        button("Void", icon="ban", kind="danger"),
        off,
        primary_off,
        icon_button("columns-3", "Columns"),
        spinner,
    ):
        row.addWidget(widget)
    row.addStretch(1)
    column.addLayout(row)
    spinner.show()
    column.addWidget(line())
    column.addWidget(label("States", "section"))
    keys = list(STATUSES)
    for start in range(0, len(keys), 9):
        row = QHBoxLayout()
        for key in keys[start : start + 9]:
            row.addWidget(StatusChip(key))
        row.addStretch(1)
        column.addLayout(row)
    column.addWidget(label("Words", "section"))
    row = QHBoxLayout()
    for kind in ("title", "section", "label", "", "muted", "small", "strong", "error", "stale"):
        row.addWidget(label(f"{kind or 'plain'} 0123", kind))
    row.addStretch(1)
    column.addLayout(row)
    messages = Messages()
    host = MessageHost(messages)
    column.addWidget(host)
    messages.report(
        NotFound("There is no dispatch D-2026-000123.", hint="Check the number on the note."), "Open a dispatch"
    )
    host.banners[-1].more.click()
    messages.ask(
        "Void D-2026-000123?",
        yes="Void it",
        do=lambda: None,
        hint="Its 42 trays go back to the stock. This stays on record.",
    )
    messages.info("Ama Owusu has dispatched 12 trays meanwhile.")
    strip = TaskStrip(runner)
    runner.run(_long, owner=window, title="Exporting 12,345 rows")
    column.addWidget(strip)
    column.addStretch(1)
    window.messages = messages
    return window


def _long(token: object) -> None:
    until = time.monotonic() + 2.6
    while time.monotonic() < until:
        token.progress(4, 10, "Exporting 12,345 rows: 4,938 done")
        time.sleep(0.02)


class GalleryForm(Form):
    """Every kind of field, some of them wrong."""

    def __init__(self, runner: TaskRunner) -> None:
        super().__init__(runner, "Dispatch trays", save="Dispatch")
        now = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
        self.add(
            ChoiceField("company", "Company", _holes, runner, required=True),
            ChoiceField("hole", "Drillhole", _holes, runner, required=True, note="Completes company and project."),
        )
        self.add(
            HistoryField("driver", "Driver", lambda words: ["Kofi Mensah"], runner, required=True),
            HistoryField("technician", "Technician", lambda words: ["Ama Owusu"], runner),
        )
        self.add(
            SelectField("contents", "Contents", [("empty", "Empty trays"), ("core", "Trays with core")]),
            QuantityField("hq", "HQ trays", required=True, note="120 available"),
            QuantityField("nq", "NQ trays", note="44 available"),
        )
        self.add(
            DateTimeField("at", "Left the shed", zone=ZoneInfo("Australia/Perth"), now=lambda: now),
            DateField("due", "Due back", start=date(2026, 3, 8)),
        )
        self.add(NotesField("note", "Note", lines=3))
        self.add(CheckField("final", "That is all he has", note="What is missing then shows as a discrepancy."))


def _holes(words: str) -> Sequence[Choice]:
    return [hole for hole in HOLES if words.lower() in hole.text.lower()]


def form(runner: TaskRunner) -> QWidget:
    """A form with errors, beside one that is fresh with its list down."""
    window = QWidget()
    window.resize(*SIZE)
    row = QHBoxLayout(window)
    wrong, fresh = GalleryForm(runner), GalleryForm(runner)
    row.addWidget(wrong)
    row.addWidget(line(upright=True))
    row.addWidget(fresh)
    wrong["hq"].edit.setText("2.5")
    wrong["nq"].set_limit(44, "Only 44 NQ are available.")
    wrong["nq"].edit.setText("45")
    wrong["driver"].edit.setText("Kofi Mensah")
    wrong.check()
    fresh.fill({"company": Choice(1, "Thalanga Copper"), "driver": "Kofi Mensah", "hq": 12})
    return window


def states(runner: TaskRunner) -> QWidget:
    """Tables with nothing in them, loading, failed and out of date."""
    window = QWidget()
    window.resize(*SIZE)
    grid = QVBoxLayout(window)
    failing = Shelf(10)
    failing.failure = DatabaseUnavailable(
        "The server does not answer.", hint="Is the cable in? The last try was at 10:42:07."
    )
    stale = Shelf(12)
    tables = [
        PagedTable(
            COLUMNS,
            Shelf(0),
            runner,
            name="a",
            empty="No trays have left yet.",
            empty_hint="The first dispatch shows here.",
            empty_icon="truck",
        ),
        PagedTable(COLUMNS, failing, runner, name="b"),
        PagedTable(COLUMNS, stale, runner, name="c", kinds=["tray"]),
        PagedTable(COLUMNS, Shelf(5), runner, name="d"),
    ]
    tables[0].offer_when_empty("Dispatch trays", lambda: None)
    tables[3].ask(q="nothing like it")

    def fail(table: PagedTable) -> None:
        if stale.failure is None and table.model.rowCount():
            stale.failure = DatabaseUnavailable("The server does not answer.")
            table.reload()

    tables[2].as_of.connect(lambda _moment: fail(tables[2]))
    for at in (0, 2):
        row = QHBoxLayout()
        row.addWidget(tables[at])
        row.addWidget(tables[at + 1])
        grid.addLayout(row)
    return window


def large(runner: TaskRunner) -> QWidget:
    """Text at 150 %."""
    theme().set_scale(1.5)
    window = QWidget()
    window.resize(*SIZE)
    row = QHBoxLayout(window)
    row.addWidget(GalleryForm(runner))
    row.addWidget(PagedTable(COLUMNS, Shelf(50), runner, name="e"))
    row.addWidget(EmptyState("Nothing to do", "Everything has come back.", icon="circle-check"))
    return window


def _settle(app: QApplication, runner: TaskRunner) -> None:
    until = time.monotonic() + 2.4
    while time.monotonic() < until:
        app.processEvents()


MAKES: tuple[Callable[[TaskRunner], QWidget], ...] = (page, parts, form, states, large)

if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
