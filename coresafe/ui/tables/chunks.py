"""The rows a table knows, in chunks, and the cheapest question for one it does not know. Plain Python, no Qt.

Pages are by key, so a chunk can be reached from any known neighbour: going on from its last row, or back from its first.
Where the scroll bar is dragged far, ``skip`` counts from the nearest known row or from the end, whichever is nearer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from coresafe.services.listing import Page, Query

#: Rows asked for at once.
CHUNK = 200
#: Chunks kept; 30,000 rows are some 30 MB.
KEPT = 150


@dataclass(slots=True)
class Chunk:
    """Rows of one chunk. ``fresh``: read since the last reload; otherwise shown until they are read again."""

    rows: tuple[Any, ...]
    fresh: bool = True


class Chunks:
    """What is known of a list of ``total`` rows under one filter and one sort."""

    def __init__(self) -> None:
        self.total = 0
        self._chunks: OrderedDict[int, Chunk] = OrderedDict()
        self._onward: dict[int, str | None] = {0: None}  # chunk number -> cursor that leads to its first row
        self._backward: dict[int, str] = {}  # chunk number -> cursor of its first row, to read what is before it

    def clear(self) -> None:
        """Know nothing."""
        self.total = 0
        self._chunks.clear()
        self._onward = {0: None}
        self._backward.clear()

    def row(self, index: int) -> Any | None:
        """The row at this index, fresh or not, None if not known."""
        chunk = self._chunks.get(index // CHUNK)
        if chunk is None:
            return None
        at = index % CHUNK
        return chunk.rows[at] if at < len(chunk.rows) else None

    def fresh(self, number: int) -> bool:
        """Whether this chunk need not be asked for."""
        chunk = self._chunks.get(number)
        return chunk is not None and chunk.fresh

    @property
    def known(self) -> int:
        """How many rows are there."""
        return sum(len(chunk.rows) for chunk in self._chunks.values())

    def rows(self) -> list[tuple[int, Any]]:
        """All known rows with their index, in order."""
        known: list[tuple[int, Any]] = []
        for number in sorted(self._chunks):
            known.extend((number * CHUNK + at, row) for at, row in enumerate(self._chunks[number].rows))
        return known

    def grow_stale(self, anchor: int) -> None:
        """Everything must be read again, for others have written. The rows stay in sight until then.

        ``anchor``: the chunk in sight. If it is the first, reading starts anew from the top. Deeper down its rows keep
        their place on the screen: its key leads to the same rows as before, however many came in above it.
        """
        for chunk in self._chunks.values():
            chunk.fresh = False
        cursor = self._onward.get(anchor) if anchor else None
        self._onward = {0: None}
        self._backward.clear()
        if cursor is not None:
            self._onward[anchor] = cursor
            del self._onward[0]

    @property
    def anchored(self) -> bool:
        """Whether indexes are counted from a row in the middle rather than from the top."""
        return 0 not in self._onward

    def last(self) -> int:
        """The number of the last chunk."""
        return max(0, (self.total - 1) // CHUNK)

    def question(self, number: int, base: Query) -> Query:
        """The cheapest query for a chunk: the one that skips the fewest rows."""
        known = [b for b in self._onward if b <= number]
        best: tuple[int, Query] | None = None
        if known:
            near = max(known)
            skip = (number - near) * CHUNK
            best = skip, _query(base, cursor=self._onward[near], skip=skip, limit=CHUNK)
        later = [b for b in self._backward if b > number]
        if later:
            near = min(later)
            skip = (near - number - 1) * CHUNK
            if best is None or skip < best[0]:
                best = skip, _query(base, cursor=self._backward[near], skip=skip, limit=CHUNK, backwards=True)
        after = max(0, self.total - (number + 1) * CHUNK)  # rows behind this chunk
        if best is None or after < best[0]:
            limit = min(CHUNK, max(1, self.total - number * CHUNK))
            best = after, _query(base, cursor=None, skip=after, limit=limit, backwards=True)
        return best[1]

    def put(self, number: int, page: Page[Any]) -> None:
        """Rows of a chunk have come."""
        self._chunks[number] = Chunk(page.items)
        self._chunks.move_to_end(number)
        if page.next_cursor is not None and len(page.items) == CHUNK:
            self._onward[number + 1] = page.next_cursor
        if page.previous_cursor is not None and number > 0:
            self._backward[number] = page.previous_cursor

    def forget_far(self, number: int) -> None:
        """Keep memory flat: let go of the chunks farthest from this one."""
        while len(self._chunks) > KEPT:
            farthest = max(self._chunks, key=lambda known: abs(known - number))
            del self._chunks[farthest]

    def drop_beyond(self) -> None:
        """Let go of rows past the end, after the list has become shorter."""
        for number in [n for n in self._chunks if n * CHUNK >= self.total]:
            del self._chunks[number]


def _query(base: Query, *, cursor: str | None, skip: int, limit: int, backwards: bool = False) -> Query:
    return Query(
        filters=base.filters, sort=base.sort, q=base.q, cursor=cursor, skip=skip, limit=limit, backwards=backwards
    )
