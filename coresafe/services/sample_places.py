"""Where samples come from: the dispatches and holes they name, looked up under locks, and what they lie over there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from coresafe.models import Dispatch, Drillhole
from coresafe.models.enums import QC_TYPES, DispatchStatus
from coresafe.services import facts
from coresafe.services.rules import Checks
from coresafe.services.sample_rows import S, SampleNote, SampleRow
from coresafe.services.sample_rules import Hole, Interval, Overlaps, check_interval
from coresafe.services.work import Writing

D: Any = Dispatch.__table__
H: Any = Drillhole.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Dispatches and holes that samples refer to, as found under shared locks."""

    dispatches: Mapping[int, Any]
    holes: Mapping[int, Hole]


def look_up(tx: Writing, samples: Sequence[Mapping[str, Any]]) -> Places:
    """The dispatches, with their holes, and the holes of samples: one statement each, dispatches first (domain: locks).

    The locks keep a dispatch from being voided and a hole from getting a new end before the samples are there.
    """
    dispatch_ids = sorted({sample["dispatch_id"] for sample in samples} - {None, 0})
    columns = [D.c.id, D.c.number, D.c.status, D.c.drillhole_id, H.c.hole_id, H.c.eoh_depth, *facts.clock_columns()]
    with_holes = sa.select(*columns).select_from(D.outerjoin(H, H.c.id == D.c.drillhole_id))
    found: list[Any] = []
    if dispatch_ids:
        wanted = with_holes.where(D.c.id.in_(dispatch_ids)).order_by(D.c.id)
        found = list(tx.all(wanted.with_for_update(read=True)))
    holes = {
        row.drillhole_id: Hole(id=row.drillhole_id, hole_id=row.hole_id, eoh_depth=row.eoh_depth)
        for row in found
        if row.drillhole_id is not None
    }
    hole_ids = sorted({sample["drillhole_id"] for sample in samples} - {None, 0} - holes.keys())
    if hole_ids:
        named = sa.select(H.c.id, H.c.hole_id, H.c.eoh_depth, *facts.clock_columns()).where(H.c.id.in_(hole_ids))
        for row in tx.all(named.order_by(H.c.id).with_for_update(read=True)):
            holes[row.id] = Hole(id=row.id, hole_id=row.hole_id, eoh_depth=row.eoh_depth)
    return Places(dispatches={row.id: row for row in found}, holes=holes)


def place(checks: Checks, sample: dict[str, Any], places: Places, *, stands_with: int | None = None) -> None:
    """Check dispatch, hole and interval of a sample as it will be; without a hole it gets that of its dispatch.

    ``stands_with``: the dispatch it belongs to already, voided or not.
    """
    dispatch_id = sample["dispatch_id"]
    dispatch = places.dispatches.get(dispatch_id) if dispatch_id is not None else None
    if dispatch_id is not None and dispatch is None:
        checks.fail("dispatch_id", "There is no such dispatch. Choose one from the list.")
    elif dispatch is not None and dispatch.status == DispatchStatus.VOIDED and dispatch_id != stands_with:
        checks.fail("dispatch_id", f"{dispatch.number} was voided and takes no samples. Choose another dispatch.")
    if sample["drillhole_id"] is None and dispatch is not None and sample["sample_type"] not in QC_TYPES:
        sample["drillhole_id"] = dispatch.drillhole_id
    hole = None
    if sample["drillhole_id"] is not None:
        hole = places.holes.get(sample["drillhole_id"])
        if hole is None:
            checks.fail("drillhole_id", "There is no such drillhole. Choose one from the list.")
    check_interval(checks, sample, hole)


def overlaps_of(tx: Writing, samples: Sequence[SampleRow]) -> dict[int, tuple[SampleNote, ...]]:
    """What overlaps, by the id of the sample's row. One statement, on the samples as they are stored now."""
    ids = [row.id for row in samples if row.drillhole_id is not None and row.from_depth is not None]
    if not ids:
        return {}
    fresh = sa.alias(S, "fresh")
    spans = (
        sa.select(
            fresh.c.drillhole_id,
            fresh.c.sample_type,
            sa.func.min(fresh.c.from_depth).label("top"),
            sa.func.max(fresh.c.to_depth).label("bottom"),
        )
        .where(fresh.c.id.in_(ids))
        .group_by(fresh.c.drillhole_id, fresh.c.sample_type)
        .subquery("spans")
    )
    columns = (S.c.id, S.c.sample_id, S.c.drillhole_id, S.c.sample_type, S.c.from_depth, S.c.to_depth)
    same = (S.c.drillhole_id == spans.c.drillhole_id) & (S.c.sample_type == spans.c.sample_type)
    over = (S.c.from_depth < spans.c.bottom) & (S.c.to_depth > spans.c.top)
    found = tx.all(sa.select(*columns).select_from(spans.join(S, same & over)))
    overlaps = Overlaps(
        Interval(
            id=row.id,
            sample_id=row.sample_id,
            drillhole_id=row.drillhole_id,
            sample_type=row.sample_type,
            from_depth=row.from_depth,
            to_depth=row.to_depth,
        )
        for row in found
    )
    messages = {row_id: overlaps.message(row_id) for row_id in ids}
    return {row_id: (SampleNote(field="from_depth", message=text),) for row_id, text in messages.items() if text}
