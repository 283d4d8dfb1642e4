"""Companies' tray accounts: how they stand, what is behind every figure, what is overdue, and the statement of one."""

from __future__ import annotations

from coresafe.services.accounts.answers import (
    AccountQuery,
    Accounts,
    AccountsQuery,
    Behind,
    CompanyAccount,
    CompanyBalance,
    Contribution,
    Figure,
    Statement,
    StatementLine,
    Sums,
)
from coresafe.services.accounts.behind import count_contributions, list_contributions, statement_lines
from coresafe.services.accounts.overdue import CompanyOverdue, Overdue, OverdueQuery, OverdueRow, list_overdue
from coresafe.services.accounts.reading import SORTS, company_account, list_accounts, read_account
from coresafe.services.permissions import Permission
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@reads(Permission.LOOK, snapshot=True)
def company_statement(tx: Reading, query: AccountQuery) -> Statement:
    """A company's account with every dispatch behind it, of one moment.

    Raises ValidationFailed at ``company_id``, ``shed_id``, ``from`` and ``to``.
    """
    return read_statement(tx, query)


def read_statement(tx: Reading, query: AccountQuery) -> Statement:
    """The body of ``company_statement``, for whoever writes it to a file."""
    account, places, period = read_account(tx, query)
    lines = statement_lines(tx, places, period, account.company_id)
    made_by = tx.actor.full_name or tx.actor.username
    return Statement(account=account, lines=lines, made_by=made_by)


__all__ = [
    "SORTS",
    "AccountQuery",
    "Accounts",
    "AccountsQuery",
    "Behind",
    "CompanyAccount",
    "CompanyBalance",
    "CompanyOverdue",
    "Contribution",
    "Figure",
    "Overdue",
    "OverdueQuery",
    "OverdueRow",
    "Statement",
    "StatementLine",
    "Sums",
    "company_account",
    "company_statement",
    "count_contributions",
    "list_accounts",
    "list_contributions",
    "list_overdue",
    "read_statement",
]
