"""Transfers between sheds: what leaves belongs to the sender until the other shed says that it arrived."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.errors import (
    AlreadyReturned,
    Forbidden,
    InsufficientStock,
    InUse,
    NotFound,
    OverReturn,
    PeriodClosed,
    StaleVersion,
    ValidationFailed,
    WrongState,
)
from coresafe.models import Balance, Movement, Transfer, TransferLine
from coresafe.models.enums import Contents, TransferEntryKind, TransferStatus
from coresafe.services.audit_trail import list_audit
from coresafe.services.dispatching import WantedLine
from coresafe.services.feed import Mark, poll
from coresafe.services.listing import Query
from coresafe.services.months import CloseMonth, MonthQuery, close_month, hindrances, month_before
from coresafe.services.reconciliation import ControlTotal, ReconciliationQuery, reconcile
from coresafe.services.sheds import AddShed, ChangeShed, add_shed, change_shed
from coresafe.services.transferring import (
    VoidEntry,
    VoidTransfer,
    count_transfers,
    find_transfer,
    get_transfer,
    list_transfers,
    proof,
    void_transfer,
    void_transfer_entry,
)
from tests.services.kinds import on_every_database
from tests.transfers import Pair, make_pair
from tests.worlds import People, balances, row_counts


@pytest.fixture
def pair(people: People) -> Iterator[Pair]:
    """Two sheds with trays; the ledger is proved at the end."""
    made = make_pair(people)
    yield made
    made.here.settle()


@on_every_database
def test_what_was_sent_belongs_to_the_sender_until_it_arrives(pair: Pair) -> None:
    sent = pair.send(hq=12, nq=3)
    assert sent.number.startswith(f"T-{datetime.now(UTC).year}-")
    assert (sent.status, sent.quantity, sent.in_transit) == (TransferStatus.IN_TRANSIT, 15, 15)
    here = pair.here.stock()
    assert (here.available, here.in_transit, here.base) == (38, 12, 50)
    assert pair.there.stock().base == 50

    received = pair.receive(sent, hq=12, nq=3)
    assert (received.status, received.in_transit, received.discrepancy) == (TransferStatus.ARRIVED, 0, False)
    assert received.ended_at == received.entries[0].happened_at
    here, there = pair.here.stock(), pair.there.stock()
    assert (here.available, here.in_transit, here.base) == (38, 0, 38)
    assert (there.available, there.base) == (62, 62)
    assert get_transfer(pair.operator, sent.id) == received


@on_every_database
def test_the_receiving_shed_counts_what_really_arrived(pair: Pair) -> None:
    pair.here.move("fill", 6)
    sent = pair.send(WantedLine(tray_size="HQ", quantity=6, contents="core"), hq=10)
    one = pair.receive(sent, hq={"good": 7, "occupied": 5, "damaged": 1, "surplus": 2})
    assert (one.status, one.in_transit, one.discrepancy) == (TransferStatus.IN_TRANSIT, 3, True)
    there = pair.there.stock()
    assert (there.available, there.occupied, there.damaged, there.base) == (59, 5, 1, 65)
    assert pair.here.stock().in_transit == 3
    two = pair.receive(one, hq={"occupied": 1, "good": 2})
    assert (two.status, [entry.quantity for entry in two.entries]) == (TransferStatus.ARRIVED, [15, 3])
    by_contents = {line.contents: line for line in two.lines}
    assert by_contents[Contents.CORE].occupied == 6
    assert (by_contents[Contents.EMPTY].good, by_contents[Contents.EMPTY].damaged) == (9, 1)


@on_every_database
def test_what_never_arrived_is_the_senders_loss_once_a_manager_says_why(pair: Pair) -> None:
    sent = pair.receive(pair.send(hq=10), hq=8)
    with pytest.raises(Forbidden):
        pair.lose(sent, hq=2, who=pair.operator)
    lost = pair.lose(sent, hq=2, reason="the lorry burned out")
    assert (lost.status, lost.in_transit, lost.discrepancy, lost.lines[0].lost) == (TransferStatus.ARRIVED, 0, True, 2)
    assert (lost.entries[1].kind, lost.entries[1].reason) == (TransferEntryKind.LOSS, "the lorry burned out")
    here = pair.here.stock()
    assert (here.base, here.in_transit, here.lost) == (40, 0, 2)
    assert pair.there.stock().base == 58


@on_every_database
def test_more_than_is_there_is_refused_whole_and_names_each_size(pair: Pair) -> None:
    rows, before = row_counts(pair.here.database), balances(pair.here.database)
    with pytest.raises(InsufficientStock) as refused:
        pair.send(hq=51, nq=60)
    assert [(s.tray_size, s.requested, s.available) for s in refused.value.shortages] == [
        ("HQ", 51, 50),
        ("NQ", 60, 50),
    ]
    assert (row_counts(pair.here.database), balances(pair.here.database)) == (rows, before)


@on_every_database
def test_more_than_is_on_its_way_is_refused_unless_it_is_called_surplus(pair: Pair) -> None:
    sent = pair.send(hq=5)
    with pytest.raises(OverReturn, match="6 HQ entered, 5 on their way"):
        pair.receive(sent, hq=6)
    with pytest.raises(OverReturn):
        pair.lose(sent, hq=6)
    full = pair.receive(sent, hq={"good": 5, "surplus": 1})
    with pytest.raises(AlreadyReturned, match="has arrived"):
        pair.receive(full, hq=1, version=sent.version)  # even where the form is old
    with pytest.raises(AlreadyReturned):
        pair.lose(full, hq=1)
    assert pair.receive(full, hq={"surplus": 2}).lines[0].surplus == 3
    assert pair.there.stock().base == 58


@on_every_database
def test_a_void_gives_the_trays_back_while_nothing_was_received(pair: Pair) -> None:
    sent = pair.send(hq=10)
    with pytest.raises(Forbidden):
        void_transfer(pair.operator, VoidTransfer(transfer_id=sent.id, reason="never left"))
    part = pair.receive(sent, hq=1)
    with pytest.raises(WrongState, match="Void those first"):
        void_transfer(pair.manager, VoidTransfer(transfer_id=sent.id, reason="never left"))
    pair.void_entry(part)
    voided = void_transfer(pair.manager, VoidTransfer(transfer_id=sent.id, reason="never left"))
    assert (voided.status, voided.in_transit, voided.void_reason) == (TransferStatus.VOIDED, 0, "never left")
    assert voided.lines[0].in_transit == 0 and voided.lines[0].quantity == 10
    assert pair.here.stock().available == 50 and pair.there.stock().base == 50
    assert get_transfer(pair.operator, sent.id) == voided
    for again in (lambda: pair.receive(sent, hq=1), lambda: pair.lose(sent, hq=1)):
        with pytest.raises(WrongState, match="was voided"):
            again()
    with pytest.raises(WrongState):
        void_transfer(pair.manager, VoidTransfer(transfer_id=sent.id, reason="again"))


@on_every_database
def test_a_receipt_is_taken_back_unless_its_trays_have_gone_again(pair: Pair) -> None:
    received = pair.receive(pair.send(hq=10), hq={"good": 8, "surplus": 1})
    out = pair.there.dispatch(hq=55)
    with pytest.raises(InsufficientStock):
        pair.void_entry(received)
    pair.there.give_back(out, hq=55)
    back = pair.void_entry(received)
    assert (back.status, back.in_transit, back.discrepancy, back.standing_entries) == (
        TransferStatus.IN_TRANSIT, 10, False, (),
    )  # fmt: skip
    assert pair.there.stock().base == 50 and pair.here.stock().in_transit == 10
    with pytest.raises(WrongState, match="voided already"):
        pair.void_entry(received, version=back.version)


@on_every_database
def test_a_loss_taken_back_is_on_its_way_again_and_can_still_arrive(pair: Pair) -> None:
    lost = pair.lose(pair.send(hq=4), hq=4)
    again = pair.void_entry(lost)
    assert (again.in_transit, pair.here.stock().lost) == (4, 0)
    assert pair.receive(again, hq=4).status is TransferStatus.ARRIVED
    assert pair.there.stock().available == 54


def test_nothing_arrives_before_it_was_sent_or_in_the_future(pair: Pair) -> None:
    sent = pair.send(hq=2)
    for at, words in ((sent.sent_at - timedelta(hours=1), "before they were sent"), (_later(1), "future")):
        with pytest.raises(ValidationFailed, match=words) as refused:
            pair.receive(sent, hq=2, received_at=at)
        assert [error.field for error in refused.value.errors] == ["received_at"]


def _later(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_what_happened_long_ago_is_for_a_manager_with_a_reason(pair: Pair) -> None:
    old: dict[str, Any] = {"sent_at": _later(-9)}
    with pytest.raises(Forbidden, match="more than 7 days ago"):
        pair.send(hq=1, **old)
    with pytest.raises(ValidationFailed):
        pair.send(hq=1, who=pair.manager, **old)
    sent = pair.send(hq=1, who=pair.manager, reason="found the note", **old)
    assert sent.days in (9, 10)
    with pytest.raises(Forbidden):
        pair.receive(sent, hq=1, received_at=_later(-8))
    pair.receive(sent, hq=1, received_at=_later(-8), who=pair.manager, reason="found the note")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"to_shed_id": None}, ["to_shed_id"]),
        ({"to_shed_id": 2**62}, ["to_shed_id"]),
        ({"shed_id": 2**62}, ["shed_id"]),
        ({"driver": " ", "technician": None}, ["driver", "technician"]),
        ({"lines": []}, ["lines"]),
        ({"lines": [WantedLine(tray_size="HQ", quantity=0)]}, ["lines[0].quantity"]),
        ({"lines": [WantedLine(tray_size="XX", quantity=1)]}, ["lines[0].tray_size"]),
        ({"lines": [WantedLine(tray_size="HQ", quantity=1)] * 2}, ["lines[1].tray_size"]),
        ({"sent_at": "yesterday"}, ["sent_at"]),
        ({"vehicle": "x" * 61}, ["vehicle"]),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(pair: Pair, changes: dict[str, Any], fields: list[str]) -> None:
    rows = row_counts(pair.here.database)
    with pytest.raises(ValidationFailed) as refused:
        pair.send(hq=1, **changes)
    assert [error.field for error in refused.value.errors] == fields
    assert row_counts(pair.here.database) == rows


def test_trays_go_to_another_shed(pair: Pair) -> None:
    with pytest.raises(ValidationFailed, match="already"):
        pair.send(hq=1, to_shed_id=pair.here.shed_id)


def test_a_receipt_says_what_arrived_and_of_what_was_sent(pair: Pair) -> None:
    sent = pair.send(hq=2)
    for changes, field in (
        ({"hq": 0}, "lines"),
        ({"nq": 1}, "lines[0].tray_size"),
        ({"hq": -1}, "lines[0].good"),
        ({"hq": 1, "technician": ""}, "technician"),
    ):
        with pytest.raises(ValidationFailed) as refused:
            pair.receive(sent, **changes)
        assert [error.field for error in refused.value.errors] == [field]
    with pytest.raises(NotFound):
        pair.receive(2**62, hq=1)


def test_a_closed_month_of_either_shed_takes_no_transfer(pair: Pair) -> None:
    now = datetime.now(UTC)
    last, then = month_before(now.year * 100 + now.month), now - timedelta(days=now.day + 3)
    old: dict[str, Any] = {"sent_at": then, "who": pair.manager, "reason": "found the note", "hq": 1}
    waiting = pair.send(**old)
    assert [h.number for h in hindrances(pair.operator, MonthQuery(shed_id=pair.there.shed_id, month=last))] == [
        waiting.number
    ]
    with pytest.raises(WrongState, match=waiting.number):
        close_month(pair.manager, CloseMonth(shed_id=pair.here.shed_id, month=last))
    pair.receive(waiting, hq=1)
    for closed in (pair.there, pair.here):
        close_month(pair.manager, CloseMonth(shed_id=closed.shed_id, month=last))
        with pytest.raises(PeriodClosed):
            pair.send(**old)


def test_an_old_form_is_refused_and_shown_what_stands_now(pair: Pair) -> None:
    sent = pair.send(hq=10)
    now = pair.receive(sent, hq=4, version=sent.version)
    for stale in (
        lambda: pair.receive(sent, hq=2, version=sent.version),
        lambda: pair.lose(sent, hq=2, version=sent.version),
        lambda: pair.void_entry(now, version=sent.version),
    ):
        with pytest.raises(StaleVersion) as refused:
            stale()
        assert refused.value.current == now


def test_sending_twice_with_one_operation_id_sends_once(pair: Pair) -> None:
    op = uuid.uuid4()
    assert pair.send(hq=5, op=op) == pair.send(hq=5, op=op)
    assert pair.here.stock().in_transit == 5


@on_every_database
def test_the_list_is_filtered_by_either_end_and_what_is_open(pair: Pair) -> None:
    there, back = pair.send(hq=3), pair.turned.send(nq=2)
    pair.receive(there, hq=3)

    def numbers(q: str = "", sort: str = "number", **filters: object) -> list[str]:
        asked = Query(filters={"shed_id": pair.here.shed_id, **filters}, q=q, sort=sort, total=True)
        page = list_transfers(pair.operator, asked)
        assert page.total == len(page.items) == count_transfers(pair.operator, asked)
        return [row.number for row in page.items]

    assert numbers() == [there.number, back.number]
    assert numbers(open=True) == [back.number]
    assert numbers(open=False) == [there.number]
    assert numbers(from_shed_id=pair.here.shed_id) == [there.number]
    assert numbers(to_shed_id=pair.here.shed_id) == [back.number]
    assert numbers(q=there.number.lower()) == [there.number]
    assert numbers(q=back.number[-6:]) == [back.number]
    assert numbers(q="kwame") == [there.number, back.number]
    assert numbers(sort="-sent_at") == [back.number, there.number]
    assert find_transfer(pair.operator, there.number.lower()).id == there.id
    for missing in ("T-1999-000001", "", 5):
        with pytest.raises(NotFound):
            find_transfer(pair.operator, missing)  # type: ignore[arg-type]


def test_pages_follow_one_another_without_a_gap(pair: Pair) -> None:
    sent = [pair.send(hq=1).number for _ in range(5)]
    mine: dict[str, object] = {"shed_id": pair.here.shed_id}
    read: list[str] = []
    cursor = None
    for _ in range(3):
        page = list_transfers(pair.operator, Query(filters=mine, sort="number", limit=2, cursor=cursor))
        read += [row.number for row in page.items]
        cursor = page.next_cursor
    assert (read, cursor) == (sent, None)


def test_every_step_is_in_the_trail_and_told_to_other_windows(pair: Pair) -> None:
    mark = Mark()
    poll(pair.operator, mark)
    sent = pair.send(hq=5)
    lost = pair.lose(pair.receive(sent, hq=4), hq=1)
    void_transfer_entry(pair.manager, VoidEntry(transfer_id=sent.id, entry_id=lost.entries[0].id, reason="miscounted"))
    pair.void_entry(get_transfer(pair.operator, sent.id), index=1)
    void_transfer(pair.manager, VoidTransfer(transfer_id=sent.id, reason="never left"))
    news = poll(pair.operator, mark)
    assert {"transfers", "stock"} <= news.kinds and ("transfer", str(sent.id)) in news.records
    trail = list_audit(pair.here.admin, Query(filters={"record_type": "transfer", "record_id": str(sent.id)})).items
    assert [entry.action for entry in reversed(trail)] == [
        "send",
        "receive",
        "lose",
        "void_entry",
        "void_entry",
        "void",
    ]


def totals(pair: Pair, world: Any) -> ControlTotal:
    shown = reconcile(pair.operator, ReconciliationQuery(shed_id=world.shed_id))
    assert all(row.difference == 0 for row in shown.totals)
    return next(row for row in shown.totals if row.tray_size == "HQ")


@on_every_database
def test_reconciliation_shows_what_was_sent_received_lost_and_found(pair: Pair) -> None:
    sent = pair.receive(pair.send(hq=10), hq={"good": 6, "damaged": 1, "surplus": 2})
    pair.lose(sent, hq=2)
    here, there = totals(pair, pair.here), totals(pair, pair.there)
    assert (here.sent, here.lost, here.received, here.in_transit, here.closing_owned) == (7, 2, 0, 1, 41)
    assert (there.received, there.found, there.sent, there.closing_owned) == (7, 2, 0, 59)
    pair.void_entry(sent)
    here, there = totals(pair, pair.here), totals(pair, pair.there)
    assert (here.sent, here.lost, here.in_transit, here.closing_owned) == (0, 2, 8, 48)
    assert (there.received, there.found, there.closing_owned) == (0, 0, 50)


def test_a_shed_to_which_trays_are_on_their_way_stays_in_use(pair: Pair) -> None:
    new = add_shed(pair.here.admin, AddShed(name=f"Camp {pair.here.shed_id}", code=f"C{pair.here.shed_id}"))
    sent = pair.send(hq=1, to_shed_id=new.id)
    off = ChangeShed(shed_id=new.id, version=new.version, is_active=False)
    with pytest.raises(InUse, match="on their way"):
        change_shed(pair.here.admin, off)
    void_transfer(pair.manager, VoidTransfer(transfer_id=sent.id, reason="not there"))
    change_shed(pair.here.admin, off)
    with pytest.raises(ValidationFailed, match="not in use"):
        pair.send(hq=1, to_shed_id=new.id)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda one: sa.update(Transfer.__table__).where(Transfer.id == one).values(quantity=9), "header"),
        (lambda one: sa.update(TransferLine.__table__).where(TransferLine.transfer_id == one).values(good=5, in_transit=0),
         "do not add up"),
        (lambda one: sa.update(Movement.__table__).where(Movement.transfer_id == one).values(quantity=4), "movements say"),
        (lambda one: sa.update(Movement.__table__).where(Movement.transfer_id == one).values(transfer_id=None),
         "names none"),
        (lambda one: sa.update(Balance.__table__).where(Balance.state == "in_transit").values(quantity=77),
         "On their way and balance differ"),
    ],
)  # fmt: skip
def test_the_proof_names_what_does_not_fit(people: People, damage: Any, words: str) -> None:
    pair = make_pair(people)
    sent = pair.send(hq=5)
    database = pair.here.database
    with database.connect() as connection:
        database.begin_write(connection)
        connection.execute(damage(sent.id))
        try:
            assert any(words in problem for problem in proof.problems(connection)), words
        finally:
            connection.rollback()
    pair.here.settle()
