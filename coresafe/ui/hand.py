"""What forms have at hand, read once and kept fresh: on a long line nobody waits for what the window knows already."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from coresafe.services.at_hand import AtHand, at_hand
from coresafe.services.inventory import StockQuery, StockRow

if TYPE_CHECKING:
    from coresafe.ui.workspace import Workspace

#: What others change that makes it old.
_TOUCHED_BY = frozenset({"dispatches", "stock", "tray_sizes"})


class Hand(QObject):
    """The stock of the shed this computer stands in, and the names of earlier dispatches.

    Signals: ``came()`` it was read.
    """

    came = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._known: AtHand | None = None
        self._fresh = False
        self._shed_id: int | None = None  # whose stock it is; None: all there is
        workspace.changed.connect(self._changed)
        workspace.house.changed.connect(self._moved)

    @property
    def fresh(self) -> bool:
        """Whether nothing was changed since it was read, as far as the feed has told."""
        return self._fresh

    @property
    def stock(self) -> tuple[StockRow, ...]:
        """The stock as it was read last; empty before that."""
        return self._known.stock if self._known is not None and self._shed_id == self._here else ()

    def names(self, kind: str) -> tuple[str, ...] | None:
        """Every name of a kind, or None where only the database knows them. Any thread may ask."""
        known = self._known
        return known.names.get(kind) if known is not None else None

    def want(self) -> None:
        """Read it unless it is fresh."""
        if not self._fresh:
            self.look()

    def expire(self) -> None:
        """It is known to be old: whoever wants it next reads it."""
        self._fresh = False

    def look(self) -> None:
        """Read it in any case."""
        self._fresh = True  # a change that is told while it is on its way makes it old again
        asked = StockQuery(shed_id=self._here)
        self._workspace.read(
            at_hand, asked, owner=self, lane="hand", done=partial(self._take, asked.shed_id), failed=self._failed
        )

    @property
    def _here(self) -> int | None:
        """The shed we stand in, where there are several."""
        house = self._workspace.house
        return house.here.id if house.several and house.here is not None else None

    def _take(self, shed_id: int | None, known: AtHand) -> None:
        self._known, self._shed_id = known, shed_id
        self.came.emit()
        self._moved()  # meanwhile

    def _moved(self) -> None:
        """We stand in another shed: what was read is not its stock."""
        if self._known is not None and self._shed_id != self._here:
            self.look()

    def _failed(self, _error: BaseException) -> bool:
        self._fresh = False
        return False

    def _changed(self, kinds: frozenset[str]) -> None:
        if kinds & _TOUCHED_BY:
            self._fresh = False
