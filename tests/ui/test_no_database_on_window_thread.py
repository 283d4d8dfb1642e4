"""No call to the database ever runs on the window's thread: one that did would raise, and none does."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event

from coresafe.errors import Bug
from coresafe.services.inventory import StockQuery, stock
from coresafe.ui.returning import ReturnForm
from tests.ui.desk import Desk


def test_a_call_on_the_windows_thread_is_a_bug_and_raises(desk: Desk) -> None:
    with pytest.raises(Bug, match="window's thread"):
        stock(desk.context, StockQuery())


def test_a_dispatch_and_its_return_make_none(desk: Desk) -> None:
    threads: set[int] = set()
    statements: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        threads.add(threading.get_ident())
        statements.append(statement)

    event.listen(desk.database.engine, "before_cursor_execute", look)
    form = desk.fill_dispatch(hq=4)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    sent = desk.dispatches._current
    assert sent is not None and sent.outstanding == 4
    desk.do("dispatch.return")
    desk.until(lambda: isinstance(desk.dispatches.form, ReturnForm))
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    assert desk.dispatches._current is not None and desk.dispatches._current.status == "closed"
    desk.do("go.inventory")
    desk.settle()
    desk.until(lambda: bool(desk.inventory.stock.rows))
    assert not form.dirty
    assert len(statements) > 20
    assert threading.get_ident() not in threads
    desk.prove()
