"""What hands do on the page of samples, and what eyes see of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from coresafe.services import registry
from coresafe.services.listing import Query
from coresafe.services.registry import ChangeDrillhole
from coresafe.services.samples import (
    AddSample,
    AddSamples,
    ChangeSample,
    RecordedSample,
    SampleRow,
    add_samples,
    change_sample,
    list_samples,
)
from coresafe.ui.samples import SamplesPage
from coresafe.ui.samples.record_form import RecordForm
from coresafe.ui.tables.model import Phase
from tests.ui.desk import Desk


def open_page(desk: Desk) -> SamplesPage:
    """Go there and wait until all of it is there."""
    desk.do("go.samples")
    page = desk.window.page
    assert isinstance(page, SamplesPage)
    settle(desk, page)
    return page


def settle(desk: Desk, page: SamplesPage) -> None:
    """Wait until nothing is under way and nothing is about to be."""

    def still() -> bool:
        model = page.table.model
        asked = model.phase not in (Phase.WAITING, Phase.LOADING) and not model.settling
        return asked and desk.runner.idle and not page._pause.isActive()

    desk.until(still)


def shown(page: SamplesPage) -> list[str]:
    """The samples that the table shows, from the top."""
    return [row.sample_id for _at, row in page.table.model.known()]


def said(page: SamplesPage) -> list[str]:
    """The words of the detail."""
    return [label.text() for label in page.detail.widget().findChildren(QLabel) if label.text()]


def select(desk: Desk, page: SamplesPage, *row_ids: int) -> None:
    """Select samples as the hands do, the first with a click and the rest with Ctrl held."""
    desk.until(lambda: all(page.table.model.index_of(row_id) is not None for row_id in row_ids))
    flags = QItemSelectionModel.SelectionFlag
    page.table.view.clearSelection()
    for row_id in row_ids:
        at = page.table.model.index_of(row_id)
        assert at is not None
        index = page.table.model.index(at, 0)
        page.table.view.selectionModel().select(index, flags.Select | flags.Rows)
    settle(desk, page)


def record_form(desk: Desk, page: SamplesPage) -> RecordForm:
    """Ctrl+N."""
    desk.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(page.form, RecordForm)
    return page.form


def keyboard(text: str) -> None:
    """Type where the keyboard is, as it comes."""
    there = QApplication.focusWidget()
    assert there is not None
    QTest.keyClicks(there, text)


# -- the database, seen and changed by a colleague --------------------------------------------------------------------


def others_record(desk: Desk, *ids: str, **more: Any) -> tuple[RecordedSample, ...]:
    """A colleague records samples, a metre each from the top of the hole, one below the other."""
    first = more.pop("first", 0.0)
    fields: dict[str, Any] = {"sample_type": "core", "drillhole_id": desk.place.hole_id} | more
    qc = fields["sample_type"] in ("blank", "crm_standard", "field_duplicate")
    rows = [
        AddSample(
            sample_id=name,
            from_depth=None if qc else first + at,
            to_depth=None if qc else first + at + 1.0,
            **fields,
        )
        for at, name in enumerate(ids)
    ]
    return desk.aside(lambda: add_samples(desk.other, AddSamples(samples=rows)))


def others_change(desk: Desk, row: SampleRow, **changes: Any) -> SampleRow:
    """A colleague changes a sample."""
    command = ChangeSample(sample_row_id=row.id, version=row.version, **changes)
    return desk.aside(lambda: change_sample(desk.other, command))


def stored(desk: Desk, **filters: Any) -> list[SampleRow]:
    """The samples in the database, by their id."""
    query = Query(filters=filters, sort="sample_id", limit=200)
    return list(desk.aside(lambda: list_samples(desk.other, query)).items)


def end_hole(desk: Desk, metres: float) -> None:
    """The hole of the place ends there."""

    def do() -> None:
        row = registry.get_drillhole(desk.other, desk.place.hole_id)
        command = ChangeDrillhole(drillhole_id=row.id, version=row.version, eoh_depth=metres)
        registry.change_drillhole(desk.other, command)

    desk.aside(do)
