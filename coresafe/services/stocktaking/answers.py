"""What is asked of a stocktake and what it answers: plain rows, in trays, moments in UTC.

Counting is blind (domain: Stocktake). Only ``Variances`` and the lines of an approved stocktake say what was expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coresafe.models.enums import MovementKind, State, StocktakeStatus

#: The states that can be counted: what stands in the shed. What is out or on its way is not there to be looked at.
COUNTED_STATES = (State.AVAILABLE, State.OCCUPIED, State.DAMAGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStocktake:
    """Begin a count of a shed; with None the first shed in use."""

    shed_id: int | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterCount:
    """So many trays of one size in one state were found at one place.

    It replaces what the same person entered before for the same size, state and place. ``place`` may stay empty: the shed
    as a whole. ``version``: that of the entry it was typed over, where there was one.
    """

    stocktake_id: int
    tray_size: str
    state: State | str
    quantity: int
    place: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCount:
    """Take an entry back: that place is *not counted*, which is not *counted zero*."""

    count_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareSize:
    """Everything of a size has been looked at. ``none``: states of which none was found and nobody entered a 0."""

    stocktake_id: int
    tray_size: str
    none: Sequence[State | str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountSize:
    """Take the declaration of a size back, to count on."""

    stocktake_id: int
    tray_size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReason:
    """Why one size in one state varies. ``variance``: what was seen when the reason was given; another one is told."""

    tray_size: str
    state: State | str
    reason: str | None = None
    variance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveStocktake:
    """Post the variances of every declared size. ``reason`` stands for all lines that have none of their own."""

    stocktake_id: int
    reason: str | None = None
    lines: Sequence[LineReason] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStocktake:
    """Give a stocktake up: nothing is posted."""

    stocktake_id: int
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeRow:
    """One stocktake. ``declared``: sizes declared counted; ``variances``: lines that varied, once it is approved."""

    id: int
    number: str
    shed_id: int
    shed_name: str
    shed_code: str
    status: StocktakeStatus
    opened_at: datetime
    opened_by: str
    notes: str | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    declared: int
    variances: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """What one person found at one place. ``quantity`` is None where it was taken back."""

    id: int
    stocktake_id: int
    counter: str
    place: str
    tray_size: str
    state: State
    quantity: int | None
    counted_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateProgress:
    """Whether a size was counted in one state, and by whom; never how many."""

    state: State
    counters: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        """Somebody entered a number, be it 0."""
        return bool(self.counters)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeProgress:
    """How far a size has come. ``declared_at``: the moment at which everything of it had been looked at."""

    tray_size: str
    states: tuple[StateProgress, ...]
    declared_at: datetime | None
    declared_by: str | None

    @property
    def uncounted(self) -> tuple[State, ...]:
        """The states nobody has said a number of."""
        return tuple(one.state for one in self.states if not one.is_counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What somebody who counts sees: how far everybody is, his own entries (newest first), the places named so far."""

    stocktake: StocktakeRow
    sizes: tuple[SizeProgress, ...]
    mine: tuple[CountRow, ...]
    places: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """What an approved stocktake found of one size in one state. ``at``: when the size was declared counted."""

    tray_size: str
    state: State
    expected: int
    counted: int
    variance: int
    reason: str | None
    at: datetime | None
    declared_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeDetail:
    """A stocktake with its lines, once it is approved. ``left_alone``: sizes that nobody declared counted."""

    stocktake: StocktakeRow
    lines: tuple[LineRow, ...]
    left_alone: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceRow:
    """A declared size in one state: ``at_opening`` + ``moved`` = ``expected``; ``variance`` = counted - expected.

    ``moved`` are movements dated after the opening and up to the moment the size was declared counted, ``later`` those
    dated after it: they change what is there now, and not what was expected.
    """

    tray_size: str
    state: State
    at_opening: int
    moved: int
    expected: int
    counted: int
    variance: int
    later: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A movement of a declared size since the opening. ``counts``: dated before its size was declared counted."""

    id: int
    at: datetime
    kind: MovementKind
    tray_size: str
    quantity: int
    from_state: State
    to_state: State
    document: str | None
    user: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Variances:
    """What a manager looks at before approving: declared sizes only, state by state, and what moved meanwhile.

    ``entries`` are everybody's counts, of sizes that are not declared yet too: a manager may take wrong ones back.
    ``more_moved``: older movements are left out.
    """

    stocktake: StocktakeRow
    sizes: tuple[SizeProgress, ...]
    rows: tuple[VarianceRow, ...]
    moved: tuple[MovedRow, ...]
    more_moved: bool
    entries: tuple[CountRow, ...]
    as_of: datetime

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Sizes that nobody declared counted: an approval does not touch them."""
        return tuple(size.tray_size for size in self.sizes if size.declared_at is None)
