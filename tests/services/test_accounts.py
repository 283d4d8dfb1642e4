"""Companies' tray accounts: equal to the reconciliation to the last tray, with the entries behind every figure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from coresafe.services.accounts import (
    AccountQuery,
    AccountsQuery,
    Behind,
    Contribution,
    Figure,
    OverdueQuery,
    company_account,
    company_statement,
    count_contributions,
    list_accounts,
    list_contributions,
    list_overdue,
)
from coresafe.services.chasing import AddChase, add_chase
from coresafe.services.listing import Query
from coresafe.services.reconciliation import AccountRow, ReconciliationQuery, reconcile
from tests.histories import add_shed
from tests.services.kinds import on_every_database
from tests.services.test_bad_input import refused
from tests.services.test_reconciliation import Story, columns, tell
from tests.worlds import World, make_world


def asked(world: World, **changes: Any) -> AccountQuery:
    return AccountQuery(**{"company_id": world.company_id, "shed_id": world.shed_id, **changes})


def everything_behind(world: World, behind: Behind, limit: int = 500) -> list[Contribution]:
    """All pages of it."""
    found: list[Contribution] = []
    cursor = None
    while True:
        page = list_contributions(world.operator, behind, Query(limit=limit, cursor=cursor))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def periods(story: Story) -> list[dict[str, Any]]:
    """Whole, ended, of now, and cut in the middle of things."""
    now, day = story.now, timedelta(days=1)
    return [
        {"since": story.long_ago},
        {"since": story.long_ago, "until": now - 30 * day},
        {"since": now - 30 * day, "until": now - 12 * day},
        {"since": now - 12 * day},
        {"since": now - 5 * day, "until": now - 4 * day},
        {},
    ]


@on_every_database
def test_an_account_equals_the_reconciliation_and_what_is_behind_every_figure_to_the_last_tray(proved: World) -> None:
    story = tell(proved)
    world = story.world
    for period in periods(story):
        expected = [
            row
            for row in reconcile(world.operator, ReconciliationQuery(shed_id=world.shed_id, **period)).accounts
            if row.company_id == world.company_id
        ]
        account = company_account(world.operator, asked(world, **period))
        assert list(account.rows) == expected, period
        statement = company_statement(world.operator, asked(world, **period))
        assert statement.account.rows == account.rows
        for figure in Figure:
            for row in account.rows:
                behind = Behind(account=asked(world, **period), figure=figure, tray_size=row.tray_size)
                entries = everything_behind(world, behind, limit=2)
                assert sum(entry.quantity for entry in entries) == getattr(row, figure), (period, figure, row)
                assert count_contributions(world.operator, behind) == len(entries)
                lines = [line for line in statement.lines if line.tray_size == row.tray_size]
                assert sum(getattr(line, figure) for line in lines) == getattr(row, figure), (period, figure, row)
            every = everything_behind(world, Behind(account=asked(world, **period), figure=figure))
            assert sum(entry.quantity for entry in every) == getattr(account.sums, figure)


@on_every_database
def test_behind_a_figure_stands_which_entry_of_which_dispatch_when_and_how_many(proved: World) -> None:
    story = tell(proved)
    world = story.world
    whole = asked(world, since=story.long_ago)
    back = everything_behind(world, Behind(account=whole, figure="returned", tray_size="HQ"))
    assert [(entry.number, entry.quantity, entry.is_void) for entry in back] == [
        (story.reopened.number, -2, True),
        (story.reopened.number, 2, False),
        (story.spoiled.number, 1, False),
        (story.spoiled.number, 1, False),
        (story.spoiled.number, 5, False),
    ]
    assert back[-1].return_number == world.read(story.spoiled).returns[0].number
    assert (back[-1].driver, back[-1].user, back[-1].reason) == ("Yaw", "mary", "found the slip")
    lost = everything_behind(world, Behind(account=whole, figure="lost"))
    assert [(entry.number, entry.quantity, entry.reason) for entry in lost] == [
        (story.spoiled.number, 2, "washed away")
    ]
    closing = everything_behind(world, Behind(account=whole, figure="closing"))
    assert [(entry.number, entry.trays, entry.days_out) for entry in closing] == [
        (story.spoiled.number, (("HQ", 3), ("NQ", 2)), 40),
        (story.amended.number, (("HQ", 5),), 0),
        (story.reopened.number, (("HQ", 2),), 0),
    ]


@on_every_database
def test_all_accounts_of_a_period_are_listed_sorted_and_searched(proved: World) -> None:
    story = tell(proved)
    world = story.world
    question: dict[str, Any] = {"shed_id": world.shed_id, "since": story.long_ago}
    shown = list_accounts(world.operator, AccountsQuery(**question))
    ours = {row.id: row for row in shown.items}
    assert {row.id: row.rows for row in shown.items if row.rows} == {
        world.company_id: tuple(reconcile(world.operator, ReconciliationQuery(**question)).accounts)
    }
    mine = ours[world.company_id]
    assert (mine.sums.closing, mine.overdue_trays, mine.overdue_dispatches, mine.oldest_days) == (12, 5, 1, 40)
    assert ours[world.other_company_id].rows == ()
    assert shown.sums.closing == 12
    names = [row.company.casefold() for row in shown.items]
    assert names == sorted(names)
    largest = list_accounts(world.operator, AccountsQuery(**question, sort="-closing"))
    assert largest.items[0].id == world.company_id
    name = mine.company.upper()[-7:]
    assert [row.id for row in list_accounts(world.operator, AccountsQuery(**question, q=name)).items] == [
        world.company_id,
        world.other_company_id,
    ]
    late = list_accounts(world.operator, AccountsQuery(**question, overdue_only=True))
    assert [row.id for row in late.items] == [world.company_id]


def test_a_company_without_movements_has_an_empty_account(world: World) -> None:
    account = company_account(world.operator, asked(world, company_id=world.other_company_id))
    assert (account.rows, account.sums.closing, account.company[:7]) == ((), 0, "Bibiani")
    statement = company_statement(world.operator, asked(world, company_id=world.other_company_id))
    assert (statement.lines, statement.made_by) == ((), "otto")
    behind = Behind(account=asked(world, company_id=world.other_company_id), figure="out")
    assert list_contributions(world.operator, behind, Query(total=True)).total == 0


def test_what_is_wrong_with_a_question_is_named_at_its_field(world: World) -> None:
    today = datetime.now(UTC).date()
    tomorrow = today + timedelta(days=2)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"since": today, "until": today - timedelta(days=1)}, "to"),
        ({"since": tomorrow}, "from"),
        ({"until": tomorrow}, "to"),
        ({"since": "yesterday"}, "from"),
        ({"since": date(1800, 1, 1)}, "from"),
        ({"shed_id": 10**9}, "shed_id"),
        ({"shed_id": "1"}, "shed_id"),
        ({"company_id": 0}, "company_id"),
        ({"company_id": 2**70}, "company_id"),
        ({"company_id": None}, "company_id"),
        ({"company_id": "1"}, "company_id"),
    ]
    for changes, field in wrong:
        for use_case in (company_account, company_statement):
            fields = refused(world, lambda u=use_case, c=changes: u(world.operator, asked(world, **c)))  # type: ignore[misc]
            assert fields == [field], changes
        behind = Behind(account=asked(world, **changes), figure="out")
        assert refused(world, lambda b=behind: list_contributions(world.operator, b, Query())) == [field]  # type: ignore[misc]
        if field != "company_id":
            query = AccountsQuery(**changes)
            assert refused(world, lambda q=query: list_accounts(world.operator, q)) == [field]  # type: ignore[misc]
    assert refused(world, lambda: list_accounts(world.operator, AccountsQuery(sort="shoes"))) == ["sort"]
    behind = Behind(account=asked(world), figure="shoes")
    assert refused(world, lambda: count_contributions(world.operator, behind)) == ["figure"]
    assert refused(world, lambda: list_overdue(world.operator, OverdueQuery(shed_id=10**9))) == ["shed_id"]


@on_every_database
def test_what_is_overdue_is_grouped_by_company_with_totals_and_the_last_call(proved: World) -> None:
    world = proved
    old: dict[str, Any] = {"who": world.manager, "reason": "found the slip"}
    now = datetime.now(UTC)
    first = world.dispatch(hq=4, nq=3, dispatched_at=now - timedelta(days=20), **old)
    second = world.dispatch(hq=2, dispatched_at=now - timedelta(days=10), due_at=now - timedelta(days=1), **old)
    other = world.dispatch(
        nq=6, dispatched_at=now - timedelta(days=12), due_at=now - timedelta(days=5),
        company_id=world.other_company_id, project_id=world.other_project_id, **old,
    )  # fmt: skip
    world.dispatch(hq=1)
    world.give_back(first, hq=1, nq=3)
    add_chase(world.manager, AddChase(dispatch_id=second.id, called="Ama", note="No answer."))
    add_chase(world.manager, AddChase(dispatch_id=second.id, called="Kojo", note="Friday."))
    shown = list_overdue(world.operator, OverdueQuery(shed_id=world.shed_id))
    assert (shown.dispatches, shown.outstanding) == (3, 11)
    theirs, ours = shown.companies
    assert (theirs.company_id, theirs.trays, theirs.outstanding) == (world.other_company_id, (("NQ", 6),), 6)
    assert (ours.company_id, ours.trays, ours.outstanding) == (world.company_id, (("HQ", 5),), 5)
    assert [(row.number, row.days_out, row.days_overdue) for row in ours.rows] == [
        (first.number, 20, 13),
        (second.number, 10, 1),
    ]
    late = ours.rows[1]
    assert (late.chases, late.called, late.note, ours.rows[0].called) == (2, "Kojo", "Friday.", None)
    assert theirs.rows[0].number == other.number
    for query, numbers in (
        (OverdueQuery(shed_id=world.shed_id, company_id=world.company_id), {first.number, second.number}),
        (OverdueQuery(shed_id=world.shed_id, q=other.number.lower()), {other.number}),
        (OverdueQuery(shed_id=world.shed_id, q="no such thing"), set()),
    ):
        found = list_overdue(world.operator, query)
        assert {row.number for company in found.companies for row in company.rows} == numbers
    assert second.id in {row.id for each in list_overdue(world.operator, OverdueQuery()).companies for row in each.rows}


def test_the_account_of_all_sheds_is_the_sum_of_the_sheds(proved: World) -> None:
    world = proved
    elsewhere = make_world(world.people)
    for place, count in ((world, 3), (elsewhere, 4)):
        place.dispatch(hq=count, company_id=world.company_id, project_id=world.project_id)
    whole = company_account(world.operator, asked(world, shed_id=None))
    row: AccountRow = whole.rows[0]
    assert columns(row) == {"out": 7, "closing": 7}
    assert len(whole.sheds) > 1


@on_every_database
def test_days_out_are_counted_by_the_clock_of_the_shed_the_trays_left(proved: World) -> None:
    """Also in the list of all sheds together: the account and the list of what is overdue say the same."""
    world = proved
    far = add_shed(world, "Pacific/Tarawa")
    now = datetime.now(UTC)
    # It is twelve hours later there: of these two hours one is a day earlier or later by that calendar, as now stands.
    left = datetime.combine(now.date() - timedelta(days=20), time(1 if now.hour >= 12 else 23), UTC)
    for shed, days in ((far, 0), (world.shed_id, 5)):
        world.dispatch(
            hq=2, shed_id=shed, dispatched_at=left + timedelta(days=days), reason="found the slip", who=world.manager
        )
    for asked_for, trays in ((None, 4), (far, 2), (world.shed_id, 2)):
        late = list_overdue(world.operator, OverdueQuery(shed_id=asked_for, company_id=world.company_id)).companies[0]
        found = list_accounts(world.operator, AccountsQuery(shed_id=asked_for)).items
        (mine,) = [row for row in found if row.id == world.company_id]
        assert mine.oldest_days == max(row.days_out for row in late.rows)
        assert (mine.overdue_trays, mine.overdue_dispatches) == (trays, len(late.rows))
