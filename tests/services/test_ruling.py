"""The installation's rules: who changes them, what is refused, what the trail says, and that they hold at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coresafe.errors import Forbidden, StaleVersion, ValidationFailed
from coresafe.models import AuditEntry, Setting
from coresafe.services import feed
from coresafe.services.proving import prove
from coresafe.services.ruling import BOUNDS, ChangeRules, change_rules, get_rules, read_installation
from coresafe.services.settings import RULES_ROW, Rules
from coresafe.services.sheds import AddShed, ChangeShed, add_shed, change_shed
from tests.services.kinds import on_every_database
from tests.worlds import World


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    """Other worlds of the database go by the rules as they come."""
    yield
    with world.database.writing() as connection:
        connection.execute(sa.delete(Setting).where(Setting.name == RULES_ROW))


def change(world: World, *, version: int = 0, **rules: Any) -> Any:
    """As the administrator."""
    return change_rules(world.admin, ChangeRules(version=version, **rules))


@on_every_database
def test_rules_come_with_their_defaults_and_are_changed_by_an_administrator(world: World) -> None:
    there = get_rules(world.operator)
    assert (there.rules, there.version) == (Rules(), 0)
    changed = change(world, amber_days=2, red_days=5, idle_minutes=30)
    assert changed.rules == Rules(amber_days=2, red_days=5, idle_minutes=30)
    assert changed.version == 1
    assert get_rules(world.operator) == changed
    again = change(world, version=1, due_days=14)
    assert again.rules == Rules(amber_days=2, red_days=5, idle_minutes=30, due_days=14)
    assert get_rules(world.manager) == again


@on_every_database
def test_the_trail_says_which_rule_was_changed_from_what_to_what(world: World) -> None:
    operation = uuid4()
    command = ChangeRules(version=0, due_days=10, red_days=8)
    first = change_rules(world.admin, command, operation)
    assert change_rules(world.admin, command, operation) == first, "the same operation happens once"
    with world.database.connect() as connection:
        (entry,) = connection.execute(
            sa.select(AuditEntry.__table__).where(AuditEntry.operation_id == str(operation))
        ).all()
    assert (entry.record_type, entry.action, entry.record_id) == ("setting", "change", "rules")
    assert (entry.old, entry.new) == ({"due_days": 7}, {"due_days": 10})
    assert prove(world.database).problems == ()


def test_changing_nothing_leaves_no_trace(world: World) -> None:
    assert change(world, due_days=7).version == 0
    with world.database.connect() as connection:
        assert connection.execute(sa.select(Setting.version).where(Setting.name == RULES_ROW)).first() is None


def test_only_administrators_change_them(world: World) -> None:
    for who in (world.operator, world.manager):
        with pytest.raises(Forbidden):
            change_rules(who, ChangeRules(version=0, due_days=0))
    assert get_rules(world.operator).version == 0


@pytest.mark.parametrize(
    ("rules", "field", "words"),
    [
        ({"due_days": 0}, "due_days", "from 1 to 365"),
        ({"due_days": 366}, "due_days", "from 1 to 365"),
        ({"due_days": 7.5}, "due_days", "whole number"),
        ({"due_days": "7"}, "due_days", "whole number"),
        ({"due_days": True}, "due_days", "whole number"),
        ({"due_days": None}, "due_days", "is missing"),
        ({"back_date_days": 0}, "back_date_days", "from 1 to 365"),
        ({"idle_minutes": 0}, "idle_minutes", "from 1 to 480"),
        ({"idle_minutes": 10**30}, "idle_minutes", "from 1 to 480"),
        ({"amber_days": 8}, "amber_days", "before red: earlier than 8 days"),
        ({"amber_days": 9}, "amber_days", "before red: earlier than 8 days"),
        ({"red_days": 4}, "red_days", "after amber: later than 4 days"),
        ({"amber_days": 10, "red_days": 10}, "red_days", "after amber: later than 10 days"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(world: World, rules: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        change(world, **rules)
    (error,) = refused.value.errors
    assert error.field == field
    assert words in error.message
    assert get_rules(world.operator).rules == Rules()


def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    with pytest.raises(ValidationFailed) as refused:
        change_rules(world.admin, ChangeRules(version="1", due_days=0, idle_minutes=481))  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == ["due_days", "idle_minutes", "version"]


def test_every_rule_has_its_bounds_and_its_default_lies_within() -> None:
    assert set(BOUNDS) == {field.name for field in fields(Rules)}
    assert {field.name for field in fields(ChangeRules)} == {*BOUNDS, "version"}
    for name, value in Rules().as_dict().items():
        least, most, _ = BOUNDS[name]
        assert least <= value <= most


@on_every_database
def test_the_second_of_two_is_shown_what_the_first_left(world: World) -> None:
    first = change(world, due_days=10)
    with pytest.raises(StaleVersion) as refused:
        change(world, due_days=12, idle_minutes=5)
    assert refused.value.current == first
    assert get_rules(world.operator) == first


@on_every_database
def test_of_several_who_are_the_first_at_once_one_is(world: World) -> None:
    start, answers = threading.Barrier(4), []

    def one(days: int) -> None:
        start.wait(20)
        try:
            change(world, due_days=days)
            answers.append("changed")
        except StaleVersion:
            answers.append("stale")

    threads = [threading.Thread(target=one, args=(days,)) for days in range(20, 24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == ["changed", "stale", "stale", "stale"]
    assert get_rules(world.operator).version == 1


def test_rules_of_a_newer_coresafe_stay(world: World) -> None:
    with world.database.writing() as connection:
        row = {"name": RULES_ROW, "value": {"moon_days": 28, "due_days": 9}, "version": 3}
        connection.execute(sa.insert(Setting.__table__).values(**row, updated_at=datetime.now(UTC)))
    assert get_rules(world.operator).rules == Rules(due_days=9)
    change(world, version=3, red_days=9)
    with world.database.connect() as connection:
        stored = connection.execute(sa.select(Setting.value).where(Setting.name == RULES_ROW)).scalar_one()
    assert stored == {"moon_days": 28, **Rules(due_days=9, red_days=9).as_dict()}


# -- they hold --------------------------------------------------------------------------------------------------------


def test_a_new_dispatch_is_due_by_the_rule_and_an_old_one_stays(world: World) -> None:
    before = world.dispatch(hq=1)
    change(world, due_days=10)
    after = world.dispatch(hq=1)
    assert after.due_at - after.dispatched_at == timedelta(days=10)
    assert before.due_at - before.dispatched_at == timedelta(days=7)


def test_how_old_an_entry_may_be_follows_the_rule(world: World) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    assert world.dispatch(hq=1, dispatched_at=old).dispatched_at == old
    change(world, back_date_days=2)
    with pytest.raises(Forbidden, match="more than 2 days ago"):
        world.dispatch(hq=1, dispatched_at=old)


@on_every_database
def test_windows_are_told_and_read_rules_and_sheds_together(world: World) -> None:
    mark = feed.Mark()
    feed.poll(world.operator, mark)
    change(world, amber_days=1)
    assert "settings" in feed.poll(world.operator, mark).kinds
    found = read_installation(world.operator)
    assert found.rules == Rules(amber_days=1)
    mine = next(shed for shed in found.sheds if shed.id == world.shed_id)
    assert found.sheds[0].id == min(shed.id for shed in found.sheds)
    assert mine.time_zone


def test_a_shed_that_is_not_in_use_is_not_among_them(world: World) -> None:
    shed = add_shed(world.admin, AddShed(name=f"Old {world.shed_id}", code=f"O{world.shed_id}"))
    assert shed.id in {row.id for row in read_installation(world.operator).sheds}
    change_shed(world.admin, ChangeShed(shed_id=shed.id, version=shed.version, is_active=False))
    assert shed.id not in {row.id for row in read_installation(world.operator).sheds}
