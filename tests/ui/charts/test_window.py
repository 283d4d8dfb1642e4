"""The charts: a window of its own whose points are named, reached by mouse and keys, and lead to the rows behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QMouseEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from shiboken6 import isValid
from sqlalchemy.engine import make_url

from benchmarks.pages import counting
from coresafe.errors import DatabaseUnavailable
from coresafe.services import transaction
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.samples import AddSample, AddSamples, add_samples
from coresafe.ui.accounts import AccountsPage
from coresafe.ui.charts import ChartsWindow
from coresafe.ui.charts import window as module
from coresafe.ui.charts.picture import Shape
from coresafe.ui.messages import Level
from coresafe.ui.samples import SamplesPage
from coresafe.ui.theme import theme
from tests.databases import Databases
from tests.servers import Proxy
from tests.ui.desk import Desk, Place, make_place
from tests.worlds import PASSWORD

MakeDesk = Callable[..., Desk]
STATES, AGES, OWING, MONTHS, RATE, SAMPLES = range(6)
NOW = datetime.now(UTC)
THIS_MONTH = NOW.strftime("%Y-%m")


def opened(desk: Desk) -> ChartsWindow:
    """The window, with everything drawn."""
    desk.do("view.charts")
    window = desk.window.charts
    assert window is not None
    drawn(desk)
    return window


def drawn(desk: Desk) -> None:
    """Wait until every chart shows what is known."""
    window = desk.window.charts
    desk.settle()
    desk.until(lambda: window.is_drawn and desk.runner.idle)
    QApplication.processEvents()


def values(window: ChartsWindow, chart: int) -> dict[tuple[str, str], float]:
    """What a chart says: (series, category) → value, those that have one."""
    picture = window.cards[chart].picture
    return {
        (series.name, name): point.value
        for series in picture.series
        for name, point in zip(picture.categories, series.points, strict=True)
        if point.value
    }


def centre(window: ChartsWindow, chart: int, series: str, category: str) -> QPoint:
    """Where a point is on the chart's surface."""
    plot = window.cards[chart].plot
    names = [each.name for each in plot.picture.series]
    where = names.index(series), plot.picture.categories.index(category)
    mark = next(mark for mark in plot.marks.marks if (mark.series, mark.at) == where)
    return plot.on_screen(mark).center().toPoint()


def move(widget: QWidget, at: QPoint) -> None:
    """The mouse goes there; the screen of the tests has none of its own."""
    button, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    there = QPointF(at), QPointF(widget.mapToGlobal(at))
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, *there, button, button, keys))


def choose(box: QComboBox, words: str) -> None:
    at = box.findText(words)
    assert at >= 0, f"{words} is not offered"
    box.setCurrentIndex(at)
    box.activated.emit(at)


def late(desk: Desk, *, hq: int, days: int, ours: bool = True) -> None:
    """A colleague enters what left long ago."""
    left = NOW - timedelta(days=days)
    place = desk.place
    command = DispatchTrays(
        company_id=place.company_id if ours else place.other_company_id,
        project_id=place.project_id if ours else place.other_project_id,
        driver="Yaw",
        technician="Ama",
        lines=(WantedLine(tray_size="HQ", quantity=hq),),
        dispatched_at=left,
        due_at=left + timedelta(days=7),
        reason="found the note",
    )
    desk.aside(lambda: dispatch_trays(desk.other, command))


