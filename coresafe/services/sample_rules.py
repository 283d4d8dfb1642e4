"""Pure checks of samples: their fields, their intervals, and which intervals overlap. No session."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coresafe.models.enums import QC_TYPES, SampleStatus, SampleType
from coresafe.services.registry.drillholes import DEEPEST_M, is_beyond, metres
from coresafe.services.rules import Checks, identifier

DEPTHS = ("from_depth", "to_depth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """What is looked at of a hole; its EOH depth is in metres, None where it is not known."""

    id: int
    hole_id: str
    eoh_depth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of core that a sample was taken from, in metres."""

    id: int
    sample_id: str
    drillhole_id: int
    sample_type: str
    from_depth: float
    to_depth: float


def checked(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the fields that were sent; dispatch and hole are looked up by the caller, 0 is none there is."""
    values: dict[str, Any] = {}
    if "sample_id" in sent:
        name, key = checks.name("sample_id", sent["sample_id"], limit=60, label="Sample id")
        values |= {"sample_id": name, "sample_key": key}
    for name, words in (("sample_type", SampleType), ("status", SampleStatus)):
        if name in sent:
            if sent[name] is None:
                checks.fail(name, f"{'Status' if name == 'status' else 'Sample type'} is missing. Choose one.")
            word = checks.word(name, sent[name], words)
            values[name] = word.value if word else None
    for name in ("dispatch_id", "drillhole_id"):
        if name in sent:
            values[name] = None if sent[name] is None else identifier(sent[name])
    for name in DEPTHS:
        if name in sent:
            depth = checks.number(name, sent[name], least=0, most=DEEPEST_M, unit="m")
            values[name] = None if depth is None else round(depth, 3) + 0.0  # minus nothing is nothing
    return values


def check_interval(checks: Checks, values: Mapping[str, Any], hole: Hole | None) -> None:
    """The interval rules of the domain, on the whole sample as it will be; fields that are wrong already are left."""
    wrong = {error.field for error in checks.errors}
    if values["sample_type"] is None or wrong.issuperset(DEPTHS):
        return
    start, end = values["from_depth"], values["to_depth"]
    if values["sample_type"] in QC_TYPES:
        for name in DEPTHS:
            if values[name] is not None:
                checks.fail(name, f"A QC sample has no interval. Leave {_label(name).lower()} empty.")
        return
    for name in DEPTHS:
        if values[name] is None and name not in wrong:
            checks.fail(name, f"{_label(name)} is missing. Enter it in metres.")
    if start is not None and end is not None and start >= end:
        checks.fail("from_depth", f"From depth {metres(start)} must be less than to depth {metres(end)}.")
    if end is not None and hole is not None and is_beyond(end, hole.eoh_depth):
        checks.fail(
            "to_depth",
            f"To depth {metres(end)} lies beyond the end of hole {hole.hole_id} at {metres(hole.eoh_depth)}. "
            "Correct it, or have the hole's EOH depth corrected.",
        )


def _label(name: str) -> str:
    return "From depth" if name == "from_depth" else "To depth"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The intervals of one type in one hole, ready to be asked.

    ``by_start`` by where they begin; ``deepest`` beside it: the two of those so far that end deepest.
    """

    by_start: list[Interval]
    starts: list[float]
    ends: list[float]
    deepest: list[tuple[Interval, ...]]

    @classmethod
    def of(cls, intervals: list[Interval]) -> _Stretch:
        ordered = sorted(intervals, key=lambda one: (one.from_depth, one.id))
        deepest: list[tuple[Interval, ...]] = []
        for one in ordered:
            best = (*(deepest[-1] if deepest else ()), one)
            deepest.append(tuple(sorted(best, key=lambda each: (-each.to_depth, each.id))[:2]))
        return cls(ordered, [one.from_depth for one in ordered], sorted(one.to_depth for one in ordered), deepest)

    def over(self, interval: Interval) -> tuple[Interval | None, int]:
        begun = bisect_left(self.starts, interval.to_depth)
        ended = bisect_right(self.ends, interval.from_depth)
        others = begun - ended - 1  # itself is among those that have begun and not ended
        if others < 1:
            return None, 0
        return next(one for one in self.deepest[begun - 1] if one.id != interval.id), others


class Overlaps:
    """Which of many intervals lie over each other, in the same hole and of the same type; touching is fine."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        groups: dict[tuple[int, str], list[Interval]] = defaultdict(list)
        self._known: dict[int, Interval] = {}
        for one in intervals:
            groups[one.drillhole_id, one.sample_type].append(one)
            self._known[one.id] = one
        self._groups = {key: _Stretch.of(found) for key, found in groups.items()}

    def message(self, sample_row_id: int) -> str:
        """What a person is told of a sample that lies over another; empty where it does not."""
        own = self._known.get(sample_row_id)
        if own is None:
            return ""
        other, count = self._groups[own.drillhole_id, own.sample_type].over(own)
        if other is None:
            return ""
        stretch = f"{metres(other.from_depth, unit=False)} to {metres(other.to_depth)}"
        more = f" and {count - 1:,} more" if count > 1 else ""
        return (
            f"The interval overlaps {other.sample_id} ({stretch}){more}, of the same type in this hole. "
            "Check both; the sample was recorded."
        )
