"""Samples: what is recorded, what is refused and where, what is only warned of, and that the counts stay right."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import Duplicate, InUse, NotFound, OperationIdReused, StaleVersion, ValidationFailed
from coresafe.models import AuditEntry, Counter, Dispatch
from coresafe.models.enums import QC_TYPES, SampleStatus, SampleType
from coresafe.services import feed, registry
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.listing import Page, Query
from coresafe.services.registry import AddDrillhole, ChangeDrillhole, RemoveDrillhole
from coresafe.services.sample_rules import Interval, Overlaps
from coresafe.services.samples import (
    AddSample,
    AddSamples,
    ChangeSample,
    RecordedSample,
    SampleRow,
    add_sample,
    add_samples,
    change_sample,
    count_samples,
    get_sample,
    list_samples,
    qc_meter,
)
from tests.crowds import at_once, tally
from tests.servers import Proxy
from tests.services.kinds import on_both_servers, on_every_database
from tests.services.test_bad_input import BROKEN_TEXTS, refused
from tests.services.test_statement_counts import Counter as Counted
from tests.worlds import World, a_user, row_counts

_numbers = itertools.count(1)
END = 120.0


def new_id() -> str:
    """An id that no other sample has, in no order."""
    return f"{uuid.uuid4().hex[:6]}-S{next(_numbers)}"


def a_hole(world: World, eoh_depth: float | None = END) -> registry.DrillholeRow:
    command = AddDrillhole(hole_id=f"H-{new_id()}", project_id=world.project_id, eoh_depth=eoh_depth)
    return registry.add_drillhole(world.manager, command)


def wanted(hole: registry.DrillholeRow | None = None, start: Any = 10.0, end: Any = 11.0, **changes: Any) -> AddSample:
    """The command of an assay sample."""
    command = AddSample(
        sample_id=new_id(),
        sample_type=SampleType.ASSAY,
        drillhole_id=hole.id if hole else None,
        from_depth=start,
        to_depth=end,
    )
    return replace(command, **changes)


def a_check(sample_type: str, **changes: Any) -> AddSample:
    """The command of a QC sample."""
    return replace(AddSample(sample_id=new_id(), sample_type=sample_type), **changes)


def changed(world: World, row: SampleRow, **fields: Any) -> RecordedSample:
    command = ChangeSample(sample_row_id=row.id, version=row.version)
    return change_sample(world.operator, replace(command, **fields))


def as_read(row: RecordedSample) -> SampleRow:
    return SampleRow(**{name: getattr(row, name) for name in SampleRow.__slots__})


def counts(world: World) -> dict[str, int]:
    """What is counted of all samples together, per type and status."""
    table: Any = Counter.__table__
    with world.database.connect() as connection:
        found = connection.execute(sa.select(table).where(table.c.period == 0, table.c.kind.contains("/")))
        return {row.kind: row.value for row in found}


def entries(world: World, row: SampleRow) -> list[Any]:
    table: Any = AuditEntry.__table__
    mine = (table.c.record_type == "sample") & (table.c.record_id == str(row.id))
    with world.database.connect() as connection:
        return list(connection.execute(sa.select(table).where(mine).order_by(table.c.id)))


@on_every_database
def test_an_operator_records_a_sample_and_everybody_can_read_it(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    sent = world.dispatch(hq=1)
    before = counts(world).get("assay/collected", 0)
    command = wanted(hole, 10.00049, 11, dispatch_id=sent.id)
    row = add_sample(world.operator, command)
    assert (row.sample_id, row.version, row.warnings) == (command.sample_id, 1, ())
    assert (row.sample_type, row.status) == (SampleType.ASSAY, SampleStatus.COLLECTED)
    assert (row.dispatch_number, row.hole_id, row.entered_by) == (sent.number, hole.hole_id, "otto")
    assert (row.from_depth, row.to_depth) == (10.0, 11.0)
    assert get_sample(world.manager, row.id) == as_read(row)
    assert counts(world)["assay/collected"] == before + 1
    (entry,) = entries(world, row)
    assert (entry.action, entry.username, entry.old) == ("add", "otto", None)
    assert entry.new == {
        "sample_id": row.sample_id, "sample_type": "assay", "status": "collected", "dispatch_id": sent.id,
        "drillhole_id": hole.id, "from_depth": 10.0, "to_depth": 11.0,
    }  # fmt: skip


@on_every_database
def test_what_was_recorded_is_news_to_the_other_windows(proved: World) -> None:
    mark = feed.Mark()
    feed.poll(proved.manager, mark)
    row = add_sample(proved.operator, wanted())
    news = feed.poll(proved.manager, mark)
    assert ("sample", str(row.id)) in news.records
    assert "samples" in news.kinds


@on_every_database
def test_sample_ids_are_unique_without_case_and_blanks(proved: World) -> None:
    world = proved
    row = add_sample(world.operator, wanted(sample_id=f"Straße  {new_id()}"))
    twin = row.sample_id.replace("ß", "ss").upper().replace("  ", " ")
    rows = row_counts(world.database)
    with pytest.raises(Duplicate) as taken:
        add_sample(world.operator, wanted(sample_id=f" {twin} "))
    assert taken.value.field == "sample_id"
    assert twin in taken.value.message
    batch = AddSamples(samples=[wanted(), wanted(sample_id=twin), wanted()])
    with pytest.raises(Duplicate) as taken:
        add_samples(world.operator, batch)
    assert taken.value.field == "samples[1].sample_id"
    assert row_counts(world.database) == rows
    other = add_sample(world.operator, wanted())
    with pytest.raises(Duplicate) as taken:
        changed(world, other, sample_id=twin)
    assert taken.value.field == "sample_id"
    assert changed(world, row, sample_id=twin).sample_id == twin


@on_every_database
def test_a_batch_of_which_many_are_there_names_the_first_ones(proved: World) -> None:
    known = add_samples(proved.operator, AddSamples(samples=[wanted() for _ in range(8)]))
    again = [wanted(), *(wanted(sample_id=row.sample_id) for row in known)]
    with pytest.raises(Duplicate) as taken:
        add_samples(proved.operator, AddSamples(samples=again))
    assert taken.value.field == "samples[1].sample_id"
    assert known[4].sample_id in taken.value.message
    assert known[5].sample_id not in taken.value.message
    assert "and 3 more" in taken.value.message


def test_an_id_that_stands_twice_in_a_batch_is_named_where_it_stands_again(proved: World) -> None:
    name = new_id()
    batch = [wanted(sample_id=name), wanted(), wanted(sample_id=f" {name.lower()}"), wanted(sample_id=name)]
    assert refused(proved, lambda: add_samples(proved.operator, AddSamples(samples=batch))) == [
        "samples[2].sample_id",
        "samples[3].sample_id",
    ]


INTERVALS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("from equals to", {"from_depth": 10, "to_depth": 10}, ["from_depth"]),
    ("from equals to once rounded", {"from_depth": 10.0001, "to_depth": 10.0002}, ["from_depth"]),
    ("from below to", {"from_depth": 11, "to_depth": 10}, ["from_depth"]),
    ("from above the collar", {"from_depth": -0.001}, ["from_depth"]),
    ("to beyond the end", {"to_depth": END + 0.01}, ["to_depth"]),
    ("to far beyond the end", {"to_depth": 15_000}, ["to_depth"]),
    ("no from", {"from_depth": None}, ["from_depth"]),
    ("no to", {"to_depth": None}, ["to_depth"]),
    ("neither", {"from_depth": None, "to_depth": None}, ["from_depth", "to_depth"]),
    ("deeper than any hole", {"to_depth": 15_000.001}, ["to_depth"]),
    ("both wrong", {"from_depth": -1, "to_depth": "x"}, ["from_depth", "to_depth"]),
    ("one wrong, one missing", {"from_depth": -1, "to_depth": None}, ["from_depth", "to_depth"]),
    ("a depth of a blank", {"sample_type": "blank", "to_depth": None}, ["from_depth"]),
    ("depths of a standard", {"sample_type": "crm_standard"}, ["from_depth", "to_depth"]),
    ("depths of a duplicate", {"sample_type": "field_duplicate"}, ["from_depth", "to_depth"]),
]


@pytest.mark.parametrize(("changes", "fields"), [case[1:] for case in INTERVALS], ids=[case[0] for case in INTERVALS])
def test_intervals_that_cannot_be(proved: World, changes: dict[str, Any], fields: list[str]) -> None:
    world, hole = proved, a_hole(proved)
    command = wanted(hole, **changes)
    assert refused(world, lambda: add_sample(world.operator, command)) == fields
    batch = AddSamples(samples=[wanted(hole), command])
    assert refused(world, lambda: add_samples(world.operator, batch)) == [f"samples[1].{field}" for field in fields]
    row = add_sample(world.operator, wanted(hole))
    assert refused(world, lambda: changed(world, row, **changes)) == fields


@on_every_database
def test_intervals_that_can_be(proved: World) -> None:
    world, hole, open_end = proved, a_hole(proved), a_hole(proved, eoh_depth=None)
    for start, end in ((0, 0.001), (-0.0, 1), (END - 1, END), (END - 1, END + 0.009)):
        row = add_sample(world.operator, wanted(hole, start, end))
        assert (row.from_depth, row.to_depth) == (start, end)
        assert str(row.from_depth) != "-0.0"
    assert add_sample(world.operator, wanted(open_end, 0, 15_000)).to_depth == 15_000
    assert add_sample(world.operator, wanted(None, 0, 15_000)).hole_id is None
    for kind in QC_TYPES:
        row = add_sample(world.operator, a_check(kind, drillhole_id=hole.id))
        assert (row.from_depth, row.to_depth, row.hole_id) == (None, None, hole.hole_id)


def test_an_error_of_the_interval_says_what_there_is(proved: World) -> None:
    hole = a_hole(proved)
    with pytest.raises(ValidationFailed) as caught:
        add_sample(proved.operator, wanted(hole, 119.5, 121.25))
    assert hole.hole_id in caught.value.message
    assert "121.25 m" in caught.value.message
    assert "at 120 m" in caught.value.message


@on_every_database
def test_a_sample_of_a_dispatch_with_a_hole_comes_from_that_hole(proved: World) -> None:
    world = proved
    with_hole, without = world.dispatch(hq=1, drillhole_id=world.hole_id), world.dispatch(hq=1)
    assert add_sample(world.operator, wanted(dispatch_id=with_hole.id)).drillhole_id == world.hole_id
    assert add_sample(world.operator, wanted(dispatch_id=without.id)).drillhole_id is None
    assert add_sample(world.operator, a_check("blank", dispatch_id=with_hole.id)).drillhole_id is None
    hole = a_hole(world)
    row = add_sample(world.operator, wanted(hole, dispatch_id=with_hole.id))
    assert row.drillhole_id == hole.id
    loose = add_sample(world.operator, wanted())
    assert changed(world, loose, dispatch_id=with_hole.id).drillhole_id == world.hole_id


@on_every_database
def test_the_end_of_the_hole_of_the_dispatch_counts_too(proved: World) -> None:
    hole = a_hole(proved)
    sent = proved.dispatch(hq=1, drillhole_id=hole.id)
    deep = wanted(None, 120, 121, dispatch_id=sent.id)
    assert refused(proved, lambda: add_sample(proved.operator, deep)) == ["to_depth"]


@on_every_database
def test_a_voided_dispatch_takes_no_new_samples_and_keeps_those_it_has(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=1)
    row = add_sample(world.operator, wanted(dispatch_id=sent.id))
    other = add_sample(world.operator, wanted())
    void_dispatch(world.manager, VoidDispatch(dispatch_id=sent.id, reason="entered twice"))
    assert refused(world, lambda: add_sample(world.operator, wanted(dispatch_id=sent.id))) == ["dispatch_id"]
    assert refused(world, lambda: changed(world, other, dispatch_id=sent.id)) == ["dispatch_id"]
    assert changed(world, row, status="processing", to_depth=12).dispatch_number == sent.number
    assert changed(world, get_sample(world.operator, row.id), dispatch_id=None).dispatch_id is None


@on_every_database
def test_an_overlap_is_recorded_and_named(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    first = add_sample(world.operator, wanted(hole, 10, 12.5))
    for start, end, kind in ((9, 10, "assay"), (12.5, 13, "assay"), (10, 12.5, "core")):
        assert add_sample(world.operator, wanted(hole, start, end, sample_type=kind)).warnings == ()
    assert add_sample(world.operator, wanted(a_hole(world), 10, 12.5)).warnings == ()
    assert add_sample(world.operator, wanted(None, 10, 12.5)).warnings == ()
    assert add_sample(world.operator, wanted(None, 10, 12.5)).warnings == ()
    second = add_sample(world.operator, wanted(hole, 12, 12.2))
    (warning,) = second.warnings
    assert warning.field == "from_depth"
    assert f"{first.sample_id} (10 to 12.5 m)," in warning.message
    third = add_sample(world.operator, wanted(hole, 12.1, 12.4))
    assert f"{first.sample_id} (10 to 12.5 m) and 1 more," in third.warnings[0].message


@on_every_database
def test_samples_of_one_batch_overlap_each_other(proved: World) -> None:
    world, hole, other = proved, a_hole(proved), a_hole(proved)
    there = add_sample(world.operator, wanted(hole, 50, 51))
    batch = [
        wanted(hole, 10, 11),
        wanted(hole, 11, 12),
        wanted(hole, 10.5, 10.6),
        wanted(hole, 50.5, 52),
        wanted(other, 10, 11),
        a_check("blank", drillhole_id=hole.id),
    ]
    rows = add_samples(world.operator, AddSamples(samples=batch))
    assert [row.sample_id for row in rows] == [command.sample_id for command in batch]
    assert [len(row.warnings) for row in rows] == [1, 0, 1, 1, 0, 0]
    assert f"{rows[2].sample_id} (10.5 to 10.6 m)" in rows[0].warnings[0].message
    assert rows[0].sample_id in rows[2].warnings[0].message
    assert there.sample_id in rows[3].warnings[0].message


@on_every_database
def test_moving_a_sample_onto_another_is_warned_of_and_other_changes_are_not(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    first, second = (add_sample(world.operator, wanted(hole, start, start + 1)) for start in (10, 11))
    moved = changed(world, second, from_depth=10.5)
    assert first.sample_id in moved.warnings[0].message
    assert changed(world, moved, status="completed").warnings == ()


def test_overlaps_are_those_that_looking_at_every_pair_finds() -> None:
    import random

    dice = random.Random(7)
    for _ in range(200):
        spots = [sorted(dice.sample(range(12), 2)) for _ in range(dice.randint(1, 9))]
        intervals = [
            Interval(id=n, sample_id=f"S{n}", drillhole_id=1, sample_type="assay", from_depth=a, to_depth=b)
            for n, (a, b) in enumerate(spots)
        ]
        found = Overlaps(intervals)
        for one in intervals:
            over = [
                other.sample_id
                for other in intervals
                if other is not one and other.from_depth < one.to_depth and one.from_depth < other.to_depth
            ]
            message = found.message(one.id)
            assert bool(message) == bool(over)
            if over:
                assert message.split("overlaps ")[1].split(" ")[0] in over
                assert (f"and {len(over) - 1} more" in message) == (len(over) > 1)


@on_every_database
def test_a_change_touches_only_what_was_sent_and_says_what_changed(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    row = add_sample(world.operator, wanted(hole))
    before = counts(world)
    done = changed(world, row, status="processing", to_depth=11.5)
    assert (done.version, done.status, done.from_depth, done.to_depth) == (2, SampleStatus.PROCESSING, 10, 11.5)
    assert get_sample(world.operator, row.id) == as_read(done)
    entry = entries(world, row)[-1]
    assert (entry.action, entry.old, entry.new) == (
        "change",
        {"status": "collected", "to_depth": 11.0},
        {"status": "processing", "to_depth": 11.5},
    )
    after = counts(world)
    assert after["assay/collected"] == before["assay/collected"] - 1
    assert after["assay/processing"] == before.get("assay/processing", 0) + 1


@on_every_database
def test_a_status_goes_in_any_direction(proved: World) -> None:
    row: SampleRow = add_sample(proved.operator, wanted(status="completed"))
    for status in ("collected", "completed", "processing", "collected"):
        row = changed(proved, row, status=status)
        assert row.status == status


@on_every_database
def test_a_type_changes_with_its_interval(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    row = add_sample(world.operator, wanted(hole))
    assert refused(world, lambda: changed(world, row, sample_type="blank")) == ["from_depth", "to_depth"]
    blank = changed(world, row, sample_type="blank", from_depth=None, to_depth=None)
    assert (blank.sample_type, blank.from_depth) == (SampleType.BLANK, None)
    assert refused(world, lambda: changed(world, blank, sample_type="core")) == ["from_depth", "to_depth"]
    core = changed(world, blank, sample_type="core", from_depth=1, to_depth=2)
    assert (core.version, core.from_depth, core.to_depth) == (3, 1, 2)


def test_changing_nothing_raises_no_version(proved: World) -> None:
    row = add_sample(proved.operator, wanted(a_hole(proved)))
    same = changed(proved, row, sample_id=row.sample_id, from_depth=10.0, status="collected")
    assert same == row
    assert len(entries(proved, row)) == 1


@on_every_database
def test_a_stale_change_is_refused_with_the_row_as_it_is(proved: World) -> None:
    world = proved
    row = add_sample(world.operator, wanted())
    current = changed(world, row, status="processing")
    with pytest.raises(StaleVersion) as stale:
        changed(world, row, status="completed")
    assert stale.value.current == as_read(current)
    for version in (None, "1", True, 1.0):
        command = ChangeSample(sample_row_id=row.id, version=version, status="completed")  # type: ignore[arg-type]
        assert refused(world, lambda command=command: change_sample(world.operator, command)) == ["version"]  # type: ignore[misc]


@on_every_database
def test_a_hole_does_not_end_above_its_samples(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    for start in (99, 109):
        row = add_sample(world.operator, wanted(hole, start, start + 1))
    add_sample(world.operator, a_check("blank", drillhole_id=hole.id))

    def end_at(depth: float | None, version: int) -> registry.DrillholeRow:
        command = ChangeDrillhole(drillhole_id=hole.id, version=version, eoh_depth=depth)
        return registry.change_drillhole(world.manager, command)

    assert refused(world, lambda: end_at(109.9, 1)) == ["eoh_depth"]
    with pytest.raises(ValidationFailed) as caught:
        end_at(50, 1)
    assert f"{row.sample_id} was taken down to 110 m" in caught.value.message
    assert refused(world, lambda: end_at(0, 1)) == ["eoh_depth"]
    assert end_at(109.995, 1).eoh_depth == 109.995
    assert end_at(None, 2).eoh_depth is None
    assert refused(world, lambda: end_at(20, 3)) == ["eoh_depth"]


@on_every_database
def test_a_hole_with_samples_stays(proved: World) -> None:
    hole = a_hole(proved)
    add_sample(proved.operator, wanted(hole))
    with pytest.raises(InUse):
        registry.remove_drillhole(proved.admin, RemoveDrillhole(drillhole_id=hole.id))


@on_every_database
def test_a_thousand_samples_at_once(proved: World) -> None:
    world, hole = proved, a_hole(proved, eoh_depth=None)
    sent = world.dispatch(hq=1)
    batch = [wanted(hole, n, n + 1, dispatch_id=sent.id, sample_type="core") for n in range(999)]
    batch.append(a_check("blank", dispatch_id=sent.id))
    op = uuid.uuid4()
    rows = add_samples(world.operator, AddSamples(samples=batch), op)
    assert [row.sample_id for row in rows] == [command.sample_id for command in batch]
    assert [row.from_depth for row in rows[:3]] == [0, 1, 2]
    assert not any(row.warnings for row in rows)
    assert count_samples(world.operator, Query(filters={"dispatch_id": sent.id})) == 1000
    assert add_samples(world.operator, AddSamples(samples=batch), op) == rows
    more = AddSamples(samples=[*batch, wanted()])
    assert refused(world, lambda: add_samples(world.operator, more)) == ["samples"]


@on_every_database
def test_the_same_operation_records_once(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    op, command = uuid.uuid4(), wanted(hole)
    add_sample(world.operator, wanted(hole))
    row = add_sample(world.operator, command, op)
    assert len(row.warnings) == 1
    rows = row_counts(world.database)
    assert add_sample(world.operator, command, op) == row
    assert row_counts(world.database) == rows
    with pytest.raises(OperationIdReused):
        add_sample(world.operator, replace(command, to_depth=12), op)
    change = ChangeSample(sample_row_id=row.id, version=1, status="processing")
    op = uuid.uuid4()
    done = change_sample(world.operator, change, op)
    assert change_sample(world.operator, change, op) == done
    assert get_sample(world.operator, row.id).version == 2


@on_every_database
def test_two_who_record_the_same_id_at_once(proved: World) -> None:
    world = proved
    others = [a_user(world.admin) for _ in range(4)]
    name = new_id()
    calls: list[Callable[[], Any]] = [
        *(lambda who=who: add_sample(who, wanted(sample_id=name)) for who in others[:2]),
        *(
            lambda who=who: add_samples(who, AddSamples(samples=[wanted(), wanted(sample_id=name)]))
            for who in others[2:]
        ),
    ]
    outcomes = at_once(calls)
    assert tally(outcomes) == {"done": 1, "Duplicate": 3}
    fields = [outcome.error.field for outcome in outcomes if isinstance(outcome.error, Duplicate)]
    assert set(fields) <= {"sample_id", "samples[1].sample_id"}
    assert count_samples(world.operator, Query(filters={"sample_id": name})) == 1


@on_both_servers
def test_a_hole_gets_no_new_end_while_a_sample_is_being_recorded(proved: World) -> None:
    """Whoever comes second sees what the first one did, whichever it is."""
    world = proved
    for _ in range(8):
        hole = a_hole(world)
        shorten = ChangeDrillhole(drillhole_id=hole.id, version=1, eoh_depth=50)
        outcomes = at_once(
            [
                lambda hole=hole: add_sample(world.operator, wanted(hole, 99, 100)),  # type: ignore[misc]
                lambda shorten=shorten: registry.change_drillhole(world.manager, shorten),  # type: ignore[misc]
            ]
        )
        assert tally(outcomes) == {"done": 1, "ValidationFailed": 1}


@on_both_servers
def test_a_sample_waits_for_a_dispatch_that_is_being_voided_and_is_then_refused(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=1)
    dispatches: Any = Dispatch.__table__
    here = sa.update(dispatches).where(dispatches.c.id == sent.id)
    waiting = sa.text("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
    with world.database.connect() as voiding, world.database.connect() as watching:
        world.database.begin_write(voiding)
        voiding.execute(here.values(status="voided"))  # as voiding does, not committed yet

        def commit_once_he_waits() -> None:
            end_at = time.monotonic() + 20
            while not watching.execute(waiting).scalar() and time.monotonic() < end_at:
                watching.rollback()
                threading.Event().wait(0.15)  # the server looks anew only if it was not asked for a tenth of a second
            voiding.commit()

        outcomes = at_once([lambda: add_sample(world.operator, wanted(dispatch_id=sent.id)), commit_once_he_waits])
        voiding.execute(here.values(status="outstanding"))
        voiding.commit()
    assert tally(outcomes) == {"ValidationFailed": 1, "done": 1}


@on_every_database
def test_two_who_change_the_same_sample_at_once(proved: World) -> None:
    world = proved
    row = add_sample(world.operator, wanted())
    outcomes = at_once([lambda s=s: changed(world, row, status=s) for s in ("processing", "completed")])  # type: ignore[misc]
    assert tally(outcomes) == {"done": 1, "StaleVersion": 1}


@on_both_servers
def test_two_hundred_samples_cost_the_statements_of_two(proved: World) -> None:
    world, hole = proved, a_hole(proved, eoh_depth=None)
    sent = [world.dispatch(hq=1) for _ in range(2)]
    depth = itertools.count()

    def batch(n: int) -> AddSamples:
        commands = [
            wanted(hole if i % 2 else None, (d := next(depth)), d + 1, dispatch_id=sent[i % 2].id) for i in range(n)
        ]
        return AddSamples(samples=commands)

    with Proxy(world.database.url.port or 0) as line:
        counted = Counted(world, line)
        try:
            costs = [counted.of(lambda n=n: add_samples(counted.context, batch(n)))[0] for n in (2, 200, 2, 200)]  # type: ignore[misc]
            one = counted.of(lambda: add_sample(counted.context, batch(1).samples[0]))[0]
            page = counted.of(lambda: list_samples(counted.context, Query(limit=500, total=True)))[0]
            meter = counted.of(lambda: qc_meter(counted.context, sent[0].id))[0]
        finally:
            counted.database.close()
    assert len(set(costs)) == 1
    assert costs[0] <= 11
    assert one <= 11
    assert (page, meter) == (2, 1)


NO_DEPTHS = [float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), 2**63, True, False, "1", "", b"1", [1], {}]


@pytest.mark.parametrize("depth", NO_DEPTHS, ids=lambda value: repr(value)[:20])
def test_depths_that_are_none(proved: World, depth: Any) -> None:
    world, row = proved, add_sample(proved.operator, wanted())
    for field in ("from_depth", "to_depth"):
        command = replace(wanted(), **{field: depth})
        assert refused(world, lambda command=command: add_sample(world.operator, command)) == [field]  # type: ignore[misc]
        assert refused(world, lambda field=field: changed(world, row, **{field: depth})) == [field]  # type: ignore[misc]


@pytest.mark.parametrize(
    "name", [*BROKEN_TEXTS.values(), "", "  ", None, True, b"S1", "S" * 61, "\u200b" * 3 + "\0", "ﷺ" * 60], ids=ascii
)
def test_sample_ids_that_cannot_be_kept(proved: World, name: Any) -> None:
    world, row = proved, add_sample(proved.operator, wanted())
    assert refused(world, lambda: add_sample(world.operator, wanted(sample_id=name))) == ["sample_id"]
    batch = AddSamples(samples=[wanted(), wanted(sample_id=name)])
    assert refused(world, lambda: add_samples(world.operator, batch)) == ["samples[1].sample_id"]
    assert refused(world, lambda: changed(world, row, sample_id=name)) == ["sample_id"]


@pytest.mark.parametrize("name", ["\U0001faa8 1", "شركة", "=1+1", "'; DROP TABLE samples; --", "S" * 60])
def test_sample_ids_that_are_kept_as_they_are(proved: World, name: str) -> None:
    kept = f"{name[:40]}{new_id()}"
    row = add_sample(proved.operator, wanted(sample_id=kept))
    assert get_sample(proved.operator, row.id).sample_id == kept
    assert list_samples(proved.operator, Query(q=kept)).items == (as_read(row),)


@pytest.mark.parametrize("wrong", ["soup", "", 5, True, b"assay", 10**400, "as\ud800say", ["assay"]], ids=repr)
@pytest.mark.parametrize("field", ["sample_type", "status"])
def test_words_that_are_not_in_the_list(proved: World, field: str, wrong: Any) -> None:
    world, row = proved, add_sample(proved.operator, wanted())
    assert refused(world, lambda: add_sample(world.operator, wanted(**{field: wrong}))) == [field]
    assert refused(world, lambda: changed(world, row, **{field: wrong})) == [field]


def test_a_word_that_is_missing(proved: World) -> None:
    world, row = proved, add_sample(proved.operator, wanted(status=None))
    assert row.status is SampleStatus.COLLECTED
    assert refused(world, lambda: add_sample(world.operator, wanted(sample_type=None))) == ["sample_type"]
    for field in ("sample_type", "status"):
        assert refused(world, lambda field=field: changed(world, row, **{field: None})) == [field]  # type: ignore[misc]


@pytest.mark.parametrize("wrong", [0, -1, 10**9, 2**63, 10**400, "1", True, 1.5, float("nan"), "\0", []], ids=repr)
def test_dispatches_and_holes_there_are_none_of(proved: World, wrong: Any) -> None:
    world, row = proved, add_sample(proved.operator, wanted())
    for field in ("dispatch_id", "drillhole_id"):
        assert refused(world, lambda field=field: add_sample(world.operator, wanted(**{field: wrong}))) == [field]  # type: ignore[misc]
        assert refused(world, lambda field=field: changed(world, row, **{field: wrong})) == [field]  # type: ignore[misc]
    command = ChangeSample(sample_row_id=wrong, version=1, status="completed")
    refused(world, lambda: change_sample(world.operator, command), NotFound)
    for read in (get_sample, qc_meter):
        refused(world, lambda read=read: read(world.operator, wrong), NotFound)  # type: ignore[misc]


def test_batches_that_are_none(proved: World) -> None:
    world = proved
    wrongs: tuple[Any, ...] = ([], None, "S1", 5, {})
    for wrong in wrongs:
        batch = AddSamples(samples=wrong)
        assert refused(world, lambda batch=batch: add_samples(world.operator, batch)) == ["samples"]  # type: ignore[misc]
    batch = AddSamples(samples=[wanted(), None, {"sample_id": "S1"}])  # type: ignore[list-item]
    assert refused(world, lambda: add_samples(world.operator, batch)) == ["samples[1]", "samples[2]"]


def test_every_wrong_field_of_a_batch_is_named_at_once(proved: World) -> None:
    hole = a_hole(proved)
    batch = [
        wanted(hole),
        wanted(hole, 5, 4, sample_id=" ", status="lost"),
        wanted(hole, dispatch_id=10**9),
        wanted(hole, None, END + 5, sample_type="core"),
        wanted(sample_type="gold", drillhole_id=-1),
    ]
    assert refused(proved, lambda: add_samples(proved.operator, AddSamples(samples=batch))) == [
        "samples[1].sample_id",
        "samples[1].status",
        "samples[1].from_depth",
        "samples[2].dispatch_id",
        "samples[3].from_depth",
        "samples[3].to_depth",
        "samples[4].sample_type",
        "samples[4].drillhole_id",
    ]


@on_every_database
def test_pages_follow_each_other_in_every_order(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    sent = world.dispatch(hq=1)
    batch = [wanted(hole, n % 3, 5 + n, dispatch_id=sent.id) for n in range(7)]
    batch += [a_check("blank", dispatch_id=sent.id, drillhole_id=hole.id) for _ in range(4)]
    rows = add_samples(world.operator, AddSamples(samples=batch))
    orders: dict[str, Callable[[SampleRow], Any]] = {
        "sample_id": lambda row: row.sample_id.lower(),
        "id": lambda row: row.id,
        "created_at": lambda row: row.created_at,
        "from_depth": lambda row: -1 if row.from_depth is None else row.from_depth,
    }
    for name, key in orders.items():
        for sign in ("", "-"):
            wished = sorted(rows, key=lambda row: (key(row), row.id), reverse=bool(sign))
            query = Query(filters={"dispatch_id": sent.id}, sort=sign + name, limit=3, total=True)
            seen: list[SampleRow] = []
            page: Page[SampleRow] | None = None
            while page is None or page.next_cursor:
                page = list_samples(world.operator, replace(query, cursor=page.next_cursor if page else None))
                assert page.total == 11
                seen += page.items
            assert [row.id for row in seen] == [row.id for row in wished], sign + name
            back = list_samples(world.operator, replace(query, cursor=page.previous_cursor, backwards=True))
            assert [row.id for row in back.items] == [row.id for row in wished[6:9]]
    newest = list_samples(world.operator, Query(filters={"drillhole_id": hole.id}))
    assert [row.id for row in newest.items] == sorted((row.id for row in rows), reverse=True)


@on_every_database
def test_what_the_filters_and_the_search_find(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    sent = world.dispatch(hq=1)
    mark = uuid.uuid4().hex[:8]
    batch = [
        wanted(hole, sample_id=f"{mark}-Ä_1", dispatch_id=sent.id),
        wanted(hole, sample_id=f"{mark}-b%2", sample_type="core", status="processing"),
        a_check("blank", sample_id=f"{mark}-c3", dispatch_id=sent.id),
    ]
    first, second, third = (as_read(row) for row in add_samples(world.operator, AddSamples(samples=batch)))

    def found(q: str = mark, **filters: Any) -> tuple[SampleRow, ...]:
        query = Query(q=q, filters=filters, sort="id", total=True)
        page = list_samples(world.operator, query)
        assert page.total == len(page.items) == count_samples(world.operator, query)
        return page.items

    assert found() == (first, second, third)
    assert found(q=f"{mark}-ä") == found(q=f" {mark.upper()}-Ä_") == (first,)
    assert found(q=f"{mark}-b%") == (second,)
    assert found(q=f"{mark}_") == ()
    assert found(dispatch_id=sent.id) == (first, third)
    assert found(drillhole_id=hole.id) == (first, second)
    assert found(sample_type="core") == found(status=SampleStatus.PROCESSING) == (second,)
    assert found(sample_type=["core", "blank"], status=["collected", "completed"]) == (third,)
    assert found(q="", sample_id=f" {mark}-Ä_1") == (first,)
    assert found(q="", sample_id=[first.sample_id, third.sample_id, "no such"]) == (first, third)
    assert found(id=[first.id, second.id]) == (first, second)
    assert found(created_from=first.created_at) == (first, second, third)
    assert found(created_to=first.created_at) == ()
    assert found(import_id=10**9) == ()
    for wrong in (5, None, 10**400, "\ud800", "\0", True):
        assert list_samples(world.operator, Query(filters={"sample_id": wrong, "dispatch_id": 10**9})).items == ()


@pytest.mark.parametrize(
    "query",
    [
        Query(sort="to_depth"),
        Query(filters={"colour": "red"}),
        Query(filters={"dispatch_id": "1"}),
        Query(filters={"drillhole_id": 2**63}),
        Query(filters={"created_from": "today"}),
        Query(cursor="nonsense"),
        Query(limit=501),
    ],
    ids=repr,
)
def test_questions_that_cannot_be_asked(proved: World, query: Query) -> None:
    with pytest.raises(ValidationFailed):
        list_samples(proved.operator, query)


@on_every_database
def test_the_qc_meter_counts_a_batch_and_warns_of_what_it_has_none_of(proved: World) -> None:
    world, hole = proved, a_hole(proved)
    sent = world.dispatch(hq=1)
    empty = qc_meter(world.operator, sent.id)
    assert (empty.dispatch_number, empty.samples, empty.blanks, empty.samples_per_blank) == (sent.number, 0, 0, None)
    assert empty.warnings == ()
    kinds = ["assay"] * 20 + ["core"] * 5 + ["geochemical", "mineralogy"]
    batch = [wanted(hole, n, n + 1, sample_type=kind, dispatch_id=sent.id) for n, kind in enumerate(kinds)]
    batch += [a_check("crm_standard", dispatch_id=sent.id), a_check("crm_standard", dispatch_id=sent.id)]
    add_samples(world.operator, AddSamples(samples=[*batch, wanted(), a_check("blank")]))
    meter = qc_meter(world.operator, sent.id)
    assert (meter.samples, meter.standards, meter.blanks, meter.field_duplicates) == (27, 2, 0, 0)
    assert (meter.samples_per_standard, meter.samples_per_blank, meter.samples_per_field_duplicate) == (
        13.5,
        None,
        None,
    )
    assert [note.field for note in meter.warnings] == ["field_duplicates", "blanks"]
    assert all(sent.number in note.message for note in meter.warnings)
    both = [a_check(kind, dispatch_id=sent.id) for kind in ("blank", "field_duplicate")]
    add_samples(world.operator, AddSamples(samples=both))
    assert qc_meter(world.operator, sent.id).warnings == ()


@on_both_servers
def test_samples_recorded_by_many_at_once_are_all_counted(proved: World) -> None:
    world, hole = proved, a_hole(proved, eoh_depth=None)
    sent = world.dispatch(hq=1)
    before = sum(counts(world).values())
    depth, lock = itertools.count(), threading.Lock()

    def record() -> int:
        for _ in range(5):
            with lock:
                starts = [next(depth) for _ in range(3)]
            batch = [wanted(hole, start, start + 1, dispatch_id=sent.id) for start in starts]
            row, *_others = add_samples(world.operator, AddSamples(samples=batch))
            changed(world, row, status="processing")
        return 15

    assert tally(at_once([record] * 4)) == {"done": 4}
    assert sum(counts(world).values()) == before + 60
    assert count_samples(world.operator, Query(filters={"dispatch_id": sent.id, "status": "processing"})) == 20
