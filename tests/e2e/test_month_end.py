"""A supervisor's last day of the month in a real window: what is missing is resolved, the month proved, closed and written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coresafe.errors import PeriodClosed
from coresafe.models.enums import Contents, Door, Role
from coresafe.services.context import Context
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.months import list_months
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from tests.e2e.hands import Person
from tests.e2e.ledger import Ledger
from tests.office import recalculated
from tests.ui.desk import Place


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    """The books."""
    with Ledger(place) as ledger:
        yield ledger


@pytest.fixture
def otto(place: Place, ledger: Ledger) -> Context:
    """The technician, in another program."""
    return Context(database=ledger.database, actor=place.actors[Role.OPERATOR], door=Door.WINDOW, machine="shed-pc")


@pytest.fixture
def mary(place: Place, tmp_path: Path) -> Iterator[Person]:
    """The supervisor before her window."""
    with Person(tmp_path / "mary", place.url) as person:
        yield person


def _send(place: Place, otto: Context, trays: int, at: datetime | None = None) -> DispatchRow:
    return dispatch_trays(
        otto,
        DispatchTrays(
            company_id=place.company_id,
            project_id=place.project_id,
            driver="Kofi",
            technician="otto",
            dispatched_at=at,
            reason="found the note" if at else None,
            lines=[WantedLine(tray_size="HQ", quantity=trays, contents=Contents.EMPTY)],
        ),
    )


def test_a_month_is_proved_resolved_closed_and_written(
    place: Place, ledger: Ledger, otto: Context, mary: Person, tmp_path: Path
) -> None:
    short = _send(place, otto, 6)
    back = [ReturnedLine(tray_size="HQ", good=4)]
    take_return(otto, TakeReturn(dispatch_id=short.id, driver="Kofi", technician="otto", lines=back, final=True))
    mary.sign_in("mary")
    mary.press("ctrl+7")
    mary.reads("the difference is 0")
    mary.sees(lambda shown: "HQ Out with companies: 2" in shown["buttons"])
    _declare_lost(mary, short.number)
    mary.press("ctrl+7")
    mary.click("Show every size, not only HQ")
    mary.reads("Nothing was out at the end of the period.")
    ledger.fits()
    _close_last_month(mary)
    target = tmp_path / "month.xlsx"
    _write(mary, target)
    (book,) = recalculated(tmp_path, target)
    check = next(row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0] == "Check")
    assert check == 0
    month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    closed = [row.month for row in list_months(otto, 1) if row.closed]
    assert month.year * 100 + month.month in closed
    manager = Context(database=ledger.database, actor=place.actors[Role.MANAGER], door=Door.WINDOW, machine="pc")
    with pytest.raises(PeriodClosed):
        _send(place, manager, 1, datetime(month.year, month.month, 10, tzinfo=UTC))
    mary.press("ctrl+q")
    assert mary.ended() == 0


def _declare_lost(mary: Person, number: str) -> None:
    """From the figure to the row, and from the row to the form."""
    mary.click("HQ Out with companies: 2")
    mary.click_row(number)
    mary.sees(lambda shown: "Declare what is missing lost" in shown["buttons"])
    mary.click("Declare what is missing lost")
    mary.sees(lambda shown: shown["fields"].get("HQ lost, of 2 out") == "2")
    mary.click_in("Reason")
    mary.type("in the river")
    mary.press("ctrl+Return")
    mary.hears(f"{number}: declared lost.")


def _close_last_month(mary: Person) -> None:
    mary.press("alt+o")
    mary.sees(lambda shown: "QMenu" in shown["windows"])
    for _ in range(10):
        if mary.seen["menu"] == "Close a month…":
            break
        before = mary.seen["menu"]
        mary.press("Down")
        mary.sees(lambda shown, before=before: shown["menu"] not in ("", before))  # type: ignore[misc]
    mary.press("Return")
    mary.sees(lambda shown: "Close the month" in shown["buttons"])
    mary.press("ctrl+Return")
    mary.hears("is closed for Main shed")


def _write(mary: Person, target: Path) -> None:
    mary.press("ctrl+shift+r")
    mary.sees(lambda shown: "QFileDialog" in shown["windows"])
    mary.focus("QFileDialog", "Export the reconciliation")
    mary.press("ctrl+a")
    mary.type(str(target))
    mary.press("Return")
    mary.focus("MainWindow")
    mary.hears("month.xlsx")
