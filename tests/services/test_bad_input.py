"""Bad input: each names its field, and nothing at all is written."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.errors import (
    Forbidden,
    InsufficientStock,
    NotFound,
    OperationIdReused,
    OverReturn,
    StaleVersion,
    Unauthenticated,
    ValidationFailed,
)
from coresafe.models.enums import Role
from coresafe.services.context import Context
from coresafe.services.dispatching import (
    AmendDispatch,
    ExtendDispatch,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    dispatch_trays,
    extend_dispatch,
    void_dispatch,
)
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.listing import Query
from coresafe.services.returning import LostLine, ResolveLost, ReturnedLine, resolve_lost, take_return
from coresafe.services.users import ChangeUser, change_user, list_users
from tests.services.kinds import on_every_database
from tests.worlds import World, a_user, balances, row_counts

NOT_A_NUMBER_OF_TRAYS = [
    0,
    -1,
    -(2**31),
    1.5,
    1.0,
    "5",
    True,
    None,
    2**31,
    2**63,
    10**30,
    -(10**30),
    float("nan"),
    1_000_001,
]
BROKEN_TEXTS = {
    "nul": "Ko\0fi",
    "lone surrogate": "Ko\ud800fi",
    "far too long": "K" * 100_000,
    "control": "Ko\x1bfi",
    "line break": "Ko\nfi",
    "not text": 7,
}
KEPT_TEXTS = [
    "\U0001faa8 Kofi \U0001f469\U0001f3fe\u200d\U0001f52c",
    "\u0643\u0648\u0641\u064a \u0623\u0646\u0627\u0646",
    "\u202eKofi",
    '=HYPERLINK("http://x")',
    "+1",
    "@cmd",
    "'; DROP TABLE users; --",
    "K" * 120,
]


def refused(world: World, call: Callable[[], Any], error: type[Exception] = ValidationFailed) -> list[str]:
    """The fields a refusal names; every table and balance must be as before."""
    rows, before = row_counts(world.database), balances(world.database)
    with pytest.raises(error) as caught:
        call()
    assert row_counts(world.database) == rows
    assert balances(world.database) == before
    assert caught.value.message.endswith((".", "?"))  # type: ignore[attr-defined]
    return [found.field for found in getattr(caught.value, "errors", ())]


def one_line(world: World, quantity: Any, size: Any = "HQ") -> Any:
    return replace(world.wanted(), lines=[WantedLine(tray_size=size, quantity=quantity)])


@pytest.mark.parametrize("quantity", NOT_A_NUMBER_OF_TRAYS, ids=repr)
def test_quantities_that_cannot_be_dispatched(proved: World, quantity: Any) -> None:
    fields = refused(proved, lambda: dispatch_trays(proved.operator, one_line(proved, quantity)))
    assert fields == ["lines[0].quantity"]


@pytest.mark.parametrize("quantity", [q for q in NOT_A_NUMBER_OF_TRAYS if q != 0 and q is not None], ids=repr)
@pytest.mark.parametrize("part", ["good", "surplus"])
def test_quantities_that_cannot_be_returned(proved: World, part: str, quantity: Any) -> None:
    sent = proved.dispatch(hq=5)
    command = proved.returned(sent, hq={part: quantity})
    assert refused(proved, lambda: take_return(proved.operator, command)) == [f"lines[0].{part}"]


@pytest.mark.parametrize("quantity", NOT_A_NUMBER_OF_TRAYS, ids=repr)
def test_quantities_that_cannot_be_lost(proved: World, quantity: Any) -> None:
    sent = proved.dispatch(hq=5)
    command = ResolveLost(dispatch_id=sent.id, lines=[LostLine(tray_size="HQ", quantity=quantity)], reason="x")
    assert refused(proved, lambda: resolve_lost(proved.manager, command)) == ["lines[0].quantity"]


@pytest.mark.parametrize("quantity", [q for q in NOT_A_NUMBER_OF_TRAYS if q != 0], ids=repr)
def test_quantities_that_cannot_be_a_base(proved: World, quantity: Any) -> None:
    command = SetBase(tray_size="HQ", base_quantity=quantity, reason="x", shed_id=proved.shed_id)
    assert refused(proved, lambda: set_base(proved.manager, command)) == ["base_quantity"]


@on_every_database
def test_more_than_available_and_more_than_out(proved: World) -> None:
    world = proved
    sent = world.dispatch(hq=5)
    refused(world, lambda: world.dispatch(hq=46), InsufficientStock)
    refused(world, lambda: world.dispatch(hq=1_000_000, nq=1), InsufficientStock)
    refused(world, lambda: world.give_back(sent, hq=6), OverReturn)
    refused(world, lambda: world.lose(sent, hq=6), OverReturn)


@pytest.mark.parametrize(
    "size", ["XQ", "PQ3", "", "  ", None, 5, "HQ\0", "H\ud800Q", "Q" * 100_000, "%", "HQ' --"], ids=ascii
)
def test_sizes_that_are_not_in_use(proved: World, size: Any) -> None:
    assert refused(proved, lambda: dispatch_trays(proved.operator, one_line(proved, 1, size))) == ["lines[0].tray_size"]
    sent = proved.dispatch(hq=1)
    command = replace(proved.returned(sent), lines=[ReturnedLine(tray_size=size, good=1)])
    assert refused(proved, lambda: take_return(proved.operator, command)) == ["lines[0].tray_size"]


def test_sizes_are_known_without_case_and_blanks(proved: World) -> None:
    row = dispatch_trays(proved.operator, one_line(proved, 2, " hq\t"))
    assert row.lines[0].tray_size == "HQ"


def test_lines_that_make_no_sense(proved: World) -> None:
    world = proved
    line = WantedLine(tray_size="HQ", quantity=1)
    for lines in ([], None, "HQ", [line] * 51):
        command = replace(world.wanted(), lines=lines)  # type: ignore[arg-type]
        assert refused(world, lambda command=command: dispatch_trays(world.operator, command)) == ["lines"]  # type: ignore[misc]
    command = replace(world.wanted(), lines=[line, WantedLine(tray_size="hq", quantity=2)])
    assert refused(world, lambda: dispatch_trays(world.operator, command)) == ["lines[1].tray_size"]
    command = replace(world.wanted(), lines=[replace(line, contents="gold")])
    assert refused(world, lambda: dispatch_trays(world.operator, command)) == ["lines[0].contents"]


def test_references_that_do_not_fit_together(proved: World) -> None:
    world = proved
    for changes, field in (
        ({"drillhole_id": world.other_hole_id}, "drillhole_id"),
        ({"project_id": world.other_project_id}, "project_id"),
        ({"company_id": 10**9}, "company_id"),
        ({"project_id": -1}, "project_id"),
        ({"drillhole_id": 2**70}, "drillhole_id"),
        ({"shed_id": 10**9}, "shed_id"),
        ({"shed_id": "1"}, "shed_id"),
        ({"company_id": None}, "company_id"),
        ({"sample_type": "soup"}, "sample_type"),
        ({"samples_collected": -1}, "samples_collected"),
        ({"samples_collected": 2**31}, "samples_collected"),
    ):
        fields = refused(world, lambda changes=changes: world.dispatch(hq=1, **changes))  # type: ignore[misc]
        assert field in fields, (changes, fields)


def test_every_wrong_field_is_named_at_once(proved: World) -> None:
    command = replace(
        one_line(proved, -1, "XQ"), driver=" ", technician="", vehicle="V" * 61, company_id=0, dispatched_at="today"
    )
    fields = refused(proved, lambda: dispatch_trays(proved.operator, command))
    assert set(fields) == {
        "driver", "technician", "vehicle", "company_id", "dispatched_at", "lines[0].quantity", "lines[0].tray_size",
    }  # fmt: skip


def test_moments_that_cannot_be(proved: World) -> None:
    world = proved
    now = datetime.now(UTC)
    wrong = [
        now + timedelta(minutes=3),
        now.replace(tzinfo=None),
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        "2026-01-01",
        5,
    ]
    for moment in wrong:
        fields = refused(world, lambda moment=moment: world.dispatch(hq=1, dispatched_at=moment))  # type: ignore[misc]
        assert fields == ["dispatched_at"], moment
    for moment in (now - timedelta(days=1), datetime.max.replace(tzinfo=UTC)):
        assert refused(world, lambda moment=moment: world.dispatch(hq=1, due_at=moment)) == ["due_at"]  # type: ignore[misc]
    sent = world.dispatch(hq=1, dispatched_at=now - timedelta(days=2))
    before = now - timedelta(days=3)
    assert refused(world, lambda: world.give_back(sent, hq=1, returned_at=before)) == ["returned_at"]
    assert refused(
        world, lambda: extend_dispatch(world.manager, ExtendDispatch(dispatch_id=sent.id, due_at=before, reason="x"))
    ) == ["due_at"]


def test_too_old_without_the_right_or_the_reason(proved: World) -> None:
    world = proved
    old = datetime.now(UTC) - timedelta(days=8)
    refused(world, lambda: world.dispatch(hq=1, dispatched_at=old, reason="paper"), Forbidden)
    assert refused(world, lambda: world.dispatch(who=world.manager, hq=1, dispatched_at=old)) == ["reason"]
    sent = world.dispatch(who=world.manager, hq=2, dispatched_at=old, reason="paper")
    later = old + timedelta(hours=1)
    refused(world, lambda: world.give_back(sent, hq=1, returned_at=later, reason="paper"), Forbidden)
    assert refused(world, lambda: world.give_back(sent, who=world.manager, hq=1, returned_at=later)) == ["reason"]
    row = world.give_back(sent, who=world.manager, hq=1, returned_at=later, reason="paper")
    assert row.returns[0].returned_at == later


def test_malformed_is_told_before_the_missing_right(proved: World) -> None:
    old = datetime.now(UTC) - timedelta(days=8)
    assert refused(proved, lambda: proved.dispatch(hq=1, driver="", dispatched_at=old)) == ["driver"]


@on_every_database
def test_stale_version_and_the_same_operation_id(proved: World) -> None:
    world = proved
    op = uuid.uuid4()
    sent = world.dispatch(hq=5, op=op)
    world.give_back(sent, hq=1)
    refused(world, lambda: world.give_back(sent, hq=1, version=1), StaleVersion)
    refused(
        world,
        lambda: amend_dispatch(world.manager, AmendDispatch(dispatch_id=sent.id, version=1, driver="x")),
        StaleVersion,
    )
    rows = row_counts(world.database)
    assert world.dispatch(hq=5, op=op) == sent
    assert row_counts(world.database) == rows
    refused(world, lambda: world.dispatch(hq=6, op=op), OperationIdReused)
    for wrong in ("", "not a uuid", 5):
        assert refused(world, lambda wrong=wrong: world.dispatch(hq=1, op=wrong)) == ["operation_id"]  # type: ignore[misc]


@on_every_database
def test_a_user_switched_off_in_mid_work_is_out_at_once(proved: World) -> None:
    world = proved
    ctx: Context = a_user(world.admin)
    sent = world.dispatch(who=ctx, hq=5)
    row = next(r for r in list_users(world.admin, Query(q=ctx.actor.username)).items)
    change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, is_active=False))
    refused(world, lambda: world.dispatch(who=ctx, hq=1), Unauthenticated)
    refused(world, lambda: world.give_back(sent, hq=1, who=ctx), Unauthenticated)


def test_a_user_who_lost_his_role_in_mid_work_is_asked_to_sign_in_again(proved: World) -> None:
    world = proved
    ctx = a_user(world.admin, Role.MANAGER)
    sent = world.dispatch(who=ctx, hq=5)
    row = next(r for r in list_users(world.admin, Query(q=ctx.actor.username)).items)
    change_user(world.admin, ChangeUser(user_id=row.id, version=row.version, role=Role.OPERATOR))
    refused(world, lambda: void_dispatch(ctx, VoidDispatch(dispatch_id=sent.id, reason="x")), Unauthenticated)


@pytest.mark.parametrize("text", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_texts_that_cannot_be_kept(proved: World, text: Any) -> None:
    world = proved
    sent = world.dispatch(hq=1)
    for field in ("driver", "technician", "vehicle", "destination"):
        assert refused(world, lambda field=field: world.dispatch(hq=1, **{field: text})) == [field]  # type: ignore[misc]
    for field in ("driver", "technician"):
        assert refused(world, lambda field=field: world.give_back(sent, hq=1, **{field: text})) == [field]  # type: ignore[misc]
    if text != BROKEN_TEXTS["line break"]:
        assert refused(world, lambda: world.dispatch(hq=1, notes=text)) == ["notes"]
        assert refused(world, lambda: world.give_back(sent, hq=1, condition_notes=text)) == ["condition_notes"]
        command = VoidDispatch(dispatch_id=sent.id, reason=text)
        assert refused(world, lambda: void_dispatch(world.manager, command)) == ["reason"]


@on_every_database
def test_texts_that_are_kept_as_they_are(proved: World) -> None:
    world = proved
    for text in KEPT_TEXTS:
        sent = world.dispatch(hq=1, driver=text, notes=f"{text}\n\t{text}"[:4000])
        read = world.read(sent)
        assert (read.driver, read.notes) == (text, f"{text}\n\t{text}")
        back = world.give_back(sent, hq=1, technician=text)
        assert world.read(sent).returns == back.returns
        assert back.returns[0].technician == text


def test_the_same_text_in_two_encodings_is_kept_once(proved: World) -> None:
    sent = proved.dispatch(hq=1, driver="  Jose\u0301  ")
    assert proved.read(sent).driver == "Jos\u00e9"


@pytest.mark.parametrize("wrong", [0, -1, 10**9, 2**63, 10**30, "1", None, 1.5])
def test_a_return_of_no_dispatch(proved: World, wrong: Any) -> None:
    command = replace(proved.returned(1, hq=1), dispatch_id=wrong)
    refused(proved, lambda: take_return(proved.operator, command), NotFound)
