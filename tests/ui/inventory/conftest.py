"""What the inventory's tests share: the page, and the hands on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QComboBox

from coresafe.ui.inventory.page import InventoryPage
from tests.ui.desk import Desk


def open_inventory(desk: Desk) -> InventoryPage:
    """The page with its stock and movements."""
    desk.do("go.inventory")
    desk.until(lambda: bool(desk.inventory.stock.rows))
    desk.settle()
    return desk.inventory


@pytest.fixture
def page(desk: Desk) -> InventoryPage:
    return open_inventory(desk)


@pytest.fixture
def choose() -> Callable[[QComboBox, object], None]:
    """Choose as a person does."""

    def choose(box: QComboBox, value: object) -> None:
        at = box.findData(value)
        assert at >= 0, f"{value!r} is not offered"
        box.setCurrentIndex(at)
        box.activated.emit(at)

    return choose
