"""Transfers with many hands at once: what leaves leaves once, and what arrives is received once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coresafe.models.enums import TransferStatus
from coresafe.services.transferring import VoidTransfer, get_transfer, void_transfer
from tests.crowds import at_once, tally
from tests.transfers import Pair, make_pair
from tests.worlds import Populations


@pytest.fixture(params=["mysql", "mariadb"])
def pair(request: pytest.FixtureRequest, populations: Populations) -> Iterator[Pair]:
    """Two sheds on each server; the ledger is proved at the end."""
    made = make_pair(populations.of(request.param))
    yield made
    made.here.settle()


def test_eight_receive_one_transfer_at_the_same_instant(pair: Pair) -> None:
    sent = pair.send(hq=20, nq=5)
    outcomes = at_once([lambda: pair.receive(sent, hq=20, nq=5)] * 8)
    assert tally(outcomes) == {"done": 1, "AlreadyReturned": 7}
    row = get_transfer(pair.operator, sent.id)
    assert (row.status, len(row.entries), pair.there.stock().available) == (TransferStatus.ARRIVED, 1, 70)


def test_partial_receipts_at_once_come_to_what_was_sent(pair: Pair) -> None:
    sent = pair.send(hq=20)
    outcomes = at_once([lambda: pair.receive(sent, hq=3)] * 8)
    assert tally(outcomes) == {"done": 6, "OverReturn": 2}
    assert get_transfer(pair.operator, sent.id).in_transit == 2


def test_the_last_trays_are_sent_or_dispatched_but_not_both(pair: Pair) -> None:
    outcomes = at_once([lambda: pair.send(hq=10), lambda: pair.here.dispatch(hq=10)] * 8)
    assert tally(outcomes) == {"done": 5, "InsufficientStock": 11}
    row = pair.here.stock()
    assert (row.available, row.outstanding + row.in_transit) == (0, 50)


def test_two_sheds_send_to_each_other_at_once(pair: Pair) -> None:
    outcomes = at_once([lambda: pair.send(hq=2, nq=1), lambda: pair.turned.send(hq=1, nq=2)] * 6)
    assert tally(outcomes) == {"done": 12}
    assert (pair.here.stock().in_transit, pair.there.stock().in_transit) == (12, 6)
    assert len({outcome.answer.number for outcome in outcomes}) == 12


def test_a_transfer_is_received_or_voided_but_not_both(pair: Pair) -> None:
    for _ in range(5):
        sent = pair.send(hq=4)
        void = VoidTransfer(transfer_id=sent.id, reason="never left")
        outcomes = at_once([lambda s=sent: pair.receive(s, hq=4), lambda v=void: void_transfer(pair.manager, v)])  # type: ignore[misc]
        assert tally(outcomes) == {"done": 1, "WrongState": 1}
