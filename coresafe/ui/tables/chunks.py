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
    """Rows of one chunk. ``fresh``: read since the last reload; otherwise shown until they are read again.

    ``from_end``: its place was counted from the end of the list, so it holds only while ``total`` does.
    """

    rows: tuple[Any, ...]
    fresh: bool = True
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask for a chunk.

    ``from_end``: its place was counted from the end, so the answer is good for a list of ``total`` rows only;
    ``by_key_back``: it reads back from the first row of a later chunk.
    """

    query: Query
    from_end: bool
    total: int
    by_key_back: bool = False


@dataclass(frozen=True, slots=True)
class _Lead:
    """A cursor that leads to a chunk, and whether the place of that chunk was counted from the end."""

    cursor: str | None
    from_end: bool = False


class Chunks:
    """What is known of a list of ``total`` rows under one filter and one sort."""

    def __init__(self) -> None:
        self.total = 0
        self._chunks: OrderedDict[int, Chunk] = OrderedDict()
        self._onward: dict[int, _Lead] = {0: _Lead(None)}  # chunk number -> what leads to its first row
        self._backward: dict[int, _Lead] = {}  # chunk number -> its first row, to read what is before it

    def clear(self) -> None:
        """Know nothing."""
        self.total = 0
        self._chunks.clear()
        self._onward = {0: _Lead(None)}
        self._backward.clear()

    def row(self, index: int) -> Any | None:
        """The row at this index, fresh or not, None if not known."""
        chunk = self._chunks.get(index // CHUNK)
        if chunk is None:
            return None
        at = index % CHUNK
        return chunk.rows[at] if at < len(chunk.rows) else None

    def fresh(self, number: int) -> bool:
        """Whether this chunk need not be asked for: it was read since the last reload, and whole."""
        chunk = self._chunks.get(number)
        return chunk is not None and chunk.fresh and len(chunk.rows) >= min(CHUNK, self.total - number * CHUNK)

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

    def grow_stale(self) -> None:
        """Everything must be read again, for others have written. The rows stay in sight until then.

        No key leads to a known place any more: rows may have come or gone before it. So a chunk deep down is found by
        counting, from the nearer end, once.
        """
        for chunk in self._chunks.values():
            chunk.fresh = False
        self._onward = {0: _Lead(None)}
        self._backward.clear()

    def last(self) -> int:
        """The number of the last chunk."""
        return max(0, (self.total - 1) // CHUNK)

    def recounted(self, total: int) -> None:
        """The list was counted: what stood by the end stands elsewhere now, if the number is another."""
        if total == self.total:
            return
        self.total = total
        for chunk in self._chunks.values():
            if chunk.from_end:
                chunk.fresh = False
        self._onward = {at: lead for at, lead in self._onward.items() if not lead.from_end}
        self._backward = {at: lead for at, lead in self._backward.items() if not lead.from_end}

    def question(self, number: int, base: Query) -> Question:
        """The cheapest query for a chunk: the one that skips the fewest rows."""
        known = [b for b in self._onward if b <= number]
        best: tuple[int, Question] | None = None
        if known:
            near = max(known)
            skip, lead = (number - near) * CHUNK, self._onward[near]
            best = skip, Question(_query(base, cursor=lead.cursor, skip=skip, limit=CHUNK), lead.from_end, self.total)
        later = [b for b in self._backward if b > number]
        if later:
            near = min(later)
            skip, lead = (near - number - 1) * CHUNK, self._backward[near]
            if best is None or skip < best[0]:
                query = _query(base, cursor=lead.cursor, skip=skip, limit=CHUNK, backwards=True)
                best = skip, Question(query, lead.from_end, self.total, by_key_back=True)
        after = max(0, self.total - (number + 1) * CHUNK)  # rows behind this chunk
        if best is None or after < best[0]:
            limit = min(CHUNK, max(1, self.total - number * CHUNK))
            query = _query(base, cursor=None, skip=after, limit=limit, backwards=True)
            best = after, Question(query, from_end=True, total=self.total)
        return best[1]

    def put(self, number: int, page: Page[Any], *, from_end: bool = False) -> None:
        """Rows of a chunk have come."""
        self._chunks[number] = Chunk(page.items, from_end=from_end)
        self._chunks.move_to_end(number)
        if page.next_cursor is not None and len(page.items) == CHUNK:
            self._onward[number + 1] = _Lead(page.next_cursor, from_end)
        if page.previous_cursor is not None and number > 0:
            self._backward[number] = _Lead(page.previous_cursor, from_end)

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
