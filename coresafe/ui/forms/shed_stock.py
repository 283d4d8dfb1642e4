"""What the shed that is chosen in a form has, kept beside the lines while others work on it too."""

from __future__ import annotations

from PySide6.QtCore import QObject

from coresafe.services.inventory import StockQuery, StockRow, stock
from coresafe.ui.forms.form import Form
from coresafe.ui.forms.house import ShedField
from coresafe.ui.forms.line_editor import LinesEditor
from coresafe.ui.workspace import Workspace


class ShedStock(QObject):
    """Shows the stock of the shed of a form in its lines: at once where we stand in it, as soon as it is read elsewhere."""

    def __init__(self, workspace: Workspace, form: Form, shed: ShedField, lines: LinesEditor) -> None:
        super().__init__(form)
        self._workspace, self._form, self._shed, self._lines = workspace, form, shed, lines
        shed.changed.connect(self._shed_picked)
        workspace.changed.connect(self._others_changed)
        workspace.hand.came.connect(self._came)

    def look(self) -> None:
        """Show it, and read it anew where it is not fresh."""
        if self._of_here:
            self._came()
            self._workspace.hand.want()
        else:
            asked = StockQuery(shed_id=self._shed.value())
            self._workspace.read(stock, asked, owner=self._form, lane="stock", done=self._read)

    def look_again(self) -> None:
        """It is known to be old: something was refused for want of trays."""
        self._workspace.hand.expire()
        self.look()

    @property
    def _of_here(self) -> bool:
        """Whether it leaves from the shed we stand in, whose stock is at hand."""
        here = self._workspace.house.here
        return here is None or self._shed.value() == here.id

    def _read(self, rows: tuple[StockRow, ...]) -> None:
        if not self._of_here:
            self._lines.show_stock(rows)

    def _came(self) -> None:
        if self._of_here and self._workspace.hand.stock:
            self._lines.show_stock(self._workspace.hand.stock)

    def _shed_picked(self) -> None:
        if self._form.isVisible():
            self.look()

    def _others_changed(self, kinds: frozenset[str]) -> None:
        if self._form.isVisible() and "stock" in kinds:
            self.look()
