"""Quality control: how the samples of a dispatch are checked by standards, blanks and duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from coresafe.errors import NotFound
from coresafe.models import Dispatch, Sample
from coresafe.models.enums import QC_TYPES, SampleType
from coresafe.services.permissions import Permission
from coresafe.services.rules import identifier
from coresafe.services.sample_rows import SampleNote
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

D: Any = Dispatch.__table__
S: Any = Sample.__table__

#: Samples to one standard, blank or duplicate that are enough (domain: Samples).
RULE_OF_THUMB = 20
#: What a sample of each QC type is called.
QC_WORDS = {
    SampleType.STANDARD: "standard",
    SampleType.BLANK: "blank",
    SampleType.FIELD_DUPLICATE: "field duplicate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QcMeter:
    """How the samples of a dispatch are checked: ``samples`` are those that are no QC samples.

    ``samples_per_…`` says how many of them there are to one standard, blank or field duplicate, None where there is none.
    """

    dispatch_id: int
    dispatch_number: str
    samples: int
    standards: int
    blanks: int
    field_duplicates: int
    samples_per_standard: float | None
    samples_per_blank: float | None
    samples_per_field_duplicate: float | None
    warnings: tuple[SampleNote, ...] = ()


@reads(Permission.LOOK)
def qc_meter(tx: Reading, dispatch_id: int) -> QcMeter:
    """How the samples of a dispatch are checked, with a warning for each kind of check it has none of.

    A dispatch without samples is warned of nothing. Raises NotFound.
    """
    counted = sa.select(D.c.number, S.c.sample_type, sa.func.count(S.c.id).label("rows"))
    here = counted.select_from(D.outerjoin(S, S.c.dispatch_id == D.c.id)).where(D.c.id == identifier(dispatch_id))
    found = tx.all(here.group_by(D.c.number, S.c.sample_type))
    if not found:
        raise NotFound("There is no such dispatch.")
    rows = {row.sample_type: int(row.rows) for row in found if row.sample_type is not None}
    checks = {kind: rows.pop(kind.value, 0) for kind in QC_TYPES}
    samples = sum(rows.values())
    each = {kind: round(samples / count, 1) if count else None for kind, count in checks.items()}
    return QcMeter(
        dispatch_id=dispatch_id,
        dispatch_number=found[0].number,
        samples=samples,
        standards=checks[SampleType.STANDARD],
        blanks=checks[SampleType.BLANK],
        field_duplicates=checks[SampleType.FIELD_DUPLICATE],
        samples_per_standard=each[SampleType.STANDARD],
        samples_per_blank=each[SampleType.BLANK],
        samples_per_field_duplicate=each[SampleType.FIELD_DUPLICATE],
        warnings=tuple(
            SampleNote(
                field=QC_WORDS[kind].replace(" ", "_") + "s",
                message=f"{found[0].number} has no {QC_WORDS[kind]}. Add one for every {RULE_OF_THUMB} samples or so.",
            )
            for kind, count in checks.items()
            if samples and not count
        ),
    )
