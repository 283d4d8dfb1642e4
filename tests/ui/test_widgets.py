"""What pages are put together from."""

from __future__ import annotations

import time
from typing import TypeVar

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from coresafe.errors import DatabaseUnavailable, NotFound
from coresafe.ui.forms import QuantityField, TextField
from coresafe.ui.forms.row import FieldRow
from coresafe.ui.messages import Choice, Level, Message, Messages
from coresafe.ui.tasks import TaskRunner, Token
from coresafe.ui.theme import TARGET, theme
from coresafe.ui.widgets import (
    ActionButton,
    Banner,
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
)

Shown = TypeVar("Shown", bound=QWidget)


class Windows(QObject):
    """Notes everything that becomes a window of its own."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.shown: list[QWidget] = []
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


@pytest.fixture
def page(qtbot):
    page = QWidget()
    QVBoxLayout(page)
    qtbot.addWidget(page)
    page.resize(600, 400)
    page.show()
    return page


def put(page: QWidget, widget: Shown) -> Shown:
    layout = page.layout()
    assert layout is not None
    layout.addWidget(widget)
    return widget


def words(widget: QWidget) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text())


# -- messages in the page -----------------------------------------------------------------------------------------


@pytest.fixture
def host(page):
    messages = Messages()
    host = put(page, MessageHost(messages))
    return messages, host


def test_a_message_is_shown_in_the_page_and_can_be_closed(qtbot, host) -> None:
    messages, shown = host
    messages.report(NotFound("There is no such dispatch.", hint="Check the number."))
    assert "There is no such dispatch. | Check the number." in words(shown)
    qtbot.mouseClick(shown.banners[0].close_button, Qt.MouseButton.LeftButton)
    assert shown.banners == []
    assert not shown.isVisible()


def test_the_keyboard_is_where_it_was_once_a_message_is_closed(qtbot, page, host) -> None:
    messages, shown = host
    put(page, QLineEdit())
    search = put(page, QLineEdit())
    page.activateWindow()
    qtbot.waitUntil(lambda: page.isActiveWindow() and search.isVisible())
    search.setFocus()
    messages.report(NotFound("There is no such dispatch."))
    qtbot.waitUntil(shown.banners[0].close_button.isVisible)
    qtbot.mouseClick(shown.banners[0].close_button, Qt.MouseButton.LeftButton)
    assert shown.banners == []
    assert search.hasFocus()


def test_a_message_is_announced_once_when_it_is_there_to_be_read(page, host, monkeypatch) -> None:
    heard: list[tuple[str, bool, bool]] = []

    def update(event: QAccessibleAnnouncementEvent) -> None:
        urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
        heard.append((event.message(), urgent, event.object().isVisible()))

    monkeypatch.setattr(QAccessible, "updateAccessibility", update)
    messages, _shown = host
    messages.report(NotFound("There is no such dispatch.", hint="Check the number."))
    messages.info("Saved.")
    page.hide()
    page.show()
    assert heard == [("There is no such dispatch. Check the number.", True, True), ("Saved.", False, True)]


def test_details_stand_under_more_and_can_be_copied(qtbot, host) -> None:
    messages, shown = host
    messages.report(NotFound("There is no such dispatch."), "Open a dispatch")
    banner = shown.banners[0]
    assert "NOT_FOUND" not in words(shown)
    qtbot.mouseClick(banner.more, Qt.MouseButton.LeftButton)
    assert "NOT_FOUND" in words(shown)
    assert (banner.more.text(), banner.more.accessibleName()) == ("Less", "Less")
    qtbot.mouseClick(banner.copy_button, Qt.MouseButton.LeftButton)
    assert "While doing: Open a dispatch" in QGuiApplication.clipboard().text()


def test_trouble_of_many_pages_is_said_once_and_goes_when_it_is_over(host) -> None:
    messages, shown = host
    for _ in range(5):
        messages.report(DatabaseUnavailable("The server does not answer."), again=lambda: None)
    assert len(shown.banners) == 1
    messages.withdraw("trouble")
    assert shown.banners == []


def test_a_choice_does_what_it_says_and_takes_the_message_away(qtbot, host) -> None:
    messages, shown = host
    done: list[str] = []
    messages.ask("Void it?", yes="Void it", do=lambda: done.append("void"))
    qtbot.mouseClick(shown.banners[0].choices[0], Qt.MouseButton.LeftButton)
    assert done == ["void"]
    assert shown.banners == []


def test_no_more_than_three_messages_stand_at_once(host) -> None:
    messages, shown = host
    messages.warn("This one stays.")
    for at in range(6):
        messages.info(f"Passing {at}")
    assert [banner.message.text for banner in shown.banners] == ["This one stays.", "Passing 4", "Passing 5"]


def test_a_window_of_its_own_shows_its_own_messages(qtbot, host) -> None:
    messages, shown = host
    charts = QWidget()
    QVBoxLayout(charts)
    qtbot.addWidget(charts)
    own = put(charts, MessageHost(messages, main=False))
    messages.info("About the charts", owner=charts)
    messages.info("About the page", owner=shown)
    messages.info("About all")
    assert [banner.message.text for banner in own.banners] == ["About the charts"]
    assert [banner.message.text for banner in shown.banners] == ["About the page", "About all"]


def test_a_passing_message_passes_and_a_lasting_one_does_not(qtbot, page) -> None:
    passing = Banner(Message(level=Level.INFO, text="Passing", lasting=False), page)
    assert passing._passing.isActive()
    with qtbot.waitSignal(passing.closed):
        passing._passing.start(1)
    assert not Banner(Message(level=Level.ERROR, text="Lasting"), page)._passing.isActive()


def test_a_message_does_not_go_under_a_moving_mouse(qtbot, page) -> None:
    """What is below it would move up, and the click would hit another row."""
    passing = Banner(Message(level=Level.INFO, text="Passing", lasting=False), page)
    closed: list[bool] = []
    passing.closed.connect(lambda: closed.append(True))
    for x in (5, 6):
        QCursor.setPos(x, 5)
        passing._passing.timeout.emit()
        assert passing._passing.isActive() and not closed
    passing._passing.timeout.emit()
    assert closed


def test_what_people_typed_is_never_taken_for_markup(host) -> None:
    messages, shown = host
    messages.warn("<b>Kofi</b> & <script>")
    assert "<b>Kofi</b> & <script>" in words(shown)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown.findChildren(QLabel) if label.text())


# -- buttons, chips, states ---------------------------------------------------------------------------------------


def test_a_button_follows_its_action(qtbot, page) -> None:
    action = QAction("&Dispatch trays…")
    shown = put(page, ActionButton(action, "primary", "truck"))
    assert shown.accessibleName() == "Dispatch trays"
    action.setEnabled(False)
    assert not shown.isEnabled()
    action.setEnabled(True)
    with qtbot.waitSignal(action.triggered):
        qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    action.setVisible(False)
    assert not shown.isVisible()


def test_buttons_are_large_enough_to_hit_and_have_names(page) -> None:
    for made in (button("Save"), button("Void", kind="danger", icon="ban"), icon_button("columns-3", "Columns")):
        put(page, made)
    QApplication.processEvents()
    for made in page.findChildren(QPushButton):
        assert made.height() >= TARGET
    assert icon_button("x", "Close").accessibleName() == "Close"


def test_a_chip_says_its_state_in_a_word(page) -> None:
    chip = put(page, StatusChip("overdue"))
    assert chip.accessibleName() == "Overdue"
    wide = chip.sizeHint().width()
    chip.set_key("")
    assert not chip.isVisible()
    chip.set_key("partially_returned")
    assert chip.isVisible()
    assert chip.sizeHint().width() > wide


def test_an_empty_state_offers_what_to_do_next(qtbot, page) -> None:
    done: list[str] = []
    state = put(
        page,
        EmptyState(
            "No trays have left yet.", "The first shows here.", button_text="Dispatch", do=lambda: done.append("new")
        ),
    )
    qtbot.mouseClick(state.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert done == ["new"]
    assert state.accessibleName() == "No trays have left yet. The first shows here."


def test_a_spinner_waits_before_it_shows(qtbot, page) -> None:
    spinner = put(page, Spinner())
    spinner.hide()
    spinner.start()
    assert not spinner.isVisible()
    qtbot.waitUntil(spinner.isVisible)
    spinner.stop()
    assert not spinner.isVisible()


def test_long_work_shows_how_far_it_is_and_can_be_cancelled(qtbot, page, runner: TaskRunner) -> None:
    strip = put(page, TaskStrip(runner))

    def work(token: Token) -> None:
        while True:
            token.progress(3, 10, "Exporting")
            time.sleep(0.005)

    task = runner.run(work, owner=page, title="Export")
    task.started -= 3  # three seconds ago
    qtbot.waitUntil(lambda: strip._cancel.isVisible() and strip._bar.value() == 3)
    assert "Exporting" in words(strip)
    qtbot.mouseClick(strip._cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: runner.idle)
    assert not strip._cancel.isVisible()


def test_a_page_header_has_one_primary_action(page) -> None:
    header = put(page, PageHeader("Dispatches"))
    header.set_primary(QAction("First", page))
    header.set_primary(QAction("&Dispatch trays", page), "truck")
    header.add(QPushButton("Filter"))
    assert header.primary is not None
    assert header.primary.accessibleName() == "Dispatch trays"
    assert header.primary.x() >= max(part.x() for part in header.findChildren(QPushButton))


# -- the detail ---------------------------------------------------------------------------------------------------


def test_the_detail_shows_pairs_lines_and_history(page) -> None:
    pane = put(page, DetailPane())
    QApplication.processEvents()
    assert "Nothing selected" in words(pane)
    pane.show_record(
        "D-2026-000123",
        subtitle="Thalanga",
        states=("overdue",),
        sections=[
            Pairs("Journey", [("Driver", "Kofi"), ("Note", "")]),
            Lines("Trays", ["Size", "Sent"], [["HQ", 40], ["NQ", 0]], ["", 40]),
            History("History", [("06:12", "40 trays left", "Kofi")]),
        ],
    )
    QApplication.processEvents()
    said = words(pane)
    assert "D-2026-000123 | Thalanga" in said
    assert "Driver | Kofi" in said
    assert "Note" not in said
    assert "HQ | 40 | NQ | –" in said
    assert "06:12 | 40 trays left\nKofi" in said
    pane.clear()
    QApplication.processEvents()
    assert "Nothing selected" in words(pane)


def test_the_detail_keeps_its_place_when_the_same_record_is_shown_again(page) -> None:
    pane = put(page, DetailPane())
    sections = [Pairs("Many", [(f"Key {at}", f"Value {at}") for at in range(60)])]
    pane.show_record("D-1", sections=sections)
    QApplication.processEvents()
    pane.verticalScrollBar().setValue(200)
    pane.show_record("D-1", sections=sections)
    QApplication.processEvents()
    assert pane.verticalScrollBar().value() == 200
    pane.show_record("D-2", sections=sections)
    QApplication.processEvents()
    assert pane.verticalScrollBar().value() == 0


def test_what_can_be_done_goes_on_below_where_the_pane_is_narrow(page) -> None:
    pane = put(page, DetailPane())
    actions = [QAction(text, page) for text in ("Take a return", "Amend", "Declare lost", "Extend the due date")]
    QApplication.processEvents()
    pane.setFixedWidth(320)
    QApplication.processEvents()
    pane.show_record("D-1", actions=actions, sections=[Lines("Trays", ["Size", "Out"], [["HQ", 4]])])
    QApplication.processEvents()
    made = pane.findChildren(QPushButton)
    assert [button.text() for button in made] == [action.text() for action in actions]
    wide = pane.viewport().width()
    assert all(button.mapTo(pane.viewport(), button.rect().topRight()).x() < wide for button in made)
    assert pane.widget().width() <= wide


# -- together -----------------------------------------------------------------------------------------------------


def test_fields_stand_side_by_side_where_there_is_room_and_below_each_other_where_not(page) -> None:
    row = FieldRow()
    first, second = TextField("a", "First"), QuantityField("b", "Second")
    row.add(first)
    row.add(second)
    put(page, row)
    QApplication.processEvents()
    assert first.y() == second.y()
    page.resize(row.minimumSizeHint().width() + 40, 400)
    QApplication.processEvents()
    assert second.y() > first.y()
    page.resize(600, 400)
    QApplication.processEvents()
    assert first.y() == second.y()


def test_nothing_becomes_a_window_of_its_own_while_it_is_made(qapp, page, runner) -> None:
    windows = Windows(qapp)
    Banner(Message(level=Level.ERROR, text="x", hint="y", details="z", choices=(Choice("A", lambda: None),)))
    StatusChip("good")
    EmptyState("x", "y", button_text="z", do=lambda: None)
    PageHeader("x", "y").set_primary(QAction("x", page))
    DetailPane().show_record("x", subtitle="y", states=("good",), actions=[QAction("x", page)])
    TaskStrip(runner)
    TextField("x", "y", note="z").show_error("wrong")
    assert windows.shown == []


def test_what_was_made_and_thrown_away_hears_no_more_of_the_theme(qtbot, qapp) -> None:
    for _ in range(3):
        for made in (QuantityField("a", "A"), StatusChip("good"), button("x", icon="x"), EmptyState("x")):
            made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    with qtbot.waitSignal(theme().changed):
        theme().set_scale(1.1)
    theme().set_scale(1.0)
