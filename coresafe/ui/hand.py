"""What forms have at hand, read once and kept fresh: on a long line nobody waits for what the window knows already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from coresafe.services.at_hand import AtHand, at_hand
from coresafe.services.inventory import StockQuery, StockRow

if TYPE_CHECKING:
    from coresafe.ui.workspace import Workspace

#: What others change that makes it old.
_TOUCHED_BY = frozenset({"dispatches", "stock", "tray_sizes"})


class Hand(QObject):
    """The stock and the names of earlier dispatches.

    Signals: ``came()`` it was read.
    """

    came = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._known: AtHand | None = None
        self._fresh = False
        workspace.changed.connect(self._changed)

    @property
    def fresh(self) -> bool:
        """Whether nothing was changed since it was read, as far as the feed has told."""
        return self._fresh

    @property
    def stock(self) -> tuple[StockRow, ...]:
        """The stock as it was read last; empty before that."""
        return self._known.stock if self._known is not None else ()

    def names(self, kind: str) -> tuple[str, ...] | None:
        """Every name of a kind, or None where only the database knows them. Any thread may ask."""
        known = self._known
        return known.names.get(kind) if known is not None else None

    def want(self) -> None:
        """Read it unless it is fresh."""
        if not self._fresh:
            self.look()

    def look(self) -> None:
        """Read it in any case."""
        self._fresh = True  # a change that is told while it is on its way makes it old again
        self._workspace.read(at_hand, StockQuery(), owner=self, lane="hand", done=self._take, failed=self._failed)

    def _take(self, known: AtHand) -> None:
        self._known = known
        self.came.emit()

    def _failed(self, _error: BaseException) -> bool:
        self._fresh = False
        return False

    def _changed(self, kinds: frozenset[str]) -> None:
        if kinds & _TOUCHED_BY:
            self._fresh = False
