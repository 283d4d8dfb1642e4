"""Reconciliation: what the ledger says is owned against what the dispatches and the balances say is there.

``flows`` reads the ledger, ``outstanding`` the dispatches, ``discrepancies`` the entries; ``totals`` puts the two sides
beside each other. What belongs to a period is told by when it happened, not by when it was entered.
"""

from __future__ import annotations

from coresafe.services.permissions import Permission
from coresafe.services.reconciliation.answers import (
    AccountRow,
    Age,
    ControlTotal,
    DiscrepancyKind,
    DiscrepancyLine,
    DiscrepancyRow,
    OutstandingLine,
    OutstandingRow,
    Reconciliation,
    ReconciliationQuery,
    StocktakeVariance,
)
from coresafe.services.reconciliation.discrepancies import read_discrepancies
from coresafe.services.reconciliation.flows import read_flows, read_transfers
from coresafe.services.reconciliation.outstanding import outstanding_rows, read_outstanding
from coresafe.services.reconciliation.stocktakes import read_stocktakes
from coresafe.services.reconciliation.totals import accounts_difference, control_totals, read_sizes, tray_accounts
from coresafe.services.reporting import find_period, find_places
from coresafe.services.transaction import reads
from coresafe.services.work import Reading


@reads(Permission.LOOK, snapshot=True)
def reconcile(tx: Reading, query: ReconciliationQuery) -> Reconciliation:
    """A shed, or all of them, reconciled for a period. Raises ValidationFailed at ``shed_id``, ``from`` and ``to``."""
    return read_reconciliation(tx, query)


def read_reconciliation(tx: Reading, query: ReconciliationQuery) -> Reconciliation:
    """The body of ``reconcile``, for whoever reads more of the same moment."""
    places = find_places(tx, query.shed_id)
    period = find_period(query.since, query.until, zone=places.zone, now=tx.now)
    sizes = read_sizes(tx, places)
    flows = read_flows(tx, places, period)
    still_out = read_outstanding(tx, places, period)
    totals = control_totals(sizes, flows, read_transfers(tx, places, period), still_out)
    accounts = tray_accounts(tx, sizes, flows)
    return Reconciliation(
        shed_id=places.shed_id,
        since=period.since,
        until=period.until,
        as_of=tx.now,
        totals=totals,
        outstanding=outstanding_rows(still_out, places, period, tx.rules),
        discrepancies=read_discrepancies(tx, places, period, still_out),
        accounts=accounts,
        accounts_difference=accounts_difference(accounts, totals),
        stocktakes=read_stocktakes(tx, places, period),
    )


__all__ = [
    "AccountRow",
    "Age",
    "ControlTotal",
    "DiscrepancyKind",
    "DiscrepancyLine",
    "DiscrepancyRow",
    "OutstandingLine",
    "OutstandingRow",
    "Reconciliation",
    "ReconciliationQuery",
    "StocktakeVariance",
    "read_reconciliation",
    "reconcile",
]
