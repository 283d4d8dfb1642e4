"""Reconciliation: both sides of the control totals, what is out, accounts and discrepancies, now and at any past moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, reconcile
from tests.histories import ZONES, History, add_shed
from tests.recount import Books, check
from tests.services.kinds import on_every_database
from tests.worlds import World


def told(world: World, **asked: Any) -> Reconciliation:
    return reconcile(world.operator, ReconciliationQuery(**{"shed_id": world.shed_id, **asked}))


def some_moments(books: Books, dice: random.Random, n: int) -> Iterator[datetime]:
    """At movements, just beside them, at the turns of months, at any time."""
    ats = sorted({m.at for m in books.movements})
    for _ in range(n):
        at = dice.choice(ats)
        kind = dice.random()
        if kind < 0.4:
            yield at + timedelta(microseconds=dice.choice([-1, 0, 1]))
        elif kind < 0.7:
            yield at.replace(day=1, hour=dice.choice([0, 2, 10, 11, 12, 13, 14]), minute=0, second=0, microsecond=0)
        else:
            yield at + timedelta(hours=dice.uniform(-50, 50))


@pytest.mark.timeout(600)
@on_every_database
def test_a_random_history_recounted_from_its_movements(proved: World) -> None:
    """Any period, of one shed or of all, equals what the raw movements say, to the last tray."""
    world = proved
    dice = random.Random(20261031)
    sheds = [world.shed_id, *(add_shed(world, zone) for zone in ZONES[:2])]
    history = History(world, sheds, dice)
    history.play(300)
    assert history.done > 150
    books = Books.read(world.database)
    now = datetime.now(UTC)
    moments = [moment for moment in some_moments(books, dice, 60) if moment < now]
    for since, until in zip(moments[::2], moments[1::2], strict=False):
        shed_id = dice.choice([*sheds, None])
        query = ReconciliationQuery(since=min(since, until), until=max(since, until), shed_id=shed_id)
        check(books, reconcile(world.operator, query), now=False)
    for shed_id in (*sheds, None):
        for start in (None, dice.choice(moments)):
            check(books, reconcile(world.operator, ReconciliationQuery(since=start, shed_id=shed_id)), now=True)
