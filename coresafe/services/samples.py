"""Samples: recording one or a whole batch, correcting them, listing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coresafe.errors import Duplicate, FieldError
from coresafe.models import Sample
from coresafe.models.enums import SampleStatus, SampleType
from coresafe.services import counting, failures
from coresafe.services.listing import Page, Query
from coresafe.services.permissions import Permission
from coresafe.services.qc import QcMeter, qc_meter
from coresafe.services.registry.common import audited, page_of, sent_fields
from coresafe.services.rules import Checks
from coresafe.services.sample_places import look_up, overlaps_of, place
from coresafe.services.sample_rows import LISTING, RECORD, RecordedSample, S, SampleNote, SampleRow
from coresafe.services.sample_rules import checked
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

#: Samples recorded in one go at most (interfaces: POST /samples).
MAX_SAMPLES = 1000
#: Names told in one sentence at most.
_NAMED_AT_MOST = 5
#: The fields that say where a sample comes from; the others change without a look at hole and dispatch.
_PLACED_BY = frozenset({"sample_type", "dispatch_id", "drillhole_id", "from_depth", "to_depth"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSample:
    """A new sample; ``sample_id`` is its barcode, unique without case and outer blanks. Depths in metres.

    Without a hole it takes that of its dispatch, if that has one and it is no QC sample.
    """

    sample_id: str
    sample_type: SampleType | str
    dispatch_id: int | None = None
    drillhole_id: int | None = None
    from_depth: float | None = None
    to_depth: float | None = None
    status: SampleStatus | str | None = SampleStatus.COLLECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSamples:
    """Up to 1,000 new samples, all or nothing."""

    samples: Sequence[AddSample]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSample:
    """Change the fields that are set; ``version`` is the one the row was read with."""

    sample_row_id: int
    version: int
    sample_id: str | Unset = UNSET
    sample_type: SampleType | str | Unset = UNSET
    dispatch_id: int | None | Unset = UNSET
    drillhole_id: int | None | Unset = UNSET
    from_depth: float | None | Unset = UNSET
    to_depth: float | None | Unset = UNSET
    status: SampleStatus | str | Unset = UNSET


def _record(tx: Writing, wanted: Sequence[tuple[str, AddSample]]) -> tuple[RecordedSample, ...]:
    """Insert samples, each with the path that its fields are told under. As many statements for one as for many."""
    checks = Checks()
    drafts: list[tuple[str, Checks, dict[str, Any]]] = []
    for path, command in wanted:
        own = Checks()
        sent = sent_fields(command)
        if command.status is None:
            sent["status"] = SampleStatus.COLLECTED
        drafts.append((path, own, checked(own, sent)))
    samples = [sample for _, _, sample in drafts]
    places = look_up(tx, samples)
    first: dict[str, str] = {}
    for path, own, sample in drafts:
        place(own, sample, places)
        key = sample["sample_key"]
        if key and first.setdefault(key, path) != path:
            own.fail(
                "sample_id", f"{sample['sample_id']} stands twice in this batch. Give each sample an id of its own."
            )
        checks.errors += [FieldError(path + error.field, error.message) for error in own.errors]
    checks.done()
    stamp = {"created_by": tx.actor.user_id, "created_at": tx.now, "updated_at": tx.now}
    try:
        tx.insert_all(Sample, [sample | stamp for sample in samples])
    except DBAPIError as error:
        if not failures.is_duplicate(error):
            raise
        raise _taken(tx, first, samples) from error
    keys = [sample["sample_key"] for sample in samples]
    stored = {row.sample_key: row for row in tx.all(sa.select(*RECORD.shown).where(S.c.sample_key.in_(keys)))}
    rows: list[SampleRow] = [RECORD.build(stored[key]) for key in keys]
    for row, sample in zip(rows, samples, strict=True):
        tx.audit("add", "sample", row.id, new=audited(sample))
    warnings = overlaps_of(tx, rows)
    joined = [counting.of_sample(row.sample_type, row.status, row.created_at, 1) for row in rows]
    counting.count(tx, counting.together(*joined))
    return tuple(RecordedSample.of(row, warnings.get(row.id, ())) for row in rows)


def _taken(tx: Writing, paths: Mapping[str, str], samples: Sequence[Mapping[str, Any]]) -> Exception:
    """The refusal of samples of which some are recorded already. One statement."""
    found = tx.all(sa.select(S.c.sample_key).where(S.c.sample_key.in_(list(paths))))
    there = {row.sample_key for row in found}
    taken = [sample for sample in samples if sample["sample_key"] in there]
    if not taken:
        return failures.TryAgain()  # what stood in the way was taken back meanwhile
    field = paths[taken[0]["sample_key"]] + "sample_id"
    if len(taken) == 1:
        message = f"There is a sample {taken[0]['sample_id']} already. Choose another id. Nothing was recorded."
    else:
        names = ", ".join(sample["sample_id"] for sample in taken[:_NAMED_AT_MOST])
        more = f" and {len(taken) - _NAMED_AT_MOST:,} more" if len(taken) > _NAMED_AT_MOST else ""
        message = f"There are samples {names}{more} already. Choose other ids. Nothing was recorded."
    return Duplicate(message, field=field)


@writes(Permission.RECORD_SAMPLES)
def add_sample(tx: Writing, command: AddSample) -> RecordedSample:
    """Record a sample; what it overlaps is in its ``warnings``. Raises ValidationFailed, Duplicate('sample_id')."""
    return _record(tx, [("", command)])[0]


@writes(Permission.RECORD_SAMPLES)
def add_samples(tx: Writing, command: AddSamples) -> tuple[RecordedSample, ...]:
    """Record up to 1,000 samples, all or nothing; the rows come in the order sent.

    Raises ValidationFailed naming every field (``samples[3].from_depth``), also of ids that stand twice among them, and
    Duplicate naming the first that is recorded already.
    """
    checks = Checks()
    samples = command.samples
    if not isinstance(samples, (list, tuple)) or not samples:
        checks.fail("samples", "Enter at least one sample.")
    elif len(samples) > MAX_SAMPLES:
        checks.fail("samples", f"At most {MAX_SAMPLES:,} samples fit; {len(samples):,} were sent. Send them in parts.")
    else:
        for index, sample in enumerate(samples):
            if not isinstance(sample, AddSample):
                checks.fail(f"samples[{index}]", "This is no sample.")
    checks.done()
    return _record(tx, [(f"samples[{index}].", sample) for index, sample in enumerate(samples)])


@writes(Permission.RECORD_SAMPLES)
def change_sample(tx: Writing, command: ChangeSample) -> RecordedSample:
    """Correct a sample; its rules are checked on the sample as it will be.

    Raises NotFound, ValidationFailed, StaleVersion with the row as it is, Duplicate('sample_id').
    """
    row = RECORD.lock(tx, command.sample_row_id)
    sent = sent_fields(command, leave_out=("sample_row_id", "version"))
    checks = Checks()
    values = checked(checks, sent)
    sample = {
        name: getattr(row, name) for name in ("sample_type", "dispatch_id", "drillhole_id", "from_depth", "to_depth")
    }
    sample |= values
    if sent.keys() & _PLACED_BY:
        place(checks, sample, look_up(tx, [sample]), stands_with=row.dispatch_id)
    checks.done()
    RECORD.require_version(row, command.version)
    answer: SampleRow = RECORD.change(tx, row, sample)
    if answer.version == row.version:
        return RecordedSample.of(answer)
    moved = any(getattr(answer, name) != getattr(row, name) for name in _PLACED_BY - {"dispatch_id"})
    warnings = overlaps_of(tx, [answer]) if moved else {}
    left = counting.of_sample(row.sample_type, row.status, row.created_at, -1)
    counting.count(
        tx, counting.together(left, counting.of_sample(answer.sample_type, answer.status, row.created_at, 1))
    )
    return RecordedSample.of(answer, warnings.get(answer.id, ()))


def _alone(start: sa.FromClause) -> sa.FromClause:
    return start


@reads(Permission.LOOK)
def get_sample(tx: Reading, sample_row_id: int) -> SampleRow:
    """One sample by the id of its row. Raises NotFound."""
    answer: SampleRow = RECORD.read(tx, sample_row_id)
    return answer


@reads(Permission.LOOK)
def list_samples(tx: Reading, query: Query) -> Page[SampleRow]:
    """A page of samples, newest first unless sorted otherwise; ``q`` finds any part of a sample id."""
    return page_of(tx, LISTING, query, RECORD.shown, _alone, RECORD.build)


@reads(Permission.LOOK)
def count_samples(tx: Reading, query: Query) -> int:
    """How many samples the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)


__all__ = [
    "MAX_SAMPLES",
    "AddSample",
    "AddSamples",
    "ChangeSample",
    "QcMeter",
    "RecordedSample",
    "SampleNote",
    "SampleRow",
    "add_sample",
    "add_samples",
    "change_sample",
    "count_samples",
    "get_sample",
    "list_samples",
    "qc_meter",
]
