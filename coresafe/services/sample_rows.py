"""Samples as others see them: the row, what was noted while recording it, and how they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Dispatch, Drillhole, Sample, User
from coresafe.models.enums import SampleStatus, SampleType
from coresafe.services.listing import Listing, contains, equals, searchable, since, until
from coresafe.services.registry.common import Record

S: Any = Sample.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A sample. Depths are metres down the hole, None for QC samples. Times are UTC."""

    id: int
    version: int
    sample_id: str
    sample_type: SampleType
    status: SampleStatus
    dispatch_id: int | None
    dispatch_number: str | None
    drillhole_id: int | None
    hole_id: str | None
    from_depth: float | None
    to_depth: float | None
    entered_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNote:
    """Something to look at again, which does not stand in the way. ``field`` is the one to begin with."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSample(SampleRow):
    """A sample just recorded or changed, with what to look at again."""

    warnings: tuple[SampleNote, ...] = ()

    @classmethod
    def of(cls, row: SampleRow, warnings: Sequence[SampleNote] = ()) -> RecordedSample:
        """The row with its warnings."""
        shown = {field.name: getattr(row, field.name) for field in fields(SampleRow)}
        return cls(**shown, warnings=tuple(warnings))


def _row(row: Row[Any]) -> SampleRow:
    return SampleRow(
        id=row.id,
        version=row.version,
        sample_id=row.sample_id,
        sample_type=SampleType(row.sample_type),
        status=SampleStatus(row.status),
        dispatch_id=row.dispatch_id,
        dispatch_number=row.dispatch_number,
        drillhole_id=row.drillhole_id,
        hole_id=row.hole_id,
        from_depth=row.from_depth,
        to_depth=row.to_depth,
        entered_by=row.entered_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _named(column: Any, model: Any, reference: Any, label: str) -> sa.Label[Any]:
    return sa.select(column).where(model.id == reference).scalar_subquery().label(label)


RECORD = Record(
    table=S,
    kind="sample",
    noun="sample",
    name="sample_id",
    unique="sample_id",
    shown=(
        *S.c,
        _named(Dispatch.number, Dispatch, S.c.dispatch_id, "dispatch_number"),
        _named(Drillhole.hole_id, Drillhole, S.c.drillhole_id, "hole_id"),
        _named(User.username, User, S.c.created_by, "entered_by"),
    ),
    build=_row,
)


def _by_id(value: Any) -> sa.ColumnElement[bool]:
    wanted = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return S.c.sample_key.in_([searchable(one) for one in wanted])  # type: ignore[no-any-return]


LISTING = Listing(
    table=S,
    sorts={
        "sample_id": S.c.sample_key,
        "id": S.c.id,
        "created_at": S.c.created_at,
        "from_depth": S.c.from_depth,
    },
    filters={
        "id": equals(S.c.id),
        "sample_id": _by_id,
        "sample_type": equals(S.c.sample_type),
        "status": equals(S.c.status),
        "dispatch_id": equals(S.c.dispatch_id),
        "drillhole_id": equals(S.c.drillhole_id),
        "import_id": equals(S.c.import_id),
        "created_from": since(S.c.created_at),
        "created_to": until(S.c.created_at),
    },
    default_sort="-created_at",
    search=lambda text: contains(S.c.sample_key, text),
)