def numbers(desk: Desk) -> list[int]:
    """How many trays the dispatches have that their page shows."""
    desk.settle()
    return sorted(row.quantity for _at, row in desk.dispatches.table.model.known())


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_six_charts_stand_in_a_window_of_their_own(desk: Desk) -> None:
    back = desk.others_dispatch(hq=5)
    desk.others_return(back, hq=5)
    desk.others_dispatch(hq=6, nq=2)
    late(desk, hq=4, days=10, ours=False)
    rows = [AddSample(sample_id=f"S-{n}", sample_type="blank", drillhole_id=desk.place.hole_id) for n in range(3)]
    desk.aside(lambda: add_samples(desk.other, AddSamples(samples=rows)))
    desk.key(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    window = desk.window.charts
    assert window is not None and window.isWindow() and window.parent() is None
    drawn(desk)
    assert [card.title.text() for card in window.cards] == [
        "Trays by state",
        "Outstanding by age",
        "Who owes most",
        "Out and back by month",
        "Match rate over time",
        "Samples by type",
    ]
    assert values(window, STATES) == {
        ("Available", "HQ"): 40,
        ("Available", "NQ"): 28,
        ("Out", "HQ"): 10,
        ("Out", "NQ"): 2,
    }
    assert values(window, AGES) == {("up to 3 days", "0–3"): 8, ("8 days and more", "8–14"): 4}
    assert values(window, OWING) == {("Trays out", "Ashanti Gold"): 8, ("Trays out", "Bibiani Mines"): 4}
    assert values(window, MONTHS)["Back", THIS_MONTH] == 5
    assert values(window, RATE) == {("Match rate", THIS_MONTH): 1.0}
    assert values(window, SAMPLES) == {("Collected", "Blank"): 3}
    for card in window.cards:
        picture = card.picture
        assert card.isVisible() and card.about.text() and picture.across
        assert picture.up or picture.shape is Shape.ACROSS, "the names say it themselves"


def test_a_new_shed_is_told_what_there_is_not(desk: Desk) -> None:
    window = opened(desk)
    said = {card.title.text(): card.nothing.text() for card in window.cards if card.is_empty}
    assert said == {
        "Outstanding by age": "Nothing is out.",
        "Who owes most": "Nobody owes a tray.",
        "Out and back by month": "Nothing went out or came back in this period.",
        "Match rate over time": "No dispatch of this period is closed yet.",
        "Samples by type": "No sample was entered in this period.",
    }


def test_what_others_do_shows_by_itself(desk: Desk) -> None:
    window = opened(desk)
    desk.others_dispatch(hq=7)
    desk.until(lambda: values(window, STATES).get(("Out", "HQ")) == 7, 6_000)
    desk.until(lambda: values(window, OWING) == {("Trays out", "Ashanti Gold"): 7})


def test_the_theme_is_followed_at_once(desk: Desk) -> None:
    desk.others_dispatch(hq=7)
    window = opened(desk)
    card = window.cards[STATES]

    def ground() -> str:
        return QColor(card.image().pixel(4, 4)).name()

    light = ground()
    theme().choose("dark")
    try:
        QApplication.processEvents()
        assert (light, ground()) == ("#ffffff", "#1a2128")
        at = centre(window, STATES, "Available", "NQ")
        assert QColor(card.plot.grab().toImage().pixel(at)).name() == theme().tokens.chart_green
    finally:
        theme().choose("light")


def test_three_stand_side_by_side_where_there_is_room_and_two_where_there_is_not(desk: Desk) -> None:
    window = opened(desk)
    for width, height, columns in ((1366, 768, 3), (1920, 1080, 3), (1000, 768, 2)):
        window.resize(width, height)
        desk.settle()
        QApplication.processEvents()
        assert len({card.x() for card in window.cards}) == columns
        if columns == 3:
            assert window._scroll.verticalScrollBar().maximum() == 0


# -- filters ----------------------------------------------------------------------------------------------------------


def test_it_opens_in_six_round_trips_at_most_and_filters_ask_nothing_that_is_known(desk: Desk) -> None:
    desk.others_dispatch(hq=7)
    late(desk, hq=2, days=40, ours=False)
    desk.window.workspace.stop()
    desk.settle()
    with counting(desk.database) as asked:
        window = opened(desk)
    assert len(asked) <= 6
    with counting(desk.database) as asked:
        choose(window.filters.company, "Bibiani Mines")
        drawn(desk)
        choose(window.filters.period, "Last 6 months")
        drawn(desk)
    assert asked == []
    assert values(window, OWING) == {("Trays out", "Bibiani Mines"): 2}
    assert values(window, STATES) == {("Out", "HQ"): 2}
    assert window.cards[OWING].about.text() == "as it stands now, Bibiani Mines"
    assert window.cards[MONTHS].about.text() == "last 6 months, Bibiani Mines"
    with counting(desk.database) as asked:
        choose(window.filters.period, "All of history")
        drawn(desk)
    assert 0 < len(asked) <= 6
    with counting(desk.database) as asked:
        choose(window.filters.period, "Last 5 years")
        drawn(desk)
    assert asked == []


def test_a_shed_is_chosen_where_there_are_several(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.add_shed("North shed", "NORTH", hq=9)
    window = opened(desk)
    assert values(window, STATES)["Available", "HQ"] == 59
    choose(window.filters.shed, "North shed")
    drawn(desk)
    assert values(window, STATES) == {("Available", "HQ"): 9}
    assert window.cards[STATES].about.text() == "as it stands now, North shed"


def test_a_period_between_two_months_is_typed(desk: Desk) -> None:
    desk.others_dispatch(hq=7)
    window = opened(desk)
    assert not window.filters.first.isVisible()
    choose(window.filters.period, "Between two months")
    drawn(desk)
    assert window.filters.first.isVisible()
    assert values(window, MONTHS) == {("Out", THIS_MONTH): 7}
    before = NOW.replace(day=1) - timedelta(days=1)
    window.filters.last.setDate(QDate(before.year, before.month, before.day))
    drawn(desk)
    assert values(window, MONTHS) == {}
    assert window.cards[MONTHS].is_empty


def test_many_months_are_told_by_lines_and_named_at_each_january(desk: Desk) -> None:
    desk.others_dispatch(hq=7)
    first = NOW - timedelta(days=365 * 5)
    late(desk, hq=3, days=365 * 5)
    window = opened(desk)
    assert window.cards[MONTHS].picture.shape is Shape.BESIDE
    choose(window.filters.period, "All of history")
    drawn(desk)
    card = window.cards[MONTHS]
    assert card.picture.shape is Shape.LINE
    assert values(window, MONTHS) == {("Out", first.strftime("%Y-%m")): 3, ("Out", THIS_MONTH): 7}
    names = card.plot.names
    ((_space, ticks),) = names.tickValues(0, 0, card.plot.box.rect().width())
    assert {names.names[round(at)][-3:] for at in ticks} == {"-01"} and len(ticks) >= 2
    card.plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert card.plot.tip.text() == f"{THIS_MONTH}, out: 7 trays", "the keyboard begins with the newest"


# -- mouse and keys ---------------------------------------------------------------------------------------------------


def test_hovering_names_the_value_and_a_click_opens_the_rows_behind_it(desk: Desk) -> None:
    desk.others_dispatch(hq=6)
    late(desk, hq=4, days=10)
    window = opened(desk)
    plot = window.cards[AGES].plot
    at = centre(window, AGES, "8 days and more", "8–14")
    move(plot.viewport(), at)
    desk.until(plot.tip.isVisible)
    assert plot.tip.text() == "8–14 days out: 4 trays in 1 dispatch"
    assert plot.accessibleDescription() == plot.tip.text()
    desk.qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert desk.window.page is desk.dispatches
    desk.until(lambda: numbers(desk) == [4])
    assert desk.dispatches.filter.currentText() == "8–14 days out"


def test_tab_comes_to_each_chart_the_arrows_go_along_its_points_and_enter_opens_one(desk: Desk) -> None:
    desk.others_dispatch(hq=6, nq=1)
    window = opened(desk)
    window.activateWindow()
    desk.until(window.isActiveWindow)
    window.reload_button.setFocus()
    stops = []
    for _ in range(12):
        desk.key(Qt.Key.Key_Tab)
        stops.append(QApplication.focusWidget())
    reached = [card.plot for card in window.cards if not card.is_empty]
    assert [stop for stop in stops if stop in reached] == reached
    plot = window.cards[STATES].plot
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert plot.accessibleDescription() == "HQ, Available: 44 trays"
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert plot.accessibleDescription() == "HQ, Out: 6 trays"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.tip.text() == "NQ, Out: 1 tray"
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.tip.text() == "HQ, Available: 44 trays"
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert desk.window.page is desk.inventory
    desk.settle()
    filters = desk.inventory.filters
    assert (filters.tray_size.currentData(), filters.state.currentData()) == ("HQ", "available")


def test_every_kind_of_point_leads_to_its_rows(desk: Desk) -> None:
    back = desk.others_dispatch(hq=5)
    desk.others_return(back, hq=5)
    desk.others_dispatch(hq=6)
    late(desk, hq=4, days=10, ours=False)
    rows = [
        AddSample(sample_id=f"S-{n}", sample_type=kind, drillhole_id=desk.place.hole_id)
        for n, kind in enumerate(("blank", "crm_standard"))
    ]
    desk.aside(lambda: add_samples(desk.other, AddSamples(samples=rows)))
    window = opened(desk)

    def click(chart: int, series: str, category: str) -> None:
        at = centre(window, chart, series, category)
        desk.qtbot.mouseClick(window.cards[chart].plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
        desk.settle()

    click(STATES, "Out", "HQ")
    desk.until(lambda: numbers(desk) == [4, 6])
    click(OWING, "Trays out", "Bibiani Mines")
    accounts = desk.window.page
    assert isinstance(accounts, AccountsPage)
    desk.until(lambda: accounts.table.view.selected_ids() == [desk.place.other_company_id])
    sent = [6, 5, 4] if late_is_of_this_month() else [6, 5]
    click(MONTHS, "Out", THIS_MONTH)
    desk.until(lambda: numbers(desk) == sorted(sent))
    click(RATE, "Match rate", THIS_MONTH)
    desk.until(lambda: numbers(desk) == [5])
    click(MONTHS, "Back", THIS_MONTH)
    assert desk.window.page is desk.inventory
    assert [(row.kind.value, row.quantity) for _at, row in desk.inventory.table.model.known()] == [("return", 5)]
    choose(window.filters.company, "Bibiani Mines")
    drawn(desk)
    choose(window.filters.company, "Ashanti Gold")
    drawn(desk)
    click(MONTHS, "Back", THIS_MONTH)
    assert desk.inventory.filters.company.text() == "Ashanti Gold"
    assert [row.company_name for _at, row in desk.inventory.table.model.known()] == ["Ashanti Gold"]
    click(SAMPLES, "Collected", "Blank")
    samples = desk.window.page
    assert isinstance(samples, SamplesPage)
    assert [row.sample_id for _at, row in samples.table.model.known()] == ["S-0"]
    assert samples.entered.text() == "entered last 12 months"
    samples.clear_filters()
    desk.until(lambda: len(samples.table.model.known()) == 2)
    assert not samples.entered.isVisible()


def late_is_of_this_month() -> bool:
    return (NOW - timedelta(days=10)).month == NOW.month


# -- as a picture -----------------------------------------------------------------------------------------------------


def test_a_chart_is_saved_as_png_and_svg_and_copied(desk: Desk, tmp_path: Path) -> None:
    desk.others_dispatch(hq=6)
    window = opened(desk)
    card = window.cards[STATES]
    assert [action.text().split("\t")[0].replace("&", "") for action in card.menu.actions()] == [
        "Save as PNG…",
        "Save as SVG…",
        "Copy the picture",
    ]
    card.menu.actions()[1].trigger()
    assert window.dialog is not None and window.dialog.defaultSuffix() == "svg"
    window.dialog.reject()
    size = card.size() * 2  # as fine as it is read on paper
    for name in ("states.png", "states.svg"):
        window.save(card, tmp_path / name)
        desk.until(lambda name=name: (tmp_path / name).exists())  # type: ignore[misc]
    desk.until(lambda: bool(window.host.banners) and "Saved as states.svg" in window.host.banners[-1].message.text)
    image = QImage(str(tmp_path / "states.png"))
    assert image.size() == size
    green = QColor(theme().tokens.chart_green).rgb()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert green in colours and len(colours) > 4
    drawing = (tmp_path / "states.svg").read_text(encoding="utf-8")
    assert QSvgRenderer(drawing.encode()).isValid()
    words = " ".join(re.findall(r">([^<>]+)<", drawing))
    for said in ("Trays by state", "as it stands now", "Available", "Tray size", "HQ", "Trays"):
        assert said in words
    assert theme().tokens.chart_green in drawing.lower()
    assert sorted(path.name for path in tmp_path.glob("states*")) == ["states.png", "states.svg"]
    size = card.size() * 2
    window.activateWindow()
    desk.until(window.isActiveWindow)
    card.plot.setFocus()
    QTest.keyClick(card.plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().size() == size


def test_a_folder_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    window = opened(desk)
    window.save(window.cards[STATES], tmp_path / "no such folder" / "states.png")
    desk.until(lambda: bool(window.host.banners))
    message = window.host.banners[0].message
    assert message.level is Level.ERROR and "states.png cannot be written" in message.text
    assert "Nothing was written" in message.hint
    assert desk.window.host.banners == []


# -- the session and the server ---------------------------------------------------------------------------------------


def test_it_is_not_seen_while_the_window_is_locked(desk: Desk) -> None:
    window = opened(desk)
    desk.do("app.lock")
    assert not window.isVisible()
    desk.window.locking.page.password.set_value(PASSWORD)
    desk.window.locking.page.button.click()
    desk.until(lambda: not desk.window.locking.locked)
    assert window.isVisible()


def test_it_ends_with_the_session_and_with_the_main_window(make_desk: MakeDesk) -> None:
    desk = make_desk()
    window = opened(desk)
    desk.window.close_for_good()
    assert not window.isVisible()
    other = make_desk()
    window = opened(other)
    other.window.close()
    assert not window.isVisible()
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    desk.until(lambda: not isValid(window))


def test_it_opens_where_it_was_closed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    window = opened(desk)
    window.resize(800, 600)  # no larger than the screen of the tests
    choose(window.filters.period, "All of history")
    window.close()
    assert not window.isVisible()
    desk.do("view.charts")
    assert desk.window.charts is window and window.isVisible()
    desk.window.close_for_good()
    again = opened(make_desk())
    assert (again.width(), again.height()) == (800, 600)
    assert again.filters.period.currentText() == "All of history"


def test_what_cannot_be_read_says_so_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.charts

    def refuse(*_asked: Any) -> None:
        raise DatabaseUnavailable("The database cannot be reached.", hint="Check the network.")

    monkeypatch.setattr(module, "charts", refuse)
    desk.window.workspace.stop()
    desk.do("view.charts")
    window = desk.window.charts
    assert window is not None
    desk.until(window.failed.isVisible)
    monkeypatch.setattr(module, "charts", real)
    window.again_button.click()
    drawn(desk)
    assert window.cards[STATES].isVisible()


@pytest.fixture
def line(databases: Databases) -> Iterator[tuple[Place, Proxy]]:
    """A place on a MySQL server behind a line that can be cut."""
    place = make_place(databases.new("mysql"))
    with Proxy(make_url(place.url).port or 0) as proxy:
        yield place, proxy


@pytest.mark.leaves_transactions("the line is cut in the middle")
def test_it_is_greyed_and_dated_while_the_server_is_away_and_comes_back(
    make_desk: MakeDesk, line: tuple[Place, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, proxy = line
    monkeypatch.setattr(transaction, "READ_PATIENCE_SECONDS", 0.2)
    desk = make_desk(place=place, port=proxy.port)
    window = opened(desk)
    proxy.refuse()
    desk.window.workspace.look()
    desk.until(window.age.isVisible)
    assert window.age.words.text().startswith("Not up to date: as of ")
    assert window.cards[STATES].plot.marks.pale
    desk.others_dispatch(hq=3)
    proxy.accept()
    desk.until(lambda: not window.age.isVisible())
    desk.until(lambda: values(window, STATES).get(("Out", "HQ")) == 3)
    assert not window.cards[STATES].plot.marks.pale
